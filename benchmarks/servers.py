"""Starts servers on loopback, asks them, and reads how much CPU they and the database took."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import place

LOCAL = "127.0.0.1"
READY_SECONDS = 60
WARM_UP = 20


class Broken(Exception):
    """Something did not work: no figure can be trusted."""


class Answer(NamedTuple):
    """What a server answered."""

    status: int
    body: bytes
    etag: str


class Sample(NamedTuple):
    """What some requests took, in seconds: CPU of server and database each, median latency."""

    cpu: float
    p50: float
    mean: float


Ask = Callable[["Line", int], Answer]


class Line:
    """One kept-alive connection."""

    def __init__(self, port: int, headers: Mapping[str, str]) -> None:
        self.http = http.client.HTTPConnection(LOCAL, port, timeout=60)
        self.headers = dict(headers)

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> Answer:
        """Send a request and read the whole answer."""
        sent = {**self.headers, **{name.replace("_", "-"): v for name, v in headers.items()}}
        self.http.request(method, path, body, sent)
        got = self.http.getresponse()
        return Answer(got.status, got.read(), got.getheader("ETag", ""))


@dataclass
class Server:
    """A gunicorn as `manage.py run` starts it, serving the program or the floor."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    headers: Mapping[str, str]
    database_cpu: Callable[[str], float]

    @contextmanager
    def line(self) -> Iterator[Line]:
        """Open a connection."""
        line = Line(self.port, self.headers)
        try:
            yield line
        finally:
            line.http.close()

    def own_cpu(self) -> float:
        """Return the seconds of CPU that the master and its workers have taken."""
        return cpu_of(self.process.pid) + sum(map(cpu_of, children(self.process.pid)))

    def cpu(self) -> float:
        """Return the seconds of CPU that the server and its database sessions have taken."""
        return self.own_cpu() + self.database_cpu(self.name)

    def measure(
        self, ask: Ask, count: int, status: int = 200, before: Callable[[], None] | None = None
    ) -> Sample:
        """Ask `count` times, one request after the other; `before` each is not counted.

        Raises Broken for an answer of another status.
        """
        took = []
        with self.line() as line:
            cpu = self.cpu()
            for number in range(count):
                if before:
                    before()
                begun = time.perf_counter()
                answer = ask(line, number)
                took.append(time.perf_counter() - begun)
                if answer.status != status:
                    raise Broken(f"{self.name} answered {answer.status}: {answer.body[:300]!r}")
            cpu = self.cpu() - cpu
        return Sample(cpu / count, statistics.median(took), statistics.fmean(took))

    def warm_up(self, path: str) -> Answer:
        """Ask some times and return the last answer, which must be a 200."""
        with self.line() as line:
            answers = [line.ask(path) for _ in range(WARM_UP)]
        if answers[-1].status != http.HTTPStatus.OK:
            raise Broken(f"{self.name}, {path}: {answers[-1].status} {answers[-1].body[:300]!r}")
        return answers[-1]


def cpu_of(pid: int) -> float:
    """Return the seconds of CPU of a process, its ended threads included; 0 once it is gone."""
    with suppress(OSError):
        return time.clock_gettime((~pid << 3) | 2)  # Linux: the CPU clock of a process
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def children(pid: int) -> list[int]:
    """Return the processes that a process has started and that live."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == pid:
                found.append(int(entry.name))
    return found


def backend_cpu(name: str) -> float:
    """Return the CPU of the PostgreSQL sessions of a server; 0 on SQLite, which is in-process.

    Each server names its sessions after itself (PGAPPNAME).
    """
    from django.db import connection

    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE application_name = %s", [name])
        return sum(cpu_of(row[0]) for row in cursor.fetchall())


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server((LOCAL, 0)) as listener:
        return int(listener.getsockname()[1])


def command(application: str, port: int) -> list[str]:
    """Return what `manage.py run` would start, for this application."""
    from laseros.management.commands.run import programs

    words = programs(LOCAL, port)[0].command
    return [application if word == "laseros.wsgi:application" else word for word in words]


@contextmanager
def served(
    application: str, name: str, scale: float, headers: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Serve an application on the database of `scale`; it ends with the block."""
    from laseros.supervisor import TETHER

    port = free_port()
    tether = [sys.executable, "-I", str(TETHER), str(os.getpid())]
    variables: dict[str, Any] = {**os.environ, **place.environment(scale), "PGAPPNAME": name}
    log = place.data_folder() / f"{name}.log"
    with log.open("wb") as said:
        process = subprocess.Popen(  # noqa: S603
            [*tether, *command(application, port)], cwd=place.BASE, env=variables,
            stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
        )  # fmt: skip
    try:
        _wait_for(process, port, log)
        yield Server(name, port, process, headers or {}, backend_cpu)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Broken(f"A server ended while it was starting:\n{log.read_text()}")
        with suppress(OSError):
            socket.create_connection((LOCAL, port), timeout=1).close()
            return
        time.sleep(0.05)
    raise Broken("A server did not get ready.")
