"""The bench: what it fills is a shop that could be real, and it measures one row to the end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import Count, F

from benchmarks import front_page
from benchmarks.fill import fill, reset
from benchmarks.report import Report, at_least, at_most
from benchmarks.rows import Shop, Sizes
from operators_app.models import ActivityLog, Flag, LogHead, Operator
from operators_app.verbs import Actor
from projects_app.models import DesignFile, Project, ProjectPart
from queue_app.models import IS_ACTIVE, LaserRun, QueueCount, QueueItem
from queue_app.verbs import complete_job, move_item, start_job

BASE = Path(__file__).resolve().parents[2]
TINY = Sizes(clients=3, projects=40, runs=100, operators=4, presets=6)


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    """A tiny shop, filled as the bench does it."""
    return fill(TINY)


def live_counts() -> dict[str, int]:
    """Return how many items have each status, counted."""
    found = QueueItem.objects.values_list("status").annotate(count=Count("id"))
    return dict(found.order_by("status"))


def kept_counts() -> dict[str, int]:
    """Return how many items have each status, as kept."""
    return dict(QueueCount.objects.values_list("status", "count"))


@pytest.mark.django_db(transaction=True)
def test_a_filled_shop_is_consistent(shop: Shop) -> None:
    assert (Project.objects.count(), QueueItem.objects.count()) == (40, 40)
    assert QueueItem.objects.filter(IS_ACTIVE).count() == 20
    assert (ProjectPart.objects.count(), DesignFile.objects.count()) == (120, 120)
    assert (LaserRun.objects.count(), Operator.objects.count()) == (100, 4)
    assert kept_counts() == live_counts()
    seqs = list(ActivityLog.objects.order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, LogHead.objects.get().seq + 1))
    assert (
        LaserRun.objects.filter(seq=F("entry_id"), entry__target_id=F("queue_item")).count() == 100
    )
    assert not QueueItem.objects.exclude(project_id=F("id")).exists()
    connection.check_constraints()


@pytest.mark.django_db(transaction=True)
def test_what_a_measurement_changed_is_undone(shop: Shop) -> None:
    before = list(QueueItem.objects.order_by("id").values())
    projects = list(Project.objects.order_by("id").values("id", "status", "seq"))
    by, waiting = Actor.system(), 40
    start_job(waiting, operator_id=1, preset_id=1, by=by)
    move_item(waiting, 2, by=by)
    assert LogHead.objects.get().seq == shop.last_seq + 2
    reset(shop)
    assert list(QueueItem.objects.order_by("id").values()) == before
    assert list(Project.objects.order_by("id").values("id", "status", "seq")) == projects
    assert (LogHead.objects.get().seq, ActivityLog.objects.latest("seq").seq) == (
        shop.last_seq,
        shop.last_seq,
    )
    assert kept_counts() == live_counts()
    move_item(waiting, 1, by=by)  # ids and numbers go on as they should


@pytest.mark.django_db(transaction=True)
def test_flagged_completions_are_undone_with_their_flags(shop: Shop) -> None:
    running = shop.sizes.past + 1
    complete_job(running, operator_id=1, preset_id=1, actual_cut_time=9999, by=Actor.system())
    assert Flag.objects.count() == 1
    reset(shop)
    assert not Flag.objects.exists()
    assert LaserRun.objects.count() == TINY.runs


@pytest.mark.django_db(transaction=True)
def test_the_home_page_is_measured_with_all_that_it_asks(shop: Shop) -> None:
    page, statements = front_page.page(), front_page.statements_of(front_page.page)
    assert b'id="home-body"' in page
    assert any("queue_app_laserrun" in sql for sql, _params in statements)
    assert len(statements) <= front_page.MOST_STATEMENTS
    front_page.send(statements)


def test_a_missed_goal_is_told_and_the_other_databases_rows_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    for database in ("sqlite", "postgresql", "sqlite"):
        report = Report(database)
        report.add("one", "× floor", [5.0, 7.0, 6.0], at_most(5))
        report.add("two", "× other", [3.0], at_least(3))
        report.leave_out("three", "not written", at_most(6))
        report.write(path)
    rows = json.loads(path.read_text())
    assert [row["database"] for row in rows] == ["postgresql"] * 3 + ["sqlite"] * 3
    assert [row["figure"] for row in rows[:3]] == [6.0, 3.0, None]
    assert [row["met"] for row in rows[:3]] == [False, True, None]
    assert set(rows[0]) == {"work", "figure", "unit", "goal", "met", "database"}


@pytest.mark.server
def test_the_bench_measures_a_row_against_the_floor(tmp_path: Path) -> None:
    folder = tmp_path / "bench"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.run", "--only", "fresh reads"],
        cwd=BASE,
        env={
            "PATH": os.environ["PATH"], "LASEROS_DATA": str(folder), "SCALE": "0.001",
            "ROUNDS": "1", "REQUESTS": "2",
        },
        capture_output=True,
        text=True,
        timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads((tmp_path / "bench.json").read_text())
    ratios = {row["work"]: row for row in rows if row["unit"] == "× floor, CPU"}
    assert set(ratios) == {
        "GET queue, fresh", "GET projects, fresh", "GET queue/{id}, fresh", "GET presets, fresh",
    }  # fmt: skip
    assert all(row["figure"] > 0 for row in ratios.values())


@pytest.mark.parametrize(
    ("scale", "only", "told"),
    [("0.001", "nonsense", "There is no work with “nonsense”"), ("abc", "delta", "SCALE must be")],
)
def test_what_cannot_be_measured_is_refused_at_once(
    scale: str, only: str, told: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.run", "--only", only],
        cwd=BASE, capture_output=True, text=True, timeout=60,
        env={"PATH": os.environ["PATH"], "LASEROS_DATA": str(tmp_path / "b"), "SCALE": scale},
    )  # fmt: skip
    assert done.returncode != 0
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
