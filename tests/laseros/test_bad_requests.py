"""Bad addresses, methods, headers and times, and faults of our own: the envelope all the same."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any
from unittest.mock import Mock

import jwt
import pytest
from django.conf import settings as django_settings
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from operators_app.models import Flag, Operator
from queue_app import queries
from queue_app.models import LaserRun
from tests.laseros.endpoints import (
    METHODS,
    READS,
    SPECS,
    VERBS,
    Shop,
    api_views,
    body_of,
    call,
    refused,
    send,
    spliced,
    told,
)
from tests.phone import Phone

pytestmark = pytest.mark.django_db

WITH_ID = sorted(name for name, spec in SPECS.items() if "{" in spec.path)
HUGE = ("9999999", "0", str(2**31), str(2**63), str(10**30), "9" * 5000)

# --- Addresses and methods -----------------------------------------------------------------------


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize("name", WITH_ID)
def test_an_unknown_id_is_not_found(name: str, shop: Shop, olga: Operator, mary: Operator) -> None:
    phone = Phone.of(mary)
    raw = json.dumps(body_of(name, shop))
    path = SPECS[name].path
    for pk in (*HUGE, "-1", "abc", "1.5", "%00", "１", "1%0A"):
        address = path[: path.index("{")] + pk + path[path.index("}") + 1 :]
        body = None if name.startswith("GET") else raw
        refused(phone.request(name.split()[0], address, body), 404, "not_found")


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize(
    ("name", "field", "code"),
    [
        ("POST queue", "project_id", "not_found"),
        ("POST start", "operator_id", "operator_not_found"),
        ("POST start", "preset_id", "preset_not_found"),
        ("POST complete", "operator_id", "operator_not_found"),
        ("POST complete", "preset_id", "preset_not_found"),
        ("PATCH project", "preset_id", "preset_not_found"),
    ],
)
def test_an_unknown_id_in_a_body_is_not_found(
    name: str, field: str, code: str, shop: Shop, boss_phone: Phone
) -> None:
    for pk in ("9999999", str(2**31), str(2**63 - 1)):
        raw = spliced(body_of(name, shop), field, pk)
        refused(send(boss_phone, name, shop, raw), 404, code)


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize("view", sorted(api_views()))
def test_a_method_that_an_address_does_not_take_is_refused(
    view: str, shop: Shop, phone: Phone
) -> None:
    taken = {method for method in METHODS if f"{method} {view}" in SPECS}
    spec = next(spec for name, spec in SPECS.items() if name.split()[1] == view)
    for method in {*METHODS, "OPTIONS", "TRACE", "CONNECT", "FOO"} - taken:
        response = phone.request(method, shop.path(spec), "{}")
        refused(response, 405, "method_not_allowed")
        allowed = set(response.headers["Allow"].replace(" ", "").split(","))
        assert allowed - {"HEAD", "OPTIONS"} == taken


@pytest.mark.parametrize(
    "path",
    [
        "/api", "/api/", "/api/nothing", "/api/mobile", "/api/mobile/", "/api/mobile/nothing",
        "/api/mobile/queue/", "/api/mobile/queue/1/", "/api/mobile/queue/1/start/",
        "/api/mobile/queue/1/explode", "/api/schema/", "/api/docs/x", "/api/v2/queue",
        "/api/%00", "/api/%0A", "/api/%ff", "/api//mobile/queue", "/api/../admin",
        "/api/" + "x" * 5000,
    ],
)  # fmt: skip
def test_an_unknown_address_is_not_found_with_any_method(
    path: str, phone: Phone, settings: Any
) -> None:
    for settings.DEBUG, one in ((False, phone), (True, Phone())):
        for method in (*METHODS, "OPTIONS", "TRACE", "FOO"):
            refused(one.request(method, path), 404, "not_found")
        assert one.request("HEAD", path).status_code == 404


# --- Headers -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize("name", sorted(VERBS))
def test_an_idempotency_key_that_is_no_uuid_is_refused(
    name: str, shop: Shop, boss_phone: Phone
) -> None:
    raw = json.dumps(body_of(name, shop))
    for key in ("", "abc", "1" * 31, "1" * 33, "g" * 32, "\x00", "\xff" * 32, "x" * 5000,
                "1234_5678_1234_5678_1234_5678_12"):  # fmt: skip
        answer = refused(send(boss_phone, name, shop, raw, Idempotency_Key=key), 400, "invalid")
        assert list(answer["errors"]) == ["Idempotency-Key"]


def signed(key: str, algorithm: str = "HS256", **claims: Any) -> str:
    """Return a token of one's own making."""
    now = timezone.now()
    payload = {
        "type": "access", "exp": now + dt.timedelta(hours=1), "iat": now, "jti": "1",
        "sid": str(uuid.uuid4()), **claims,
    }  # fmt: skip
    return jwt.encode(payload, key, algorithm)


