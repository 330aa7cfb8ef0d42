"""The verbs of the board: what stands in the queue, and in which order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Unpack

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from laseros import clock
from laseros.errors import Changed, InvalidInput, TransitionError
from laseros.languages import in_shop_language
from operators_app.models import Operator
from operators_app.verbs import (
    Actor,
    Call,
    Outcome,
    Run,
    Target,
    as_columns,
    checked_save,
    require_ranges,
    run_verb,
)
from projects_app.completeness import tell
from projects_app.models import Project, ProjectStatus
from projects_app.queries import missing_of
from projects_app.verbs import NO_PROJECT, append_note, move_project
from queue_app.models import IS_ACTIVE, Priority, QueueCount, QueueItem, QueueStatus
from queue_app.queries import position_of
from queue_app.serializers import item_brief
from queue_app.verbs.transitions import NO_ITEM, check_action, move_status

CANCELLED_NOTE = gettext_lazy("Cancelled: %(reason)s")
RECUT_NOTE = gettext_lazy("Recut: %(reason)s")

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
        return {"queue_item": placed(item, run.by)}

    given = {
        "priority": priority, "scheduled_date": scheduled_date,
        "estimated_cut_time": estimated_cut_time, "notes": notes,
    }  # fmt: skip
    return run_verb("add_to_queue", Target("project", project_id), given, write, **call)


def recut(
    project_id: int, reason: str, *, estimated_cut_time: int | None = None, **call: Unpack[Call]
) -> Outcome:
    """Send a project that is In Progress or Completed to the queue again: scrap, short count.

    `estimated_cut_time` are the minutes of what is cut again; without it the queue reckons with the
    whole project's. Returns {"queue_item": …}; raises TransitionError while a job of it stands in
    the queue.
    """
    call["by"].require_manager()
    if not reason.strip():
        raise InvalidInput.on("reason", _("Tell why the project is cut again."))

    def write(run: Run) -> dict[str, Any]:
        project = run.lock(Project, project_id, NO_PROJECT)
        _check_may_enter(project, ProjectStatus.IN_PROGRESS, ProjectStatus.COMPLETED)
        item = _enqueue(
            run, project, priority=Priority.HIGH, estimated_cut_time=estimated_cut_time,
            notes=in_shop_language(RECUT_NOTE, reason=reason),
        )  # fmt: skip
        return {"queue_item": placed(item, run.by)}

    given: dict[str, Any] = {"reason": reason}
    if estimated_cut_time is not None:
        given["estimated_cut_time"] = estimated_cut_time
    return run_verb("recut", Target("project", project_id), given, write, **call)


def _check_may_enter(project: Project, *statuses: ProjectStatus) -> None:
    active = project.queue_items.filter(IS_ACTIVE).first()
    if active:
        raise TransitionError(
            _("This project is in the queue already."), "already_queued", queue_item_id=active.pk
        )
    if project.status not in statuses:
        wanted = _(" or ").join(f"“{status.label}”" for status in statuses)
        raise TransitionError(
            _("This project is “%(status)s”; it must be %(wanted)s first.")
            % {"status": project.get_status_display(), "wanted": wanted},
            "not_approved",
            status=project.status,
        )


def _check_complete(project: Project, estimated_cut_time: int | None) -> None:
    missing = missing_of(project)
    if estimated_cut_time and "estimated_cut_time" in missing:
        missing.remove("estimated_cut_time")
    if missing:
        raise TransitionError(
            _("This project cannot be cut yet; it lacks: %(missing)s.")
            % {"missing": tell(missing)},
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
    require_ranges(item, fields)
    run.save(item, **fields)
    QueueCount.shift(QueueStatus.QUEUED.value, +1)
    move_project(run, project, ProjectStatus.QUEUED, completion_date=None)
    return item


def update_item(
    item_id: int,
    changes: Mapping[str, Any],
    *,
    seen: Mapping[str, Any] | None = None,
    **call: Unpack[Call],
) -> Outcome:
    """Change priority, date, estimate (minutes) or notes of a job that is not finished.

    `seen` are values that the caller had before their eyes: where somebody else has changed one
    of them to something else than is wanted now, Changed is raised. Changes of other fields are
    no conflict. Returns {"queue_item": …}; raises TransitionError for a completed or cancelled job.
    """
    by = call["by"]
    by.require_operator()
    changes, seen = as_columns(QueueItem, changes), as_columns(QueueItem, seen or {})
    if not set(changes) <= OPERATOR_FIELDS:
        by.require_manager()

    def write(run: Run) -> dict[str, Any]:
        item = run.lock(QueueItem, item_id, NO_ITEM)
        run.check_unchanged(item, lambda: placed(item, by))
        if not item.is_active:
            raise TransitionError(
                _("This job is %(status)s and can no longer be changed.")
                % {"status": item.get_status_display().lower()},
                "finished",
                status=item.status,
            )
        _check_as_seen(item, seen, changes, by)
        checked_save(run, item, changes)
        return {"queue_item": placed(item, by)}

    told = {name: str(value) for name, value in changes.items()}
    told |= {f"seen {name}": str(value) for name, value in seen.items()}
    return run_verb("update_item", Target("queueitem", item_id), told, write, **call)


def _check_as_seen(
    item: QueueItem, seen: Mapping[str, Any], wanted: Mapping[str, Any], by: Actor
) -> None:
    for name, value in seen.items():
        now = getattr(item, name)
        if now != value and now != wanted.get(name, value):
            raise Changed(
                _("Somebody else has just changed this; look again, then repeat your change."),
                current_data=placed(item, by),
            )


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
        run.check_unchanged(item, lambda: placed(item, run.by))
        withdraw(run, item, reason)
        _return_project(run, run.lock(Project, item.project_id, NO_PROJECT))
        return {"queue_item": placed(item, run.by)}

    given = {"reason": reason}
    return run_verb("cancel_item", Target("queueitem", item_id), given, write, **call)


def project_without(item: QueueItem) -> ProjectStatus:
    """Return what an item's project becomes where the item is taken out of the queue."""
    was_cut = _cut_before(item.project) is not None
    return ProjectStatus.COMPLETED if was_cut else ProjectStatus.APPROVED_POP


def _cut_before(project: Project) -> dt.datetime | None:
    ends = project.queue_items.filter(status=QueueStatus.COMPLETED).order_by("-completed_at")
    return ends.values_list("completed_at", flat=True).first()


def _return_project(run: Run, project: Project) -> None:
    """Return the project to Approved; one that was cut before (recut) is Completed again."""
    end = _cut_before(project)
    if end is None:
        move_project(run, project, ProjectStatus.APPROVED_POP)
    else:
        day = end.astimezone(clock.shop_zone()).date()
        move_project(run, project, ProjectStatus.COMPLETED, completion_date=day)


def withdraw(run: Run, item: QueueItem, reason: str) -> None:
    """Cancel a locked, queued item; what becomes of its project the caller decides."""
    check_action(item, "cancel")
    when = max(run.now, item.last_entry_at)  # the server's clock may have been set back
    notes = append_note(
        item.notes, in_shop_language(CANCELLED_NOTE, reason=reason) if reason else ""
    )
    move_status(
        run, item, "cancel", cancelled_at=when, paused_at=None, last_entry_at=when, notes=notes,
    )  # fmt: skip


def placed(item: QueueItem, by: Actor) -> dict[str, Any]:
    """Return what a change of the item answers, with its place in the queue."""
    return {**item_brief(item, by), "queue_position": position_of(item)}
