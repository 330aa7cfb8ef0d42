"""Tables as text: whatever separates the cells, and in whatever encoding they were saved."""

from __future__ import annotations

import csv
import io
import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop

from laseros.workbooks import MAX_ROWS, Unreadable

SEPARATORS = ";,\t|"
LOOKED_AT = 60  # rows, for finding out what separates the cells

UNKNOWN_TEXT = gettext_noop("This text cannot be read; save the file as “CSV UTF-8”.")
NO_CSV = gettext_noop("This is not a CSV file.")
BROKEN_CSV = gettext_noop("This CSV file cannot be read.")


def read_csv(data: bytes) -> list[list[Any]]:
    """Return the rows as texts; raises Unreadable."""
    text = decoded(data)
    if "\0" in text:
        raise Unreadable(NO_CSV)
    head, _, rest = text.partition("\n")
    told = head.strip().lower().removeprefix('"').removesuffix('"')
    if told.startswith("sep=") and len(told) == 5:  # what spreadsheet programs write for each other
        text, separator = rest, told[4]
    else:
        separator = separator_of(text)
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        return list(itertools.islice(lines, MAX_ROWS + 2))
    except csv.Error as error:
        raise Unreadable(BROKEN_CSV) from error


def decoded(data: bytes) -> str:
    """Return the text: UTF-16 and UTF-8 by their marks, else UTF-8, else the western code page."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        tried = ["utf-16"]
    elif data[:200].count(b"\0") > len(data[:200]) // 3:  # UTF-16 without its mark
        tried = ["utf-16-le" if data[1:2] == b"\0" else "utf-16-be"]
    else:
        tried = ["utf-8-sig", "cp1252"]
    for encoding in tried:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable(UNKNOWN_TEXT)


def separator_of(text: str) -> str:
    """Return what separates the cells: what splits most of the text into equally many.

    A row's lines count, not the row: addresses have a comma a line, and are one cell.
    """

    def share_alike(separator: str) -> tuple[float, int]:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        lines, read = Counter[int](), 0
        try:
            for row in itertools.islice(rows, LOOKED_AT):
                lines[len(row)] += rows.line_num - read
                read = rows.line_num
        except csv.Error:
            return (0, 0)
        alike = ((count / read, width) for width, count in lines.items() if width > 1)
        return max(alike, default=(0, 0))

    return max(SEPARATORS, key=share_alike)


def write_csv(lines: Iterable[Sequence[Any]], point: str = ".") -> bytes:
    """Return the rows as text, marked as UTF-8 so that spreadsheet programs know.

    `point` stands before decimals; where it is a comma, semicolons separate the cells: so these
    programs expect it in languages that write numbers in this way.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";" if point == "," else ",")
    for line in lines:
        writer.writerow([_as_text(cell, point) for cell in line])
    return out.getvalue().encode("utf-8-sig")


def _as_text(value: Any, point: str) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}".replace(".", point)
    return str(value).replace(".", point) if isinstance(value, float) else value
