"""Presets from LightBurn's libraries, and libraries of presets."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from laseros.names import name_key
from operators_app.sheets import cells
from operators_app.sheets.cells import NOTHING, Lookup
from operators_app.sheets.headings import Rows
from operators_app.sheets.kinds import Column, SheetKind
from presets_app import lightburn
from presets_app.lightburn import Entry
from presets_app.models import MachineSettingsPreset
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
    names, kept = _names(entries)
    lines = [(entry.place + 1, [*_cells(entry, name), text])
             for entry, name, text in zip(entries, names, kept, strict=True)]  # fmt: skip
    return Rows(names=NAMES, lines=lines, titles=TITLES)


def _cells(entry: Entry, name: str) -> list[Any]:
    element = entry.element()
    return [
        name, entry.material_name, lightburn.thickness_of(element), *_settings(element).values(),
    ]  # fmt: skip


def _settings(element: Element) -> dict[str, Any]:
    """Return what an entry says of what presets have a field for, as presets keep it."""
    value = lightburn.value_of
    return {
        "power": lightburn.whole(value(element, "maxPower")),
        "speed": lightburn.per_minute(value(element, "speed")),
        "frequency": lightburn.whole(value(element, "frequency")) or None,
    }


def _names(entries: Sequence[Entry]) -> tuple[list[str], list[str]]:
    """Return the name of each entry's preset, each once, and what it is to keep of the entry.

    What has another origin is left alone.
    """
    presets = list(PRESETS.select_related("material"))
    origins = _origins([one for one in presets if one.lightburn], list(_keys(entries)))
    materials, taken = material_ids(), {name_key(one.preset_name) for one in presets}
    own = {
        (one.preset_name, one.material_id, one.thickness): one
        for one in presets if not one.lightburn
    }  # fmt: skip
    by_name = {one.preset_name: one for one in presets}
    names: list[str] = []
    kept: list[str] = []
    last: dict[str, int] = {}
    for entry, origin in zip(entries, origins, strict=True):
        element = entry.element()
        described = element.get("Desc", "")
        material = materials.get(name_key(entry.material_name))
        mine = (described, material, lightburn.thickness_of(element))
        if origin:
            name, keeps = origin, _kept(entry, by_name[origin], materials)
        elif mine in own:
            name, keeps = described, _worth_keeping(entry, own.pop(mine))
        else:
            name = _new_name(lightburn.title_of(element, entry.material_name), taken, last)
            keeps = entry.keep()
        taken.add(name_key(name))
        names.append(name)
        kept.append(keeps)
    return names, kept


def _worth_keeping(entry: Entry, preset: MachineSettingsPreset) -> str:
    """Return what a preset of our own keeps of an entry: nothing of the one that it was made into.

    So a file that was exported and comes in again changes nothing.
    """
    made = _made_of(preset, entry.library)
    return "" if entry.text.split() == made.text.split() else entry.keep()


def _kept(entry: Entry, preset: MachineSettingsPreset, materials: Mapping[str, int]) -> str:
    """Return what a preset keeps of its entry; a file of several libraries names none of them."""
    before = Entry.kept(preset.lightburn)
    if entry.display_name or not before.display_name:
        return entry.keep()
    now = _brought_up_to_date(preset, materials)
    if (entry.text, entry.material) == (now.text, now.material):
        return preset.lightburn
    return replace(before, text=entry.text, material=entry.material).keep()


def _origins(presets: list[MachineSettingsPreset], keys: list[Key]) -> list[str]:
    """Return, for each key of a file, the name of the preset that came from it; "" for none.

    A file is one that was imported once, or one that was exported since, with what was changed
    here: whichever knows more of its entries.
    """
    materials = material_ids()
    imported = [Entry.kept(one.lightburn) for one in presets]
    exported = [_brought_up_to_date(one, materials) for one in presets]
    called = [one.preset_name for one in presets]
    known = [_recognised(told, called, keys) for told in (imported, exported)]
    return max(known, key=lambda found: len(keys) - found.count(""))


def _recognised(entries: list[Entry], called: list[str], keys: list[Key]) -> list[str]:
    """Return, for each key of a file, what the preset with this entry is `called`; "" for none."""
    names = dict(zip(_keys(entries), called, strict=True))
    found = [names.get(key, "") for key in keys]
    is_nameless = bool(keys) and not keys[0][0]
    if is_nameless:
        presets = sorted(zip(entries, called, strict=True), key=lambda one: _place_of(one[0]))
        _recognise_mixed(presets, keys, found)
    return found


def _recognise_mixed(presets: list[tuple[Entry, str]], keys: list[Key], found: list[str]) -> None:
    """Recognise the rest of a file that we made of several libraries: it has none of their names.

    What it calls the same stands there in the order of `presets`. Where those are not as many,
    nothing tells which is meant; and where all come from one library, the file is not ours.
    """
    seen, left, asked = set(found), defaultdict(list), defaultdict(list)
    for (entry, name), key in zip(presets, _keys(entry for entry, _name in presets), strict=True):
        if name not in seen:
            left[key[1:-1]].append((entry.display_name, name))
    for place, key in enumerate(keys):
        if not found[place]:
            asked[key[1:-1]].append(place)
    pairs = [
        pair
        for called, places in asked.items()
        if len(places) == len(left[called])
        for pair in zip(places, left[called], strict=True)
    ]
    libraries = {library for _place, (library, _name) in pairs} | ({""} if any(found) else set())
    if len(libraries) > 1:
        for place, (_library, name) in pairs:
            found[place] = name


def _place_of(entry: Entry) -> tuple[Any, ...]:
    """Return what entries of several libraries are ordered by in a file."""
    return sorted(entry.library.items()), entry.place


def _keys(entries: Iterable[Entry]) -> Iterator[Key]:
    """Yield what an entry is recognised by: what it is called, and the how-manieth of these it is.

    Not by its settings and its place, which change with every version of a library.
    """
    times = Counter[Key]()
    for entry in entries:
        element = entry.element()
        called = tuple(element.get(name, "") for name in ("Thickness", "Desc", "NoThickTitle"))
        kind = lightburn.cut_setting(element).get("type", "")
        key = (entry.display_name, entry.material_name, *called, kind)
        times[key] += 1
        yield (*key, str(times[key]))


def _new_name(title: str, taken: set[str], last: dict[str, int]) -> str:
    """Return a name that nothing has in any case: the title, numbered where it is `taken`.

    Either is asked by `name_key`. `last` keeps the number that a title was given last: thousands
    may have the same.
    """
    title = title or _("LightBurn")
    number = last.get(name_key(title), 1)
    name = title[:LONGEST_NAME] if number == 1 else ""
    while not name or name_key(name) in taken:
        number += 1
        name = f"{title[: LONGEST_NAME - len(str(number)) - 3]} ({number})"
    last[name_key(title)] = number
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
    from_libraries.sort(key=_place_of)
    library = from_libraries[0].library if from_libraries else {}  # our own go along with it
    entries = [*from_libraries, *(_made_of(preset, library) for preset in own)]
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


def _made_of(preset: MachineSettingsPreset, library: Mapping[str, str]) -> Entry:
    """Return an entry in a library for a preset that came from none."""
    element = Element("Entry", {"Thickness": _thickness(preset), "Desc": preset.preset_name,
                                "NoThickTitle": ""})  # fmt: skip
    setting = SubElement(element, "CutSetting", {"type": "Cut"})
    settings = {"index": "0", "name": preset.preset_name, "priority": "0"}
    for name, value in {**settings, **{LIGHTBURN_NAMES[field]: value for field, value
                                       in _written(preset).items()}}.items():  # fmt: skip
        if name != "frequency" or preset.frequency is not None:
            SubElement(setting, name, {"Value": value})
    indent(element, lightburn.INDENT, level=2)
    return Entry(library, -preset.material_id, 0, {"name": preset.material.name},
                 lightburn.written(element))  # fmt: skip
