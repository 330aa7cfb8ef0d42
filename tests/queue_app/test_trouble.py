"""Which runs failed, and which presets that accuses."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from laseros import clock
from operators_app.models import Operator
from queue_app import trouble
from queue_app.models import QueueItem, QueueStatus
from tests.factories import make_item
from tests.queue_app.home_page import (
    browser_of,
    make_run,
    quiet_project,
    rows_of,
    sections,
)


@pytest.fixture
def desk(ada: Operator) -> Client:
    """The admin's browser."""
    return browser_of(ada)


def test_a_preset_fails_by_overruns_and_by_projects_cut_again(desk: Client, olga: Operator) -> None:
    overrun, again = (make_item(quiet_project(estimated_cut_time=45)) for _ in range(2))
    make_run(overrun, olga, cut_time_minutes=68)
    make_run(again, olga)
    assert "presets" not in sections(desk), "one failure is no pattern"
    _finish(again)
    make_item(again.project, added_at=clock.now() + dt.timedelta(seconds=1))
    section = sections(desk)["presets"]
    (line,) = section.lines
    assert line.label == "2 of 2 runs failed"
    assert rows_of(desk, line.url) == 2
    assert rows_of(desk, section.url) == 1


def _finish(item: QueueItem) -> None:
    QueueItem.objects.filter(pk=item.pk).update(status=QueueStatus.COMPLETED)


@pytest.mark.parametrize(("minutes", "estimate"), [(67, 45), (15, 6), (999, None)])
def test_what_takes_a_little_longer_or_was_not_estimated_has_not_failed(
    olga: Operator, minutes: int, estimate: int | None
) -> None:
    item = make_item(quiet_project(estimated_cut_time=estimate))
    make_run(item, olga, cut_time_minutes=minutes)
    assert not trouble.failed_runs().exists()


def test_few_failures_among_many_runs_accuse_no_preset(desk: Client, olga: Operator) -> None:
    item = make_item(quiet_project())
    for number in range(11):
        make_run(item, olga, cut_time_minutes=99 if number < 2 else 40)
    assert not trouble.with_failures().exists()


def test_what_is_measured_against_nothing_accuses_no_preset_of_taking_long(olga: Operator) -> None:
    hour = dt.timedelta(hours=1)
    project, begun = quiet_project(estimated_cut_time=20), clock.now() - 3 * hour
    first = make_item(project, status=QueueStatus.COMPLETED, added_at=begun,
                      completed_at=begun + hour)  # fmt: skip
    make_run(first, olga, run_date=begun + hour, cut_time_minutes=20)
    make_run(first, olga, run_date=begun + 1.5 * hour, cut_time_minutes=45)
    again = make_item(project, status=QueueStatus.COMPLETED, added_at=begun,
                      completed_at=begun + 2 * hour)  # fmt: skip
    recut = make_run(again, olga, run_date=begun + 2 * hour, cut_time_minutes=45)
    assert not trouble.failed_runs().exists(), "neither the second run nor the recut"
    QueueItem.objects.filter(pk=again.pk).update(estimated_cut_time=20)
    assert list(trouble.failed_runs()) == [recut]
