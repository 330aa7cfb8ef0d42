"""Each refusal of the queue's and the projects' verbs: its code, its sentence, what goes along."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from laseros import clock
from laseros.errors import InvalidInput, LaserOSError, TransitionError
from operators_app.models import Flag, Operator, User
from operators_app.verbs import Actor
from projects_app import verbs as projects
from projects_app.models import Project
from queue_app import verbs as queue
from queue_app.models import QueueItem
from tests.factories import make_client, make_item, make_preset, make_project
from tests.projects_app.drawings import BRACKET

pytestmark = pytest.mark.django_db

Verb = Callable[..., Any]


def refusal(verb: Verb, *args: Any, by: Actor, **given: Any) -> LaserOSError:
    """Return how the verb refuses; its sentence must be one, and nothing may have changed."""
    with pytest.raises(LaserOSError) as raised, transaction.atomic():
        verb(*args, by=by, **given)
    assert re.fullmatch(r"[A-Z“].{10,}\.", raised.value.message), raised.value.message
    return raised.value


@pytest.mark.parametrize(
    ("status", "refused"),
    [
        ("queued", {"pause": "not_running", "complete": "not_running"}),
        ("in_progress", {"start": "already_running", "cancel": "already_running"}),
        ("completed", dict.fromkeys(("start", "pause", "complete", "cancel"), "already_completed")
         | {"update": "finished", "move": "finished"}),
        ("cancelled", dict.fromkeys(("start", "pause", "complete", "cancel"), "cancelled")
         | {"update": "finished", "move": "finished"}),
    ],
)  # fmt: skip
def test_what_a_job_is_not_in_the_state_for(
    status: str, refused: dict[str, str], mary: Operator, manager: Actor
) -> None:
    item = make_item(status=status).pk
    cut: Any = {"operator_id": mary.pk, "preset_id": make_preset("P").pk}
    calls: dict[str, Callable[[], LaserOSError]] = {
        "start": lambda: refusal(queue.start_job, item, by=manager, **cut),
        "pause": lambda: refusal(queue.pause_job, item, "Lunch", by=manager),
        "complete": lambda: refusal(queue.complete_job, item, by=manager, **cut),
        "cancel": lambda: refusal(queue.cancel_item, item, by=manager),
        "update": lambda: refusal(queue.update_item, item, {"notes": "x"}, by=manager),
        "move": lambda: refusal(queue.move_item, item, 1, by=manager),
    }
    told = {name: calls[name]() for name in refused}
    assert {name: error.code for name, error in told.items()} == refused
    assert all(isinstance(error, TransitionError) for error in told.values())
    for name in set(told) - {"move"}:
        assert told[name].extra == {"status": status}
    if "update" in told:
        assert f"This job is {status} and" in told["update"].message


@pytest.mark.parametrize("what", ["operator", "preset"])
def test_what_is_switched_off_is_not_started_with(
    what: str, otto: Operator, manager: Actor
) -> None:
    preset = make_preset("P")
    row = otto if what == "operator" else preset
    row.is_active = False
    row.save()
    cut: Any = {"operator_id": otto.pk, "preset_id": preset.pk}
    assert refusal(queue.start_job, make_item().pk, by=manager, **cut).code == f"{what}_inactive"


def test_what_a_project_is_not_in_the_state_for(manager: Actor) -> None:
    cancelled = make_project("a", status="cancelled")
    told = refusal(queue.add_to_queue, cancelled.pk, by=manager)
    assert (told.code, told.extra) == ("not_approved", {"status": "cancelled"})
    assert "“Cancelled”; it must be “Approved (POP Received)” first" in told.message
    told = refusal(queue.recut, make_project("b").pk, "scrap", by=manager)
    assert "“In Progress” or “Completed” first" in told.message
    told = refusal(projects.record_pop, cancelled.pk, by=manager)
    assert (told.code, told.extra) == ("illegal_transition", {"status": "cancelled"})
    told = refusal(projects.cancel_project, cancelled.pk, by=manager)
    assert (told.code, told.extra) == ("illegal_transition", {"status": "cancelled"})
    assert "“Cancelled”; it cannot become “Cancelled”" in told.message
    assert refusal(projects.update_project, cancelled.pk, {"notes": "x"}, by=manager)


def test_a_project_in_the_queue_names_its_job(manager: Actor) -> None:
    item = make_item(status="in_progress")
    for verb, more in ((queue.add_to_queue, ()), (queue.recut, ("scrap",))):
        told = refusal(verb, item.project_id, *more, by=manager)
        assert (told.code, told.extra) == ("already_queued", {"queue_item_id": item.pk})


def test_what_is_wrong_in_a_request_is_told_by_field(manager: Actor) -> None:
    item, project = make_item(), make_project("b", status="quote_approval")
    tomorrow = clock.shop_today() + dt.timedelta(days=1)
    wrong: list[tuple[str, Verb, tuple[Any, ...]]] = [
        ("reason", queue.recut, (project.pk, " ")),
        ("reason", queue.pause_job, (item.pk, " ")),
        ("position", queue.move_item, (item.pk, 0)),
        ("received_date", projects.record_pop, (project.pk, tomorrow)),
    ]
    for field, verb, args in wrong:
        told = refusal(verb, *args, by=manager)
        assert isinstance(told, InvalidInput)
        assert list(told.extra["errors"]) == [field]
        assert told.extra["errors"][field] == [told.message]


# --- What a verb does besides moving a status ----------------------------------------------------


def test_cancelling_stamps_the_job_and_keeps_its_notes(manager: Actor) -> None:
    item = make_item(paused_at=timezone.now(), notes="Thick sheet")
    queue.cancel_item(item.pk, "lost the order", by=manager)
    item.refresh_from_db()
    assert item.notes == "Thick sheet\nCancelled: lost the order"
    assert item.cancelled_at == item.last_entry_at == item.updated_at
    assert item.paused_at is None


def test_without_a_reason_nothing_is_added_to_the_notes(manager: Actor) -> None:
    item, project = make_item(notes="Thick sheet"), make_project("b", notes="Call first")
    queue.cancel_item(item.pk, by=manager)
    projects.cancel_project(project.pk, by=manager)
    item.refresh_from_db()
    project.refresh_from_db()
    assert (item.notes, project.notes) == ("Thick sheet", "Call first")
    again = make_project("c", notes="Call first")
    projects.cancel_project(again.pk, "dear", by=manager)
    again.refresh_from_db()
    assert again.notes == "Call first\nCancelled: dear"


@pytest.mark.parametrize("status", ["in_progress", "completed"])
def test_a_recut_is_urgent_and_gives_up_the_day_of_completion(status: str, manager: Actor) -> None:
    project = make_project(status=status, completion_date=dt.date(2025, 11, 1))
    told = queue.recut(project.pk, "scrap", by=manager).data["queue_item"]
    assert (told["priority"], told["queue_position"]) == ("high", 1)
    project.refresh_from_db()
    assert project.completion_date is None


@pytest.mark.parametrize(("accept", "status"), [(True, "accepted"), (False, "rejected")])
def test_a_resolved_flag_names_who_when_and_why(
    accept: bool, status: str, olga: Operator, operator: Actor, mary: Operator, manager: Actor
) -> None:
    cut: Any = {"operator_id": olga.pk, "preset_id": make_preset("P").pk}
    seq = queue.complete_job(
        make_item().pk, **cut, by=operator, performed_at=timezone.now()
    ).seq  # fmt: skip
    told = queue.resolve_flag(seq, accept=accept, note="Looked at it", by=manager)
    assert told.data == {"flag": {"entry": seq, "status": status, "note": "Looked at it"}}
    flag = Flag.objects.get()
    assert (flag.status, flag.note, flag.resolved_by_id) == (status, "Looked at it", mary.user_id)
    assert flag.resolved_at is not None
    refused = refusal(queue.resolve_flag, seq, accept=accept, by=manager)
    assert refused.code == "already_resolved"
    assert f"This was {status} already." == refused.message


def test_a_flag_may_be_resolved_without_a_note(
    olga: Operator, operator: Actor, manager: Actor
) -> None:
    cut: Any = {"operator_id": olga.pk, "preset_id": make_preset("P").pk}
    seq = queue.complete_job(make_item().pk, **cut, by=operator, performed_at=timezone.now()).seq
    queue.resolve_flag(seq, accept=True, by=manager)
    assert Flag.objects.get().note == ""


def test_the_day_of_completion_is_the_shops(
    olga: Operator, operator: Actor, manager: Actor, settings: Any
) -> None:
    settings.TIME_ZONE = "Pacific/Auckland"
    item = make_item(status="in_progress", started_at=dt.datetime(2025, 11, 3, 10, tzinfo=dt.UTC),
                     last_entry_at=dt.datetime(2025, 11, 3, 10, tzinfo=dt.UTC))  # fmt: skip
    cut: Any = {"operator_id": olga.pk, "preset_id": make_preset("P").pk}
    late = dt.datetime(2025, 11, 3, 20, tzinfo=dt.UTC)  # the 4th already, in the shop
    queue.complete_job(item.pk, **cut, by=operator, performed_at=late)
    again = queue.recut(item.project_id, "scrap", by=manager).data["queue_item"]["id"]
    queue.cancel_item(again, by=manager)
    assert Project.objects.get().completion_date == dt.date(2025, 11, 4)
    assert QueueItem.objects.get(pk=item.pk).completed_at == late


def test_what_is_wished_of_a_new_job_is_kept(manager: Actor) -> None:
    wishes: Any = {"priority": "low", "scheduled_date": dt.date(2025, 11, 3),
                   "estimated_cut_time": 9, "notes": "Second shift"}  # fmt: skip
    told = queue.add_to_queue(make_project().pk, **wishes, by=manager).data["queue_item"]
    item = QueueItem.objects.get()
    assert {name: getattr(item, name) for name in wishes} == wishes
    assert told["scheduled_date"] == "2025-11-03"
    assert item.rank == 1
    assert item.added_by_id == manager.user_id
    second = queue.add_to_queue(make_project("b").pk, by=manager).data["queue_item"]["id"]
    assert QueueItem.objects.get(pk=second).rank == 2


def test_an_unknown_operator_or_preset_has_a_code_of_its_own(
    olga: Operator, manager: Actor
) -> None:
    item, known = make_item(), make_preset("P").pk
    for operator, preset, code in ((99, known, "operator"), (olga.pk, 99, "preset")):
        cut: Any = {"operator_id": operator, "preset_id": preset}
        assert refusal(queue.start_job, item.pk, by=manager, **cut).code == f"{code}_not_found"
    told = refusal(projects.update_project, item.project_id, {"preset_id": 99}, by=manager)
    assert told.code == "preset_not_found"


def test_a_change_of_the_projects_status_is_shown_to_who_adds_it(manager: Actor) -> None:
    project = make_project(status="request")
    long_ago = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
    told = refusal(queue.add_to_queue, project.pk, by=manager, updated_at=long_ago)
    assert told.extra == {"current_data": {"id": project.pk, "status": "request"}}


def test_an_archived_client_is_named(manager: Actor) -> None:
    client = make_client("Acme")
    client.is_active = False
    client.save()
    told = refusal(projects.create_project, by=manager, client_id=client.pk, name="Gate")
    assert told.message == "Acme is archived; make the client active first."


# --- Rows that show one another ------------------------------------------------------------------


def test_a_new_drawing_makes_the_job_look_different(manager: Actor) -> None:
    item = make_item()
    upload = ContentFile(BRACKET, "b.dxf")
    seq = projects.add_design_file(item.project_id, upload, by=manager).seq
    item.refresh_from_db()
    assert item.seq == seq


def test_an_operator_may_take_the_preset_away(operator: Actor) -> None:
    project = make_project()
    projects.update_project(project.pk, {"preset": None}, by=operator)
    project.refresh_from_db()
    assert project.preset_id is None


def test_each_month_counts_its_projects_anew(manager: Actor) -> None:
    client = make_client("Acme")
    codes = []
    for month in (10, 10, 11):
        with clock.pretend(dt.datetime(2025, month, 15, 12, tzinfo=dt.UTC)):
            told = projects.create_project(client_id=client.pk, name="Gate", by=manager).data
        codes.append(told["project"]["project_code"])
    assert codes == [
        f"JB-2025-{end}" for end in (
            f"10-{client.code}-001", f"10-{client.code}-002", f"11-{client.code}-001")
    ]  # fmt: skip


def test_a_viewer_looks_but_changes_nothing(victor: User, olga: Operator, operator: Actor) -> None:
    viewer, item = Actor.of_user(victor), make_item().pk
    cut: Any = {"operator_id": olga.pk, "preset_id": make_preset("P").pk}
    ready = make_project("b").pk
    for told in (
        refusal(queue.start_job, item, by=viewer, **cut),
        refusal(queue.complete_job, item, by=viewer, **cut),
        refusal(queue.pause_job, item, "Lunch", by=viewer),
        refusal(queue.update_item, item, {"notes": "x"}, by=viewer),
        refusal(queue.add_to_queue, ready, by=viewer),
        refusal(projects.update_project, ready, {"notes": "x"}, by=viewer),
    ):
        assert (told.code, told.status) == ("permission_denied", 403)
    by_hand = refusal(queue.start_job, item, by=operator, **{**cut, "operator_id": olga.pk + 99})
    assert (by_hand.code, by_hand.status) == ("not_yourself", 403)
