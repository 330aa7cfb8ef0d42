"""LightBurn's libraries as presets, and back: nothing lost, nothing twice, undone as a whole."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from laseros.errors import InvalidInput
from laseros.names import name_key
from operators_app.models import ActivityLog, LogHead, Operator, SheetImport, Source
from operators_app.verbs import Actor, edit
from operators_app.verbs.imports import import_rows, undo_import
from presets_app.libraries import _new_name, library_of, read_library
from presets_app.lightburn import entries_of
from presets_app.models import MachineSettingsPreset, Material, MaterialAlias
from presets_app.resources import PresetSheet
from tests.desk import Desk, address
from tests.factories import make_preset
from tests.presets_app.test_lightburn import LIBRARY

pytestmark = pytest.mark.django_db

STEEL = LIBRARY.replace("Birch &quot;BB&quot;", "Mild Steel")


@pytest.fixture
def by(mary: Operator) -> Actor:
    """The manager, importing."""
    assert mary.user is not None
    return Actor.of_user(mary.user, Source.IMPORT)


def take(text: str, by: Actor) -> dict[str, Any]:
    """Import a library; return what the verb gave."""
    kind = PresetSheet()
    return import_rows(kind, read_library(text.encode(), kind), "shop.clb", by=by).data


def exported() -> str:
    """Return a library of all presets."""
    return library_of(MachineSettingsPreset.objects.all()).decode()


def presets() -> dict[str, MachineSettingsPreset]:
    """Return the presets by their names."""
    return {one.preset_name: one for one in MachineSettingsPreset.objects.all()}


def test_every_entry_becomes_a_preset_and_is_written_again_to_the_letter(by: Actor) -> None:
    assert take(STEEL, by)["new"] == 3
    first, second, third = MachineSettingsPreset.objects.order_by("pk")
    assert [first.preset_name, second.preset_name, third.preset_name] == [
        "Mild Steel 3 mm Clean cut", "Mild Steel 3 mm Clean cut (2)",
        "Mild Steel Engrave Photo dark",
    ]  # fmt: skip
    assert (first.thickness, first.power, first.speed) == (Decimal(3), 68, 741)
    assert (third.thickness, third.power, third.speed, third.frequency) == (None, 20, 18000, 20000)
    assert exported() == STEEL


def test_the_same_library_again_changes_nothing(by: Actor) -> None:
    take(STEEL, by)
    edit(MachineSettingsPreset, presets()["Mild Steel 3 mm Clean cut"].pk,
         {"preset_name": "Ours"}, by=by)  # fmt: skip
    head = LogHead.objects.get().seq
    assert take(STEEL, by) == {"read": 3, "new": 0, "changed": 0, "unchanged": 3, "refused": 0}
    assert LogHead.objects.get().seq == head


def test_what_was_changed_here_is_written_and_all_else_stays(by: Actor) -> None:
    take(STEEL, by)
    first = presets()["Mild Steel 3 mm Clean cut"]
    edit(MachineSettingsPreset, first.pk, {"speed": 1000, "power": 70, "thickness": Decimal(4)},
         by=by)  # fmt: skip
    changes = {
        '<speed Value="12.345"/>': '<speed Value="16.666667"/>',
        '<maxPower Value="67.5"/>': '<maxPower Value="70"/>',
    }
    expected = STEEL.replace('Thickness="3.0000"', 'Thickness="4.0000"', 1)
    for old, new in changes.items():
        expected = expected.replace(old, new, 1)
    assert exported() == expected
    assert take(exported(), by)["new"] == 0
    assert presets()[first.preset_name].speed == 1000


def test_the_library_as_it_came_puts_changed_values_back(by: Actor) -> None:
    take(STEEL, by)
    first = presets()["Mild Steel 3 mm Clean cut"]
    edit(MachineSettingsPreset, first.pk, {"speed": 1000, "thickness": Decimal(4)}, by=by)
    counts = take(STEEL, by)
    assert (counts["new"], counts["changed"], counts["unchanged"]) == (0, 1, 2)
    assert exported() == STEEL


def test_a_preset_of_another_material_goes_there(by: Actor) -> None:
    take(STEEL, by)
    preset = presets()["Mild Steel 3 mm Clean cut (2)"]
    edit(MachineSettingsPreset, preset.pk, {"material": Material.objects.get(name="Brass")}, by=by)
    entries = entries_of(exported().encode())
    assert [entry.material_name for entry in entries] == ["Mild Steel", "Brass", "Mild Steel"]


def test_presets_of_our_own_go_along_and_are_known_again(by: Actor) -> None:
    make_preset("Steel-3mm-Standard")
    take(STEEL, by)
    text = exported()
    assert text.count("<Entry ") == 4
    assert 'Desc="Steel-3mm-Standard"' in text
    assert '<speed Value="20"/>' in text
    counts = take(text, by)
    assert (counts["new"], MachineSettingsPreset.objects.count()) == (0, 4)


def test_presets_of_our_own_are_unchanged_by_their_own_export(by: Actor) -> None:
    for name in ("One", "Two"):
        make_preset(name, frequency=5000 if name == "One" else None)
    done = take(exported(), by)
    assert (done["unchanged"], done["new"], done["changed"]) == (2, 0, 0)


def test_a_preset_that_was_switched_off_stays_off(by: Actor) -> None:
    make_preset("Steel-3mm-Standard", is_active=False)
    take(STEEL, by)
    first = MachineSettingsPreset.objects.get(preset_name="Mild Steel 3 mm Clean cut")
    edit(MachineSettingsPreset, first.pk, {"is_active": False}, by=by)
    take(exported(), by)
    names = ("Steel-3mm-Standard", "Mild Steel 3 mm Clean cut")
    assert [presets()[name].is_active for name in names] == [False, False]


def test_a_preset_that_merely_has_the_name_is_left_alone(by: Actor) -> None:
    make_preset("Mild Steel 3 mm Clean cut", speed=5)
    take(STEEL, by)
    assert presets()["Mild Steel 3 mm Clean cut"].speed == 5
    assert "Mild Steel 3 mm Clean cut (3)" in presets()


def test_a_library_made_of_two_changes_nothing(by: Actor) -> None:
    take(STEEL, by)
    take(STEEL.replace("CO2 &amp; fibre", "Fibre"), by)
    first = presets()["Mild Steel 3 mm Clean cut (3)"]
    edit(MachineSettingsPreset, first.pk, {"speed": 1000}, by=by)
    mixed = exported()
    assert "<LightBurnLibrary>" in mixed
    assert take(mixed, by) == {"read": 6, "new": 0, "changed": 0, "unchanged": 6, "refused": 0}
    faster = mixed.replace('<speed Value="16.666667"/>', '<speed Value="20"/>')
    assert take(faster, by)["changed"] == 1
    assert presets()[first.preset_name].speed == 1200
    assert take(STEEL, by)["unchanged"] == 3


def test_a_library_made_of_one_without_a_name_and_another_changes_nothing(by: Actor) -> None:
    nameless = STEEL.replace(' DisplayName="CO2 &amp; fibre"', "")
    take(nameless, by)
    take(STEEL, by)
    assert take(exported(), by)["unchanged"] == 6
    make_preset("Steel-3mm-Standard")
    assert take(exported(), by)["new"] == 0


def test_a_library_without_a_name_is_not_taken_for_another_one(by: Actor) -> None:
    take(STEEL, by)
    nameless = STEEL.replace(' DisplayName="CO2 &amp; fibre"', "").replace("12.345", "99")
    assert take(nameless, by)["new"] == 3
    assert presets()["Mild Steel 3 mm Clean cut"].speed == 741


def test_what_a_library_made_of_two_leaves_open_is_not_guessed(by: Actor) -> None:
    take(STEEL, by)
    take(STEEL.replace("CO2 &amp; fibre", "Fibre"), by)
    ours = MachineSettingsPreset.objects.exclude(preset_name="Mild Steel 3 mm Clean cut")
    part = library_of(ours).decode().replace('<speed Value="300"/>', '<speed Value="301"/>')
    counts = take(part, by)  # three of four are called alike: any of them may be left out
    assert (counts["new"], counts["changed"]) == (3, 2)


class Asked(set[str]):
    """Names that are taken, which count how often they are asked."""

    times = 0

    def __contains__(self, name: object) -> bool:
        self.times += 1
        return super().__contains__(name)


def test_thousands_of_one_title_are_numbered_without_counting_each_time_anew() -> None:
    taken, last = Asked({"cut", "cut (3)"}), dict[str, int]()
    names = []
    for _number in range(20_000):
        names.append(_new_name("Cut", taken, last))
        taken.add(name_key(names[-1]))
    assert (names[:2], names[-1]) == (["Cut (2)", "Cut (4)"], "Cut (20002)")
    assert len(set(names)) == 20_000
    assert taken.times < 3 * len(names)


def test_a_thickness_finer_than_ours_is_kept_to_the_letter(by: Actor) -> None:
    fine = STEEL.replace("3.0000", "3.1750")
    take(fine, by)
    assert presets()["Mild Steel 3.175 mm Clean cut"].thickness == Decimal("3.18")
    assert exported() == fine


def test_what_an_entry_lacks_is_told_and_the_others_can_be_taken(by: Actor) -> None:
    broken = STEEL.replace('<speed Value="20"/>', '<speed Value="fast"/>')
    kind = PresetSheet()
    rows = read_library(broken.encode(), kind)
    with pytest.raises(InvalidInput, match="“fast” is not a number"):
        import_rows(kind, rows, "x.clb", by=by)
    kind = PresetSheet()
    rows = read_library(broken.encode(), kind)
    done = import_rows(kind, rows, "x.clb", good_only=True, by=by)
    assert (done.data["new"], done.data["refused"]) == (2, 1)


def test_entries_that_differ_in_case_alone_come_in_and_go_out_each_for_itself(by: Actor) -> None:
    make_preset("mild steel 3 MM clean cut", speed=5)
    twice = STEEL.replace('Desc="Clean cut"', 'Desc="CLEAN CUT"', 1)
    assert twice != STEEL
    assert take(twice, by)["new"] == 3
    assert presets()["mild steel 3 MM clean cut"].speed == 5
    assert len({name_key(name) for name in presets()}) == 4
    assert take(twice, by)["unchanged"] == 3
    ours = MachineSettingsPreset.objects.exclude(lightburn="")
    assert library_of(ours).decode() == twice


def test_presets_of_a_library_that_differ_in_case_alone_are_told_apart_still(by: Actor) -> None:
    take(STEEL, by)
    first, second, _third = MachineSettingsPreset.objects.order_by("pk")
    renamed = MachineSettingsPreset.objects.filter(pk=second.pk)
    renamed.update(preset_name=first.preset_name.upper())  # as could be done before
    assert take(STEEL, by)["unchanged"] == 3
    assert exported() == STEEL


def upload(desk: Desk, text: str) -> SheetImport:
    """Upload a library on the import page; return what became of it."""
    file = SimpleUploadedFile("shop.clb", text.encode())
    desk.browser.post(address(MachineSettingsPreset, "import"), {"file": file})
    return SheetImport.objects.latest("uploaded_at")


def step(upload: SheetImport, name: str) -> str:
    """Return the address of something to do with an upload."""
    return address(SheetImport, name, upload.pk)


def test_unknown_materials_are_added_or_become_other_names_on_the_page(mary: Operator) -> None:
    desk = Desk(mary)
    odd = LIBRARY.replace("Birch &quot;BB&quot;", "Birch", 1).replace("Birch &quot;BB&quot;", "MDF")
    came = upload(desk, odd)
    assert came.report["unknown"] == ["Birch", "MDF"]
    page = desk.browser.get(step(came, "change")).content.decode()
    assert "Which materials are these?" in page
    brass = Material.objects.get(name="Brass")
    desk.browser.post(step(came, "answers"), {"name:Birch": "", "name:MDF": str(brass.pk)})
    assert Material.objects.filter(name="Birch").exists()
    assert MaterialAlias.objects.get(name="MDF").material == brass
    came.refresh_from_db()
    assert (came.rows_new, came.rows_refused) == (3, 0)
    desk.browser.post(step(came, "confirm"), {"choice": "all"})
    assert exported() == odd


def test_an_import_is_undone_as_a_whole_and_can_be_taken_again(mary: Operator, by: Actor) -> None:
    desk = Desk(mary)
    came = upload(desk, STEEL)
    desk.browser.post(step(came, "confirm"), {"choice": "all"})
    assert ActivityLog.objects.latest("seq").verb == "import"
    undo_import(came.pk, by=by)
    assert not MachineSettingsPreset.objects.filter(is_active=True).exists()
    assert take(STEEL, by)["changed"] == 3
    assert MachineSettingsPreset.objects.filter(is_active=True).count() == 3


def test_what_is_no_library_gets_a_sentence_on_the_page(mary: Operator) -> None:
    desk = Desk(mary)
    came = upload(desk, "<LightBurnProject/>")
    assert (
        "begins with &lt;LightBurnProject&gt;"
        in desk.browser.get(step(came, "change")).content.decode()
    )


def test_of_an_empty_library_the_page_speaks_of_entries(mary: Operator) -> None:
    desk = Desk(mary)
    came = upload(desk, "<LightBurnLibrary/>")
    page = desk.browser.get(step(came, "change")).content.decode()
    assert "There are no entries in this file." in page
    assert "below the headings" not in page


def test_the_list_is_saved_as_a_library(mary: Operator, by: Actor) -> None:
    take(STEEL, by)
    desk = Desk(mary)
    page = desk.browser.get(address(MachineSettingsPreset, "changelist")).content.decode()
    assert "LightBurn library (.clb)" in page
    assert ">any<" in page
    answer = desk.browser.get(address(MachineSettingsPreset, "export"), {"_format": "clb"})
    assert ".clb" in answer["Content-Disposition"]
    assert answer.content.decode() == STEEL


def test_a_library_is_imported_and_exported_in_a_few_statements(
    by: Actor, django_assert_max_num_queries: Any
) -> None:
    entry = '<Entry Thickness="3" Desc="E{}"><CutSetting type="Cut"><speed Value="9"/>' \
            '<maxPower Value="5"/></CutSetting></Entry>'  # fmt: skip
    body = "".join(entry.format(number) for number in range(300))
    many = f'<LightBurnLibrary><Material name="Mild Steel">{body}</Material></LightBurnLibrary>'
    with django_assert_max_num_queries(40):
        assert take(many, by)["new"] == 300
    with django_assert_max_num_queries(4):
        assert exported().count("<Entry ") == 300


def test_a_galvos_speed_and_a_mark_of_nought_come_in(by: Actor) -> None:
    fast = STEEL.replace('<speed Value="12.345"/>', '<speed Value="30000"/>')
    slow = fast.replace('<maxPower Value="80"/>', '<maxPower Value="0"/>')
    slow = slow.replace('<speed Value="20"/>', '<speed Value="0"/>')
    assert take(slow, by)["refused"] == 0
    assert exported() == slow
