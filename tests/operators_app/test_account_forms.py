"""Accounts in the back office: made with a password that is proposed, called one word each."""

from __future__ import annotations

import re

import pytest
from axes.models import AccessAttempt
from django.contrib import admin

from operators_app.models import ActivityLog, LoginRecord, Operator, Session, User
from tests.desk import Desk, address, values
from tests.factories import PASSWORD


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
