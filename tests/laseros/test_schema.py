"""The API's description of itself: complete, true of the real answers, and readable offline."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator, FormatChecker

from operators_app.models import Operator
from queue_app import verbs
from tests.conftest import actor
from tests.factories import make_item, make_project
from tests.laseros.endpoints import OPEN, READS, SPECS, VERBS, Shop, api_views, call, described
from tests.phone import Phone

DESCRIBED = sorted(set(SPECS) - OPEN)


def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or (
        value.endswith("Z") and dt.datetime.fromisoformat(value).tzinfo is dt.UTC
    )


formats = FormatChecker()
formats.checks("date-time", raises=ValueError)(_is_moment)


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The description, as it is served."""
    response = Client().get("/api/schema?format=json")
    assert response.status_code == 200
    told: dict[str, Any] = json.loads(response.content)
    return told


@pytest.fixture(scope="module")
def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """The description, in which objects may have no key that it does not name."""
    told: dict[str, Any] = json.loads(json.dumps(schema))
    for name, component in told["components"]["schemas"].items():
        if "properties" in component and name != "ErrorAnswer":
            component["additionalProperties"] = False
    return told


def operation(schema: dict[str, Any], name: str) -> dict[str, Any]:
    """Return what the description says of one endpoint."""
    method, view = name.split()
    address = re.sub(r"<\w+:\w+>", "{id}", api_views()[view][0])
    found: dict[str, Any] = schema["paths"][address][method.lower()]
    return found


def check(schema: dict[str, Any], part: dict[str, Any], value: Any) -> None:
    """Fail the test unless the value is as this part of the description says."""
    whole = {**part, "components": schema["components"]}
    errors = list(Draft202012Validator(whole, format_checker=formats).iter_errors(value))
    assert not errors, [f"{error.json_path}: {error.message}" for error in errors]


def check_answer(schema: dict[str, Any], name: str, response: Any) -> dict[str, Any]:
    """Fail the test unless the answer is as described for its status; return its body."""
    described_answer = operation(schema, name)["responses"][str(response.status_code)]
    kind = response.headers["Content-Type"].split(";")[0]
    body: dict[str, Any] = json.loads(response.content)
    check(schema, described_answer["content"][kind]["schema"], body)
    return body


# --- The description -----------------------------------------------------------------------------


def test_the_description_builds_without_a_warning() -> None:
    GENERATOR_STATS.reset()
    with GENERATOR_STATS.silence():
        told = SchemaGenerator().get_schema(request=None, public=True)
    assert not GENERATOR_STATS._warn_cache
    assert not GENERATOR_STATS._error_cache
    validate_schema(told)
    Draft202012Validator.check_schema(told["components"]["schemas"]["ErrorAnswer"])


def test_every_endpoint_is_described_and_nothing_else(schema: dict[str, Any]) -> None:
    told = {
        (path, method.upper())
        for path, methods in schema["paths"].items()
        for method in methods
    }  # fmt: skip
    known = {
        (re.sub(r"<\w+:\w+>", "{id}", address), name.split()[0])
        for name in DESCRIBED
        for address in [api_views()[name.split()[1]][0]]
    }
    assert told == known


@pytest.mark.parametrize("name", DESCRIBED)
def test_an_endpoint_tells_what_it_takes_and_answers(name: str, schema: dict[str, Any]) -> None:
    told = operation(schema, name)
    assert told["summary"]
    statuses = set(told["responses"])
    assert {"200", "401", "503"} <= statuses
    headers = {one["name"] for one in told.get("parameters", []) if one["in"] == "header"}
    assert ("Idempotency-Key" in headers) == (name in VERBS)
    assert ({"409", "422"} <= statuses) == (name in VERBS)
    assert ("304" in statuses) == (name in READS)
    assert ("security" not in told) == (name in {"POST login", "POST refresh"})
    endpoint = described(name)
    if endpoint and endpoint.body and not name.startswith("DELETE"):
        assert told["requestBody"]["content"]["application/json"]
    if endpoint and endpoint.query:
        fields = set(endpoint.query().fields)
        assert fields <= {one["name"] for one in told["parameters"] if one["in"] == "query"}


