"""What a production report holds: the rows of its tables, as JSON, in no language.

Of the range: what was cut (by operator, by material), presets with failed runs, turnover by client.
Of the moment at which it is made: what will be late and what will be past its POP deadline (told
apart in projects_app.lateness), the load of the coming working days (the queue's forecast), flagged
facts that nobody has settled.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.db.models.functions import TruncDate

from laseros import clock
from laseros.tables import Row
from operators_app.models import Flag, FlagStatus
from projects_app.models import Project, Shop
from queue_app.forecast import (
    Planned,
    WorkingTime,
    capacity,
    forecast,
    minutes_by_day,
    waiting_jobs,
)
from queue_app.statistics.clients import CLIENTS
from queue_app.statistics.materials import MATERIALS
from queue_app.statistics.operators import OPERATORS
from queue_app.statistics.periods import DAY, Period
from queue_app.statistics.presets import PRESETS

LOAD_DAYS = 5
LOOK_AHEAD_DAYS = 14
MOST_ROWS = 200

Figures = dict[str, Any]


def figures_of(period: Period) -> Figures:
    """Return the figures of a range, and those of the queue as it is now.

    `counts` tells how many rows there are of what is cut off after MOST_ROWS, and how many jobs
    have no estimate: the load does not know of their minutes.
    """
    time = WorkingTime.of(Shop.current())
    jobs = waiting_jobs()
    planned = forecast(jobs, time)
    late = sorted((one for one in planned if one.is_late), key=_by_lateness)
    past_pop = sorted((one for one in planned if one.is_past_pop), key=_by_pop)
    flags = Flag.objects.filter(status=FlagStatus.OPEN)
    return {
        "operators": _plain(OPERATORS.rows(period)),
        "materials": _plain(_unnamed(MATERIALS.rows(period))),
        "presets": _plain(row for row in PRESETS.rows(period) if row["bad"]),
        "clients": _plain(CLIENTS.rows(period)),
        "late": _plain(_late_rows(late[:MOST_ROWS])),
        "past_pop": _plain(_past_pop_rows(past_pop[:MOST_ROWS])),
        "load": _plain(_load_rows(planned, time)),
        "flags": _plain(_flag_rows()),
        "counts": {
            "late": len(late),
            "past_pop": len(past_pop),
            "flags": flags.count(),
            "waiting": len(jobs),
            "without_estimate": sum(job.minutes is None for job in jobs),
        },
    }


def _unnamed(rows: Iterable[Row]) -> Iterable[Row]:
    """Leave out the names, which are in the language of whoever makes the report."""
    return ({name: value for name, value in row.items() if name != "name"} for row in rows)


def _by_lateness(one: Planned) -> tuple[int, int]:
    return -(one.days_late or 0), one.job.id


def _by_pop(one: Planned) -> tuple[int, int]:
    return -(one.days_past_pop or 0), one.job.id


def _late_rows(late: list[Planned]) -> list[Row]:
    """Return the jobs that end after their due date, the latest first."""
    more = [{"due_date": one.job.due_date, "days_late": one.days_late} for one in late]
    return _job_rows(late, more)


def _past_pop_rows(past: list[Planned]) -> list[Row]:
    """Return the jobs that end after their POP deadline, the latest first."""
    more = [{"pop_deadline": one.job.pop_deadline, "days_past": one.days_past_pop} for one in past]
    return _job_rows(past, more)


def _job_rows(jobs: list[Planned], more: list[dict[str, Any]]) -> list[Row]:
    columns = ("project_code", "name", "client__name")
    projects = Project.objects.filter(pk__in=[one.job.project_id for one in jobs])
    names = {pk: told for pk, *told in projects.values_list("pk", *columns)}
    return [
        {
            "project_id": one.job.project_id,
            **dict(zip(("code", "name", "client"), names[one.job.project_id], strict=True)),
            "ends_on": one.ends_on,
            **facts,
        }
        for one, facts in zip(jobs, more, strict=True)
    ]


def _load_rows(planned: list[Planned], time: WorkingTime) -> Sequence[Row]:
    """Return the coming working days with what the queue puts on each, and what it could hold."""
    today = time.now.date()
    days = [today + n * DAY for n in range(LOOK_AHEAD_DAYS)]
    minutes = minutes_by_day(planned, time, days[-1])
    rows: list[dict[str, Any]] = [
        {"day": day, "minutes": minutes.get(day, 0), "capacity": capacity(day, time)}
        for day in days
    ]
    return [row for row in rows if row["capacity"] or row["minutes"]][:LOAD_DAYS]


def _flag_rows() -> Iterable[Row]:
    """Return the newest flagged facts that nobody has settled."""
    return (
        Flag.objects.filter(status=FlagStatus.OPEN)
        .order_by("-entry_id")
        .values(
            "entry_id",
            reasons=F("entry__flagged"),
            verb=F("entry__verb"),
            day=TruncDate("entry__recorded_at", tzinfo=clock.shop_zone()),
            code=F("entry__laser_run__project__project_code"),
            who=F("entry__laser_run__operator__name"),
        )[:MOST_ROWS]
    )


def _plain(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return rows as JSON has them."""
    return [{name: _word(value) for name, value in row.items()} for row in rows]


def _word(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, (dt.date, dt.datetime)) else value
