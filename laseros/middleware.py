"""Middleware of the API's envelope."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from laseros.api import error_response

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class ApiErrorMiddleware:
    """Sees to it that no error leaves /api/ as an HTML page, with DEBUG on too.

    Stands outermost: Django's own pages for a bad host, a bug or a suspicious request, and
    whatever another middleware answers, pass through here.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not request.path_info.startswith("/api/") or response.status_code < 400:
            return response
        if response.headers.get("Content-Type", "").startswith("application/json"):
            return response
        told = error_response(response.status_code)
        for name, value in response.headers.items():
            if not name.lower().startswith("content-"):  # Allow, Retry-After, those of CORS
                told.headers[name] = value
        return told