def test_a_malformed_authorization_is_refused(shop: Shop, phone: Phone) -> None:
    for header in ("Bearer", "Bearer ", "Bearer  ", phone.token, f"Basic {phone.token}",
                   f"Bearer {phone.token} {phone.token}", f"Bearer  {phone.token}",
                   f"Token {phone.token}", " ", "\x00", "\xff"):  # fmt: skip
        refused(phone.get("queue", Authorization=header), 401)
    refused(Phone().get("queue"), 401, "token_missing")
    refused(Phone().get("queue", Authorization=""), 401, "token_missing")
    assert phone.get("queue", Authorization=f"bearer {phone.token}").status_code == 200


def test_a_token_that_is_not_ours_is_refused(shop: Shop, phone: Phone) -> None:
    ours = django_settings.SIMPLE_JWT["SIGNING_KEY"]
    head, claims, signature = phone.token.split(".")
    past = timezone.now() - dt.timedelta(seconds=1)
    tokens = {
        "garbage": "token_invalid",
        "a.b.c": "token_invalid",
        "\x00": "token_invalid",
        "\xff" * 50: "token_invalid",
        "x" * 20000: "token_invalid",
        f"{head}.{claims}.": "token_invalid",
        f"{head}.{claims}.{signature[::-1]}": "token_invalid",
        signed("", "none"): "token_invalid",
        signed("another key, but one that is long enough"): "token_invalid",
        signed(ours, "HS512"): "token_invalid",
        signed(ours, exp=past): "token_expired",
        signed(ours, type="refresh"): "token_wrong_type",
        signed(ours, type=None): "token_wrong_type",
        shop.refresh_token: "token_wrong_type",
        signed(ours): "session_ended",
        signed(ours, sid=None): "token_invalid",
        signed(ours, sid=5): "token_invalid",
        signed(ours, sid=["x"]): "token_invalid",
        signed(ours, sid="\x00"): "token_invalid",
    }
    for token, code in tokens.items():
        refused(Phone(token).get("queue"), 401, code)
    refused(Phone().post("auth/refresh", {"refresh_token": phone.token}), 401, "token_wrong_type")
    for token in ("garbage", "a.b.c", "é" * 50, signed("", "none"), signed(ours, type=["refresh"])):
        refused(Phone().post("auth/refresh", {"refresh_token": token}), 401)


@pytest.mark.parametrize("junk", ["\x00", "\xff\xfe", "x" * 8000, "http://[", '"', "W/", ",;=,"])
def test_junk_in_all_other_headers_does_no_harm(junk: str, shop: Shop, phone: Phone) -> None:
    names = ("User-Agent", "X-Forwarded-For", "Accept-Language", "If-None-Match", "Origin",
             "Referer", "Cookie", "If-Modified-Since", "Range", "X-Requested-With",
             "X-HTTP-Method-Override", "Access-Control-Request-Headers")  # fmt: skip
    for name in ("GET queue", "PATCH queue-item", "POST login"):
        response = call(phone, name, shop, **dict.fromkeys(names, junk))
        assert response.status_code == 200, response.content


