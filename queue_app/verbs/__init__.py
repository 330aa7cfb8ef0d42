"""The verbs of the cutting queue."""

from queue_app.verbs.board import (
    add_to_queue,
    assign_item,
    cancel_item,
    recut,
    update_item,
)
from queue_app.verbs.cutting import complete_job, pause_job, start_job
from queue_app.verbs.flags import resolve_flag
from queue_app.verbs.ordering import move_item, place_item, reorder_queue
from queue_app.verbs.reports import make_report, save_report_times
from queue_app.verbs.runs import correct_run, reject_run, restore_run

__all__ = [
    "add_to_queue",
    "assign_item",
    "cancel_item",
    "complete_job",
    "correct_run",
    "make_report",
    "move_item",
    "pause_job",
    "place_item",
    "recut",
    "reject_run",
    "reorder_queue",
    "resolve_flag",
    "restore_run",
    "save_report_times",
    "start_job",
    "update_item",
]
