"""No page has a serious fault for whoever sees little, or works by the keyboard (WCAG, by axe)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from projects_app.models import Project
from queue_app.models import QueueItem
from tests.browser.conftest import DESKTOP, PHONE, SignIn
from tests.factories import make_item, make_project

pytestmark = pytest.mark.usefixtures("demo_shop")

LOOKS = [("desktop", "light"), ("desktop", "dark"), ("phone", "light"), ("phone", "dark")]
SIZES = {"desktop": DESKTOP, "phone": PHONE}
PAGES = (
    "/admin/",
    "/admin/projects_app/project/",
    "/admin/projects_app/project/add/",
    "/admin/projects_app/project/?q=zzqq",
    "/admin/projects_app/client/add/",
    "/admin/queue_app/queueitem/",
    "/admin/queue_app/queueitem/board/",
    "/admin/queue_app/laserrun/",
    "/admin/statistics/",
    "/admin/presets_app/machinesettingspreset/",
    "/admin/presets_app/machinesettingspreset/add/",
    "/admin/presets_app/machinesettingspreset/import/",
    "/admin/presets_app/material/1/change/",
    "/admin/operators_app/activitylog/",
    "/admin/operators_app/flag/",
    "/admin/password_change/",
)


def faults(page: Page) -> list[str]:
    """Return what is seriously wrong with the page as it stands."""
    found: Any = Axe().run(page, options={"resultTypes": ["violations"]}).response
    return [
        f"{page.url}: {one['id']}: {node['html'][:120]}"
        for one in found["violations"] if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]  # fmt: skip


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_no_page_has_a_serious_fault(size: str, scheme: str, sign_in: SignIn) -> None:
    look = {"viewport": SIZES[size], "color_scheme": scheme}
    told = faults(sign_in(None, "/admin/login/", **look))
    page = sign_in("admin", **look)
    project = Project.objects.filter(status="in_progress").first() or Project.objects.earliest("pk")
    item = QueueItem.objects.filter(status="queued").first()
    assert item is not None
    dialog = f"/admin/queue_app/queueitem/{item.pk}/change/"
    for path in (*PAGES, f"/admin/projects_app/project/{project.pk}/change/", dialog):
        page.goto(path)
        told += faults(page)
    page.keyboard.press("Control+k")
    page.keyboard.type("bracket")
    expect(page.get_by_role("option").first).to_be_visible()
    told += faults(page)
    assert told == []


def expect_dialog(page: Page, action: str) -> list[str]:
    """Return the faults of the dialog that this button of the board opens, and close it."""
    page.locator(action).locator("visible=true").first.click()
    expect(page.locator("#board-dialog form")).to_be_visible()
    told = faults(page)
    page.keyboard.press("Escape")
    expect(page.locator("#board-dialog")).to_be_hidden()
    return told


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_no_dialog_has_a_serious_fault(size: str, scheme: str, sign_in: SignIn) -> None:
    for count in range(4):  # an order that saves changes of sheet, to be shown as a table
        odd = count % 2
        make_item(make_project(f"Sheet {count}", material_thickness=7 + odd), rank=10_000 + count)
    page = sign_in("admin", "/admin/queue_app/queueitem/board/",
                   viewport=SIZES[size], color_scheme=scheme)  # fmt: skip
    expect(page.locator("#board[data-ready]")).to_be_visible()
    told = expect_dialog(page, "#board-group")
    for action in ("start", "pause", "complete"):
        told += expect_dialog(page, f"[data-act={action}]")
    for wanted in ("to", "cancel"):
        page.locator("[data-menu]").last.click()
        told += expect_dialog(page, f"[data-do={wanted}]")
    running = QueueItem.objects.filter(status="in_progress").earliest("pk")
    page.goto(f"/admin/queue_app/queueitem/{running.pk}/change/")
    told += faults(page)
    if size == "desktop":
        page.get_by_role("link", name="Pause").click()
        expect(page.get_by_label("Reason")).to_be_visible()
        told += faults(page)
    assert told == []


def test_the_keyboards_place_is_seen(sign_in: SignIn) -> None:
    page = sign_in("admin", "/admin/projects_app/project/")
    seen = []
    for _step in range(12):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "(() => { for (let e = document.activeElement; e; e = e.parentElement) {"
                " if (getComputedStyle(e).outlineStyle !== 'none') return true; } return false;"
                " })()"
            )
        )
    assert all(seen)
    expect(page.get_by_role("button", name=re.compile("menu")).first).to_be_attached()