def test_the_answer_is_json_whatever_is_accepted(shop: Shop, phone: Phone) -> None:
    for name in ("GET queue", "PATCH queue-item", "POST login"):
        for accept in ("text/html", "application/xml", "nonsense", "\x00", "*/*"):
            response = call(phone, name, shop, Accept=accept)
            assert response.status_code == 200
            assert response["Content-Type"] == "application/json"
    assert phone.get("queue?format=xml").status_code == 200


# --- Facts whose time cannot be true -------------------------------------------------------------

YEAR_2999 = "2999-01-01T00:00:00Z"


def test_a_completion_in_the_year_2999_is_kept_and_flagged(shop: Shop, phone: Phone) -> None:
    body = {**body_of("POST complete", shop), "performed_at": YEAR_2999}
    response = send(phone, "POST complete", shop, json.dumps(body))
    assert response.status_code == 200, response.content
    assert Flag.objects.get().entry.flagged == ["performed_in_the_future"]
    assert Flag.objects.get().entry.performed_at.year == 2999
    assert LaserRun.objects.get().run_date <= timezone.now()


@pytest.mark.parametrize("name", ["POST start", "POST pause"])
def test_a_request_of_the_year_2999_is_granted_and_flagged(
    name: str, shop: Shop, phone: Phone
) -> None:
    body = {**body_of(name, shop), "performed_at": YEAR_2999}
    assert send(phone, name, shop, json.dumps(body)).status_code == 200
    entry = Flag.objects.get().entry
    assert entry.flagged == ["performed_in_the_future"]
    assert entry.effective_at <= timezone.now()


@pytest.mark.parametrize("moment", ["0001-01-05T00:00:00+05:00", "1970-01-01T00:00:00Z"])
def test_a_fact_of_long_ago_is_kept_and_flagged(moment: str, shop: Shop, phone: Phone) -> None:
    body = {**body_of("POST complete", shop), "performed_at": moment}
    assert send(phone, "POST complete", shop, json.dumps(body)).status_code == 200
    assert Flag.objects.get().entry.flagged == ["performed_before_previous_entry"]
    again = {**body, "performed_at": "0001-01-03T01:00:00Z"}
    assert send(phone, "POST complete", shop, json.dumps(again)).status_code == 200
    assert phone.get("operators/me/stats").status_code == 200
    assert phone.get("queue?status=all").status_code == 200


# --- The order of judgement ----------------------------------------------------------------------


@pytest.mark.usefixtures("nothing_written")
def test_who_you_are_is_asked_before_what_you_sent(shop: Shop) -> None:
    for name in sorted(VERBS):
        refused(send(Phone(), name, shop, "not json", Idempotency_Key="abc"), 401)
    refused(Phone().get("queue?limit=abc"), 401)


@pytest.mark.usefixtures("nothing_written")
def test_the_shape_is_judged_before_the_right(shop: Shop, otto: Operator) -> None:
    phone = Phone.of(otto)
    foreign = body_of("POST start", shop)
    too_long = json.dumps({**foreign, "notes": "x" * 501})
    refused(send(phone, "POST start", shop, too_long), 400)
    refused(send(phone, "POST start", shop, json.dumps(foreign), Idempotency_Key="abc"), 400)
    refused(send(phone, "DELETE queue-item", shop, "not json"), 400)


def test_the_right_is_judged_before_the_replay_and_the_row(shop: Shop, otto: Operator) -> None:
    phone, key = Phone.of(otto), uuid.uuid4()
    assert phone.post(f"queue/{shop.running.pk}/pause", {"reason": "Lunch"}, key).status_code == 200
    refused(phone.post(f"queue/{shop.waiting.pk}/start", body_of("POST start", shop), key), 403)
    refused(phone.post("queue/9999999/start", body_of("POST start", shop)), 403)
    refused(phone.delete("queue/9999999"), 403)


