"""Reads the cells of a workbook: .xlsx, .xls or .ods, told apart by what is in it.

A workbook comes from outside, and the reader takes a whole sheet into memory as a rectangle: two
cells far apart, or an archive that says less than it holds, would take the server with them.
`read_apart` therefore reads it in a process of its own, `python -m laseros.workbooks`, with limits.
"""

from __future__ import annotations

import io
import logging
import math
import re
import sys
import warnings
import zipfile
from typing import Any

import orjson

from laseros import apart

log = logging.getLogger("laseros.workbooks")

MAX_ROWS = 50_000  # below the first; named in the sentences
MAX_COLUMNS = 60

# Measured: the largest sheet that is taken, 50,000 rows of 60 cells, takes 6 s and 0.5 GB; one
# with error cells 28 s.
MEMORY_LIMIT_BYTES = 1024**3
CPU_LIMIT_SECONDS = 40
WALL_LIMIT_SECONDS = 120
# What the server takes from that process, where a text that many cells share stands in each of
# them. Half of it would do for numbers or names in each cell of the largest sheet.
MAX_TOLD_BYTES = 64 * 1024**2


def gettext_noop(text: str) -> str:
    """Mark a sentence for translation; the process of its own does without Django."""
    return text


TOO_MANY_ROWS = gettext_noop("The sheet has more than 50,000 rows; import it in parts.")
TOO_MANY_COLUMNS = gettext_noop("The sheet has more than 60 columns.")
TOO_LARGE = gettext_noop("This workbook unpacks to far too much; it is not read.")
TOO_SLOW = gettext_noop("Reading this workbook takes too long; import it in parts.")
BROKEN = gettext_noop("This workbook cannot be read; save it anew as .xlsx and try again.")
NO_SHEET = gettext_noop("This workbook has no sheet of cells.")

LARGEST_WHOLE = 2**53  # the largest number up to which a float tells every whole one apart
ERROR_CELL = re.compile(rb"""\st\s*=\s*["']e["']""")


class Unreadable(ValueError):
    """A spreadsheet that cannot be read, with a sentence for whoever sent it."""


def read_apart(data: bytes) -> list[list[Any]]:
    """Return the rows of the first sheet, from A1 on, as numbers, texts, True and False.

    Blank cells are "" or None, formulas are what they gave when the workbook was saved, dates and
    times are text (2026-01-31, 2026-01-31T16:30:00). Raises Unreadable with the reason.
    """
    try:
        told = orjson.loads(
            apart.run("laseros.workbooks", given=data, wall_seconds=WALL_LIMIT_SECONDS)
        )
    except apart.TooSlow as error:
        raise Unreadable(TOO_SLOW) from error
    except apart.TooLarge as error:
        raise Unreadable(TOO_LARGE) from error
    except OSError as error:  # a broken file can break a reader in any way
        log.info("%s", error)
        raise Unreadable(BROKEN) from error
    if problem := told.get("problem"):
        raise Unreadable(problem)
    rows: list[list[Any]] = told["rows"]
    return rows


# --- In the process of its own -------------------------------------------------------------------


def first_sheet(data: bytes) -> list[list[Any]]:
    """Return the rows of the first sheet; raise Unreadable for one that is too large."""
    if _has_error_cells(data):
        return [[_told(cell) for cell in row] for row in _read_with_errors(data)]
    from python_calamine import CalamineWorkbook, SheetTypeEnum

    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    kinds = [sheet.typ for sheet in book.sheets_metadata]
    if SheetTypeEnum.WorkSheet not in kinds:
        raise Unreadable(NO_SHEET)
    sheet = book.get_sheet_by_index(kinds.index(SheetTypeEnum.WorkSheet))
    row, column = sheet.end or (0, 0)
    _check_size(row, column + 1)
    return [[_told(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]


def _check_size(rows: int, columns: int) -> None:
    """Refuse more rows below the headers, or more columns, than a sheet may have."""
    if columns > MAX_COLUMNS:
        raise Unreadable(TOO_MANY_COLUMNS)
    if rows > MAX_ROWS:
        raise Unreadable(TOO_MANY_ROWS)


def _told(cell: Any) -> Any:
    """Return a cell as JSON can tell it: a whole number as one, no infinity as a text."""
    if type(cell) is not float:
        return cell
    if cell.is_integer() and abs(cell) < LARGEST_WHOLE:
        return int(cell)
    return cell if math.isfinite(cell) else str(cell)


def _has_error_cells(data: bytes) -> bool:
    """Tell whether any sheet has a cell such as #DIV/0!, which the quick reader leaves blank."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return False
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name for name in archive.namelist() if "worksheets/" in name]
        return any(ERROR_CELL.search(archive.read(name)) for name in names)


def _read_with_errors(data: bytes) -> list[tuple[Any, ...]]:
    """Return the rows by the slow reader, which tells errors as text: no blank stands for one."""
    import openpyxl

    warnings.simplefilter("ignore")  # of styles and extensions that do not matter here
    book = openpyxl.load_workbook(
        io.BytesIO(data), read_only=True, data_only=True, keep_links=False
    )
    # The sheet's own word on its size is not believed: rows and columns end here.
    rows = book.worksheets[0].iter_rows(
        max_col=MAX_COLUMNS + 1, max_row=MAX_ROWS + 2, values_only=True
    )
    kept: list[tuple[Any, ...]] = []
    blank = 0
    for row in rows:
        if all(cell is None for cell in row):  # of these a sheet may have a million at its end
            blank += 1
            continue
        kept += [()] * blank
        kept.append(row)
        blank = 0
    return kept


def main() -> int:
    """Print the rows, or the problem, of the workbook given on standard input, as JSON."""
    data = sys.stdin.buffer.read()
    import python_calamine  # noqa: F401 - before the limits, which are for the workbook

    apart.limit(MEMORY_LIMIT_BYTES, CPU_LIMIT_SECONDS)
    try:
        said = orjson.dumps({"rows": first_sheet(data)}, default=str)
        problem = TOO_LARGE if len(said) > MAX_TOLD_BYTES else ""
    except Unreadable as error:
        problem = str(error)
    except MemoryError:
        problem = TOO_LARGE
    sys.stdout.buffer.write(orjson.dumps({"problem": problem}) if problem else said)
    return 0


if __name__ == "__main__":
    sys.exit(main())
