"""Tells a device by the name that its browser or app gives itself, as people would call it."""

from __future__ import annotations

import functools
import re

from django.utils.translation import gettext_lazy as _

# The first that is found counts: Edge also calls itself Chrome, and Chrome Safari.
PROGRAMS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"), ("HeadlessChrome/", "Chrome"), ("Chrome/", "Chrome"),
    ("Safari/", "Safari"), ("okhttp/", "App"), ("curl/", "curl"),
    ("python-requests/", "Python"), ("Python-urllib/", "Python"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("CrOS", "Chrome OS"), ("Macintosh", "Mac"), ("Linux", "Linux"),
)  # fmt: skip
UNKNOWN = _("Unknown device")


@functools.lru_cache(maxsize=1000)
def _known(user_agent: str) -> tuple[str, str]:
    program = next((name for mark, name in PROGRAMS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return program, system


def device_name(user_agent: str) -> str:
    """Return such as “Chrome on Android”; of an unknown program the name it gives itself."""
    program, system = _known(user_agent)
    if program and system:
        return str(_("%(program)s on %(system)s")) % {"program": program, "system": system}
    own = re.split(r"[/;(]", user_agent, maxsplit=1)[0].strip()[:40]
    return program or system or own or str(UNKNOWN)
