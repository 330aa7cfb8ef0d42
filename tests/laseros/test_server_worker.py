"""Requests too malformed to reach the program: the server answers them in the envelope, too."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests.laseros.test_run import PATIENCE_SECONDS, Shop, migrated, shop

__all__ = ["migrated", "shop"]  # its fixtures

HEAD = b"GET /api/mobile/queue HTTP/1.1\r\nHost: localhost\r\n"
MALFORMED = {
    "long address": (b"GET /api/mobile/queue?a=" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n", 414),
    "no request": (b"\x16\x03\x01\x02\x00\r\n\r\n", 400),
    "no protocol": (b"GET /api/mobile/queue\r\n\r\n", 400),
    "unknown version": (b"GET /api/mobile/queue HTTP/9.9\r\nHost: localhost\r\n\r\n", 400),
    "bad method": (b"G(T /api/mobile/queue HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "NUL in a header": (HEAD + b"X-A: a\0b\r\n\r\n", 400),
    "bad name of a header": (HEAD + b"X A: 1\r\n\r\n", 400),
    "folded header": (HEAD + b"X-A: 1\r\n  2\r\n\r\n", 400),
    "long header": (HEAD + b"X-A: " + b"x" * 9000 + b"\r\n\r\n", 431),
    "many headers": (HEAD + b"".join(b"X-%d: 1\r\n" % n for n in range(200)) + b"\r\n", 431),
    "two lengths": (HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
    "no length": (HEAD + b"Content-Length: -1\r\n\r\n", 400),
    "unknown coding": (HEAD + b"Transfer-Encoding: magic\r\n\r\n", 501),
}


def ask(port: int, raw: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send bytes as they are; return status, headers and body of the answer."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as line:
        line.sendall(raw)
        said = b""
        while part := line.recv(65536):
            said += part
    head, _, body = said.partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    headers = dict(one.lower().split(": ", 1) for one in rest)
    return int(first.split()[1]), headers, body


@pytest.mark.server
def test_what_cannot_be_read_is_answered_in_the_envelope(shop: Shop, tmp_path: Path) -> None:
    shop.start().until_running()
    for name, (raw, status) in MALFORMED.items():
        told, headers, body = ask(shop.port, raw)
        assert told == status, (name, told, body)
        assert headers["content-type"] == "application/json", name
        assert headers["content-length"] == str(len(body)), name
        answer = json.loads(body)
        assert answer["success"] is False
        assert answer["error"].endswith(".")
        assert answer["code"]
    assert shop.health() == 200
