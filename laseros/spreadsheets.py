"""Spreadsheets from outside: read with distrust, written so that nothing in them is executed.

`read_rows` gives the cells of whatever a workshop sends, `write_sheet` makes one
of ours. What the cells mean is not known here (see operators_app.sheets).
"""

from __future__ import annotations

import io
import re
import time
import uuid
import zipfile
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.formats import get_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from laseros.csv_text import read_csv, write_csv
from laseros.workbooks import MAX_COLUMNS, MAX_ROWS, TOO_LARGE, TOO_MANY_ROWS, read_apart
from laseros.workbooks import Unreadable as Unreadable  # whoever reads spreadsheets catches it

MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_UNPACKED_BYTES = 100 * 1024 * 1024  # what a workbook that is a zip archive may hold
FORMULA = re.compile(r"'*[=+\-@\t\r]")
NEUTRALISED = re.compile(r"''*[=+\-@\t\r]")
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
PHONE = re.compile(r"\+ *\d[ \d]*")  # with hyphens or brackets it would be reckoned
KEEP_UPLOADS_SECONDS = 24 * 3600

WORKBOOK_ENDINGS = (".xlsx", ".xlsm", ".xls", ".ods")
TEXT_ENDINGS = (".csv", ".txt", ".tsv")
ENDINGS = (".xlsx", ".xls", ".ods", ".csv")
CONTENT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # how .xls begins, and a workbook with a password
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")

NO_SPREADSHEET = gettext_noop(
    "This is no spreadsheet; choose a file such as .xlsx, .xls, .ods or .csv."
)
LOCKED = gettext_noop("This workbook is protected with a password; save it without one.")


def max_bytes() -> int:
    """Return how large a spreadsheet may be."""
    return min(MAX_FILE_BYTES, settings.MAX_UPLOAD_BYTES)


def neutral(value: Any) -> Any:
    """Return a cell that no spreadsheet program runs; numbers, those of phones too, stay."""
    if not isinstance(value, str) or not FORMULA.match(value):
        return value
    return value if NUMBER.fullmatch(value) or PHONE.fullmatch(value) else "'" + value


def plain(value: Any) -> Any:
    """Return a cell as it was before `neutral`."""
    if isinstance(value, str) and NEUTRALISED.match(value):
        return value[1:]
    return value


# --- Reading -------------------------------------------------------------------------------------


def read_rows(data: bytes, file_name: str) -> list[list[Any]]:
    """Return the rows of the first sheet as numbers, texts, True and False; "" or None for blanks.

    What a file is, is told by its content; the name only tells text from what is no spreadsheet at
    all. Rows may differ in length. Raises Unreadable with a sentence in the language at hand.
    """
    text = is_text(data, file_name)
    try:
        rows = read_csv(data) if text else read_apart(data)
    except Unreadable as error:
        raise Unreadable(_(str(error))) from error
    while rows and _is_blank(rows[-1]):
        rows.pop()
    if len(rows) > MAX_ROWS + 1:
        raise Unreadable(_(TOO_MANY_ROWS))
    return [[plain(cell) if type(cell) is str else cell for cell in row] for row in rows]


def _is_blank(row: Iterable[Any]) -> bool:
    return all(cell is None or cell == "" for cell in row)


def is_text(data: bytes, file_name: str) -> bool:
    """Tell text from a workbook; raise Unreadable for what is neither, without unpacking it."""
    ending = PurePath(file_name).suffix.lower()
    if data.startswith(OLE):
        if ENCRYPTED in data:
            raise Unreadable(_(LOCKED))
        return False
    if data.startswith(b"PK"):
        _check_archive(data)
        return False
    if ending in WORKBOOK_ENDINGS:
        raise Unreadable(_("This is not an %(ending)s workbook.") % {"ending": ending})
    if ending not in TEXT_ENDINGS:
        raise Unreadable(_(NO_SPREADSHEET))
    return True


def _check_archive(data: bytes) -> None:
    """Refuse what is no workbook, and what would unpack to more than one of this shop holds."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Unreadable(_("This is not an %(ending)s workbook.") % {"ending": ".xlsx"}) from error
    if not {"[Content_Types].xml", "content.xml"} & {part.filename for part in parts}:
        raise Unreadable(_("This is not an %(ending)s workbook.") % {"ending": ".xlsx"})
    if len(parts) > 1000 or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise Unreadable(_(TOO_LARGE))


# --- Writing -------------------------------------------------------------------------------------


def write_sheet(kind: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return a sheet as "xlsx" or "csv": numbers as numbers, no cell that is run as a formula.

    A csv file writes numbers as the language at hand does.
    """
    if kind == "xlsx":
        return _write_xlsx([as_cell(cell) for cell in row] for row in (headings, *rows))
    lines = ([neutral(cell) for cell in row] for row in (headings, *rows))
    return write_csv(lines, get_format("DECIMAL_SEPARATOR"))


def _write_xlsx(lines: Iterable[Sequence[Any]]) -> bytes:
    import openpyxl
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet()
    page.freeze_panes = "A2"
    for column in range(MAX_COLUMNS):
        page.column_dimensions[openpyxl.utils.get_column_letter(column + 1)].width = 18
    for number, line in enumerate(lines):
        if number:
            page.append(line)
            continue
        heads = [WriteOnlyCell(page, value=str(value)) for value in line]
        for head in heads:
            head.font = Font(bold=True)
        page.append(heads)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_cell(value: Any) -> Any:
    """Return a value as a workbook takes it: no formula, no control characters, no Decimal."""
    if isinstance(value, str):
        return neutral("".join(sign for sign in value if sign >= " " or sign in "\t\n\r"))
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


class UploadShelf:
    """Keeps an upload between preview and confirmation, under a name that cannot be guessed."""

    folder = "imports"

    def __init__(self, name: str = "") -> None:
        self.name = name

    def save(self, data: bytes, kept: Collection[str] = ()) -> None:
        """Keep the bytes, and throw away what is a day old and not among the names `kept`."""
        self._tidy(kept)
        self.name = uuid.uuid4().hex
        default_storage.save(self._path(), ContentFile(data))

    def read(self) -> bytes:
        """Return the bytes; raises Unreadable where they are gone."""
        try:
            with default_storage.open(self._path()) as file:
                return bytes(file.read())
        except OSError as error:
            raise Unreadable(_("The file is not there any more; upload it again.")) from error

    def remove(self) -> None:
        """Throw the bytes away."""
        if self.name:
            default_storage.delete(self._path())

    def _path(self) -> str:
        if not re.fullmatch(r"[0-9a-f]{32}", self.name or ""):
            raise Unreadable(_("The file is not there any more; upload it again."))
        return f"{self.folder}/{self.name}"

    def _tidy(self, kept: Collection[str]) -> None:
        try:
            _folders, names = default_storage.listdir(self.folder)
        except OSError:
            return
        for name in set(names) - set(kept):
            path = f"{self.folder}/{name}"
            try:
                age = time.time() - default_storage.get_modified_time(path).timestamp()
                if age > KEEP_UPLOADS_SECONDS:
                    default_storage.delete(path)
            except OSError:  # another process was quicker
                continue
