"""What needs somebody stands in its section of the home page, and what needs nobody does not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.test import Client

from laseros import clock
from operators_app.models import Flag, Operator, Role
from projects_app.models import Project, ProjectStatus
from queue_app.models import QueueStatus, RunStatus
from tests import fillers
from tests.factories import make_item, make_person
from tests.queue_app.home_page import (
    HOME,
    browser_of,
    days,
    make_run,
    quiet_project,
    rows_of,
    sections,
)


@pytest.fixture
def desk(ada: Operator) -> Client:
    """The admin's browser."""
    return browser_of(ada)


def _overdue() -> None:
    make_item(quiet_project(due_date=days(-3)))


def _forecast_late() -> None:
    make_item(quiet_project(due_date=days(0), estimated_cut_time=5000))


def _near_and_not_queued() -> None:
    quiet_project(due_date=days(7), status=ProjectStatus.REQUEST)


def _pop_tomorrow() -> None:
    quiet_project(pop_deadline=days(1))


def _no_drawing() -> None:
    quiet_project(drawings=0)


def _old_quote() -> None:
    quiet_project(status=ProjectStatus.QUOTE_APPROVAL, quote_date=days(-7))


def _quote_without_date() -> None:
    quiet_project(status=ProjectStatus.QUOTE_APPROVAL, quote_date=None)
    Project.objects.update(created_at=clock.now() - dt.timedelta(days=9))


def _failed_job() -> None:
    fillers.tasks(1, success=False)


def _locked_sign_in() -> None:
    fillers.attempts(1)
    AccessAttempt.objects.update(failures_since_start=settings.AXES_FAILURE_LIMIT)


def _open_flag() -> None:
    fillers.flags(1)


def _failing_preset() -> None:
    person = make_person("cutter", Role.OPERATOR)
    for minutes in (99, 99, 40):
        _cut_in(person, minutes)


def _cut_in(person: Operator, minutes: int, status: str = RunStatus.COMPLETED) -> None:
    item = make_item(quiet_project(), status=QueueStatus.COMPLETED)
    Project.objects.filter(pk=item.project_id).update(status=ProjectStatus.COMPLETED)
    make_run(item, person, cut_time_minutes=minutes, status=status)


@pytest.mark.parametrize(
    ("key", "happens"),
    [
        ("overdue", _overdue), ("at_risk", _forecast_late), ("at_risk", _near_and_not_queued),
        ("pop_deadline", _pop_tomorrow), ("missing_data", _no_drawing),
        ("quote_unanswered", _old_quote), ("quote_unanswered", _quote_without_date),
        ("flags", _open_flag), ("presets", _failing_preset), ("jobs", _failed_job),
        ("locked", _locked_sign_in),
    ],
)  # fmt: skip
def test_what_needs_somebody_stands_in_its_section_alone(
    desk: Client, key: str, happens: Callable[[], None]
) -> None:
    assert sections(desk) == {}
    happens()
    found = sections(desk)
    assert set(found) == {key}
    assert found[key].total == len(found[key].lines) == rows_of(desk, found[key].url) == 1


def _not_due_yet() -> None:
    make_item(quiet_project(due_date=days(30)))


def _late_but_done() -> None:
    quiet_project(due_date=days(-3), status=ProjectStatus.COMPLETED)


def _late_but_cancelled() -> None:
    quiet_project(due_date=days(-3), status=ProjectStatus.CANCELLED)


def _due_in_eight_days() -> None:
    quiet_project(due_date=days(8))


def _pop_in_two_days() -> None:
    quiet_project(pop_deadline=days(2))


def _request_without_data() -> None:
    quiet_project(status=ProjectStatus.REQUEST, drawings=0, parts=[], preset=None)


def _young_quote() -> None:
    quiet_project(status=ProjectStatus.QUOTE_APPROVAL, quote_date=days(-6))


def _settled_flag() -> None:
    fillers.flags(1)
    Flag.objects.update(status="accepted")


def _old_failure() -> None:
    (task,) = fillers.tasks(1, success=False)
    type(task).objects.update(started=clock.now() - dt.timedelta(days=9))


def _few_failures() -> None:
    fillers.attempts(1)


