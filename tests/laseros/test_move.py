"""Moving a shop from SQLite to PostgreSQL with the README's command; nothing is lost on the way."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder

from operators_app.copying import CannotCopy, copy
from operators_app.management.commands import copy_database
from operators_app.models import ActivityLog, LogHead, Role, User
from presets_app.models import Material
from projects_app.models import Client
from tests.conftest import on_postgres
from tests.factories import make_user
from tests.laseros.databases import (
    manage,
    postgres_answers,
    postgres_database,
    postgres_server,
    shell,
)
from tests.laseros.test_readme import README
from tests.laseros.test_run import BASE, free_port

# What the demo shop does not hold: a waiting job, a finished one with its pickled result, a phone
# and a browser that are signed in, a lock-out in the making, and an id whose row is gone.
MORE = """
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from axes.models import AccessAttempt
from django_q.models import Task
from django_q.tasks import async_task
from operators_app.authentication import PhoneAccessToken, issue
from operators_app.models import LoginRecord, Session, User
from operators_app.verbs import Actor, delete, edit
from presets_app.models import Material, MaterialAlias

now, olga = timezone.now(), User.objects.get(username="operator1")
async_task("projects_app.jobs.read_design_file", 1)
Task.objects.create(id="a" * 32, name="done", func="f", args=(1, {"a"}), kwargs={}, result=[b"x"],
                    started=now, stopped=now, success=True)
browser = SessionStore()
browser["seen"] = "yes"
browser.create()
session = Session.objects.create(user=olga, expires_at=now + timezone.timedelta(days=7),
                                 ip_address="::1", auth_hash=olga.get_session_auth_hash())
LoginRecord.objects.create(user=olga, username="operator1", channel="api", outcome="success")
AccessAttempt.objects.create(username="x", ip_address="127.0.0.1", failures_since_start=3)
call = {"by": Actor.system()}
gone = edit(MaterialAlias, None, {"material": Material.objects.first(), "name": "Ü"}, **call)
delete(MaterialAlias, gone.data["id"], **call)
print(issue(PhoneAccessToken, {}, session), gone.data["id"])
"""

# Everything a database holds, and what the API says of it.
TELL = """
import json
from django.apps import apps
from django.test import Client
tables = {}
for model in apps.get_models(include_auto_created=True):
    columns = [field.attname for field in model._meta.concrete_fields]
    rows = model._base_manager.order_by("pk").values_list(*columns)
    tables[model._meta.db_table] = [dict(zip(columns, row)) for row in rows]
api = Client(headers={"Host": "localhost", "Authorization": "Bearer TOKEN"})
answers = [api.get("/api/mobile/" + path).json()
           for path in ("queue", "projects", "presets", "operators/me/stats")]
print(json.dumps([tables, answers], sort_keys=True, default=repr))
"""

ANOTHER_ID = """
from operators_app.verbs import Actor, edit
from presets_app.models import Material, MaterialAlias
made = edit(MaterialAlias, None, {"material": Material.objects.first(), "name": "Ü"},
            by=Actor.system())
