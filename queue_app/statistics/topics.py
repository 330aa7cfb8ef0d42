"""What every topic of the statistics has, and what follows from its sums."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils.http import urlencode

from laseros import clock
from laseros.tables import Column, Row, Table
from queue_app.models import LaserRun, RunStatus
from queue_app.statistics.periods import Period

Links = Callable[[Row, Period], dict[str, str]]


@dataclass(frozen=True)
class Topic:
    """A table of the statistics.

    `read` gives the rows, each with the `sums`; `shares` are reckoned from these: of each row,
    and of the sum of all rows, so that a share in the last line is that of all of them together.
    `links` tells where the columns of a row lead, `total_links` those of the last line.
    """

    key: str
    title: Any
    about: Any
    empty: Any
    columns: tuple[Column, ...]
    sums: tuple[str, ...]
    read: Callable[[Period], Iterable[Row]]
    links: Links
    total_links: Callable[[Period], dict[str, str]]
    shares: Mapping[str, tuple[str, str]]

    def rows(self, period: Period) -> list[Row]:
        """Return the rows of the range with their shares, in as few statements as `read` needs."""
        return [self._with_shares(row) for row in self.read(period)]

    def table(self, period: Period, rows: list[Row], total_name: Any = "") -> Table:
        """Return the table of these rows, with its last line and its links.

        Rows of a report that was kept before a sum came in have none of it.
        """
        total = self._with_shares({n: sum(row.get(n) or 0 for row in rows) for n in self.sums})
        return Table(
            key=self.key, title=self.title, columns=self.columns, rows=rows,
            total={self.columns[0].name: total_name, **total} if rows and total_name else None,
            about=self.about, empty=self.empty,
            links=lambda row: self.links(row, period), total_links=self.total_links(period),
        )  # fmt: skip

    def _with_shares(self, row: Row) -> dict[str, Any]:
        told = dict(row)
        for name, (part, whole) in self.shares.items():
            told[name] = share(told[part], told[whole])
        return told


def share(part: Any, whole: Any) -> float | None:
    """Return a part of a whole, None where there is no whole."""
    return float(Decimal(part or 0) / Decimal(whole)) if whole else None


def counted_runs(period: Period) -> QuerySet[LaserRun]:
    """Return the runs that count of the range, in no order."""
    runs = LaserRun.objects.filter(run_date__gte=period.starts, run_date__lt=period.ends)
    return runs.filter(status=RunStatus.COMPLETED).order_by()


def run_day() -> TruncDate:
    """Return the shop's day on which a run ended."""
    return TruncDate("run_date", tzinfo=clock.shop_zone())


def list_of_runs(period: Period, **also: Any) -> str:
    """Return the address of the list of the runs that count; `also` narrows it further."""
    query = {
        "status__exact": RunStatus.COMPLETED.value,
        "run_date__gte": period.starts.isoformat(sep=" "),
        "run_date__lt": period.ends.isoformat(sep=" "),
        **also,
    }
    return f"{reverse('admin:queue_app_laserrun_changelist')}?{urlencode(query)}"
