"""Bad input at every endpoint: an exact status and the envelope, never a 500, never HTML."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rest_framework import serializers

from laseros import wsgi
from operators_app.fields import CountField, IdField
from presets_app.fields import MaterialField
from tests.factories import make_project
from tests.laseros.endpoints import (
    READS,
    SPECS,
    VERBS,
    Shop,
    body_of,
    described,
    fields_of,
    nested,
    refused,
    send,
    spliced,
    told,
)
from tests.phone import Phone

pytestmark = pytest.mark.django_db

WITH_BODY = sorted(VERBS | {"POST login", "POST refresh"})
WITH_QUERY = sorted(name for name in READS if (one := described(name)) and one.query)
MEGABYTE = 1024 * 1024

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


def test_the_body_of_each_request_is_counted(monkeypatch: Any) -> None:
    monkeypatch.setattr(wsgi, "django", lambda environ, start: [environ["wsgi.input"]])
    environ = {"CONTENT_LENGTH": "10", "wsgi.input": io.BytesIO(b"half\nof")}
    (body,) = wsgi.application(environ, lambda *answer: lambda text: None)
    assert isinstance(body, wsgi.CountedBody)
    assert (body.readline(), body.read(5), body.read(5)) == (b"half\n", b"of", b"")
    assert body.left == 3
