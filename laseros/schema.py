"""Describes the API's endpoints to drf-spectacular from what each view says of itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

READ_REFUSALS = (400, 401, 403, 404, 503)
VERB_REFUSALS = (400, 401, 403, 404, 409, 413, 415, 422, 503)
SIGN_IN_REFUSALS = (400, 401, 403, 404, 413, 415, 429, 503)


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
    current_data = serializers.DictField(
        required=False, help_text="With 409 after somebody else's change: the row as it is now."
    )
    request_id = serializers.CharField(
        required=False,
        help_text="With 5xx: by which the server's log knows this request; tell it to support.",
    )
    missing_fields = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="With 409: what a project still lacks before it can be cut.",
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


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[misc]  # an untyped library
    """Tells how TokenAuthentication is spoken to."""

    target_class = "operators_app.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """Return the scheme: the access token of a login, as a bearer token."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class ShopSchema(AutoSchema):  # type: ignore[misc]  # an untyped library
    """Reads `endpoints`, the dictionary of a view from method to Endpoint."""

    def _endpoint(self) -> Endpoint | None:
        endpoints: dict[str, Endpoint] = getattr(self.view, "endpoints", {})
        return endpoints.get(self.method)

    def get_operation_id(self) -> str:
        """Return method and address: `post_queue_id_start`."""
        path = self.path.removeprefix("/api/mobile/")
        return f"{self.method.lower()}_{re.sub('[^a-z]+', '_', path).strip('_')}"

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
        answers = {200: endpoint.answer}
        if self.method == "GET":
            return {**answers, 304: NOT_MODIFIED, **dict.fromkeys(READ_REFUSALS, ErrorAnswer)}
        refusals = VERB_REFUSALS if self._is_verb() else SIGN_IN_REFUSALS
        return {**answers, **dict.fromkeys(refusals, ErrorAnswer)}

    def _is_verb(self) -> bool:
        return hasattr(self.view, "carry_out")

    def get_override_parameters(self) -> list[Any]:
        """Add the query's parameters, and the header that reads or verbs take."""
        endpoint = self._endpoint()
        if endpoint is None:
            return []
        parameters: list[Any] = [endpoint.query] if endpoint.query else []
        if self.method == "GET":
            return [*parameters, IF_NONE_MATCH, REQUEST_ID]
        return [IDEMPOTENCY_KEY, REQUEST_ID] if self._is_verb() else [REQUEST_ID]


# Where an answer tells a row's id, and where the addresses begin that take it.
IDS_IN_ANSWERS = {
    "queue_item/id": "/api/mobile/queue/{id}",
    "queue_items/0/id": "/api/mobile/queue/{id}",
    "project/id": "/api/mobile/projects/{id}",
    "projects/0/id": "/api/mobile/projects/{id}",
    "queue_item/dxf_files/0/id": "/api/mobile/files/{id}",
    "project/dxf_files/0/id": "/api/mobile/files/{id}",
}


def link_answers(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """Tell with each answer which operations take what it names (OpenAPI's links).

    So a program, or a fuzzer, finds its way from adding a job to starting and completing it.
    """
    for methods in result["paths"].values():
        for operation in methods.values():
            answer = operation["responses"]["200"]
            schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
            links = _links(schema, result)
            if links:
                answer["links"] = links
    return result


def _links(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """Return the links of an answer by the name of the operation that they lead to."""
    links: dict[str, Any] = {}
    for pointer, start in IDS_IN_ANSWERS.items():
        if not _tells(schema, pointer, whole):
            continue
        for path, methods in whole["paths"].items():
            if path == start or path.startswith(f"{start}/"):
                for name in (operation["operationId"] for operation in methods.values()):
                    given = {"id": f"$response.body#/{pointer}"}
                    links[name] = {"operationId": name, "parameters": given}
    if _tells(schema, "refresh_token", whole):
        body = {"refresh_token": "$response.body#/refresh_token"}
        links["post_auth_refresh"] = {"operationId": "post_auth_refresh", "requestBody": body}
    return links


def _tells(schema: dict[str, Any], pointer: str, whole: dict[str, Any]) -> bool:
    """Whether an answer of this schema has something at the pointer."""
    for step in pointer.split("/"):
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        schema = whole["components"]["schemas"][name] if name else schema
        parts = schema if step == "0" else schema.get("properties", {})
        step = "items" if step == "0" else step
        if step not in parts:
            return False
        schema = parts[step]
    return True


NOT_MODIFIED = OpenApiResponse(description="The answer that you hold is still the newest.")
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag of the answer that you hold; while it is the newest, you get 304.",
)
REQUEST_ID = OpenApiParameter(
    "X-Request-ID",
    str,
    OpenApiParameter.HEADER,
    response=True,
    description="By which the server's log knows this request.",
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "format": "uuid"},
    OpenApiParameter.HEADER,
    description="Send the same key with a retry: it is carried out once and answered alike.",
)
