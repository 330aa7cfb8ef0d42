"""Health, metrics, and the answer to every address that the API does not have."""

from __future__ import annotations

import sys

from django.conf import settings
from django.core.exceptions import TooManyFilesSent
from django.db import Error, connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from laseros import __version__, work
from laseros.api import error_response
from laseros.errors import Unavailable
from laseros.metrics import exposition
from laseros.outages import outage
from laseros.upload_limits import too_many_files


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """Answer that the server runs; asks nothing of the database."""
    return JsonResponse({"status": "healthy", "version": __version__})


@require_safe
@never_cache
def health_db(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers, 503 when it does not."""
    try:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return JsonResponse({"status": "unhealthy", "version": __version__}, status=503)
    return JsonResponse({"status": "healthy", "version": __version__})


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Tell Prometheus, and nobody else, how things stand; without METRICS_TOKEN there is nothing.

    Raises Http404.
    """
    if not settings.METRICS_TOKEN:
        raise Http404
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not constant_time_compare(given, settings.METRICS_TOKEN):
        told = "Send the METRICS_TOKEN as a bearer token.\n"
        headers = {"WWW-Authenticate": "Bearer"}
        return HttpResponse(told, status=401, content_type="text/plain", headers=headers)
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what cannot be taken with a page; too many files are told, for people send them.

    The form is read before its view is asked, so that no view can tell it.
    """
    sentence = too_many_files() if isinstance(exception, TooManyFilesSent) else ""
    return HttpResponse(render_to_string("400.html", {"sentence": sentence}), status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a bug with a page that gives the request's id; it asks nothing of the database."""
    if told := outage(sys.exc_info()[1]):
        return unavailable(told)
    return HttpResponse(render_to_string("500.html", {"request_id": work.request_id()}), status=500)


def unavailable(told: Unavailable) -> HttpResponse:
    """Tell in a page, which asks nothing of the database, what the server lacks just now."""
    context = {"sentence": told.message, "request_id": work.request_id()}
    body = render_to_string("503.html", context)
    return HttpResponse(body, status=told.status, headers={"Retry-After": "5"})


@require_safe
def front_door(request: HttpRequest) -> HttpResponseRedirect:
    """Lead whoever opens the bare address to the back office."""
    return redirect("admin:index")


@csrf_exempt
def unknown_path(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Answer every address under /api/ that no view has, with any method."""
    return error_response(404)
