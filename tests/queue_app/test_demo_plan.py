"""The plan of the demo's story: in order and past, on whatever day and at whatever hour."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from laseros import clock
from queue_app.demo.plan import Plan, Planner

MOMENTS = {
    "a Monday, five past midnight": dt.datetime(2025, 10, 27, 0, 5, tzinfo=dt.UTC),
    "a Friday evening": dt.datetime(2025, 10, 31, 23, 58, tzinfo=dt.UTC),
    "a Sunday": dt.datetime(2025, 11, 2, 12, 0, tzinfo=dt.UTC),
    "New Year": dt.datetime(2026, 1, 1, 0, 0, tzinfo=dt.UTC),
    "a leap day": dt.datetime(2028, 2, 29, 9, 30, tzinfo=dt.UTC),
    "the night the clocks change": dt.datetime(2026, 3, 29, 1, 30, tzinfo=dt.UTC),
}
ZONES = ["UTC", "Africa/Johannesburg", "Pacific/Auckland", "America/Los_Angeles", "Europe/Berlin"]


def moments(plan: Plan) -> list[dt.datetime]:
    """Return what happens with an order, in the order in which it must happen."""
    steps = (
        plan.created_at, plan.quoted_at, plan.paid_at, plan.prepared_at, plan.queued_at,
        plan.started_at, plan.ended_at, plan.cancelled_at,
    )  # fmt: skip
    return [moment for moment in steps if moment]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("now", MOMENTS.values(), ids=MOMENTS)
def test_every_order_goes_its_way_and_nothing_lies_in_the_future(
    now: dt.datetime, zone: str, settings: Any
) -> None:
    settings.TIME_ZONE = zone
    with clock.pretend(now):
        plans = Planner().plans()
    assert len(plans) == 60
    for plan in plans:
        steps = moments(plan)
        assert steps == sorted(steps)
        assert steps[-1] < now


def test_the_same_moment_gives_the_same_plan() -> None:
    with clock.pretend(MOMENTS["a Sunday"]):
        assert Planner().plans() == Planner().plans()
