"""Operators as a spreadsheet: people, never logins."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from laseros.errors import InvalidInput
from operators_app.models import Operator, User
from operators_app.verbs import Actor
from operators_app.verbs.edit import edit
from tests.sheets import import_table, messages, send, workbook

HEADERS = ("Personalnummer", "Mitarbeiter", "E-Mail", "Telefon", "aktiv")


def test_operators_come_in_and_no_account_is_made(manager: Actor, olga: Operator) -> None:
    accounts = User.objects.count()
    done = import_table(
        "operator", (*HEADERS, "Password"), ("17", "Nina", "n@example.com", "", "ja", "secret"),
        (olga.employee_id, "Olga Orlova", olga.email, "", "ja", "secret"), by=manager,
    )  # fmt: skip
    assert done.data == {"read": 2, "new": 1, "changed": 1, "unchanged": 0, "refused": 0}
    assert User.objects.count() == accounts
    nina = Operator.objects.get(employee_id="17")
    assert (nina.name, nina.user, nina.is_active) == ("Nina", None, True)
    olga.refresh_from_db()
    assert (olga.name, olga.user_id) == ("Olga Orlova", olga.user_id)


def test_a_number_as_employee_id_is_its_digits(manager: Actor) -> None:
    import_table("operator", HEADERS, (17.0, "Nina", "", "", ""), by=manager)
    assert import_table("operator", HEADERS, ("17", "Nina", "", "", 1), by=manager).seq == 0
    with pytest.raises(InvalidInput, match="“Employee id” is missing"):
        import_table("operator", HEADERS, ("", "Nobody", "", "", ""), by=manager)


def test_an_employee_id_is_recognised_in_any_case_and_no_second_is_made(manager: Actor) -> None:
    edit(Operator, None, {"name": "Nina", "employee_id": "Ems-17"}, by=manager)
    done = import_table("operator", HEADERS, ("EMS-17", "Nina N.", "", "", 1), by=manager)
    assert (done.data["new"], done.data["changed"]) == (0, 1)
    assert Operator.objects.get(name="Nina N.").employee_id == "Ems-17"
    with pytest.raises(InvalidInput, match="“Ems-17” is there already"):
        edit(Operator, None, {"name": "Nora", "employee_id": "ems-17"}, by=manager)


def test_the_export_tells_no_logins(mary: Operator) -> None:
    browser = Browser()
    assert mary.user is not None
    browser.force_login(mary.user)
    answer = browser.get("/admin/operators_app/operator/export/?_format=csv")
    assert answer.content.decode("utf-8-sig").splitlines()[0] == (
        "Employee id,Name,E-mail,Phone,Active"
    )
    page = send(browser, answer.content, "o.csv", to="operators_app_operator")
    assert page.context["counts"]["unchanged"] == 1
    assert messages(page) == ""


def test_an_unknown_column_is_asked_about_and_not_taken(mary: Operator) -> None:
    browser = Browser()
    assert mary.user is not None
    browser.force_login(mary.user)
    row = ("9", "Nina", "", "", 1, "nina", "secret")
    data = workbook([row], (*HEADERS, "User", "Password"))
    page = send(browser, data, to="operators_app_operator")
    assert [one["heading"] for one in page.context["questions"]] == ["User", "Password"]
    offered = {column.name for one in page.context["questions"] for column in one["columns"]}
    assert offered == set()
