"""Phones at work on a started shop that is being maltreated, and what must hold afterwards."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.laseros.databases import manage, shell
from tests.laseros.test_run import Shop, wait_for

DEMO_PASSWORD = "laseros-demo"
PATIENCE_SECONDS = 90
PAUSE_SECONDS = 0.1
Body = dict[str, Any]

# What the log and the tables say, as JSON.
TELL = """
import json
from django_q.models import OrmQ
from operators_app.models import ActivityLog
from projects_app.models import DesignFile
from queue_app.models import QueueItem
entries = ActivityLog.objects.filter(source="api").values_list("op_id", "result")
print(json.dumps({
    "entries": [[str(key), result] for key, result in entries],
    "items": dict(QueueItem.objects.values_list("pk", "status")),
    "jobs": OrmQ.objects.count(),
    "drawings": list(DesignFile.objects.values_list("read_state", flat=True)),
}))
"""

# A job whose process was killed is handed out again five minutes later: let them have passed.
LATER = """
from django.utils import timezone
from django_q.models import OrmQ
OrmQ.objects.update(lock=timezone.now())
"""


class FaultyShop(Shop):
    """A started demo shop, on a database of its own."""

    def __init__(self, folder: Path, database: dict[str, str]) -> None:
        super().__init__(folder, demo=True)
        self.database = database

    def environment(self) -> dict[str, str]:
        """Return the whole environment, that of the database included."""
        return {**super().environment(), **self.database}

    @property
    def base(self) -> str:
        """The address."""
        return f"http://127.0.0.1:{self.port}"

    def restart(self) -> None:
        """Start it again, once all that is left of it has ended."""
        wait_for(lambda: self.processes() == {}, self)
        self.start().until_running()

    def tell(self) -> dict[str, Any]:
        """Return what the log and the tables say."""
        told: dict[str, Any] = json.loads(shell(self.environment(), TELL))
        return told

    def jobs_are_done(self) -> dict[str, Any]:
        """Wait until no job waits; return what the tables say then."""
        shell(self.environment(), LATER)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (told := self.tell())["jobs"]:
            assert time.monotonic() < deadline, f"{told['jobs']} jobs still wait"
            time.sleep(0.5)
        return told

    def assert_healthy(self) -> None:
        """Assert that the doctor finds nothing."""
        doctor = manage(self.environment(), "doctor")
        assert (doctor.returncode, doctor.stdout) == (0, ""), doctor.stdout + doctor.stderr


@dataclass
class Change:
    """A request with its key, and the answer that it got in the end."""

    method: str
    path: str
    body: Body
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    answer: Body = field(default_factory=dict)


@dataclass
class Worker:
    """An operator who works on jobs of their own, and sends each change until it is answered."""

    base: str
    name: str
    items: dict[int, str] = field(default_factory=dict)  # what each job's status must be
    changes: list[Change] = field(default_factory=list)
    tries: int = 0
    unavailable: int = 0

    def sign_in(self) -> None:
        """Sign in, and take note of who this is and which preset there is."""
        said = {"username": self.name, "password": DEMO_PASSWORD}
        told = requests.post(f"{self.base}/api/mobile/auth/login", json=said, timeout=30).json()
        self.headers = {"Authorization": f"Bearer {told['access_token']}"}
        self.who = {"operator_id": told["operator"]["id"]}
        presets = self.ask("GET", "presets").json()["presets"]
        self.who["preset_id"] = presets[0]["id"]

    def ask(self, method: str, path: str, body: Body | None = None, key: str = "") -> Any:
        """Send one request."""
        headers = {**self.headers, "Idempotency-Key": key} if key else self.headers
        return requests.request(
            method, f"{self.base}/api/mobile/{path}", json=body, headers=headers, timeout=15
        )

    def send(self, change: Change) -> Any:
        """Send a change again and again until it is answered; return the answer."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            self.tries += 1
            with suppress(requests.ConnectionError, requests.Timeout):
                answer = self.ask(change.method, change.path, change.body, change.key)
                if answer.status_code != 503:
                    return answer
                check_refusal(answer)
                self.unavailable += 1
            assert time.monotonic() < deadline, f"{change} was never answered"
            time.sleep(PAUSE_SECONDS)

    def work(self, seed: int, stop: threading.Event) -> None:
        """Start, pause, change and complete one's jobs at random until told to stop."""
        dice = random.Random(seed)
        while not stop.is_set():
            active = [one for one in self.items if self.items[one] != "completed"]
            item = dice.choice(active)
            change, after = self.next_change(dice, item, may_complete=len(active) > 1)
            answer = self.send(change)
            assert answer.status_code == 200, (change, answer.text)
            change.answer = answer.json()
            self.changes.append(change)
            self.items[item] = after
            time.sleep(0.02)

    def next_change(
        self, dice: random.Random, item: int, *, may_complete: bool
    ) -> tuple[Change, str]:
        """Return a change that the job's status allows, and the status after it."""
        status = self.items[item]
        if dice.random() < 0.3:
            notes = {"notes": f"note {dice.random()}"}
            return Change("PATCH", f"queue/{item}", notes), status
        if status == "queued":
            return Change("POST", f"queue/{item}/start", self.who), "in_progress"
        if may_complete and dice.random() < 0.05:
            done = {**self.who, "sheet_count": 1}
            return Change("POST", f"queue/{item}/complete", done), "completed"
        return Change("POST", f"queue/{item}/pause", {"reason": "fault"}), "queued"


