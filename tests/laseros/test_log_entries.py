"""What all verbs have in common: what they leave in the activity log, and how they refuse.

Phones, devices and reports know verbs by these names, so they change only on purpose.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import tablib
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from laseros.errors import Changed, KeyReused, NotFound
from operators_app.models import ActivityLog, Operator, Session
from operators_app.verbs import Actor, delete, edit
from operators_app.verbs.accounts import save_account
from operators_app.verbs.passwords import set_password
from operators_app.verbs.sessions import revoke_session
from presets_app.models import Material
from presets_app.resources import COLUMNS
from presets_app.verbs import import_presets
from projects_app import verbs as projects
from projects_app.dxf import UnreadableDrawing
from projects_app.models import Document, ProjectPart
from projects_app.verbs.files import record_reading
from projects_app.verbs.project_parts import remove_project_part, save_project_part
from queue_app import verbs as queue
from tests.conftest import actor
from tests.factories import make_client, make_item, make_preset, make_project
from tests.phone import Phone
from tests.projects_app.drawings import BRACKET, PDF

BASE = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.django_db


@dataclass
class Case:
    """A verb and a call of it.

    `target` is what the entry is about, `gives` the keys of the answer, `others` arguments each
    of which makes it another request.
    """

    verb: str
    target: tuple[str, Any]
    call: Callable[..., Any]
    given: Mapping[str, Any]
    gives: set[str]
    others: Mapping[str, Any]

    def carry_out(self, **also: Any) -> Any:
        """Call the verb; what is made anew for each call is a function."""
        given = {**self.given, **also}
        fresh = ("upload", "dataset")
        return self.call(**{k: v() if k in fresh else v for k, v in given.items()})


def sheet(name: str) -> Callable[[], tablib.Dataset]:
    """Return what makes a spreadsheet of one preset."""
    row = (name, "Mild Steel", 3, 80, 1200, 5000, "Air", 1.5, 0, 1)
    return lambda: tablib.Dataset(row, headers=COLUMNS)


def upload(content: bytes, name: str) -> Callable[[], ContentFile[bytes]]:
    """Return what makes an upload."""
    return lambda: ContentFile(content, name)


def _at_the_machine(olga: Operator, otto: Operator) -> list[Case]:
    waiting, other = make_item(make_project("A")), make_item(make_project("B"))
    running = make_item(make_project("C"), status="in_progress")
    preset, spare = make_preset("Mine"), make_preset("Spare")
    cut = {"operator_id": olga.pk, "preset_id": preset.pk, "notes": "As usual"}
    others = {"operator_id": otto.pk, "preset_id": spare.pk, "notes": "Otherwise"}
    numbers = {"actual_cut_time": 42, "sheet_count": 2, "parts_produced": 50}
    item, answer = {"item_id": waiting.pk}, {"queue_item"}
    return [
        Case("start_job", ("queueitem", waiting.pk), queue.start_job, {**item, **cut},
             answer | {"warnings"}, {**others, "item_id": other.pk}),
        Case("pause_job", ("queueitem", running.pk), queue.pause_job,
             {"item_id": running.pk, "reason": "Lunch"}, answer, {"reason": "No gas"}),
        Case("complete_job", ("queueitem", running.pk), queue.complete_job,
             {"item_id": running.pk, **cut, **numbers}, answer | {"laser_run", "warnings"},
             {**others, **dict.fromkeys(numbers, 1)}),
        Case("update_item", ("queueitem", waiting.pk), queue.update_item,
             {**item, "changes": {"priority": "high"}}, answer,
             {"changes": {"priority": "low"}, "item_id": other.pk}),
        Case("move_item", ("queueitem", waiting.pk), queue.move_item, {**item, "position": 2},
             answer, {"position": 3}),
        Case("cancel_item", ("queueitem", waiting.pk), queue.cancel_item,
             {**item, "reason": "Mistake"}, answer, {"reason": "Another"}),
    ]  # fmt: skip


def _board(olga: Operator, otto: Operator) -> list[Case]:
    ready, done = make_project("Ready"), make_project("Done", status="completed")
    fact = queue.complete_job(
        make_item(make_project("Fact")).pk, operator_id=olga.pk, preset_id=make_preset("Fact").pk,
        performed_at=timezone.now(), by=actor(olga),
    )  # fmt: skip
    wishes = {"priority": "high", "scheduled_date": dt.date(2025, 11, 3), "estimated_cut_time": 9,
              "notes": "x"}  # fmt: skip
    others = {"priority": "low", "scheduled_date": None, "estimated_cut_time": 8, "notes": "y"}
    return [
        Case("add_to_queue", ("project", ready.pk), queue.add_to_queue,
             {"project_id": ready.pk, **wishes}, {"queue_item"}, others),
        Case("recut", ("project", done.pk), queue.recut,
             {"project_id": done.pk, "reason": "Scrap"}, {"queue_item"}, {"reason": "Short"}),
        Case("resolve_flag", ("flag", fact.seq), queue.resolve_flag,
             {"entry_seq": fact.seq, "accept": True, "note": "Seen"}, {"flag"},
             {"accept": False, "note": "Other"}),
    ]  # fmt: skip


def _projects(olga: Operator, otto: Operator) -> list[Case]:
    client = make_client()
    asked = make_project("Asked", status="quote_approval", pop_deadline=None)
    project, line = {"project_id": asked.pk}, ProjectPart.objects.filter(project=asked).first()
    assert line is not None
    target = ("project", asked.pk)
    return [
        Case("create_client", ("client", None), projects.create_client,
             {"changes": {"name": "New"}}, {"id", "code"}, {"changes": {"name": "Newer"}}),
        Case("create_part", ("part", None), projects.create_part, {"changes": {"name": "Lid"}},
             {"id", "part_number"}, {"changes": {"name": "Box"}}),
        Case("create_project", ("project", None), projects.create_project,
             {"client_id": client.pk, "name": "Gate", "fields": {"notes": "x"}}, {"project"},
             {"client_id": make_client("Z").pk, "name": "Door", "fields": {}}),
        Case("update_project", target, projects.update_project,
             {**project, "changes": {"notes": "x"}}, {"project", "warnings"},
             {"changes": {"notes": "y"}}),
        Case("record_pop", target, projects.record_pop,
             {**project, "received_date": dt.date(2025, 10, 1)}, {"project"},
             {"received_date": dt.date(2025, 10, 2)}),
        Case("cancel_project", target, projects.cancel_project, {**project, "reason": "Late"},
             {"project"}, {"reason": "Dear"}),
        Case("save_project_part", target, save_project_part,
             {**project, "line_id": line.pk, "changes": {"quantity": 7}}, {"id"},
             {"line_id": None, "changes": {"quantity": 8}}),
        Case("remove_project_part", target, remove_project_part, {**project, "line_id": line.pk},
             {"id"}, {"line_id": line.pk + 1}),
    ]  # fmt: skip


def _files(olga: Operator, otto: Operator) -> list[Case]:
    asked = make_project("Files", status="request", quoted_price=None)
    drawing, project = asked.design_files.get(), {"project_id": asked.pk}
    document = Document.objects.get(pk=projects.add_document(
        asked.pk, "other", upload(PDF, "a.pdf")(), by=Actor.system()
    ).data["document"]["id"])  # fmt: skip
    part = ProjectPart.objects.filter(project=asked).values_list("part_id", flat=True).first()
    return [
        Case("add_design_file", ("project", asked.pk), projects.add_design_file,
             {**project, "part_id": part, "upload": upload(BRACKET, "b.dxf")}, {"design_file"},
             {"part_id": None, "upload": upload(BRACKET, "c.dxf")}),
        Case("add_document", ("project", asked.pk), projects.add_document,
             {**project, "kind": "quote", "upload": upload(PDF, "q.pdf")}, {"document"},
             {"kind": "invoice", "upload": upload(PDF + b"\n", "q.pdf")}),
        Case("record_reading", ("designfile", drawing.pk), record_reading,
             {"design_file_id": drawing.pk, "reading": UnreadableDrawing("Empty.")},
             {"design_file"}, {"reading": UnreadableDrawing("Broken.")}),
        Case("archive_design_file", ("designfile", drawing.pk), projects.archive_design_file,
             {"design_file_id": drawing.pk, "archived": True}, {"design_file"},
             {"archived": False}),
        Case("archive_document", ("document", document.pk), projects.archive_document,
             {"document_id": document.pk, "archived": True}, {"document"}, {"archived": False}),
    ]  # fmt: skip


def _master_data(olga: Operator, otto: Operator) -> list[Case]:
    metal = Material.objects.create(name="Bronze", created_at=timezone.now(),
                                    updated_at=timezone.now(), seq=0)  # fmt: skip
    Phone.of(olga)
    session, row = Session.objects.get(), {"model": Material, "pk": metal.pk}
    user = {"user_id": olga.user_id}
    return [
        Case("create", ("material", None), edit,
             {"model": Material, "pk": None, "changes": {"name": "Gold"}}, {"id"},
             {"changes": {"name": "Silver"}}),
        Case("edit", ("material", metal.pk), edit, {**row, "changes": {"name": "Tin"}}, {"id"},
             {"changes": {"name": "Zinc"}}),
        Case("delete", ("material", metal.pk), delete, row, {"id"}, {"pk": metal.pk + 1}),
        Case("create", ("user", None), save_account,
             {"user_id": None, "changes": {"username": "new", "password": "!"}}, {"id"},
             {"changes": {"username": "newer", "password": "!"}}),
        Case("edit", ("user", olga.user_id), save_account, {**user, "changes": {"email": ""}},
             {"id"}, {"changes": {"email": "o@example.com"}}),
        Case("set_password", ("user", olga.user_id), set_password,
             {**user, "password": "long-and-new-7"}, {"id"}, {}),
        Case("revoke_session", ("user", olga.user_id), revoke_session, {"session_id": session.pk},
             {"id"}, {}),
        Case("import", ("machinesettingspreset", None), import_presets,
             {"dataset": sheet("One"), "file_name": "p.xlsx"}, {"read", "new", "changed",
             "unchanged"}, {"dataset": sheet("Two")}),
    ]  # fmt: skip


IDS = {
    "item_id", "project_id", "entry_seq", "user_id", "design_file_id", "document_id", "pk",
    "session_id", "client_id", "line_id", "operator_id", "preset_id",
}  # fmt: skip
# What takes the version that the caller saw.
CAREFUL = {
    "start_job", "pause_job", "complete_job", "update_item", "move_item", "cancel_item",
    "add_to_queue", "update_project", "record_pop", "cancel_project", "archive_design_file",
    "archive_document", "edit",
}  # fmt: skip
Scene = Callable[[Operator, Operator], list[Case]]
LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)

SCENES = (_at_the_machine, _board, _projects, _files, _master_data)


@pytest.mark.parametrize("scene", SCENES)
def test_a_verb_is_logged_by_its_name_and_replayed_for_the_same_request_only(
    scene: Scene, olga: Operator, otto: Operator, ada: Operator
) -> None:
    for case in scene(olga, otto):
        with transaction.atomic():
            _try_out(case, actor(ada))
            transaction.set_rollback(True)


def _try_out(case: Case, by: Actor) -> None:
    key = uuid.uuid4()
    done = case.carry_out(by=by, op_id=key)
    entry = ActivityLog.objects.get(op_id=key)
    assert (entry.verb, entry.target_type, entry.target_id) == (case.verb, *case.target)
    assert (entry.user_id, entry.source, entry.seq) == (by.user_id, by.source, done.seq)
    assert done.data == entry.result
    assert set(done.data) == case.gives, case.verb
    again = case.carry_out(by=by, op_id=key)
    assert (again.data, again.seq, again.replayed) == (done.data, done.seq, True)
    for name, value in case.others.items():
        with pytest.raises(KeyReused):
            case.carry_out(by=by, op_id=key, **{name: value})
    assert ActivityLog.objects.filter(seq__gt=done.seq).count() == 0


@pytest.mark.parametrize("scene", SCENES)
def test_what_is_not_there_is_told_in_a_sentence(
    scene: Scene, olga: Operator, otto: Operator, ada: Operator
) -> None:
    for case in scene(olga, otto):
        for name in IDS & {name for name, value in case.given.items() if value is not None}:
            unknown = uuid.uuid4() if name == "session_id" else 10**6
            with pytest.raises(NotFound) as raised, transaction.atomic():
                case.carry_out(by=actor(ada), **{name: unknown})
            assert re.fullmatch(r"(There is no such|This part is not) .*\.", raised.value.message)
            assert raised.value.code.endswith("not_found")


@pytest.mark.parametrize("scene", SCENES)
def test_whoever_saw_another_version_is_shown_the_row_as_it_is(
    scene: Scene, olga: Operator, otto: Operator, ada: Operator
) -> None:
    for case in scene(olga, otto):
        if case.verb in CAREFUL and case.target[0] != "user":
            with pytest.raises(Changed) as raised, transaction.atomic():
                case.carry_out(by=actor(ada), updated_at=LONG_AGO)
            assert raised.value.extra["current_data"]["id"] == case.target[1]


def test_every_verb_is_tried_out(olga: Operator, otto: Operator) -> None:
    source = "\n".join(
        file.read_text() for file in BASE.glob("*_app/**/*.py") if "verbs" in str(file)
    )
    named = set(re.findall(r'run_verb\(\s*f?"(\w+)"', source))
    tried = {case.verb for scene in SCENES for case in scene(olga, otto)}
    assert named <= tried
