"""Bad input at every endpoint: an exact status and the envelope, never a 500, never HTML."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from django.conf import settings as django_settings
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from rest_framework import serializers

from laseros import wsgi
from operators_app.fields import CountField, IdField
from operators_app.models import ActivityLog, Flag, LogHead, Operator
from presets_app.fields import MaterialField
from queue_app import queries
from queue_app.models import LaserRun
from tests.factories import make_project
from tests.laseros.endpoints import (
    METHODS,
    READS,
    SPECS,
    VERBS,
    Shop,
    api_views,
    call,
    described,
    fields_of,
    refused,
    told,
)
from tests.phone import Phone

pytestmark = pytest.mark.django_db

WITH_BODY = sorted(VERBS | {"POST login", "POST refresh"})
WITH_ID = sorted(name for name, spec in SPECS.items() if "{" in spec.path)
WITH_QUERY = sorted(name for name in READS if (one := described(name)) and one.query)
HUGE = ("9999999", "0", str(2**31), str(2**63), str(10**30), "9" * 5000)
MEGABYTE = 1024 * 1024


@pytest.fixture
def shop(olga: Operator) -> Shop:
    """The rows that requests name."""
    return Shop.of(olga)


@pytest.fixture
def nothing_written(shop: Shop) -> Iterator[None]:
    """Fail the test where it left an entry in the log."""
    before = LogHead.objects.get().seq, ActivityLog.objects.count()
    yield
    assert (LogHead.objects.get().seq, ActivityLog.objects.count()) == before


def body_of(name: str, shop: Shop) -> dict[str, Any]:
    """Return the body that would be answered 200."""
    body = SPECS[name].body
    return body(shop) if body else {}


def send(phone: Phone, name: str, shop: Shop, raw: bytes | str, **headers: str) -> Any:
    """Send a raw body to an endpoint."""
    return phone.request(name.split()[0], shop.path(SPECS[name]), raw, **headers)


def spliced(body: dict[str, Any], field: str, raw: str) -> str:
    """Return the body as JSON with one value written as given, for what json cannot write."""
    rest = json.dumps({key: value for key, value in body.items() if key != field})
    return rest[:-1] + (", " if len(rest) > 2 else "") + f'"{field}": {raw}}}'


def nested(levels: int) -> str:
    """Return lists in one another."""
    return "[" * levels + "]" * levels


# --- Bodies --------------------------------------------------------------------------------------

NO_OBJECTS: list[str | bytes] = [
    "{", "not json", "[1]", '"text"', "7", "null", "true", "[]", "\ufeff{}", b"\xff\xfe{}",
    b"\x00", "{'a': 1}", '{"a": 1,}', '{"a": 1} {}', "[" * 5000, '{"a":' * 5000, nested(5000),
    f'{{"unknown": {nested(30)}}}', f'{{"unknown": {nested(5000)}}}', '{"unknown": NaN}',
    '{"unknown": Infinity}', '{"unknown": -Infinity}', '{"unknown": ' + "9" * 5000 + "}",
    r'{"unknown": "\ud800"}', r'{"unknown": ["\udc00\ud800"]}', r'{"\ud800": 1}',
    b'{"unknown": "\xed\xa0\x80"}', '{"unknown": "\0"}',
]  # fmt: skip


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize("name", WITH_BODY)
def test_a_body_that_is_no_json_object_is_refused(name: str, shop: Shop, boss_phone: Phone) -> None:
    for raw in NO_OBJECTS:
        refused(send(boss_phone, name, shop, raw), 400, "bad_request")


# What each type of field refuses, written as JSON.
WHOLE = ['"abc"', '""', "1.5", "true", "[]", "[1]", "{}", "-1", "-9223372036854775808",
         "9223372036854775808", "1" + "0" * 30, "1e400", "-1e400", '"NaN"', r'"\u0000"',
         r'"1\u0000"', '"' + "1" * 2000 + '"']  # fmt: skip
TEXT = ["true", "[]", "{}", "5", "1e400", r'"a\u0000b"', r'"\ud800"']
BAD: list[tuple[type[serializers.Field[Any, Any, Any, Any]], list[str]]] = [
    (IdField, [*WHOLE, "0"]),
    (CountField, [*WHOLE, "2147483648"]),
    (
        serializers.DecimalField,
        ['"abc"', '""', "true", "[]", "{}", "-1", "0", "10000", "3.001", "1e400", "-1e400",
         "1e-30", '"NaN"', '"sNaN"', '"Infinity"', '"1e999999999"', '"1e-999999999"',
         r'"\u0000"', '"' + "1" * 2000 + '"'],
    ),
    (
        serializers.ChoiceField,
        ['"urgent"', '""', "5", "true", "null", "[]", "{}", "1e400", r'"\u0000"', r'"\ud800"'],
    ),
    (
        serializers.DateTimeField,
        ['"yesterday"', '""', "5", "1e400", "true", "[]", "{}", '"2025-13-01T00:00:00Z"',
         '"2025-10-27T25:00:00Z"', '"2025-10-27T08:15:00"', '"2025-10-27"',
         '"0001-01-01T00:00:00+05:00"', '"0001-01-01T00:00:00Z"',
         '"9999-12-31T23:59:59-05:00"', '"9999-12-31T23:59:59Z"', '"0000-01-01T00:00:00Z"',
         '"12025-10-27T08:15:00Z"', '"2025-10-27T08:15:00+99:00"', r'"\u0000"', r'"\ud800"'],
    ),
    (
        serializers.DateField,
        ['"tomorrow"', '""', "5", "1e400", "true", "[]", "{}", '"2025-13-01"', '"2025-02-30"',
         '"0000-01-01"', '"10000-01-01"', '"2025-10-27T00:00:00Z"', r'"\u0000"', r'"\ud800"'],
    ),
    (MaterialField, [*TEXT, '"unobtainium"', '""', '"' + "x" * 61 + '"']),
    (serializers.CharField, TEXT),
]  # fmt: skip


def bad_values(field: serializers.Field[Any, Any, Any, Any]) -> list[str]:
    """Return, as JSON, what a field must refuse."""
    values = next(values for kind, values in BAD if isinstance(field, kind))
    longest = getattr(field, "max_length", None)
    more = [f'"{"x" * (longest + 1)}"'] if longest else []
    if isinstance(field, serializers.CharField) and not field.allow_blank:
        more += ['""', '"   "'] if field.trim_whitespace else ['""']
    if isinstance(field, serializers.DecimalField) and field.allow_null:
        values = [value for value in values if value != '""']  # taken for null
    return [*values, *more, *([] if field.allow_null else ["null"])]


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize("name", WITH_BODY)
def test_every_field_refuses_what_it_cannot_hold(name: str, shop: Shop, boss_phone: Phone) -> None:
    endpoint = described(name)
    assert endpoint is not None
    body = body_of(name, shop)
    fields = fields_of(endpoint.body)
    assert fields
    for field_name, field in fields.items():
        for raw in bad_values(field):
            answer = refused(send(boss_phone, name, shop, spliced(body, field_name, raw)), 400)
            if r"\ud800" not in raw:  # no Unicode at all: refused with the whole body
                assert list(answer["errors"]) == [field_name], (raw, answer)
        if field.required:
            left = {key: value for key, value in body.items() if key != field_name}
            answer = refused(send(boss_phone, name, shop, json.dumps(left)), 400, "invalid")
            assert list(answer["errors"]) == [field_name]


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize("name", WITH_BODY)
def test_two_megabytes_are_refused_whatever_they_say(
    name: str, shop: Shop, boss_phone: Phone
) -> None:
    body = {**body_of(name, shop), "notes": "x" * 2 * MEGABYTE}
    refused(send(boss_phone, name, shop, json.dumps(body)), 413, "too_large")
    refused(send(boss_phone, name, shop, "[" * 2 * MEGABYTE), 413, "too_large")
    if name in VERBS:
        refused(send(Phone(), name, shop, json.dumps(body)), 401)


def test_logout_refuses_two_megabytes_too(shop: Shop, phone: Phone) -> None:
    refused(send(phone, "POST logout", shop, "x" * 2 * MEGABYTE), 413)
    assert phone.get("queue").status_code == 200


@pytest.mark.parametrize("name", sorted(VERBS))
def test_a_megabyte_of_unknown_keys_is_passed_over(
    name: str, shop: Shop, boss_phone: Phone
) -> None:
    body = json.dumps({**body_of(name, shop), "unknown": ["\0", 1e300, {"deep": [1]}]})
    padded = body + " " * (MEGABYTE - len(body))
    assert send(boss_phone, name, shop, padded).status_code == 200


@pytest.mark.parametrize("name", ["POST start", "POST complete", "PATCH queue-item"])
def test_notes_may_have_500_characters_a_call(name: str, shop: Shop, phone: Phone) -> None:
    body = body_of(name, shop)
    answer = refused(send(phone, name, shop, json.dumps({**body, "notes": "ß" * 501})), 400)
    assert "500" in answer["errors"]["notes"][0]
    assert send(phone, name, shop, json.dumps({**body, "notes": "ß" * 500})).status_code == 200


CONTENT_TYPES = [
    "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data",
    "text/plain", "text/json", "application/xml", "nonsense", "/", "application/json/json",
]  # fmt: skip


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize("name", WITH_BODY)
def test_a_body_that_is_not_sent_as_json_is_refused(
    name: str, shop: Shop, boss_phone: Phone
) -> None:
    path, raw = shop.path(SPECS[name]), json.dumps(body_of(name, shop) or {"a": 1})
    headers = {"Authorization": f"Bearer {boss_phone.token}"}
    for kind in CONTENT_TYPES:
        response = boss_phone.client.generic(
            name.split()[0], f"/api/mobile/{path}", raw, content_type=kind, headers=headers
        )
        refused(response, 415, "unsupported_media_type")


@pytest.mark.parametrize("claim", ["", "; charset=rot13", '; Charset="utf-7"', ";charset", ";"])
def test_the_charset_that_a_client_claims_is_passed_over(claim: str, monkeypatch: Any) -> None:
    """Django would read the query by it before any middleware, and answer rot13 with a 500."""
    monkeypatch.setattr(wsgi, "django", lambda environ, start: [environ["CONTENT_TYPE"].encode()])
    environ = {"CONTENT_TYPE": f"multipart/form-data; boundary=x{claim}"}
    (kind,) = wsgi.application(environ, lambda *answer: lambda body: None)
    assert kind.rstrip(b";") == b"multipart/form-data; boundary=x"
    assert list(wsgi.application({}, lambda *answer: lambda body: None)) == [b""]


# --- Queries -------------------------------------------------------------------------------------

BAD_QUERY: list[tuple[type[serializers.Field[Any, Any, Any, Any]], list[str]]] = [
    (CountField, ["abc", "-1", "1.5", "1e3", "2147483648", "1" + "0" * 30, "%00", "1%00",
                  "9" * 5000]),
    (serializers.IntegerField, ["abc", "0", "-1", "1.5", "1e3", "-1" + "0" * 30, "%00",
                                "9" * 5000]),
    (serializers.ChoiceField, ["nonsense", "%00", "%ff", "QUEUED", "active,all"]),
    (serializers.DecimalField, ["abc", "0", "-1", "NaN", "sNaN", "Infinity", "1e400",
                                "3.001", "10000", "%00"]),
    (MaterialField, ["unobtainium", "%00", "%ed%a0%80", "x" * 61]),
]  # fmt: skip


@pytest.mark.parametrize("name", WITH_QUERY)
def test_every_query_parameter_refuses_what_it_cannot_hold(
    name: str, shop: Shop, phone: Phone
) -> None:
    endpoint = described(name)
    assert endpoint is not None
    path = shop.path(SPECS[name])
    for field_name, field in fields_of(endpoint.query).items():
        values = next(values for kind, values in BAD_QUERY if isinstance(field, kind))
        for value in values:
            answer = refused(phone.get(f"{path}?{field_name}={value}"), 400, "invalid")
            assert list(answer["errors"]) == [field_name], (value, answer)


@pytest.mark.parametrize("name", WITH_QUERY)
def test_large_but_possible_pages_are_answered(name: str, shop: Shop, phone: Phone) -> None:
    path = shop.path(SPECS[name])
    for query in ("limit=100000", f"limit={10**30}", "offset=2147483647", "limit=200&offset=7"):
        body = told(phone.get(f"{path}?{query}"))
        assert body["success"] is True
        assert [] in body.values() or "offset" not in query


def test_a_page_has_at_most_200_rows(phone: Phone) -> None:
    first = make_project()
    rows = [
        type(first)(**{**_columns(first), "project_code": f"JB-{n}", "code_number": n})
        for n in range(1000, 1210)
    ]
    type(first).objects.bulk_create(rows)
    assert len(told(phone.get("projects?limit=100000"))["projects"]) == 200
    assert len(told(phone.get("projects"))["projects"]) == 50
    assert len(told(phone.get("projects?limit=200&offset=200"))["projects"]) == 11


def _columns(row: Any) -> dict[str, Any]:
    return {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if f.name != "id"}


@pytest.mark.parametrize("name", sorted(READS))
def test_unknown_and_repeated_parameters_do_no_harm(name: str, shop: Shop, phone: Phone) -> None:
    path = shop.path(SPECS[name])
    for query in (
        "unknown=%00",
        "%ff%fe",
        "&&&==",
        "a[]=1&a[]=2",
        "\u2603=1",
        "limit=5&limit=7",
        "limit=&status=",
    ):
        response = phone.get(f"{path}?{query}")
        assert response.status_code == 200, query
        b"".join(response)  # and so closes the file


def test_a_thousand_and_one_parameters_are_too_many(phone: Phone) -> None:
    refused(phone.get("queue?" + "&".join(f"a{n}=1" for n in range(1001))), 400)


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

    monkeypatch.setattr("operators_app.authentication._session_row", away)
    monkeypatch.setattr("operators_app.views.authenticate", away)
    response = call(phone, name, shop)
    refused(response, 503, "unavailable")
    assert int(response.headers["Retry-After"]) > 0
    assert b"10.0.0.7" not in response.content


def test_a_database_that_goes_away_in_the_middle_is_told(phone: Phone, monkeypatch: Any) -> None:
    def away(*args: Any, **kwargs: Any) -> Any:
        raise OperationalError("gone")

    monkeypatch.setattr(queries, "_page", away)
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
