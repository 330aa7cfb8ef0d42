"""Materials: how many sheets of each were cut, and in how many minutes."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from laseros.tables import Column, Kind, Row
from queue_app.statistics.periods import Period
from queue_app.statistics.topics import Topic, counted_runs, list_of_runs


def read(period: Period) -> list[Row]:
    """Return the sums of each material that was cut in the range; the name as the run tells it."""
    rows: QuerySet[Any, Row] = (
        counted_runs(period)
        .values("material_type")
        .annotate(jobs=Count("id"), minutes=Sum("cut_time_minutes"), sheets=Sum("sheet_count"))
        .order_by("-minutes", "material_type")
    )
    return [named(row) for row in rows]


def named(row: Row) -> dict[str, Any]:
    """Return a row with the name of its material, in the reader's language where it has none."""
    return {**row, "name": row["material_type"] or gettext("No material")}


def _links(row: Row, period: Period) -> dict[str, str]:
    return links_of(period, material_type__exact=row["material_type"])


def links_of(period: Period, **also: Any) -> dict[str, str]:
    """Return where the columns lead: to the runs that each is made of."""
    return dict.fromkeys(("jobs", "minutes", "sheets"), list_of_runs(period, **also))


MATERIALS = Topic(
    key="materials",
    title=_("Materials"),
    about=_(
        "Runs that count, by the material that the project had when it was cut. Sheets are those "
        "that the operator told; a run without a number adds none."
    ),
    empty=_("Nothing was cut in this range."),
    columns=(
        Column("name", _("material"), Kind.TEXT),
        Column("jobs", _("runs")),
        Column("minutes", _("minutes")),
        Column("sheets", _("sheets")),
    ),
    sums=("jobs", "minutes", "sheets"),
    shares={},
    read=read,
    links=_links,
    total_links=links_of,
)
