"""Every endpoint of the API as the resolver knows it, and a request to each that succeeds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import URLPattern, URLResolver, get_resolver
from django_otp.plugins.otp_totp.models import TOTPDevice
from rest_framework import serializers
from rest_framework.views import APIView

from laseros.schema import Endpoint
from operators_app.authentication import PhoneRefreshToken, issue
from operators_app.models import Operator, Session, User
from presets_app.models import MachineSettingsPreset
from projects_app.models import DesignFile, Project
from queue_app.models import QueueItem
from tests.factories import PASSWORD, make_item, make_preset, make_project
from tests.phone import Phone
from tests.second_factors import code_of

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
DRAWING = b"0\nSECTION\n2\nENTITIES\n0\nENDSEC\n0\nEOF\n"

Body = Callable[["Shop"], dict[str, Any]]


@dataclass
class Shop:
    """The rows that requests name: two jobs, an approved project, a preset, a drawing."""

    who: Operator
    project: Project
    waiting: QueueItem
    running: QueueItem
    preset: MachineSettingsPreset
    drawing: DesignFile
    refresh_token: str

    @classmethod
    def of(cls, who: Operator) -> Shop:
        """Return a shop whose work is entered under the name of `who`."""
        preset, project = make_preset(), make_project()
        drawing = project.design_files.get()
        default_storage.save(str(drawing.file.name), ContentFile(DRAWING))
        return cls(
            who=who,
            project=project,
            waiting=make_item(make_project("Waiting")),
            running=make_item(make_project("Running"), status="in_progress"),
            preset=preset,
            drawing=drawing,
            refresh_token=refresh_token_of(who),
        )

    def path(self, spec: Spec) -> str:
        """Return the address of a request, with the ids of this shop's rows."""
        return spec.path.format(
            project=self.project.pk,
            waiting=self.waiting.pk,
            running=self.running.pk,
            drawing=self.drawing.pk,
        )


def refresh_token_of(person: Operator | User) -> str:
    """Return a refresh token of a new session, made without going through login."""
    access = Phone.of(person).token
    session = Session.objects.latest("created_at")
    assert access
    return issue(PhoneRefreshToken, {}, session)


@dataclass(frozen=True)
class Spec:
    """One endpoint: its address and a body that is answered 200."""

    path: str
    body: Body | None = None


def _cut(shop: Shop) -> dict[str, Any]:
    return {"operator_id": shop.who.pk, "preset_id": shop.preset.pk, "notes": "As usual"}


def _login(shop: Shop) -> dict[str, Any]:
    assert shop.who.user is not None
    return {"username": shop.who.user.username, "password": PASSWORD}


def _new_password(shop: Shop) -> dict[str, Any]:
    return {"current_password": PASSWORD, "new_password": "another-long-password-9"}


def _first_code(shop: Shop) -> dict[str, Any]:
    """Return the code of a key that everybody has begun to set up."""
    TOTPDevice.objects.bulk_create(
        TOTPDevice(user=user, name="New", confirmed=False, key="ab" * 20)
        for user in User.objects.all()
    )
    return {"otp": code_of(TOTPDevice.objects.latest("pk"))}


