"""Undoing an import as a whole: what anybody did after it stays."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser

from laseros.errors import NotAllowed, TransitionError
from operators_app.log_replay import differences
from operators_app.models import ActivityLog, Operator, SheetImport
from operators_app.sheets.kinds import kind_of
from operators_app.sheets.undo import what_can_be_undone
from operators_app.verbs import Actor, delete, edit
from operators_app.verbs.imports import undo_import
from presets_app.models import MachineSettingsPreset, Material, MaterialAlias
from projects_app.models import Client
from tests.factories import make_client, make_preset, make_project
from tests.sheets import (
    STEEL,
    confirm,
    import_presets,
    import_table,
    messages,
    preset_rows,
    send,
    upload_of,
)
from tests.sheets import workbook as book

pytestmark = pytest.mark.django_db


def imported(by: Actor, slug: str, *table: Any) -> SheetImport:
    """Import a table as an upload of its own."""
    upload = SheetImport.objects.create(
        kind=slug, file_name="t.xlsx", status="checked", uploaded_by_id=by.user_id
    )
    import_table(slug, *table, upload_id=upload.pk, by=by)
    upload.refresh_from_db()
    assert upload.status == "imported"
    return upload


def preset(name: str) -> MachineSettingsPreset:
    """Return a preset by its name."""
    return MachineSettingsPreset.objects.get(preset_name=name)


NAMES = ("Name", "Material", "Thickness", "Power", "Speed")


def row(name: str, power: int = 80) -> tuple[Any, ...]:
    """Return a preset's row."""
    return (name, "Mild Steel", 3, power, 3200)


def test_old_values_come_back_and_new_rows_are_switched_off(manager: Actor) -> None:
    import_presets(preset_rows(STEEL), by=manager)
    upload = imported(manager, "machinesettingspreset", NAMES, row("Steel-3mm", 99), row("New"))
    assert preset("Steel-3mm").power == 99
    told = undo_import(upload.pk, by=manager)
    assert told.data == {"restored": 1, "removed": 0, "switched_off": 1, "left": 0}
    assert preset("Steel-3mm").power == 80
    assert not preset("New").is_active
    entry = ActivityLog.objects.latest("seq")
    assert (entry.verb, entry.after["undo"]["entry"]) == ("undo_import", upload.entry_seq)
    key = f"machinesettingspreset:{preset('Steel-3mm').pk}"
    assert (entry.before[key], entry.after[key]) == ({"power": 99}, {"power": 80})
    assert preset("Steel-3mm").seq == entry.seq
    assert list(differences()) == []


@pytest.mark.parametrize("says_so", [False, True])
def test_what_was_undone_comes_in_again_and_says_why(
    manager: Actor, mary: Operator, says_so: bool
) -> None:
    upload = imported(manager, "machinesettingspreset", NAMES, row("New"))
    undo_import(upload.pk, by=manager)
    assert mary.user is not None
    browser = Browser()
    browser.force_login(mary.user)
    names, cells = ((*NAMES, "Active"), (*row("New"), "yes")) if says_so else (NAMES, row("New"))
    page = send(browser, book([cells], names))
    assert "An import that was undone had switched it off" in page.content.decode()
    page = confirm(browser, page)
    assert upload_of(page).rows_changed == 1
    assert preset("New").is_active


def test_a_row_switched_off_by_a_person_stays_off(manager: Actor) -> None:
    imported(manager, "machinesettingspreset", NAMES, row("New"))
    edit(MachineSettingsPreset, preset("New").pk, {"is_active": False}, by=manager)
    done = import_table("machinesettingspreset", NAMES, row("New"), by=manager)
    assert done.data["unchanged"] == 1
    assert not preset("New").is_active


