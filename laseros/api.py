"""What every API answer has in common: the envelope, its errors, strict JSON in, fast JSON out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

import orjson
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response

from laseros import work
from laseros.errors import InvalidInput, LaserOSError
from laseros.languages import Text
from laseros.outages import NO_ANSWER, outage

MAX_DEPTH = 20

SENTENCES = {
    400: ("bad_request", gettext_lazy("The request is malformed; correct it and send it again.")),
    401: ("not_authenticated", gettext_lazy("You are not signed in; sign in and try again.")),
    403: ("permission_denied", gettext_lazy("You may not do this.")),
    404: ("not_found", gettext_lazy("There is nothing at this address.")),
    405: ("method_not_allowed", gettext_lazy("This address does not take that method.")),
    413: ("too_large", gettext_lazy("The request is larger than 1 MB; send less.")),
    414: (
        "address_too_long",
        gettext_lazy("The address is longer than the server takes; shorten it."),
    ),
    415: ("unsupported_media_type", gettext_lazy("Send the body as application/json.")),
    429: ("too_many_attempts", gettext_lazy("Too many attempts; wait a while and try again.")),
    431: (
        "headers_too_large",
        gettext_lazy("The headers are larger than the server takes; send fewer."),
    ),
    500: (
        "server_error",
        gettext_lazy("Something went wrong on the server; nothing was changed. Try again."),
    ),
    503: ("unavailable", NO_ANSWER),
}


def _default(value: Any) -> Any:
    """Tell orjson how to write what JSON has no word for."""
    if isinstance(value, Decimal):
        return float(value)
    return str(value)


def to_json(data: Any) -> bytes:
    """Return JSON bytes; times must be strings already (`laseros.clock.iso`), decimals may stay."""
    return orjson.dumps(data, default=_default, option=orjson.OPT_NON_STR_KEYS)


def holds(if_none_match: str, tag: str) -> bool:
    """Tell whether the header names the tag (in its quotes): weak or strong, for a proxy that
    compresses an answer weakens its tag.
    """
    return any(one.removeprefix("W/") == tag for one in parse_etags(if_none_match))


class ORJSONRenderer(BaseRenderer):
    """Writes JSON with orjson; decimals become numbers."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the body's bytes; an answer made beforehand (from the cache) passes unchanged."""
        if data is None:
            return b""
        return data if isinstance(data, bytes) else to_json(data)


class StrictJSONParser(BaseParser):
    """Reads a JSON object; everything else is refused with a sentence, whatever was sent."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the object.

        Raises ParseError for what is not JSON, is nested too deep, holds NaN, or is not an object.
        """
        raw = stream.read()
        if not raw:
            return {}
        try:
            data = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
        except RecursionError as error:
            raise exceptions.ParseError(_("The JSON is nested too deep.")) from error
        except ValueError as error:
            raise exceptions.ParseError(_("The body is not valid JSON.")) from error
        if not isinstance(data, dict):
            raise exceptions.ParseError(_("The body must be a JSON object."))
        if _depth(data) > MAX_DEPTH:
            raise exceptions.ParseError(_("The JSON is nested too deep."))
        if b"\\u" in raw and not _is_unicode(data):
            raise exceptions.ParseError(_("The body holds half of a character (a lone surrogate)."))
        return data


def _is_unicode(data: Any) -> bool:
    """Whether every text in it can be written again: JSON's escapes can spell half characters."""
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _depth(data: Any) -> int:
    """Return how deep lists and objects are nested, without recursion."""
    deepest, waiting = 0, [(data, 1)]
    while waiting:
        node, level = waiting.pop()
        if isinstance(node, (dict, list)):
            deepest = max(deepest, level)
            inner = node.values() if isinstance(node, dict) else node
            waiting.extend((one, level + 1) for one in inner)
    return deepest


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def error_body(
    status: int, message: Text = "", code: str = "", extra: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the error envelope; sentence and code default to those of the status."""
    default_code, default_message = SENTENCES.get(status, SENTENCES[400 if status < 500 else 500])
    told = {
        "success": False,
        "error": str(message or default_message),
        "code": code or default_code,
        **(extra or {}),
    }
    if status >= 500 and (request_id := work.request_id()):
        told["request_id"] = request_id  # by which the log knows what went wrong
    return told


def error_response(status: int, message: Text = "", code: str = "") -> HttpResponse:
    """Return an error in the envelope, for places outside the API's views."""
    body = to_json(error_body(status, message, code))
    return HttpResponse(body, status=status, content_type="application/json")


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """Turn whatever a view raises into the envelope; None (a 500) only for what is a bug."""
    refusal = _refusal(exc)
    if refusal is None:
        return None
    if now := work.current():
        now.code = refusal.code
    headers = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "5"}}
    told = {**headers.get(refusal.status, {}), **refusal.headers}
    body = error_body(refusal.status, refusal.message, refusal.code, refusal.extra)
    return Response(body, refusal.status, headers=told)


def _refusal(exc: Exception) -> LaserOSError | None:
    """Return the refusal that an exception of Django, DRF or the database stands for."""
    if isinstance(exc, LaserOSError):
        return exc
    if isinstance(exc, exceptions.ValidationError):
        return invalid(exc)
    if isinstance(exc, Http404):
        return _of_status(404)
    if isinstance(exc, PermissionDenied):
        return _of_status(403)
    if told := outage(exc):
        return told
    if isinstance(exc, exceptions.APIException):
        spoken = str(exc.detail) if isinstance(exc, exceptions.ParseError) else ""
        return _of_status(exc.status_code, spoken)
    return None


def _of_status(status: int, message: Text = "") -> LaserOSError:
    """Return a refusal with the sentence and code that the status has of its own."""
    code, sentence = SENTENCES.get(status, SENTENCES[400])
    error = LaserOSError(message or sentence, code)
    error.status = status
    return error


def invalid(exc: exceptions.ValidationError) -> InvalidInput:
    """Turn a serializer's errors into one sentence and the list of fields."""
    detail = exc.detail if isinstance(exc.detail, dict) else {"non_field_errors": exc.detail}
    errors = {str(field): _texts(said) for field, said in detail.items()}
    field, said = next(iter(errors.items()))
    sentence = said[0] if field == "non_field_errors" else f"{field}: {said[0]}"
    return InvalidInput(sentence, errors)


def _texts(said: Any) -> list[str]:
    """Flatten a serializer's (possibly nested) messages into sentences."""
    if isinstance(said, Mapping):
        return [f"{key}: {text}" for key, inner in said.items() for text in _texts(inner)]
    if isinstance(said, (list, tuple)):
        return [text for inner in said for text in _texts(inner)]
    return [str(said)]
