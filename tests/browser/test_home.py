"""The home page, in a real browser: charts, dialogs on the spot, freshness, a phone's width."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from laseros import clock
from operators_app.models import User
from operators_app.verbs import Actor
from queue_app.models import QueueItem, QueueStatus
from queue_app.verbs import pause_job
from tests.browser.conftest import DESKTOP, PHONE, SignIn, has_no_sideways_scroll

pytestmark = pytest.mark.usefixtures("demo_shop")


def ask_again(page: Page) -> None:
    """Let the page look whether anything has changed, as when its tab comes to the front."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_home_page_fits_and_draws_its_charts(sign_in: SignIn, viewport: dict[str, int]) -> None:
    page = sign_in("manager", viewport=viewport)
    expect(page.get_by_role("heading", name="Overdue")).to_be_visible()
    expect(page.locator("canvas[data-drawn=yes]")).to_have_count(3)
    assert has_no_sideways_scroll(page)
    page.get_by_text("As a table").first.click()
    expect(page.get_by_role("columnheader", name="Day")).to_be_visible()
    assert has_no_sideways_scroll(page)


def test_a_line_is_settled_on_the_spot(sign_in: SignIn) -> None:
    page = sign_in("manager")
    flags = page.locator("#home-flags")
    expect(flags.get_by_role("listitem")).to_have_count(2)
    flags.get_by_role("button", name="Accept").first.click()
    page.locator("#dialog").get_by_role("button", name="Accept").click()
    expect(flags.get_by_role("listitem")).to_have_count(1)
    expect(page).to_have_url("/admin/")


def test_an_open_page_shows_what_others_did_and_keeps_ones_place(sign_in: SignIn) -> None:
    page = sign_in("manager")
    bench, tile = page.locator("#home-bench"), page.locator(".home-tile", has_text="Paused")
    expect(tile).to_have_text(re.compile(r"1\s+Paused"))
    kept = page.locator("#home-flags").get_by_role("button").first
    kept.focus()
    item = QueueItem.objects.get(status=QueueStatus.IN_PROGRESS)
    manager = Actor.of_user(User.objects.get(username="manager"))
    pause_job(item.pk, "Out of gas", by=manager, performed_at=clock.now())
    ask_again(page)
    expect(tile).to_have_text(re.compile(r"2\s+Paused"))
    expect(bench.get_by_role("button", name=re.compile("Complete"))).to_have_count(0)
    expect(kept).to_be_focused()


def test_what_others_do_is_there_within_seconds(sign_in: SignIn) -> None:
    page = sign_in("manager")
    tile = page.locator(".home-tile", has_text="Paused")
    expect(tile).to_have_text(re.compile(r"1\s+Paused"))
    item = QueueItem.objects.get(status=QueueStatus.IN_PROGRESS)
    manager = Actor.of_user(User.objects.get(username="manager"))
    pause_job(item.pk, "Out of gas", by=manager, performed_at=clock.now())
    expect(tile).to_have_text(re.compile(r"2\s+Paused"), timeout=9_000)
