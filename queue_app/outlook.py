"""What the forecast of the queue says about due dates and days: for the home page and the lists."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q

from laseros.ranges import LAST_DAY
from projects_app.attention import due_soon_unqueued
from projects_app.lateness import is_after
from projects_app.models import Shop
from queue_app.forecast import (
    Job,
    Planned,
    WorkingTime,
    capacity,
    forecast,
    if_first,
    stretches,
    waiting_jobs,
)

DAYS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Day:
    """What is cut on a day, of what can be: minutes of all lasers; how many jobs are worked on."""

    date: dt.date
    minutes: int
    capacity: int
    jobs: int


@dataclass(frozen=True)
class Outlook:
    """The queue as it will be worked through, if it stays as it is."""

    jobs: Sequence[Job]
    time: WorkingTime

    @classmethod
    def now(cls) -> Outlook:
        """Return the present outlook, in two statements."""
        return cls(waiting_jobs(), WorkingTime.of(Shop.current()))

    @cached_property
    def planned(self) -> list[Planned]:
        """When each job will be cut, in the queue's order."""
        return forecast(self.jobs, self.time)

    @cached_property
    def of_project(self) -> dict[int, Planned]:
        """The plan of each project that has a job in the queue."""
        return {one.job.project_id: one for one in self.planned}

    @property
    def unestimated(self) -> int:
        """How many jobs have no estimate, and so take no time in this outlook."""
        return sum(job.minutes is None for job in self.jobs)

    @property
    def minutes(self) -> int:
        """The minutes that are left to cut."""
        return sum(job.minutes or 0 for job in self.jobs)

    @property
    def cleared_on(self) -> dt.date | None:
        """The day on which the last of the present jobs will be done."""
        return max((one.ends_on for one in self.planned), default=None)

    def at_risk(self) -> Q:
        """Return the condition for projects that will miss a due date still to come.

        By the forecast, or because they are not even in the queue a week before it.
        """
        today = self.time.now.date()
        late = [
            one.job.project_id
            for one in self.planned
            if one.is_late and not is_after(today, one.job.due_date)
        ]
        return Q(pk__in=late, due_date__gte=today) | due_soon_unqueued()

    def move_helps(self, planned: Planned) -> bool:
        """Tell whether moving a job up settles it: in time for its due date thereby, or, where that
        has passed, cut on an earlier day.
        """
        if planned.job.is_running or planned.job.minutes is None:
            return False
        first = if_first(planned.job, self.jobs, self.time)
        if is_after(self.time.now.date(), planned.job.due_date):
            return first.ends_on < planned.ends_on
        return planned.is_late and not first.is_late

    def jobs_on(self, day: dt.date) -> list[int]:
        """Return the jobs that will be worked on that day."""
        if day > LAST_DAY:
            return []
        begins, over = (self.time.offset_of(one) for one in (day, day + dt.timedelta(days=1)))
        return [one.job.id for one in self.planned if max(one.starts, begins) < min(one.ends, over)]

    def days(self) -> list[Day]:
        """Return the next working days, today included while something can still be cut."""
        today, jobs, load = self.time.now.date(), Counter[dt.date](), Counter[dt.date]()
        days = [today + dt.timedelta(days=n) for n in range(7 * DAYS_SHOWN + 1)]
        for day, minutes in stretches(self.planned, self.time, days[-1]):
            jobs[day] += 1
            load[day] += minutes
        open_days = [day for day in days if load[day] or capacity(day, self.time)][:DAYS_SHOWN]
        return [Day(day, load[day], capacity(day, self.time), jobs[day]) for day in open_days]
