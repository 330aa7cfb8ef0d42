"""Which reports are due, by the shop's clock: each once, also those that an outage missed."""

from __future__ import annotations

import datetime as dt

from laseros import clock
from queue_app.reports.models import ProductionReport, ReportKind, ReportTimes
from queue_app.statistics.periods import DAY, Period, week_of

# More than that long ago nobody asks for; a shop that was off for a year need not wait for it.
MOST_DAYS = 31
MOST_WEEKS = 12


def missing(times: ReportTimes) -> list[tuple[ReportKind, Period]]:
    """Return the reports whose time has come and that are not there, oldest first."""
    return [
        *((ReportKind.DAILY, one) for one in _without_report(ReportKind.DAILY, _days(times))),
        *((ReportKind.WEEKLY, one) for one in _without_report(ReportKind.WEEKLY, _weeks(times))),
    ]


def last_finished(kind: ReportKind) -> Period:
    """Return the last day or week that is over, by the shop's calendar."""
    today = clock.shop_today()
    if kind == ReportKind.WEEKLY:
        return week_of(today - 7 * DAY)
    return Period(today - DAY, today - DAY)


def _days(times: ReportTimes) -> list[Period]:
    """Return the days whose report should be there by now, oldest first."""
    if not times.daily_on:
        return []
    last = _last_time(times.daily_at) - DAY
    first = max(times.daily_since, last - (MOST_DAYS - 1) * DAY)
    days = [first + n * DAY for n in range((last - first).days + 1)]
    return [Period(day, day) for day in days]


def _weeks(times: ReportTimes) -> list[Period]:
    """Return the weeks whose report should be there by now, oldest first."""
    if not times.weekly_on:
        return []
    made = _last_time(times.weekly_at)
    made -= (made.weekday() - times.weekly_day) % 7 * DAY
    last = week_of(made - 7 * DAY)
    first = max(week_of(times.weekly_since).first, last.first - (MOST_WEEKS - 1) * 7 * DAY)
    weeks = [first + n * DAY for n in range(0, (last.first - first).days + 1, 7)]
    return [week_of(day) for day in weeks]


def _last_time(at: dt.time) -> dt.date:
    """Return the last day on which this time of day has come, by the shop's clock.

    A time that the clock leaps over comes as much later; one that it has twice, comes once.
    """
    now = clock.now().astimezone(clock.shop_zone())
    today = now.date()
    comes = dt.datetime.combine(today, at, tzinfo=clock.shop_zone())
    has_come = comes.astimezone(dt.UTC) <= now.astimezone(dt.UTC)
    return today if has_come else today - DAY


def _without_report(kind: ReportKind, wanted: list[Period]) -> list[Period]:
    if not wanted:
        return []
    there = set(
        ProductionReport.objects.filter(
            kind=kind, first_day__gte=wanted[0].first, first_day__lte=wanted[-1].first
        ).values_list("first_day", flat=True)
    )
    return [one for one in wanted if one.first not in there]
