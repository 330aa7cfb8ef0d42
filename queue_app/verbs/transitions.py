"""What every move of a queue item has in common: the rule, the counts kept, the sentence."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

from laseros.errors import TransitionError
from operators_app.verbs import Run
from queue_app.models import QUEUE_MOVES, QueueCount, QueueItem, QueueStatus

NO_ITEM = gettext_lazy("There is no such job in the queue; look at the queue again.")

IS_NOW = {
    QueueStatus.QUEUED: ("not_running", gettext_lazy("This job is not running.")),
    QueueStatus.IN_PROGRESS: ("already_running", gettext_lazy("This job is already running.")),
    QueueStatus.COMPLETED: ("already_completed", gettext_lazy("This job is already completed.")),
    QueueStatus.CANCELLED: ("cancelled", gettext_lazy("This job was cancelled.")),
}


def check_action(item: QueueItem, action: str) -> None:
    """Raise TransitionError, with code and sentence, unless the table of moves allows it."""
    if item.allows(action):
        return
    code, sentence = IS_NOW[QueueStatus(item.status)]
    if action == "cancel" and item.status == QueueStatus.IN_PROGRESS:
        sentence = gettext_lazy("This job is running; pause or complete it before you cancel it.")
    raise TransitionError(sentence, code, status=item.status)


def move_status(run: Run, item: QueueItem, action: str, **changes: Any) -> None:
    """Carry a locked item to the status that `action` leads to, and keep the counts."""
    set_status(run, item, QUEUE_MOVES[action][1], **changes)


def set_status(run: Run, item: QueueItem, status: QueueStatus, **changes: Any) -> None:
    """Set a locked item's status whatever it was (a fact may end any job), and keep the counts."""
    if item.status != status.value:
        QueueCount.move(item.status, to=status.value)
    run.save(item, status=status.value, **changes)