def test_what_was_changed_since_or_is_in_use_stays_and_is_named(mary: Operator) -> None:
    assert mary.user is not None
    by = Actor.of_user(mary.user)
    import_presets(preset_rows(STEEL), by=by)
    upload = imported(
        by, "machinesettingspreset", NAMES, row("Steel-3mm", 99), row("Used"), row("Edited"),
        row("New"),
    )  # fmt: skip
    edit(MachineSettingsPreset, preset("Steel-3mm").pk, {"speed": 1}, by=by)
    edit(MachineSettingsPreset, preset("Edited").pk, {"power": 81}, by=by)
    make_project(preset=preset("Used"))
    browser = Browser()
    browser.force_login(mary.user)
    address = f"/admin/operators_app/sheetimport/{upload.pk}/undo/"
    page = browser.get(address)
    assert page.context["left"] == [
        ("Steel-3mm", "It was changed since."), ("Used", "It is in use: project."),
        ("Edited", "It was changed since."),
    ]  # fmt: skip
    page = browser.post(address, follow=True)
    assert messages(page) == (
        "1 row was switched off. 3 rows stay as they are: Steel-3mm, Used, Edited."
    )
    assert (preset("Steel-3mm").power, preset("Steel-3mm").speed) == (99, 1)
    assert preset("Used").is_active
    assert preset("Edited").power == 81
    assert not preset("New").is_active
    assert "was undone already" in messages(browser.get(address, follow=True))


def test_what_stays_is_named_as_the_file_had_it(manager: Actor) -> None:
    while make_preset(f"Older {MachineSettingsPreset.objects.count()}").pk % 8 != 6:
        pass  # the next ids are such that a set would return them in another order
    upload = imported(manager, "machinesettingspreset", NAMES, row("A"), row("B"), row("C"))
    for name in "CAB":
        edit(MachineSettingsPreset, preset(name).pk, {"speed": 1}, by=manager)
    assert [name for name, _why in what_can_be_undone(upload).left] == ["A", "B", "C"]


def test_what_stays_of_changed_rows_is_named_in_one_order(manager: Actor) -> None:
    while make_preset(f"Older {MachineSettingsPreset.objects.count()}").pk % 10 != 8:
        pass  # “10” goes before “9” in an object of PostgreSQL’s, and in text
    names = "ABC"
    import_table("machinesettingspreset", NAMES, *map(row, names), by=manager)
    told = [row(name, 99) for name in reversed(names)]
    upload = imported(manager, "machinesettingspreset", NAMES, *told)
    for name in names:
        edit(MachineSettingsPreset, preset(name).pk, {"speed": 1}, by=manager)
    assert [name for name, _why in what_can_be_undone(upload).left] == ["A", "B", "C"]


def test_where_nothing_can_be_undone_that_is_said(manager: Actor) -> None:
    upload = imported(manager, "machinesettingspreset", NAMES, row("New"))
    edit(MachineSettingsPreset, preset("New").pk, {"power": 81}, by=manager)
    with pytest.raises(TransitionError, match="Nothing of this import can be undone"):
        undo_import(upload.pk, by=manager)
    upload.refresh_from_db()
    assert upload.status == "imported"


def test_an_import_is_undone_once_and_by_a_manager(manager: Actor, operator: Actor) -> None:
    upload = imported(manager, "machinesettingspreset", NAMES, row("New"))
    with pytest.raises(NotAllowed):
        undo_import(upload.pk, by=operator)
    undo_import(upload.pk, by=manager)
    with pytest.raises(TransitionError, match="done already"):
        undo_import(upload.pk, by=manager)


def test_materials_go_with_their_names_unless_somebody_gave_them_more(manager: Actor) -> None:
    table = ("Name", "Other names"), ("Titan", "Ti"), ("Gold", "Au"), ("Brass", "MS63")
    upload = imported(manager, "material", *table)
    edit(MaterialAlias, None, {"material": Material.objects.get(name="Gold"), "name": "Or"},
         by=manager)  # fmt: skip
    told = undo_import(upload.pk, by=manager)
    assert told.data == {"restored": 1, "removed": 1, "switched_off": 0, "left": 1}
    assert not Material.objects.filter(name="Titan").exists()
    names = Material.objects.get(name="Brass").aliases.values_list("name", flat=True)
    assert list(names) == ["Messing"]
    assert Material.objects.get(name="Gold").aliases.count() == 2
    assert list(differences()) == []


