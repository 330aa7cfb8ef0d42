"""Spreadsheets from outside: read with distrust, written so that nothing in them is executed."""

from __future__ import annotations

import csv
import io
import itertools
import re
import time
import uuid
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

import tablib
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from import_export.formats import base_formats

from laseros.workbooks import (
    MAX_COLUMNS,
    MAX_ROWS,
    TOO_LARGE,
    TOO_MANY_COLUMNS,
    TOO_MANY_ROWS,
    read_apart,
)
from laseros.workbooks import Unreadable as Unreadable  # whoever reads spreadsheets catches it

MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_UNPACKED_BYTES = 100 * 1024 * 1024  # what an .xlsx, a zip archive, may hold
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
KEEP_UPLOADS_SECONDS = 24 * 3600


def max_bytes() -> int:
    """Return how large a spreadsheet may be."""
    return min(MAX_FILE_BYTES, settings.MAX_UPLOAD_BYTES)


def neutral(value: Any) -> Any:
    """Return a cell that no spreadsheet program takes for a formula; numbers stay as they are."""
    if isinstance(value, str) and value.startswith(FORMULA_SIGNS) and not NUMBER.fullmatch(value):
        return "'" + value
    return value


def plain(value: Any) -> Any:
    """Return a cell as it was before `neutral`."""
    if isinstance(value, str) and value[:1] == "'" and value[1:2] in FORMULA_SIGNS:
        return value[1:]
    return value


def to_dataset(rows: Iterable[Iterable[Any]]) -> tablib.Dataset:
    """Return the table: the first row are the headers, blank rows stay where they are.

    Raises Unreadable for too many rows or columns, and for values outside every column.
    """
    lines: Iterator[list[Any]] = (list(row) for row in rows)
    headers = [str(cell).strip() if cell is not None else "" for cell in next(lines, [])]
    while headers and not headers[-1]:
        headers.pop()
    if not headers:
        raise Unreadable("The sheet is empty; its first row must be the names of the columns.")
    if len(headers) > MAX_COLUMNS:
        raise Unreadable(TOO_MANY_COLUMNS)
    twice = [name for name in headers if headers.count(name) > 1]
    if twice:
        raise Unreadable(f"The column “{twice[0]}” stands there more than once.")
    table = [_fitted(line, len(headers), number) for number, line in enumerate(lines, 2)]
    while table and all(cell is None for cell in table[-1]):
        table.pop()
    if len(table) > MAX_ROWS:
        raise Unreadable(TOO_MANY_ROWS)
    return tablib.Dataset(*table, headers=headers)


def _fitted(line: list[Any], width: int, number: int) -> list[Any]:
    """Return a row as wide as the headers; blanks are None."""
    cells = [None if cell == "" else plain(cell) for cell in line]
    if any(cell is not None for cell in cells[width:]):
        raise Unreadable(f"Row {number} has a value to the right of the last column.")
    return (cells + [None] * width)[:width]


class XLSX(base_formats.XLSX):
    """Workbooks: the first sheet; values, never formulas."""

    def create_dataset(self, in_stream: bytes) -> tablib.Dataset:
        """Return the first sheet as a table; raises Unreadable."""
        _check_archive(in_stream)
        return to_dataset(read_apart(in_stream))

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> Any:
        """Return the workbook's bytes."""
        return super().export_data(_neutralised(dataset), **kwargs)


def _check_archive(data: bytes) -> None:
    """Refuse what is no .xlsx, and what would unpack to more than a workbook of this shop holds."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Unreadable("This is not an .xlsx workbook.") from error
    if "[Content_Types].xml" not in {part.filename for part in parts}:
        raise Unreadable("This is not an .xlsx workbook.")
    if len(parts) > 1000 or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise Unreadable(TOO_LARGE)


class CSV(base_formats.CSV):
    """Text with commas or semicolons, in UTF-8."""

    def create_dataset(self, in_stream: Any, **kwargs: Any) -> tablib.Dataset:
        """Return the table; raises Unreadable."""
        try:
            text = in_stream.decode("utf-8-sig") if isinstance(in_stream, bytes) else in_stream
        except UnicodeDecodeError as error:
            raise Unreadable("This text is not UTF-8; save the file as “CSV UTF-8”.") from error
        if "\0" in text:
            raise Unreadable("This is not a CSV file.")
        head = text.partition("\n")[0]
        delimiter = ";" if head.count(";") > head.count(",") else ","
        try:
            rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            return to_dataset(list(itertools.islice(rows, MAX_ROWS + 2)))
        except csv.Error as error:
            raise Unreadable("This CSV file cannot be read.") from error

    def get_read_mode(self) -> str:
        """Read bytes: what they mean is judged in `create_dataset`."""
        return "rb"

    def is_binary(self) -> bool:
        """Only in so far as it is kept as bytes."""
        return True

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> bytes:
        """Return the file's bytes, marked as UTF-8 so that spreadsheet programs know."""
        text: str = super().export_data(_neutralised(dataset), **kwargs)
        return text.encode("utf-8-sig")


def _neutralised(dataset: tablib.Dataset) -> tablib.Dataset:
    rows = [[neutral(cell) for cell in row] for row in dataset]
    return tablib.Dataset(*rows, headers=dataset.headers)


class UploadShelf:
    """Keeps an upload between preview and confirmation, under a name that cannot be guessed.

    Takes the place of import-export's storages, which open whatever file the form names.
    """

    folder = "imports"

    def __init__(self, name: str = "", **kwargs: Any) -> None:
        self.name = name

    def save(self, data: bytes) -> None:
        """Keep the bytes, and throw away what nobody confirmed within a day."""
        self._tidy()
        self.name = uuid.uuid4().hex
        default_storage.save(self._path(), ContentFile(data))

    def read(self) -> bytes:
        """Return the bytes; raises Unreadable where they are gone."""
        try:
            with default_storage.open(self._path()) as file:
                return bytes(file.read())
        except OSError as error:
            raise Unreadable("The file is not there any more; upload it again.") from error

    def remove(self) -> None:
        """Throw the bytes away."""
        default_storage.delete(self._path())

    def _path(self) -> str:
        if not re.fullmatch(r"[0-9a-f]{32}", self.name or ""):
            raise Unreadable("The file is not there any more; upload it again.")
        return f"{self.folder}/{self.name}"

    def _tidy(self) -> None:
        try:
            _, names = default_storage.listdir(self.folder)
        except OSError:
            return
        for name in names:
            path = f"{self.folder}/{name}"
            try:
                age = time.time() - default_storage.get_modified_time(path).timestamp()
                if age > KEEP_UPLOADS_SECONDS:
                    default_storage.delete(path)
            except OSError:  # another process was quicker
                continue
