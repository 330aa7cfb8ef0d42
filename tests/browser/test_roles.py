"""Who may what, in a real browser: each role's first and daily sign-in, and what it is shown."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import Page, expect

from operators_app.models import Operator, Role, Session, User
from operators_app.verbs.passwords import set_password
from projects_app.models import Shop
from tests.browser.conftest import DESKTOP, PHONE, SignIn, has_no_sideways_scroll
from tests.conftest import actor
from tests.factories import PASSWORD
from tests.second_factors import code_of, require_second_factor

INITIAL = "k7fm-x2qp-9wda"
OWN = "my-very-own-words-7"


def type_password(page: Page, username: str, password: str = PASSWORD) -> None:
    """Fill in and send the sign-in form."""
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")


def test_a_viewer_is_shown_everything_and_nothing_to_change(
    sign_in: SignIn, victor: User, olga: Operator
) -> None:
    page = sign_in("victor", reverse("admin:operators_app_operator_changelist"))
    expect(page.get_by_role("link", name="Sessions and devices")).to_be_attached()
    expect(page.get_by_role("link", name="Add", exact=False)).to_have_count(0)
    page.get_by_role("link", name="Olga").click()
    expect(page.get_by_text(olga.employee_id).first).to_be_visible()
    for name in ("Save", "Reset password", "Deactivate login", "Sign out everywhere"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
        expect(page.get_by_role("link", name=name)).to_have_count(0)
    page.goto(reverse("admin:operators_app_operator_add"))
    expect(page.get_by_text("You are signed in as victor (Viewer)")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.goto("/admin/")
    expect(page.get_by_label("User name")).to_be_visible()


@pytest.mark.usefixtures("olga")
def test_an_operator_is_told_where_their_work_is(sign_in: SignIn) -> None:
    page = sign_in(None)
    type_password(page, "olga")
    expect(page.get_by_text("operators work on the phone")).to_be_visible()
    expect(page.get_by_text("Please correct")).to_have_count(0)


@pytest.mark.usefixtures("mary")
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_manager_gives_an_operator_a_login(sign_in: SignIn, viewport: dict[str, int]) -> None:
    page = sign_in("mary", reverse("admin:operators_app_operator_add"), viewport=viewport)
    page.get_by_label("Name", exact=False).first.fill("Nina Simons")
    page.get_by_label("Employee id").fill("OP-900")
    page.get_by_label("User name").fill("nina")
    proposed = page.get_by_label("Initial password").input_value()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(proposed, exact=True)).to_be_visible()
    assert has_no_sideways_scroll(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied; paste it")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{Shop.current().name}\nUser name: nina\nPassword: {proposed}"
    page.get_by_role("link", name="Done", exact=True).click()
    expect(page).to_have_url(re.compile("/operator/[0-9]+/change/"))
    nina = User.objects.get(username="nina")
    assert (nina.role, nina.must_change_password) == (Role.OPERATOR, True)


def test_a_first_sign_in_chooses_a_password_and_sets_up_the_second_factor(
    sign_in: SignIn, ada: Operator, mary: Operator
) -> None:
    set_password(mary.user_id or 0, INITIAL, temporary=True, by=actor(ada))
    require_second_factor(Role.MANAGER)
    page = sign_in(None)
    type_password(page, "mary", INITIAL)

    expect(page.get_by_role("heading", name="Choose a new password")).to_be_visible()
    page.goto("/admin/")  # there is no way around it
    expect(page.get_by_role("heading", name="Choose a new password")).to_be_visible()
    page.get_by_label("Old password").fill(INITIAL)
    page.get_by_label("New password", exact=True).or_(
        page.get_by_label("New password*", exact=True)
    ).fill(OWN)
    page.get_by_label("New password confirmation").fill(OWN)
    page.get_by_role("button", name="Change password").click()

    expect(page.get_by_role("img", name="QR code of your key")).to_be_visible()
    device = TOTPDevice.objects.get()
    page.get_by_role("textbox", name="Code").fill(code_of(device))
    page.get_by_role("button", name="Turn on two-factor sign-in").click()
    codes = page.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    expect(codes).to_have_count(10)
    recovery = codes.first.inner_text()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("link", name="Cutting queue").first).to_be_visible()

    page = sign_in(None)
    type_password(page, "mary", OWN)
    page.get_by_role("textbox", name="Code").fill(code_of(device, 1))  # this half minute's is used
    page.keyboard.press("Enter")
    expect(page).to_have_url("/admin/")
    assert Session.objects.filter(user=mary.user, second_factor="passed").count() == 2

    page = sign_in(None)
    type_password(page, "mary", OWN)
    page.get_by_role("link", name="Use a recovery code").click()
    page.get_by_label("Recovery code").fill(recovery)
    page.keyboard.press("Enter")
    expect(page.get_by_text("9 are left")).to_be_visible()
