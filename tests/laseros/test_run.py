"""`manage.py run`, started for real: it serves, ends cleanly, and says why it cannot."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from laseros.running import is_running

BASE = Path(__file__).resolve().parents[2]
LOGIN = "/api/mobile/auth/login"
PATIENCE_SECONDS = 180

pytestmark = pytest.mark.server


class Shop:
    """One started `manage.py run`, with a folder and a port of its own."""

    def __init__(self, folder: Path, *, demo: bool = False) -> None:
        self.folder = folder
        self.demo = demo
        self.port = free_port()
        self.process: subprocess.Popen[str] | None = None
        self.log = folder / "said.txt"

    def start(self, **variables: str) -> Shop:
        """Start it with nothing set but `variables`; what it says goes to a file."""
        options = [] if self.demo else ["--no-demo"]
        self.log.write_text("")
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "run", *options],
                cwd=BASE,
                env={**self.environment(), **variables},
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                text=True,
            )
        return self

    def environment(self) -> dict[str, str]:
        """Return the whole environment of the process."""
        return {
            "PATH": os.environ["PATH"],
            "ENV_FILE": "/dev/null",
            "LASEROS_DATA": str(self.folder),
            "PORT": str(self.port),
        }

    @property
    def said(self) -> str:
        """What it has printed so far."""
        return self.log.read_text()

    def until_running(self) -> Shop:
        """Wait until it says that it runs, and its job process has processes of its own.

        In the moment before, django-q2 takes a signal for a bug of its own and says so at length.
        """
        wait_for(lambda: "is running" in self.said or self.has_ended(), self)
        wait_for(lambda: self._jobs() > 1 or self.has_ended(), self)
        assert not self.has_ended(), self.said
        return self

    def _jobs(self) -> int:
        return sum("qcluster" in command for command in self.processes().values())

    def has_ended(self) -> bool:
        """Tell whether the launcher has ended."""
        assert self.process
        return self.process.poll() is not None

    def signal(self, number: int) -> None:
        """Send the launcher a signal."""
        assert self.process
        self.process.send_signal(number)

    def exit_code(self) -> int:
        """Wait for the end of the launcher."""
        assert self.process
        return self.process.wait(PATIENCE_SECONDS)

    def health(self) -> int:
        """Return the status of /health, or 0 when nobody answers."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            line.request("GET", "/health")
            return line.getresponse().status
        except OSError:
            return 0
        finally:
            line.close()

    def login(self, username: str, password: str) -> int:
        """Return the status with which the API answers a sign-in."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            body = json.dumps({"username": username, "password": password})
            line.request("POST", LOGIN, body, {"Content-Type": "application/json"})
            return line.getresponse().status
        finally:
            line.close()

    def manage(self, *arguments: str) -> None:
        """Run another management command on the shop's data."""
        subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=BASE,
            env=self.environment(),
            check=True,
            timeout=PATIENCE_SECONDS,
        )

    def processes(self) -> dict[int, str]:
        """Return every living process of this shop, found by its folder in the environment."""
        mark = f"LASEROS_DATA={self.folder}\0".encode()
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with suppress(OSError):
                if mark in (entry / "environ").read_bytes() + b"\0":
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    found[int(entry.name)] = command.strip()
        return found

    def eldest(self, word: str) -> int:
        """Return the process with `word` in its command that was started first."""
        return min(number for number, command in self.processes().items() if word in command)

    def clear_away(self) -> None:
        """End what a failed test has left."""
        for number in self.processes():
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        if self.process:
            self.process.wait(PATIENCE_SECONDS)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for(condition: Callable[[], bool], shop: Shop) -> None:
    """Wait until `condition` holds; what the shop has said explains a failure."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, shop.said
        time.sleep(0.1)


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose database is made; each test works on a copy."""
    folder = tmp_path_factory.mktemp("migrated")
    Shop(folder).manage("migrate", "--verbosity=0")
    return folder


@pytest.fixture
def shop(tmp_path: Path, migrated: Path) -> Iterator[Shop]:
    """A shop that is not started yet."""
    shop = Shop(shutil.copytree(migrated, tmp_path / "shop"))
    yield shop
    shop.clear_away()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_a_signal_and_leaves_no_process(shop: Shop, number: int) -> None:
    shop.start().until_running()
    assert is_running(shop.folder / "laseros.sqlite3")
    assert shop.health() == 200
    assert f"http://localhost:{shop.port}/admin/" in shop.said
    assert f"http://localhost:{shop.port}/api/docs" in shop.said
    assert len(shop.processes()) >= 4  # launcher, server and its worker, job process …
    shop.signal(number)
    started = time.monotonic()
    assert shop.exit_code() == 0
    assert time.monotonic() - started < 10
    assert shop.processes() == {}
    assert "Traceback" not in shop.said
    assert "Laser OS has stopped." in shop.said
    assert not is_running(shop.folder / "laseros.sqlite3")


