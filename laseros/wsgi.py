"""The entrance for a WSGI server such as gunicorn."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.wsgi import get_wsgi_application

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "laseros.settings")
django = get_wsgi_application()


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Serve one request.

    A charset that the client claims is passed over, for everything here is UTF-8: Django decodes
    the query by it before any middleware, and fails on codecs that are no charsets (rot13).
    """
    told = environ.get("CONTENT_TYPE", "").split(";")
    environ["CONTENT_TYPE"] = ";".join(one for one in told if "charset" not in one.lower())
    return django(environ, start_response)
