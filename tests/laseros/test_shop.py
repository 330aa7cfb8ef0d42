"""Commands that need a shop say so in a sentence where there is none, and make none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from laseros.running import is_running, marked_as_running
from operators_app.models import LogHead
from tests.conftest import on_postgres
from tests.laseros.databases import manage, postgres_database

COMMANDS = ["doctor", "renew_epoch", "sweep_files"]


@pytest.mark.parametrize("command", COMMANDS)
def test_where_there_is_no_shop_a_command_says_so_and_makes_none(
    tmp_path: Path, command: str
) -> None:
    file = tmp_path / "laseros.sqlite3"
    if command == "renew_epoch":
        file.touch()  # as empty as none
    done = manage({"LASEROS_DATA": str(tmp_path)}, command)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"CommandError: There is no shop in the database file {file}: check LASEROS_DATA and "
        "DATABASE_URL, or restore the backup.\n"
    )
    assert not file.exists() or file.stat().st_size == 0


@pytest.mark.skipif(not on_postgres(), reason="empties a database of a PostgreSQL server")
def test_an_empty_database_of_postgresql_holds_no_shop(tmp_path: Path) -> None:
    with postgres_database() as url:
        done = manage({"LASEROS_DATA": str(tmp_path), "DATABASE_URL": url}, "renew_epoch")
    assert done.returncode == 1
    assert done.stderr.startswith("CommandError: There is no shop in the database ")


def test_a_file_that_is_no_database_is_told_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "laseros.sqlite3"
    file.write_bytes(b"Not a database. " * 600)
    done = manage({"LASEROS_DATA": str(tmp_path)}, "renew_epoch")
    assert done.returncode == 1
    assert done.stderr.startswith(f"CommandError: The database file {file} cannot be read: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.django_db
@pytest.mark.skipif(on_postgres(), reason="SQLite looks through its file")
def test_no_epoch_begins_in_a_damaged_database() -> None:
    before = LogHead.objects.get().epoch

    def damaged(execute: Any, sql: str, *rest: Any) -> Any:
        return execute(sql.replace("PRAGMA quick_check(1)", "SELECT 'row 1 missing'"), *rest)

    with connection.execute_wrapper(damaged), pytest.raises(CommandError, match="is damaged; noth"):
        call_command("renew_epoch")
    assert LogHead.objects.get().epoch == before


def test_a_launcher_is_noticed_as_long_as_it_runs(tmp_path: Path) -> None:
    file = tmp_path / "laseros.sqlite3"
    assert not is_running(file)
    with marked_as_running(file), marked_as_running(file):
        assert is_running(file)
    assert not is_running(file)
    assert not is_running(tmp_path / "nowhere" / "laseros.sqlite3")


def test_a_shop_that_runs_is_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "vendor", "postgresql")
    with (
        marked_as_running(tmp_path / "old.sqlite3"),
        pytest.raises(CommandError, match="Laser OS is running: stop it first"),
    ):
        call_command("copy_database", source=f"sqlite:///{tmp_path}/old.sqlite3")
