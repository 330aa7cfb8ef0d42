"""Health, and the answer to every address that the API does not have."""

from __future__ import annotations

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from laseros import __version__
from laseros.api import error_response


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
def front_door(request: HttpRequest) -> HttpResponseRedirect:
    """Lead whoever opens the bare address to the back office."""
    return redirect("admin:index")


@csrf_exempt
def unknown_path(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Answer every address under /api/ that no view has, with any method."""
    return error_response(404)
