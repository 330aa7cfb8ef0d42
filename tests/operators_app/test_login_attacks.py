"""A thousand tries to sign in: the guard holds, and keeps nobody out but who tries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db.models import F
from django.test import Client, RequestFactory

from operators_app.models import LoginOutcome, LoginRecord, Operator, User
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

TRIES = 1000
ATTACKER = "203.0.113.66"
SHOP = "10.0.0.7"
LOGIN = "/api/mobile/auth/login"


def login(username: str, password: str, address: str = SHOP, **headers: str) -> Any:
    """Try to sign in on a phone from this address."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    body = {"username": username, "password": password}
    phone = Client(REMOTE_ADDR=address, raise_request_exception=False, headers=sent)
    return phone.post(LOGIN, body, "application/json")


def admin_login(username: str, password: str, address: str = SHOP) -> Any:
    """Try to sign in at the admin from this address."""
    said = {"username": username, "password": password}
    return Client(REMOTE_ADDR=address).post("/admin/login/?next=/admin/", said)


def tries(pairs: Iterator[tuple[str, str]]) -> int:
    """Try a wrong password for each (name, address) as the sign-in does, short of its view."""
    count = 0
    for username, address in pairs:
        request = RequestFactory(REMOTE_ADDR=address).post(LOGIN)
        assert authenticate(request, username=username, password="guess") is None
        count += 1
    return count


def locked(response: Any) -> bool:
    """Tell whether a try was refused unheard; then it must say for how long."""
    if response.status_code != 429:
        return False
    assert response.json()["code"] == "too_many_attempts"
    assert 0 < int(response["Retry-After"]) <= settings.LOGIN_COOLOFF_MINUTES * 60
    return True


def test_a_thousand_names_from_one_address_lock_nobody_else_out(
    olga: Operator, mary: Operator
) -> None:
    assert tries((f"name-{n}", ATTACKER) for n in range(TRIES)) == TRIES
    assert login("olga", PASSWORD, ATTACKER).status_code == 200
    assert login("olga", PASSWORD).status_code == 200
    assert admin_login("mary", PASSWORD).status_code == 302
    assert login("name-1", "guess", ATTACKER).status_code == 401  # one of these names is not locked


def test_a_thousand_addresses_on_one_name_do_not_lock_its_owner_out(
    olga: Operator, otto: Operator
) -> None:
    assert tries(("olga", address) for address in addresses(TRIES)) == TRIES
    for _ in range(settings.LOGIN_FAILURE_LIMIT):
        assert login("olga", "guess", ATTACKER).status_code == 401
    assert locked(login("olga", PASSWORD, ATTACKER))
    assert login("olga", PASSWORD).status_code == 200
    assert login("otto", PASSWORD, ATTACKER).status_code == 200
    assert locked(login("olga", PASSWORD, ATTACKER))  # her own sign-in does not open it for others


def addresses(count: int) -> Iterator[str]:
    """Yield so many addresses."""
    return (f"198.18.{n // 250}.{n % 250 + 1}" for n in range(count))


def test_a_thousand_tries_of_one_pair_are_heard_five_times(
    olga: Operator, monkeypatch: Any
) -> None:
    hashed = count_hashing(monkeypatch)
    tries(("olga", ATTACKER) for _ in range(TRIES))
    assert len(hashed) == settings.LOGIN_FAILURE_LIMIT
    outcomes = Counter(LoginRecord.objects.values_list("outcome", flat=True))
    assert outcomes == {
        LoginOutcome.WRONG_PASSWORD: settings.LOGIN_FAILURE_LIMIT,
        LoginOutcome.LOCKED_OUT: 1,
    }
    assert AccessAttempt.objects.count() == 1
    assert not AccessLog.objects.exists()
    assert not AccessFailureLog.objects.exists()


@pytest.mark.parametrize("disguise", ["User-Agent", "Accept", "Referer", "X-Forwarded-For", "Via"])
def test_the_guard_is_not_evaded_by_another_header(olga: Operator, disguise: str) -> None:
    answers = []
    for n in range(settings.LOGIN_FAILURE_LIMIT + 2):
        sent = {disguise.replace("-", "_"): f"10.9.8.{n}"}
        answers.append(login("olga", "guess", ATTACKER, **sent).status_code)
    assert answers == [401] * settings.LOGIN_FAILURE_LIMIT + [429] * 2


@pytest.mark.parametrize("name", ["olga ", " olga", "\tolga\n"])
def test_the_guard_is_not_evaded_by_blanks_around_the_name(olga: Operator, name: str) -> None:
    for n in range(settings.LOGIN_FAILURE_LIMIT):
        assert login(name if n % 2 else "olga", "guess", ATTACKER).status_code == 401
    assert locked(login(name, PASSWORD, ATTACKER))
    assert locked(login("olga", PASSWORD, ATTACKER))


@pytest.mark.parametrize("name", ["Olga", "OLGA", "ｏlga", "olga\u200b", "оlga"])
def test_another_spelling_of_a_name_is_another_name(olga: Operator, name: str) -> None:
    assert login(name, PASSWORD).status_code == 401


def test_the_guard_is_not_evaded_within_one_network_of_the_newer_kind(olga: Operator) -> None:
    """Whoever has one IPv6 address has all of its /64."""
    for n in range(settings.LOGIN_FAILURE_LIMIT):
        assert login("olga", "guess", f"2001:db8:1:2::{n + 1:x}").status_code == 401
    assert locked(login("olga", PASSWORD, "2001:db8:1:2:ffff::1"))
    assert login("olga", PASSWORD, "2001:db8:1:3::1").status_code == 200
    for n in range(settings.LOGIN_FAILURE_LIMIT):
        mapped = f"::ffff:{ATTACKER}" if n % 2 else ATTACKER
        assert login("olga", "guess", mapped).status_code == 401
    assert locked(login("olga", PASSWORD, ATTACKER))
    assert locked(login("olga", PASSWORD, f"::ffff:{ATTACKER}"))


@pytest.mark.parametrize("junk", ["\xff\xfe", "x" * 8000])  # no server passes on a NUL
def test_a_failed_try_with_junk_in_its_headers_is_answered(olga: Operator, junk: str) -> None:
    names = ("User_Agent", "Accept", "Accept_Language", "Referer", "X_Forwarded_For", "Cookie")
    for _ in range(settings.LOGIN_FAILURE_LIMIT):
        response = login("olga", "guess", ATTACKER, **dict.fromkeys(names, junk))
        assert response.status_code == 401, response.content
    assert locked(login("olga", PASSWORD, ATTACKER, User_Agent=junk))


def test_old_tries_are_forgotten(olga: Operator) -> None:
    tries((f"name-{n}", ATTACKER) for n in range(20))
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - settings.AXES_COOLOFF_TIME)
    login("olga", "guess")
    assert AccessAttempt.objects.count() == 1


def count_hashing(monkeypatch: Any) -> list[str]:
    """Return a list that fills with the passwords that were hashed."""
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    return hashed


def test_an_unknown_name_takes_as_much_hashing_as_a_known_one(
    olga: Operator, monkeypatch: Any
) -> None:
    User.objects.filter(username="system").update(password="!none")
    User.objects.filter(username="olga").update(is_active=False)
    hashed = count_hashing(monkeypatch)
    for name in ("olga", "nobody", "system"):
        for channel in (login, admin_login):
            hashed.clear()
            channel(name, "guess", f"10.0.1.{len(name)}")
            assert len(hashed) == 1, (name, channel)
