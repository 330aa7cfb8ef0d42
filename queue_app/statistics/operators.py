"""Operators: what each of them cut, how far the estimates were off, what was cut in time."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, IntegerField, Q, QuerySet, Sum
from django.db.models.functions import Abs
from django.utils.translation import gettext_lazy as _

from laseros.tables import Column, Kind, Row
from projects_app.lateness import done_in_time
from queue_app.estimates import NO_OWN, PLANNED, recuts
from queue_app.models import LaserRun
from queue_app.statistics.periods import Period
from queue_app.statistics.topics import Topic, counted_runs, list_of_runs, run_day

OVER = F("cut_time_minutes") - F("planned")
COMPARED: dict[str, Any] = {"estimated": "planned", "over": OVER, "off": Abs(OVER)}


def read(period: Period) -> list[Row]:
    """Return the sums of each operator who cut in the range, in two statements.

    `recuts` are the minutes of recuts. `estimated` are the minutes of the estimates, each job's
    once (queue_app.estimates), `over` how many more (or, below nought, fewer) the runs measured
    against them took in sum, `off` how far each was from its own; `due` counts the runs of projects
    with a due date, `in_time` those of them that ended on it or before.
    """
    runs = counted_runs(period)
    rows = (
        runs.annotate(day=run_day(), planned=PLANNED)
        .values("operator_id", name=F("operator__name"))
        .annotate(
            jobs=Count("id"),
            minutes=Sum("cut_time_minutes"),
            due=Count("id", filter=Q(project__due_date__isnull=False)),
            in_time=Count("id", filter=done_in_time("day", "project__due_date")),
            **_compared(),
        )
        .order_by("-minutes", "name", "operator_id")
    )
    again = {row["operator_id"]: row for row in _recuts(runs)}
    return [_told(row, again.get(row["operator_id"], {})) for row in rows]


def _recuts(runs: QuerySet[LaserRun]) -> QuerySet[Any, Row]:
    """Return by operator the minutes of recuts, and what is measured against no estimate of it."""
    told: QuerySet[Any, Row] = (
        recuts(runs)
        .annotate(planned=PLANNED)
        .values("operator_id")
        .annotate(recuts=Sum("cut_time_minutes"), **_compared(NO_OWN))
    )
    return told


def _compared(only: Q | None = None) -> dict[str, Any]:
    integer = IntegerField()
    return {name: Sum(one, filter=only, output_field=integer) for name, one in COMPARED.items()}


def _told(row: Row, again: Row) -> dict[str, Any]:
    """Return the row without what recuts were not estimated at, and with their minutes."""
    compared = {name: (row[name] or 0) - (again.get(name) or 0) for name in COMPARED}
    estimated = {} if compared["estimated"] else {"estimated": None}
    return {**row, **compared, **estimated, "recuts": again.get("recuts")}


def _links(row: Row, period: Period) -> dict[str, str]:
    return links_of(period, operator__id__exact=row["operator_id"])


def links_of(period: Period, **also: Any) -> dict[str, str]:
    """Return where the columns lead: to the runs that each is made of."""
    every = list_of_runs(period, **also)
    compared = list_of_runs(period, **also, kind="measured")
    return {
        "jobs": every, "minutes": every, "recuts": list_of_runs(period, **also, kind="recut"),
        "estimated": compared, "against": compared, "error": compared,
        "on_time": list_of_runs(period, **also, kind="due"),
    }  # fmt: skip


OPERATORS = Topic(
    key="operators",
    title=_("Operators"),
    about=_(
        "Runs that count, by who cut them. Each job’s estimate counts once, with the run that "
        "completed the job; a further run of it adds minutes and no estimate. The estimate error "
        "is how far the minutes of each run were from that, over or under, as a share of the "
        "estimated minutes; against estimate is how much they were over (or, with a minus, under) "
        "in sum. Runs without an estimate are in neither, nor are recuts (a later job of a project "
        "that was cut before) without an estimate of their own. A run was in time that ended on "
        "its project’s due date or before; runs of projects without a due date are left out."
    ),
    empty=_("Nobody cut anything in this range. Choose another range above."),
    columns=(
        Column("name", _("operator"), Kind.TEXT),
        Column("jobs", _("runs")),
        Column("minutes", _("minutes")),
        Column("recuts", _("of these recuts (min)"), optional=True),
        Column("estimated", _("estimated (min)")),
        Column("against", _("against estimate"), Kind.SHARE),
        Column("error", _("estimate error"), Kind.SHARE),
        Column("on_time", _("runs in time"), Kind.SHARE),
    ),
    sums=("jobs", "minutes", "recuts", "estimated", "off", "over", "due", "in_time"),
    shares={"error": ("off", "estimated"), "against": ("over", "estimated"),
            "on_time": ("in_time", "due")},
    read=read,
    links=_links,
    total_links=links_of,
)  # fmt: skip