def test_what_would_refer_to_a_deleted_row_stays_and_is_named(manager: Actor) -> None:
    for name in ("Gone", "Kept"):
        edit(Material, None, {"name": name}, by=manager)
    table = [(name, "Gone", 3, 80, 3200) for name in ("Moved", "Other")]
    imported(manager, "machinesettingspreset", NAMES, *table)
    edit(MachineSettingsPreset, preset("Other").pk, {"material": Material.objects.get(name="Kept")},
         by=manager)  # fmt: skip
    upload = imported(manager, "machinesettingspreset", NAMES, ("Moved", "Kept", 3, 80, 3200),
                      ("Other", "Kept", 3, 99, 3200))  # fmt: skip
    delete(Material, Material.objects.get(name="Gone").pk, by=manager)
    assert what_can_be_undone(upload).left == [("Moved", "Material: It is not there any more.")]
    told = undo_import(upload.pk, by=manager)
    assert told.data == {"restored": 1, "removed": 0, "switched_off": 0, "left": 1}
    assert (preset("Moved").material.name, preset("Other").power) == ("Kept", 80)
    assert list(differences()) == []


def test_another_name_that_means_something_else_by_now_is_told(manager: Actor) -> None:
    imported(manager, "material", ("Name", "Other names"), ("Gold", "Or"))
    table = (("Gold", "Au"), ("Silver", "Ag"))
    upload = imported(manager, "material", ("Name", "Other names"), *table)
    other = edit(Material, None, {"name": "Orichalcum"}, by=manager).data["id"]
    changes = {"material": Material.objects.get(pk=other), "name": "Or"}
    edit(MaterialAlias, None, changes, by=manager)
    left = what_can_be_undone(upload).left
    assert left == [("Gold", "“Or” already means another material.")]
    told = undo_import(upload.pk, by=manager)
    assert (told.data["removed"], told.data["left"]) == (1, 1)
    assert list(Material.objects.get(name="Gold").aliases.values_list("name", flat=True)) == ["Au"]


def test_clients_keep_their_codes(manager: Actor) -> None:
    make_client("Old")
    upload = imported(manager, "client", ("Code", "Name"), ("CL0001", "Renamed"), ("", "New"))
    undo_import(upload.pk, by=manager)
    assert list(Client.objects.order_by("code").values_list("code", "name", "is_active")) == [
        ("CL0001", "Old", True), ("CL0002", "New", False),
    ]  # fmt: skip


def test_statements_do_not_grow_with_the_rows(
    manager: Actor, django_assert_max_num_queries: Any
) -> None:
    table = [row(f"Steel {n}") for n in range(2000)]
    imported(manager, "machinesettingspreset", NAMES, *table[:1000])
    changed = [row(one[0], 81) for one in table]
    upload = imported(manager, "machinesettingspreset", NAMES, *changed)
    with django_assert_max_num_queries(60):
        told = undo_import(upload.pk, by=manager)
    assert told.data == {"restored": 1000, "removed": 0, "switched_off": 1000, "left": 0}


def test_the_import_is_found_in_the_list_and_undone_there(mary: Operator) -> None:
    make_preset("Old")
    browser = Browser()
    assert mary.user is not None
    browser.force_login(mary.user)
    page = confirm(browser, send(browser, book([STEEL]), "march.xlsx"))
    assert page.context["steps"]["undo"] in page.content.decode()
    listed = browser.get("/admin/operators_app/sheetimport/").content.decode()
    for words in ("march.xlsx", "mary", "Imported"):
        assert words in listed
    assert str(kind_of("machinesettingspreset").title).capitalize() in listed
    after = browser.post(page.context["steps"]["undo"], follow=True)
    assert "1 row was switched off." in messages(after)
    assert "Undo this import" not in after.content.decode()
