"""The request's line in the log, its id, and the API's envelope."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from laseros import metrics, work
from laseros.api import error_response
from laseros.outages import outage
from laseros.views import unavailable

GetResponse = Callable[[HttpRequest], HttpResponseBase]
OF_THE_BODY = {"content-type", "content-length", "content-disposition", "content-encoding"}
QUIET = ("/static/", "/health", "/metrics")

log = logging.getLogger("laseros.request")


class RequestMiddleware:
    """Gives each request an id, which its answer carries, and writes one line about it.

    Stands outermost, so that nothing is answered without it. Query, headers and bodies are not
    written: they hold tokens and passwords. It costs some 25 µs; django-structlog's, which does as
    much, took 120 µs, half of what a 304 may cost altogether.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        begun = time.perf_counter()
        handed_on = request.META.get("HTTP_X_REQUEST_ID", "") if settings.PROXY_COUNT else ""
        now = work.Work(work.new_id(handed_on), asker=request)
        work.begin(now)
        try:
            response = self.get_response(request)
            response.headers["X-Request-ID"] = now.id
            self.tell(request, response.status_code, time.perf_counter() - begun)
        finally:
            work.begin(None)
        return response

    def tell(self, request: HttpRequest, status: int, seconds: float) -> None:
        """Write the line, and count the request; what browsers and watchers fetch is for DEBUG."""
        quiet = status < 400 and request.path_info.startswith(QUIET)
        level = logging.DEBUG if quiet else logging.INFO
        if log.isEnabledFor(level):
            told = {"method": request.method, "path": request.path_info, "status": status,
                    "ms": round(seconds * 1000, 1)}  # fmt: skip
            log.log(level, "request", extra={"told": told})
        match = request.resolver_match
        metrics.count_request(request.method, match.view_name if match else "", status, seconds)


class NulMiddleware:
    """Makes a blank of each NUL that a page is asked with: PostgreSQL takes no text that has one.

    The API's serializers refuse it with a sentence, and forms do, too; a search or a filter in an
    address goes to the database as it is.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        asked = request.META.get("QUERY_STRING", "")
        if "%00" in asked and not request.path_info.startswith("/api/"):
            request.META["QUERY_STRING"] = asked.replace("%00", "+")
        return self.get_response(request)


class ApiErrorMiddleware:
    """Sees to it that no error leaves /api/ as an HTML page, with DEBUG on too.

    Everywhere else a database or a disk that is not there is told in a page with a sentence.
    Stands outside all but the one above: Django's own pages for a bad host, a bug or a suspicious
    request, and whatever another middleware answers, pass through here.
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
            if name.lower() not in OF_THE_BODY:  # Allow, Retry-After, those of CORS
                told.headers[name] = value
        return told

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """Answer what a view could not do for want of the database or of room on the disk."""
        told = outage(error)
        if told is None:
            return None
        if request.path_info.startswith("/api/"):
            return error_response(told.status, told.message, told.code)
        return unavailable(told)
