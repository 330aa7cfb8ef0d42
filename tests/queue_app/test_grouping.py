"""Grouping the queue by sheet: what the proposal saves, and whom it never harms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from laseros.ranges import LAST_DAY, MOST_MINUTES
from queue_app.forecast import Job, WorkingTime
from queue_app.grouping import Proposal, changes, propose

FRIDAY = dt.date(2026, 11, 20)
MONDAY, TUESDAY = FRIDAY + dt.timedelta(days=3), FRIDAY + dt.timedelta(days=4)
NOBODY: frozenset[int] = frozenset()


def at(hour: int = 8, lasers: int = 1) -> WorkingTime:
    """Return a working time of eight hours from 08:00, Monday to Friday, from that Friday on."""
    now = dt.datetime.combine(FRIDAY, dt.time(hour))
    return WorkingTime(now, 8 * 60, 480, frozenset(range(5)), lasers)


def job(pk: int, minutes: int | None = 60, **more: Any) -> Job:
    return Job(pk, pk, minutes, **more)


def proposed(
    jobs: Sequence[Job], sheets: str, urgent: frozenset[int] = NOBODY, lasers: int = 1
) -> Proposal:
    """Return the proposal for jobs of these sheets: one letter each, “.” for none."""
    kinds = {job.id: None if kind == "." else kind for job, kind in zip(jobs, sheets, strict=True)}
    return propose(jobs, kinds, urgent, at(lasers=lasers))


def test_jobs_of_a_sheet_are_pulled_up_to_the_first_of_it() -> None:
    told = proposed([job(n) for n in range(1, 7)], "abacba")
    assert told.order == [1, 3, 6, 2, 5, 4]
    assert (told.changes_before, told.changes_after, told.saves) == (5, 2, True)


def test_jobs_without_a_material_share_a_sheet_with_nobody() -> None:
    told = proposed([job(n) for n in range(1, 5)], ".a.a")
    assert told.order == [1, 2, 4, 3]
    assert (told.changes_before, told.changes_after) == (3, 2)


def test_a_running_job_keeps_its_place_and_its_sheet_is_used_up() -> None:
    jobs = [job(1), job(2), job(3, is_running=True), job(4)]
    told = proposed(jobs, "abba")
    assert told.order == [2, 1, 3, 4]  # the third is cut already, and the second has its sheet
    assert (told.changes_before, told.changes_after) == (3, 1)
    assert proposed([job(1, is_running=True), *jobs[1:]], "abba").order == [1, 2, 3, 4]


def test_of_two_that_begin_at_once_the_running_one_was_begun_before() -> None:
    jobs = [job(1), job(2, is_running=True), job(3)]
    assert proposed(jobs, "aba", lasers=2).changes_before == 1


def test_a_paused_job_keeps_its_place_and_its_sheet_is_used_up() -> None:
    jobs = [job(1), job(2, is_paused=True), job(3), job(4), job(5), job(6)]
    assert proposed(jobs, "cababb").order == [1, 2, 4, 3, 5, 6]
    assert proposed(jobs, "abacca").order == [1, 2, 3, 6, 4, 5]


def test_a_job_that_waits_for_its_day_keeps_its_place_though_others_are_pulled_up() -> None:
    jobs = [job(1), job(2), job(3, scheduled_date=TUESDAY), job(4), job(5)]
    assert proposed(jobs, "abcba").order == [1, 5, 3, 2, 4]


def test_a_job_in_time_is_not_pushed_past_its_deadline() -> None:
    jobs = [job(1, 240), job(2, 240, due_date=FRIDAY), job(3, 240)]
    told = proposed(jobs, "aba")
    assert told.order == [1, 2, 3]
    assert not told.saves
    assert proposed([jobs[0], job(2, 240, due_date=MONDAY), jobs[2]], "aba").order == [1, 3, 2]


def test_a_job_is_not_pushed_past_its_pop_deadline_either() -> None:
    jobs = [job(1, 240), job(2, 240, due_date=TUESDAY, pop_deadline=FRIDAY), job(3, 240)]
    assert not proposed(jobs, "aba").saves


def test_what_can_be_pulled_without_harm_is_though_not_all_can() -> None:
    jobs = [job(1, 100), job(2, 100, due_date=FRIDAY), job(3, 250), job(4), job(5, 400)]
    assert proposed(jobs, "abaca").order == [1, 3, 2, 4, 5]


def test_a_late_job_does_not_become_later() -> None:
    jobs = [job(1, 240), job(2, 240, due_date=FRIDAY - dt.timedelta(days=1)), job(3, 240)]
    assert proposed(jobs, "aba").order == [1, 2, 3]


def test_an_urgent_job_is_not_put_off_to_another_day() -> None:
    jobs = [job(1, 240), job(2, 240), job(3, 240)]
    assert proposed(jobs, "aba", frozenset({2})).order == [1, 2, 3]
    assert proposed(jobs, "aba", frozenset({3})).order == [1, 3, 2]
    assert proposed([job(1, 10), job(2, 10), job(3, 10)], "aba", frozenset({2})).saves


def test_a_job_that_ends_beyond_the_calendar_holds_up_no_other() -> None:
    jobs = [job(1), job(2), job(3), job(4, MOST_MINUTES, due_date=LAST_DAY)]
    now = dt.datetime.combine(LAST_DAY, dt.time(8))
    time = WorkingTime(now, 8 * 60, 480, frozenset(range(7)), 1)
    told = propose(jobs, dict(zip(range(1, 5), "abac", strict=True)), NOBODY, time)
    assert told.order == [1, 3, 2, 4]


def test_a_job_that_waits_for_its_day_is_left_where_it_is() -> None:
    jobs = [job(1), job(2), job(3, scheduled_date=TUESDAY)]
    assert not proposed(jobs, "aba").saves


def test_nothing_is_pulled_up_to_a_job_that_waits_and_each_pull_saves_a_change() -> None:
    jobs = [job(1), job(2), job(3), job(4, scheduled_date=TUESDAY), job(5), job(6), job(7, 480)]
    told = proposed(jobs, "xyxaaba")
    assert told.order == [1, 3, 2, 4, 5, 6, 7]  # the fourth follows the last one
    assert (told.changes_before, told.changes_after) == (5, 4)


def test_an_empty_queue_and_a_single_job_have_nothing_to_save() -> None:
    assert proposed([], "").order == []
    assert not proposed([job(1)], "a").saves


DAYS = st.none() | st.integers(-3, 12).map(lambda n: FRIDAY + dt.timedelta(days=n))
JOBS = st.lists(
    st.tuples(
        st.none() | st.integers(0, 700), st.booleans(), DAYS, DAYS, DAYS,
        st.sampled_from("abc."), st.booleans(), st.booleans(),
    ),
    max_size=14,
)  # fmt: skip


@given(JOBS, st.integers(1, 3))
def test_whatever_the_queue_a_proposal_harms_nobody(
    drawn: list[tuple[Any, ...]], lasers: int
) -> None:
    jobs = [
        Job(n, n, minutes, running, scheduled_date, due, pop, paused and not running)
        for n, (minutes, running, scheduled_date, due, pop, _, _, paused) in enumerate(drawn)
    ]
    sheets = "".join(one[5] for one in drawn)
    urgent = frozenset(n for n, one in enumerate(drawn) if one[6])
    told = proposed(jobs, sheets, urgent, lasers)
    assert sorted(told.order) == list(range(len(jobs)))
    assert told.changes_after <= told.changes_before
    kinds = {n: None if kind == "." else kind for n, kind in enumerate(sheets)}
    assert told.changes_after == changes(told.after, kinds)
    if not told.saves:
        assert told.order == list(range(len(jobs)))
        return
    for place, there in enumerate(jobs):
        waits = there.scheduled_date is not None and there.scheduled_date > FRIDAY
        assert told.order[place] == place or not (there.is_running or there.is_paused or waits)
    before = {one.job.id: one for one in told.before}
    for one in told.after:
        was = before[one.job.id]
        assert was.is_late or not one.is_late
        assert was.is_past_pop or not one.is_past_pop
        assert not (was.is_late or was.is_past_pop) or one.ends_on <= was.ends_on
        assert one.job.id not in urgent or one.ends_on <= was.ends_on
