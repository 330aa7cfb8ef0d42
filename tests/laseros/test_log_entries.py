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
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from laseros.errors import Changed, KeyReused, NotFound
from operators_app.models import ActivityLog, Operator, RolePolicy, Session, SheetImport, User
from operators_app.sheets.headings import Rows
from operators_app.verbs import Actor, delete, edit
from operators_app.verbs.accounts import (
    create_operator,
    give_login,
    save_account,
    set_account_active,
)
from operators_app.verbs.imports import discard_import, remember_headings, undo_import
from operators_app.verbs.passwords import set_password
from operators_app.verbs.second_factor import (
    renew_recovery_codes,
    reset_second_factor,
    save_role_policy,
    set_up_second_factor,
)
from operators_app.verbs.sessions import revoke_session, sign_out_everywhere
from presets_app.models import Material
from presets_app.resources import PresetSheet
from projects_app import verbs as projects
from projects_app.dxf_problems import UnreadableDrawing
from projects_app.models import Document, ProjectPart
from projects_app.verbs.files import record_reading
from projects_app.verbs.previews import record_preview
from projects_app.verbs.project_parts import remove_project_part, save_project_part
from queue_app import verbs as queue
from queue_app.models import LaserRun
from queue_app.queries import queue_version
from queue_app.reports.models import ReportKind
from queue_app.statistics.periods import Period
from tests.conftest import actor
from tests.factories import make_client, make_item, make_preset, make_project, stamp
from tests.phone import Phone
from tests.projects_app.drawings import BRACKET, PDF
from tests.second_factors import with_second_factor
from tests.sheets import import_presets, preset_rows

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
        return self.call(**{k: v() if k == "upload" else v for k, v in given.items()})


def sheet(name: str) -> Rows:
    """Return a spreadsheet of one preset."""
    row = (name, "Mild Steel", 3, 80, 1200, 5000, "Air", 1.5, 0, 1)
    return preset_rows(row)


def uploaded() -> SheetImport:
    """Return an upload that nobody has imported."""
    return SheetImport.objects.create(
        kind="machinesettingspreset", file_name="p.xlsx", status="checked",
        uploaded_by=User.objects.get(username="system"),
    )  # fmt: skip


def imported() -> SheetImport:
    """Return an upload of one preset that was imported."""
    upload = uploaded()
    import_presets(sheet("Old"), upload_id=upload.pk, by=Actor.system())
    return upload


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
        Case("place_item", ("queueitem", waiting.pk), queue.place_item,
             {**item, "after": running.pk, "before": None, "rank": waiting.rank},
             answer | {"rank"}, {"after": other.pk, "rank": 7.0}),
        Case("reorder_queue", ("queueitem", None), queue.reorder_queue,
             {"order": [running.pk, other.pk, waiting.pk], "seen": queue_version()},
             {"moved"}, {"order": [other.pk, waiting.pk, running.pk]}),
        Case("cancel_item", ("queueitem", waiting.pk), queue.cancel_item,
             {**item, "reason": "Mistake"}, answer, {"reason": "Another"}),
    ]  # fmt: skip


def _board(olga: Operator, otto: Operator) -> list[Case]:
    ready, done = make_project("Ready"), make_project("Done", status="completed")
    fact = queue.complete_job(
        make_item(make_project("Fact")).pk, operator_id=olga.pk, preset_id=make_preset("Fact").pk,
        performed_at=timezone.now(), by=actor(olga),
    )  # fmt: skip
    run, gone = LaserRun.objects.get(), _rejected(olga)
    of_run = {"run_id": run.pk, "reason": "Mistyped"}
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
        Case("correct_run", ("laserrun", run.pk), queue.correct_run,
             {**of_run, "changes": {"cut_time_minutes": 41}}, {"laser_run", "warnings"},
             {"changes": {"cut_time_minutes": 42}, "reason": "Other"}),
        Case("reject_run", ("laserrun", run.pk), queue.reject_run, of_run, {"laser_run"},
             {"reason": "Other"}),
        Case("restore_run", ("laserrun", gone.pk), queue.restore_run,
             {"run_id": gone.pk, "reason": "Mistyped"}, {"laser_run"}, {"reason": "Other"}),
    ]  # fmt: skip


def _rejected(olga: Operator) -> LaserRun:
    told = queue.complete_job(
        make_item(make_project("Gone")).pk, operator_id=olga.pk, preset_id=make_preset("Gone").pk,
        performed_at=timezone.now(), by=actor(olga),
    )  # fmt: skip
    queue.resolve_flag(told.seq, accept=False, by=Actor.system())
    return LaserRun.objects.get(entry_id=told.seq)


