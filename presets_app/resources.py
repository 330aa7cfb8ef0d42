"""Presets and materials as spreadsheets: what their columns mean, and what is wrong with a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy

from laseros.languages import Text, filled_in
from laseros.names import name_key
from operators_app.sheets import cells
from operators_app.sheets.cells import Lookup
from operators_app.sheets.kinds import Column, InAnyCase, SheetKind, Values, Writer, register
from operators_app.sheets.plan import Entry, Plan
from operators_app.verbs import Call, Run, edit
from operators_app.verbs.edit import checked_save
from presets_app.libraries import library_of, read_library
from presets_app.models import MachineSettingsPreset, Material, MaterialAlias
from presets_app.queries import material_ids

GASES = {
    "Oxygen": ("O2", "O₂", "Sauerstoff", "Oxy"),
    "Nitrogen": ("N2", "N₂", "Stickstoff"),
    "Air": ("Luft", "Druckluft", "Compressed air", "Shop air", "Pressluft"),
    "Argon": ("Ar",),
    "": ("-", "–", "none", "no gas", "kein", "keins", "ohne", "n/a"),
}
LENGTHS = {"cm": "10", "µm": "0.001", "um": "0.001", "in": "25.4", "inch": "25.4", '"': "25.4"}
SPEEDS = {"mm/s": "60", "mm/sec": "60", "m/min": "1000", "m/s": "60000"}


def unknown_material(name: str) -> Text:
    """Return what is said of a material that nobody knows."""
    said = gettext_lazy(
        "There is no material “%(name)s”; add it, or add it as another name of one."
    )
    return filled_in(said, name=name)


LONGEST_MATERIAL = 60
MEANS_ANOTHER = gettext_lazy("“%(name)s” already means another material.")


class PresetSheet(InAnyCase):
    """The machine's settings; a row is known by its name in any case."""

    model = MachineSettingsPreset
    key_column = "preset_name"
    columns = (
        Column("preset_name", gettext_lazy("Name"), "preset_name", cells.Cell(), required=True,
               also=("Preset", "Setting", "Settings", "Bezeichnung", "Parametersatz", "Titel")),
        Column("material_type", gettext_lazy("Material"), "material_id",
               cells.Reference(name_key, unknown_material), required=True,
               also=("Material type", "Werkstoff", "Sheet", "Metal", "Blech")),
        Column("thickness", gettext_lazy("Thickness (mm)"), "thickness",
               cells.Number("mm", LENGTHS), required=True,
               also=("Dicke", "Stärke", "Blechdicke", "Blechstärke", "Materialstärke", "Thick",
                     "Gauge", "t", "mm")),
        Column("power", gettext_lazy("Power (%)"), "power",
               cells.Number("%", {"percent": "1", "prozent": "1", "pct": "1"}, whole=True),
               required=True, also=("Leistung", "Laserleistung", "Laser power", "Pwr")),
        Column("speed", gettext_lazy("Speed (mm/min)"), "speed",
               cells.Number("mm/min", SPEEDS, whole=True), required=True,
               also=("Vorschub", "Geschwindigkeit", "Schnittgeschwindigkeit", "Cutting speed",
                     "Feed", "Feed rate", "Feedrate", "Velocity")),
        Column("frequency", gettext_lazy("Frequency (Hz)"), "frequency",
               cells.Number("Hz", {"khz": "1000"}, whole=True),
               also=("Frequenz", "Freq", "Pulse frequency", "Pulsfrequenz", "Hz")),
        Column("gas_type", gettext_lazy("Gas"), "gas_type", cells.OneOf(GASES),
               also=("Gas type", "Gasart", "Schneidgas", "Assist gas", "Prozessgas")),
        Column("gas_pressure", gettext_lazy("Gas pressure (bar)"), "gas_pressure",
               cells.Number("bar", {"mbar": "0.001", "psi": "0.0689476"}),
               also=("Pressure", "Druck", "Gasdruck", "bar")),
        Column("focus_offset", gettext_lazy("Focus offset (mm)"), "focus_offset",
               cells.Number("mm", LENGTHS),
               also=("Focus", "Fokus", "Fokuslage", "Focus position", "Fokusversatz")),
        Column("is_active", gettext_lazy("Active"), "is_active", cells.YesNo(),
               also=("Aktiv", "Use", "Used", "In use", "Enabled", "Verwenden", "Benutzen")),
    )  # fmt: skip

    readers = {".clb": read_library}
    writers = {
        "clb": Writer(gettext_lazy("LightBurn library (.clb)"), "application/xml", library_of),
    }

    def unknown(self, plan: Plan) -> list[str]:
        """Return the materials of refused rows that nobody knows."""
        if "material_type" not in self.lookups or "material_type" not in plan.rows.names:
            return []  # it was not checked at all
        place = list(plan.rows.names).index("material_type")
        known = self.lookups["material_type"].ids
        named = (str(one.cells[place] or "").strip() for one in plan.refused)
        names = dict.fromkeys(name for name in named if name and name_key(name) not in known)
        return [name for name in names if name.isprintable() and len(name) <= LONGEST_MATERIAL]

    def meanings(self) -> list[tuple[int, str]]:
        """Return the materials."""
        return list(Material.objects.values_list("pk", "name"))

    def explain(self, meant: Mapping[str, int | None], call: Call) -> None:
        """Let names be other names of materials, or new materials; raises as `edit`."""
        materials = Material.objects.in_bulk()
        with transaction.atomic():
            for name, pk in meant.items():
                if pk is None:
                    edit(Material, None, {"name": name}, **call)
                else:
                    changes = {"material": materials[pk], "name": name}
                    edit(MaterialAlias, None, changes, **call)

    def look_up(self) -> dict[str, Lookup]:
        """Return the materials by all their names."""
        names = dict(Material.objects.values_list("pk", "name"))
        return {"material_type": Lookup(material_ids(), names)}

    def faults(self, row: Any, values: Values) -> Mapping[str, Text]:
        """Refuse a power beyond 100 %."""
        if isinstance(row.power, int) and row.power > 100:
            said = gettext_lazy("%(power)s is no percentage, from 0 to 100.")
            return {"power": filled_in(said, power=row.power)}
        return {}


