"""What the fuzzers of the suite and of `make fuzz` have in common: what they check."""

from __future__ import annotations

from typing import Any

import schemathesis
from schemathesis.checks import CheckContext

# Not among them: that all is refused which breaks the schema (unknown keys are ignored, texts are
# trimmed), and who may do what, which has tests of its own.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "answers_in_the_envelope",
)


@schemathesis.check
def answers_in_the_envelope(ctx: CheckContext, response: Any, case: Any) -> None:
    """JSON with `success`, never a page of HTML; the download and 304 alone have no envelope."""
    (kind,) = response.headers.get("content-type") or [""]
    assert "html" not in kind.lower(), f"A page of HTML: {kind}"
    if response.status_code == 304:
        assert response.content == b"", "An answer 304 has no body."
    elif response.status_code != 200 or not case.path.endswith("/download"):
        body = response.json()
        assert body["success"] is (response.status_code == 200), body
