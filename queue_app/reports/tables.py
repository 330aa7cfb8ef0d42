"""The tables of a kept report, made of its figures for whoever reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from laseros import clock
from laseros.tables import Column, Kind, Row, Table
from operators_app.wording import reason_in_words, title_of
from queue_app.reports.models import ProductionReport
from queue_app.statistics.clients import CLIENTS
from queue_app.statistics.materials import MATERIALS, named
from queue_app.statistics.operators import OPERATORS
from queue_app.statistics.periods import Period
from queue_app.statistics.presets import PRESETS
from queue_app.statistics.topics import Topic, share

JOB = (
    Column("code", _("project"), Kind.TEXT),
    Column("name", _("name"), Kind.TEXT),
    Column("client", _("client"), Kind.TEXT),
)
CUT_BY = Column("ends_on", _("cut by"), Kind.DAY)
DAYS_LATE = Column("days_late", _("days late"))
LATE = (*JOB, Column("due_date", _("due"), Kind.DAY), CUT_BY, DAYS_LATE)
PAST_POP = (
    *JOB, Column("pop_deadline", _("POP deadline"), Kind.DAY), CUT_BY,
    Column("days_past", _("days past it")),
)  # fmt: skip
# Reports made before the two were told apart: a job was late by the earlier of its two days.
LATE_BY_EITHER = (*JOB, Column("deadline", _("wanted by"), Kind.DAY), CUT_BY, DAYS_LATE)
LOAD = (
    Column("day", _("day"), Kind.DAY),
    Column("minutes", _("planned (min)")),
    Column("capacity", _("working time (min)")),
    Column("load", _("load"), Kind.SHARE),
)
FLAGS = (
    Column("about", _("about"), Kind.TEXT),
    Column("who", _("operator"), Kind.TEXT),
    Column("why", _("flagged for"), Kind.TEXT),
    Column("day", _("recorded on"), Kind.DAY),
)
HEADS: dict[str, Promise] = {
    "operators": _("What was cut, by operator"),
    "materials": _("What was cut, by material"),
    "presets": _("Presets with failed runs"),
    "clients": _("Turnover by client"),
}
# A report has no other range to choose.
EMPTY: dict[str, Promise] = {
    "operators": _("Nothing was cut."),
    "materials": _("Nothing was cut."),
    "presets": _("No run failed."),
    "clients": _("No project was completed."),
}


def tables_of(report: ProductionReport) -> dict[str, Table]:
    """Return the report's tables by key, in the order in which they are read."""
    period = Period(report.first_day, report.last_day)
    figures = report.figures
    cut = [_of_topic(topic, period, figures) for topic in (OPERATORS, MATERIALS)]
    sold = [_of_topic(topic, period, figures) for topic in (PRESETS, CLIENTS)]
    as_of = gettext("as of %(made)s, when the report was made") % {"made": made_on(report)}
    now = [replace(table, as_of=as_of) for table in
           (*_late(figures), _load(figures), _flags(figures))]  # fmt: skip
    return {table.key: table for table in (*cut, *now, *sold)}


def made_on(report: ProductionReport) -> str:
    """Return the moment at which a report was made, by the shop's clock."""
    local = timezone.localtime(report.made_at, clock.shop_zone())
    return str(date_format(local, "DATETIME_FORMAT"))


def _of_topic(topic: Topic, period: Period, figures: dict[str, Any]) -> Table:
    """Return a topic's table of kept rows: as it was, whatever the lists say by now."""
    rows: list[Row] = [
        {name: _number(value, name in topic.sums) for name, value in row.items()}
        for row in figures.get(topic.key, [])
    ]
    if topic is MATERIALS:  # an old report kept the names, in the language of whoever made it
        rows = [named(row) for row in rows]
    table = _told_then(topic, rows).table(period, rows, gettext("All"))
    return replace(table, title=HEADS[topic.key], empty=EMPTY[topic.key])


def _told_then(topic: Topic, rows: list[Row]) -> Topic:
    """Return the topic as it was reckoned when the rows were kept.

    The share of good runs was once that of the judged ones, which waiting runs were among.
    """
    if topic is PRESETS and any("judged" in row for row in rows):
        sums, success = (*topic.sums, "judged"), ("good", "judged")
        return replace(topic, sums=sums, shares={**topic.shares, "success": success})
    return topic


def _number(value: Any, is_sum: bool) -> Any:
    return Decimal(value) if is_sum and isinstance(value, str) else value


def _late(figures: dict[str, Any]) -> list[Table]:
    """Return the table of late jobs, and that of jobs past their POP deadline."""
    project = _link("code", "admin:projects_app_project_change", "project_id")
    late = Table(
        key="late", title=_("What will be late"), columns=LATE, rows=figures.get("late", []),
        about=_(
            "Jobs that end after their due date if everybody works through the queue in its "
            "order, as it stood when this report was made."
        ),
        empty=_("Nothing in the queue is late."),
        links=project,
    )  # fmt: skip
    if tells_late_by_either(figures):
        about = _(
            "Jobs that end after their due date or POP deadline if everybody works through the "
            "queue in its order, as it stood when this report was made."
        )
        return [replace(late, columns=LATE_BY_EITHER, about=about)]
    past_pop = Table(
        key="past_pop", title=_("Past their POP deadline"), columns=PAST_POP,
        rows=figures["past_pop"],
        about=_(
            "Jobs that end after the day by which they should be cut for the proof of payment, "
            "reckoned in the same way; not late unless they stand above, too."
        ),
        empty=_("Nothing in the queue is past its POP deadline."),
        links=project,
    )  # fmt: skip
    return [late, past_pop]


def tells_late_by_either(figures: dict[str, Any]) -> bool:
    """Tell whether a report is so old that it called late what missed its POP deadline, too."""
    return "past_pop" not in figures


def _load(figures: dict[str, Any]) -> Table:
    rows = [{**row, "load": share(row["minutes"], row["capacity"])} for row in figures["load"]]
    return Table(
        key="load", title=_("Load of the coming working days"), columns=LOAD, rows=rows,
        about=_(
            "Minutes that the queue puts on each day, against the working time of all lasers, as "
            "the queue stood when this report was made; of that day, what was left of it. Jobs "
            "without an estimate are not in it."
        ),
        empty=_("The queue is empty."),
    )  # fmt: skip


def _flags(figures: dict[str, Any]) -> Table:
    rows = [
        {
            **row,
            "about": row["code"] or title_of(row["verb"]),
            "why": ", ".join(reason_in_words(reason) for reason in row["reasons"]),
        }
        for row in figures.get("flags", [])
    ]
    return Table(
        key="flags", title=_("Flagged facts to settle"), columns=FLAGS, rows=rows,
        empty=_("No flagged fact waits for a manager."),
        links=_link("about", "admin:operators_app_flag_change", "entry_id"),
    )  # fmt: skip


def _link(column: str, address: str, key: str) -> Callable[[Row], dict[str, str]]:
    return lambda row: {column: reverse(address, args=(row[key],))}
