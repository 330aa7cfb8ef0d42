"""The life of a project up to the queue, and its code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from laseros import clock
from laseros.errors import Changed, InvalidInput, NotAllowed, NotFound, TransitionError
from operators_app.verbs import Actor, delete
from presets_app.models import Material
from projects_app.completeness import NEEDED, data_completeness, missing_fields
from projects_app.models import PROJECT_MOVES, Client, Project, ProjectStatus
from projects_app.verbs import (
    cancel_project,
    create_client,
    create_part,
    create_project,
    record_pop,
    set_quote,
    update_project,
)
from tests.factories import make_client, make_project
from tests.operators_app.test_runner import in_threads

pytestmark = pytest.mark.django_db


def test_codes_of_clients_parts_and_projects_count_up(manager: Actor) -> None:
    first = create_client({"name": "One"}, by=manager).data
    second = create_client({"name": "Two"}, by=manager).data
    assert [first["code"], second["code"]] == ["CL0001", "CL0002"]
    assert create_part({"name": "Bracket"}, by=manager).data["part_number"] == "PT00001"
    month = f"{clock.shop_today():%Y-%m}"
    codes = [
        create_project(client_id=one, name="Job", by=manager).data["project"]["project_code"]
        for one in (first["id"], first["id"], second["id"])
    ]
    assert codes == [f"JB-{month}-CL0001-001", f"JB-{month}-CL0001-002", f"JB-{month}-CL0002-001"]


def test_a_refused_project_takes_no_number(manager: Actor) -> None:
    client = make_client()
    with pytest.raises(InvalidInput):
        create_project(client_id=client.pk, name="", by=manager)
    code = create_project(client_id=client.pk, name="Job", by=manager).data["project"]
    assert code["project_code"].endswith("-001")


@pytest.mark.django_db(transaction=True)
def test_codes_have_neither_gaps_nor_doubles_under_concurrency(manager: Actor) -> None:
    client = make_client()

    def one(index: int) -> None:
        for _ in range(2):
            create_project(client_id=client.pk, name=f"Job {index}", by=manager)
        with pytest.raises(InvalidInput):
            create_project(client_id=client.pk, name="", by=manager)

    results = in_threads(16, one)
    assert [r for r in results if r is not None] == []
    assert sorted(Project.objects.values_list("code_number", flat=True)) == list(range(1, 33))


def test_an_archived_or_unknown_client_gets_no_project(manager: Actor) -> None:
    client = make_client()
    Client.objects.update(is_active=False)
    with pytest.raises(TransitionError):
        create_project(client_id=client.pk, name="Job", by=manager)
    with pytest.raises(NotFound):
        create_project(client_id=999, name="Job", by=manager)


def test_only_managers_begin_quote_approve_and_cancel(operator: Actor) -> None:
    project = make_project()
    refusals: list[Callable[[], object]] = [
        lambda: create_project(client_id=project.client_id, name="Job", by=operator),
        lambda: set_quote(project.pk, Decimal(1), by=operator),
        lambda: record_pop(project.pk, by=operator),
        lambda: cancel_project(project.pk, by=operator),
        lambda: create_client({"name": "x"}, by=operator),
    ]
    for refused in refusals:
        with pytest.raises(NotAllowed):
            refused()


def test_a_price_moves_a_request_to_quote_and_approval(manager: Actor) -> None:
    client = make_client()
    told = create_project(client_id=client.pk, name="Job", by=manager).data["project"]
    assert told["status"] == "Request"
    told = set_quote(told["id"], Decimal("99.50"), by=manager).data["project"]
    assert told["status"] == "Quote & Approval"
    project = Project.objects.get()
    assert (project.quoted_price, project.quote_date) == (Decimal("99.50"), clock.shop_today())
    set_quote(project.pk, Decimal(120), by=manager)
    assert Project.objects.get().status == ProjectStatus.QUOTE_APPROVAL


def test_a_price_at_the_beginning_counts_too(manager: Actor) -> None:
    made = create_project(
        client_id=make_client().pk, name="Job", fields={"quoted_price": Decimal(5)}, by=manager
    )
    assert made.data["project"]["status"] == "Quote & Approval"


def test_pop_approves_and_sets_the_deadline_three_days_on(manager: Actor) -> None:
    project = make_project(
        status="quote_approval", pop_received=False, pop_received_date=None, pop_deadline=None
    )
    received = clock.shop_today() - dt.timedelta(days=1)
    record_pop(project.pk, received, by=manager)
    project.refresh_from_db()
    assert project.status == ProjectStatus.APPROVED_POP
    assert project.pop_received
    assert project.pop_received_date == project.approval_date == received
    assert project.pop_deadline == received + dt.timedelta(days=3)


def test_pop_is_recorded_once_and_not_for_tomorrow(manager: Actor) -> None:
    with pytest.raises(TransitionError):
        record_pop(make_project().pk, by=manager)
    fresh = make_project("b", status="quote_approval", pop_received=False, pop_received_date=None)
    with pytest.raises(InvalidInput):
        record_pop(fresh.pk, clock.shop_today() + dt.timedelta(days=1), by=manager)
    with pytest.raises(InvalidInput, match="Choose a day from the year 2000"):
        record_pop(fresh.pk, dt.date(1, 1, 1), by=manager)


def test_an_operator_changes_only_the_listed_fields(operator: Actor, manager: Actor) -> None:
    project = make_project()
    update_project(project.pk, {"material_quantity_sheets": 7, "notes": "x"}, by=operator)
    with pytest.raises(NotAllowed):
        update_project(project.pk, {"due_date": None}, by=operator)
    update_project(project.pk, {"due_date": None}, by=manager)
    project.refresh_from_db()
    assert (project.material_quantity_sheets, project.due_date) == (7, None)


def test_a_stale_change_is_refused_with_the_present_data(operator: Actor) -> None:
    project = make_project()
    update_project(project.pk, {"notes": "one"}, by=operator, updated_at=project.updated_at)
    with pytest.raises(Changed) as refused:
        update_project(project.pk, {"notes": "two"}, by=operator, updated_at=project.updated_at)
    assert refused.value.extra["current_data"]["notes"] == "one"


def test_a_change_breaks_no_rule_of_the_model(manager: Actor) -> None:
    project = make_project()
    for changes in (
        {"material_thickness": Decimal(0)},
        {"quoted_price": Decimal(-1)},
        {"name": ""},
        {"name": "x" * 201},
    ):
        with pytest.raises(InvalidInput):
            update_project(project.pk, changes, by=manager)
    with pytest.raises(NotFound):
        update_project(project.pk, {"preset_id": 999}, by=manager)


def test_a_cancelled_project_stays_as_it_is(manager: Actor) -> None:
    project = make_project()
    cancel_project(project.pk, "no money", by=manager)
    project.refresh_from_db()
    assert project.notes == "Cancelled: no money"
    with pytest.raises(TransitionError):
        update_project(project.pk, {"notes": "again"}, by=manager)
    with pytest.raises(TransitionError):
        cancel_project(project.pk, by=manager)
    with pytest.raises(TransitionError):
        record_pop(project.pk, by=manager)


def test_a_completed_project_cannot_be_cancelled(manager: Actor) -> None:
    with pytest.raises(TransitionError):
        cancel_project(make_project(status="completed").pk, by=manager)


def test_the_table_of_moves_knows_every_status_and_cancels_all_but_completed() -> None:
    assert set(PROJECT_MOVES) == set(ProjectStatus)
    cancellable = {s for s, to in PROJECT_MOVES.items() if ProjectStatus.CANCELLED in to}
    assert cancellable == set(ProjectStatus) - {ProjectStatus.COMPLETED, ProjectStatus.CANCELLED}


@pytest.mark.parametrize(
    "broken",
    [
        {"status": "lost"}, {"material_thickness": -1}, {"quoted_price": -1},
        {"pop_received": True, "pop_received_date": None}, {"material_quantity_sheets": -1},
    ],
)  # fmt: skip
def test_the_database_itself_refuses_what_is_illegal(broken: dict[str, object]) -> None:
    project = make_project()
    with pytest.raises(IntegrityError), transaction.atomic():
        Project.objects.filter(pk=project.pk).update(**broken)


def test_completeness_is_told_in_per_cent_of_what_a_cut_needs() -> None:
    nothing = missing_fields({})
    assert nothing == list(NEEDED)
    assert data_completeness(nothing) == 0
    assert data_completeness([]) == 100
    assert data_completeness(["preset"]) == 86
    assert missing_fields(dict.fromkeys(NEEDED, 1) | {"raw_plate_count": 0}) == ["raw_plate_count"]


def test_materials_are_found_by_name_and_alias() -> None:
    from presets_app.queries import find_material

    aluminum = Material.objects.get(name="Aluminum")
    for name in ("Aluminum", "aluminium", " ALU ", "ALUMINUM"):
        assert find_material(name) == aluminum
    assert find_material("Unobtainium") is None


def test_what_has_a_code_is_never_deleted(manager: Actor) -> None:
    project = make_project(parts=[], drawings=0)
    with pytest.raises(TransitionError):
        delete(Client, project.client_id, by=manager)
    with pytest.raises(TransitionError):
        delete(Project, project.pk, by=manager)
