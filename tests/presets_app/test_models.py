"""The rules of a model are told as a refusal, however the model tells them."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from laseros.errors import InvalidInput
from operators_app.verbs import Actor, edit
from presets_app.models import MachineSettingsPreset, Material
from tests.factories import make_preset

pytestmark = pytest.mark.django_db


def test_a_rule_of_the_whole_row_is_told_in_its_own_words(
    manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(row: Material) -> None:
        raise ValidationError("Not on a Friday.")

    monkeypatch.setattr(Material, "clean", refuse)
    with pytest.raises(InvalidInput) as refused:
        edit(Material, Material.objects.get(name="Brass").pk, {"name": "Messing 58"}, by=manager)
    assert refused.value.message == "Not on a Friday."
    assert refused.value.extra["errors"] == {"__all__": ["Not on a Friday."]}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("  mild   STEEL ", "There is already a material “Mild Steel”."),
        ("Aluminium", "“Aluminium” is another name of Aluminum."),
    ],
)
def test_a_material_has_no_name_that_another_has(name: str, told: str, manager: Actor) -> None:
    brass = Material.objects.get(name="Brass").pk
    for pk in (None, brass):
        with pytest.raises(InvalidInput) as refused:
            edit(Material, pk, {"name": name}, by=manager)
        assert refused.value.extra["errors"] == {"name": [told]}
    edit(Material, brass, {"name": " BRASS "}, by=manager)  # its own, written otherwise
    assert Material.objects.get(pk=brass).name == "BRASS"


def test_a_preset_gets_no_name_that_another_has_in_another_case(manager: Actor) -> None:
    preset = make_preset("Brass-2mm")
    fields = {"material": preset.material, "thickness": 2, "power": 80, "speed": 1000}
    other = edit(MachineSettingsPreset, None, {"preset_name": "Brass 3mm", **fields}, by=manager)
    for pk, more in ((None, fields), (other.data["id"], {})):
        with pytest.raises(InvalidInput) as refused:
            edit(MachineSettingsPreset, pk, {"preset_name": "BRASS-2MM", **more}, by=manager)
        assert refused.value.extra["errors"] == {
            "preset_name": [
                "“Brass-2mm” is there already; case and spaces alone make no other name."
            ]
        }
    edit(MachineSettingsPreset, preset.pk, {"preset_name": "BRASS-2mm"}, by=manager)  # its own


def test_presets_that_were_alike_but_for_case_before_are_changed_still(manager: Actor) -> None:
    preset, _other = make_preset("Brass-2mm"), make_preset("BRASS-2mm")
    edit(MachineSettingsPreset, preset.pk, {"preset_name": "Brass-2mm", "power": 7}, by=manager)
    assert MachineSettingsPreset.objects.get(preset_name="Brass-2mm").power == 7
