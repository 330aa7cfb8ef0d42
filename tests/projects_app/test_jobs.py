"""The job that reads drawings: at least once, and never brought down by one of them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from laseros.errors import NotAllowed, NotFound
from operators_app.models import ActivityLog, LogHead, Source
from operators_app.verbs import SYSTEM_USERNAME, Actor
from projects_app import jobs
from projects_app.dxf import read_apart
from projects_app.dxf_problems import TOO_LARGE, UnreadableDrawing
from projects_app.jobs import read_design_file, requeue_unread
from projects_app.models import DesignFile, ReadState
from projects_app.verbs import record_reading
from tests.projects_app.drawings import (
    BRACKET,
    REAL,
    WHY_NOT_REAL,
    make_drawing,
    waiting_jobs,
)
from tests.projects_app.test_dxf_unreadable import bomb


def head() -> int:
    """Return the last entry's number."""
    return LogHead.objects.get().seq


def test_what_is_in_a_drawing_is_read_and_shown(manager: Actor) -> None:
    row = make_drawing(manager)
    read_design_file(row.pk)
    row.refresh_from_db()
    assert row.read_state == ReadState.READY
    assert (row.units, row.width_mm, row.height_mm) == ("mm", 120, 40)
    assert row.bounding_box_mm == {"min_x": 0, "min_y": 0, "max_x": 120, "max_y": 40}
    assert row.layers == ["INNER", "OUTER"]
    assert row.entity_counts == {"CIRCLE": 4, "LWPOLYLINE": 3}
    assert row.read_problem == ""


def test_the_system_is_named_as_the_reader_and_the_project_is_stamped(manager: Actor) -> None:
    row = make_drawing(manager)
    read_design_file(row.pk)
    row.refresh_from_db()
    entry = ActivityLog.objects.get(seq=row.seq)
    assert (entry.verb, entry.source, entry.target_id) == ("record_reading", Source.JOB, row.pk)
    assert entry.user.username == SYSTEM_USERNAME
    assert row.project.seq == row.seq


@pytest.mark.skipif(not REAL.exists(), reason=WHY_NOT_REAL)
def test_a_real_drawing_goes_the_whole_way(manager: Actor) -> None:
    path = REAL / "laser4diy" / "laserenclosure4_v8_compartmentleft_cut.dxf"
    row = make_drawing(manager, path.name, path.read_bytes())
    read_design_file(row.pk)
    row.refresh_from_db()
    assert (row.width_mm, row.height_mm) == pytest.approx((490.524, 392), abs=0.001)
    assert row.entity_counts == {"CIRCLE": 18, "LWPOLYLINE": 8}


