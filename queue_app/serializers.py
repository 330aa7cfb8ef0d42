"""Shapes of the queue as the API tells them (contract, sections 5.2 and 5.5), and what it takes."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

from rest_framework import serializers

from laseros import clock
from laseros.schema import DoneAnswer, SuccessAnswer
from operators_app.fields import CountField, IdField, NoteField
from operators_app.serializers import PageQuery, VerbBody, iso_or_none
from operators_app.verbs.actor import Actor
from projects_app.serializers import FileBrief, FileLine, PartLine
from queue_app.models import (
    QUEUE_MOVES,
    LaserRun,
    Priority,
    QueueItem,
    QueueStatus,
    first_known,
    is_paused,
)

MANAGER_ACTIONS = frozenset({"cancel"})


class QueueListQuery(PageQuery):
    """Which queue items."""

    status = serializers.ChoiceField(
        choices=["active", *QueueStatus.values, "all"], default="active"
    )


class StartBody(VerbBody):
    """Start a job."""

    operator_id = IdField()
    preset_id = IdField()
    notes = NoteField()


class PauseBody(VerbBody):
    """Pause a job."""

    reason = NoteField(required=True, allow_blank=False)


class CompleteBody(StartBody):
    """Complete a job."""

    actual_cut_time = CountField(required=False, allow_null=True, help_text="Minutes.")
    sheet_count = CountField(required=False, allow_null=True)
    parts_produced = CountField(required=False, allow_null=True)


class ItemFields(VerbBody):
    """What a queue item is given."""

    priority = serializers.ChoiceField(choices=Priority.choices, required=False)
    scheduled_date = serializers.DateField(required=False, allow_null=True)
    estimated_cut_time = CountField(required=False, allow_null=True, help_text="Minutes.")
    notes = NoteField()


class AddBody(ItemFields):
    """Add the project of the address to the queue."""


class AddProjectBody(ItemFields):
    """Add a project to the queue."""

    project_id = IdField()


class ItemPatchBody(ItemFields):
    """Change a queue item."""


class CancelBody(VerbBody):
    """Cancel a queue item."""


class ItemBrief(serializers.Serializer[Any]):
    """What every change of a queue item answers."""

    id = IdField()
    project_id = IdField()
    status = serializers.ChoiceField(choices=QueueStatus.choices)
    priority = serializers.ChoiceField(choices=Priority.choices)
    scheduled_date = serializers.DateField(allow_null=True)
    estimated_cut_time = serializers.IntegerField(allow_null=True, help_text="Minutes.")
    notes = serializers.CharField()
    added_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(
        allow_null=True, help_text="Start of the latest stretch."
    )
    first_started_at = serializers.DateTimeField(allow_null=True)
    paused_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)
    is_paused = serializers.BooleanField()
    ran_minutes = serializers.IntegerField(help_text="Minutes of the finished stretches.")
    allowed_actions = serializers.ListField(child=serializers.CharField())
    updated_at = serializers.DateTimeField()
    seq = serializers.IntegerField()


class PlacedItem(ItemBrief):
    """A queue item with its place."""

    queue_position = serializers.IntegerField(allow_null=True)


class ItemInList(PlacedItem):
    """A queue item in the list."""

    project_code = serializers.CharField()
    project_name = serializers.CharField()
    material_type = serializers.CharField(allow_null=True)
    material_thickness = serializers.FloatField(allow_null=True, help_text="mm")
    raw_plate_count = serializers.IntegerField(allow_null=True)
    drawing_time = serializers.IntegerField(allow_null=True, help_text="Minutes.")
    preset_name = serializers.CharField(allow_null=True)
    preset_id = serializers.IntegerField(allow_null=True)
    parts = PartLine(many=True)
    dxf_files = FileBrief(many=True)
    assigned_to_id = serializers.IntegerField(allow_null=True)
    assigned_to_name = serializers.CharField(allow_null=True)
    operator_id = serializers.IntegerField(allow_null=True)
    operator_name = serializers.CharField(allow_null=True)


class ItemDetail(ItemInList):
    """A queue item in detail."""

    client_name = serializers.CharField()
    added_by = serializers.CharField()
    dxf_files = FileLine(many=True)


class RunBrief(serializers.Serializer[Any]):
    """A laser run as its completion answers it."""

    id = IdField()
    run_date = serializers.DateTimeField()
    cut_time_minutes = serializers.IntegerField()
    logged_minutes = serializers.IntegerField(help_text="What the entries add up to.")
    operator_name = serializers.CharField()
    status = serializers.CharField()


class QueueStats(serializers.Serializer[Any]):
    """How many items there are."""

    total_queued = serializers.IntegerField()
    total_in_progress = serializers.IntegerField()
    total_completed = serializers.IntegerField()
    total_active = serializers.IntegerField()


class QueueListAnswer(SuccessAnswer):
    """A page of the queue."""

    queue_items = ItemInList(many=True)
    stats = QueueStats()


class QueueItemAnswer(SuccessAnswer):
    """One queue item."""

    queue_item = ItemDetail()


class ItemChangedAnswer(DoneAnswer):
    """A queue item after a change."""

    queue_item = ItemBrief()


class ItemPlacedAnswer(DoneAnswer):
    """A queue item after a change, with its place."""

    queue_item = PlacedItem()


class StartedAnswer(ItemChangedAnswer):
    """A started job."""

    warnings = serializers.ListField(child=serializers.CharField())


class CompletedAnswer(StartedAnswer):
    """A completed job and its run."""

    laser_run = RunBrief()


class StatsFigures(serializers.Serializer[Any]):
    """The own figures."""

    total_jobs_completed = serializers.IntegerField()
    total_cut_time_hours = serializers.FloatField()
    jobs_this_month = serializers.IntegerField()
    jobs_this_week = serializers.IntegerField()
    jobs_today = serializers.IntegerField()
    average_cut_time_minutes = serializers.FloatField()
    most_used_material = serializers.CharField(allow_null=True)
    most_used_preset = serializers.CharField(allow_null=True)


class RecentJob(serializers.Serializer[Any]):
    """One of the latest runs."""

    id = IdField()
    project_code = serializers.CharField()
    project_name = serializers.CharField()
    run_date = serializers.DateTimeField()
    cut_time_minutes = serializers.IntegerField()
    material_type = serializers.CharField(allow_null=True)
    parts_produced = serializers.IntegerField(allow_null=True)


class ScheduledJob(serializers.Serializer[Any]):
    """One job of today."""

    queue_item_id = IdField()
    project_code = serializers.CharField()
    project_name = serializers.CharField()
    scheduled_time = serializers.CharField(help_text="HH:MM by the shop's clock.")
    estimated_cut_time = serializers.IntegerField(allow_null=True, help_text="Minutes.")
    status = serializers.CharField()


class StatsAnswer(SuccessAnswer):
    """Figures, latest jobs, and today's schedule."""

    stats = StatsFigures()
    recent_jobs = RecentJob(many=True)
    todays_schedule = ScheduledJob(many=True)


