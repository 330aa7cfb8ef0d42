"""When the queue's jobs will be cut: the order, the working days, several lasers, dates."""

# ruff: noqa: DTZ001 - the shop's wall clock has no zone

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from laseros import clock
from projects_app.models import Shop
from queue_app.forecast import Job, WorkingTime, capacity, forecast, minutes_by_day, waiting_jobs
from queue_app.outlook import Outlook
from tests.factories import make_item, make_project

FRIDAY = dt.date(2026, 11, 20)
SATURDAY, MONDAY, TUESDAY = (FRIDAY + dt.timedelta(days=n) for n in (1, 3, 4))
WEEK = frozenset(range(5))


def at(day: dt.date, hour: int, lasers: int = 1, weekdays: frozenset[int] = WEEK) -> WorkingTime:
    """Return a working time of eight hours from 08:00."""
    return WorkingTime(dt.datetime.combine(day, dt.time(hour)), 8 * 60, 480, weekdays, lasers)


def moment_of(time: WorkingTime, offset: int) -> dt.datetime:
    """Return the wall-clock time of the shop (naive) at which the minute after `offset` begins."""
    day = time.day_of(offset)
    into = offset - time.offset_of(day)
    if day == time.now.date():
        into += time.minutes_a_day - time.left_today
    return dt.datetime.combine(day, dt.time.min) + dt.timedelta(minutes=time.start_minute + into)


def job(pk: int, minutes: int | None, **more: Any) -> Job:
    return Job(pk, pk, minutes, **more)


def test_jobs_follow_each_other_in_the_queues_order_and_over_the_weekend() -> None:
    time = at(FRIDAY, 14)
    first, second, third = forecast([job(1, 100), job(2, 60), job(3, 30)], time)
    assert [moment_of(time, one.starts) for one in (first, second, third)] == [
        dt.datetime(2026, 11, 20, 14), dt.datetime(2026, 11, 20, 15, 40),
        dt.datetime(2026, 11, 23, 8, 40),
    ]  # fmt: skip
    assert (second.starts_on, second.ends_on, third.ends_on) == (FRIDAY, MONDAY, MONDAY)
    assert minutes_by_day([first, second, third], time) == {FRIDAY: 120, MONDAY: 70}


def test_a_running_job_goes_on_first_and_two_lasers_share_the_queue() -> None:
    planned = forecast(
        [job(1, 50), job(2, 30, is_running=True), job(3, 10)], at(FRIDAY, 8, lasers=2)
    )
    assert [(one.starts, one.ends) for one in planned] == [(0, 50), (0, 30), (30, 40)]


def test_more_running_jobs_than_lasers_do_not_make_more_lasers_of_them() -> None:
    running = [job(pk, minutes, is_running=True) for pk, minutes in ((1, 10), (2, 50), (3, 30))]
    waiting = [job(4, 60), job(5, 60)]
    one = forecast([*running, *waiting], at(FRIDAY, 8))
    assert [planned.starts for planned in one] == [0, 0, 0, 50, 110]
    two = forecast([*running, *waiting], at(FRIDAY, 8, lasers=2))
    assert [planned.starts for planned in two] == [0, 0, 0, 30, 50]


def test_a_job_that_runs_after_hours_or_on_a_free_day_is_done_then() -> None:
    on_saturday = forecast([job(1, 57, is_running=True, due_date=SATURDAY)], at(SATURDAY, 18))
    assert (on_saturday[0].starts_on, on_saturday[0].ends_on) == (SATURDAY, SATURDAY)
    assert not on_saturday[0].is_late
    past_midnight = forecast([job(1, 400, is_running=True)], at(FRIDAY, 20))
    assert past_midnight[0].ends_on == SATURDAY


def test_a_job_that_runs_after_hours_takes_nothing_of_the_next_day() -> None:
    time = at(TUESDAY, 18)
    due = job(2, 450, due_date=TUESDAY + dt.timedelta(days=1))
    outlook = Outlook([job(1, 60, is_running=True), due], time)
    running, waiting = outlook.planned
    assert (running.ends_on, waiting.ends_on, waiting.is_late) == (TUESDAY, due.due_date, False)
    wednesday = outlook.days()[0]
    assert (wednesday.date, wednesday.minutes, wednesday.jobs) == (due.due_date, 450, 1)
    assert outlook.jobs_on(wednesday.date) == [2]


