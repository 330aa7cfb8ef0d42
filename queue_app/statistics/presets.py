"""Presets: how often each was used, and how often what it cut was good."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext_lazy as _

from laseros.tables import Column, Kind, Row
from presets_app.models import MachineSettingsPreset
from queue_app.statistics.periods import Period
from queue_app.statistics.topics import Topic, counted_runs, list_of_runs
from queue_app.trouble import judged


def read(period: Period) -> list[Row]:
    """Return the sums of each preset that was used in the range, in two statements.

    `jobs` and `minutes` are of the runs that count; `bad` counts those of them that failed
    (queue_app.trouble), `good` the others. Names are asked for apart: grouping a million runs by
    them as well takes the database several times as long.
    """
    rows = (
        judged(counted_runs(period))
        .values("preset_id")
        .annotate(
            jobs=Count("id"),
            minutes=Sum("cut_time_minutes"),
            bad=Count("id", filter=Q(failed=True)),
        )
    )
    names = dict(MachineSettingsPreset.objects.values_list("pk", "preset_name"))
    told = [
        {**row, "name": names[row["preset_id"]], "good": row["jobs"] - row["bad"]}
        for row in rows
    ]  # fmt: skip
    return sorted(told, key=lambda row: (-row["jobs"], row["name"]))


def _links(row: Row, period: Period) -> dict[str, str]:
    return links_of(period, preset__id__exact=row["preset_id"])


def links_of(period: Period, **also: Any) -> dict[str, str]:
    """Return where the columns lead: to the runs that each is made of."""
    every = list_of_runs(period, **also)
    failed = list_of_runs(period, **also, kind="failed")
    return {"jobs": every, "minutes": every, "bad": failed, "success": every}


PRESETS = Topic(
    key="presets",
    title=_("Presets"),
    about=_(
        "Runs that count, by the preset they were cut with. A run failed if it took more than half "
        "as long again as estimated (and ten minutes at least), or if its project was sent to be "
        "cut again afterwards (scrap, short count). The success rate is the share of runs that did "
        "not fail. Runs that wait for a manager or were rejected say nothing of their preset."
    ),
    empty=_("No preset was used in this range."),
    columns=(
        Column("name", _("preset"), Kind.TEXT),
        Column("jobs", _("runs")),
        Column("minutes", _("minutes")),
        Column("bad", _("failed runs")),
        Column("success", _("success rate"), Kind.SHARE),
    ),
    sums=("jobs", "minutes", "good", "bad"),
    shares={"success": ("good", "jobs")},
    read=read,
    links=_links,
    total_links=links_of,
)