def test_the_replay_is_judged_before_the_row_and_the_rule(shop: Shop, phone: Phone) -> None:
    key, body = uuid.uuid4(), body_of("POST start", shop)
    path = f"queue/{shop.waiting.pk}/start"
    first = phone.post(path, body, key)
    assert first.status_code == 200
    again = phone.post(path, body, key)
    assert (again.status_code, told(again)) == (200, told(first))
    refused(phone.post("queue/9999999/start", body, key), 422, "idempotency_key_reused")
    refused(phone.post(path, {**body, "notes": "Other"}, key), 422)
    refused(phone.post(path, {**body, "notes": "x" * 501}, key), 400)


def test_the_row_is_judged_before_the_rule(shop: Shop, phone: Phone) -> None:
    body = body_of("POST start", shop)
    running = f"queue/{shop.running.pk}/start"
    refused(phone.post(running, {**body, "preset_id": 9999999}), 404, "preset_not_found")
    refused(phone.post(running, body), 409, "already_running")


@pytest.mark.parametrize("name", sorted(VERBS))
def test_every_change_is_refused_to_whoever_saw_an_older_version(
    name: str, shop: Shop, boss_phone: Phone
) -> None:
    body = {**body_of(name, shop), "updated_at": "2020-01-01T00:00:00Z"}
    answer = refused(send(boss_phone, name, shop, json.dumps(body)), 409, "conflict")
    assert answer["current_data"]["id"]


# --- What is nobody's fault but ours -------------------------------------------------------------


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("name", ["GET queue", "GET queue-item", "PATCH queue-item", "POST login"])
def test_a_bug_is_answered_in_the_envelope(
    name: str, debug: bool, shop: Shop, phone: Phone, settings: Any, monkeypatch: Any
) -> None:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise ValueError("secret detail")

    settings.DEBUG = debug
    for target in (
        "queue_app.views.queue_rows",
        "queue_app.views.queue_row",
        "queue_app.views.verbs.update_item",
        "operators_app.views.authenticate",
    ):
        monkeypatch.setattr(target, broken)
    for accept in ("application/json", "text/html,*/*;q=0.8"):
        response = call(phone, name, shop, Accept=accept)
        refused(response, 500, "server_error")
        assert b"secret detail" not in response.content


@pytest.mark.parametrize("name", sorted(READS - {"GET file-download"} | VERBS | {"POST login"}))
def test_a_database_that_does_not_answer_is_told(
    name: str, shop: Shop, phone: Phone, monkeypatch: Any
) -> None:
    def away(*args: Any, **kwargs: Any) -> Any:
        raise OperationalError("the server closed the connection at 10.0.0.7")

    monkeypatch.setattr("operators_app.authentication.SESSION", Mock(rows=away))
    monkeypatch.setattr("operators_app.views.authenticate", away)
    response = call(phone, name, shop)
    refused(response, 503, "unavailable")
    assert int(response.headers["Retry-After"]) > 0
    assert b"10.0.0.7" not in response.content


def test_a_database_that_goes_away_in_the_middle_is_told(phone: Phone, monkeypatch: Any) -> None:
    def away(*args: Any, **kwargs: Any) -> Any:
        raise OperationalError("gone")

    monkeypatch.setattr(queries, "PAGE", Mock(rows=away))
    response = phone.get("queue")
    refused(response, 503, "unavailable")
    assert response.headers["Retry-After"]


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("host", ["evil.example", "a b", "[", "\x00", "localhost:abc"])
def test_a_wrong_host_is_answered_in_the_envelope(
    host: str, debug: bool, phone: Phone, settings: Any
) -> None:
    settings.DEBUG, settings.ALLOWED_HOSTS = debug, ["testserver"]
    for path in ("queue", "/api/schema", "/api/nothing"):
        refused(phone.get(path, Host=host), 400, "bad_request")


def test_a_page_of_the_browser_is_still_html(client: Client) -> None:
    response = client.get("/nothing-here")
    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")
