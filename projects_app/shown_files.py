"""Sends files that a browser may show: pictures and PDF, which can do nothing there."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse

from projects_app.models import DOCUMENT_TYPES

# What may be shown, by the type found in its content; all else is only downloaded.
SHOWABLE = frozenset({*DOCUMENT_TYPES, "image/svg+xml"})
LOCKED_UP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"


def shown(file: Any, content_type: str, name: str = "") -> FileResponse:
    """Return a file to be shown; whatever it holds, it runs nothing and asks nobody.

    Raises ValueError for a type that is not SHOWABLE.
    """
    if content_type not in SHOWABLE:
        raise ValueError(f"{content_type} is not shown.")
    response = FileResponse(file, content_type=content_type, filename=name)
    # Browsers show a PDF with a program of their own, which they start outside of sandboxes only.
    sandbox = "" if content_type == "application/pdf" else "; sandbox"
    response["Content-Security-Policy"] = LOCKED_UP + sandbox
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-cache"
    return response
