"""The entrance for a WSGI server such as gunicorn."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.wsgi import get_wsgi_application

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "laseros.settings")
django = get_wsgi_application()


class CountedBody:
    """A request's body that knows how much of what was announced is still `left` to come.

    A line that is cut looks like the end of the body to Django, which would take a form without
    the file that came with it.
    """

    def __init__(self, inner: Any, length: int) -> None:
        self.inner = inner
        self.left = length

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes."""
        return self._counted(self.inner.read(size))

    def readline(self, size: int = -1) -> bytes:
        """Return a line, or at most `size` bytes of it."""
        return self._counted(self.inner.readline(size))

    def _counted(self, data: bytes) -> bytes:
        self.left -= len(data)
        return data


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Serve one request.

    A charset that the client claims is passed over, for everything here is UTF-8: Django decodes
    the query by it before any middleware, and fails on codecs that are no charsets (rot13).
    """
    told = environ.get("CONTENT_TYPE", "").split(";")
    environ["CONTENT_TYPE"] = ";".join(one for one in told if "charset" not in one.lower())
    length = environ.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and int(length):
        environ["wsgi.input"] = CountedBody(environ["wsgi.input"], int(length))
    return django(environ, start_response)
