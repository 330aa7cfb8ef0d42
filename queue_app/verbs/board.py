"""The verbs of the board: what stands in the queue, and in which order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Unpack

from django.db.models import Max

from laseros import clock
from laseros.errors import InvalidInput, TransitionError
from operators_app.models import Operator
from operators_app.verbs import (
    Actor,
    Call,
    Outcome,
    Run,
    Target,
    as_columns,
    checked_save,
    run_verb,
)
from projects_app.completeness import tell
from projects_app.models import Project, ProjectStatus
from projects_app.queries import missing_of
from projects_app.verbs import NO_PROJECT, append_note, move_project
from queue_app.models import IS_ACTIVE, Priority, QueueCount, QueueItem, QueueStatus
from queue_app.queries import active_ranks, position_of
from queue_app.serializers import item_brief
from queue_app.verbs.transitions import NO_ITEM, check_action, move_status

# What the phone may change of a queue item; assigning it to somebody is a manager's.
OPERATOR_FIELDS = frozenset({"priority", "scheduled_date", "estimated_cut_time", "notes"})


def add_to_queue(
    project_id: int,
    *,
    priority: str = Priority.NORMAL,
    scheduled_date: dt.date | None = None,
    estimated_cut_time: int | None = None,
    notes: str = "",
    **call: Unpack[Call],
) -> Outcome:
    """Put an approved, complete project at the end of the queue (contract, section 5.3).

    `estimated_cut_time` is in minutes; without it the project's own counts. Returns
    {"queue_item": …}. Raises TransitionError where the project is in the queue already, is not
    approved, or lacks data (then with `missing_fields`).
    """
    call["by"].require_operator()

    def write(run: Run) -> dict[str, Any]:
        project = run.lock(Project, project_id, NO_PROJECT)
        run.check_unchanged(project, lambda: {"id": project.pk, "status": project.status})
        _check_may_enter(project, ProjectStatus.APPROVED_POP)
        _check_complete(project, estimated_cut_time)
        item = _enqueue(
            run, project, priority=priority, scheduled_date=scheduled_date,
            estimated_cut_time=estimated_cut_time, notes=notes,
        )  # fmt: skip
        return {"queue_item": _placed(item, run.by)}

    given = {
        "priority": priority, "scheduled_date": scheduled_date,
        "estimated_cut_time": estimated_cut_time, "notes": notes,
    }  # fmt: skip
    return run_verb("add_to_queue", Target("project", project_id), given, write, **call)


def recut(project_id: int, reason: str, **call: Unpack[Call]) -> Outcome:
    """Send a project that is In Progress or Completed to the queue again: scrap, short count.

    Returns {"queue_item": …}; raises TransitionError while a job of it stands in the queue.
    """
    call["by"].require_manager()
    if not reason.strip():
        raise InvalidInput.on("reason", "Tell why the project is cut again.")

    def write(run: Run) -> dict[str, Any]:
        project = run.lock(Project, project_id, NO_PROJECT)
        _check_may_enter(project, ProjectStatus.IN_PROGRESS, ProjectStatus.COMPLETED)
        item = _enqueue(run, project, priority=Priority.HIGH, notes=f"Recut: {reason}")
        return {"queue_item": _placed(item, run.by)}

    given = {"reason": reason}
    return run_verb("recut", Target("project", project_id), given, write, **call)


def _check_may_enter(project: Project, *statuses: ProjectStatus) -> None:
    active = project.queue_items.filter(IS_ACTIVE).first()
    if active:
        raise TransitionError(
            "This project is in the queue already.", "already_queued", queue_item_id=active.pk
        )
    if project.status not in statuses:
        wanted = " or ".join(f"“{status.label}”" for status in statuses)
        raise TransitionError(
            f"This project is “{project.get_status_display()}”; it must be {wanted} first.",
            "not_approved",
            status=project.status,
        )


def _check_complete(project: Project, estimated_cut_time: int | None) -> None:
    missing = missing_of(project)
    if estimated_cut_time and "estimated_cut_time" in missing:
        missing.remove("estimated_cut_time")
    if missing:
        raise TransitionError(
            f"This project cannot be cut yet; it lacks: {tell(missing)}.",
            "data_missing",
            missing_fields=missing,
        )


def _enqueue(run: Run, project: Project, **fields: Any) -> QueueItem:
    """Append an item for a locked project and move the project to Queued."""
    last = QueueItem.objects.filter(IS_ACTIVE).aggregate(last=Max("rank"))["last"] or 0
    item = QueueItem(
        project=project, rank=last + 1, added_by_id=run.by.user_id, added_at=run.now,
        last_entry_at=run.now,
    )  # fmt: skip
    run.save(item, **fields)
    QueueCount.shift(QueueStatus.QUEUED.value, +1)
    move_project(run, project, ProjectStatus.QUEUED, completion_date=None)
    return item


def update_item(item_id: int, changes: Mapping[str, Any], **call: Unpack[Call]) -> Outcome:
    """Change priority, date, estimate (minutes) or notes of a job that is not finished.

    Returns {"queue_item": …}; raises TransitionError for a completed or cancelled job.
    """
    by = call["by"]
    by.require_operator()
    changes = as_columns(QueueItem, changes)
    if not set(changes) <= OPERATOR_FIELDS:
        by.require_manager()

    def write(run: Run) -> dict[str, Any]:
        item = run.lock(QueueItem, item_id, NO_ITEM)
        run.check_unchanged(item, lambda: _placed(item, by))
        if not item.is_active:
            raise TransitionError(
                f"This job is {item.get_status_display().lower()} and can no longer be changed.",
                "finished",
                status=item.status,
            )
        checked_save(run, item, changes)
        return {"queue_item": _placed(item, by)}

    told = {name: str(value) for name, value in changes.items()}
    return run_verb("update_item", Target("queueitem", item_id), told, write, **call)


def assign_item(item_id: int, operator: Operator | None, **call: Unpack[Call]) -> Outcome:
    """Give a job to an operator, or to nobody: then any operator may take it."""
    return update_item(item_id, {"assigned_to": operator}, **call)


def cancel_item(item_id: int, reason: str = "", **call: Unpack[Call]) -> Outcome:
    """Take a queued job out of the queue; its project is again what it was: Approved, or, before
    a recut, Completed.
    """
    call["by"].require_manager()

    def write(run: Run) -> dict[str, Any]:
        item = run.lock(QueueItem, item_id, NO_ITEM)
        run.check_unchanged(item, lambda: _placed(item, run.by))
        withdraw(run, item, reason)
        _return_project(run, run.lock(Project, item.project_id, NO_PROJECT))
        return {"queue_item": _placed(item, run.by)}

    given = {"reason": reason}
    return run_verb("cancel_item", Target("queueitem", item_id), given, write, **call)


def _return_project(run: Run, project: Project) -> None:
    """Return the project to Approved; one that was cut before (recut) is Completed again."""
    ends = project.queue_items.filter(status=QueueStatus.COMPLETED).order_by("-completed_at")
    end = ends.values_list("completed_at", flat=True).first()
    if end is None:
        move_project(run, project, ProjectStatus.APPROVED_POP)
    else:
        day = end.astimezone(clock.shop_zone()).date()
        move_project(run, project, ProjectStatus.COMPLETED, completion_date=day)


def withdraw(run: Run, item: QueueItem, reason: str) -> None:
    """Cancel a locked, queued item; what becomes of its project the caller decides."""
    check_action(item, "cancel")
    when = max(run.now, item.last_entry_at)  # the server's clock may have been set back
    notes = append_note(item.notes, f"Cancelled: {reason}" if reason else "")
    move_status(
        run, item, "cancel", cancelled_at=when, paused_at=None, last_entry_at=when, notes=notes,
    )  # fmt: skip


def move_item(item_id: int, position: int, **call: Unpack[Call]) -> Outcome:
    """Move an active job to a position (1 = first); one row is written.

    A position beyond the end means the end. Returns {"queue_item": …}.
    """
    call["by"].require_manager()
    if position < 1:
        raise InvalidInput.on("position", "The first position is 1.")

    def write(run: Run) -> dict[str, Any]:
        item = run.lock(QueueItem, item_id, NO_ITEM)
        run.check_unchanged(item, lambda: _placed(item, run.by))
        if not item.is_active:
            raise TransitionError("This job is no longer in the queue.", "finished")
        order = active_ranks()
        place = min(position, len(order))
        if order[place - 1][0] != item_id:
            others = [rank for pk, rank in order if pk != item_id]
            run.save(item, rank=_rank_at(run, item, others, place))
        return {"queue_item": {**item_brief(item, run.by), "queue_position": place}}

    given = {"position": position}
    return run_verb("move_item", Target("queueitem", item_id), given, write, **call)


def _rank_at(run: Run, item: QueueItem, others: list[float], place: int) -> float:
    """Return a rank that puts the item at the place among the others, whose ranks are given.

    Where there is no room between two of them, room is made first.
    """
    before = others[place - 2] if place > 1 else None
    after = others[place - 1] if place <= len(others) else None
    if before is None:
        return item.rank if after is None else after - 1
    if after is None:
        return before + 1
    middle = (before + after) / 2
    if before < middle < after:
        return middle
    rows = QueueItem.objects.filter(IS_ACTIVE).exclude(pk=item.pk).order_by("rank", "id")
    for number, other in enumerate(rows.select_for_update(), start=1):
        run.save(other, rank=float(number))
    return place - 0.5


def _placed(item: QueueItem, by: Actor) -> dict[str, Any]:
    return {**item_brief(item, by), "queue_position": position_of(item)}
