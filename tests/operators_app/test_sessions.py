"""Signing in and out, throttling, the login history, and when a sign-in ends."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import jwt
import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import Group
from django.test import Client, RequestFactory
from django.utils import timezone, translation

from laseros.errors import NotAllowed
from operators_app.models import LoginRecord, Operator, Role, Session, User
from operators_app.verbs import run_verb, sessions
from tests.conftest import actor
from tests.factories import PASSWORD, make_person, make_user
from tests.phone import Phone

pytestmark = pytest.mark.django_db


def login(username: str, password: str = PASSWORD, **headers: str) -> Any:
    """Try to sign in on the phone."""
    return Phone().post("auth/login", {"username": username, "password": password}, **headers)


def told(response: Any) -> tuple[int, str]:
    """Return status and sentence of a refusal in the envelope."""
    body = json.loads(response.content)
    assert body["success"] is False
    assert body["code"]
    return response.status_code, body["error"]


def admin_login(username: str, password: str) -> Any:
    """Try to sign in at the admin."""
    address = "/admin/login/?next=/admin/"
    return Client().post(address, {"username": username, "password": password})


def test_wrong_name_or_password_is_401(olga: Operator) -> None:
    assert told(login("olga", "wrong")) == (401, "Invalid credentials")
    assert told(login("nobody", "wrong")) == (401, "Invalid credentials")


def test_an_inactive_account_is_told_only_to_whoever_knows_the_password(olga: Operator) -> None:
    User.objects.filter(username="olga").update(is_active=False)
    assert told(login("olga", "wrong")) == (401, "Invalid credentials")
    assert told(login("olga")) == (401, "Account is inactive")


def test_an_inactive_operator_is_401(olga: Operator) -> None:
    Operator.objects.update(is_active=False)
    assert told(login("olga")) == (401, "Account is inactive")


def test_a_viewer_or_somebody_without_role_is_403(victor: User) -> None:
    make_person("norma", None)
    assert told(login("victor")) == (403, "Insufficient permissions")
    assert told(login("norma")) == (403, "Insufficient permissions")


def test_a_manager_without_profile_is_404(db: None) -> None:
    make_user("max", Role.MANAGER)
    assert told(login("max")) == (404, "No operator profile found")


def test_name_and_password_are_required(db: None) -> None:
    response = Phone().post("auth/login", {})
    assert told(response) == (400, "Username and password required")
    assert set(json.loads(response.content)["errors"]) == {"username", "password"}


def test_the_tokens_carry_what_the_contract_says(olga: Operator) -> None:
    body = json.loads(login("olga").content)
    claims = {
        kind: jwt.decode(body[f"{kind}_token"], django_settings.SECRET_KEY, ["HS256"])
        for kind in ("access", "refresh")
    }
    for kind, lifetime in (("access", 3600), ("refresh", 7 * 86400)):
        assert claims[kind]["type"] == kind
        assert claims[kind]["operator_id"] == olga.pk
        assert claims[kind]["role"] == "operator"
        assert claims[kind]["exp"] - claims[kind]["iat"] == lifetime
    assert claims["access"]["sid"] == claims["refresh"]["sid"] == str(Session.objects.get().pk)


def test_a_refresh_token_stays_valid_and_keeps_the_session(olga: Operator) -> None:
    refresh = json.loads(login("olga").content)["refresh_token"]
    for _ in range(2):
        response = Phone().post("auth/refresh", {"refresh_token": refresh})
        access = json.loads(response.content)["access_token"]
        assert Phone(access).get("queue").status_code == 200
    assert Session.objects.count() == 1


def test_one_kind_of_token_does_not_pass_for_the_other(olga: Operator) -> None:
    body = json.loads(login("olga").content)
    assert told(Phone(body["refresh_token"]).get("queue")) == (401, "Invalid token type")
    response = Phone().post("auth/refresh", {"refresh_token": body["access_token"]})
    assert told(response) == (401, "Invalid token type")


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_expired_forged_and_unsigned_tokens_are_401(olga: Operator, kind: str) -> None:
    body = json.loads(login("olga").content)
    good = jwt.decode(body[f"{kind}_token"], options={"verify_signature": False})
    expired = {**good, "exp": int((timezone.now() - dt.timedelta(seconds=5)).timestamp())}
    key = django_settings.SECRET_KEY
    tokens = {
        "expired": jwt.encode(expired, key, "HS256"),
        "another key": jwt.encode(good, "another key " * 4, "HS256"),
        "none": jwt.encode(good, None, "none"),
        "another algorithm": jwt.encode(good, key, "HS384"),
        "no session": jwt.encode({k: v for k, v in good.items() if k != "sid"}, key, "HS256"),
        "garbage": "garbage",
    }
    for name, token in tokens.items():
        if kind == "access":
            response = Phone(token).get("queue")
        else:
            response = Phone().post("auth/refresh", {"refresh_token": token})
        status, sentence = told(response)
        assert status == 401, name
        assert ("expired" in sentence) == (name == "expired"), name


def test_logout_ends_both_tokens(olga: Operator) -> None:
    body = json.loads(login("olga").content)
    signed_in = Phone(body["access_token"])
    assert signed_in.post("auth/logout").status_code == 200
    assert signed_in.get("queue").status_code == 401
    response = Phone().post("auth/refresh", {"refresh_token": body["refresh_token"]})
    assert response.status_code == 401


def test_another_session_of_the_same_person_goes_on(olga: Operator) -> None:
    one, other = Phone.of(olga), Phone.of(olga)
    one.post("auth/logout")
    assert one.get("queue").status_code == 401
    assert other.get("queue").status_code == 200


@pytest.mark.parametrize("event", ["deactivated", "operator off", "password", "viewer", "no role"])
def test_what_ends_a_sign_in_takes_effect_at_the_next_request(
    olga: Operator, phone: Phone, event: str
) -> None:
    assert phone.get("queue").status_code == 200
    user = User.objects.get(username="olga")
    if event == "deactivated":
        User.objects.filter(pk=user.pk).update(is_active=False)
    elif event == "operator off":
        Operator.objects.update(is_active=False)
    elif event == "password":
        user.set_password("another-password")
        user.save()
    else:
        user.groups.set([Group.objects.get(name="viewer")] if event == "viewer" else [])
    refused = 403 if event in {"viewer", "no role"} else 401
    assert phone.get("queue").status_code == refused


def test_a_new_role_counts_at_the_next_request(olga: Operator, phone: Phone) -> None:
    assert phone.delete("queue/1").status_code == 403
    User.objects.get(username="olga").groups.set([Group.objects.get(name="manager")])
    assert phone.delete("queue/1").status_code == 404


def test_five_failures_lock_this_name_for_this_address(olga: Operator, otto: Operator) -> None:
    for _ in range(5):
        assert login("olga", "wrong").status_code == 401
    locked = login("olga")  # with the right password
    status, sentence = told(locked)
    assert status == 429
    assert "wait" in sentence
    assert 0 < int(locked["Retry-After"]) <= 15 * 60
    assert login("otto").status_code == 200
    elsewhere = Client(REMOTE_ADDR="10.1.2.3", raise_request_exception=False)
    response = elsewhere.post(
        "/api/mobile/auth/login", {"username": "olga", "password": PASSWORD}, "application/json"
    )
    assert response.status_code == 200


def test_the_lock_opens_after_the_cool_down(olga: Operator, settings: Any) -> None:
    for _ in range(5):
        login("olga", "wrong")
    assert login("olga").status_code == 429
    settings.AXES_COOLOFF_TIME = dt.timedelta(0)
    assert login("olga").status_code == 200


def test_admin_and_api_share_the_lock(mary: Operator) -> None:
    for _ in range(3):
        assert login("mary", "wrong").status_code == 401
    for _ in range(2):
        assert admin_login("mary", "wrong").status_code == 200  # the form again, with its error
    assert login("mary").status_code == 429
    locked = admin_login("mary", PASSWORD)
    assert locked.status_code == 429
    assert int(locked["Retry-After"]) > 0
    assert b"Too many failed sign-ins" in locked.content


def test_malformed_bodies_and_successes_do_not_count(olga: Operator) -> None:
    for _ in range(8):
        Phone().post("auth/login", {"username": "olga"})
        Phone().post("auth/login", {"username": "olga", "password": ["x"]})
        assert login("olga").status_code == 200
    for _ in range(4):
        login("olga", "wrong")
    assert login("olga").status_code == 200


def test_every_try_stands_in_the_login_history(
    olga: Operator, mary: Operator, victor: User
) -> None:
    login("olga", User_Agent="Phone 7")
    login("olga", "wrong")
    login("victor")
    for _ in range(5):
        login("nobody", "wrong")
    login("nobody", "wrong")
    admin_login("mary", PASSWORD)
    rows = LoginRecord.objects.order_by("id").values_list("username", "outcome", "channel")
    assert list(rows) == [
        ("olga", "success", "api"),
        ("olga", "wrong_password", "api"),
        ("victor", "not_permitted", "api"),
        *[("nobody", "wrong_password", "api")] * 5,
        ("nobody", "locked_out", "api"),
        ("mary", "success", "admin"),
    ]
    first = LoginRecord.objects.order_by("id").first()
    assert first is not None
    assert (first.ip_address, first.user_agent) == ("127.0.0.1", "Phone 7")
    assert first.user == olga.user


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "6.6.6.6", "127.0.0.1"),
        (1, "6.6.6.6, 10.0.0.9", "10.0.0.9"),
        (2, "6.6.6.6, 10.0.0.9", "6.6.6.6"),
        (2, "10.0.0.9", "127.0.0.1"),
        (1, "not an address", None),
    ],
)
def test_the_address_behind_proxies_is_the_one_the_last_trusted_proxy_saw(
    olga: Operator, settings: Any, proxies: int, forwarded: str, address: str | None
) -> None:
    settings.PROXY_COUNT = proxies
    login("olga", X_Forwarded_For=forwarded)
    assert LoginRecord.objects.get().ip_address == address


def test_no_secret_is_told_by_a_session_or_the_history(olga: Operator) -> None:
    body = login("olga").content.decode()
    assert PASSWORD not in body
    assert not re.search(r"md5\$|pbkdf2", body)


def test_the_right_to_end_a_session_is_judged_under_the_lock(
    mary: Operator, olga: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has just been made a manager is no operator any more."""
    assert olga.user is not None
    session = sessions.begin_session(olga.user, RequestFactory().get("/"))

    def promoted_first(*args: Any, **kwargs: Any) -> Any:
        assert olga.user is not None
        olga.user.groups.set(Group.objects.filter(name="manager"))
        return run_verb(*args, **kwargs)

    monkeypatch.setattr("operators_app.verbs.sessions.run_verb", promoted_first)
    with pytest.raises(NotAllowed):
        sessions.revoke_session(session.pk, by=actor(mary))
    session.refresh_from_db()
    assert session.ended_at is None


def test_a_session_is_named_with_the_readers_way_of_writing_days(olga: Operator) -> None:
    assert olga.user is not None
    began = dt.datetime(2025, 12, 6, 6, 5, tzinfo=timezone.get_current_timezone())
    session = Session(user=olga.user, created_at=began)
    assert str(session).endswith("6 Dec 2025, 06:05")
    with translation.override("de"):
        assert "06.12.2025, 06:05" in str(session)
