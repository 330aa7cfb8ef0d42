"""A hand-kept sheet with errors, in a real browser: from the list to the import and back."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from presets_app.models import MachineSettingsPreset
from tests.browser.conftest import DESKTOP, PHONE, SignIn, has_no_sideways_scroll
from tests.sheets import workbook

ROWS = [
    ("kept by hand",),
    (),
    ("Name", "Werkstoff", "Dicke (mm)", "Leistung %", "Tempo mm/min", "Gas"),
    ("Steel A", "Baustahl", "3,0", "80 %", 3200, "O2"),
    ("Steel B", "Baustahl", 3, 180, 3200, "O2"),
    ("Steel C", "Unobtainium", 3, 80, 3200, "N2"),
]


@pytest.mark.usefixtures("mary")
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_sheet_with_errors_is_imported_without_them_and_undone(
    sign_in: SignIn, viewport: dict[str, int], tmp_path: Path
) -> None:
    sheet = tmp_path / "by hand.xlsx"
    sheet.write_bytes(workbook(ROWS[1:], ROWS[0]))
    page = sign_in("mary", "/admin/presets_app/machinesettingspreset/import/", viewport=viewport)
    page.locator("input[type=file]").set_input_files(sheet)
    page.get_by_role("button", name="Check the file").click()

    expect(page.get_by_role("alert")).to_contain_text("The sheet lacks: Speed (mm/min).")
    page.get_by_label("Tempo mm/min").select_option(label="Speed (mm/min)")
    page.get_by_role("button", name="Remember and read again").click()

    expect(page.get_by_text("Row 5, Leistung %:")).to_be_visible()
    expect(page.get_by_text("180 is no percentage, from 0 to 100.")).to_be_visible()
    expect(page.get_by_text("There is no material “Unobtainium”")).to_be_visible()
    assert has_no_sideways_scroll(page)
    page.get_by_role("button", name="Import the 1 good row, leave out the bad ones").click()

    page.get_by_role("link", name="Undo this import…").click()
    assert MachineSettingsPreset.objects.get().preset_name == "Steel A"
    page.get_by_role("button", name="Undo the import").click()
    expect(page.get_by_text("1 row was switched off.")).to_be_visible()
    assert not MachineSettingsPreset.objects.get().is_active
