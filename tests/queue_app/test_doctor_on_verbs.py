"""The doctor has nothing to say after a day on which every kind of verb was used."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group

from operators_app.models import Operator, Role, Session, User
from operators_app.verbs import Actor, Call, delete, edit, save_account
from operators_app.verbs.passwords import set_password
from operators_app.verbs.sessions import revoke_session
from presets_app.models import MachineSettingsPreset, Material, MaterialAlias
from projects_app.dxf_problems import UnreadableDrawing
from projects_app.models import Client, DesignFile, ProjectPart
from projects_app.verbs import (
    add_document,
    archive_design_file,
    archive_document,
    assign_design_file,
    cancel_project,
    create_project,
    record_reading,
    update_project,
)
from projects_app.verbs.project_parts import remove_project_part, save_project_part
from tests.phone import Phone
from tests.projects_app.drawings import PDF, upload
from tests.queue_app import agreement
from tests.queue_app.conftest import doctor
from tests.queue_app.crowd import Bench, Stage, open_shop
from tests.queue_app.replay import Shop
from tests.sheets import import_presets, preset_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    """A shop that has just been opened."""
    return open_shop()


@pytest.fixture
def call(stage: Stage) -> Call:
    """What the manager's verbs need."""
    return Call(by=stage.boss)


def test_after_master_data(stage: Stage, call: Call) -> None:
    titanium = edit(Material, None, {"name": "Titanium", "density": Decimal("4.5")}, **call)
    alias = {"material": Material.objects.get(pk=titanium.data["id"]), "name": "Ti"}
    edit(MaterialAlias, None, alias, **call)
    edit(Material, titanium.data["id"], {"name": "Titan", "colour": "#112233"}, **call)
    delete(Material, titanium.data["id"], **call)  # the alias goes with it
    edit(Client, stage.client, {"name": "ABC & Sons", "notes": "pays late"}, **call)
    edit(Operator, stage.operators[1].pk, {"is_active": False}, **call)
    assert doctor() == ""


def test_after_imports(stage: Stage, call: Call) -> None:
    row = ("Brass 2", "Messing", 2, 75, 5500, 6000, "Nitrogen", 13, -1, "yes")
    known = ("Steel A", "Copper", 4.5, 70, 1000, None, "", None, None, "no")
    import_presets(preset_rows(row, known), **call)
    edit(Material, Material.objects.get(name="Copper").pk, {"name": "Kupferblech"}, **call)
    import_presets(preset_rows(row), **call)
    assert MachineSettingsPreset.objects.get(preset_name="Steel A").power == 70
    assert doctor() == ""


def test_after_changes_of_people(stage: Stage, call: Call) -> None:
    ada = Actor.of_user(User.objects.get(username="ada"))
    worker = stage.operators[1].user
    assert worker is not None
    Phone.of(worker)
    revoke_session(Session.objects.get(user=worker).pk, by=ada)
    set_password(worker.pk, "another-password-for-tests", by=ada)
    groups = list(Group.objects.filter(name=Role.VIEWER.value))
    save_account(worker.pk, {"groups": groups, "last_name": "O’Brien"}, by=ada)
    save_account(None, {"username": "new", "password": "!", "groups": groups}, by=ada)
    assert doctor() == ""


def test_after_a_project_in_all_its_states(stage: Stage, call: Call) -> None:
    fields = {"due_date": dt.date(2030, 1, 1)}
    made = create_project(client_id=stage.client, name="Odd", fields=fields, **call).data
    pk = made["project"]["id"]
    add_document(pk, "quote", upload("quote.pdf", PDF), **call)
    update_project(pk, {"material_thickness": Decimal("2.50"), "notes": "thin"}, **call)
    cancel_project(pk, **call)
    cut = Bench(stage, stage.project()).do("add", "start", "pause", "start", "complete", "recut")
    line = ProjectPart.objects.get(project=cut.project_id)
    save_project_part(cut.project_id, line.pk, {"quantity": 7}, **call)
    drawing = DesignFile.objects.get(project=cut.project_id)
    assign_design_file(drawing.pk, line.part_id, **call)
    remove_project_part(cut.project_id, line.pk, **call)
    assign_design_file(drawing.pk, None, **call)
    record_reading(drawing.pk, UnreadableDrawing("It is empty."), by=Actor.system())
    archive_design_file(drawing.pk, **call)
    paper = add_document(cut.project_id, "invoice", upload("bill.pdf", PDF), **call).data
    archive_document(paper["document"]["id"], **call)
    cut.do("start", "pause", "cancel")
    agreement.assert_tables_agree(Shop().read_on())
    assert doctor() == ""


def test_after_moves_until_there_is_no_room_between_two_ranks(stage: Stage) -> None:
    """Each move halves the room; when none is left, all jobs get new ranks."""
    benches = [Bench(stage, stage.project()).do("add") for _ in range(3)]
    for turn in range(120):
        replace(benches[turn % 2 + 1], position=2).do("move")
    assert doctor() == ""
    shop = Shop().read_on()
    agreement.assert_tables_agree(shop)
    assert len(shop.order) == 3
