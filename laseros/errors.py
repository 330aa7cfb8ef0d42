"""Every way a verb or a request can be refused, each with a stable code and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laseros.languages import Text


class LaserOSError(Exception):
    """A refusal: `code` is a stable slug, `message` one sentence a person understands.

    `extra` is added to the API's error body (`current_data`, `missing_fields`, …).
    """

    status = 400
    code = "bad_request"
    headers: Mapping[str, str] = {}

    def __init__(self, message: Text, code: str = "", **extra: Any) -> None:
        self.message = str(message)
        super().__init__(self.message)
        self.code = code or self.code
        self.extra = extra


class InvalidInput(LaserOSError):
    """The input's shape or value is wrong; `errors` names the fields."""

    code = "invalid"

    def __init__(self, message: Text, errors: dict[str, list[str]], code: str = "") -> None:
        super().__init__(message, code, errors=errors)

    @classmethod
    def on(cls, field: str, message: Text, code: str = "") -> InvalidInput:
        """Refuse one field."""
        return cls(message, {field: [str(message)]}, code)


class NotSignedIn(LaserOSError):
    """Nobody is signed in, or the sign-in no longer holds."""

    status = 401
    code = "not_authenticated"


class TooManyAttempts(LaserOSError):
    """Too many failed tries; `wait_seconds` tells when the next one is looked at."""

    status = 429
    code = "too_many_attempts"

    def __init__(self, message: str, wait_seconds: int) -> None:
        super().__init__(message)
        self.headers = {"Retry-After": str(wait_seconds)}


class NotAllowed(LaserOSError):
    """This person may not do this."""

    status = 403
    code = "permission_denied"


class NotFound(LaserOSError):
    """There is no such thing."""

    status = 404
    code = "not_found"


class Unavailable(LaserOSError):
    """The server cannot do it just now: no fault of the request, nor of the program."""

    status = 503
    code = "unavailable"


class TransitionError(LaserOSError):
    """The thing is not in a state in which this may be done."""

    status = 409
    code = "illegal_transition"


class Changed(LaserOSError):
    """Somebody else changed the row since the caller read it; `current_data` shows it as it is."""

    status = 409
    code = "conflict"


class KeyReused(LaserOSError):
    """The same Idempotency-Key came with another request."""

    status = 422
    code = "idempotency_key_reused"