SPECS: dict[str, Spec] = {
    "POST login": Spec("auth/login", _login),
    "POST refresh": Spec("auth/refresh", lambda shop: {"refresh_token": shop.refresh_token}),
    "POST logout": Spec("auth/logout", lambda shop: {}),
    "POST my-password": Spec("operators/me/password", _new_password),
    "POST my-second-factor": Spec(
        "operators/me/second-factor", lambda shop: {"password": PASSWORD}
    ),
    "POST confirm-second-factor": Spec("operators/me/second-factor/confirm", _first_code),
    "GET me": Spec("operators/me"),
    "GET my-stats": Spec("operators/me/stats"),
    "GET presets": Spec("presets"),
    "GET projects": Spec("projects"),
    "GET project": Spec("projects/{project}"),
    "PATCH project": Spec("projects/{project}", lambda shop: {"raw_plate_count": 4}),
    "POST add-to-queue": Spec(
        "projects/{project}/add-to-queue", lambda shop: {"priority": "normal"}
    ),
    "GET file-download": Spec("files/{drawing}/download"),
    "GET queue": Spec("queue"),
    "POST queue": Spec("queue", lambda shop: {"project_id": shop.project.pk}),
    "GET queue-item": Spec("queue/{waiting}"),
    "PATCH queue-item": Spec("queue/{waiting}", lambda shop: {"priority": "high"}),
    "DELETE queue-item": Spec("queue/{waiting}"),
    "POST start": Spec("queue/{waiting}/start", _cut),
    "POST pause": Spec("queue/{running}/pause", lambda shop: {"reason": "Out of sheets"}),
    "POST complete": Spec("queue/{running}/complete", _cut),
    "GET schema": Spec("/api/schema?format=json"),
    "GET docs": Spec("/api/docs"),
}
OPEN = {"GET schema", "GET docs"}
# Each takes a change: a verb, with an Idempotency-Key.
VERBS = {
    "PATCH project", "POST add-to-queue", "POST queue", "PATCH queue-item", "DELETE queue-item",
    "POST start", "POST pause", "POST complete",
}  # fmt: skip
READS = {
    "GET me", "GET my-stats", "GET presets", "GET projects", "GET project", "GET queue",
    "GET queue-item", "GET file-download",
}  # fmt: skip
# How one signs in oneself: no verb of the shop, so there is no Idempotency-Key.
OWN_SIGN_IN = {
    "POST logout", "POST my-password", "POST my-second-factor", "POST confirm-second-factor",
}  # fmt: skip
AS_SOMEBODY = {"POST start", "POST complete"}


def call(phone: Phone, name: str, shop: Shop, **headers: str) -> Any:
    """Send the request that is answered 200 where the caller may send it."""
    spec = SPECS[name]
    body = spec.body(shop) if spec.body else None
    response = phone.request(name.split()[0], shop.path(spec), body, **headers)
    if response.streaming:
        response.read = b"".join(response.streaming_content)  # and so closes the file
    return response


def _patterns(
    resolver: URLResolver, prefix: str = ""
) -> Iterator[tuple[str, URLPattern, type[APIView] | None]]:
    for entry in resolver.url_patterns:
        address = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _patterns(entry, address)
        else:
            yield address, entry, getattr(entry.callback, "view_class", None)


def api_views() -> dict[str, tuple[str, type[APIView]]]:
    """Return, by the address's name, its pattern and its view, for all of /api/."""
    return {
        str(entry.name): (f"/{address}", view)
        for address, entry, view in _patterns(get_resolver())
        if address.startswith("api/") and view is not None
    }


def api_endpoints() -> set[str]:
    """Return “METHOD name” of everything under /api/ that the resolver leads to."""
    return {
        f"{method} {name}"
        for name, (_, view) in api_views().items()
        for method in METHODS
        if hasattr(view, method.lower())
    }


def described(name: str) -> Endpoint | None:
    """Return what the view says of this method."""
    method, view_name = name.split()
    view = api_views()[view_name][1]
    endpoints: dict[str, Endpoint] = getattr(view, "endpoints", {})
    return endpoints.get(method)


def fields_of(
    shape: type[serializers.Serializer[Any]] | None,
) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
    """Return the fields of a body or a query by name."""
    return dict(shape().fields) if shape else {}


def told(response: Any) -> dict[str, Any]:
    """Return the answer's body, which must be a JSON object."""
    assert response.headers["Content-Type"].startswith("application/json"), response.content[:300]
    body = json.loads(response.content)
    assert isinstance(body, dict)
    return body


def refused(response: Any, status: int, code: str = "") -> dict[str, Any]:
    """Return the body of a refusal; it must have the status, the envelope and the code."""
    assert response.status_code == status, (response.status_code, response.content[:300])
    body = told(response)
    assert body["success"] is False
    assert isinstance(body["error"], str)
    assert body["error"].strip()
    assert body["code"].replace("_", "").isalnum()
    assert body["code"] == body["code"].lower()
    if code:
        assert body["code"] == code, body
    for said in body.get("errors", {}).values():
        assert said
        assert all(isinstance(one, str) for one in said)
    return body


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
