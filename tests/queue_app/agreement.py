"""Compares the model of the log (`replay.py`) with the tables, and with what the API answers."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from laseros import clock
from operators_app.models import Flag
from projects_app.models import Project, ProjectStatus
from queue_app.models import LaserRun, QueueCount, QueueItem, QueueStatus
from tests.phone import Phone
from tests.queue_app.replay import DETAILS, Job, Shop

ACTIVE = ("queued", "in_progress")


def assert_tables_agree(shop: Shop) -> None:
    """The tables hold what the log says: jobs, their order, counts, cuts, flags, projects."""
    columns = ("project_id", "status", "added_at", *TIMES, "ran_seconds", *DETAILS)
    rows = {row["id"]: row for row in QueueItem.objects.values("id", *columns)}
    assert {pk: _plain(row) for pk, row in rows.items()} == {
        job.id: expected_row(job) for job in shop.jobs.values()
    }
    queue = QueueItem.objects.filter(status__in=ACTIVE).order_by("rank", "id")
    assert list(queue.values_list("id", flat=True)) == shop.order
    counts = Counter(job.status for job in shop.jobs.values())
    kept = dict(QueueCount.objects.values_list("status", "count"))
    assert kept == {status: counts[status] for status in QueueStatus.values}
    assert dict(Project.objects.values_list("id", "status")) == shop.projects
    assert dict(Flag.objects.values_list("entry_id", "status")) == shop.flags
    assert_cuts_agree(shop)
    assert_days_agree(shop)


TIMES = (
    "first_started_at", "started_at", "paused_at", "completed_at", "cancelled_at", "last_entry_at",
)  # fmt: skip


def expected_row(job: Job) -> dict[str, Any]:
    """Return the columns that a job must have."""
    return {
        "id": job.id,
        "project_id": job.project_id,
        "status": job.status,
        "added_at": job.added_at,
        "first_started_at": job.starts[0] if job.starts else None,
        "started_at": job.starts[-1] if job.starts else None,
        "paused_at": job.paused_at,
        "completed_at": job.completed_at,
        "cancelled_at": job.cancelled_at,
        "last_entry_at": job.last_entry_at,
        "ran_seconds": job.seconds,
        **{name: job.details.get(name) for name in DETAILS},
    }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    day = row["scheduled_date"]
    return {**row, "scheduled_date": day and str(day)}


def assert_cuts_agree(shop: Shop) -> None:
    """There is one laser run for each cut that the log tells of, and no other."""
    columns = (
        "entry_id", "id", "project_id", "queue_item_id", "run_date", "operator_id", "preset_id",
        "cut_time_minutes", "logged_minutes", "status",
    )  # fmt: skip
    assert sorted(LaserRun.objects.values_list(*columns)) == sorted(
        (
            seq, cut.id, cut.job.project_id, cut.job.id, cut.run_date, cut.operator_id,
            cut.preset_id, cut.minutes, cut.logged, cut.status,
        )
        for seq, cut in shop.cuts.items()
    )  # fmt: skip


def assert_days_agree(shop: Shop) -> None:
    """A completed project was completed on the day of its last cut."""
    ends: dict[int, dt.datetime] = {}
    for job in shop.jobs.values():
        if job.completed_at:
            ends[job.project_id] = max(job.completed_at, ends.get(job.project_id, job.completed_at))
    days = dict(Project.objects.values_list("id", "completion_date"))
    assert days == {
        pk: ends[pk].astimezone(clock.shop_zone()).date() if status == "completed" else None
        for pk, status in shop.projects.items()
    }


def assert_api_agrees(shop: Shop, phone: Phone) -> None:
    """The API tells the same of the queue, of each of its jobs, and of the projects."""
    listed = pages(phone, "queue?status=all", "queue_items")
    assert [row["id"] for row in listed[: len(shop.order)]] == shop.order
    assert {row["id"]: _told(row) for row in listed} == {
        job.id: expected_answer(shop, job) for job in shop.jobs.values()
    }
    for pk in [*shop.order[:3], *list(shop.jobs)[-3:]]:
        row = phone.get(f"queue/{pk}").json()["queue_item"]
        assert _told(row) == expected_answer(shop, shop.jobs[pk])
    counts = Counter(job.status for job in shop.jobs.values())
    assert phone.get("queue").json()["stats"] == {
        "total_queued": counts["queued"],
        "total_in_progress": counts["in_progress"],
        "total_completed": counts["completed"],
        "total_active": len(shop.order),
    }
    projects = pages(phone, "projects?status=all", "projects")
    labels = {pk: ProjectStatus(status).label for pk, status in shop.projects.items()}
    assert {row["id"]: row["status"] for row in projects} == labels


def assert_statistics_agree(shop: Shop, operator_id: int, phone: Phone) -> None:
    """The operator's own figures are those of their cuts that count."""
    cuts = [
        cut
        for cut in shop.cuts.values()
        if cut.operator_id == operator_id and cut.status == "completed"
    ]
    minutes = sum(cut.minutes for cut in cuts)
    zone, today = clock.shop_zone(), clock.shop_today()
    stats = phone.get("operators/me/stats").json()["stats"]
    assert stats["total_jobs_completed"] == len(cuts)
    assert stats["total_cut_time_hours"] == round(minutes / 60, 1)
    assert stats["average_cut_time_minutes"] == round(minutes / len(cuts) if cuts else 0, 1)
    assert stats["jobs_today"] == sum(cut.run_date.astimezone(zone).date() >= today for cut in cuts)


def pages(phone: Phone, address: str, name: str) -> list[dict[str, Any]]:
    """Return all rows of a list, page by page."""
    rows: list[dict[str, Any]] = []
    while True:
        page = phone.get(f"{address}&limit=200&offset={len(rows)}").json()[name]
        rows += page
        if len(page) < 200:
            return rows


def expected_answer(shop: Shop, job: Job) -> dict[str, Any]:
    """Return what the API must tell of a job."""
    row = expected_row(job)
    times = ("added_at", "first_started_at", "started_at", "paused_at", "completed_at")
    return {
        "project_id": job.project_id,
        "status": job.status,
        "queue_position": shop.order.index(job.id) + 1 if job.id in shop.order else None,
        "is_paused": job.paused_at is not None,
        "ran_minutes": job.minutes,
        **{name: row[name] and clock.iso(row[name]) for name in times},
        **{name: row[name] for name in ("priority", "scheduled_date", "notes", "operator_id")},
        "assigned_to_id": row["assigned_to_id"],
    }


def _told(row: dict[str, Any]) -> dict[str, Any]:
    names = (
        "project_id", "status", "queue_position", "is_paused", "ran_minutes", "added_at",
        "first_started_at", "started_at", "paused_at", "completed_at", "priority",
        "scheduled_date", "notes", "operator_id", "assigned_to_id",
    )  # fmt: skip
    return {name: row[name] for name in names}
