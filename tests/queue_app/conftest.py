"""The demo shop, for tests that want a shop with some history; the manager's desk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client, override_settings

from laseros import clock
from operators_app.models import Operator
from operators_app.verbs import Actor
from queue_app.models import LaserRun, QueueItem
from queue_app.verbs import complete_job, start_job
from tests.demo import put_demo
from tests.desk import Desk
from tests.factories import make_item
from tests.queue_app.board import NOON
from tests.queue_app.cuts import work


class Demo(NamedTuple):
    """What was said while the demo was loaded, and where its files are."""

    said: str
    files: Path


@pytest.fixture
def running(olga: Operator, manager: Actor) -> QueueItem:
    """A job that has run for 26 minutes."""
    hour_ago = clock.now() - dt.timedelta(minutes=60)
    item = make_item(added_at=hour_ago, last_entry_at=hour_ago)
    begun = clock.now() - dt.timedelta(minutes=26)
    start_job(item.pk, **work(olga), by=manager, performed_at=begun)
    return item


@pytest.fixture
def run(running: QueueItem, olga: Operator, operator: Actor) -> LaserRun:
    """A run of 26 minutes that counts."""
    complete_job(running.pk, **work(olga), sheet_count=2, notes="burr", by=operator)
    return LaserRun.objects.get()


@pytest.fixture(scope="module")
def demo(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demo]:
    """The demo, there for a module and rolled back after it."""
    files = tmp_path_factory.mktemp("demo")
    settings = {
        "DEBUG": True,
        "MEDIA_ROOT": files,
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    }
    with django_db_blocker.unblock(), override_settings(**settings), transaction.atomic():
        yield Demo(put_demo(), files)
        transaction.set_rollback(True)


def doctor(**options: Any) -> str:
    """Return what the doctor says; it exits with 1 if and only if something is wrong."""
    said = StringIO()
    code: object = 0
    try:
        call_command("doctor", stdout=said, **options)
    except SystemExit as end:
        code = end.code
    told = said.getvalue()
    wrong = [
        line for line in told.splitlines() if not line.startswith(("Looking at ", "Checking: "))
    ]
    assert code == (1 if wrong else 0)
    return told


@pytest.fixture
def at_noon() -> Iterator[None]:
    """Stand still at a Monday's morning: the board's forecasts are counted from there."""
    with clock.pretend(NOON):
        yield


@pytest.fixture
def desk(mary: Operator) -> Client:
    """The manager's browser."""
    return Desk(mary).browser
