"""Finished cuts and completed projects of one week, for tests of what is made of them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.test import Client as Browser
from django.urls import reverse

from laseros import clock
from operators_app.models import ActivityLog, LogHead, Operator, User
from presets_app.models import MachineSettingsPreset
from projects_app.models import Client, Project, ProjectStatus
from queue_app.models import LaserRun, MaterialTally, QueueItem, QueueStatus
from queue_app.statistics import overview
from queue_app.statistics.periods import Period
from tests.factories import make_item, make_preset, make_project, stamp
from tests.fillers import entries

DAY = dt.date(2025, 10, 27)  # a Monday
WEEK = Period(DAY, DAY + dt.timedelta(days=6))
NOON = dt.timedelta(hours=12)


def work(person: Operator) -> dict[str, Any]:
    """Return who cuts with which preset."""
    preset = MachineSettingsPreset.objects.order_by("pk").first() or make_preset()
    return {"operator_id": person.pk, "preset_id": preset.pk}


def tallies() -> dict[str, tuple[int, int]]:
    """Return what is kept of each operator who has cut something."""
    rows = MaterialTally.objects.filter(jobs__gt=0)
    return {
        name: (jobs, minutes)
        for name, jobs, minutes in rows.values_list("operator__name", "jobs", "minutes")
    }


def entry() -> ActivityLog:
    """Store an entry of the log, as the next verb must find it."""
    made: ActivityLog = entries(1)[0]
    LogHead.objects.update(seq=made.seq)
    return made


def cut(
    operator: Operator, *, day: dt.date = DAY, at: dt.timedelta = NOON, **fields: Any
) -> LaserRun:
    """Store a finished cut of a job of its own; `project`, `item` and columns may be given."""
    project = fields.pop("project", None) or make_project(drawings=0, parts=[])
    item = fields.pop("item", None) or make_item(
        project, status=QueueStatus.COMPLETED, added_at=clock.day_start(day)
    )
    values = {
        "run_date": clock.day_start(day) + at, "cut_time_minutes": 30, "logged_minutes": 30,
        "material_type": "Mild Steel", "sheet_count": 2, "parts_produced": 10,
        "preset": project.preset, "entry": entry(),
    }  # fmt: skip
    return LaserRun.objects.create(
        project=project, queue_item=item, operator=operator, **{**values, **fields}, **stamp()
    )


def finished(client: Client, price: str | None, day: dt.date = DAY, **fields: Any) -> Project:
    """Store a project that was completed on a day."""
    return make_project(
        client=client, final_price=Decimal(price) if price else None, drawings=0, parts=[],
        status=ProjectStatus.COMPLETED, completion_date=day, **fields,
    )  # fmt: skip


def rows_of(key: str, period: Period = WEEK) -> dict[str, dict[str, Any]]:
    """Return the rows of a topic by their names."""
    return {str(row["name"]): dict(row) for row in overview.tables(period)[key].rows}


def browser_of(user: User | None) -> Browser:
    """Return a browser in which somebody is signed in."""
    assert user is not None
    browser = Browser()
    browser.force_login(user)
    return browser


def twice(operator: Operator, *minutes: int, **fields: Any) -> tuple[Project, QueueItem]:
    """Store a job of an estimated 50 minutes with a run of so many minutes each."""
    project = make_project(estimated_cut_time=50, drawings=0, parts=[])
    begun = clock.day_start(DAY) + NOON
    item = make_item(
        project, status=QueueStatus.COMPLETED, added_at=clock.day_start(DAY), completed_at=begun,
        **fields,
    )  # fmt: skip
    for number, one in enumerate(minutes):
        cut(operator, project=project, item=item, cut_time_minutes=one,
            at=NOON + number * dt.timedelta(hours=1))  # fmt: skip
    return project, item


def page_of(browser: Browser, period: Period = WEEK) -> str:
    """Return the page of a range."""
    query = {"from": period.first.isoformat(), "to": period.last.isoformat()}
    answer = browser.get(reverse("statistics"), query)
    assert answer.status_code == 200
    return answer.content.decode()
