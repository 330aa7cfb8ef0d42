"""The queue board in a real browser: mouse, keyboard, finger, and two people at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from laseros import clock
from operators_app.models import Operator
from projects_app.models import Project
from queue_app.models import QueueItem
from queue_app.queries import active_items
from tests.browser.conftest import DESKTOP, PHONE, TABLET, SignIn, has_no_sideways_scroll
from tests.factories import make_item, make_project

BOARD = "/admin/queue_app/queueitem/board/"
NAMES = ("One", "Two", "Three", "Four")


@pytest.fixture
def queue(mary: Operator, ada: Operator) -> dict[str, QueueItem]:
    """A queue of four jobs, and the two managers."""
    return {name: make_item(make_project(name)) for name in NAMES}


@pytest.fixture
def board(sign_in: SignIn) -> Callable[..., Page]:
    """Return what opens the board as somebody."""

    def open_board(who: str = "mary", query: str = "", **options: Any) -> Page:
        page = sign_in(who, BOARD + query, **options)
        expect(page.locator("#board[data-ready]")).to_be_visible()
        return page

    return open_board


def row(page: Page, name: str) -> Locator:
    """Return the row of a job."""
    return page.locator(".board-row").filter(has=page.get_by_role("link", name=name, exact=True))


def grip(page: Page, name: str) -> Locator:
    """Return what a job is carried by."""
    return row(page, name).locator(".board-grip")


def expect_order(page: Page, *names: str) -> None:
    """Wait until the board shows this order, and the database holds it."""
    expect(page.locator(".board-row:visible .board-name")).to_have_text(list(names))


def stored() -> list[str]:
    """Return the order in the database."""
    return list(active_items().values_list("project__name", flat=True))


def said(page: Page, text: str) -> None:
    """Wait until this is announced."""
    expect(page.locator("#board-says")).to_contain_text(text)


def middle(where: Locator) -> tuple[float, float]:
    """Return the middle of what is shown there."""
    where.scroll_into_view_if_needed()
    box = where.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, name: str, onto: str) -> None:
    """Carry a job by its grip onto another one, without letting it go.

    The hand stays there a moment: rows that make way are passed over while they still move.
    """
    (x, y), (_, there) = middle(grip(page, name)), middle(grip(page, onto))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + (8 if there > y else -8), steps=3)
    end = there + (12 if there > y else -12)
    page.mouse.move(x, end, steps=12)
    for unsteady in (1, 0):
        page.wait_for_timeout(200)
        page.mouse.move(x, end + unsteady)
    page.wait_for_timeout(100)


@pytest.mark.usefixtures("queue")
def test_a_job_is_dragged_with_the_mouse(board: Callable[..., Page]) -> None:
    page = board()
    drag(page, "Four", "One")
    page.mouse.up()
    expect_order(page, "Four", "One", "Two", "Three")
    said(page, "moved to place 1")
    assert stored() == ["Four", "One", "Two", "Three"]


def test_a_carried_job_shows_its_own_values(
    queue: dict[str, QueueItem], board: Callable[..., Page], olga: Operator
) -> None:
    QueueItem.objects.filter(pk=queue["Four"].pk).update(assigned_to=olga, priority="high")
    page = board()
    drag(page, "Four", "One")
    carried = page.locator(".is-carried")
    expect(carried.locator("[data-field=assigned_to]")).to_have_value(str(olga.pk))
    expect(carried.locator("[data-field=priority]")).to_have_value("high")
    colours = [row.locator(".board-badge").evaluate("e => getComputedStyle(e).backgroundColor")
               for row in (carried, row(page, "Two"))]  # fmt: skip
    assert colours[0] == colours[1]
    page.mouse.up()


@pytest.mark.usefixtures("queue")
def test_what_went_well_goes_and_what_went_wrong_stays_until_it_is_closed(
    board: Callable[..., Page],
) -> None:
    page = board()
    page.context.route("**/place/", lambda route: route.abort())
    for _try in range(2):
        row(page, "Two").get_by_role("button", name="More about").click()
        page.get_by_role("menuitem", name="To the end").click()
        expect(page.get_by_role("alert")).to_have_count(1)
    row(page, "Two").get_by_role("button", name="Start").click()
    page.get_by_role("dialog").get_by_role("button", name="Start").click()
    told = page.locator(".board-notice.is-good")
    expect(told).to_contain_text("runs now.")
    assert (told.text_content() or "").count("JB-") == 1
    expect(told).to_have_count(0)
    page.get_by_role("alert").get_by_role("button", name="Close").click()
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.usefixtures("queue")
def test_a_job_is_moved_with_the_keyboard_and_keeps_the_focus(board: Callable[..., Page]) -> None:
    page = board()
    grip(page, "One").focus()
    page.keyboard.press("Space")
    said(page, "lifted at place 1 of 4")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    said(page, "Place 3 of 4")
    page.keyboard.press("Escape")
    said(page, "stays at place 1")
    expect_order(page, *NAMES)
    page.keyboard.press("Enter")
    page.keyboard.press("End")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    said(page, "moved to place 3")
    expect(grip(page, "One")).to_be_focused()
    expect_order(page, "Two", "Three", "One", "Four")
    assert stored() == ["Two", "Three", "One", "Four"]


@pytest.mark.usefixtures("queue")
def test_a_job_is_dragged_with_a_finger(board: Callable[..., Page]) -> None:
    page = board(viewport=TABLET, has_touch=True)
    (x, y), (_, there) = middle(grip(page, "One")), middle(grip(page, "Three"))
    touch = page.context.new_cdp_session(page)

    def finger(kind: str, *points: float) -> None:
        at = [{"x": x, "y": height} for height in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    end = there + 14
    finger("touchStart", y)
    for step in range(1, 13):
        finger("touchMove", y + (end - y) * step / 12)
        page.evaluate("() => new Promise(requestAnimationFrame)")
    for unsteady in (1, 0):
        page.wait_for_timeout(200)
        finger("touchMove", end + unsteady)
    page.wait_for_timeout(100)
    finger("touchEnd")
    expect_order(page, "Two", "Three", "One", "Four")
    said(page, "moved to place 3")
    assert stored() == ["Two", "Three", "One", "Four"]


@pytest.mark.usefixtures("queue")
def test_a_move_by_one_appears_for_the_other_and_a_stale_one_is_refused(
    board: Callable[..., Page],
) -> None:
    mary, ada = board("mary"), board("ada")
    drag(ada, "Four", "Two")  # she holds it, and does not see what happens meanwhile
    grip(mary, "One").focus()
    mary.keyboard.press("Enter")
    mary.keyboard.press("End")
    mary.keyboard.press("Enter")
    expect_order(mary, "Two", "Three", "Four", "One")
    said(mary, "moved to place 4")
    ada.mouse.up()
    expect(ada.get_by_role("alert")).to_contain_text("Mary moved")
    expect(ada.get_by_role("alert")).to_contain_text("to place 4 at")
    expect_order(ada, "Two", "Three", "Four", "One")
    assert stored() == ["Two", "Three", "Four", "One"]
    ada.get_by_role("button", name="More about").first.click()
    ada.get_by_role("menuitem", name="To the end").click()
    expect_order(ada, "Three", "Four", "One", "Two")
    expect(mary.locator(".board-row .board-name")).to_have_text(
        ["Three", "Four", "One", "Two"], timeout=3_000
    )


def test_what_is_changed_in_place_is_saved_and_undone_where_it_is_refused(
    queue: dict[str, QueueItem], board: Callable[..., Page]
) -> None:
    page = board()
    row(page, "Two").get_by_label("Priority").select_option("high")
    expect(row(page, "Two").locator(".board-saved")).to_have_text("Saved")
    queue["Two"].refresh_from_db()
    assert queue["Two"].priority == "high"
    page.context.route("**/change/", lambda route: route.abort())
    row(page, "Three").get_by_label("Priority").select_option("low")
    expect(page.get_by_role("alert")).to_contain_text("could not be reached; nothing was changed")
    expect(row(page, "Three").get_by_label("Priority")).to_have_value("normal")


def test_a_fields_notice_of_failure_goes_when_that_field_is_saved_and_others_stay(
    queue: dict[str, QueueItem], board: Callable[..., Page]
) -> None:
    page = board()
    day = row(page, "Two").get_by_label("Scheduled date")
    day.fill("9999-12-31")
    alerts = page.get_by_role("alert")
    expect(alerts).to_contain_text("Choose a day from the year 2000 to the year 2199.")
    page.context.route("**/change/", lambda route: route.abort())
    row(page, "Three").get_by_label("Priority").select_option("low")
    expect(alerts).to_have_count(2)
    page.context.unroute("**/change/")
    row(page, "Two").get_by_label("Priority").select_option("high")
    expect(row(page, "Two").locator(".board-saved")).to_have_text("Saved")
    expect(alerts).to_have_count(2)  # neither was about that field
    to_come = clock.shop_today() + dt.timedelta(days=3)
    day.fill(to_come.isoformat())
    expect(alerts).to_have_count(1)
    expect(alerts).to_contain_text(queue["Three"].project.project_code)
    queue["Two"].refresh_from_db()
    assert queue["Two"].scheduled_date == to_come


@pytest.mark.usefixtures("queue")
@pytest.mark.parametrize("viewport", [DESKTOP, TABLET, PHONE], ids=["desktop", "tablet", "phone"])
def test_that_it_was_saved_does_not_cover_what_was_typed(
    board: Callable[..., Page], viewport: dict[str, int]
) -> None:
    page = board(viewport=viewport)
    day = row(page, "Two").get_by_label("Scheduled date")
    day.fill((clock.shop_today() + dt.timedelta(days=3)).isoformat())
    told = row(page, "Two").locator(".board-saved")
    expect(told).to_have_text("Saved")
    for control in (day, row(page, "Two").get_by_label("Priority")):
        one, other = told.bounding_box(), control.bounding_box()
        assert one
        assert other
        beside = one["x"] >= other["x"] + other["width"] or one["x"] + one["width"] <= other["x"]
        below = one["y"] >= other["y"] + other["height"] or one["y"] + one["height"] <= other["y"]
        assert beside or below


def test_a_running_row_has_room_for_its_buttons_in_german(
    queue: dict[str, QueueItem], board: Callable[..., Page], olga: Operator
) -> None:
    QueueItem.objects.filter(pk=queue["One"].pk).update(
        status="in_progress", operator=olga, started_at=clock.now()
    )
    heights = {}
    for locale in ("en-GB", "de-DE"):
        page = board(viewport={"width": 1366, "height": 768}, locale=locale)
        assert page.locator("html").get_attribute("data-board") == "wide"
        box = row(page, "One").locator(".board-state").bounding_box()
        assert box
        heights[locale] = box["height"]
    assert heights["de-DE"] == heights["en-GB"]


def test_a_lost_connection_is_told_and_found_again(
    queue: dict[str, QueueItem], board: Callable[..., Page]
) -> None:
    page = board()
    page.context.set_offline(True)
    expect(page.locator("#board-link")).to_contain_text("Connection lost")
    QueueItem.objects.filter(pk=queue["One"].pk).update(rank=99)
    page.mouse.wheel(0, 2000)
    expect(page.locator("#board-link")).to_be_in_viewport()
    page.context.set_offline(False)
    expect(page.locator("#board-link")).to_have_text("Connected again.")
    expect(page.locator("#board-link")).to_have_text("")


@pytest.mark.usefixtures("queue")
def test_a_job_is_started_by_a_dialog_though_it_is_clicked_twice(
    board: Callable[..., Page],
) -> None:
    page = board()
    row(page, "Two").get_by_role("button", name="Start").dblclick()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Two")
    dialog.get_by_role("button", name="Start").dblclick()
    expect(dialog).to_be_hidden()
    expect(row(page, "Two").locator(".board-badge")).to_have_text("In progress")
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.usefixtures("queue")
def test_filters_stand_in_the_address_and_moves_go_beside_what_is_shown(
    board: Callable[..., Page],
) -> None:
    page = board()
    page.get_by_label("Find in the queue").fill("o")
    expect_order(page, "One", "Two", "Four")
    assert page.url.endswith("?q=o")
    again = board("ada", "?q=o")
    expect_order(again, "One", "Two", "Four")
    grip(page, "Four").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect_order(page, "One", "Four", "Two")
    page.get_by_role("button", name="Show all").first.click()
    expect_order(page, "One", "Four", "Two", "Three")


def test_each_figure_leads_to_the_jobs_it_counts(
    queue: dict[str, QueueItem], board: Callable[..., Page]
) -> None:
    gone_by = clock.shop_today() - dt.timedelta(days=1)
    Project.objects.update(due_date=None, pop_deadline=None)
    Project.objects.filter(name="Two").update(due_date=gone_by)
    Project.objects.filter(name="Four").update(pop_deadline=gone_by)
    Project.objects.filter(name="Three").update(estimated_cut_time=None)
    QueueItem.objects.filter(pk=queue["Three"].pk).update(estimated_cut_time=None)
    QueueItem.objects.filter(pk=queue["One"].pk).update(status="in_progress")
    page = board()
    figures = page.get_by_role("navigation", name="The queue in figures")
    lists = {"In progress": "One", "Will be late": "Two", "Will miss POP deadline": "Four",
             "No estimate": "Three"}  # fmt: skip
    for figure, name in lists.items():
        link = figures.get_by_role("link", name=f"{figure} 1", exact=True)
        link.click()
        expect_order(page, name)
        expect(link).to_have_attribute("aria-current", "true")
        again = board("ada", f"?{urlsplit(page.url).query}")
        expect_order(again, name)
        again.close()
    page.get_by_label("Find in the queue").fill("o")
    expect(page.get_by_text("No job of the queue is like that.")).to_be_visible()
    assert "unknown=1" in page.url
    page.go_back()
    expect_order(page, "Four")
    figures.get_by_role("link", name="Jobs 4").click()
    expect_order(page, *NAMES)


@pytest.mark.usefixtures("demo_shop")
def test_a_desk_shows_eight_jobs_at_once_and_a_finger_has_room(board: Callable[..., Page]) -> None:
    page = board("manager", viewport={"width": 1366, "height": 768})
    whole = "all => all.filter(one => one.getBoundingClientRect().bottom <= innerHeight).length"
    assert page.locator(".board-row").evaluate_all(whole) >= 8
    touched = board("manager", viewport=PHONE, has_touch=True, is_mobile=True)
    small = """all => all.map(one => one.getBoundingClientRect())
        .filter(box => box.height && (box.height < 44 || box.width < 44)).length"""
    controls = touched.locator(".board button, .board input:not([type=hidden]), .board select,"
                               " .board-figure")  # fmt: skip
    assert controls.count() > 20
    assert controls.evaluate_all(small) == 0


@pytest.mark.usefixtures("queue")
def test_on_a_phone_the_filters_are_folded_away(board: Callable[..., Page]) -> None:
    page = board(viewport=PHONE, has_touch=True)
    expect(page.get_by_label("Due by")).to_be_hidden()
    page.get_by_role("button", name="Filters").tap()
    expect(page.get_by_label("Due by")).to_be_visible()
    chosen = board(query="?operator=none", viewport=PHONE, has_touch=True)
    expect(chosen.locator("select[name=operator]")).to_be_visible()


@pytest.mark.usefixtures("queue")
def test_the_menu_of_a_row_stays_open_while_the_page_scrolls_to_it(
    board: Callable[..., Page],
) -> None:
    page = board(viewport=PHONE, has_touch=True)
    row(page, "Four").get_by_role("button", name="More about").tap()
    page.get_by_role("menuitem", name="To the top").tap()
    expect_order(page, "Four", "One", "Two", "Three")
    said(page, "moved to place 1")


@pytest.mark.usefixtures("queue")
def test_a_job_goes_to_a_place_that_is_typed_in(board: Callable[..., Page]) -> None:
    page = board(locale="de-DE")
    row(page, "Four").get_by_role("button", name="Mehr").click()
    page.locator("#board-menu [data-do=to]").click()
    place = page.locator("#board-dialog [name=position]")
    for typed in ("2.000", "1,5", "2.0", "-1", ""):
        place.fill(typed)
        page.locator("#board-dialog [type=submit]").click()
        expect(page.locator("#board-dialog .board-error")).to_be_visible()
        expect(place).to_have_attribute("aria-invalid", "true")
    place.fill(" 2 ")
    page.locator("#board-dialog [type=submit]").click()
    expect_order(page, "One", "Four", "Two", "Three")


@pytest.mark.usefixtures("demo_shop")
@pytest.mark.parametrize("viewport", [DESKTOP, TABLET, PHONE], ids=["desktop", "tablet", "phone"])
def test_grouping_is_judged_before_it_is_accepted(
    board: Callable[..., Page], viewport: dict[str, int]
) -> None:
    page = board("manager", viewport=viewport)
    assert has_no_sideways_scroll(page)
    before = stored()
    page.get_by_role("button", name="Group by material").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Changes of sheet")
    accept = dialog.get_by_role("button", name="Use this order")
    assert stored() == before
    if accept.count():
        accept.click()
        expect(dialog).to_be_hidden()
        expect(page.get_by_text("The queue has its new order.")).to_be_visible()
        assert sorted(stored()) == sorted(before) != stored()


def test_a_start_that_looks_wrong_is_confirmed_with_a_tick(
    board: Callable[..., Page], queue: dict[str, QueueItem]
) -> None:
    make_item(make_project("Zero"), status="in_progress")  # the shop has one laser
    page = board()
    row(page, "One").get_by_role("button", name="Start").click()
    form = page.locator(".board-form")
    tick = form.get_by_role("checkbox", name="This is right; go on")
    expect(tick).to_be_hidden()
    form.get_by_label("Notes").fill("second laser on loan")
    form.get_by_role("button", name="Start").click()
    expect(form.get_by_role("alert")).to_contain_text("the shop has 1 laser.")
    expect(form.get_by_label("Notes")).to_have_value("second laser on loan")
    tick.check()
    form.get_by_role("button", name="Start").click()
    expect(form).to_be_hidden()
    expect(row(page, "One").get_by_role("button", name="Complete")).to_be_visible()


def test_what_was_said_of_a_date_goes_once_the_date_is_saved_well(
    board: Callable[..., Page], queue: dict[str, QueueItem]
) -> None:
    page = board()
    date = row(page, "Two").locator("[data-field=scheduled_date]")
    date.fill("2250-01-01")
    date.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Choose a day from the year 2000")
    date.fill((clock.shop_today() + dt.timedelta(days=3)).isoformat())
    date.press("Enter")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(row(page, "Two").get_by_text("Saved", exact=True)).to_be_visible()
    assert QueueItem.objects.get(pk=queue["Two"].pk).scheduled_date
