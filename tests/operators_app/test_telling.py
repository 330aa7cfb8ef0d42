"""The log in words: sentences with names, captions and units; in few statements."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from laseros.money import money
from operators_app.models import ActivityLog, Flag, Operator, RolePolicy
from operators_app.telling import Told, tell
from operators_app.verbs import Actor, delete, edit
from operators_app.verbs.second_factor import save_role_policy
from operators_app.wording import REASONS, WORDS, placeholders, reason_in_words, words_of
from presets_app.models import Material, MaterialAlias
from projects_app import verbs as projects
from projects_app.dxf import DxfFacts
from projects_app.models import Client, Part, ProjectStatus
from projects_app.verbs import record_reading
from projects_app.verbs.project_parts import remove_project_part, save_project_part
from queue_app import verbs as queue
from tests.conftest import actor
from tests.desk import Desk, address
from tests.factories import make_client, make_item, make_preset, make_project

pytestmark = pytest.mark.django_db

ASKED: dict[str, Any] = {
    "status": ProjectStatus.REQUEST, "pop_received": False, "pop_received_date": None,
    "quoted_price": None,
}  # fmt: skip


def latest() -> Told:
    """Return the newest entry in words."""
    return tell([ActivityLog.objects.latest("seq")])[0]


def changes(told: Told) -> set[tuple[str, str, str]]:
    """Return what changed of the row that the entry is about."""
    return {(one.label, one.old, one.new) for one in told.changes if not one.row}


def test_the_words_of_each_verb_take_what_they_are_about() -> None:
    for words in WORDS.values():
        for sentence in placeholders(words):
            assert sentence % {"who": "Mary", "what": "it", "kind": "client"} != sentence


def test_a_verb_without_words_is_still_told() -> None:
    assert str(words_of("some_new_verb").sentence) % {"who": "Mary"} == "Mary: some new verb"


def test_a_price_is_told_with_its_currency(manager: Actor) -> None:
    project = make_project(**ASKED)
    projects.set_quote(project.pk, Decimal(15000), by=manager)
    told = latest()
    assert told.sentence == "Mary set the quoted price: – → ZAR 15,000.00"
    assert ("status", "Request", "Quote & Approval") in changes(told)
    assert told.about == f"{project.project_code} Steel Brackets"
    assert told.address == address(type(project), "change", project.pk)


def test_rows_are_named_and_days_written_out(manager: Actor) -> None:
    steel, project = Material.objects.get(name="Stainless Steel"), make_project()
    given = {"material_id": steel.pk, "due_date": dt.date(2025, 12, 24), "preset_id": None}
    projects.update_project(project.pk, given, by=manager)
    told = latest()
    assert told.sentence == "Mary changed the project"
    assert changes(told) == {
        ("material", "Mild Steel", "Stainless Steel"),
        ("due date", "5 Nov 2025", "24 Dec 2025"),
        ("preset", "Steel-3mm-Standard", "–"),
    }


def test_one_changed_value_is_the_sentence(manager: Actor) -> None:
    project = make_project()
    projects.update_project(project.pk, {"material_thickness": Decimal("2.50")}, by=manager)
    assert latest().sentence == "Mary changed the thickness (mm): 3 → 2.5"
    assert latest().changes == ()


def test_a_job_is_started_by_somebody_with_a_preset(manager: Actor, olga: Operator) -> None:
    item = make_item()
    queue.start_job(item.pk, operator_id=olga.pk, preset_id=make_preset("P").pk, by=manager)
    told = latest()
    assert told.sentence == "Mary started the job"
    assert {("operator", "–", "Olga"), ("preset", "–", "P")} <= changes(told)
    project = next(one for one in told.changes if one.row)
    assert (project.row, project.old, project.new) == (
        "Project", "Queued (Scheduled for Cutting)", "In Progress"
    )  # fmt: skip


def test_a_role_is_told_of_by_its_name(ada: Operator) -> None:
    policy = RolePolicy.objects.get(group__name="operator")
    save_role_policy(policy.pk, requires_second_factor=True, by=actor(ada))
    assert latest().sentence.endswith(" changed what the role Operator must do to sign in")


def test_what_is_deleted_keeps_its_name(manager: Actor) -> None:
    made = edit(Material, None, {"name": "Titanium"}, by=manager).data["id"]
    assert latest().sentence == "Mary added material “Titanium”"
    delete(Material, made, by=manager)
    assert latest().sentence == "Mary deleted material “Titanium”"
    assert latest().about == "Titanium"


def test_a_new_project_is_told_of_by_name_though_it_had_no_number_before(manager: Actor) -> None:
    client = make_client()
    made = projects.create_project(client_id=client.pk, name="Signs", by=manager).data["project"]
    told = latest()
    assert (told.entry.target_id, told.sentence) == (made["id"], "Mary began the project")
    assert ("name", "–", "Signs") in changes(told)
    assert not any(label == "seq" for label, _old, _new in changes(told))


def test_parts_come_and_go_by_name(manager: Actor) -> None:
    project = make_project(parts=[])
    part = projects.create_part({"name": "Lid"}, by=manager).data["id"]
    line = save_project_part(
        project.pk, None, {"part": Part.objects.get(pk=part), "quantity": 5}, by=manager
    ).data["id"]
    assert latest().sentence == "Mary entered the part Lid"
    save_project_part(project.pk, line, {"quantity": 7}, by=manager)
    assert latest().sentence == "Mary changed the part Lid"
    assert changes(latest()) == {("quantity", "5", "7")}
    remove_project_part(project.pk, line, by=manager)
    assert (latest().sentence, latest().changes) == (
        "Mary took the part Lid out of the project (quantity 7)", ()
    )  # fmt: skip


def test_a_part_that_was_taken_out_keeps_its_name_in_earlier_entries(manager: Actor) -> None:
    project = make_project(parts=[])
    part = Part.objects.get(pk=projects.create_part({"name": "Lid"}, by=manager).data["id"])
    lines = project.pk, None, {"part": part, "quantity": 5}
    line = save_project_part(*lines, by=manager).data["id"]
    changed = save_project_part(project.pk, line, {"quantity": 7}, by=manager)
    assert changed.data["id"] == line
    entry = ActivityLog.objects.latest("seq")
    remove_project_part(project.pk, line, by=manager)
    assert tell([entry])[0].sentence == "Mary changed the part Lid"


def test_of_what_is_deleted_only_what_people_entered_is_told(manager: Actor) -> None:
    alu = Material.objects.get(name="Aluminum")
    given = {"name": "Alloy", "material_id": alu.pk}
    alias = edit(MaterialAlias, None, given, by=manager).data["id"]
    delete(MaterialAlias, alias, by=manager)
    assert latest().sentence == "Mary deleted alias “Alloy”"
    assert changes(latest()) == {("material", "Aluminum", "")}


def test_what_the_sentence_names_is_not_named_again(manager: Actor) -> None:
    project = make_project()
    paper = SimpleUploadedFile("order.pdf", b"%PDF-1.4 an order")
    projects.add_document(project.pk, "other", paper, by=manager)
    told = latest()
    assert "order.pdf" in told.sentence
    assert [(change.row, change.label) for change in told.changes] == [("", "kind")]


def test_automatic_work_is_done_by_the_program() -> None:
    client = make_client()
    edit(Client, client.pk, {"notes": "Pays late"}, by=Actor.system())
    assert latest().sentence == "Laser OS set the notes: – → Pays late"


def test_every_reason_of_a_flag_has_words() -> None:
    from queue_app.verbs.cutting import CONTRADICTIONS
    from queue_app.verbs.flags import CLOCK_REASONS

    assert {*CONTRADICTIONS.values(), *CLOCK_REASONS, "project_not_in_production"} <= set(REASONS)
    assert reason_in_words("completed_twice") == "completed a second time"


def test_telling_takes_as_many_statements_for_3_entries_as_for_60(manager: Actor) -> None:
    counts = []
    for times in (1, 19):
        for number in range(times):
            project = make_project(f"P{times}-{number}", **ASKED)
            projects.set_quote(project.pk, Decimal(number + 1), by=manager)
            edit(Client, make_client(f"C{times}-{number}").pk, {"notes": "x"}, by=manager)
            queue.update_item(make_item(make_project()).pk, {"notes": "y"}, by=manager)
        entries = list(ActivityLog.objects.order_by("-seq"))
        with CaptureQueriesContext(connection) as seen:
            tell(entries)
        counts.append(len(seen))
    assert counts == [1, 1]


def test_money_is_written_as_the_reader_writes_numbers() -> None:
    assert money(Decimal("1234567.5")) == "ZAR 1,234,567.50"
    assert money(None) == "–"
    with translation.override("de"):
        assert money(Decimal("15000")) == "ZAR 15.000,00"


def test_the_log_tells_sentences(mary: Operator, manager: Actor) -> None:
    project = make_project(**ASKED)
    projects.set_quote(project.pk, Decimal(15000), by=manager)
    desk = Desk(mary)
    page = desk.browser.get(desk.list_of(ActivityLog)).content.decode()
    assert "Mary set the quoted price: – → ZAR 15,000.00" in page
    assert f'href="{address(type(project), "change", project.pk)}"' in page
    entry = desk.open(ActivityLog.objects.latest("seq")).content.decode()
    assert "Mary set the quoted price" in entry
    assert "quote date" in entry


def test_a_flagged_fact_is_told_in_words(mary: Operator, olga: Operator) -> None:
    item: Any = make_item(status="in_progress")
    future = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    by = Actor.of_user(mary.user)  # type: ignore[arg-type]
    queue.pause_job(item.pk, "Lunch", by=by, performed_at=future)
    desk = Desk(mary)
    page = desk.browser.get(desk.list_of(Flag)).content.decode()
    assert f"Mary paused the job: {item.project.project_code}" in page
    assert "told to have happened in the future" in page
    assert "pause_job" not in page
    assert "Mary paused the job" in desk.open(Flag.objects.get()).content.decode()


def test_a_size_of_a_drawing_is_told_as_exactly_as_anybody_cuts(manager: Actor) -> None:
    drawing = make_project().design_files.get()
    facts = DxfFacts("mm", 0, 0, 402.999999, 10.126, [], {})
    record_reading(drawing.pk, facts, by=manager)
    told = {change.label: change.new for change in latest().changes}
    assert (told["width (mm)"], told["height (mm)"]) == ("403", "10.13")
