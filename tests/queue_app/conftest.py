"""The demo shop, for tests that want a shop with some history."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings


class Demo(NamedTuple):
    """What was said while the demo was loaded, and where its files are."""

    said: str
    files: Path


@pytest.fixture(scope="module")
def demo(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demo]:
    """The demo, loaded once for a module and rolled back after it."""
    files = tmp_path_factory.mktemp("demo")
    settings = {
        "DEBUG": True,
        "MEDIA_ROOT": files,
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    }
    with django_db_blocker.unblock(), override_settings(**settings), transaction.atomic():
        yield Demo(load_demo(), files)
        transaction.set_rollback(True)


def load_demo() -> str:
    """Load the demo; return what the command said."""
    said = StringIO()
    call_command("load_demo", stdout=said)
    return said.getvalue()


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
