"""Presets from LightBurn's libraries, and libraries of presets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from operators_app.sheets import cells
from operators_app.sheets.cells import NOTHING, Lookup
from operators_app.sheets.headings import Rows
from operators_app.sheets.kinds import Column, SheetKind
from presets_app import lightburn
from presets_app.lightburn import Entry
from presets_app.models import MachineSettingsPreset, name_key
from presets_app.queries import material_ids

LONGEST_NAME = 100
NAMES = ("preset_name", "material_type", "thickness", "power", "speed", "frequency",
         "lightburn")  # fmt: skip
TITLES = {
    "preset_name": "Desc", "material_type": "Material", "thickness": "Thickness",
    "power": "maxPower", "speed": "speed", "frequency": "frequency",
}  # fmt: skip
LIGHTBURN_NAMES = {"power": "maxPower", "speed": "speed", "frequency": "frequency"}
ORDER = ("material__name", "thickness", "preset_name", "pk")
PRESETS = MachineSettingsPreset.objects.order_by("pk")
Key = tuple[str, ...]


class KeptEntry(cells.Cell):
    """An entry as a preset keeps it."""

    def read(self, value: Any, lookup: Lookup = NOTHING) -> str:
        """Return it as it stands: blanks and line breaks are part of it."""
        return str(value or "")

    def show(self, value: Any, lookup: Lookup = NOTHING) -> str:
        """Return a few words for a person to read."""
        return _("kept for LightBurn") if value else ""


KEPT = Column("lightburn", gettext_lazy("LightBurn entry"), "lightburn", KeptEntry())


# --- Reading -------------------------------------------------------------------------------------


def read_library(data: bytes, kind: SheetKind) -> Rows:
    """Return a library's entries as rows of presets; raises Unreadable.

    A row is known by its name: that of the preset which came from this entry, whatever it is called
    by now; else that of a preset which is called as the entry describes itself; else one made of
    what the entry says.
    """
    entries = lightburn.entries_of(data)
    kind.also_read(KEPT, needless={"thickness"})
    names = _names(entries)
    lines = [(entry.place + 1, _cells(entry, name))
             for entry, name in zip(entries, names, strict=True)]  # fmt: skip
    return Rows(names=NAMES, lines=lines, titles=TITLES)


def _cells(entry: Entry, name: str) -> list[Any]:
    element = entry.element()
    return [
        name, entry.material_name, lightburn.thickness_of(element), *_settings(element).values(),
        entry.keep(),
    ]  # fmt: skip


def _settings(element: Element) -> dict[str, Any]:
    """Return what an entry says of what presets have a field for, as presets keep it."""
    value = lightburn.value_of
    return {
        "power": lightburn.whole(value(element, "maxPower")),
        "speed": lightburn.per_minute(value(element, "speed")),
        "frequency": lightburn.whole(value(element, "frequency")) or None,
    }


def _names(entries: Sequence[Entry]) -> list[str]:
    """Return the name of each entry's preset, each once; what has another origin is left alone."""
    presets = list(PRESETS.select_related("material"))
    origins = _origins([one for one in presets if one.lightburn], list(_keys(entries)))
    materials, taken = material_ids(), {one.preset_name for one in presets}
    own = {
        (one.preset_name, one.material_id, one.thickness) for one in presets if not one.lightburn
    }
    names: list[str] = []
    for entry, origin in zip(entries, origins, strict=True):
        element = entry.element()
        described = element.get("Desc", "")
        material = materials.get(name_key(entry.material_name))
        mine = (described, material, lightburn.thickness_of(element))
        if origin:
            name = origin
        elif mine in own:
            own.remove(mine)
            name = described
        else:
            name = _new_name(lightburn.title_of(element, entry.material_name), taken)
        taken.add(name)
        names.append(name)
    return names


