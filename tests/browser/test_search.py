"""The search box, led by the keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from operators_app.models import Role
from tests.browser.conftest import PHONE, SignIn, has_no_sideways_scroll
from tests.factories import make_client, make_project, make_user

pytestmark = pytest.mark.usefixtures("transactional_db")


def test_a_project_is_found_and_opened_by_the_keyboard(sign_in: SignIn) -> None:
    make_user("vera", Role.VIEWER)
    project = make_project("Gate", client=make_client("Müller"))
    page = sign_in("vera", viewport=PHONE)
    page.keyboard.press("Control+k")
    page.keyboard.type("MULLER gate")
    box = page.get_by_role("combobox", name="Search projects and clients")
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("option", name=re.compile(project.project_code))).to_be_visible()
    assert has_no_sideways_scroll(page)
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", f"search-project-{project.pk}")
    page.keyboard.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/project/{project.pk}/change/"))


def test_a_slash_leads_to_the_box_and_what_is_not_there_is_told(sign_in: SignIn) -> None:
    make_user("vera", Role.VIEWER)
    page = sign_in("vera")
    page.keyboard.press("/")
    page.keyboard.type("zzqq")
    expect(page.get_by_role("status").get_by_text("Nothing has “zzqq” in it.")).to_be_attached()
