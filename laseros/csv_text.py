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
LOOKED_AT = 60  # lines, for finding out what separates the cells

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
    """Return what separates the cells: what splits most lines into equally many."""

    def lines_alike(separator: str) -> tuple[int, int]:
        sample = itertools.islice(io.StringIO(text, newline=""), LOOKED_AT)
        try:
            widths = Counter(len(row) for row in csv.reader(sample, delimiter=separator))
        except csv.Error:
            return (0, 0)
        return max(((count, width) for width, count in widths.items() if width > 1), default=(0, 0))

    return max(SEPARATORS, key=lines_alike)


def write_csv(lines: Iterable[Sequence[Any]]) -> bytes:
    """Return the rows as text, marked as UTF-8 so that spreadsheet programs know."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for line in lines:
        writer.writerow([_as_text(cell) for cell in line])
    return out.getvalue().encode("utf-8-sig")


def _as_text(value: Any) -> Any:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value