def _cooled_off() -> None:
    fillers.attempts(1)
    AccessAttempt.objects.update(
        failures_since_start=99,
        attempt_time=clock.now() - settings.AXES_COOLOFF_TIME - dt.timedelta(minutes=1),
    )


def _one_bad_run() -> None:
    person = make_person("cutter", Role.OPERATOR)
    make_run(make_item(quiet_project()), person, cut_time_minutes=99)


def _rejected_runs() -> None:
    person = make_person("cutter", Role.OPERATOR)
    for _ in range(3):
        _cut_in(person, 99, RunStatus.REJECTED)


@pytest.mark.parametrize(
    "happens",
    [
        _not_due_yet, _late_but_done, _late_but_cancelled, _due_in_eight_days, _pop_in_two_days,
        _request_without_data, _young_quote, _settled_flag, _old_failure, _few_failures,
        _cooled_off, _one_bad_run, _rejected_runs,
    ],
)  # fmt: skip
def test_what_needs_nobody_is_left_out(desk: Client, happens: Callable[[], None]) -> None:
    happens()
    page = desk.get(HOME)
    assert page.context["home"].sections == []
    assert "Nothing needs you now" in page.content.decode()


def test_a_project_stands_in_the_gravest_section_only_and_the_others_say_so(desk: Client) -> None:
    both = quiet_project("Both", pop_deadline=days(0), drawings=0)
    quiet_project("Paid", pop_deadline=days(1))
    for number in range(6):
        quiet_project(f"Bare {number}", drawings=0)
    found = sections(desk)
    paid, bare = found["pop_deadline"], found["missing_data"]
    assert [line.title for line in paid.lines] == ["Both", "Paid"]
    assert "lacks: drawings" in paid.lines[0].detail
    assert (bare.total, len(bare.lines), bare.repeated, bare.more) == (7, 5, 1, 1)
    assert both.name not in [line.title for line in bare.lines]
    assert rows_of(desk, bare.url) == 7
    assert "1 of them stands above already" in desk.get(HOME).content.decode()


def test_a_section_whose_projects_all_stand_above_says_so(desk: Client) -> None:
    quiet_project("Both", pop_deadline=days(0), drawings=0)
    bare = sections(desk)["missing_data"]
    assert (bare.total, bare.lines, bare.repeated, bare.more) == (1, [], 1, 0)
    assert "It stands above already, for what is graver." in desk.get(HOME).content.decode()


def test_what_a_graver_section_has_no_line_for_stands_in_the_next(desk: Client) -> None:
    for number in range(5):
        quiet_project(f"Later {number}", due_date=days(-9))
    for number in range(2):
        quiet_project(f"Left {number}", due_date=days(-1), pop_deadline=days(0))
    found = sections(desk)
    late, paid = found["overdue"], found["pop_deadline"]
    assert [line.title for line in late.lines] == [f"Later {number}" for number in range(5)]
    assert [line.title for line in paid.lines] == ["Left 0", "Left 1"]
    assert (paid.total, paid.repeated, paid.more) == (2, 0, 0)
    assert "above already" not in desk.get(HOME).content.decode()


def test_what_stands_above_is_counted_also_where_the_list_has_it_last(desk: Client) -> None:
    quiet_project("Both", pop_deadline=days(0), drawings=0, due_date=days(99))
    for number in range(40):
        quiet_project(f"Bare {number:02}", drawings=0)
    bare = sections(desk)["missing_data"]
    assert [line.title for line in bare.lines] == [f"Bare 0{number}" for number in range(5)]
    assert (bare.total, bare.repeated, bare.more) == (41, 1, 35)


def test_a_section_is_filled_where_its_first_projects_all_stand_above(desk: Client) -> None:
    for number in range(5):
        quiet_project(f"Late {number}", due_date=days(-9), drawings=0)
        quiet_project(f"Paid {number}", due_date=days(20), pop_deadline=days(0), drawings=0)
        quiet_project(f"Bare {number}", drawings=0)
    bare = sections(desk)["missing_data"]
    assert [line.title for line in bare.lines] == [f"Bare {number}" for number in range(5)]
    assert (bare.total, bare.repeated, bare.more) == (15, 10, 0)
