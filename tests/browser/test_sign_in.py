"""Signing in, in a real browser."""

from __future__ import annotations

import pytest
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, SignIn, has_no_sideways_scroll
from tests.factories import PASSWORD
from tests.second_factors import SET_UP_PAGE, code_of


@pytest.mark.usefixtures("mary")
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_manager_signs_in_with_the_keyboard_alone(
    sign_in: SignIn, viewport: dict[str, int]
) -> None:
    page = sign_in(None, viewport=viewport)
    page.get_by_label("User name").focus()
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


def codes_page(page: Page) -> list[str]:
    """Turn two-factor sign-in on; return the recovery codes that the page then shows."""
    page.goto(SET_UP_PAGE)
    page.get_by_role("textbox", name="Code").fill(code_of(TOTPDevice.objects.get(confirmed=False)))
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Turn on two-factor sign-in").click()
    expect(page.locator("#shown-once li")).to_have_count(10)
    return page.locator("#shown-once li").all_inner_texts()


@pytest.mark.usefixtures("mary")
def test_recovery_codes_are_copied_and_printed_alone(sign_in: SignIn) -> None:
    page = sign_in("mary")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    codes = codes_page(page)
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("status")).to_contain_text("Copied; paste it")
    assert page.evaluate("navigator.clipboard.readText()") == "\n".join(codes)
    page.evaluate("window.print = () => { window.printed = true; }")
    page.get_by_role("button", name="Print").click()
    assert page.evaluate("window.printed")
    page.emulate_media(media="print")
    expect(page.get_by_text(codes[0])).to_be_visible()
    for name in ("Print", "Copy", "Sign out"):
        expect(page.get_by_role("button", name=name)).to_be_hidden()


@pytest.mark.usefixtures("mary")
def test_recovery_codes_are_selected_where_the_browser_does_not_copy(sign_in: SignIn) -> None:
    page = sign_in("mary")
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    codes = codes_page(page)
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("status")).to_contain_text("It is selected")
    assert page.evaluate("getSelection().toString()").split() == codes
