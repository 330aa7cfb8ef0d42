"""What the import page says of a sheet with wrong headings, and how it shows empty cells."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
import tablib
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from operators_app.models import Operator
from presets_app.models import MachineSettingsPreset
from presets_app.resources import COLUMNS, PresetResource

STEEL = ("Steel-3mm", "Mild Steel", 3, 80, 3200, None, "", None, None, 1)
EXPORT = "; export a sheet to see the headings it needs."


def upload(mary: Operator, *rows: tuple[Any, ...]) -> Any:
    """Post a workbook with these rows to the import page, as the manager."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    browser = Client()
    assert mary.user is not None
    browser.force_login(mary.user)
    file = SimpleUploadedFile("p.xlsx", out.getvalue())
    address = "/admin/presets_app/machinesettingspreset/import/"
    return browser.post(address, {"resource": "0", "format": "", "import_file": file})


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(
    ("headings", "sentence"),
    [
        (
            ("Name", "Material", "Thickness"),
            "The sheet lacks the columns “preset_name”, “material_type”, “thickness”, “power” "
            f"and “speed”{EXPORT}",
        ),
        (COLUMNS[:4], f"The sheet lacks the column “speed”{EXPORT}"),
        (
            (*COLUMNS[:5], "Colour"),
            "The sheet has the unknown column “Colour”; it may have the columns “preset_name”,",
        ),
    ],
)
def test_wrong_headings_are_told_in_one_sentence_and_nothing_else(
    headings: tuple[str, ...], sentence: str, debug: bool, mary: Operator, settings: Any
) -> None:
    settings.DEBUG = debug
    page = upload(mary, headings, STEEL[: len(headings)])
    text = page.content.decode()
    (message,) = page.context["messages"]
    assert message.level_tag == "error"
    assert str(message).startswith(sentence)
    assert text.count(sentence) == 1
    for unwanted in ("Traceback", "site-packages", ".py", "Line number", "KeyError"):
        assert unwanted not in text
    assert 'type="file"' in text
    assert not page.context.get("confirm_form")
    assert not MachineSettingsPreset.objects.exists()


def test_an_empty_cell_is_shown_empty(mary: Operator) -> None:
    page = upload(mary, COLUMNS, STEEL)
    assert page.context["confirm_form"]
    (row,) = page.context["result"].valid_rows()
    assert [str(cell) for cell in row.diff][5:9] == ["", "", "", ""]


def test_a_refused_row_shows_its_cells_under_their_headings(mary: Operator) -> None:
    page = upload(mary, ("power", *COLUMNS[:3], "speed", "frequency"),
                  (180, *STEEL[:3], 3200, None))  # fmt: skip
    (row,) = page.context["result"].invalid_rows
    assert list(row.values) == ["Steel-3mm", "Mild Steel", 3, 180, 3200, "", "", "", "", ""]


@pytest.mark.parametrize("value", ["perhaps", 1.5, float("inf"), float("nan")])
@pytest.mark.django_db
def test_what_is_neither_yes_nor_no_is_told_with_what_is_accepted(value: Any) -> None:
    result = PresetResource().import_data(tablib.Dataset((*STEEL[:9], value), headers=COLUMNS))
    (said,) = result.sentences()
    assert said == (
        f"Row 2, is_active: “{value}” is neither yes nor no; write 1, yes, true, y or x for yes, "
        "and 0, no, false or n for no."
    )
