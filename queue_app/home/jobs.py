"""What is being cut, what was paused, and the load of the coming days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from laseros import clock
from queue_app.forecast import COLUMNS, WorkingTime, as_job
from queue_app.home.lines import MOST_LINES, Button, Reader, hours_text
from queue_app.models import QueueItem, QueueStatus, first_known, is_paused
from queue_app.outlook import Day, Outlook
from queue_app.queries import active_items

TELLS = ("project__name", "project__project_code", "operator__name")


@dataclass(frozen=True, slots=True)
class AtTheLaser:
    """A job that runs or was paused: since when, and its seconds against its estimate."""

    name: str
    code: str
    operator: str
    url: str
    since: dt.datetime | None
    ran_seconds: int
    estimate: int | None
    is_running: bool
    buttons: Sequence[Button]

    @property
    def minutes(self) -> int:
        """The minutes cut so far."""
        return clock.whole_minutes(self.ran_seconds)

    @property
    def percent(self) -> int:
        """The share of the estimate that is used up, at most 100."""
        return min(100, 100 * self.minutes // self.estimate) if self.estimate else 0

    @property
    def is_over(self) -> bool:
        """Whether it has taken longer than estimated."""
        return bool(self.estimate) and self.minutes > (self.estimate or 0)


@dataclass(frozen=True, slots=True)
class DayBar:
    """A day of the load as a bar: `percent` of what can be cut, hours in words."""

    day: Day
    url: str

    @property
    def percent(self) -> int:
        """The share of the day that is taken."""
        if not self.day.capacity:
            return 100 if self.day.minutes else 0
        return min(100, round(100 * self.day.minutes / self.day.capacity))

    @property
    def hours(self) -> str:
        """Hours to cut, none as nothing."""
        return hours_text(self.day.minutes) if self.day.minutes else ""

    @property
    def possible(self) -> str:
        """Hours that can be cut."""
        return hours_text(self.day.capacity)


@dataclass(frozen=True, slots=True)
class Bench:
    """The jobs at the lasers, the first ones of each kind, and how many there are in all."""

    running: Sequence[AtTheLaser]
    running_total: int
    running_url: str
    paused: Sequence[AtTheLaser]
    paused_total: int
    paused_url: str


@dataclass(frozen=True, slots=True)
class Load:
    """The queue's load by day, what is left in all, and what the forecast cannot know."""

    days: Sequence[DayBar]
    jobs: int
    hours: str
    cleared_on: dt.date | None
    unestimated: int
    url: str
    unestimated_url: str


def read(time: WorkingTime, reader: Reader) -> tuple[Bench, Outlook]:
    """Return who cuts what, and the outlook of the queue, in one statement."""
    now = clock.now()
    rows = list(active_items().values_list(*COLUMNS, *TELLS))
    split = len(COLUMNS)
    outlook = Outlook([as_job(row[:split], now) for row in rows], time)
    running = [row for row in rows if row[2] == QueueStatus.IN_PROGRESS]
    paused = [row for row in rows if is_paused(row[2], row[split - 1])]
    bench = Bench(
        running=[_at_the_laser(row, now, reader) for row in running[:MOST_LINES]],
        running_total=len(running),
        running_url=reader.listing(QueueItem, status=QueueStatus.IN_PROGRESS.value),
        paused=[_at_the_laser(row, now, reader) for row in paused[:MOST_LINES]],
        paused_total=len(paused),
        paused_url=reader.listing(QueueItem, status="paused"),
    )
    return bench, outlook


def _at_the_laser(row: Sequence[Any], now: dt.datetime, reader: Reader) -> AtTheLaser:
    pk, _project, status, _date, own, otherwise, ran, started = row[:8]
    paused, name, code, operator = row[len(COLUMNS) - 1 :]
    running = status == QueueStatus.IN_PROGRESS
    if running and started:
        ran += max(0, round((now - started).total_seconds()))
    offers = [("complete", _("Complete")), ("pause", _("Pause"))]
    return AtTheLaser(
        name=name, code=code, operator=operator or "",
        since=started if running else paused, url=reader.row(QueueItem, pk), ran_seconds=ran,
        estimate=first_known(own, otherwise), is_running=running,
        buttons=reader.dialogs(QueueItem, pk, *(offers if running else [("start", _("Resume"))])),
    )  # fmt: skip


def load_of(outlook: Outlook, reader: Reader) -> Load:
    """Return the load of the next working days; no statement of its own."""
    bars = [
        DayBar(day, reader.listing(QueueItem, forecast=day.date.isoformat()))
        for day in outlook.days()
    ]  # fmt: skip
    return Load(
        days=bars, jobs=len(outlook.jobs), hours=hours_text(outlook.minutes),
        cleared_on=outlook.cleared_on, unestimated=outlook.unestimated,
        url=reader.listing(QueueItem),
        unestimated_url=reader.listing(QueueItem, forecast="unestimated"),
    )  # fmt: skip
