"""An operator's own figures and today's schedule (contract, section 5.5)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import BigAutoField, Count, DateTimeField, Q, QuerySet, Subquery, Value

from laseros import clock
from laseros.compiled import CompiledQuery, Given
from projects_app.models import Shop
from queue_app.models import LaserRun, MaterialTally, PresetTally, RunStatus, first_known
from queue_app.queries import active_items

RECENT = 10
LAST_OF_DAY = dt.time(23, 59)


def operator_stats(operator_id: int) -> dict[str, Any]:
    """Return the figures of one operator's counted runs; hours and minutes to one decimal.

    Days, weeks (from Monday) and months are those of the shop's time zone. Of several equally
    common materials or presets the first by name is told.
    """
    today = clock.shop_today()
    since = {
        "month": today.replace(day=1),
        "week": today - dt.timedelta(days=today.weekday()),
        "day": today,
    }
    starts = {name: clock.day_start(day) for name, day in since.items()}
    (lately,) = LATELY.rows(operator=operator_id, first=min(starts.values()), **starts)
    tallies = TALLIES.rows(operator=operator_id)
    jobs = sum(row["jobs"] for row in tallies)
    minutes = sum(row["minutes"] for row in tallies)
    materials = [(-row["jobs"], row["material"]) for row in tallies if row["material"]]
    presets = [row["name"] for row in COMMONEST_PRESETS.rows(operator=operator_id)]
    return {
        "total_jobs_completed": jobs,
        "total_cut_time_hours": round(minutes / 60, 1),
        "jobs_this_month": lately["month"],
        "jobs_this_week": lately["week"],
        "jobs_today": lately["day"],
        "average_cut_time_minutes": round(minutes / jobs, 1) if jobs else 0.0,
        "most_used_material": min(materials)[1] if materials else None,
        "most_used_preset": min(presets, default=None),
    }


def _lately(
    operator: Given, first: Given, month: Given, week: Given, day: Given
) -> QuerySet[Any, Any]:
    runs = LaserRun.objects.filter(
        operator_id=operator, status=RunStatus.COMPLETED, run_date__gte=first
    )
    counts = {
        name: Count("id", filter=Q(run_date__gte=start))
        for name, start in {"month": month, "week": week, "day": day}.items()
    }
    return runs.order_by().annotate(all=Value(1)).values("all").annotate(**counts)


def _tallies(operator: Given) -> QuerySet[MaterialTally]:
    return MaterialTally.objects.filter(operator_id=operator, jobs__gt=0)


def _commonest_presets(operator: Given) -> QuerySet[PresetTally]:
    tallies = PresetTally.objects.filter(operator_id=operator, jobs__gt=0)
    return tallies.filter(jobs=Subquery(tallies.order_by("-jobs").values("jobs")[:1]))


LATELY = CompiledQuery(
    _lately,
    {"month": "month", "week": "week", "day": "day"},
    operator=BigAutoField(),
    **{name: DateTimeField() for name in ("first", "month", "week", "day")},
)
TALLIES = CompiledQuery(
    _tallies,
    {"material": "material_type", "jobs": "jobs", "minutes": "minutes"},
    operator=BigAutoField(),
)
COMMONEST_PRESETS = CompiledQuery(
    _commonest_presets, {"name": "preset__preset_name"}, operator=BigAutoField()
)


def recent_jobs(operator_id: int) -> list[dict[str, Any]]:
    """Return the operator's latest counted runs, newest first."""
    rows = (
        LaserRun.objects.filter(operator_id=operator_id, status=RunStatus.COMPLETED)
        .order_by("-run_date", "-id")
        .values(
            "id", "project__project_code", "project__name", "run_date", "cut_time_minutes",
            "material_type", "parts_produced",
        )[:RECENT]
    )  # fmt: skip
    return [
        {
            "id": row["id"],
            "project_code": row["project__project_code"],
            "project_name": row["project__name"],
            "run_date": clock.iso(row["run_date"]),
            "cut_time_minutes": row["cut_time_minutes"],
            "material_type": row["material_type"] or None,
            "parts_produced": row["parts_produced"],
        }
        for row in rows
    ]


def todays_schedule(operator_id: int) -> list[dict[str, Any]]:
    """Return the active jobs for today or earlier that are the operator's or nobody's.

    In the queue's order; the first begins with the working day, each next one when the estimates
    before it have run. What would begin after midnight is told as 23:59.
    """
    items = active_items().filter(
        Q(assigned_to=operator_id) | Q(assigned_to=None), scheduled_date__lte=clock.shop_today()
    )
    rows = items.values_list(
        "id", "project__project_code", "project__name", "status", "estimated_cut_time",
        "project__estimated_cut_time",
    )  # fmt: skip
    start = Shop.current().workday_start
    minutes = start.hour * 60 + start.minute
    schedule = []
    for pk, code, name, status, estimate, project_estimate in rows:
        needed = first_known(estimate, project_estimate)
        schedule.append(
            {
                "queue_item_id": pk,
                "project_code": code,
                "project_name": name,
                "scheduled_time": _clock_time(minutes),
                "estimated_cut_time": needed,
                "status": status,
            }
        )
        minutes += needed or 0
    return schedule


def _clock_time(minutes: int) -> str:
    hour, minute = divmod(minutes, 60)
    moment = dt.time(hour, minute) if hour < 24 else LAST_OF_DAY
    return f"{moment:%H:%M}"


def shop_minute() -> str:
    """Return the shop's date and minute: statistics depend on them besides the log."""
    return f"{clock.now().astimezone(clock.shop_zone()):%Y-%m-%d %H:%M}"
