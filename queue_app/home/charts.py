"""The charts: minutes by day and material, the on-time share by week, estimate against actual."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import (
    CharField,
    Count,
    DateField,
    F,
    IntegerField,
    Q,
    Sum,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Concat, TruncDate, TruncWeek
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from laseros import clock
from laseros.days import short_day
from presets_app.models import Material
from projects_app.lateness import completed_by_due_date, done_in_time
from projects_app.models import Project
from queue_app.estimates import NO_OWN, PLANNED, recuts
from queue_app.home.colours import told_apart
from queue_app.home.lines import Reader, hours_text, number_text
from queue_app.models import LaserRun, RunStatus
from queue_app.trouble import RECENT_DAYS, first_recent_day

WEEKS = 12
MOST_MATERIALS = 8
GREY = "#808080"
COLUMNS = ("f_kind", "f_day", "f_name", "f_one", "f_two", "f_three", "f_four")


class Figure(NamedTuple):
    """One row of figures: what the day, the name and the numbers are depends on its kind."""

    kind: str
    day: dt.date | None
    name: str
    one: int
    two: int
    three: int
    four: int


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of a chart's table and the list behind it; without an address a plain text."""

    text: Any
    url: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: its data for Chart.js, and the same as a table for whoever reads or listens.

    `url` is the list of all that the summary counts.
    """

    key: str
    title: Any
    summary: str
    data: dict[str, Any]
    head: Sequence[Any]
    rows: Sequence[Sequence[Cell]]
    url: str

    @property
    def script_id(self) -> str:
        """The id of the element that holds the data."""
        return f"home-data-{self.key}"

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not self.rows


def charts(reader: Reader) -> list[Chart]:
    """Return the three charts, in one statement."""
    if not (reader.sees(LaserRun) and reader.sees(Project)):
        return []
    kinds: dict[str, list[Figure]] = defaultdict(list)
    for row in _cut().union(_recut(), _delivered(), _colours(), all=True):
        kinds[row[0]].append(Figure(*row))
    colours = _coloured(kinds["colour"])
    return [
        _minutes_by_day(kinds["cut"], colours, reader),
        _on_time(kinds["delivered"], reader),
        _estimates(kinds["cut"], kinds["recut"], reader),
    ]


def _row(kind: str, day: Any, name: Any, *numbers: Any) -> dict[str, Any]:
    values = [Value(kind, CharField()), day, name, *(Cast(n, IntegerField()) for n in numbers)]
    return dict(zip(COLUMNS, values, strict=True))


def _recent() -> Any:
    return LaserRun.objects.filter(
        status=RunStatus.COMPLETED, run_date__gte=clock.day_start(first_recent_day())
    ).order_by()


def _cut() -> Any:
    """Return runs and minutes by day and material; of those with an estimate, both minutes."""
    day = TruncDate("run_date", tzinfo=clock.shop_zone())
    return (
        _recent()
        .annotate(day=day, planned=PLANNED)
        .values("day", "material_type")
        .annotate(runs=Count("pk"), minutes=Sum("cut_time_minutes"), **_compared())
        .annotate(
            **_row("cut", F("day"), F("material_type"), "runs", "minutes", "estimated", "taken")
        )
        .values_list(*COLUMNS)
    )


def _recut() -> Any:
    """Return by material what recuts add to both minutes, though they are measured against none."""
    nothing, nought = Cast(Value(None), DateField()), Value(0)
    return (
        recuts(_recent().filter(NO_OWN))
        .annotate(planned=PLANNED)
        .values("material_type")
        .annotate(**_compared())
        .annotate(
            **_row("recut", nothing, F("material_type"), nought, nought, "estimated", "taken")
        )
        .values_list(*COLUMNS)
    )


def _compared() -> dict[str, Any]:
    known = Q(planned__isnull=False)
    return {
        "estimated": Coalesce(Sum("planned"), 0),
        "taken": Coalesce(Sum("cut_time_minutes", filter=known), 0),
    }


def _delivered() -> Any:
    """Return by week how many projects with a due date were completed, and how many in time."""
    first = _monday(clock.shop_today()) - dt.timedelta(weeks=WEEKS - 1)
    done = Project.objects.filter(completed_by_due_date(), completion_date__gte=first)
    in_time = Count("pk", filter=done_in_time())
    nought = Value(0)
    return (
        done.annotate(week=TruncWeek("completion_date"))
        .order_by()
        .values("week")
        .annotate(all=Count("pk"), in_time=in_time)
        .annotate(**_row("delivered", F("week"), Value("", CharField()), "all", "in_time",
                         nought, nought))
        .values_list(*COLUMNS)
    )  # fmt: skip


def _colours() -> Any:
    """Return each material's colour and name as one text: all parts have the same columns."""
    nothing, nought = Cast(Value(None), DateField()), Value(0)
    told = Concat("colour", "name", output_field=CharField())
    return (
        Material.objects.order_by()
        .annotate(**_row("colour", nothing, told, nought, nought, nought, nought))
        .values_list(*COLUMNS)
    )


