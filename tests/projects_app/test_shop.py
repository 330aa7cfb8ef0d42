"""The shop's settings: an admin changes them, everybody else of the back office reads them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from laseros.errors import InvalidInput, NotAllowed
from operators_app.models import ActivityLog, Operator, User
from operators_app.verbs import Actor
from projects_app.models import Shop
from projects_app.verbs.shop import save_shop
from tests.conftest import actor
from tests.desk import Desk, address, errors, said
from tests.projects_app.drawings import upload
from tests.projects_app.test_papers import picture

pytestmark = pytest.mark.django_db


def test_an_admin_sets_the_working_time(ada: Operator) -> None:
    desk, shop = Desk(ada), Shop.current()
    page = desk.save(shop, name="Kerf & Sons", workday_hours="9.5", workdays=["0", "5"])
    assert "was changed successfully" in page.content.decode()
    shop.refresh_from_db()
    assert (shop.name, shop.workday_hours, shop.workdays) == ("Kerf & Sons", Decimal("9.5"), [0, 5])
    entry = ActivityLog.objects.first()
    assert entry is not None
    assert entry.after["shop:1"]["workdays"] == [0, 5]


def test_a_refused_form_asks_for_its_file_once_more(ada: Operator) -> None:
    page = Desk(ada).save(Shop.current(), name="", logo_upload=upload("logo.png", picture()))
    assert page.status_code == 200
    assert "Choose the file once more: logo.png." in said(page)


def test_a_file_that_was_refused_itself_is_not_asked_for_once_more(ada: Operator) -> None:
    page = Desk(ada).save(Shop.current(), logo_upload=upload("logo.png", b"no picture"))
    assert "is neither a PNG nor a JPEG" in page.content.decode()
    assert "Choose the file once more" not in page.content.decode()


def test_too_short_a_working_day_is_refused_with_the_readers_numbers(ada: Operator) -> None:
    desk = Desk(ada)
    assert "at least 0.25 hours" in errors(desk.save(Shop.current(), workday_hours="0.1"))
    desk.browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    assert "0,25" in errors(desk.save(Shop.current(), workday_hours="0,1"))


def test_the_list_opens_the_one_shop(ada: Operator) -> None:
    answer = Desk(ada).browser.get(address(Shop, "changelist"))
    assert answer["Location"] == address(Shop, "change", 1)


def test_a_manager_and_a_viewer_only_read(mary: Operator, victor: User) -> None:
    for person in (mary, victor):
        desk = Desk(person)
        page = desk.open(Shop.current())
        assert page.status_code == 200
        assert "Monday, Tuesday, Wednesday, Thursday, Friday" in page.content.decode()
        for only_to_change in ("Logo upload", "Logo remove", "New logo"):
            assert only_to_change not in page.content.decode()
        answer = desk.browser.post(address(Shop, "change", 1), {"name": "Mine"})
        assert answer.status_code == 403


def test_the_verb_is_the_admins_alone(manager: Actor) -> None:
    with pytest.raises(NotAllowed):
        save_shop({"name": "Mine"}, by=manager)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"workdays": []}, "Choose at least one working day"),
        ({"workdays": [9]}, "Choose at least one working day"),
        ({"workday_start": dt.time(20), "workday_hours": 5}, "must end by midnight"),
    ],
)
def test_a_week_in_which_nothing_is_ever_cut_is_refused(
    ada: Operator, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        save_shop(changes, by=actor(ada))


@pytest.mark.parametrize("column", ["next_quote_number", "next_delivery_note_number"])
@pytest.mark.parametrize("number", [10_000_000, 999_999_999_999, 2**63 - 1, 2**63, 10**30])
def test_a_papers_number_beyond_all_papers_is_refused(
    ada: Operator, column: str, number: int
) -> None:
    desk, shop = Desk(ada), Shop.current()
    page = desk.save(shop, **{column: str(number)})
    assert set(page.context["adminform"].form.errors) == {column}
    with pytest.raises(InvalidInput) as refused:
        save_shop({column: number}, by=actor(ada))
    assert set(refused.value.extra["errors"]) == {column}
    shop.refresh_from_db()
    assert getattr(shop, column) == 1


def test_the_greatest_number_of_a_paper_is_taken_and_told(ada: Operator) -> None:
    desk, shop = Desk(ada), Shop.current()
    page = desk.save(shop, next_quote_number="10,000,000")
    assert "Tell a value from 1 to 9,999,999." in errors(page)
    desk.save(shop, next_quote_number="9,999,999")
    shop.refresh_from_db()
    assert shop.next_quote_number == 9_999_999
    Shop.objects.update(next_quote_number=10_000_000)
    desk.save(shop, name="Kerf")
    shop.refresh_from_db()
    assert (shop.name, shop.next_quote_number) == ("Kerf", 10_000_000)
