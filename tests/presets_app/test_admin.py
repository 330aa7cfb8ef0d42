"""Materials and presets in the admin."""

from __future__ import annotations

from decimal import Decimal

import pytest

from laseros.errors import InvalidInput
from operators_app.models import ActivityLog, Operator
from operators_app.verbs import Actor, edit
from presets_app.models import MachineSettingsPreset, Material, MaterialAlias
from presets_app.queries import find_material
from tests.desk import Desk, errors
from tests.factories import make_preset


def test_a_material_is_added_with_its_aliases(mary: Operator) -> None:
    Desk(mary).add(Material, {
        "name": "Titanium", "density": "4.506", "colour": "#a0a0a0", "is_active": "on",
        "aliases-TOTAL_FORMS": "1", "aliases-0-name": "Ti",
    })  # fmt: skip
    found = find_material(" ti ")
    assert found is not None
    assert found.name == "Titanium"
    assert MaterialAlias.objects.get(name="Ti").seq == ActivityLog.objects.latest("seq").seq


def test_an_alias_is_changed_and_removed(mary: Operator) -> None:
    steel = Material.objects.get(name="Mild Steel")
    desk = Desk(mary)
    names = list(steel.aliases.values_list("name", flat=True))
    desk.save(steel, **{"aliases-0-name": "Blackplate", "aliases-1-DELETE": "on"})
    assert set(steel.aliases.values_list("name", flat=True)) == {"Blackplate", *names[2:]}
    assert find_material("blackplate") == steel
    assert find_material(names[0]) is None


def test_a_material_that_is_renamed_is_found_by_its_new_name(mary: Operator) -> None:
    brass = Material.objects.get(name="Brass")
    Desk(mary).save(brass, name="Cartridge  Brass")
    assert find_material("cartridge brass") == brass
    assert find_material("Brass") is None


def test_an_alias_that_means_another_material_is_refused_and_nothing_is_half_saved(
    mary: Operator,
) -> None:
    brass = Material.objects.get(name="Brass")
    page = Desk(mary).save(brass, density="8.600", **{"aliases-0-name": "Copper"})
    assert "already the name of a material" in page.content.decode()
    brass.refresh_from_db()
    assert str(brass.density) == "8.500"


def test_a_preset_is_added_changed_and_refused(mary: Operator) -> None:
    preset = make_preset()
    desk = Desk(mary)
    desk.save(preset, power="85")
    preset.refresh_from_db()
    assert preset.power == 85
    page = desk.save(preset, power="185")
    assert "percentage" in errors(page)
    assert page.context["adminform"].form["power"].value() == "185"
    desk.add(MachineSettingsPreset, {
        "preset_name": "New", "material": preset.material_id, "thickness": "2", "power": "70",
        "speed": "5000", "is_active": "on"})  # fmt: skip
    assert MachineSettingsPreset.objects.get(preset_name="New").power == 70


@pytest.mark.parametrize(("field", "value", "told"), [
    ("speed", "2147483647", "Tell a value from 0 to 10,000,000."),
    ("frequency", "10000001", "Tell a value from 0 to 10,000,000."),
    ("thickness", "9999", "Tell a value from 0.01 to 500."),
])  # fmt: skip
def test_a_figure_that_nobody_means_is_refused_by_the_form_and_the_verb(
    mary: Operator, manager: Actor, field: str, value: str, told: str
) -> None:
    preset = make_preset()
    page = Desk(mary).save(preset, **{field: value})
    assert page.context["adminform"].form.errors[field][-1] == told
    with pytest.raises(InvalidInput) as refused:
        edit(MachineSettingsPreset, preset.pk, {field: Decimal(value)}, by=manager)
    assert refused.value.extra["errors"][field][-1] == told
    preset.refresh_from_db()
    assert str(getattr(preset, field)) != value


def test_a_figure_out_of_its_range_stays_where_something_else_is_changed(mary: Operator) -> None:
    preset = make_preset()
    MachineSettingsPreset.objects.update(speed=2**31 - 1, thickness=600)
    Desk(mary).save(preset, power="85")
    preset.refresh_from_db()
    assert (preset.power, preset.speed, preset.thickness) == (85, 2**31 - 1, Decimal(600))