def _monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def _name(material: str) -> str:
    return material or _("No material")


def _minutes_by_day(cut: list[Figure], colours: dict[str, str], reader: Reader) -> Chart:
    """Return the minutes of each of the last 30 days, stacked by material."""
    days = [first_recent_day() + dt.timedelta(days=n) for n in range(RECENT_DAYS)]
    minutes: dict[tuple[dt.date | None, str], int] = {}
    by_material: Counter[str] = Counter()
    runs: Counter[dt.date | None] = Counter()
    for one in cut:
        minutes[one.day, one.name] = one.two
        by_material[one.name] += one.two
        runs[one.day] += one.one
    names = [name for name, _minutes in by_material.most_common()]
    shades = told_apart(colours.get(name, GREY) for name in names)
    data = {
        "unit": _("min"),
        "labels": [date_format(day, "DAY_FORMAT") for day in days],
        "datasets": [
            {"label": _name(name), "colour": shade,
             "data": [minutes.get((day, name), 0) for day in days]}
            for name, shade in zip(names, shades, strict=True)
        ],
    }  # fmt: skip
    rows = [
        [
            Cell(short_day(day)),
            Cell(runs[day], _runs(reader, day)),
            *(_minutes_cell(minutes.get((day, name), 0), day, name, reader) for name in names),
        ]
        for day in reversed(days)
        if runs[day]
    ]
    total = sum(by_material.values())
    summary = _("%(hours)s h cut in %(runs)d runs in the last %(days)d days") % {
        "hours": hours_text(total), "runs": sum(runs.values()), "days": RECENT_DAYS}  # fmt: skip
    head = [_("Day"), _("Runs"), *(f"{_name(name)} (min)" for name in names)]
    every = reader.listing(
        LaserRun, run_date__gte=clock.day_start(first_recent_day()).isoformat(),
        status__exact=RunStatus.COMPLETED.value,
    )  # fmt: skip
    return Chart("minutes", _("Cut minutes per day"), summary, data, head, rows, every)


def _minutes_cell(minutes: int, day: dt.date, name: str, reader: Reader) -> Cell:
    return Cell(minutes, _runs(reader, day, material_type__exact=name)) if minutes else Cell("")


def _runs(reader: Reader, day: dt.date, **also: str) -> str:
    """Return the address of the list of a day's runs that count."""
    return reader.listing(
        LaserRun, run_date__gte=clock.day_start(day).isoformat(),
        run_date__lt=clock.day_start(day + dt.timedelta(days=1)).isoformat(),
        status__exact=RunStatus.COMPLETED.value, **also,
    )  # fmt: skip


