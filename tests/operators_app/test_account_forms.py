"""Accounts in the back office: made with a password that is proposed, called one word each."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib import admin
from django.urls import reverse

from operators_app.models import ActivityLog, LoginRecord, Operator, Session, User
from projects_app.models import Shop
from tests.desk import Desk, address, errors, values
from tests.factories import PASSWORD, make_item, make_project


def test_a_new_accounts_password_is_proposed_and_shown_once(ada: Operator) -> None:
    desk = Desk(ada)
    form = desk.browser.get(address(User, "add"))
    proposed = form.context["adminform"].form["password"].value()
    assert f'value="{proposed}"' in form.content.decode()
    typed = {**values(form), "username": "newbie", "role": "viewer"}
    page = desk.browser.post(address(User, "add"), typed, follow=True)
    newbie = User.objects.get(username="newbie")
    assert newbie.check_password(proposed)
    assert newbie.must_change_password
    assert proposed in page.content.decode()
    assert proposed not in desk.open(newbie).content.decode()


def printed(page: Any) -> str:
    """Return the part of the page with a new password that is printed."""
    return str(page.content.decode().split('id="shown-once"')[1].split('id="shown-once-ways"')[0])


def test_what_is_printed_of_a_login_tells_where_it_is_for(ada: Operator, olga: Operator) -> None:
    Shop.objects.update(name="Cape Laser & Steel")
    desk = Desk(ada)
    said = {"username": "newbie", "role": "viewer", "password": "k7fm-x2qp-9wda",
            "must_change_password": "on"}  # fmt: skip
    paper = printed(desk.add(User, said))
    for told in ("Cape Laser &amp; Steel", "http://testserver/admin/", "newbie", "k7fm-x2qp-9wda",
                 "a password of one’s own must be chosen"):  # fmt: skip
        assert told in paper

    reset = reverse("admin:operators_app_operator_reset_password", args=(olga.pk,))
    paper = printed(desk.browser.post(reset, {"password": "k7fm-x2qp-9wdb"}))
    assert "Cape Laser &amp; Steel" in paper
    assert "http://" not in paper  # operators use the phone
    assert "must be chosen" not in paper


@pytest.mark.parametrize(("name", "password", "told"), [
    ("newbie", "123", "password"), ("ADA", PASSWORD, "This user name is taken."),
])  # fmt: skip
def test_a_bad_new_account_is_refused_in_its_form(
    ada: Operator, name: str, password: str, told: str
) -> None:
    page = Desk(ada).add(User, {"username": name, "role": "viewer", "password": password})
    assert told in str(page.context["adminform"].form.errors)
    assert not User.objects.filter(username=name).exists()


def test_one_word_is_said_for_an_account_and_for_its_name(ada: Operator) -> None:
    page = Desk(ada).browser.get(address(User, "changelist")).content.decode()
    shown = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
    assert re.search(r"\baccounts\b", shown)
    assert "User name" in shown
    assert not re.search(r"\b[Uu]sers\b|\b[Uu]sername\b", shown)
    for model in (User, AccessAttempt, Operator, Session, LoginRecord, ActivityLog):
        opts = admin.site.get_model_admin(model).opts
        words = {str(opts.verbose_name), *(
            str(one.verbose_name) for one in model._meta.concrete_fields
            if model is not AccessAttempt  # whose list has a name of its own for it
        )}  # fmt: skip
        assert not words & {"user", "users", "username"}


def test_two_admins_at_one_account_undo_nothing_of_each_other(
    ada: Operator, olga: Operator
) -> None:
    desk, other = Desk(ada), Desk(ada)
    assert olga.user is not None
    opened = desk.open(olga.user)
    other.save(olga.user, role="viewer")
    other.dialog(olga.user, "deactivate_login")
    desk.save(olga.user, page=opened, email="olga@shop.example")
    user = User.objects.get(operator=olga)
    assert (user.email, user.is_active, user.role) == ("olga@shop.example", False, "viewer")


def test_a_role_that_somebody_else_has_changed_is_not_overwritten_unasked(
    ada: Operator, olga: Operator
) -> None:
    desk = Desk(ada)
    assert olga.user is not None
    opened = desk.open(olga.user)
    Desk(ada).save(olga.user, role="viewer")
    refused = desk.save(olga.user, page=opened, role="manager")
    assert "Somebody else changed this" in errors(refused)
    assert "By now this is “Viewer”" in refused.content.decode()
    assert User.objects.get(operator=olga).role == "viewer"
    desk.save(olga.user, page=refused)
    assert User.objects.get(operator=olga).role == "manager"


def test_what_is_wrong_with_a_field_is_said_at_it_and_nowhere_else(mary: Operator) -> None:
    job = make_item()
    page = Desk(mary).save(job, scheduled_date="9999-12-31")
    told = "Choose a day from the year 2000 to the year 2199."
    assert page.context["adminform"].form.errors == {"scheduled_date": [told]}
    assert "scheduled_date:" not in page.content.decode()


def test_all_that_is_wrong_with_a_form_is_told_at_once(mary: Operator) -> None:
    wrong = {"quoted_price": "abc", "due_date": "9999-12-31", "estimated_cut_time": "100001"}
    form = Desk(mary).save(make_project(), **wrong).context["adminform"].form
    assert set(form.errors) == set(wrong)


def test_the_page_of_a_new_row_says_what_it_adds(mary: Operator) -> None:
    page = Desk(mary).browser.get(address(Operator, "add")).content.decode()
    assert "Add operator" in page.partition("<h1")[2].partition("</h1>")[0]
