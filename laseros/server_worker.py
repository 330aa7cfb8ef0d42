"""The server's worker: what is too malformed to reach the program is answered in its words, too."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from gunicorn import util
from gunicorn.workers.gthread import ThreadWorker


class EnvelopeWorker(ThreadWorker):  # type: ignore[misc]  # an untyped library
    """Gunicorn's worker with threads; its errors are the API's envelope instead of HTML.

    At any address, for of a request that cannot be read the address may not be known.
    """

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Let gunicorn judge and log the request, and answer with the status that it found."""
        kept = Kept(client)
        super().handle_error(req, kept, addr, exc)
        if kept.said:
            with suppress(OSError):
                util.write_nonblock(client, answer(kept.said))


class Kept:
    """A connection on which nothing is sent yet."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.said = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

    def sendall(self, data: bytes) -> None:
        """Keep what would be sent."""
        self.said += data


def answer(said: bytes) -> bytes:
    """Return the answer in the envelope, with the status line of gunicorn's own."""
    from laseros.api import error_body, to_json  # the worker is chosen before Django is set up

    status_line = said.partition(b"\r\n")[0]
    body = to_json(error_body(int(status_line.split()[1])))
    head = b"Connection: close\r\nContent-Type: application/json\r\nContent-Length: %d" % len(body)
    return b"\r\n".join([status_line, head, b"", body])