def _on_time(delivered: list[Figure], reader: Reader) -> Chart:
    """Return by week which share of the completed projects was done by its due date."""
    this_week = _monday(clock.shop_today())
    weeks = [this_week - dt.timedelta(weeks=n) for n in range(WEEKS - 1, -1, -1)]
    known = {one.day: one for one in delivered}
    shares = [round(100 * known[week].two / known[week].one) if week in known else None
              for week in weeks]  # fmt: skip
    data = {
        "unit": "%",
        "labels": [date_format(week, "DAY_FORMAT") for week in weeks],
        "datasets": [{"label": _("In time (%)"), "colour": "primary", "data": shares}],
    }  # fmt: skip
    rows = [
        [
            Cell(_("Week of %(date)s") % {"date": date_format(week, "DAY_FORMAT")}),
            Cell(known[week].one, _completed(reader, week)),
            Cell(known[week].two, _completed(reader, week, delivered="in_time")),
            Cell(known[week].one - known[week].two, _completed(reader, week, delivered="late")),
            Cell(f"{share} %"),
        ]
        for week, share in reversed(list(zip(weeks, shares, strict=True)))
        if week in known
    ]
    every, in_time = (sum(getattr(one, name) for one in delivered) for name in ("one", "two"))
    share = round(100 * in_time / every) if every else 0
    summary = _("%(share)d %% of %(all)d projects in time in the last %(weeks)d weeks") % {
        "share": share, "all": every, "weeks": WEEKS}  # fmt: skip
    head = [_("Week"), _("Completed"), _("In time"), _("Late"), _("Share")]
    listed = reader.listing(Project, completion_date__gte=weeks[0].isoformat(), delivered="due")
    return Chart("on_time", _("Completed in time"), summary, data, head, rows, listed)


def _completed(reader: Reader, week: dt.date, **also: str) -> str:
    """Return the address of the list of a week's completed projects that had a due date."""
    wanted = {"delivered": "due", **also}
    return reader.listing(
        Project, completion_date__gte=week.isoformat(),
        completion_date__lt=(week + dt.timedelta(days=7)).isoformat(), **wanted,
    )  # fmt: skip


def _estimates(cut: list[Figure], recut: list[Figure], reader: Reader) -> Chart:
    """Return by material the minutes estimated and cut, of the runs measured against one."""
    planned, taken = _measured_minutes(cut, recut)
    names = [name for name, _minutes in taken.most_common(MOST_MATERIALS) if planned[name]]
    data = {
        "unit": _("min"),
        "labels": [_name(name) for name in names],
        "datasets": [
            {"label": _("Estimated (min)"), "colour": "neutral",
             "data": [planned[name] for name in names]},
            {"label": _("Cut (min)"), "colour": "primary",
             "data": [taken[name] for name in names]},
        ],
    }  # fmt: skip
    rows = [
        [
            Cell(_name(name)),
            *(
                Cell(figure, _estimated(reader, material_type__exact=name))
                for figure in (
                    planned[name], taken[name], _difference(planned[name], taken[name])
                )
            ),
        ]
        for name in names
    ]  # fmt: skip
    summary = _(
        "%(taken)s min cut where %(planned)s min were estimated, %(difference)s, in the last "
        "%(days)d days"
    ) % {
        "taken": number_text(taken.total()), "planned": number_text(planned.total()),
        "difference": _difference(planned.total(), taken.total()), "days": RECENT_DAYS,
    }  # fmt: skip
    head = [_("Material"), _("Estimated (min)"), _("Cut (min)"), _("Difference")]
    listed = _estimated(reader)
    return Chart("estimates", _("Estimate against actual"), summary, data, head, rows, listed)


def _measured_minutes(cut: list[Figure], recut: list[Figure]) -> tuple[Counter[str], Counter[str]]:
    """Return by material the minutes estimated and cut, less what the recuts put into them."""
    planned: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    for one in cut:
        planned[one.name] += one.three
        taken[one.name] += one.four
    for one in recut:
        planned[one.name] -= one.three
        taken[one.name] -= one.four
    return planned, taken


def _estimated(reader: Reader, **also: str) -> str:
    return reader.listing(LaserRun, runs="estimated", **also)


def _difference(planned: int, taken: int) -> str:
    return f"{round(100 * (taken - planned) / planned):+d} %" if planned else "–"


def _coloured(told: list[Figure]) -> dict[str, str]:
    """Return the colour of each material, by its name."""
    return {one.name[7:]: one.name[:7] for one in told}
