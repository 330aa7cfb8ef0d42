"""Adding, changing, moving, cancelling, cutting again."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import CaptureQueriesContext

from laseros.errors import Changed, InvalidInput, NotAllowed, TransitionError
from operators_app.models import ActivityLog, Operator
from operators_app.verbs import Actor, edit
from presets_app.models import MachineSettingsPreset
from projects_app.models import Client, Project, ProjectStatus
from projects_app.verbs import cancel_project, record_pop, update_project
from queue_app.models import QueueCount, QueueItem
from queue_app.queries import active_items
from queue_app.verbs import (
    add_to_queue,
    assign_item,
    cancel_item,
    complete_job,
    move_item,
    recut,
    update_item,
)
from tests.factories import make_item, make_preset, make_project

pytestmark = pytest.mark.django_db


def order() -> list[str]:
    """Return the projects' names in the queue's order."""
    return list(active_items().values_list("project__name", flat=True))


def queue_of(*names: str) -> dict[str, QueueItem]:
    """Return a queue of these projects."""
    return {name: make_item(make_project(name, drawings=0)) for name in names}


def test_adding_puts_the_project_at_the_end_and_moves_it_to_queued(operator: Actor) -> None:
    queue_of("first")
    project = make_project("second")
    told = add_to_queue(project.pk, by=operator, notes="soon").data["queue_item"]
    assert told["queue_position"] == 2
    assert told["estimated_cut_time"] == 45
    assert order() == ["first", "second"]
    project.refresh_from_db()
    assert project.status == ProjectStatus.QUEUED
    assert QueueCount.stats()["total_queued"] == 2


def test_adding_twice_is_refused(operator: Actor) -> None:
    project = make_project()
    first = add_to_queue(project.pk, by=operator).data["queue_item"]
    with pytest.raises(TransitionError) as refused:
        add_to_queue(project.pk, by=operator)
    assert refused.value.code == "already_queued"
    assert refused.value.extra == {"queue_item_id": first["id"]}


def test_the_database_itself_holds_one_active_item_per_project() -> None:
    item = make_item()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_item(item.project)


def test_a_project_that_is_not_approved_is_refused(operator: Actor) -> None:
    project = make_project(status="request", pop_received=False, pop_received_date=None)
    with pytest.raises(TransitionError) as refused:
        add_to_queue(project.pk, by=operator)
    assert refused.value.code == "not_approved"


def test_missing_data_is_refused_with_the_list(operator: Actor) -> None:
    project = make_project(material=None, preset=None, parts=[], drawings=0)
    with pytest.raises(TransitionError) as refused:
        add_to_queue(project.pk, by=operator)
    assert refused.value.code == "data_missing"
    assert refused.value.extra["missing_fields"] == [
        "material_type",
        "parts",
        "preset",
        "dxf_files",
    ]
    assert "material, number of parts, preset, drawings" in refused.value.message


def test_an_estimate_in_the_request_fills_the_gap(operator: Actor) -> None:
    project = make_project(estimated_cut_time=None)
    told = add_to_queue(project.pk, estimated_cut_time=20, by=operator).data["queue_item"]
    assert told["estimated_cut_time"] == 20


def test_changing_records_before_and_after(operator: Actor) -> None:
    item = make_item()
    outcome = update_item(item.pk, {"priority": "high"}, by=operator)
    entry = ActivityLog.objects.get(seq=outcome.seq)
    assert entry.before == {f"queueitem:{item.pk}": {"priority": "normal"}}
    assert entry.after == {f"queueitem:{item.pk}": {"priority": "high"}}


def test_a_stale_change_is_refused(operator: Actor) -> None:
    item = make_item()
    update_item(item.pk, {"priority": "high"}, by=operator, updated_at=item.updated_at)
    with pytest.raises(Changed):
        update_item(item.pk, {"priority": "low"}, by=operator, updated_at=item.updated_at)


def test_a_finished_job_is_not_changed(operator: Actor) -> None:
    with pytest.raises(TransitionError):
        update_item(make_item(status="completed").pk, {"priority": "low"}, by=operator)


def test_only_a_manager_assigns_a_job(olga: Operator, operator: Actor, manager: Actor) -> None:
    item = make_item()
    with pytest.raises(NotAllowed):
        assign_item(item.pk, olga, by=operator)
    assign_item(item.pk, olga, by=manager)
    assert QueueItem.objects.get().assigned_to == olga
    assign_item(item.pk, None, by=manager)
    assert QueueItem.objects.get().assigned_to is None


@pytest.mark.parametrize(
    ("name", "position", "expected"),
    [
        ("d", 1, "dabc"), ("a", 4, "bcda"), ("a", 2, "bacd"), ("c", 2, "acbd"),
        ("b", 99, "acdb"), ("b", 2, "abcd"),
    ],
)  # fmt: skip
def test_moving_puts_a_job_at_its_position(
    name: str, position: int, expected: str, manager: Actor
) -> None:
    items = queue_of(*"abcd")
    told = move_item(items[name].pk, position, by=manager).data["queue_item"]
    assert "".join(order()) == expected
    assert told["queue_position"] == min(position, 4)


def test_moving_writes_one_row_of_the_queue(manager: Actor) -> None:
    items = queue_of(*"abcde")
    with CaptureQueriesContext(
        connection,
    ) as captured:
        move_item(items["e"].pk, 2, by=manager)
    writes = [q["sql"] for q in captured if q["sql"].startswith('UPDATE "queue_app_queueitem"')]
    assert len(writes) == 1


def test_the_order_survives_when_the_ranks_run_out(manager: Actor) -> None:
    items = queue_of(*"abcd")
    QueueItem.objects.update(rank=1.0)  # no room anywhere: ties are broken by id
    assert "".join(order()) == "abcd"
    move_item(items["d"].pk, 2, by=manager)
    assert "".join(order()) == "adbc"
    for _ in range(60):  # halving a gap runs out after some fifty times
        last = active_items().last()
        assert last is not None
        move_item(last.pk, 2, by=manager)
    assert order()[0] == "a"
    assert sorted(order()) == list("abcd")


def test_a_position_below_one_or_a_finished_job_cannot_be_moved(manager: Actor) -> None:
    with pytest.raises(InvalidInput):
        move_item(make_item().pk, 0, by=manager)
    with pytest.raises(TransitionError):
        move_item(make_item(make_project("x"), status="completed").pk, 1, by=manager)


def test_cancelling_returns_the_project_to_approved(operator: Actor, manager: Actor) -> None:
    item = make_item()
    with pytest.raises(NotAllowed):
        cancel_item(item.pk, by=operator)
    cancel_item(item.pk, "changed his mind", by=manager)
    item.refresh_from_db()
    assert (item.status, item.notes) == ("cancelled", "Cancelled: changed his mind")
    assert Project.objects.get().status == ProjectStatus.APPROVED_POP
    assert QueueCount.stats()["total_active"] == 0


def test_a_running_job_is_not_cancelled(manager: Actor) -> None:
    with pytest.raises(TransitionError) as refused:
        cancel_item(make_item(status="in_progress").pk, by=manager)
    assert "running" in refused.value.message


def test_a_project_is_not_cancelled_while_a_job_of_it_runs(manager: Actor) -> None:
    item = make_item(status="in_progress")
    with pytest.raises(TransitionError) as refused:
        cancel_project(item.project_id, by=manager)
    assert refused.value.code == "job_running"


def test_cancelling_a_project_withdraws_its_job(manager: Actor) -> None:
    item = make_item()
    cancel_project(item.project_id, "no money", by=manager)
    item.refresh_from_db()
    assert item.status == "cancelled"
    assert Project.objects.get().status == ProjectStatus.CANCELLED
    assert QueueCount.stats()["total_active"] == 0


def test_recut_sends_a_completed_project_to_the_queue_again(
    operator: Actor, manager: Actor
) -> None:
    project = make_project(status="completed")
    with pytest.raises(NotAllowed):
        recut(project.pk, "scrap", by=operator)
    with pytest.raises(InvalidInput):
        recut(project.pk, " ", by=manager)
    told = recut(project.pk, "scrap", by=manager).data["queue_item"]
    assert told["notes"] == "Recut: scrap"
    project.refresh_from_db()
    assert project.status == ProjectStatus.QUEUED
    with pytest.raises(TransitionError):
        recut(project.pk, "scrap", by=manager)


def test_pop_puts_a_complete_project_into_the_queue_where_the_shop_wants_it(
    settings: object, manager: Actor
) -> None:
    settings.AUTO_QUEUE_ON_POP = True  # type: ignore[attr-defined]
    fields = {"status": "quote_approval", "pop_received": False, "pop_received_date": None}
    complete, lacking = make_project("a", **fields), make_project("b", drawings=0, **fields)
    told = record_pop(complete.pk, by=manager).data["project"]
    record_pop(lacking.pk, by=manager)
    assert told["status"] == "Queued (Scheduled for Cutting)"
    assert order() == ["a"]
    lacking.refresh_from_db()
    assert lacking.status == ProjectStatus.APPROVED_POP
    entry = ActivityLog.objects.get(verb="add_to_queue")
    assert (entry.user.username, entry.source) == ("system", "system")


def test_pop_leaves_the_queue_alone_by_default(manager: Actor) -> None:
    project = make_project(status="quote_approval", pop_received=False, pop_received_date=None)
    record_pop(project.pk, by=manager)
    assert order() == []


def test_notes_that_have_grown_long_do_not_block_other_changes(operator: Actor) -> None:
    item = make_item(notes="x" * 50_000)
    told = update_item(item.pk, {"priority": "high"}, by=operator).data["queue_item"]
    assert told["priority"] == "high"


def test_a_change_performed_in_the_future_is_flagged(operator: Actor) -> None:
    sent = dt.datetime(2999, 1, 1, tzinfo=dt.UTC)
    outcome = update_item(make_item().pk, {"priority": "high"}, by=operator, performed_at=sent)
    entry = ActivityLog.objects.get(seq=outcome.seq)
    assert (entry.performed_at, entry.effective_at) == (sent, entry.recorded_at)
    assert entry.flagged == ["performed_in_the_future"]


def test_cancelling_a_recut_leaves_the_project_completed(
    olga: Operator, operator: Actor, manager: Actor
) -> None:
    item = make_item(status="in_progress")
    complete_job(item.pk, operator_id=olga.pk, preset_id=make_preset("P").pk, by=operator)
    again = recut(item.project_id, "scrap", by=manager).data["queue_item"]["id"]
    cancel_item(again, by=manager)
    project = Project.objects.get()
    assert project.status == ProjectStatus.COMPLETED
    assert project.completion_date is not None


@pytest.mark.parametrize("status", ["approved_pop", "queued", "in_progress", "completed"])
def test_the_proof_of_payment_is_recorded_only_before_the_queue(
    status: str, manager: Actor
) -> None:
    item = make_item(status="in_progress")
    Project.objects.update(status=status)
    with pytest.raises(TransitionError):
        record_pop(item.project_id, by=manager)
    assert Project.objects.get().status == status


def test_moving_the_last_one_beyond_the_end_writes_nothing(manager: Actor) -> None:
    items = queue_of(*"abc")
    assert move_item(items["c"].pk, 99, by=manager).seq == 0


def stamps() -> dict[str, tuple[int, dt.datetime]]:
    """Return seq and time of change of the one project and its one queue item."""
    item = QueueItem.objects.select_related("project").get()
    return {
        "item": (item.seq, item.updated_at),
        "project": (item.project.seq, item.project.updated_at),
    }


@pytest.mark.parametrize("model", ["client", "material", "preset", "part", "operator"])
def test_what_shows_a_renamed_row_gets_its_seq_but_no_conflict(
    model: str, olga: Operator, manager: Actor
) -> None:
    item = make_item(assigned_to=olga)
    project = item.project
    assert project.material is not None
    assert project.preset is not None
    part = project.project_parts.get(part__name="Bracket-L").part
    rows: dict[str, tuple[models.Model, dict[str, str]]] = {
        "client": (project.client, {"name": "New"}),
        "material": (project.material, {"name": "New Steel"}),
        "preset": (project.preset, {"preset_name": "New"}),
        "part": (part, {"name": "New"}),
        "operator": (olga, {"name": "New"}),
    }
    row, changes = rows[model]
    before = stamps()
    seq = edit(type(row), row.pk, changes, by=manager).seq
    after = stamps()
    assert after["item"] == (seq, before["item"][1])
    shown_in_project = model != "operator"
    assert after["project"] == (seq if shown_in_project else 0, before["project"][1])


def test_a_change_that_is_not_shown_leaves_the_other_rows_alone(manager: Actor) -> None:
    item = make_item()
    before = stamps()
    edit(MachineSettingsPreset, item.project.preset_id, {"power": 70}, by=manager)
    edit(Client, item.project.client_id, {"phone": "123"}, by=manager)
    assert stamps() == before


def test_a_changed_project_gives_its_job_a_new_seq(operator: Actor) -> None:
    item = make_item()
    seq = update_project(item.project_id, {"material_quantity_sheets": 9}, by=operator).seq
    assert stamps()["item"][0] == seq
    seen = QueueItem.objects.get().updated_at
    update_item(item.pk, {"priority": "high"}, by=operator, updated_at=seen)
