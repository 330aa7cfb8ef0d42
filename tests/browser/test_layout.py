"""Lists and pages in a real browser: what is long leaves room for the rest."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from operators_app.models import ActivityLog, Flag, Operator
from operators_app.verbs import Actor, edit
from projects_app.models import Client
from tests.browser.conftest import PHONE, SignIn
from tests.factories import make_client, make_item, make_project

LONG = "W" * 120
QUEUE = "/admin/queue_app/queueitem/"
LOG = "/admin/operators_app/activitylog/"


def overflow(page: Page) -> int:
    """Return by how many pixels a list is wider than what is seen of it."""
    return int(
        page.locator("#result_list").evaluate("""list => {
            const seen = list.closest(".simplebar-content-wrapper") ?? document.documentElement;
            return seen.scrollWidth - seen.clientWidth;
        }""")
    )


def test_a_name_in_the_queue_has_room_beside_the_other_columns(
    sign_in: SignIn, mary: Operator
) -> None:
    make_item(make_project("Shelving brackets, batch 3"), operator=mary)
    page = sign_in("mary", QUEUE)
    cell = page.locator("td.field-project_name")
    assert cell.evaluate("one => one.getBoundingClientRect().width") >= 170
    assert overflow(page) <= 0


@pytest.mark.parametrize("viewport", [None, PHONE])
def test_text_without_a_blank_pushes_nothing_out_of_the_log(
    sign_in: SignIn, mary: Operator, viewport: dict[str, int] | None
) -> None:
    edit(Client, make_client().pk, {"name": LONG}, by=Actor.system())
    seen = {"viewport": viewport} if viewport else {}
    page = sign_in("mary", LOG, **seen)
    expect(page.locator("#result_list .field-sentence").first).to_contain_text(LONG)
    assert overflow(page) <= 0
    page.goto(f"{LOG}{ActivityLog.objects.latest('seq').pk}/change/")
    expect(page.locator(".log-value").last).to_be_visible()
    assert all(
        right <= page.evaluate("innerWidth")
        for right in page.locator(".readonly").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect().right)"
        )
    )


def test_a_long_label_ends_before_its_value(sign_in: SignIn, mary: Operator) -> None:
    edit(Client, make_client().pk, {"notes": "Pays late"}, by=Actor.system())
    flag = Flag.objects.create(entry=ActivityLog.objects.latest("seq"))
    page = sign_in("mary", f"/admin/operators_app/flag/{flag.pk}/change/", locale="de-DE")
    label = page.get_by_text("Minuten: gemeldet / protokolliert")
    value = label.locator("xpath=ancestor::div[1]/following-sibling::div").first
    assert label.evaluate("one => one.getBoundingClientRect().right") + 8 <= value.evaluate(
        "one => one.getBoundingClientRect().left"
    )
