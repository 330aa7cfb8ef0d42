"""Signing in, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, SignIn, has_no_sideways_scroll
from tests.factories import PASSWORD


@pytest.mark.usefixtures("mary")
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_manager_signs_in_with_the_keyboard_alone(
    sign_in: SignIn, viewport: dict[str, int]
) -> None:
    page = sign_in(None, viewport=viewport)
    page.get_by_label("Username").focus()
    page.keyboard.type("mary")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url("/admin/")
    assert has_no_sideways_scroll(page)


@pytest.mark.usefixtures("demo_shop")
def test_the_demo_shop_opens(sign_in: SignIn) -> None:
    page = sign_in("manager")
    expect(page.get_by_role("link", name="Cutting queue").first).to_be_visible()
