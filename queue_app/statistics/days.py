"""What was cut day by day; in long ranges week by week or month by month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import Count, DateField, QuerySet, Sum
from django.db.models.functions import TruncDate, TruncMonth, TruncWeek
from django.utils.translation import gettext_lazy as _

from laseros import clock
from laseros.tables import Column, Kind, Row
from queue_app.statistics.periods import DAY, Period, month_of, week_of
from queue_app.statistics.topics import Topic, counted_runs, list_of_runs

MOST_DAYS, MOST_WEEKS = 31, 26
BY_DAY, BY_WEEK, BY_MONTH = "day", "week", "month"


def step_of(period: Period) -> str:
    """Return by what a range of this length is told: by day, week or month."""
    if period.days <= MOST_DAYS:
        return BY_DAY
    return BY_WEEK if period.days <= MOST_WEEKS * 7 else BY_MONTH


def stretch_of(day: dt.date, step: str) -> Period:
    """Return the day, the week or the month in which `day` lies."""
    if step == BY_DAY:
        return Period(day, day)
    return week_of(day) if step == BY_WEEK else month_of(day)


def stretches(period: Period) -> Iterator[Period]:
    """Yield the days, weeks or months of the range; the first and the last cut to it."""
    step, day = step_of(period), period.first
    while day <= period.last:
        last = min(stretch_of(day, step).last, period.last)
        yield Period(day, last)
        day = last + DAY


def read(period: Period) -> list[Row]:
    """Return the sums of each day, week or month of the range; those without a cut as well.

    Nothing where there is no cut in all of it, and nothing of days to come.
    """
    kind: Any = {BY_DAY: TruncDate, BY_WEEK: TruncWeek, BY_MONTH: TruncMonth}[step_of(period)]
    options = {} if kind is TruncDate else {"output_field": DateField()}
    rows: QuerySet[Any, Any] = (
        counted_runs(period)
        .values(first=kind("run_date", tzinfo=clock.shop_zone(), **options))
        .annotate(jobs=Count("id"), minutes=Sum("cut_time_minutes"))
    )
    found = {max(row["first"], period.first): row for row in rows}
    nothing, today = {"jobs": 0, "minutes": 0}, clock.shop_today()
    return [
        {**found.get(one.first, nothing), "first": one.first, "last": one.last}
        for one in (stretches(period) if found else ())
        if one.first <= today or one.first in found
    ]


def _links(row: Row, period: Period) -> dict[str, str]:
    return links_of(Period(row["first"], row["last"])) if row["jobs"] else {}


def links_of(period: Period) -> dict[str, str]:
    """Return where the columns lead: to the runs that each is made of."""
    return dict.fromkeys(("jobs", "minutes"), list_of_runs(period))


DAYS = Topic(
    key="days",
    title=_("Cut minutes over time"),
    about=_(
        "Runs that count, by the day on which they ended, by the shop’s clock; in ranges of more "
        "than a month by week (from Monday), in ranges of more than half a year by month."
    ),
    empty=_("Nothing was cut in this range."),
    columns=(
        Column("first", _("from"), Kind.DAY),
        Column("last", _("to"), Kind.DAY),
        Column("jobs", _("runs")),
        Column("minutes", _("minutes")),
    ),
    sums=("jobs", "minutes"),
    shares={},
    read=read,
    links=_links,
    total_links=links_of,
)