def test_the_first_start_loads_the_demo_and_the_second_keeps_the_data(tmp_path: Path) -> None:
    shop = Shop(tmp_path, demo=True)
    try:
        shop.start().until_running()
        assert "Bringing the database up to date" in shop.said
        assert "Loading the demo shop" in shop.said
        assert "admin, manager, operator1, operator2, operator3, viewer" in shop.said
        assert shop.login("operator1", "laseros-demo") == 200
        rename = "from operators_app.models import User as U; "
        rename += "U.objects.filter(username='operator1').update(username='olga')"
        shop.manage("shell", "--verbosity=0", "--command", rename)
        shop.signal(signal.SIGINT)
        assert shop.exit_code() == 0
        shop.start().until_running()
        assert "Bringing the database up to date" not in shop.said
        assert "Loading the demo shop" not in shop.said
        assert shop.login("olga", "laseros-demo") == 200
        assert shop.login("operator1", "laseros-demo") == 401
    finally:
        shop.clear_away()


def test_a_shop_whose_people_have_all_left_starts_without_the_demo(shop: Shop) -> None:
    add = "from operators_app.models import User; "
    add += "User.objects.create(username='left', is_active=False)"
    shop.manage("shell", "--verbosity=0", "--command", add)
    shop.demo = True
    shop.start().until_running()
    assert "This database holds a shop of its own" in shop.said
    assert "Accounts  none yet" in shop.said


def test_a_killed_launcher_takes_its_processes_along(shop: Shop) -> None:
    shop.start().until_running()
    shop.signal(signal.SIGKILL)
    shop.exit_code()
    wait_for(lambda: shop.processes() == {}, shop)
    assert "Traceback" not in shop.said


def test_a_killed_server_and_a_killed_job_process_are_started_again(shop: Shop) -> None:
    shop.start().until_running()
    old = {shop.eldest("gunicorn"), shop.eldest("qcluster")}
    for number in old:
        os.kill(number, signal.SIGKILL)
    wait_for(lambda: shop.said.count("started again in 1 s.") == 2, shop)
    wait_for(lambda: shop.health() == 200, shop)
    wait_for(lambda: any("qcluster" in said for said in shop.processes().values()), shop)
    assert "The server was killed (SIGKILL)" in shop.said
    assert "The job process was killed (SIGKILL)" in shop.said
    assert not old & set(shop.processes())
    shop.signal(signal.SIGTERM)
    assert shop.exit_code() == 0
    assert shop.processes() == {}


def test_a_server_that_cannot_boot_ends_everything(shop: Shop) -> None:
    shop.start(GUNICORN_CMD_ARGS="--no-such-option")
    assert shop.exit_code() == 1
    assert "Laser OS cannot start: The server ended (exit code 2)" in shop.said
    assert shop.processes() == {}


def refusal(shop: Shop, **variables: str) -> str:
    """Return the one sentence with which the start is refused."""
    assert shop.start(**variables).exit_code() == 1
    said = shop.said.strip()
    assert re.fullmatch(r"Laser OS cannot start: [^\n]+\.", said), said
    assert shop.processes() == {}
    return said


def test_a_busy_port_is_told_in_a_sentence(shop: Shop) -> None:
    with socket.create_server(("127.0.0.1", shop.port)):
        assert f"port {shop.port} is in use by another program" in refusal(shop)


def test_a_host_of_another_computer_is_told_in_a_sentence(shop: Shop) -> None:
    assert "HOST=192.0.2.1 is no address of this computer" in refusal(shop, HOST="192.0.2.1")


def test_a_wrong_port_is_told_in_a_sentence(shop: Shop) -> None:
    assert "PORT: Not a valid integer" in refusal(shop, PORT="abc")


def test_an_unreachable_database_is_told_without_its_password(shop: Shop) -> None:
    url = f"postgres://someone:Hidden77@127.0.0.1:{free_port()}/shop"
    said = refusal(shop, DATABASE_URL=url)
    assert "the database shop at 127.0.0.1:" in said
    assert "Hidden77" not in said


def test_a_broken_database_file_is_told_in_a_sentence(shop: Shop) -> None:
    for file in shop.folder.glob("laseros.sqlite3*"):
        file.unlink()
    (shop.folder / "laseros.sqlite3").write_bytes(b"not a database " * 100)
    assert "laseros.sqlite3 cannot be reached" in refusal(shop)
