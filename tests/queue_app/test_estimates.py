"""Which run a job's estimate stands against: one of those that count, and once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from laseros import clock
from operators_app.models import Flag, FlagStatus, Operator
from operators_app.verbs import Actor
from queue_app.models import LaserRun, QueueItem
from queue_app.statistics import overview
from queue_app.statistics.periods import Period
from queue_app.verbs import (
    cancel_item,
    complete_job,
    pause_job,
    reject_run,
    resolve_flag,
    start_job,
)
from tests.factories import make_item, make_project

MINUTE = dt.timedelta(minutes=1)
HOUR = 60 * MINUTE
pytestmark = pytest.mark.django_db


@pytest.fixture
def item(olga: Operator, manager: Actor) -> QueueItem:
    """A job of an estimated 50 minutes that has run for an hour."""
    begun = clock.now() - 2 * HOUR
    made = make_item(
        make_project(estimated_cut_time=50), added_at=begun - HOUR, last_entry_at=begun - HOUR
    )
    start_job(made.pk, **work(made, olga), by=manager, performed_at=begun)
    return made


def work(item: QueueItem, person: Operator) -> dict[str, Any]:
    """Return who cuts with which preset."""
    assert item.project.preset_id
    return {"operator_id": person.pk, "preset_id": item.project.preset_id}


def told(item: QueueItem, person: Operator, by: Actor, at: dt.datetime) -> LaserRun:
    """Tell that the job was cut, let the run count, and return it."""
    said = complete_job(
        item.pk, **work(item, person), actual_cut_time=60, by=by, performed_at=at
    ).data["laser_run"]
    run = LaserRun.objects.get(pk=said["id"])
    if Flag.objects.filter(entry=run.entry_id, status=FlagStatus.OPEN).exists():
        resolve_flag(run.entry_id, accept=True, by=by)
    return LaserRun.objects.get(pk=run.pk)


def figures() -> tuple[int, int]:
    """Return how many runs count in the statistics, and the minutes they were estimated at."""
    today = clock.shop_today()
    table = overview.tables(Period(today - dt.timedelta(days=1), today))["operators"]
    assert table.total
    return table.total["jobs"], table.total["estimated"]


def test_a_second_run_has_no_estimate_unless_the_completing_one_is_rejected(
    item: QueueItem, olga: Operator, manager: Actor
) -> None:
    now = clock.now()
    first = told(item, olga, manager, now - HOUR)
    told(item, olga, manager, now - HOUR / 2)
    told(item, olga, manager, now)
    assert figures() == (3, 50)
    reject_run(first.pk, "It was another job's.", by=manager)
    assert figures() == (2, 50)


def test_of_two_runs_of_the_same_moment_one_has_the_estimate(
    item: QueueItem, olga: Operator, manager: Actor
) -> None:
    now = clock.now()
    first, second = (told(item, olga, manager, now) for _ in range(2))
    assert first.run_date == second.run_date
    assert figures() == (2, 50)


def test_of_the_runs_of_a_cancelled_job_one_has_the_estimate(
    item: QueueItem, olga: Operator, manager: Actor
) -> None:
    pause_job(item.pk, "The gas is empty.", by=manager)
    cancel_item(item.pk, "Not wanted any more.", by=manager)
    first = told(item, olga, manager, clock.now())
    told(item, olga, manager, clock.now())
    assert figures() == (2, 50)
    reject_run(first.pk, "Told twice.", by=manager)
    assert figures() == (1, 50)
