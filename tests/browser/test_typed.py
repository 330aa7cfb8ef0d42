"""What is typed into forms, in a real browser: what cannot be read is told, not taken as blank."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from laseros import clock
from operators_app.models import Operator
from queue_app.models import LaserRun, QueueItem
from tests.browser.conftest import SignIn
from tests.factories import make_item, make_project

BOARD = "/admin/queue_app/queueitem/board/"
NO_NUMBER = "Enter a whole number."
NO_DATE = "That is not a date; nothing was sent."


def running(person: Operator) -> QueueItem:
    """Return a job that runs."""
    return make_item(
        make_project("Lids"), status="in_progress", operator=person, started_at=clock.now()
    )


def complete_with(page: Page, typed: str) -> None:
    """Type minutes into the dialog that is open, and send it."""
    dialog = page.locator("#board-dialog, #dialog").filter(visible=True)
    box = dialog.locator("[name=actual_cut_time]")
    box.fill("")
    box.press_sequentially(typed)
    dialog.locator("[type=submit]").click()


def expect_refused(page: Page) -> None:
    """Wait until the field says what is wrong; nothing was stored."""
    box = page.locator("[name=actual_cut_time]")
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(box).to_have_accessible_description(NO_NUMBER)
    expect(box).to_have_value("45-")
    assert not LaserRun.objects.exists()


def test_minutes_that_are_none_are_not_taken_as_blank_on_the_board(
    sign_in: SignIn, mary: Operator
) -> None:
    running(mary)
    page = sign_in("mary", BOARD)
    page.locator(".board-row").get_by_role("button", name="Complete").click()
    complete_with(page, "45-")
    expect_refused(page)
    complete_with(page, "45")
    expect(page.locator("#board-dialog")).to_be_hidden()
    assert LaserRun.objects.get().cut_time_minutes == 45


def test_minutes_that_are_none_are_not_taken_as_blank_on_a_jobs_page(
    sign_in: SignIn, mary: Operator
) -> None:
    job = running(mary)
    page = sign_in("mary", f"/admin/queue_app/queueitem/{job.pk}/change/")
    page.get_by_role("link", name="Complete").or_(
        page.get_by_role("button", name="Complete")
    ).first.click()
    complete_with(page, "45-")
    expect_refused(page)
    complete_with(page, "45")
    expect(page.get_by_text("was completed")).to_be_visible()
    assert LaserRun.objects.get().cut_time_minutes == 45


def test_a_figure_that_cannot_be_read_does_not_take_away_the_one_that_is_stored(
    sign_in: SignIn, mary: Operator
) -> None:
    project = make_project("Lids", estimated_cut_time=90)
    page = sign_in("mary", f"/admin/projects_app/project/{project.pk}/change/")
    box = page.locator("[name=estimated_cut_time]")
    box.fill("")
    box.press_sequentially("45-")
    page.get_by_role("link", name="Parts of the project").click()
    expect(box).to_be_hidden()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(box).to_be_visible()
    expect(box).to_have_accessible_description(re.compile(NO_NUMBER))
    box.fill("45")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    project.refresh_from_db()
    assert project.estimated_cut_time == 45


def test_each_refused_field_says_why_on_the_board(sign_in: SignIn, mary: Operator) -> None:
    running(mary)
    page = sign_in("mary", BOARD)
    page.locator(".board-row").get_by_role("button", name="Complete").click()
    dialog = page.get_by_role("dialog")
    for name in ("sheet_count", "parts_produced"):
        dialog.locator(f"[name={name}]").fill("-1")
    dialog.locator("[type=submit]").click()
    for name in ("sheet_count", "parts_produced"):
        field = dialog.locator(f"[name={name}]")
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_accessible_description(
            "Ensure this value is greater than or equal to 0."
        )


def test_a_day_that_is_none_is_not_sent_as_blank(sign_in: SignIn, mary: Operator) -> None:
    project = make_project("Lids", status="approved_pop")
    page = sign_in("mary", f"/admin/projects_app/project/{project.pk}/change/")
    page.get_by_role("link", name="Add to queue").first.click()
    box = page.locator("#dialog [name=scheduled_date]")
    box.press_sequentially("31")
    page.locator("#dialog [type=submit]").click()
    expect(box).to_have_accessible_description(NO_DATE)
    expect(box).to_be_focused()
    assert not QueueItem.objects.exists()


def test_signs_between_digits_are_read_as_the_pages_language_writes_them(
    sign_in: SignIn, mary: Operator
) -> None:
    running(mary)
    page = sign_in("mary", BOARD, locale="de-DE")
    page.locator(".board-row").get_by_role("button", name="Abschließen").click()
    parts = page.locator("[name=parts_produced]")
    for typed in ("1,5", "1.5"):
        parts.fill("")
        parts.press_sequentially(typed)
        page.get_by_role("dialog").locator("[type=submit]").click()
        expect(parts).to_have_attribute("aria-invalid", "true")
        expect(parts).to_have_value(typed)
    parts.fill("1.000")
    page.locator("[name=actual_cut_time]").fill("1.000")
    page.get_by_role("dialog").locator("[type=submit]").click()
    tick = page.locator("#board-dialog [name=sure]")
    expect(tick).to_be_visible()
    tick.check()
    page.get_by_role("dialog").locator("[type=submit]").click()
    expect(page.locator("#board-dialog")).to_be_hidden()
    run = LaserRun.objects.get()
    assert (run.parts_produced, run.cut_time_minutes) == (1000, 1000)


def test_a_box_for_a_day_is_not_warned_of_the_servers_clock(
    sign_in: SignIn, mary: Operator
) -> None:
    project = make_project("Lids")
    page = sign_in(
        "mary", f"/admin/projects_app/project/{project.pk}/change/", timezone_id="Asia/Tokyo"
    )
    warning = page.locator("#id_due_date ~ .timezonewarning")
    expect(warning).to_be_attached()  # Django still makes it
    expect(warning).to_be_hidden()
