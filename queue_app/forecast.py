"""When each job of the queue will be cut, if everybody works through it in its order.

A laser that becomes free takes the first job, by the queue's order, whose scheduled date has come.
Time is counted in working minutes from now on: the shop's working days and hours (the Shop's
settings) laid end to end, so that all of it is whole numbers, whatever the clocks do.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from laseros import clock
from laseros.ranges import LAST_DAY, MOST_MINUTES, within_days
from projects_app.lateness import days_after, is_after
from projects_app.models import Shop
from queue_app.models import QueueStatus, first_known, is_paused
from queue_app.queries import active_items

COLUMNS = (
    "id", "project_id", "status", "scheduled_date", "estimated_cut_time",
    "project__estimated_cut_time", "ran_seconds", "started_at", "project__due_date",
    "project__pop_deadline", "paused_at",
)  # fmt: skip


class Job(NamedTuple):
    """A job as the forecast needs it; `minutes` is what is left of its estimate, None unknown."""

    id: int
    project_id: int
    minutes: int | None
    is_running: bool = False
    scheduled_date: dt.date | None = None
    due_date: dt.date | None = None
    pop_deadline: dt.date | None = None
    is_paused: bool = False

    @property
    def wanted_by(self) -> dt.date | None:
        """The day by which nobody has anything to complain of: due date or POP deadline, whichever
        is earlier.
        """
        return min(filter(None, (self.due_date, self.pop_deadline)), default=None)


@dataclass(frozen=True, slots=True)
class Planned:
    """When a job will be cut. `starts` and `ends` are working minutes from now (see WorkingTime).

    What “late” and “past its POP deadline” mean is told by `projects_app.lateness`.
    """

    job: Job
    starts: int
    ends: int
    starts_on: dt.date
    ends_on: dt.date

    @property
    def days_late(self) -> int | None:
        """How many days after its due date it ends; nought or less: in time, None: no due date."""
        return days_after(self.ends_on, self.job.due_date)

    @property
    def is_late(self) -> bool:
        """Whether the job ends after its due date."""
        return is_after(self.ends_on, self.job.due_date)

    @property
    def days_past_pop(self) -> int | None:
        """How many days after its POP deadline it ends, in the same way."""
        return days_after(self.ends_on, self.job.pop_deadline)

    @property
    def is_past_pop(self) -> bool:
        """Whether the job ends after its POP deadline."""
        return is_after(self.ends_on, self.job.pop_deadline)


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """The shop's working days, from `now` (the shop's wall clock, naive) on."""

    now: dt.datetime
    start_minute: int
    minutes_a_day: int
    weekdays: frozenset[int]
    lasers: int = 1

    @classmethod
    def of(cls, shop: Shop) -> WorkingTime:
        """Return the working time of the shop, from the present on."""
        return cls(
            now=clock.now().astimezone(clock.shop_zone()).replace(tzinfo=None),
            start_minute=shop.workday_start.hour * 60 + shop.workday_start.minute,
            minutes_a_day=max(1, int(shop.workday_hours * 60)),
            weekdays=frozenset(shop.workdays),
            lasers=shop.laser_count,
        )

    @property
    def left_today(self) -> int:
        """The working minutes that are left of today."""
        if self.now.weekday() not in self.weekdays:
            return 0
        gone = self.now.hour * 60 + self.now.minute - self.start_minute
        return min(self.minutes_a_day, max(0, self.minutes_a_day - gone))

    def _workdays_before(self, day: dt.date) -> int:
        """Count the working days from tomorrow to the day before `day`."""
        days = max(0, (day - self.now.date()).days - 1)
        weeks, rest = divmod(days, 7)
        tomorrow = self.now.weekday() + 1
        return weeks * len(self.weekdays) + sum(
            (tomorrow + n) % 7 in self.weekdays for n in range(rest)
        )

    def offset_of(self, day: dt.date) -> int:
        """Return after how many working minutes `day` begins; nought for today and before."""
        if day <= self.now.date():
            return 0
        return self.left_today + self._workdays_before(day) * self.minutes_a_day

    def offset_at(self, moment: dt.datetime) -> int:
        """Return how many working minutes have gone by at a moment to come of the wall clock."""
        day = moment.date()
        if day.weekday() not in self.weekdays:
            return self.offset_of(day)
        gone = moment.hour * 60 + moment.minute - self.start_minute
        gone = min(self.minutes_a_day, max(0, gone))
        if day == self.now.date():
            return max(0, gone - (self.minutes_a_day - self.left_today))
        return self.offset_of(day) + gone

    def day_of(self, offset: int) -> dt.date:
        """Return the working day in which the minute after `offset` lies; at most LAST_DAY."""
        if offset < self.left_today:
            return self.now.date()
        number = (offset - self.left_today) // self.minutes_a_day  # of the coming working days
        weeks, rest = divmod(number, len(self.weekdays))
        if weeks > (LAST_DAY - self.now.date()).days // 7 - 1:
            return LAST_DAY
        day = self.now.date() + dt.timedelta(weeks=weeks)
        while True:
            day += dt.timedelta(days=1)
            if day.weekday() in self.weekdays:
                if not rest:
                    return day
                rest -= 1


def waiting_jobs() -> list[Job]:
    """Return the jobs of the queue in its order, in one statement."""
    now = clock.now()
    return [as_job(row, now) for row in active_items().values_list(*COLUMNS)]


def as_job(row: Sequence[Any], now: dt.datetime) -> Job:
    """Return the job that a row of the queue's COLUMNS tells of; what runs has run until `now`.

    Days and minutes are held within their ranges: a slip that is stored must not stop the forecast.
    """
    pk, project, status, date, own, otherwise, ran, started, due, pop, paused_at = row
    running = status == QueueStatus.IN_PROGRESS
    if running and started:
        ran += max(0, round((now - started).total_seconds()))
    estimate = first_known(own, otherwise)
    left = None if estimate is None else estimate - clock.whole_minutes(ran)
    left = None if left is None else min(MOST_MINUTES, max(0, left))
    date, due, pop = map(within_days, (date, due, pop))
    return Job(pk, project, left, running, date, due, pop, is_paused(status, paused_at))


def forecast(jobs: Sequence[Job], time: WorkingTime) -> list[Planned]:
    """Return when each of the jobs, given in the queue's order, will be cut; in that order.

    A running job goes on from now by the wall clock: somebody is at it, whatever the hour, and sees
    it through, so that only its minutes within the working time take any of that. Where more jobs
    run than there are lasers, one is free when fewer do. A job without an estimate takes no time
    here: who shows the forecast says how many there are.
    """
    starts = _starts(jobs, time)
    return [_planned(job, start, time) for job, start in zip(jobs, starts, strict=True)]


def if_first(job: Job, jobs: Sequence[Job], time: WorkingTime) -> Planned:
    """Return when a job of the queue would be cut, were it moved to the queue's beginning."""
    order = [job, *(other for other in jobs if other.id != job.id)]
    return _planned(job, _starts(order, time)[0], time)