print(made.data["id"], made.seq)
"""

needs_postgres = pytest.mark.skipif(not postgres_answers(), reason="no PostgreSQL server answers")
in_process = pytest.mark.skipif(not on_postgres(), reason="copies into the tests' own PostgreSQL")


def the_command() -> str:
    """Return the command as the README has it typed."""
    section = README.split("### Moving to PostgreSQL")[1]
    (command,) = re.findall(r"^(.*manage\.py copy_database.*)$", section, re.MULTILINE)
    return str(command)


def move(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the README's command."""
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": "/dev/null", **environment}
    return subprocess.run(
        ["bash", "-c", the_command()],
        cwd=BASE, env=environment, timeout=120, text=True, capture_output=True,
    )  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The variables of an empty PostgreSQL database."""
    with postgres_database() as url:
        yield {"LASEROS_DATA": str(tmp_path), "DATABASE_URL": url}


@pytest.mark.server
@needs_postgres
@pytest.mark.skipif(on_postgres(), reason="the run of the tests on SQLite moves the demo shop")
def test_the_demo_shop_moves_with_everything_it_holds(place: dict[str, str]) -> None:
    old = {"LASEROS_DATA": place["LASEROS_DATA"]}
    for command in ("migrate", "load_demo"):
        assert manage(old, command).returncode == 0
    token, gone = shell(old, MORE).split()
    before, said = json.loads(shell(old, TELL.replace("TOKEN", token)))

    moved = move(place)
    assert (moved.returncode, moved.stderr) == (0, "")
    assert "Copied and compared:" in moved.stdout
    after, still_said = json.loads(shell(place, TELL.replace("TOKEN", token)))
    (head_before,), (head_after,) = (one.pop("operators_app_loghead") for one in (before, after))
    assert head_after["seq"] == head_before["seq"]
    assert head_after["epoch"] != head_before["epoch"]
    assert len(before["operators_app_activitylog"]) > 800
    assert after == before
    assert still_said == said
    assert [one["success"] for one in said] == [True] * 4
    for variables in (old, place):
        doctor = manage(variables, "doctor")
        assert (doctor.returncode, doctor.stdout) == (0, "")
    new_id, new_seq = map(int, shell(place, ANOTHER_ID).split())
    assert (new_id, new_seq) == (int(gone) + 1, head_before["seq"] + 1)

    again = move(place)
    assert again.returncode == 1
    assert "holds a shop already, and nothing is overwritten" in again.stderr
    assert "Traceback" not in again.stderr


@pytest.fixture
def nobodys(place: dict[str, str], tmp_path: Path) -> Iterator[dict[str, str]]:
    """The variables of a database whose user may do nothing in it."""
    name = f"test_laseros_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(f"{postgres_server()}/postgres", autocommit=True) as line:
        line.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'x'")  # type: ignore[arg-type, unused-ignore]
        url = urlsplit(place["DATABASE_URL"])
        (tmp_path / "laseros.sqlite3").touch()
        try:
            theirs = url._replace(netloc=f"{name}:x@{url.hostname}:{url.port or 5432}")
            yield {**place, "DATABASE_URL": theirs.geturl()}
        finally:
            line.execute(f"DROP ROLE {name}")  # type: ignore[arg-type, unused-ignore]


@pytest.mark.server
@needs_postgres
@pytest.mark.skipif(not on_postgres(), reason="is tried on PostgreSQL")
@pytest.mark.parametrize("command", ["copy_database", "run"])
def test_a_database_that_belongs_to_somebody_else_is_told(
    nobodys: dict[str, str], command: str
) -> None:
    done = manage({**nobodys, "PORT": str(free_port())}, command)
    assert done.returncode == 1
    assert "its user may not make tables there; let the database belong to" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(on_postgres(), reason="the target is PostgreSQL")
@pytest.mark.django_db
def test_only_postgresql_is_copied_into() -> None:
    with pytest.raises(CommandError, match="Name the PostgreSQL database to copy into"):
        call_command("copy_database")


@pytest.mark.parametrize("url", ["postgres://localhost/shop", "mysql://x/y", "laseros.sqlite3"])
def test_only_sqlite_is_copied_from(url: str) -> None:
    with pytest.raises(CommandError, match=r"--from.*sqlite:////folder/file"):
        call_command("copy_database", source=url)


@pytest.fixture(scope="module")
def kept_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with one client, made once."""
    folder = tmp_path_factory.mktemp("shop")
    environment = {"LASEROS_DATA": str(folder)}
    assert manage(environment, "migrate").returncode == 0
    made = "from operators_app.verbs import Actor, edit\n"
    made += "from projects_app.models import Client, Part\n"
    made += "edit(Part, None, {'name': 'Bracket', 'number': 1, 'part_number': 'PT00001'},"
    made += "by=Actor.system())\n"
    shell(environment, made)
    return folder / "laseros.sqlite3"


@pytest.fixture
def old_shop(kept_shop: Path, tmp_path: Path) -> Path:
    """A copy of that database, to be spoilt."""
    return Path(shutil.copy(kept_shop, tmp_path / "old.sqlite3"))


def spoil(file: Path, statement: str) -> None:
    """Change an SQLite database past all rules."""
    with closing(sqlite3.connect(file)) as line:
        line.execute(statement)
        line.commit()


def last_entry(file: Path) -> int:
    """Return the number of the last entry in an SQLite database's log."""
    with closing(sqlite3.connect(file)) as line:
        (seq,) = line.execute("SELECT max(seq) FROM operators_app_activitylog").fetchone()
        return int(seq)


