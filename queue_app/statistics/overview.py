"""All topics of the statistics for one range, with what their charts show."""

from __future__ import annotations

from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from laseros.tables import Row, Table
from queue_app.statistics.clients import CLIENTS
from queue_app.statistics.days import BY_MONTH, DAYS, step_of
from queue_app.statistics.materials import MATERIALS
from queue_app.statistics.operators import OPERATORS
from queue_app.statistics.periods import Period
from queue_app.statistics.presets import PRESETS
from queue_app.statistics.topics import Topic

TOPICS: tuple[Topic, ...] = (OPERATORS, MATERIALS, PRESETS, CLIENTS, DAYS)
IN_A_CHART = 10
STRONG, WEAK, BAD = "var(--color-primary-600)", "var(--color-primary-300)", "#dc2626"


def tables(period: Period) -> dict[str, Table]:
    """Return the table of each topic by its key, in a fixed number of statements."""
    return {topic.key: topic.table(period, topic.rows(period), _("All")) for topic in TOPICS}


def charts(period: Period, found: dict[str, Table]) -> dict[str, dict[str, Any]]:
    """Return for each topic what Chart.js draws of its first rows; nothing where there is none."""
    days = found["days"].rows
    is_monthly = step_of(period) == BY_MONTH
    bars = {
        "days": _bars(
            [date_format(row["first"], "M Y" if is_monthly else "DAY_FORMAT") for row in days],
            (_("Minutes"), STRONG, _values(days, "minutes")),
        )
    }
    wanted = {
        "operators": ((_("Estimated (min)"), WEAK, "estimated"), (_("Minutes"), STRONG, "minutes")),
        "materials": ((_("Minutes"), STRONG, "minutes"),),
        "presets": ((_("Good runs"), STRONG, "good"), (_("Failed runs"), BAD, "bad")),
        "clients": ((_("Turnover"), STRONG, "turnover"),),
    }
    for key, sets in wanted.items():
        rows = found[key].rows[:IN_A_CHART]
        bars[key] = _bars(
            [row["name"] for row in rows],
            *((head, colour, _values(rows, name)) for head, colour, name in sets),
        )
    return {key: told for key, told in bars.items() if found[key].total}


def _values(rows: Any, name: str) -> list[float]:
    return [float(row[name] or 0) for row in rows]


def _bars(labels: list[str], *sets: tuple[str, str, list[float]]) -> dict[str, Any]:
    look = {"maxBarThickness": 48, "borderRadius": 3, "grouped": True, "displayYAxis": True,
            "categoryPercentage": 0.7, "barPercentage": 0.9}  # fmt: skip
    return {
        "labels": labels,
        "datasets": [
            {"label": head, "backgroundColor": colour, "data": values, **look}
            for head, colour, values in sets
        ],
    }


def sums(found: dict[str, Table]) -> dict[str, Row]:
    """Return the sums of each topic, without its rows."""
    return {key: table.total or {} for key, table in found.items()}
