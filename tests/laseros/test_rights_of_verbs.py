"""The table of rights on the level of verbs: who may carry out which, whatever the way in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from laseros.errors import NotAllowed
from operators_app.models import Flag, Operator, Role, User
from operators_app.verbs import Actor
from projects_app.verbs import assign_design_file
from queue_app import verbs
from queue_app.models import LaserRun
from queue_app.queries import queue_version
from tests.conftest import actor
from tests.factories import make_item, make_person, make_preset, make_project

pytestmark = pytest.mark.django_db

WHO = ("viewer", "operator", "another operator", "manager", "admin")


@pytest.fixture
def cast(
    victor: User, olga: Operator, otto: Operator, mary: Operator, ada: Operator
) -> dict[str, Operator | User]:
    """One person for each column of the table."""
    return dict(zip(WHO, (victor, olga, otto, mary, ada), strict=True))


def _recut(by: Actor) -> None:
    project = make_project(status="completed")
    verbs.recut(project.pk, "Scrap", by=by)


def _resolve(by: Actor) -> None:
    item = make_item()
    operator = make_person("fact", Role.OPERATOR)
    verbs.complete_job(
        item.pk, operator_id=operator.pk, preset_id=make_preset("Fact").pk,
        performed_at=timezone.now(), by=actor(operator),
    )  # fmt: skip
    verbs.resolve_flag(Flag.objects.get().pk, accept=True, by=by)


def _told_run() -> LaserRun:
    operator = make_person("cutter", Role.OPERATOR)
    verbs.complete_job(
        make_item().pk, operator_id=operator.pk, preset_id=make_preset("Told").pk,
        performed_at=timezone.now(), by=actor(operator),
    )  # fmt: skip
    return LaserRun.objects.get()


def _correct(by: Actor) -> None:
    verbs.correct_run(_told_run().pk, {"cut_time_minutes": 9}, "Slip", by=by)


def _reject(by: Actor) -> None:
    verbs.reject_run(_told_run().pk, "Twice", by=by)


def _restore(by: Actor) -> None:
    run = _told_run()
    verbs.reject_run(run.pk, "Twice", by=Actor.system())
    verbs.restore_run(run.pk, "Once", by=by)


def _confirm(by: Actor) -> None:
    item = make_item(status="in_progress")
    operator = by.operator_id or make_person("cutter", Role.OPERATOR).pk
    preset = make_preset("Told").pk
    verbs.complete_job(
        item.pk, operator_id=operator, preset_id=preset, minutes_confirmed=True, by=by
    )


def _cancel(by: Actor) -> None:
    verbs.cancel_item(make_item().pk, by=by)


def _move(by: Actor) -> None:
    verbs.move_item(make_item().pk, 1, by=by)


def _place(by: Actor) -> None:
    item = make_item()
    verbs.place_item(item.pk, after=None, before=None, rank=item.rank, by=by)


def _reorder(by: Actor) -> None:
    verbs.reorder_queue([make_item().pk], queue_version(), by=by)


def _assign(by: Actor) -> None:
    somebody = make_person("fact", Role.OPERATOR)
    verbs.update_item(make_item().pk, {"assigned_to": somebody}, by=by)


def _assign_drawing(by: Actor) -> None:
    assign_design_file(make_project().design_files.get().pk, None, by=by)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize(
    "verb",
    [
        _recut, _resolve, _correct, _reject, _restore, _confirm, _cancel, _move, _place, _reorder,
        _assign, _assign_drawing,
    ],
)  # fmt: skip
def test_verbs_of_managers_refuse_everybody_else(
    verb: Callable[[Actor], None], who: str, cast: dict[str, Operator | User]
) -> None:
    person = cast[who]
    by = actor(person) if isinstance(person, Operator) else Actor.of_user(person)
    if who in {"manager", "admin"}:
        verb(by)
    else:
        with pytest.raises(NotAllowed):
            verb(by)


@pytest.mark.parametrize("role", [Role.VIEWER, None])
def test_whoever_only_looks_carries_out_no_verb_of_cutting(db: None, role: Role | None) -> None:
    person = make_person("looker", role)
    item, preset = make_item(), make_preset("Any")
    by = actor(person)
    cut: dict[str, Any] = {"operator_id": person.pk, "preset_id": preset.pk, "by": by}
    attempts: list[Callable[[], object]] = [
        lambda: verbs.start_job(item.pk, **cut),
        lambda: verbs.complete_job(item.pk, **cut),
        lambda: verbs.pause_job(item.pk, "Lunch", by=by),
        lambda: verbs.update_item(item.pk, {"priority": "high"}, by=by),
        lambda: verbs.add_to_queue(item.project_id, by=by),
    ]
    for attempt in attempts:
        with pytest.raises(NotAllowed):
            attempt()
