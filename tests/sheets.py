"""Spreadsheets as tests make them, and the way of one through the pages of the import."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.module_loading import import_string
from django_q.models import OrmQ

from operators_app.models import SheetImport
from operators_app.sheets.headings import Rows, rows_of
from operators_app.sheets.kinds import kind_of
from operators_app.verbs import Outcome
from operators_app.verbs.imports import import_rows
from presets_app.resources import PresetSheet

COLUMNS = tuple(column.name for column in PresetSheet.columns)
STEEL = ("Steel-3mm", "Mild Steel", 3, 80, 3200, 5000, "Oxygen", 0.8, 0.5, 1)
PRESETS = "presets_app_machinesettingspreset"


def preset_rows(*rows: Sequence[Any], headers: Sequence[str] = COLUMNS) -> Rows:
    """Return rows below these headings."""
    return rows_of(PresetSheet(), [list(headers), *map(list, rows)], {})


def import_presets(rows: Rows, file_name: str = "p.xlsx", **call: Any) -> Outcome:
    """Call the verb for presets."""
    return import_rows(PresetSheet(), rows, file_name, **call)


def import_table(slug: str, *table: Sequence[Any], **call: Any) -> Outcome:
    """Call the verb for a table, its headings first, of the kind `slug`."""
    kind = kind_of(slug)
    return import_rows(kind, rows_of(kind, [list(row) for row in table], {}), "t.xlsx", **call)


def workbook(rows: Sequence[Sequence[Any]], headers: Sequence[Any] = COLUMNS) -> bytes:
    """Return an .xlsx with these rows under the headers."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for row in [headers, *rows]:
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def send(browser: Client, data: bytes, name: str = "presets.xlsx", to: str = PRESETS) -> Any:
    """Post a file to the import page; return the page that follows."""
    file = SimpleUploadedFile(name, data)
    return browser.post(reverse(f"admin:{to}_import"), {"file": file}, follow=True)


def upload_of(page: Any) -> SheetImport:
    """Return the upload that a page shows, as it is stored now."""
    return SheetImport.objects.get(pk=page.context["upload"].pk)


def step(browser: Client, page: Any, name: str, **said: Any) -> Any:
    """Post one of the page's forms; return the page that follows."""
    return browser.post(page.context["steps"][name], said, follow=True)


def confirm(browser: Client, page: Any, choice: str = "all") -> Any:
    """Say what is to be imported."""
    return step(browser, page, "confirm", choice=choice)


def settled(browser: Client, page: Any) -> Any:
    """Let the job process do what waits for it; return the page as it is then."""
    for job in OrmQ.objects.all():
        import_string(job.task["func"])(*job.task["args"])
        job.delete()
    return browser.get(page.request["PATH_INFO"])


def told(page: Any) -> list[str]:
    """Return what the page says of bad rows, each with its row and column."""
    return [f"Row {number}, {column}: {said}" for number, problems, _cells
            in page.context["refused"] for column, said in problems]  # fmt: skip


def messages(page: Any) -> str:
    """Return a page's messages."""
    return " ".join(str(message) for message in page.context["messages"])
