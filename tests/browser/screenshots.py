"""Takes the pictures of the README: `make screenshots`. No test, but made of the same things."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from projects_app.models import Project
from tests.browser.conftest import SignIn
from tests.sheets import workbook

DOCS = Path(__file__).resolve().parents[2] / "docs"
TITLE = ("Fibre laser 1.5 kW, kept by hand",)
SHEET = [
    ("Bezeichnung", "Werkstoff", "Dicke (mm)", "Leistung %", "Vorschub mm/min", "Gas"),
    ("Baustahl 3 fein", "Baustahl", "3,0", "78 %", 2900, "O2"),
    ("Edelstahl 2 glatt", "Edelstahl", "2,0", "85 %", 4200, "Stickstoff"),
    ("Alu 4", "Alu", 4, 180, 2600, "N2"),
    ("Messing 1", "Messing", 1, 70, "schnell", "N2"),
]


def picture(page: Page, name: str) -> None:
    """Keep what the window shows, once fonts and charts have come."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    page.screenshot(path=DOCS / f"{name}.png", animations="disabled", caret="hide")


@pytest.mark.usefixtures("demo_shop")
def test_pictures(sign_in: SignIn, tmp_path: Path) -> None:
    """The five main pages, as a manager sees them."""
    page = sign_in("manager")
    picture(page, "home")
    page.goto("/admin/queue_app/queueitem/board/")
    picture(page, "board")
    project = Project.objects.filter(status="in_progress").earliest("pk")
    page.goto(f"/admin/projects_app/project/{project.pk}/change/")
    picture(page, "project")
    page.goto("/admin/statistics/")
    picture(page, "statistics")
    sheet = tmp_path / "presets.xlsx"
    sheet.write_bytes(workbook(SHEET, TITLE))
    page.goto("/admin/presets_app/machinesettingspreset/import/")
    page.locator("input[type=file]").set_input_files(sheet)
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("button", name="leave out the bad").wait_for()
    picture(page, "import")
