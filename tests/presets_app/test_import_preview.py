"""What the preview of a presets' sheet shows, and what a sheet's odd cells come to."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
import tablib
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from laseros.errors import InvalidInput
from laseros.spreadsheets import CSV, XLSX
from operators_app.models import ActivityLog, Operator
from operators_app.verbs import Actor
from presets_app.models import MachineSettingsPreset
from presets_app.resources import COLUMNS, SHOWN_IN_PREVIEW, PresetResource
from presets_app.verbs import import_presets

STEEL = ("Steel-3mm", "Mild Steel", 3, 80, 3200, 5000, "Oxygen", 0.8, 0.5, 1)


def workbook(*rows: tuple[Any, ...]) -> bytes:
    """Return an .xlsx with these rows under the headers."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for row in [COLUMNS, *rows]:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def table(*rows: tuple[Any, ...]) -> tablib.Dataset:
    """Return the rows under the headers."""
    return tablib.Dataset(*rows, headers=COLUMNS)


def cells(result: Any) -> list[list[str]]:
    """Return the cells that a preview shows."""
    return [[str(cell) for cell in row.diff] for row in result.valid_rows()]


def test_a_preview_strikes_out_what_a_row_replaces(mary: Operator, manager: Actor) -> None:
    import_presets(table(STEEL), "a.xlsx", by=manager)
    assert mary.user is not None
    browser = Client()
    browser.force_login(mary.user)
    changed = ("Steel-3mm", "Brass", 3, 81, 3200, None, "Oxygen", 0.8, "0.50", 1)
    page = browser.post(
        "/admin/presets_app/machinesettingspreset/import/",
        {"resource": "0", "format": "",
         "import_file": SimpleUploadedFile("p.xlsx", workbook(changed))},
    ).content.decode()  # fmt: skip
    assert '<del class="opacity-60">80</del> → <b>81</b>' in page
    assert '<del class="opacity-60">Mild Steel</del> → <b>Brass</b>' in page
    assert '<del class="opacity-60">5000</del> → <b>–</b>' in page
    assert page.count("<del") == 3
    assert MachineSettingsPreset.objects.get().power == 80


def test_a_preview_shows_new_rows_plain_and_their_markup_harmless(manager: Actor) -> None:
    evil = ("<b>x</b>", *STEEL[1:])
    (row,) = cells(PresetResource().import_data(table(evil)))
    assert row[:4] == ["&lt;b&gt;x&lt;/b&gt;", "Mild Steel", "3", "80"]


def test_a_preview_shows_the_first_rows_of_many(manager: Actor) -> None:
    rows = [(f"Steel {n}", *STEEL[1:]) for n in range(SHOWN_IN_PREVIEW + 5)]
    assert len(cells(PresetResource().import_data(table(*rows)))) == SHOWN_IN_PREVIEW
    import_presets(table(*rows), "many.xlsx", by=manager)
    changed = [*rows[:-1], (*rows[-1][:3], 81, *rows[-1][4:])]
    (shown,) = cells(PresetResource().import_data(table(*changed)))
    assert shown[0] == rows[-1][0]
    assert shown[3] == '<del class="opacity-60">80</del> → <b>81</b>'


def test_another_way_to_write_a_number_changes_nothing(manager: Actor) -> None:
    import_presets(table(STEEL), "a.xlsx", by=manager)
    before = ActivityLog.objects.count()
    same = (
        "Steel-3mm",
        "mild  steel",
        "3.00",
        80.0,
        "3200",
        "5000",
        " Oxygen ",
        "0.80",
        0.5,
        "yes",
    )
    assert import_presets(table(same), "b.xlsx", by=manager).data["unchanged"] == 1
    assert ActivityLog.objects.count() == before


def test_an_error_in_a_cell_is_refused_and_not_taken_for_a_blank(manager: Actor) -> None:
    import_presets(table(STEEL), "a.xlsx", by=manager)
    broken = XLSX().create_dataset(workbook((*STEEL[:7], "#DIV/0!", *STEEL[8:])))
    with pytest.raises(InvalidInput, match="Row 2, gas_pressure: “#DIV/0!” is not a"):
        import_presets(broken, "b.xlsx", by=manager)
    assert MachineSettingsPreset.objects.get().gas_pressure is not None


def test_a_last_row_of_noughts_is_no_blank_row(manager: Actor) -> None:
    headers = "preset_name,power\n"
    assert len(CSV().create_dataset(f"{headers}a,1\n,\n".encode())) == 1
    read = XLSX().create_dataset(workbook(STEEL, (None, None, 0)))
    assert len(read) == 2
    with pytest.raises(InvalidInput, match="Row 3, material_type"):
        import_presets(read, "a.xlsx", by=manager)