def allowed_actions(status: str, actor: Actor) -> list[str]:
    """Return what this person may do with a job in this status, read from the table of moves."""
    return list(_allowed(status, actor.manages))


@cache
def _allowed(status: str, manages: bool) -> tuple[str, ...]:
    return tuple(
        action
        for action, (sources, _) in QUEUE_MOVES.items()
        if status in sources and (manages or action not in MANAGER_ACTIONS)
    )


def item_brief(item: QueueItem, actor: Actor) -> dict[str, Any]:
    """Return what every change of a queue item answers."""
    return {
        "id": item.pk,
        "project_id": item.project_id,
        "status": str(item.status),
        "priority": str(item.priority),
        "scheduled_date": item.scheduled_date,
        "estimated_cut_time": item.estimate,
        "notes": item.notes,
        "added_at": clock.iso(item.added_at),
        **_times(
            item.first_started_at, item.started_at, item.paused_at, item.completed_at,
            item.status, item.ran_seconds,
        ),
        "allowed_actions": allowed_actions(item.status, actor),
        "updated_at": clock.iso(item.updated_at),
        "seq": item.seq,
    }  # fmt: skip


def _times(
    first: dt.datetime | None, started: dt.datetime | None, paused: dt.datetime | None,
    completed: dt.datetime | None, status: str, ran_seconds: int,
) -> dict[str, Any]:  # fmt: skip
    return {
        "first_started_at": iso_or_none(first),
        "started_at": iso_or_none(started),
        "paused_at": iso_or_none(paused),
        "completed_at": iso_or_none(completed),
        "is_paused": is_paused(status, paused),
        "ran_minutes": clock.whole_minutes(ran_seconds),
    }


def told_item(row: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """Return one queue item from its plain row (queries.ITEM_COLUMNS or DETAIL_COLUMNS).

    The row itself is filled in and returned. The preset is that of the latest start, else the
    project's (DESIGN, “Words”).
    """
    row["estimated_cut_time"] = first_known(row["estimated_cut_time"], row.pop("project_estimate"))
    preset = row.pop("project_preset_id"), row.pop("project_preset_name")
    if row["preset_id"] is None:
        row["preset_id"], row["preset_name"] = preset
    row["is_paused"] = is_paused(row["status"], row["paused_at"])
    row["ran_minutes"] = clock.whole_minutes(row.pop("ran_seconds"))
    row["allowed_actions"] = allowed_actions(row["status"], actor)
    return row


def run_brief(run: LaserRun) -> dict[str, Any]:
    """Return a laser run as its completion answers it."""
    return {
        "id": run.pk,
        "run_date": clock.iso(run.run_date),
        "cut_time_minutes": run.cut_time_minutes,
        "logged_minutes": run.logged_minutes,
        "operator_name": run.operator.name,
        "status": str(run.status),
    }
