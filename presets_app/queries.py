"""Reads of materials and presets."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Q

from presets_app.models import MachineSettingsPreset, Material, name_key

PRESET_COLUMNS = (
    "id", "preset_name", "material__name", "thickness", "power", "speed", "frequency",
    "gas_type", "gas_pressure", "focus_offset", "is_active",
)  # fmt: skip


def find_material(name: str) -> Material | None:
    """Return the material of this name or alias; case and spacing do not count."""
    key = name_key(name)
    return Material.objects.filter(Q(key=key) | Q(aliases__key=key)).first()


def preset_rows(
    material: Material | None, thickness: Decimal | None, limit: int, offset: int
) -> list[dict[str, Any]]:
    """Return active presets as the API tells them, by material, thickness (mm) and name."""
    presets = MachineSettingsPreset.objects.filter(is_active=True)
    if material is not None:
        presets = presets.filter(material=material)
    if thickness is not None:
        presets = presets.filter(thickness=thickness)
    rows = presets.values(*PRESET_COLUMNS, "seq", "updated_at")[offset : offset + limit]
    return list(rows)
