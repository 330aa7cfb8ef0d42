"""A phone: the API's test client with a session of its own."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.test import Client
from django.utils import timezone

from operators_app.authentication import PhoneAccessToken, issue
from operators_app.models import Operator, Session, User


class Phone:
    """Speaks JSON with /api/mobile as one signed-in person (or nobody)."""

    def __init__(self, token: str = "") -> None:
        self.client = Client(raise_request_exception=False)
        self.token = token

    @classmethod
    def of(cls, person: Operator | User) -> Phone:
        """Return a phone on which this person is signed in, without going through login."""
        user = person.user if isinstance(person, Operator) else person
        assert user is not None
        session = Session.objects.create(
            user=user,
            expires_at=timezone.now() + dt.timedelta(days=1),
            auth_hash=user.get_session_auth_hash(),
        )
        return cls(issue(PhoneAccessToken, {}, session))

    def request(
        self, method: str, path: str, body: Any = None, key: Any = None, **headers: str
    ) -> Any:
        """Send a request; `path` is relative to /api/mobile/ unless it begins with a slash."""
        address = path if path.startswith("/") else f"/api/mobile/{path}"
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        if key is not None:
            sent["Idempotency-Key"] = str(key)
        kwargs: dict[str, Any] = {}
        if body is not None:
            kwargs = {"data": body, "content_type": "application/json"}
        return self.client.generic(method, address, headers=sent, **_encoded(kwargs))

    def get(self, path: str, **headers: str) -> Any:
        """GET."""
        return self.request("GET", path, **headers)

    def post(self, path: str, body: Any = None, key: Any = None, **headers: str) -> Any:
        """POST."""
        return self.request("POST", path, {} if body is None else body, key, **headers)

    def patch(self, path: str, body: Any = None, key: Any = None, **headers: str) -> Any:
        """PATCH."""
        return self.request("PATCH", path, {} if body is None else body, key, **headers)

    def delete(self, path: str, key: Any = None, **headers: str) -> Any:
        """DELETE."""
        return self.request("DELETE", path, None, key, **headers)


def _encoded(kwargs: dict[str, Any]) -> dict[str, Any]:
    import json

    if "data" in kwargs and not isinstance(kwargs["data"], (bytes, str)):
        kwargs["data"] = json.dumps(kwargs["data"])
    return kwargs