def refusal(file: Path, say: Any = lambda text: None) -> str:
    """Return why it is not copied; assert that the target is as it was."""
    before = LogHead.objects.get(), User.objects.count(), Material.objects.count()
    with pytest.raises(CannotCopy) as caught:
        copy(file, say)
    assert (LogHead.objects.get(), User.objects.count(), Material.objects.count()) == before
    return str(caught.value)


@in_process
@pytest.mark.django_db
class TestRefusals:
    """What stands in the way of a copy is told in a sentence, and nothing was copied."""

    def test_a_text_that_postgresql_cannot_hold_is_named(self, old_shop: Path) -> None:
        spoil(old_shop, "UPDATE projects_app_part SET description = 'a' || char(0) || 'b'")
        said = refusal(old_shop)
        assert "does not take “description” of the part with the id 1: " in said
        assert "NUL" in said
        spoil(old_shop, "UPDATE projects_app_part SET description = 'ab'")
        assert copy(old_shop, lambda text: None) > 100

    def test_a_text_longer_than_its_column_is_named(self, old_shop: Path) -> None:
        spoil(old_shop, "UPDATE projects_app_part SET part_number = '1234567890123'")
        assert "“part_number” of the part with the id 1: value too long" in refusal(old_shop)

    def test_a_json_value_that_postgresql_cannot_hold_is_told(self, old_shop: Path) -> None:
        spoil(old_shop, r"""UPDATE operators_app_activitylog SET "after" = '{"a": "\u0000"}'""")
        said = refusal(old_shop)
        assert "“after” of the log entry with the seq 1: " in said

    def test_a_reference_to_nothing_is_told(self, old_shop: Path) -> None:
        spoil(old_shop, "UPDATE projects_app_part SET client_id = 77")
        assert "contradicts itself: " in refusal(old_shop)

    def test_a_shop_that_is_still_worked_in_is_told(self, old_shop: Path) -> None:
        work = "UPDATE operators_app_loghead SET seq = seq + 1"
        said = refusal(old_shop, lambda text: spoil(old_shop, work))
        assert "was changed while it was copied" in said

    def test_a_target_with_people_is_left_alone(self, old_shop: Path) -> None:
        make_user("somebody", Role.VIEWER)
        assert "holds a shop already" in refusal(old_shop)

    def test_a_file_that_is_not_there_or_no_database_is_told(self, tmp_path: Path) -> None:
        assert "There is no database file" in refusal(tmp_path / "none.sqlite3")
        broken = tmp_path / "broken.sqlite3"
        broken.write_bytes(b"not a database " * 100)
        assert "cannot be read" in refusal(broken)

    @pytest.mark.parametrize(
        ("statement", "age"),
        [
            ("DELETE FROM django_migrations WHERE name = '0002_role_permissions'", "an older"),
            ("UPDATE django_migrations SET name = '0999' WHERE name = '0002_role_permissions'", ""),
            ("INSERT INTO django_migrations VALUES (999, 'queue_app', '0999', '')", "a newer"),
        ],
    )
    def test_a_database_of_another_version_is_told(
        self, old_shop: Path, statement: str, age: str
    ) -> None:
        spoil(old_shop, statement)
        assert f"last used by {age}" in refusal(old_shop)


@in_process
@pytest.mark.django_db
def test_a_target_that_gives_up_is_told_in_a_sentence(
    old_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def give_up(*args: Any) -> int:
        raise OperationalError("server closed the connection unexpectedly\n\tIt ended.")

    monkeypatch.setattr(copy_database, "copy", give_up)
    with pytest.raises(CommandError, match=r"^Nothing was copied: the database .* refused it"):
        call_command("copy_database", source=f"sqlite:///{old_shop}")


@in_process
@pytest.mark.django_db
def test_the_command_tells_what_it_copies(old_shop: Path, capsys: Any) -> None:
    call_command("copy_database", source=f"sqlite:///{old_shop}")
    said = capsys.readouterr().out
    assert f"Copying {old_shop}…" in said
    assert "parts: 1" in said
    assert "keep old.sqlite3 as a backup" in said
    assert ActivityLog.objects.count() == LogHead.objects.get().seq == last_entry(old_shop)
    assert not Client.objects.exists()
    assert ("queue_app", "0001_initial") in MigrationRecorder.Migration.objects.values_list(
        "app", "name"
    )
