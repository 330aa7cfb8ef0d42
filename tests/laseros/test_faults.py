"""A started shop is killed, cut off from its database, and left without room, under load.

Whatever was answered has been done, once; whatever was not is done when it is sent again; no verb
is done by half, no job is lost, and the doctor finds nothing.
"""

from __future__ import annotations

import random
import re
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import requests

from laseros.outages import NO_ANSWER, NO_ROOM
from projects_app import drawing
from tests.back_office import BackOffice, id_in, token_of
from tests.conftest import on_postgres
from tests.laseros.databases import postgres_database, postgres_server
from tests.laseros.faults import (
    DEMO_PASSWORD,
    Change,
    Crew,
    FaultyShop,
    check_refusal,
    keys,
    kill,
)
from tests.laseros.test_run import wait_for

pytestmark = pytest.mark.server
SEED = 20261121


@pytest.fixture(scope="module")
def database() -> Iterator[dict[str, str]]:
    """The variables of a database of this module's own: SQLite has its folder."""
    if not on_postgres():
        yield {}
        return
    with postgres_database() as url:
        yield {"DATABASE_URL": url}


@pytest.fixture(scope="module")
def the_shop(
    tmp_path_factory: pytest.TempPathFactory, database: dict[str, str]
) -> Iterator[FaultyShop]:
    """The started demo shop; all tests of the module go on with what the last one left."""
    shop = FaultyShop(tmp_path_factory.mktemp("shop"), database)
    try:
        shop.start().until_running()
        yield shop
    finally:
        shop.clear_away()


@pytest.fixture
def shop(the_shop: FaultyShop) -> FaultyShop:
    """The shop, running, whatever the test before has done to it."""
    if the_shop.health() != 200:
        the_shop.clear_away()
        the_shop.restart()
    return the_shop


class Office:
    """A manager who adds drawings to a project, and counts those that the shop has taken."""

    def __init__(self, shop: FaultyShop) -> None:
        self.office = BackOffice(shop.base, "manager", DEMO_PASSWORD)
        page = self.office.open("projects_app/project/?status__exact=request")
        self.taken = self.sent = 0
        self.project = id_in(re.findall(r"/admin/projects_app/project/\d+/change/", page)[0])

    def upload(self, count: int, content: bytes = b"") -> requests.Response:
        """Add drawings, some at once."""
        page = self.office.open(f"projects_app/project/{self.project}/change/")
        files = [
            ("files", (f"fault-{self.sent + n}.dxf", content or drawing.panel()))
            for n in range(count)
        ]
        self.sent += count
        answer = self.office.session.post(
            f"{self.office.base}projects_app/project/{self.project}/upload/drawings/",
            data={"csrfmiddlewaretoken": token_of(page)}, files=files, timeout=60,
        )  # fmt: skip
        added = re.search(r"Upload: (\d+) of \d+ done", answer.text)
        self.taken += int(added[1]) if added else 0
        return answer


# --- Killed ---


def victims(shop: FaultyShop) -> dict[str, Callable[[], list[int]]]:
    """Return whom to kill: the server, its worker, the job process, a child of it, all."""

    def server(*, eldest: bool) -> list[int]:
        found = sorted(n for n, said in shop.processes().items() if "gunicorn" in said)
        return found[:1] if eldest else found[1:]

    def jobs(*, eldest: bool) -> list[int]:
        found = sorted(n for n, said in shop.processes().items() if "qcluster" in said)
        return found[:1] if eldest else found[-1:]

    return {
        "server": lambda: server(eldest=True),
        "worker": lambda: server(eldest=False),
        "job process": lambda: jobs(eldest=True),
        "job worker": lambda: jobs(eldest=False),
        "launcher": lambda: [shop.process.pid] if shop.process else [],
        "everything": lambda: list(shop.processes()),
    }


def test_a_shop_that_is_killed_again_and_again_loses_nothing(shop: FaultyShop) -> None:
    dice = random.Random(SEED)
    crew, office, before = Crew.of(shop), Office(shop), shop.tell()
    targets = victims(shop)
    order = dice.sample([*targets], len(targets))
    with crew.at_work(SEED):
        for name in order:
            with suppress(requests.RequestException, AssertionError):
                office.upload(2)
            time.sleep(dice.uniform(0.1, 0.8))
            kill(targets[name]())
            if name in {"launcher", "everything"}:
                shop.exit_code()
                shop.restart()
            wait_for(lambda: shop.health() == 200, shop)
    crew.check(shop, keys(before))
    done = sum(len(worker.changes) for worker in crew.workers)
    assert sum(worker.tries for worker in crew.workers) > done > 20, "nothing was sent again"
    told = shop.jobs_are_done()
    assert office.taken > 0
    assert len(told["drawings"]) >= len(before["drawings"]) + office.taken
    assert set(told["drawings"]) == {"ready"}
    shop.assert_healthy()


