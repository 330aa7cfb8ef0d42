"""Answers for the home page: the whole of it, and what is asked again to keep it fresh."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language

from laseros import __version__, clock
from laseros.api import holds
from operators_app.models import LogHead
from queue_app.home.page import home

FRESH_SECONDS = 4  # how often an open page asks while it is seen
CLOCK_MINUTES = 5  # what the clock alone changes is told anew as often


def context(request: HttpRequest) -> dict[str, Any]:
    """Return what the whole page needs."""
    now = home(request)
    return {
        "home": now, "home_tag": _tag(request, now.head), "fresh_seconds": FRESH_SECONDS,
        "title": None,
    }  # fmt: skip


def fragment(request: HttpRequest) -> HttpResponseBase:
    """Answer what the page shows now; 304 where nothing has changed since the tag was given.

    An unchanged shop costs one small statement, besides knowing who asks. What the log does not
    tell (failed jobs, locked sign-ins, the clock's own changes) is fresh within CLOCK_MINUTES.
    """
    seq, epoch = LogHead.objects.values_list("seq", "epoch").get(pk=1)
    tag = _tag(request, f"{epoch}:{seq}")
    if holds(request.headers.get("If-None-Match", ""), tag):
        response = HttpResponse(status=304)
    else:
        now = home(request)
        tag = _tag(request, now.head)
        response = render(request, "laseros/home/body.html", {"home": now, "home_tag": tag})
    add_never_cache_headers(response)
    response.headers["ETag"] = tag
    return response


def _tag(request: HttpRequest, head: str) -> str:
    """Return the tag of what this person sees, in their language, of this state and time."""
    bucket = int(clock.now().timestamp()) // (60 * CLOCK_MINUTES)
    role = getattr(request.user, "role", "")
    return f'"{head}:{bucket}:{__version__}:{request.user.pk}:{role}:{get_language()}"'