def spans(jobs: Sequence[Job], time: WorkingTime) -> list[tuple[int, int]]:
    """Return only when each of the jobs starts and ends, in working minutes from now: for trials
    by the hundred.
    """
    starts = _starts(jobs, time)
    return [(start, _end(job, start, time)) for job, start in zip(jobs, starts, strict=True)]


def _starts(jobs: Sequence[Job], time: WorkingTime) -> list[int]:
    starts = [0] * len(jobs)
    running = [n for n, job in enumerate(jobs) if job.is_running]
    free = sorted([0] * time.lasers + [_end(jobs[n], 0, time) for n in running])[-time.lasers :]
    waiting = [n for n, job in enumerate(jobs) if not job.is_running]
    later = [(time.offset_of(date), n) for n in waiting if (date := jobs[n].scheduled_date)]
    later = [(offset, n) for offset, n in later if offset > 0]
    dated = {n for _, n in later}
    ready = [n for n in waiting if n not in dated]
    heapq.heapify(later)
    while ready or later:
        at = heapq.heappop(free)
        if not ready:
            at = max(at, later[0][0])
        while later and later[0][0] <= at:
            heapq.heappush(ready, heapq.heappop(later)[1])
        n = heapq.heappop(ready)
        starts[n] = at
        heapq.heappush(free, at + (jobs[n].minutes or 0))
    return starts


def _seen_through(time: WorkingTime, minutes: int) -> dt.datetime:
    return time.now + dt.timedelta(minutes=min(max(0, minutes), MOST_MINUTES))


def _end(job: Job, start: int, time: WorkingTime) -> int:
    if job.is_running and job.minutes:
        return time.offset_at(_seen_through(time, job.minutes))
    return start + (job.minutes or 0)


def _planned(job: Job, start: int, time: WorkingTime) -> Planned:
    end = _end(job, start, time)
    if job.is_running:
        last_minute = _seen_through(time, (job.minutes or 0) - 1)
        return Planned(job, start, end, time.now.date(), last_minute.date())
    return Planned(job, start, end, time.day_of(start), time.day_of(max(start, end - 1)))


def stretches(
    planned: Iterable[Planned], time: WorkingTime, until: dt.date
) -> Iterator[tuple[dt.date, int]]:
    """Yield the day and the working minutes of each job on each day that it takes, to `until`."""
    over = time.offset_of(until + dt.timedelta(days=1))
    for one in planned:
        at, end = one.starts, min(one.ends, over)
        while at < end:
            day = time.day_of(at)
            upto = min(end, time.offset_of(day + dt.timedelta(days=1)))
            yield day, upto - at
            at = upto


def minutes_by_day(
    planned: Iterable[Planned], time: WorkingTime, until: dt.date = LAST_DAY
) -> dict[dt.date, int]:
    """Return how many minutes are cut on each working day, days without any left out."""
    load: dict[dt.date, int] = defaultdict(int)
    for day, minutes in stretches(planned, time, until):
        load[day] += minutes
    return dict(sorted(load.items()))


def capacity(day: dt.date, time: WorkingTime) -> int:
    """Return how many minutes all lasers together can cut on a day, of today what is left."""
    if day == time.now.date():
        return time.left_today * time.lasers
    return time.minutes_a_day * time.lasers if day.weekday() in time.weekdays else 0
