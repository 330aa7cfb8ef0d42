"""An order of the queue that saves changes of sheet, proposed; nothing is moved here.

Two jobs share a sheet where material and thickness are the same; a job without a material shares
it with none. The proposal is made like this:

1. What was begun is not moved about: a job that runs or is paused keeps its place, and so does one
   that waits for a later day (its scheduled date). The others take the places between them.
2. Running jobs are cut now, wherever they stand, so the search begins with them; the others follow
   in the queue's order. After each one, later jobs of the same sheet are pulled up to it: all of
   them at once, or, where that would do harm, one by one.
3. A pull does harm, and is left out, where by the forecast
   - a job that would have kept its due date or its POP deadline ends after it,
   - a job that keeps one of them not anyhow ends on a later day than without the grouping, or
   - a job of high priority ends on a later day than without it, whatever its dates.
4. A pull that saves no change of sheet is left out, too, and nothing is pulled up to a job that
   waits for a later day.

So there are never more late jobs than before, never more past their POP deadline, and never more
changes of sheet. The changes are
counted in the order in which the forecast begins the jobs; with several lasers that is how often
a sheet of another kind must be fetched, not what happens at each of them.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from queue_app.forecast import Job, Planned, WorkingTime, forecast, spans

Sheets = Mapping[int, Hashable]  # by the job's id; None is a sheet of its own


@dataclass(frozen=True, slots=True)
class Proposal:
    """An order and what it would do: the forecasts in their own order, and changes of sheet."""

    before: list[Planned]
    after: list[Planned]
    changes_before: int
    changes_after: int

    @property
    def order(self) -> list[int]:
        """The ids in the proposed order."""
        return [one.job.id for one in self.after]

    @property
    def saves(self) -> bool:
        """Whether the order is worth accepting."""
        return self.changes_after < self.changes_before


def propose(
    jobs: Sequence[Job], sheets: Sheets, urgent: frozenset[int], time: WorkingTime
) -> Proposal:
    """Return the proposed order of the jobs, which are given in the queue's order.

    `urgent` are the ids of the jobs of high priority.
    """
    before = forecast(jobs, time)
    limits = {one.job.id: _limit(one, one.job.id in urgent, time) for one in before}
    running = {place: job for place, job in enumerate(jobs) if job.is_running}
    order = [*running.values(), *(job for job in jobs if not job.is_running)]
    count = changes(before, sheets)
    search = _Search(order, count, sheets, limits, time)
    search.run(max(0, len(running) - 1))
    if search.count >= count:
        return Proposal(before, before, count, count)
    found = _with_fixed(running, search.order)  # which is cut just as if the running ones led it
    return Proposal(before, forecast(found, time), count, search.count)


def _with_fixed(fixed: Mapping[int, Job], order: Sequence[Job]) -> list[Job]:
    """Return the order with the fixed jobs at their places, the others around them."""
    kept = {job.id for job in fixed.values()}
    others = (job for job in order if job.id not in kept)
    return [fixed[place] if place in fixed else next(others) for place in range(len(order))]


def changes(planned: Sequence[Planned], sheets: Sheets) -> int:
    """Count how often the sheet is another one than that of the job begun before."""
    return _count([one.job for one in planned], [one.starts for one in planned], sheets)


def _count(jobs: Sequence[Job], starts: Sequence[int], sheets: Sheets) -> int:
    # Of two that begin at once the running one was begun before, wherever it stands.
    begun = sorted(range(len(jobs)), key=lambda n: (starts[n], not jobs[n].is_running))
    return sum(
        not _share(jobs[one], jobs[other], sheets) for one, other in itertools.pairwise(begun)
    )


def _share(one: Job, other: Job, sheets: Sheets) -> bool:
    return sheets[one.id] is not None and sheets[one.id] == sheets[other.id]


def _limit(planned: Planned, is_urgent: bool, time: WorkingTime) -> int | None:
    """Return the working minute by which a job must end, None where it does not matter."""
    wanted = planned.job.wanted_by
    if wanted is None and not is_urgent:
        return None
    keeps_all = not (is_urgent or planned.is_late or planned.is_past_pop)
    day = wanted if keeps_all and wanted else planned.ends_on
    end_of_day = time.offset_of(day + dt.timedelta(days=1))
    limit = end_of_day if planned.job.minutes else end_of_day - 1  # else it'd begin the next day
    return max(limit, planned.ends)  # where it stands it harms nobody, however far that is


@dataclass(slots=True)
class _Search:
    """The order as far as it is made, and how many changes of sheet it has."""

    order: list[Job]
    count: int
    sheets: Sheets
    limits: Mapping[int, int | None]
    time: WorkingTime
    fixed: dict[int, Job] = field(init=False)  # by their place: those that keep it

    def __post_init__(self) -> None:
        self.fixed = {
            place: job for place, job in enumerate(self.order)
            if job.is_running or job.is_paused or self._waits(job)
        }  # fmt: skip

    def run(self, place: int) -> None:
        """Pull jobs up to each job from `place` on."""
        while place < len(self.order):
            place = self._end_of_block(place)
            self._pull_up_to(place)
            place = self._end_of_block(place) + 1

    def _end_of_block(self, place: int) -> int:
        """Return the place of the last job that directly follows with the same sheet."""
        while place + 1 < len(self.order) and self._shares(place, self.order[place + 1]):
            place += 1
        return place

    def _shares(self, place: int, job: Job) -> bool:
        return _share(self.order[place], job, self.sheets)

    def _waits(self, job: Job) -> bool:
        return job.scheduled_date is not None and self.time.offset_of(job.scheduled_date) > 0

    def _pull_up_to(self, place: int) -> None:
        """Pull later jobs of the same sheet up to the one at `place`: all, else one by one.

        Where one does harm, a later one that takes as long would do it to the same jobs: it is not
        tried.
        """
        later = self.order[place + 1 :]
        fixed = {job.id for job in self.fixed.values()}
        found = [job for job in later if self._shares(place, job) and job.id not in fixed]
        if not found or self._waits(self.order[place]) or self._pull(place, found):
            return
        too_long = math.inf
        for job in found if len(found) > 1 else ():
            minutes = job.minutes or 0
            if minutes >= too_long:
                continue
            if self._pull(place, [job]):
                place += 1
            else:
                too_long = minutes

    def _pull(self, place: int, jobs: Sequence[Job]) -> bool:
        """Put jobs behind `place`, around those that keep theirs, if that saves changes of sheet
        and harms nobody.
        """
        pulled = {job.id for job in jobs}
        rest = [job for job in self.order[place + 1 :] if job.id not in pulled]
        order = _with_fixed(self.fixed, [*self.order[: place + 1], *jobs, *rest])
        when = spans(order, self.time)
        for job, (_start, end) in zip(order, when, strict=True):
            limit = self.limits[job.id]
            if limit is not None and end > limit:
                return False
        count = _count(order, [start for start, _end in when], self.sheets)
        if count >= self.count:
            return False
        self.order, self.count = order, count
        return True
