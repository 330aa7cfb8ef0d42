"""A table of figures, told once and shown three ways: on screen, as a workbook, on paper."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

from django.utils.formats import date_format, number_format
from django.utils.text import capfirst
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from laseros import pdf
from laseros.spreadsheets import as_cell

NOTHING = "–"
MOST_ON_PAPER = 200
SHEET_NAME_LENGTH = 31
COLUMN_WIDTH = 16  # of a workbook, in characters; a text's is twice that

Row = Mapping[str, Any]


class Kind(Enum):
    """What a column holds; the value is the number format of a workbook."""

    TEXT = "General"
    COUNT = "#,##0"
    SHARE = "0.0%"  # of 1
    AMOUNT = "#,##0.00"  # of money, whose currency stands in the head
    DAY = "yyyy-mm-dd"
    MONTH = "yyyy-mm"


IS_NUMBER = frozenset({Kind.COUNT, Kind.SHARE, Kind.AMOUNT})


class Column(NamedTuple):
    """A column: which value of a row it shows, under which head (with its unit), as what.

    One that is `optional` is left out where no row has a value for it.
    """

    name: str
    head: Any
    kind: Kind = Kind.COUNT
    optional: bool = False


class Shown(NamedTuple):
    """A cell as it stands on screen."""

    text: str
    link: str
    is_number: bool
    head: str


def no_links(row: Row) -> Mapping[str, str]:
    """Lead nowhere."""
    return {}


@dataclass(frozen=True)
class Table:
    """Figures with their heads; `links` tells where a row's columns lead, `total_links` those of
    the last line.

    `links` is asked only of the rows that are shown.
    """

    key: str
    title: Any
    columns: Sequence[Column]
    rows: Sequence[Row]
    total: Row | None = None
    about: Any = ""
    empty: Any = ""
    as_of: str = ""  # of which moment it tells, where that is another than its title says
    links: Callable[[Row], Mapping[str, str]] = no_links
    total_links: Mapping[str, str] = field(default_factory=dict)

    @property
    def shown_columns(self) -> list[Column]:
        """The columns, without optional ones that are blank in every row."""
        return [
            column
            for column in self.columns
            if not column.optional or any(row.get(column.name) for row in self.rows)
        ]

    @property
    def heads(self) -> list[tuple[str, bool]]:
        """Each column's head, and whether it holds numbers."""
        return [(str(capfirst(c.head)), c.kind in IS_NUMBER) for c in self.shown_columns]

    def lines(self, most: int | None = None) -> list[list[Shown]]:
        """Return the rows, all or the first ones, as they stand on screen."""
        columns = [(c, str(capfirst(c.head))) for c in self.shown_columns]
        return [
            [
                Shown(
                    text_of(row.get(c.name), c.kind),
                    to.get(c.name, "") if row.get(c.name) is not None else "",
                    c.kind in IS_NUMBER,
                    head,
                )
                for c, head in columns
            ]
            for row in self.rows[:most]
            for to in (self.links(row),)
        ]

    @property
    def last_line(self) -> list[tuple[Any, Kind]]:
        """The sums with their kinds, what they are of in the first column; nothing without any."""
        total, columns = self.total, self.shown_columns
        if total is None:
            return []
        kinds = [Kind.TEXT, *(column.kind for column in columns[1:])]
        return [(total.get(c.name), kind) for c, kind in zip(columns, kinds, strict=True)]

    @property
    def sums(self) -> list[Shown]:
        """The last line, as it stands on screen; blank where there is nothing to add up."""
        links = [self.total_links.get(column.name, "") for column in self.shown_columns]
        return [
            Shown(
                "" if value is None else text_of(value, kind),
                link if value is not None else "",
                kind in IS_NUMBER,
                head,
            )
            for (value, kind), (head, _), link in zip(
                self.last_line, self.heads, links, strict=False
            )
        ]


def text_of(value: Any, kind: Kind) -> str:
    """Return a value in the reader's way of writing; a dash for none."""
    if value is None or value == "":
        return NOTHING
    if kind is Kind.TEXT:
        return str(value)
    if kind is Kind.SHARE:
        return f"{number_format(round(value * 100, 1), 1)} %"
    if kind in (Kind.DAY, Kind.MONTH):
        day = value if isinstance(value, dt.date) else dt.date.fromisoformat(value)
        return date_format(day, "DATE_FORMAT" if kind is Kind.DAY else "YEAR_MONTH_FORMAT")
    places = 2 if kind is Kind.AMOUNT else 0
    return number_format(Decimal(str(value)), places, force_grouping=True)


# --- As a workbook -------------------------------------------------------------------------------


def workbook(tables: Iterable[Table], told: Sequence[str] = ()) -> bytes:
    """Return an .xlsx file with a sheet for each table; `told` stands above each.

    Numbers, days and shares are such to a spreadsheet program, too; nothing is a formula.
    """
    book = Workbook(write_only=True)
    for table in tables:
        _write_sheet(book.create_sheet(str(table.title)[:SHEET_NAME_LENGTH]), table, told)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _write_sheet(sheet: Any, table: Table, told: Sequence[str]) -> None:
    columns = table.shown_columns
    for number, column in enumerate(columns, 1):
        width = COLUMN_WIDTH * (2 if column.kind is Kind.TEXT else 1)
        sheet.column_dimensions[get_column_letter(number)].width = width
    for line in [*told, *filter(None, [table.as_of])]:
        sheet.append([as_cell(line)])
    sheet.append([_strong(sheet, str(capfirst(column.head))) for column in columns])
    for row in table.rows:
        sheet.append([_cell(sheet, row.get(column.name), column.kind) for column in columns])
    last = [_cell(sheet, value, kind) for value, kind in table.last_line]
    for cell in last:
        cell.font = Font(bold=True)
    if last:
        sheet.append(last)


def _strong(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, as_cell(text))
    cell.font = Font(bold=True)
    return cell


def _cell(sheet: Any, value: Any, kind: Kind) -> Any:
    if kind in (Kind.DAY, Kind.MONTH) and isinstance(value, str) and value:
        value = dt.date.fromisoformat(value)
    elif kind in IS_NUMBER and isinstance(value, str):
        value = Decimal(value)
    cell = WriteOnlyCell(sheet, as_cell(value))
    if value is not None:
        cell.number_format = kind.value
    return cell


# --- On paper ------------------------------------------------------------------------------------


def write_on(paper: pdf.Paper, table: Table, more: str) -> None:
    """Write the table on a paper under its title; `more` says where rows beyond the first are.

    `more` has a place for their number: “%(count)s more: see the workbook”.
    """
    paper.heading(str(table.title))
    if table.as_of:
        paper.paragraph(table.as_of, quiet=True)
    if not table.rows:
        paper.paragraph(str(table.empty), quiet=True)
        return
    columns = [
        pdf.Column(head, 2 if column.kind is Kind.TEXT else 1, is_number)
        for column, (head, is_number) in zip(table.shown_columns, table.heads, strict=True)
    ]
    lines = [[cell.text for cell in line] for line in table.lines(MOST_ON_PAPER)]
    if table.sums:
        lines.append([cell.text for cell in table.sums])
    paper.grid(columns, lines, has_sum=bool(table.sums))
    if len(table.rows) > MOST_ON_PAPER:
        paper.paragraph(more % {"count": len(table.rows) - MOST_ON_PAPER}, quiet=True)
