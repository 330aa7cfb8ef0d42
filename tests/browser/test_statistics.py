"""Statistics in a real browser: another range, charts that are drawn, a file that is saved."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, SignIn, has_no_sideways_scroll


def test_a_manager_changes_the_range_sees_charts_and_saves_the_workbook(
    demo_shop: None, sign_in: SignIn, tmp_path: Path
) -> None:
    page = sign_in("manager", "/admin/")
    page.get_by_role("link", name="Statistics").click()
    expect(page.get_by_role("link", name="This month")).to_have_attribute("aria-current", "page")
    page.get_by_role("link", name="This year").click()
    expect(page.get_by_role("link", name="This year")).to_have_attribute("aria-current", "page")
    operators = page.get_by_role("region", name="Operators")
    expect(operators.get_by_role("cell", name="Anja Botha")).to_be_visible()
    page.wait_for_function(
        "[...document.querySelectorAll('canvas.chart')].filter(one => Chart.getChart(one)?.data"
        ".datasets[0].data.length).length == 5"
    )
    with page.expect_download() as saving:
        page.get_by_role("link", name="Workbook (.xlsx)").click()
    saving.value.save_as(tmp_path / "statistics.xlsx")
    book = openpyxl.load_workbook(tmp_path / "statistics.xlsx")
    assert book.sheetnames[0] == "Operators"
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert has_no_sideways_scroll(page)
    page.get_by_label("From").fill("2020-01-31")
    page.get_by_label("to", exact=True).fill("2020-01-01")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("The range ends before it begins")


@pytest.mark.parametrize("path", ["/admin/", "/admin/statistics/"])
def test_charts_write_numbers_as_the_page_does_not_as_the_browser(
    demo_shop: None, sign_in: SignIn, path: str
) -> None:
    page = sign_in("manager", path, locale="fr-FR")
    written = page.wait_for_function(
        "[...document.querySelectorAll('canvas')].map(one => Chart.getChart(one))"
        ".find(Boolean)?.scales.y.getLabelForValue(1500.5)"
    )
    assert written.json_value() == "1,500.5"
