"""`manage.py doctor` on the demo shop: silent while all is well, and outspoken about damage.

Beside it the model of the log (`replay.py`), which knows nothing of how the program or the doctor
work: it agrees with the tables and the API on the demo's two months.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from laseros import clock
from laseros import doctor as examiner
from operators_app.models import Operator
from projects_app.invariants import no_file_is_left_over
from projects_app.models import Project
from queue_app.models import LaserRun, QueueCount, QueueItem
from tests.conftest import on_postgres
from tests.phone import Phone
from tests.queue_app import agreement
from tests.queue_app.conftest import Demo, doctor
from tests.queue_app.damage import BROKEN, sql
from tests.queue_app.replay import Shop

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _shop(demo: Demo, settings: Any) -> None:
    """The demo shop, with its files."""
    settings.MEDIA_ROOT = demo.files


def test_it_says_nothing_of_a_shop_that_is_well() -> None:
    assert doctor() == ""


def test_it_tells_what_it_looks_at_where_asked() -> None:
    database, *told = doctor(verbosity=2).splitlines()
    assert database.startswith("Looking at the database ")
    assert "Checking: Replaying the log gives the tables." in told
    assert all(line.startswith("Checking: ") for line in told)


@pytest.mark.parametrize("name", BROKEN)
def test_it_tells_of_damage_and_what_to_do(name: str) -> None:
    damage, sentence = BROKEN[name]
    with transaction.atomic():
        damage()
        told = first_to_tell(sentence)
        transaction.set_rollback(True)
    assert told
    assert all(line.endswith(".") for line in told)


def first_to_tell(sentence: str) -> list[str]:
    """Return all that the first check says that says this; the quick ones are asked first."""
    for check in reversed(examiner.invariants()):
        told = examiner.examine(check)
        assert "could not be checked" not in str(told)
        if any(sentence in line for line in told):
            return told
    return []


def test_it_says_what_is_wrong_and_ends_with_one() -> None:
    with transaction.atomic():
        damage, sentence = BROKEN["count"]
        damage()
        told = doctor()
        transaction.set_rollback(True)
    assert sentence in told
    assert len(told.splitlines()) == 1


def test_it_looks_no_further_where_migrations_wait() -> None:
    with transaction.atomic():
        sql("DELETE FROM django_migrations")
        told = doctor()
        transaction.set_rollback(True)
    assert "migrations wait" in told
    assert len(told.splitlines()) == 1


@pytest.mark.skipif(not on_postgres(), reason="SQLite's counters follow by themselves")
def test_it_tells_of_a_counter_that_fell_behind() -> None:
    place = "pg_get_serial_sequence('queue_app_laserrun', 'id')"
    sql(f"SELECT setval({place}, 1)")
    told = doctor()
    sql(f"SELECT setval({place}, (SELECT max(id) FROM queue_app_laserrun))")
    assert "The counter of the table queue_app_laserrun stands behind its rows" in told
    assert doctor() == ""


def test_of_a_thousand_of_one_kind_it_tells_the_first_and_the_number() -> None:
    with transaction.atomic():
        count = Project.objects.update(seq=0)
        told = doctor().splitlines()
        transaction.set_rollback(True)
    assert len(told) == examiner.MOST_SENTENCES + 1
    assert told[-1] == f"… and {count - examiner.MOST_SENTENCES} more of this kind."


def test_a_check_that_fails_is_told_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> list[str]:
        """All is well."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")
        return []

    def sad() -> list[str]:
        """All is well, too."""
        return ["It is not."]

    monkeypatch.setattr(examiner, "_invariants", [broken, sad])
    told = doctor().splitlines()
    assert told[0].startswith("“All is well.” could not be checked: ")
    assert told[-1] == "It is not."


def left_over(demo: Demo, age: dt.timedelta) -> Path:
    """Return a stored file that no row names, as an interrupted upload leaves it."""
    path = demo.files / "designs" / "left.dxf"
    path.write_bytes(b"0\n")
    then = path.stat().st_mtime - age.total_seconds()
    os.utime(path, (then, then))
    return path


def test_a_file_just_stored_is_no_reason_for_concern(demo: Demo) -> None:
    path = left_over(demo, DAY / 2)
    told = doctor()
    call_command("sweep_files")
    assert path.exists()
    path.unlink()
    assert told == ""


def test_an_old_file_that_belongs_to_nothing_is_told_and_swept(
    demo: Demo, capsys: pytest.CaptureFixture[str]
) -> None:
    path = left_over(demo, 2 * DAY)
    assert "The file designs/left.dxf belongs to no drawing" in doctor()
    call_command("sweep_files")
    assert not path.exists()
    assert "1 file was deleted" in capsys.readouterr().out
    assert doctor() == ""


def test_a_file_newer_than_the_database_is_not_swept(demo: Demo) -> None:
    """The command was given the database from before a move, or from a backup."""
    path = left_over(demo, 2 * DAY)
    before = clock.now() - 3 * DAY
    with transaction.atomic():
        sql(f"UPDATE operators_app_activitylog SET recorded_at = '{before:%Y-%m-%d %H:%M:%S}'")
        with pytest.raises(CommandError, match=r"Nothing was deleted: The file designs/left\.dxf"):
            call_command("sweep_files")
        transaction.set_rollback(True)
    assert path.exists()
    path.unlink()


def test_an_upload_that_was_refused_meanwhile_is_no_reason_for_concern(
    demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = FileSystemStorage.listdir

    def listdir(storage: FileSystemStorage, path: str) -> tuple[list[str], list[str]]:
        folders, files = everything(storage, path)
        return folders, [*files, "gone.dxf"]

    monkeypatch.setattr(FileSystemStorage, "listdir", listdir)
    assert list(no_file_is_left_over()) == []


@pytest.fixture(scope="module")
def told(demo: Demo, django_db_blocker: Any) -> Shop:
    """The demo shop as its log tells it."""
    with django_db_blocker.unblock():
        return Shop().read_on()


def test_the_tables_hold_what_the_log_tells(told: Shop) -> None:
    assert len(told.cuts) > 30
    agreement.assert_tables_agree(told)


def test_the_api_answers_what_the_log_tells(told: Shop) -> None:
    boss = Operator.objects.get(user__username="manager")
    agreement.assert_api_agrees(told, Phone.of(boss))
    for operator in Operator.objects.all():
        agreement.assert_statistics_agree(told, operator.pk, Phone.of(operator))


@pytest.mark.parametrize(
    "damage",
    [
        lambda: QueueItem.objects.filter(status="queued", paused_at=None).update(rank=-1.0),
        lambda: QueueItem.objects.filter(status="completed").update(ran_seconds=1),
        lambda: LaserRun.objects.filter(status="pending").update(status="completed"),
        lambda: QueueCount.objects.filter(status="cancelled").update(count=99),
    ],
    ids=["order", "minutes", "runs", "counts"],
)
def test_the_model_notices_damage(told: Shop, damage: Callable[[], int]) -> None:
    assert damage()
    with pytest.raises(AssertionError):
        agreement.assert_tables_agree(told)
