"""The rules of a model are told as a refusal, however the model tells them."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from laseros.errors import InvalidInput
from operators_app.verbs import Actor, edit
from presets_app.models import Material

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
