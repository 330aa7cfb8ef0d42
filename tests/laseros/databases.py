"""Databases of a test's own, and management commands run on them as processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings

from tests.conftest import on_postgres
from tests.laseros.test_run import BASE


def postgres_server() -> str:
    """Return the address of the PostgreSQL server for tests, without a database's name."""
    if on_postgres():
        config = settings.DATABASES["default"]
        password = f":{config['PASSWORD']}" if config["PASSWORD"] else ""
        place = f"{config['HOST'] or '127.0.0.1'}:{config['PORT'] or 5432}"
        return f"postgres://{config['USER']}{password}@{place}"
    return os.environ.get("POSTGRES_URL", "postgres://postgres@127.0.0.1:5432")


def postgres_answers() -> bool:
    """Tell whether there is a PostgreSQL server to run a test with."""
    try:
        psycopg.connect(f"{postgres_server()}/postgres", connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def postgres_database() -> Iterator[str]:
    """Make an empty database, give its address, and drop it at the end.

    What a killed run leaves behind is named so that `.ci/run` drops it.
    """
    known = settings.DATABASES["default"]["NAME"] if on_postgres() else "laseros_ci"
    prefix = f"test_{str(known).removeprefix('test_')}"
    server, name = postgres_server(), f"{prefix}_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as line:
        line.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type, unused-ignore]
        try:
            yield f"{server}/{name}"
        finally:
            line.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[arg-type, unused-ignore]


def manage(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a management command with this environment and no other; return what came of it."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BASE, timeout=120, text=True, capture_output=True,
        env={"PATH": os.environ["PATH"], "ENV_FILE": "/dev/null", **environment},
    )  # fmt: skip


def shell(environment: dict[str, str], script: str) -> str:
    """Run Python in the program's own shell; return what it printed, assert that it went well."""
    done = manage(environment, "shell", "--verbosity=0", "--command", script)
    assert done.returncode == 0, done.stderr
    return done.stdout