# --- Cut off from the database ---


@contextmanager
def no_connections(server: str, name: str) -> Iterator[None]:
    """Refuse every connection to a database, as while it is started again."""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as line:
        line.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')  # type: ignore[arg-type, unused-ignore]
        cut(line, name)
        try:
            yield
        finally:
            line.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')  # type: ignore[arg-type, unused-ignore]


def cut(line: psycopg.Connection, name: str) -> int:
    """Cut all connections to a database; return how many there were."""
    found = line.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
    )
    return len(found.fetchall())


@pytest.mark.skipif(not on_postgres(), reason="SQLite has no connections that could be cut")
def test_a_shop_cut_off_from_its_database_says_so_and_goes_on_afterwards(
    shop: FaultyShop, database: dict[str, str]
) -> None:
    dice = random.Random(SEED)
    server, name = postgres_server(), urlsplit(database["DATABASE_URL"]).path.strip("/")
    crew, office, before = Crew.of(shop), Office(shop), shop.tell()
    with crew.at_work(SEED), psycopg.connect(f"{server}/postgres", autocommit=True) as line:
        office.upload(2)
        for _ in range(8):
            time.sleep(dice.uniform(0.1, 0.6))
            wait_for(lambda: cut(line, name) > 0, shop)
        with no_connections(server, name):
            answer = crew.workers[0].ask("GET", "queue")
            check_refusal(answer)
            assert answer.status_code == 503
            assert requests.get(f"{shop.base}/health/db", timeout=15).status_code == 503
            page = office.office.session.get(office.office.base, timeout=15)
            assert page.status_code == 503
            assert str(NO_ANSWER) in page.text
            wait_for(lambda: all(worker.unavailable for worker in crew.workers), shop)
    crew.check(shop, keys(before))
    assert requests.get(f"{shop.base}/health/db", timeout=15).status_code == 200
    assert set(shop.jobs_are_done()["drawings"]) == {"ready"}
    shop.assert_healthy()


# --- Without room ---


@contextmanager
def no_room(shop: FaultyShop, size_bytes: int) -> Iterator[None]:
    """Let no process of the shop make a file larger than this."""
    processes = list(shop.processes())

    def limit(size: int) -> None:
        for number in processes:
            with suppress(ProcessLookupError):
                resource.prlimit(number, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    limit(size_bytes)
    try:
        yield
    finally:
        limit(resource.RLIM_INFINITY)


def stored_files(shop: FaultyShop) -> set[Path]:
    """Return the files of drawings and documents."""
    return {path for path in (shop.folder / "files").rglob("*") if path.is_file()}


def test_a_shop_without_room_says_so_and_goes_on_once_there_is(shop: FaultyShop) -> None:
    crew, office, before = Crew.of(shop), Office(shop), shop.tell()
    files = stored_files(shop)
    worker = crew.workers[0]
    item = next(iter(worker.items))
    begun, end, _ = drawing.panel().rpartition(b"  0\nEOF\n")
    large = begun + b"999\nroom\n" * 20_000 + end
    with no_room(shop, 60_000):
        page = office.upload(1, large)
        sentences = [str(NO_ROOM)] if on_postgres() else [str(NO_ROOM), str(NO_ANSWER)]
        assert any(escape(sentence) in page.text for sentence in sentences)
        assert stored_files(shop) == files
        if not on_postgres():
            notes = [f"{number} {'sheet ' * 70}" for number in range(60)]
            sent = [Change("PATCH", f"queue/{item}", {"notes": one}) for one in notes]
            refused = next(one for one in sent if not taken(worker.ask(
                one.method, one.path, one.body, one.key)))  # fmt: skip
    told = shop.tell()
    assert told["drawings"] == before["drawings"]
    assert stored_files(shop) == files
    if not on_postgres():
        assert refused.key not in keys(told)
        assert worker.send(refused).json()["success"]
        assert refused.key in keys(shop.tell())
    done = office.upload(1, large)
    assert "Upload: 1 of 1 done" in done.text, "the upload was refused though there is room"
    assert len(stored_files(shop)) == len(files) + 1
    assert set(shop.jobs_are_done()["drawings"]) == {"ready"}
    shop.assert_healthy()


def taken(answer: requests.Response) -> bool:
    """Tell whether a change was taken; assert that a refusal is a sentence."""
    if answer.status_code == 503:
        check_refusal(answer)
    return answer.status_code == 200