def check_refusal(answer: requests.Response) -> None:
    """Assert that an answer 503 is JSON with a sentence."""
    assert answer.headers["Content-Type"] == "application/json", answer.text
    told = answer.json()
    assert told["success"] is False
    assert told["code"] in {"unavailable", "disk_full"}
    assert told["error"].endswith(".")
    assert answer.headers["Retry-After"] == "5"


@dataclass
class Crew:
    """Several workers at once."""

    workers: Sequence[Worker]
    failures: list[BaseException] = field(default_factory=list)

    @classmethod
    def of(cls, shop: FaultyShop) -> Crew:
        """Sign in the demo's operators, and share out the jobs that wait or run."""
        workers = [Worker(shop.base, f"operator{number}") for number in (1, 2, 3)]
        for worker in workers:
            worker.sign_in()
        queue = workers[0].ask("GET", "queue?limit=200").json()["queue_items"]
        active = [one for one in queue if one["status"] in {"queued", "in_progress"}]
        for number, one in enumerate(active):
            workers[number % 3].items[one["id"]] = one["status"]
        return cls(workers)

    @contextmanager
    def at_work(self, seed: int) -> Iterator[None]:
        """Let all work within the block; in the end each change has been answered."""
        stop = threading.Event()
        threads = [
            threading.Thread(target=self._run, args=(worker, seed + number, stop))
            for number, worker in enumerate(self.workers)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join(2 * PATIENCE_SECONDS)
        assert not self.failures, self.failures

    def _run(self, worker: Worker, seed: int, stop: threading.Event) -> None:
        try:
            worker.work(seed, stop)
        except BaseException as error:
            self.failures.append(error)

    def check(self, shop: FaultyShop, known: set[str]) -> None:
        """Assert that every answered change is there, once, and nothing else.

        `known` are the keys of the log's entries before the work began.
        """
        told = shop.tell()
        done = {key: result for key, result in told["entries"] if key not in known}
        assert len(told["entries"]) == len(done) + len(known)
        answered = {change.key: change for worker in self.workers for change in worker.changes}
        assert set(done) == set(answered)
        for key, change in answered.items():
            assert change.answer.items() >= done[key].items(), change
        for worker in self.workers:
            now = {item: told["items"][str(item)] for item in worker.items}
            assert now == worker.items
            for change in worker.changes[-10:]:
                assert worker.send(change).json() == change.answer
        assert len(shop.tell()["entries"]) == len(told["entries"])


def keys(told: dict[str, Any]) -> set[str]:
    """Return the keys of the log's entries."""
    return {key for key, _ in told["entries"]}


def kill(numbers: Sequence[int]) -> None:
    """Kill processes, as a computer without memory does."""
    for number in numbers:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