def test_a_job_that_runs_twice_changes_nothing_the_second_time(
    manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = make_drawing(manager)
    read_design_file(row.pk)
    seq = head()
    read_design_file(row.pk)
    assert head() == seq
    # Two workers at once: both have read it before either writes.
    facts = read_apart(row.file.path)
    for reading in (facts, UnreadableDrawing("Too late.")):
        outcome = record_reading(row.pk, reading, by=Actor.system(Source.JOB))
        assert outcome.data["design_file"]["read_state"] == ReadState.READY
    assert head() == seq


def test_a_drawing_that_is_gone_is_none_of_the_jobs_business(manager: Actor) -> None:
    seq = head()
    read_design_file(0)
    assert head() == seq
    with pytest.raises(NotFound):
        record_reading(0, UnreadableDrawing("x"), by=Actor.system(Source.JOB))


def test_only_the_system_and_managers_record_a_reading(manager: Actor, operator: Actor) -> None:
    row = make_drawing(manager)
    with pytest.raises(NotAllowed):
        record_reading(row.pk, UnreadableDrawing("x"), by=operator)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (BRACKET[: len(BRACKET) // 2], "cut short"),
        (BRACKET.replace(b"LWPOLYLINE", b"NOTHINGS").replace(b"CIRCLE", b"SPHERE"), "nothing to"),
        (b"  0\nSECTION\n" + bytes(range(256)) * 10 + b"\nENDSEC", "damaged"),
    ],
    ids=["truncated", "empty", "garbage"],
)
def test_what_cannot_be_read_is_kept_and_marked_with_the_reason(
    manager: Actor, content: bytes, reason: str
) -> None:
    row = make_drawing(manager, content=content)
    read_design_file(row.pk)
    row.refresh_from_db()
    assert row.read_state == ReadState.UNREADABLE
    assert reason in row.read_problem
    assert row.width_mm is None
    assert Path(row.file.path).read_bytes() == content


def test_a_hostile_drawing_is_given_up_and_marked(
    manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = read_apart
    monkeypatch.setattr(jobs, "read_apart", lambda path: read(path, cpu_seconds=1))
    row = make_drawing(manager, content=bomb())
    read_design_file(row.pk)
    row.refresh_from_db()
    assert row.read_state == ReadState.UNREADABLE
    assert "too long" in row.read_problem


def reading_process(tmp_path: Path, end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program that ends so in the place of the one that reads."""
    program = tmp_path / "reader"
    program.write_text(f"#!/bin/sh\n{end}\n")
    program.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(program))


def test_a_reading_process_that_is_killed_marks_the_drawing(
    manager: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = make_drawing(manager)
    reading_process(tmp_path, "kill -9 $$", monkeypatch)
    read_design_file(row.pk)
    row.refresh_from_db()
    assert (row.read_state, row.read_problem) == (ReadState.UNREADABLE, TOO_LARGE)


@pytest.mark.parametrize("end", ["kill -15 $$", "echo disk trouble >&2; exit 3", "exit 1"])
def test_trouble_that_may_pass_is_tried_again_and_marks_nothing(
    manager: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    row = make_drawing(manager)
    reading_process(tmp_path, end, monkeypatch)
    with pytest.raises(OSError, match="reading process"):
        read_design_file(row.pk)
    row.refresh_from_db()
    assert row.read_state == ReadState.PENDING


def test_a_file_lost_from_the_disk_is_marked(manager: Actor) -> None:
    row = make_drawing(manager)
    Path(row.file.path).unlink()
    read_design_file(row.pk)
    row.refresh_from_db()
    assert row.read_state == ReadState.UNREADABLE
    assert "missing" in row.read_problem


def test_a_storage_elsewhere_is_read_through_a_copy(
    manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_path(self: Any, name: str) -> str:
        raise NotImplementedError

    row = make_drawing(manager)
    paths: list[Path] = []
    read = read_apart

    def noting(path: Path) -> Any:
        paths.append(path)
        return read(path)

    opened = Path(row.file.path).open
    monkeypatch.setattr(FileSystemStorage, "path", no_path)
    monkeypatch.setattr(FileSystemStorage, "_open", lambda self, name, mode: opened(mode))
    monkeypatch.setattr(jobs, "read_apart", noting)
    read_design_file(row.pk)
    assert DesignFile.objects.get(pk=row.pk).read_state == ReadState.READY
    assert [path.exists() for path in paths] == [False]


def test_forgotten_drawings_are_asked_for_again(manager: Actor) -> None:
    forgotten, fresh, read = (make_drawing(manager) for _ in range(3))
    read_design_file(read.pk)
    OrmQ.objects.all().delete()
    old = timezone.now() - jobs.FORGOTTEN_AFTER - dt.timedelta(minutes=1)
    DesignFile.objects.filter(pk__in=[forgotten.pk, read.pk]).update(created_at=old)
    assert requeue_unread() == 1
    assert waiting_jobs() == [forgotten.pk]
    read_design_file(forgotten.pk)
    assert requeue_unread() == 0
    assert DesignFile.objects.get(pk=fresh.pk).read_state == ReadState.PENDING


@pytest.mark.django_db
def test_the_schedule_that_asks_again_stands_once() -> None:
    schedule = Schedule.objects.get(func="projects_app.jobs.requeue_unread")
    assert (schedule.schedule_type, schedule.minutes, schedule.repeats) == ("I", 15, -1)
