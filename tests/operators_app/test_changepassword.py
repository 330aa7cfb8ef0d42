"""`manage.py changepassword`: Django's command, through the verb."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from operators_app.models import ActivityLog, Operator, PastPassword, User
from tests.factories import PASSWORD
from tests.phone import Phone

pytestmark = pytest.mark.django_db

NEW = "quite-another-7"


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let somebody sit at the console who types these words, one after the other."""

    def type_(*words: str) -> None:
        left = list(words)
        monkeypatch.setattr("getpass.getpass", lambda prompt: left.pop(0))

    return type_


def test_a_password_set_at_the_console_stands_in_the_log(
    olga: Operator, phone: Phone, typing: Any, capsys: Any
) -> None:
    typing(NEW, NEW)
    call_command("changepassword", "olga", "--temporary")
    assert "“olga” has a new password" in capsys.readouterr().out
    user = User.objects.get(username="olga")
    assert user.check_password(NEW)
    assert user.must_change_password
    assert PastPassword.objects.filter(user=user).count() == 1
    entry = ActivityLog.objects.latest("seq")
    assert (entry.verb, entry.target_id, entry.user.username) == ("set_password", user.pk, "system")
    assert NEW not in str([entry.before, entry.after, entry.result])
    assert phone.get("operators/me").status_code == 401


def test_it_asks_again_for_what_differs_or_is_too_easy_and_gives_up(
    olga: Operator, typing: Any, capsys: Any
) -> None:
    typing(NEW, "otherwise", PASSWORD, PASSWORD, "12345678", "12345678")
    with pytest.raises(CommandError, match="stays as it was"):
        call_command("changepassword", "olga")
    told = capsys.readouterr().err
    for sentence in ("not the same", "used this password lately", "entirely numeric"):
        assert sentence in told
    assert User.objects.get(username="olga").check_password(PASSWORD)
    typing("otherwise", NEW, NEW, NEW)
    call_command("changepassword", "olga")
    assert not User.objects.get(username="olga").must_change_password


@pytest.mark.parametrize(
    ("name", "sentence"), [("nobody", "There is no account"), ("system", "Nobody signs in as")]
)
def test_an_account_without_a_password_gets_none(
    name: str, sentence: str, olga: Operator, typing: Any
) -> None:
    typing(NEW, NEW)
    with pytest.raises(CommandError, match=sentence):
        call_command("changepassword", name)