def _projects(olga: Operator, otto: Operator) -> list[Case]:
    client = make_client()
    asked = make_project("Asked", status="quote_approval", pop_deadline=None)
    project, line = {"project_id": asked.pk}, ProjectPart.objects.filter(project=asked).first()
    assert line is not None
    target = ("project", asked.pk)
    return [
        Case("create_client", ("client", None), projects.create_client,
             {"changes": {"name": "New"}}, {"id", "code", "warnings"},
             {"changes": {"name": "Newer"}}),
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
             {**project, "part_id": part, "upload": upload(BRACKET, "b.dxf")},
             {"design_file", "warnings"}, {"part_id": None, "upload": upload(BRACKET, "c.dxf")}),
        Case("add_document", ("project", asked.pk), projects.add_document,
             {**project, "kind": "quote", "upload": upload(PDF, "q.pdf")},
             {"document", "warnings"}, {"kind": "invoice", "upload": upload(PDF + b"\n", "q.pdf")}),
        Case("record_reading", ("designfile", drawing.pk), record_reading,
             {"design_file_id": drawing.pk, "reading": UnreadableDrawing("Empty.")},
             {"design_file"}, {"reading": UnreadableDrawing("Broken.")}),
        Case("record_preview", ("designfile", drawing.pk), record_preview,
             {"design_file_id": drawing.pk, "picture": b"<svg/>"}, {"id", "preview"},
             {"picture": UnreadableDrawing("Empty.")}),
        Case("archive_design_file", ("designfile", drawing.pk), projects.archive_design_file,
             {"design_file_id": drawing.pk, "archived": True}, {"design_file"},
             {"archived": False}),
        Case("assign_design_file", ("designfile", drawing.pk), projects.assign_design_file,
             {"design_file_id": drawing.pk, "part_id": part}, {"design_file"},
             {"part_id": None}),
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
        Case("remember_headings", ("headingsynonym", None), remember_headings,
             {"kind": PresetSheet(), "meanings": {"Programm": "preset_name"}}, {"headings"},
             {"meanings": {"Programm": ""}}),
        Case("undo_import", ("machinesettingspreset", None), undo_import,
             {"upload_id": imported().pk}, {"restored", "removed", "switched_off", "left"},
             {"upload_id": uuid.uuid4()}),
        Case("discard_import", ("machinesettingspreset", None), discard_import,
             {"upload_id": uploaded().pk}, {"file"}, {"upload_id": uuid.uuid4()}),
        Case("import", ("machinesettingspreset", None), import_presets,
             {"rows": sheet("One"), "file_name": "p.xlsx"}, {"read", "new", "changed",
             "unchanged", "refused"}, {"rows": sheet("Two")}),
    ]  # fmt: skip


def _logins(olga: Operator, otto: Operator) -> list[Case]:
    ada = User.objects.get(username="ada")
    TOTPDevice.objects.create(user=ada, name="New", confirmed=False, last_t=1)
    with_second_factor(olga)
    own, user = {"user_id": ada.pk}, {"user_id": olga.user_id}
    spare = Operator.objects.create(name="Nina", employee_id="OP-900", **stamp())
    login = {"username": "nina", "password": "!hash", "must_change_password": True}
    other = {**login, "username": "nora"}
    policy = RolePolicy.objects.get(group__name="manager")
    return [
        Case("create_operator", ("operator", None), create_operator,
             {"profile": {"name": "Nora", "employee_id": "OP-901"}, "login": login},
             {"id", "user_id"},
             {"profile": {"name": "Nele", "employee_id": "OP-902"}, "login": other}),
        Case("give_login", ("operator", spare.pk), give_login,
             {"operator_id": spare.pk, "login": login}, {"id", "user_id"}, {"login": other}),
        Case("set_account_active", ("user", olga.user_id), set_account_active,
             {**user, "active": False}, {"id"}, {"active": True}),
        Case("sign_out_everywhere", ("user", olga.user_id), sign_out_everywhere, user,
             {"id", "ended"}, {}),
        Case("reset_second_factor", ("user", olga.user_id), reset_second_factor, user, {"id"}, {}),
        Case("set_up_second_factor", ("user", ada.pk), set_up_second_factor,
             {**own, "digests": ["a"]}, {"id"}, {}),
        Case("save_role_policy", ("rolepolicy", policy.pk), save_role_policy,
             {"policy_id": policy.pk, "requires_second_factor": True}, {"id"},
             {"requires_second_factor": False}),
    ]  # fmt: skip


def _reports(olga: Operator, otto: Operator) -> list[Case]:
    day, next_day = dt.date(2025, 11, 3), dt.date(2025, 11, 4)
    return [
        Case("make_report", ("productionreport", None), queue.make_report,
             {"kind": ReportKind.DAILY, "period": Period(day, day)}, {"id"},
             {"kind": ReportKind.WEEKLY, "period": Period(next_day, next_day)}),
    ]  # fmt: skip


def _own_codes(olga: Operator, otto: Operator) -> list[Case]:
    ada = User.objects.get(username="ada")
    with_second_factor(ada)
    return [
        Case("renew_recovery_codes", ("user", ada.pk), renew_recovery_codes,
             {"user_id": ada.pk, "digests": ["a"]}, {"id"}, {}),
    ]  # fmt: skip


IDS = {
    "item_id", "project_id", "entry_seq", "user_id", "design_file_id", "document_id", "pk",
    "session_id", "client_id", "line_id", "operator_id", "preset_id", "policy_id",
    "run_id",
}  # fmt: skip
# What takes the version that the caller saw.
CAREFUL = {
    "start_job", "pause_job", "complete_job", "update_item", "move_item", "place_item",
    "cancel_item", "add_to_queue", "update_project", "record_pop", "cancel_project",
    "archive_design_file", "archive_document", "assign_design_file", "edit", "correct_run",
    "reject_run", "restore_run",
}  # fmt: skip
Scene = Callable[[Operator, Operator], list[Case]]
LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)

SCENES = (_at_the_machine, _board, _projects, _files, _master_data, _logins, _own_codes,
          _reports)  # fmt: skip


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
    target_type, target_id = case.target
    assert (entry.verb, entry.target_type) == (case.verb, target_type)
    assert target_id in {None, entry.target_id}  # None: what the verb makes
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


def test_every_verb_is_tried_out(olga: Operator, otto: Operator, ada: Operator) -> None:
    source = "\n".join(
        file.read_text() for file in BASE.glob("*_app/**/*.py") if "verbs" in str(file)
    )
    named = set(re.findall(r'run_verb\(\s*f?"(\w+)"', source))
    tried = {case.verb for scene in SCENES for case in scene(olga, otto)}
    assert named <= tried