class MaterialSheet(SheetKind):
    """Sheet materials with their other names; a row is known by any of them."""

    model = Material
    key_column = "name"
    columns = (
        Column("name", gettext_lazy("Name"), "name", cells.Cell(), required=True,
               also=("Material", "Werkstoff", "Material type", "Bezeichnung")),
        Column("other_names", gettext_lazy("Other names"), "", cells.Names(),
               also=("Also called", "Aliases", "Alias", "Synonyms", "Synonyme", "Andere Namen",
                     "Weitere Namen", "Auch genannt", "Heißt auch")),
        Column("density", gettext_lazy("Density (g/cm³)"), "density",
               cells.Number("g/cm³", {"g/cm3": "1", "kg/dm³": "1", "kg/m³": "0.001",
                                      "kg/m3": "0.001"}, places=3),
               also=("Dichte", "Specific weight", "Spezifisches Gewicht")),
        Column("colour", gettext_lazy("Colour"), "colour", cells.Cell(), also=("Color", "Farbe")),
        Column("is_active", gettext_lazy("Active"), "is_active", cells.YesNo(),
               also=("Aktiv", "Use", "In use", "Enabled")),
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.owner: dict[str, int] = {}  # which material a name means, stored or of the sheet
        self.others: dict[int, list[str]] = {}
        self.claimed: dict[str, str] = {}

    def prepare(self, rows: Any) -> None:
        """Read all materials: there are few."""
        self.owner, self.claimed = dict(material_ids()), {}
        self.undone_at = self.times_of_undoing()
        self.others = {}
        for pk, name in MaterialAlias.objects.order_by("name").values_list("material_id", "name"):
            self.others.setdefault(pk, []).append(name)
        stored = Material.objects.in_bulk()
        self.by_key = {key: [stored[pk]] for key, pk in self.owner.items()}

    def given_key(self, values: Values) -> Any:
        """Return the name without its case."""
        return name_key(str(values.get("name") or ""))

    def stored_value(self, row: Any, column: Column) -> Any:
        """Return what a material holds; the name by which it was found in the sheet is none."""
        if column.name == "other_names":
            return tuple(self.others.get(row.pk, ()))
        return super().stored_value(row, column)

    def faults(self, row: Any, values: Values) -> Mapping[str, Text]:
        """Refuse names that mean another material, in the shop or in the sheet."""
        row.name = " ".join(str(row.name).split())
        row.key = name_key(row.name)
        mine = str(row.pk or row.key)
        for name in values.get("other_names") or ():
            key = name_key(name)
            if key == row.key:
                said = gettext_lazy("“%(name)s” is its own name.")
                return {"other_names": filled_in(said, name=name)}
            if len(name) > LONGEST_MATERIAL:
                said = gettext_lazy("“%(name)s” is too long.")
                return {"other_names": filled_in(said, name=name[:80])}
            if self.owner.get(key, row.pk) != row.pk or self.claimed.setdefault(key, mine) != mine:
                return {"other_names": filled_in(MEANS_ANOTHER, name=name)}
        if self.claimed.setdefault(row.key, mine) != mine:
            return {"name": filled_in(MEANS_ANOTHER, name=row.name)}
        return {}

    def write_more(self, run: Run, entries: Sequence[Entry]) -> None:
        """Write the other names."""
        for entry in entries:
            if "other_names" in entry.changes and entry.changes["other_names"][1] is not None:
                self.set_others(run, entry.row, entry.changes["other_names"][1])

    def set_others(self, run: Run, material: Any, names: Iterable[str]) -> None:
        """Let a material have these other names and no others."""
        wanted = {name_key(name): name for name in names}
        for alias in MaterialAlias.objects.filter(material_id=material.pk):
            if alias.key in wanted:
                del wanted[alias.key]
            else:
                run.remove(alias)
        for name in wanted.values():  # by its rules: another material may have taken it since
            checked_save(run, MaterialAlias(material_id=material.pk), {"name": name})

    def restore_more(self, run: Run, row: Any, values: Mapping[str, Any]) -> None:
        """Put back the other names."""
        if "other_names" in values:
            self.set_others(run, row, values["other_names"] or ())

    def taken_since(self, before: Mapping[int, Mapping[str, Any]]) -> Mapping[int, str]:
        """Tell which materials had a name that another one has by now."""
        owner = material_ids()
        taken: dict[int, str] = {}
        for pk, values in before.items():
            for name in values.get("other_names") or ():
                if owner.get(name_key(name), pk) != pk:
                    taken[pk] = str(filled_in(MEANS_ANOTHER, name=name))
        return taken

    def exported(self, queryset: models.QuerySet[Any]) -> Iterable[list[Any]]:
        """Yield the materials with their other names."""
        self.prepare(None)
        return super().exported(queryset)


register(PresetSheet)
register(MaterialSheet)