def test_a_running_job_takes_of_working_days_what_of_it_lies_within_their_hours() -> None:
    before_work = forecast([job(1, 180, is_running=True), job(2, 30)], at(FRIDAY, 6))
    assert [(one.starts, one.ends) for one in before_work] == [(0, 60), (60, 90)]
    time = at(FRIDAY, 15)
    over_the_weekend = forecast([job(1, 66 * 60, is_running=True), job(2, 60)], time)
    assert [one.ends_on for one in over_the_weekend] == [MONDAY, MONDAY]
    assert minutes_by_day(over_the_weekend, time) == {FRIDAY: 60, MONDAY: 120}


def test_what_a_day_holds_is_told_alike_by_its_bar_and_its_list() -> None:
    time = at(FRIDAY, 12, lasers=2)
    jobs = [job(1, 500, is_running=True), job(2, 700), job(3, 90), job(4, None)]
    outlook = Outlook(jobs, time)
    for day in outlook.days():
        assert day.jobs == len(outlook.jobs_on(day.date)), day.date
    assert outlook.jobs_on(SATURDAY) == []


def test_a_job_waits_for_its_date_while_later_ones_go_ahead() -> None:
    time = at(FRIDAY, 8)
    planned = forecast([job(1, 60, scheduled_date=TUESDAY), job(2, 600), job(3, 60)], time)
    assert [one.starts_on for one in planned] == [TUESDAY, FRIDAY, MONDAY]
    on_saturday = forecast([job(1, 60, scheduled_date=SATURDAY)], time)
    assert on_saturday[0].starts_on == MONDAY


def test_what_ends_after_its_due_date_is_late_and_by_its_pop_deadline_is_told_apart() -> None:
    paid = {"due_date": TUESDAY, "pop_deadline": FRIDAY}
    promised = {"due_date": FRIDAY, "pop_deadline": TUESDAY}
    planned = forecast([job(1, 480), job(2, 60, **paid), job(3, 60, **promised), job(4, 5)],
                       at(FRIDAY, 8))  # fmt: skip
    assert [one.days_late for one in planned] == [None, -1, 3, None]
    assert [one.is_late for one in planned] == [False, False, True, False]
    assert [one.days_past_pop for one in planned] == [None, 3, -1, None]
    assert [one.is_past_pop for one in planned] == [False, True, False, False]


def test_a_job_without_an_estimate_takes_no_time_and_evenings_begin_the_next_day() -> None:
    time = at(FRIDAY, 20)
    planned = forecast([job(1, None), job(2, 480)], time)
    assert [one.ends_on for one in planned] == [MONDAY, MONDAY]
    assert (capacity(FRIDAY, time), capacity(SATURDAY, time), capacity(MONDAY, time)) == (0, 0, 480)


@given(
    st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2027, 1, 1)),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(0, 5000),
)
def test_days_and_working_minutes_agree(
    now: dt.datetime, weekdays: frozenset[int], offset: int
) -> None:
    time = WorkingTime(now, 8 * 60, 480, weekdays)
    day = time.day_of(offset)
    assert day.weekday() in weekdays
    assert time.offset_of(day) <= offset < time.offset_of(day + dt.timedelta(days=1))
    moment = moment_of(time, offset)
    assert moment.date() == day
    assert offset == 0 or moment >= now.replace(second=0, microsecond=0)
    assert time.offset_at(moment) == offset
    assert 8 * 60 <= moment.hour * 60 + moment.minute < 16 * 60


@pytest.mark.django_db
def test_the_queue_is_read_in_one_statement_with_what_is_left_of_each_job() -> None:
    now = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
    with clock.pretend(now):
        make_item(make_project("A"), status="in_progress", started_at=now - dt.timedelta(minutes=5),
                  ran_seconds=600)  # fmt: skip
        make_item(make_project("B", estimated_cut_time=None))
        make_item(make_project("C"), estimated_cut_time=10, scheduled_date=MONDAY)
        with CaptureQueriesContext(connection) as captured:
            jobs = waiting_jobs()
        time = WorkingTime.of(Shop.current())
    assert len(captured) == 1
    assert [(one.minutes, one.is_running, one.scheduled_date) for one in jobs] == [
        (30, True, None), (None, False, None), (10, False, MONDAY),
    ]  # fmt: skip
    assert (jobs[0].due_date, jobs[0].pop_deadline) == (
        dt.date(2025, 11, 5), dt.date(2025, 10, 29)
    )  # fmt: skip
    assert jobs[0].wanted_by == dt.date(2025, 10, 29)
    assert (time.left_today, time.lasers, time.weekdays) == (420, 1, WEEK)
