"""Sends forms byte by byte: names as no browser writes them, and files that are never in memory."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.test import Client

from laseros.wsgi import CountedBody

BOUNDARY = b"a-boundary-of-tests"
BLOCK = 256 * 1024


class Stream(io.RawIOBase):
    """A body that is made while it is read; `watch` is called after each block."""

    def __init__(self, blocks: Iterator[bytes], watch: Callable[[], None] | None = None) -> None:
        self.blocks = blocks
        self.watch = watch
        self.rest = b""

    def readable(self) -> bool:
        """Yes."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes."""
        if not self.rest:
            self.rest = next(filter(None, self.blocks), b"")
            if self.watch:
                self.watch()
        given, self.rest = self.rest[:size], self.rest[size:]
        return given


def zeros(count: int) -> Iterator[bytes]:
    """Yield so many NUL bytes, block by block."""
    for _ in range(count // BLOCK):
        yield bytes(BLOCK)
    yield bytes(count % BLOCK)


def post(
    browser: Client,
    path: str,
    fields: Mapping[str, Any],
    name: bytes,
    filename: bytes,
    content: Callable[[], Iterator[bytes]],
    watch: Callable[[], None] | None = None,
    cut: int = 0,
) -> Any:
    """Post a form with one file; `content` is called twice: to measure, and to send.

    The line breaks before the last `cut` bytes.
    """
    head = b"".join(
        b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        % (BOUNDARY, field.encode(), str(value).encode())
        for field, value in fields.items()
    )
    head += b'--%s\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n' % (
        BOUNDARY, name, filename,
    )  # fmt: skip
    head += b"Content-Type: application/octet-stream\r\n\r\n"
    tail = b"\r\n--%s--\r\n" % BOUNDARY
    length = len(head) + sum(map(len, content())) + len(tail)

    def blocks() -> Iterator[bytes]:
        left = length - cut
        for block in itertools.chain([head], content(), [tail]):
            yield block[:left]
            left -= len(block[:left])

    extra: dict[str, Any] = {
        "wsgi.input": CountedBody(Stream(blocks(), watch), length),
        "CONTENT_LENGTH": str(length),
        "CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY.decode()}",
    }
    return browser.generic("POST", path, **extra)
