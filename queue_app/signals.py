"""What the queue does when a project's life moves on, and what it tells of itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.dispatch import receiver
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from laseros import metrics
from laseros.errors import TransitionError
from laseros.languages import in_shop_language
from operators_app.models import Source
from operators_app.verbs import Actor, Run
from projects_app.models import Project
from projects_app.queries import missing_of
from projects_app.signals import pop_recorded, project_cancelling
from queue_app.models import IS_ACTIVE, QueueCount, QueueItem, QueueStatus
from queue_app.verbs.board import add_to_queue, withdraw


@receiver(pop_recorded, dispatch_uid="queue_on_pop")
def queue_on_pop(sender: type[Project], project: Project, run: Run, **kwargs: Any) -> None:
    """Take a paid project into the queue where the shop wants that and no data is missing."""
    if settings.AUTO_QUEUE_ON_POP and not missing_of(project):
        call = run.sub_call("add_to_queue")
        call["by"] = replace(Actor.system(Source.SYSTEM), session_id=run.by.session_id)
        add_to_queue(project.pk, **call)


@receiver(project_cancelling, dispatch_uid="withdraw_on_cancel")
def withdraw_on_cancel(sender: type[Project], project: Project, run: Run, **kwargs: Any) -> None:
    """Take a cancelled project's job out of the queue; refuse while it runs."""
    item = QueueItem.objects.select_for_update().filter(IS_ACTIVE, project=project).first()
    if item is None:
        return
    if item.status == QueueStatus.IN_PROGRESS:
        raise TransitionError(
            _(
                "A job of this project is running; pause or complete it before you cancel the "
                "project."
            ),
            "job_running",
            queue_item_id=item.pk,
        )
    withdraw(run, item, in_shop_language(gettext_lazy("the project was cancelled")))


@metrics.gauge("laseros_queue_items", "Jobs of the cutting queue, by status.", "status")
def depth() -> dict[str, int]:
    """Return how many jobs have each status."""
    return dict(QueueCount.objects.values_list("status", "count"))
