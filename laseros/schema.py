"""Describes the API's endpoints to drf-spectacular from what each view says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

ERROR_STATUSES = {
    "get": (400, 401, 403, 404, 429, 503),
    "post": (400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
    "patch": (400, 401, 403, 404, 409, 413, 415, 422, 503),
    "delete": (400, 401, 403, 404, 409, 413, 415, 422, 503),
}


class ErrorAnswer(serializers.Serializer[Any]):
    """The envelope of every refusal."""

    success = serializers.BooleanField(help_text="Always false.")
    error = serializers.CharField(help_text="One sentence a person understands.")
    code = serializers.CharField(help_text="A stable slug for programs.")
    errors = serializers.DictField(  # type: ignore[assignment]  # the key's name in the envelope
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="With 400: what is wrong, by field.",
    )


class SuccessAnswer(serializers.Serializer[Any]):
    """The envelope of every other answer; endpoints add their own keys."""

    success = serializers.BooleanField(help_text="Always true.")


class DoneAnswer(SuccessAnswer):
    """What every change answers."""

    message = serializers.CharField()


@dataclass(frozen=True)
class Endpoint:
    """What one method of a view takes and gives."""

    summary: str
    answer: type[serializers.Serializer[Any]]
    body: type[serializers.Serializer[Any]] | None = None
    query: type[serializers.Serializer[Any]] | None = None


class ShopSchema(AutoSchema):  # type: ignore[misc]  # an untyped library
    """Reads `endpoints`, the dictionary of a view from method to Endpoint."""

    def _endpoint(self) -> Endpoint | None:
        endpoints: dict[str, Endpoint] = getattr(self.view, "endpoints", {})
        return endpoints.get(self.method)

    def get_summary(self) -> str | None:
        """Return the endpoint's own line."""
        endpoint = self._endpoint()
        return endpoint.summary if endpoint else super().get_summary()

    def get_tags(self) -> list[str]:
        """Group by the first word after /api/mobile/."""
        parts = self.path.removeprefix("/api/mobile/").split("/")
        return [parts[0]]

    def get_request_serializer(self) -> Any:
        """Return the body's serializer."""
        endpoint = self._endpoint()
        return endpoint.body if endpoint else super().get_request_serializer()

    def get_response_serializers(self) -> Any:
        """Return the answers by status: the endpoint's own, and the envelope for refusals."""
        endpoint = self._endpoint()
        if endpoint is None:
            return super().get_response_serializers()
        refusals = dict.fromkeys(ERROR_STATUSES[self.method.lower()], ErrorAnswer)
        return {200: endpoint.answer, **refusals}

    def get_override_parameters(self) -> list[Any]:
        """Add the query's parameters and the headers that all writing methods take."""
        endpoint = self._endpoint()
        if endpoint is None:
            return []
        parameters: list[Any] = [endpoint.query] if endpoint.query else []
        if self.method == "GET":
            return parameters
        return [*parameters, IDEMPOTENCY_KEY]


IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "format": "uuid"},
    OpenApiParameter.HEADER,
    description="Send the same key with a retry: it is carried out once and answered alike.",
)
