"""What starting, pausing and completing write into the job and into the laser run."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from laseros import clock
from laseros.errors import TransitionError
from operators_app.models import Operator
from operators_app.verbs import Actor
from presets_app.models import Material
from queue_app.models import LaserRun, QueueItem
from queue_app.verbs import cancel_item, complete_job, pause_job, start_job
from tests.factories import make_item, make_preset, make_project

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def cut(olga: Operator) -> Any:
    """What start and complete ask for."""
    return {"operator_id": olga.pk, "preset_id": make_preset("P").pk}


def test_each_entry_moves_the_time_of_the_last_one_and_ends_the_pause(
    cut: Any, operator: Actor
) -> None:
    begun = clock.now() - 60 * MINUTE
    item = make_item().pk

    def now() -> QueueItem:
        return QueueItem.objects.get(pk=item)

    start_job(item, **cut, by=operator, performed_at=begun)
    assert (now().started_at, now().first_started_at, now().last_entry_at) == (begun,) * 3
    pause_job(item, "Lunch", by=operator, performed_at=begun + 20 * MINUTE)
    assert now().paused_at == now().last_entry_at == begun + 20 * MINUTE
    start_job(item, **cut, by=operator, performed_at=begun + 30 * MINUTE)
    assert (now().paused_at, now().first_started_at) == (None, begun)
    assert now().last_entry_at == now().started_at == begun + 30 * MINUTE
    complete_job(item, **cut, by=operator, performed_at=begun + 40 * MINUTE)
    assert now().last_entry_at == now().completed_at == begun + 40 * MINUTE
    assert now().ran_seconds == 30 * 60


def test_a_paused_job_that_was_cut_is_paused_no_longer(cut: Any, operator: Actor) -> None:
    item = make_item(paused_at=clock.now() - MINUTE)
    complete_job(item.pk, **cut, by=operator, performed_at=clock.now())
    item.refresh_from_db()
    assert (item.status, item.paused_at) == ("completed", None)


def test_a_run_keeps_what_the_operator_said_and_what_the_project_was_of(
    cut: Any, olga: Operator, operator: Actor
) -> None:
    item = make_item(status="in_progress", started_at=clock.now() - 10 * MINUTE)
    said: Any = {"actual_cut_time": 42, "sheet_count": 2, "parts_produced": 50, "notes": "Clean"}
    told = complete_job(item.pk, **cut, **said, by=operator).data
    run = LaserRun.objects.get()
    assert (run.cut_time_minutes, run.logged_minutes, run.sheet_count) == (42, 10, 2)
    assert (run.parts_produced, run.notes, run.operator_id) == (50, "Clean", olga.pk)
    assert (run.material_type, run.material_thickness) == ("Mild Steel", Decimal(3))
    assert told["warnings"] == []  # as many as were ordered


def test_too_few_parts_are_a_warning(cut: Any, operator: Actor) -> None:
    item = make_item(status="in_progress")
    told = complete_job(item.pk, **cut, parts_produced=49, by=operator).data
    assert told["warnings"] == ["49 parts were made, 50 were ordered."]


def test_a_preset_for_another_material_is_a_warning(olga: Operator, operator: Actor) -> None:
    brass = make_preset("Brass-3mm", material=Material.objects.get(name="Brass"))
    given: Any = {"operator_id": olga.pk, "preset_id": brass.pk}
    assert start_job(make_item().pk, **given, by=operator).data["warnings"] == [
        "The preset Brass-3mm is for Brass, the project is of Mild Steel."
    ]


def test_a_project_without_material_can_be_cut_all_the_same(cut: Any, operator: Actor) -> None:
    item = make_item(make_project(material=None, material_thickness=None), status="in_progress")
    complete_job(item.pk, **cut, by=operator)
    run = LaserRun.objects.get()
    assert (run.material_type, run.material_thickness) == ("", None)


@pytest.mark.parametrize("status", ["completed", "cancelled"])
def test_the_minutes_of_the_log_belong_to_one_run_only(
    status: str, cut: Any, operator: Actor
) -> None:
    item = make_item(status=status, ran_seconds=600)
    complete_job(item.pk, **cut, by=operator, performed_at=clock.now())
    run = LaserRun.objects.get()
    assert (run.logged_minutes, run.cut_time_minutes) == (0, 0)
    assert run.status == ("pending" if status == "completed" else "completed")


def test_who_cancels_a_running_job_is_told_what_to_do(manager: Actor) -> None:
    item = make_item(status="in_progress")
    with pytest.raises(TransitionError) as refused:
        cancel_item(item.pk, by=manager)
    assert refused.value.message == (
        "This job is running; pause or complete it before you cancel it."
    )
    with pytest.raises(TransitionError) as refused:
        cancel_item(make_item(make_project("b"), status="completed").pk, by=manager)
    assert refused.value.message == "This job is already completed."
