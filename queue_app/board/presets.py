"""The desktop's list of presets (contract, section 2.2): by the back office's sign-in."""

from __future__ import annotations

import hashlib

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.views.decorators.gzip import gzip_page

from laseros.api import holds, to_json
from operators_app.admin_base import may_manage
from presets_app.queries import preset_rows
from queue_app.board.doors import answer, json_door

MOST = 100_000


@gzip_page
@json_door(may_manage, "GET", "HEAD")
def presets(request: HttpRequest) -> HttpResponse:
    """Answer all active presets as a JSON list, by material, thickness and name.

    Each as the phone is told it: power in per cent, speed in mm/min, frequency in Hz, gas pressure
    in bar, thickness and focus offset in mm. 401 and 403 are told in the API's envelope.
    """
    body = to_json(preset_rows(None, None, MOST, 0))
    tag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    if holds(request.headers.get("If-None-Match", ""), tag):
        return HttpResponseNotModified(headers={"ETag": tag})
    return answer(body, ETag=tag)
