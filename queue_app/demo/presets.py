"""The demo shop's presets: plausible settings of a 2 kW fibre laser, not to be cut with."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from operators_app.verbs import edit
from presets_app.models import MachineSettingsPreset, Material
from queue_app.demo.stage import Stage


class Settings(NamedTuple):
    """One preset: %, mm/min, Hz, gas, bar, mm."""

    material: str
    thickness: str
    kind: str
    power: int
    speed: int
    frequency: int
    gas: str
    pressure: str
    focus: str

    @property
    def name(self) -> str:
        """The preset's name, such as “Mild Steel-3mm-Standard”."""
        return f"{self.material}-{self.thickness}mm-{self.kind}"


MS, SS, AL, BR, GS = "Mild Steel", "Stainless Steel", "Aluminum", "Brass", "Galvanised Steel"
STANDARD, FINE, FAST = "Standard", "Fine", "Fast"
O2, N2, AIR = "Oxygen", "Nitrogen", "Air"

PRESETS = [
    Settings(MS, "1", STANDARD, 60, 16000, 5000, AIR, "10", "-0.5"),
    Settings(MS, "1.5", STANDARD, 66, 11200, 5000, AIR, "10.5", "-0.5"),
    Settings(MS, "2", STANDARD, 70, 5200, 4000, O2, "1.2", "1.5"),
    Settings(MS, "2", FAST, 90, 7600, 5000, AIR, "12", "-1"),
    Settings(MS, "3", STANDARD, 76, 3700, 3500, O2, "0.9", "2"),
    Settings(MS, "3", FINE, 62, 2700, 3000, O2, "0.8", "2"),
    Settings(MS, "4", STANDARD, 80, 2950, 3000, O2, "0.8", "2.5"),
    Settings(MS, "5", STANDARD, 85, 2450, 2800, O2, "0.7", "2.5"),
    Settings(MS, "6", STANDARD, 88, 2050, 2500, O2, "0.7", "3"),
    Settings(MS, "8", STANDARD, 93, 1500, 2200, O2, "0.6", "3.5"),
    Settings(MS, "10", STANDARD, 98, 1050, 2000, O2, "0.55", "4"),
    Settings(SS, "1", STANDARD, 62, 17500, 5000, N2, "14", "-0.5"),
    Settings(SS, "1.5", STANDARD, 72, 9600, 5000, N2, "15", "-1"),
    Settings(SS, "2", STANDARD, 80, 6300, 5000, N2, "16", "-1.5"),
    Settings(SS, "3", STANDARD, 90, 3300, 4500, N2, "17", "-2.5"),
    Settings(SS, "3", FINE, 84, 2500, 4000, N2, "17.5", "-2.5"),
    Settings(SS, "4", STANDARD, 96, 1900, 4000, N2, "18", "-3.5"),
    Settings(AL, "1", STANDARD, 66, 15000, 5000, N2, "12", "-0.5"),
    Settings(AL, "2", STANDARD, 82, 6900, 5000, N2, "14", "-1.5"),
    Settings(AL, "3", STANDARD, 95, 3250, 4500, N2, "15", "-2.5"),
    Settings(AL, "4", STANDARD, 98, 1850, 4000, N2, "16", "-3"),
    Settings(BR, "1", STANDARD, 76, 9000, 5000, N2, "14", "-0.5"),
    Settings(BR, "2", STANDARD, 95, 3400, 4500, N2, "16", "-1.5"),
    Settings(GS, "1", STANDARD, 60, 14500, 5000, AIR, "11", "-0.5"),
    Settings(GS, "2", STANDARD, 80, 5700, 5000, N2, "14", "-1"),
]


def standard_of(material: str, thickness: Decimal) -> Settings:
    """Return the preset that the shop uses for a sheet unless somebody knows better."""
    return next(one for one in _for_sheet(material, thickness) if one.kind == STANDARD)


def names_for(material: str, thickness: Decimal) -> list[str]:
    """Return the names of all presets for a sheet, the standard one first."""
    found = _for_sheet(material, thickness)
    return [one.name for one in sorted(found, key=lambda one: one.kind != STANDARD)]


def _for_sheet(material: str, thickness: Decimal) -> list[Settings]:
    return [
        one for one in PRESETS if one.material == material and Decimal(one.thickness) == thickness
    ]


def add_presets(stage: Stage) -> None:
    """Enter the presets, the admin acting."""
    stage.materials = {material.name: material for material in Material.objects.all()}
    for one in PRESETS:
        fields = {
            "preset_name": one.name,
            "material": stage.materials[one.material],
            "thickness": Decimal(one.thickness),
            "power": one.power,
            "speed": one.speed,
            "frequency": one.frequency,
            "gas_type": one.gas,
            "gas_pressure": Decimal(one.pressure),
            "focus_offset": Decimal(one.focus),
        }
        made = edit(MachineSettingsPreset, None, fields, **stage.call("admin"))
        stage.presets[one.name] = made.data["id"]
