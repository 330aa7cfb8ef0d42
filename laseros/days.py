"""How a day is written where there is little room: with its weekday."""

from __future__ import annotations

import datetime as dt

from django.utils.formats import date_format

from laseros import clock


def short_day(day: dt.date, today: dt.date | None = None) -> str:
    """Return a day with its weekday, as in “Tue 25 Nov”; one of another year with that.

    `today` is the shop's, for whoever writes many days and knows it.
    """
    this_year = day.year == (today or clock.shop_today()).year
    return date_format(day, "WEEKDAY_FORMAT" if this_year else "WEEKDAY_YEAR_FORMAT")
