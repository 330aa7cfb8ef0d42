"""Ranges of days on the shop's calendar: today, this week (from Monday), any from–to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from laseros import clock
from laseros.ranges import check_day

DAY = dt.timedelta(days=1)
CUSTOM = "custom"
USUAL = "this_month"
NAMES = {
    "today": gettext_lazy("Today"),
    "this_week": gettext_lazy("This week"),
    "last_week": gettext_lazy("Last week"),
    "this_month": gettext_lazy("This month"),
    "last_month": gettext_lazy("Last month"),
    "this_year": gettext_lazy("This year"),
    CUSTOM: gettext_lazy("From – to"),
}


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of the shop's calendar, both ends included."""

    first: dt.date
    last: dt.date

    @property
    def starts(self) -> dt.datetime:
        """The moment at which the first day begins in the shop."""
        return clock.day_start(self.first)

    @property
    def ends(self) -> dt.datetime:
        """The moment at which the day after the last begins."""
        return clock.day_start(self.last + DAY)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def __str__(self) -> str:
        first = date_format(self.first, "DATE_FORMAT")
        if self.first == self.last:
            return first
        return f"{first} – {date_format(self.last, 'DATE_FORMAT')}"


class WrongPeriod(ValueError):
    """A range that cannot be; the message tells what to do."""


def week_of(day: dt.date) -> Period:
    """Return the week, from Monday to Sunday, in which `day` lies."""
    monday = day - day.weekday() * DAY
    return Period(monday, monday + 6 * DAY)


def month_of(day: dt.date) -> Period:
    """Return the month in which `day` lies."""
    first = day.replace(day=1)
    return Period(first, (first + 31 * DAY).replace(day=1) - DAY)


def named(name: str, today: dt.date) -> Period:
    """Return the range of this name, as it is seen from `today`."""
    return {
        "today": Period(today, today),
        "this_week": week_of(today),
        "last_week": week_of(today - 7 * DAY),
        "this_month": month_of(today),
        "last_month": month_of(today.replace(day=1) - DAY),
        "this_year": Period(today.replace(month=1, day=1), today.replace(month=12, day=31)),
    }[name]


def chosen(query: Mapping[str, str]) -> tuple[str, Period]:
    """Return name and range that an address asks for: `range`, and for a custom one `from`, `to`.

    Without any it is this month. Raises WrongPeriod.
    """
    name = query.get("range") or (CUSTOM if query.get("from") or query.get("to") else USUAL)
    if name not in NAMES:
        raise WrongPeriod(_("There is no such range; choose one of the list."))
    if name != CUSTOM:
        return name, named(name, clock.shop_today())
    first, last = _day(query.get("from", "")), _day(query.get("to", ""))
    if first > last:
        raise WrongPeriod(_("The range ends before it begins; exchange the two days."))
    return name, Period(first, last)


def _day(written: str) -> dt.date:
    try:
        day = parse_date(written)
    except ValueError:
        day = None
    if day is None:
        raise WrongPeriod(_("Choose both days of the range, from and to."))
    try:
        check_day(day)
    except ValidationError as error:
        raise WrongPeriod(error.message) from error
    return day
