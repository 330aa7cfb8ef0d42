"""Dialogs that meet no server, or one that does not know who asks any more: told, nothing lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from operators_app.models import Operator
from projects_app.models import Client, Document, Project, ProjectStatus
from tests.browser.conftest import SignIn
from tests.factories import PASSWORD, make_project

SIGNED_OUT = "You are not signed in any more; sign in and try again."


@pytest.fixture
def project(mary: Operator) -> Project:
    """A project whose parts may go out."""
    return make_project(status=ProjectStatus.COMPLETED, parts=[("Lid", 30)])


@pytest.fixture
def page(sign_in: SignIn, project: Project) -> Page:
    """The project's page."""
    return sign_in("mary", f"/admin/projects_app/project/{project.pk}/change/")


def open_dialog(page: Page) -> None:
    """Open the dialog of a delivery note, and type a number and a note."""
    page.get_by_role("link", name="Make delivery note").first.click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Lid").fill("3")
    dialog.get_by_label("Note").fill("Two boxes")


def send(page: Page) -> None:
    """Send the dialog."""
    page.locator("#dialog").get_by_role("button", name="Make delivery note").click()


def expect_typed(page: Page) -> None:
    """Expect what was typed to be there still."""
    expect(page.locator("#dialog").get_by_label("Lid")).to_have_value("3")
    expect(page.locator("#dialog").get_by_label("Note")).to_have_value("Two boxes")


def test_a_dialog_without_a_server_says_so_and_is_sent_once_there_is_one(page: Page) -> None:
    open_dialog(page)
    page.context.set_offline(True)
    for _try in range(2):
        send(page)
        told = page.locator("#dialog").get_by_role("alert")
        expect(told).to_have_text(
            "The server could not be reached; nothing was changed. Try again."
        )
    expect_typed(page)
    page.context.set_offline(False)
    send(page)
    expect(page.get_by_text("DN-").first).to_be_visible()
    assert Document.objects.count() == 1


def test_whoever_was_signed_out_is_told_in_the_dialog_and_goes_on(page: Page) -> None:
    open_dialog(page)
    kept = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    send(page)
    expect(page.locator("#dialog").get_by_role("alert")).to_have_text(SIGNED_OUT)
    expect_typed(page)
    page.context.add_cookies(kept)  # type: ignore[arg-type]
    send(page)
    expect(page.get_by_text("DN-").first).to_be_visible()


def test_a_dialog_that_cannot_be_opened_says_why(page: Page) -> None:
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("link", name="Make delivery note").first.click()
    told = page.locator("#dialog")
    expect(told.get_by_role("alert")).to_have_text(SIGNED_OUT)
    told.get_by_role("link", name="Close").click()
    expect(told).to_be_hidden()
    page.context.set_offline(True)
    page.get_by_role("link", name="Make delivery note").first.click()
    expect(told.get_by_role("alert")).to_contain_text("The server could not be reached")


def test_a_dialog_that_is_clicked_twice_does_its_work_once(page: Page) -> None:
    open_dialog(page)
    page.locator("#dialog").get_by_role("button", name="Make delivery note").dblclick()
    expect(page.get_by_text("DN-").first).to_be_visible()
    assert Document.objects.count() == 1


def change_name(page: Page, client: Client) -> None:
    """Open a client's form, give another name and be signed out before it is saved."""
    page.goto(f"/admin/projects_app/client/{client.pk}/change/")
    page.locator("#id_name").fill("Aloe & Anvil")
    page.context.clear_cookies(name="sessionid")


def test_a_form_is_saved_by_whoever_has_signed_in_anew_elsewhere(
    page: Page, project: Project
) -> None:
    change_name(page, project.client)
    other = page.context.new_page()
    other.goto("/admin/login/")
    other.get_by_label("User name").fill("mary")
    other.get_by_label("Password").fill(PASSWORD)
    other.keyboard.press("Enter")
    expect(other).to_have_url("/admin/")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully").first).to_be_visible()
    assert Client.objects.get(pk=project.client_id).name == "Aloe & Anvil"


@pytest.mark.parametrize(("is_offline", "words"), [
    (False, SIGNED_OUT), (True, "The server could not be reached; nothing was changed. Try again."),
])  # fmt: skip
def test_a_form_that_nobody_would_take_stays_and_says_so(
    page: Page, project: Project, is_offline: bool, words: str
) -> None:
    kept = page.context.cookies()
    change_name(page, project.client)
    page.context.set_offline(is_offline)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#dialog").get_by_role("alert")).to_have_text(words)
    page.locator("#dialog").get_by_role("link", name="Close").click()
    expect(page.locator("#id_name")).to_have_value("Aloe & Anvil")
    page.context.set_offline(False)
    page.context.add_cookies(kept)  # type: ignore[arg-type]
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully").first).to_be_visible()
    assert Client.objects.get(pk=project.client_id).name == "Aloe & Anvil"
