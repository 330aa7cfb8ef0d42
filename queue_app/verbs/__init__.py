"""The verbs of the cutting queue."""

from queue_app.verbs.board import (
    add_to_queue,
    assign_item,
    cancel_item,
    move_item,
    recut,
    update_item,
)
from queue_app.verbs.cutting import complete_job, pause_job, start_job
from queue_app.verbs.flags import resolve_flag

__all__ = [
    "add_to_queue",
    "assign_item",
    "cancel_item",
    "complete_job",
    "move_item",
    "pause_job",
    "recut",
    "resolve_flag",
    "start_job",
    "update_item",
]
