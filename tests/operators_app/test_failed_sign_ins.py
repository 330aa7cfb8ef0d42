"""The list of failed sign-ins: who is locked until when, and unlocking."""

from __future__ import annotations

from typing import Any

import pytest
from axes.models import AccessAttempt
from django.utils.formats import date_format
from django.utils.timezone import localtime

from operators_app.models import Operator
from tests.desk import Desk, address, said

pytestmark = pytest.mark.django_db


def test_failed_sign_ins_tell_who_is_locked_until_when_and_are_unlocked_together(
    mary: Operator, ada: Operator, settings: Any
) -> None:
    told = {"ip_address": "10.0.0.1", "path_info": "/"}
    nearly = settings.AXES_FAILURE_LIMIT - 1
    for agent in "ab":  # two browsers of one person
        AccessAttempt.objects.create(
            username="mary", user_agent=agent, failures_since_start=nearly, **told
        )
    AccessAttempt.objects.create(username="otto", user_agent="a", failures_since_start=1, **told)
    last = AccessAttempt.objects.filter(username="mary").latest("attempt_time").attempt_time
    until = date_format(localtime(last + settings.AXES_COOLOFF_TIME), "DATETIME_FORMAT")
    page = Desk(ada).browser.get(address(AccessAttempt, "changelist")).content.decode()
    assert page.count(until) == 2
    assert page.count("not locked") == 1
    for words in ("Failed sign-ins", "People"):
        assert words in page
    one = AccessAttempt.objects.filter(username="mary")[0]
    shown = Desk(ada).open(one).content.decode()
    assert "mary from 10.0.0.1" in shown
    for words in ("Attempted Access", "Axes", "ccess attempt", "Delete"):
        assert words not in page + shown
    assert "Unlock" not in Desk(mary).open(one).content.decode()
    Desk(mary).dialog(one, "unlock")
    assert AccessAttempt.objects.count() == 3
    Desk(ada).dialog(one, "unlock")
    assert [left.username for left in AccessAttempt.objects.all()] == ["otto"]


def test_all_browsers_of_a_locked_person_are_unlocked_in_one_go(ada: Operator) -> None:
    told = {"username": "mary", "ip_address": "10.0.0.1", "path_info": "/"}
    rows = [AccessAttempt.objects.create(user_agent=agent, failures_since_start=9, **told)
            for agent in "ab"]  # fmt: skip
    answer = said(Desk(ada).act(AccessAttempt, "unlock_chosen", *rows))
    assert "1 of 2" not in answer
    assert "There is no" not in answer
    assert not AccessAttempt.objects.exists()