def test_the_tokens_are_described(schema: dict[str, Any]) -> None:
    (scheme,) = schema["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


def test_no_two_operations_share_a_name(schema: dict[str, Any]) -> None:
    names = [one["operationId"] for methods in schema["paths"].values() for one in methods.values()]
    assert len(names) == len(set(names))
    assert not [
        name for name in schema["components"]["schemas"] if re.search("[0-9a-f]{3}Enum", name)
    ]


# --- The page for people -------------------------------------------------------------------------


def _addresses(text: str) -> Iterator[str]:
    yield from re.findall(r"""(?:src|href|url|action)\s*[=:]\s*["']([^"']+)["']""", text)
    yield from re.findall(r"url\(([^)]+)\)", text)
    yield from re.findall(r"https?://[^\s\"'<>]+", text)


def test_the_page_for_people_asks_nobody_else(client: Client, settings: Any) -> None:
    settings.WHITENOISE_USE_FINDERS = True
    page = client.get("/api/docs").content.decode()
    found = set(_addresses(page))
    assert any("swagger-ui" in one for one in found)
    for address in found:
        assert address.startswith("/"), address
        assert not address.startswith("//"), address
    assert "/api/schema" in page


def test_the_assets_of_the_page_are_there(client: Client) -> None:
    from django.contrib.staticfiles import finders

    page = client.get("/api/docs").content.decode()
    assets = {one for one in _addresses(page) if one.startswith("/static/")}
    assert len(assets) >= 3
    for asset in assets:
        found = finders.find(asset.removeprefix("/static/"))
        assert found, asset
        if asset.endswith(".css"):
            style = Path(found).read_text()
            assert all(one.startswith("data:") for one in re.findall(r"url\(['\"]?([^)]+)", style))


def test_the_page_sends_the_description_to_no_validator(client: Client) -> None:
    assert '"validatorUrl": null' in client.get("/api/docs").content.decode()


# --- The real answers ----------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(set(DESCRIBED) - {"GET file-download"}))
def test_the_real_answer_is_as_described(name: str, strict: dict[str, Any], mary: Operator) -> None:
    shop = Shop.of(mary)
    spec = SPECS[name]
    if spec.body and "requestBody" in operation(strict, name):
        body = operation(strict, name)["requestBody"]["content"]["application/json"]["schema"]
        check(strict, body, spec.body(shop))
    assert check_answer(strict, name, call(Phone.of(mary), name, shop))["success"] is True


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(set(DESCRIBED) - {"GET file-download"}))
def test_the_real_refusals_are_as_described(
    name: str, schema: dict[str, Any], olga: Operator, otto: Operator, phone: Phone
) -> None:
    shop = Shop.of(olga)
    method, path = name.split()[0], shop.path(SPECS[name])
    unknown = re.sub(r"\d+", "9999999", path)
    huge = "x" * 1_100_000
    answers = [
        call(Phone(), name, shop),
        call(Phone("garbage"), name, shop),
        call(Phone.of(otto), name, shop),
        phone.request(method, f"{path}?limit=abc&status=x", "not json"),
        phone.request(method, path, huge if method != "GET" else None),
        phone.request(method, unknown, json.dumps({"reason": "x"})),
        phone.request(method, path, json.dumps({"reason": 5, "priority": 5})),
        call(phone, name, shop),
        call(phone, name, shop),
    ]
    seen = {response.status_code for response in answers}
    assert len(seen) > 1
    for response in answers:
        check_answer(schema, name, response)


@pytest.mark.django_db
def test_what_is_not_described_would_be_noticed(strict: dict[str, Any], phone: Phone) -> None:
    item = make_item()
    body = json.loads(phone.get(f"queue/{item.pk}").content)
    (answer,) = operation(strict, "GET queue-item")["responses"]["200"]["content"].values()
    check(strict, answer["schema"], body)
    told = body["queue_item"]
    for wrong in (
        {**told, "surprise": 1},
        {name: value for name, value in told.items() if name != "seq"},
        {**told, "added_at": "2025-10-27T08:15:00"},
        {**told, "status": "Queued"},
        {**told, "material_thickness": "3.00"},
        {**told, "notes": None},
    ):
        with pytest.raises(AssertionError):
            check(strict, answer["schema"], {**body, "queue_item": wrong})


@pytest.mark.django_db
def test_answers_at_every_turn_of_a_job_are_as_described(
    strict: dict[str, Any], schema: dict[str, Any], olga: Operator, mary: Operator, phone: Phone
) -> None:
    shop = Shop.of(olga)
    cut = {"operator_id": olga.pk, "preset_id": shop.preset.pk}
    item = shop.waiting
    key = uuid.uuid4()

    def look() -> None:
        for name, path in (
            ("GET queue", "queue?status=all"), ("GET queue-item", f"queue/{item.pk}"),
            ("GET projects", "projects?status=all"), ("GET project", f"projects/{item.project_id}"),
            ("GET my-stats", "operators/me/stats"), ("GET presets", "presets"),
        ):  # fmt: skip
            check_answer(strict, name, phone.get(path))

    look()
    path = f"queue/{item.pk}"
    assert check_answer(strict, "POST start", phone.post(f"{path}/start", cut, key))
    look()
    check_answer(strict, "POST start", phone.post(f"{path}/start", cut, key))
    answer = check_answer(
        schema, "POST start", phone.post(f"{path}/start", {**cut, "notes": "x"}, key)
    )
    assert answer["code"] == "idempotency_key_reused"
    pause = {"reason": "Lunch", "updated_at": "2020-01-01T00:00:00Z"}
    answer = check_answer(schema, "POST pause", phone.post(f"{path}/pause", pause))
    assert answer["current_data"]["id"] == item.pk
    check_answer(strict, "POST pause", phone.post(f"{path}/pause", {"reason": "Lunch"}))
    look()
    done = {**cut, "performed_at": "2999-01-01T00:00:00Z", "parts_produced": 1}
    check_answer(strict, "POST complete", phone.post(f"{path}/complete", done))
    look()
    check_answer(strict, "POST complete", phone.post(f"{path}/complete", done))
    verbs.recut(item.project_id, "Scrap", by=actor(mary))
    look()


@pytest.mark.django_db
def test_answers_about_what_is_hardly_filled_in_are_as_described(
    strict: dict[str, Any], schema: dict[str, Any], phone: Phone
) -> None:
    bare = make_project(
        "Bare", parts=[], drawings=0, material=None, material_thickness=None, preset=None,
        material_quantity_sheets=None, estimated_cut_time=None, drawing_creation_time=None,
        pop_deadline=None, due_date=None, quoted_price=None, description="",
    )  # fmt: skip
    answer = check_answer(
        schema, "POST add-to-queue", phone.post(f"projects/{bare.pk}/add-to-queue")
    )
    assert answer["missing_fields"]
    for name, path in (("GET projects", "projects"), ("GET project", f"projects/{bare.pk}")):
        check_answer(strict, name, phone.get(path))
    item = make_item(bare)
    for name, path in (("GET queue", "queue"), ("GET queue-item", f"queue/{item.pk}")):
        check_answer(strict, name, phone.get(path))
    nothing = {"material_type": None, "material_thickness": None, "preset_id": None}
    check_answer(strict, "PATCH project", phone.patch(f"projects/{bare.pk}", nothing))
