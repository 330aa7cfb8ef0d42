"""Reads of materials and presets."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import BigAutoField, DecimalField, Q, QuerySet

from laseros.compiled import Columns, CompiledQuery, Given, Row
from laseros.functions import IsoTime
from laseros.names import name_key
from presets_app.models import MachineSettingsPreset, Material, MaterialAlias

# What a row of a preset holds, by the API's names: it is what the API tells.
PRESET_COLUMNS: Columns = {
    "id": "id",
    "preset_name": "preset_name",
    "material_type": "material__name",
    "thickness": "thickness",
    "power": "power",
    "speed": "speed",
    "frequency": "frequency",
    "gas_type": "gas_type",
    "gas_pressure": "gas_pressure",
    "focus_offset": "focus_offset",
    "is_active": "is_active",
    "updated_at": IsoTime("updated_at"),
    "seq": "seq",
}


def find_material(name: str) -> Material | None:
    """Return the material of this name or alias; case and spacing do not count."""
    key = name_key(name)
    return Material.objects.filter(Q(key=key) | Q(aliases__key=key)).first()


def material_ids() -> dict[str, int]:
    """Return which material each name and each other name means, by `name_key`."""
    known = dict(Material.objects.values_list("key", "pk"))
    known.update(MaterialAlias.objects.values_list("key", "material_id"))
    return known


def _page(
    of_material: bool, of_thickness: bool, limit: int, offset: int, *, material: Given,
    thickness: Given,
) -> QuerySet[MachineSettingsPreset]:  # fmt: skip
    presets = MachineSettingsPreset.objects.filter(is_active=True)
    if of_material:
        presets = presets.filter(material_id=material)
    if of_thickness:
        presets = presets.filter(thickness=thickness)
    return presets[offset : offset + limit]


PAGE = CompiledQuery(
    _page,
    PRESET_COLUMNS,
    material=BigAutoField(),
    thickness=DecimalField(max_digits=6, decimal_places=2),
)


def preset_rows(
    material: Material | None, thickness: Decimal | None, limit: int, offset: int
) -> list[Row]:
    """Return active presets as the API tells them, by material, thickness (mm) and name."""
    return PAGE.rows(
        material is not None, thickness is not None, limit, offset,
        material=material and material.pk, thickness=thickness,
    )  # fmt: skip
