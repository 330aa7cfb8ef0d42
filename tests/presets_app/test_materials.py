"""Materials as a spreadsheet, with their other names."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client as Browser

from laseros.errors import InvalidInput
from operators_app.models import Operator
from operators_app.verbs import Actor
from presets_app.models import Material
from tests.sheets import import_table, send

HEADERS = ("Werkstoff", "Auch genannt", "Dichte (kg/m³)", "Farbe")


def names_of(name: str) -> set[str]:
    """Return a material's other names."""
    return {alias.name for alias in Material.objects.get(name=name).aliases.all()}


def test_materials_come_with_their_other_names(manager: Actor) -> None:
    rows = ("Titan", "Ti; Titanium", 4506, "#112233"), ("Messing", "", "8500", "")
    done = import_table("material", HEADERS[:3], *(row[:3] for row in rows), by=manager)
    assert done.data == {"read": 2, "new": 1, "changed": 0, "unchanged": 1, "refused": 0}
    assert Material.objects.get(name="Titan").density == Decimal("4.506")
    assert names_of("Titan") == {"Ti", "Titanium"}
    assert names_of("Brass") == {"Messing"}
    again = import_table("material", HEADERS[:2], ("titanium", "titanium, Ti"), by=manager)
    assert again.seq == 0


def test_other_names_are_replaced_and_a_blank_keeps_them(manager: Actor) -> None:
    import_table("material", HEADERS[:2], ("Brass", "MS63, Yellow metal"), by=manager)
    assert names_of("Brass") == {"MS63", "Yellow metal"}
    assert import_table("material", HEADERS[:2], ("Brass", ""), by=manager).seq == 0


@pytest.mark.parametrize(("rows", "sentence"), [
    ((("New", "Kupfer"),), "Row 2, Auch genannt: “Kupfer” already means another material."),
    ((("New", "new"),), "Row 2, Auch genannt: “new” is its own name."),
    ((("One", "Both"), ("Two", "both")), "Row 3, Auch genannt: “both” already means another"),
    ((("One", "Two"), ("Two", "")), "Row 3, Werkstoff: “Two” already means another material."),
    ((("Brass", ""), ("Messing", "")), "Row 3, Werkstoff: “Messing” stands in row 2 already"),
])  # fmt: skip
def test_a_name_means_one_material(
    manager: Actor, rows: tuple[tuple[str, str], ...], sentence: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        import_table("material", HEADERS[:2], *rows, by=manager)
    assert refused.value.message.startswith(sentence)


def test_the_list_comes_back_unchanged(mary: Operator) -> None:
    browser = Browser()
    assert mary.user is not None
    browser.force_login(mary.user)
    answer = browser.get("/admin/presets_app/material/export/?_format=csv")
    assert "Brass,Messing,8.5,#b08d2f,1" in answer.content.decode("utf-8-sig")
    page = send(browser, answer.content, "m.csv", to="presets_app_material")
    assert page.context["counts"] == {"read": 6, "new": 0, "changed": 0, "unchanged": 6,
                                      "refused": 0}  # fmt: skip