def _origins(presets: list[MachineSettingsPreset], keys: list[Key]) -> list[str]:
    """Return, for each key of a file, the name of the preset that came from it; "" for none.

    A file is one that was imported once, or one that was exported since, with what was changed
    here: whichever knows more of its entries.
    """
    materials = material_ids()
    imported = [Entry.kept(one.lightburn) for one in presets]
    exported = [_brought_up_to_date(one, materials) for one in presets]
    called = [one.preset_name for one in presets]
    known = [dict(zip(_keys(told), called, strict=True)) for told in (imported, exported)]
    best = max(known, key=lambda one: len(one.keys() & set(keys)))
    return [best.get(key, "") for key in keys]


def _keys(entries: Iterable[Entry]) -> Iterator[Key]:
    """Yield what an entry is recognised by: what it is called, and the how-manieth of these it is.

    Not by its settings and its place, which change with every version of a library.
    """
    times = Counter[Key]()
    for entry in entries:
        element = entry.element()
        called = tuple(element.get(name, "") for name in ("Thickness", "Desc", "NoThickTitle"))
        kind = lightburn.cut_setting(element).get("type", "")
        key = (entry.library.get("DisplayName", ""), entry.material_name, *called, kind)
        times[key] += 1
        yield (*key, str(times[key]))


def _new_name(title: str, taken: set[str]) -> str:
    """Return a name that nothing has: the title, numbered where it is taken."""
    title = title or _("LightBurn")
    name, number = title[:LONGEST_NAME], 1
    while name in taken:
        number += 1
        name = f"{title[: LONGEST_NAME - len(str(number)) - 3]} ({number})"
    return name


# --- Writing -------------------------------------------------------------------------------------


def library_of(presets: QuerySet[MachineSettingsPreset]) -> bytes:
    """Return a LightBurn library of presets: those from libraries in their order, then others."""
    materials = material_ids()
    from_libraries, own = [], []
    for preset in presets.select_related("material").order_by(*ORDER).iterator(chunk_size=2000):
        if preset.lightburn:
            from_libraries.append(_brought_up_to_date(preset, materials))
        else:
            own.append(preset)
    from_libraries.sort(key=lambda entry: (sorted(entry.library.items()), entry.place))
    entries = [*from_libraries, *map(_made_of, own)]
    return lightburn.library_of(entries).encode()


def _brought_up_to_date(preset: MachineSettingsPreset, materials: Mapping[str, int]) -> Entry:
    """Return the entry that a preset came from, with what was changed of the preset since."""
    entry = Entry.kept(preset.lightburn)
    element = entry.element()
    changed = False
    for field, now in _written(preset).items():
        if _settings(element)[field] != getattr(preset, field):
            changed = True
            lightburn.set_value(element, LIGHTBURN_NAMES[field], now)
    if lightburn.thickness_of(element) != preset.thickness:
        changed = True
        element.set("Thickness", _thickness(preset))
    if materials.get(name_key(entry.material_name)) != preset.material_id:
        entry = replace(entry, material={**entry.material, "name": preset.material.name})
    return replace(entry, text=lightburn.written(element)) if changed else entry


def _written(preset: MachineSettingsPreset) -> dict[str, str]:
    """Return a preset's settings as LightBurn writes them."""
    return {
        "power": str(preset.power), "speed": lightburn.per_second(preset.speed),
        "frequency": str(preset.frequency or 0),
    }  # fmt: skip


def _thickness(preset: MachineSettingsPreset) -> str:
    return lightburn.NO_THICKNESS if preset.thickness is None else f"{preset.thickness:.4f}"


def _made_of(preset: MachineSettingsPreset) -> Entry:
    """Return an entry for a preset that came from no library."""
    element = Element("Entry", {"Thickness": _thickness(preset), "Desc": preset.preset_name,
                                "NoThickTitle": ""})  # fmt: skip
    setting = SubElement(element, "CutSetting", {"type": "Cut"})
    settings = {"index": "0", "name": preset.preset_name, "priority": "0"}
    for name, value in {**settings, **{LIGHTBURN_NAMES[field]: value for field, value
                                       in _written(preset).items()}}.items():  # fmt: skip
        if name != "frequency" or preset.frequency is not None:
            SubElement(setting, name, {"Value": value})
    indent(element, lightburn.INDENT, level=2)
    return Entry({}, preset.material_id, 0, {"name": preset.material.name},
                 lightburn.written(element))  # fmt: skip
