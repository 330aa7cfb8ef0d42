"""LightBurn's material libraries (.clb): read into entries, and written again without a loss.

    <LightBurnLibrary DisplayName="…">
        <Material name="Birch">
            <Entry Thickness="3.0000" Desc="Clean cut" NoThickTitle="">
                <CutSetting type="Cut"><speed Value="15"/><maxPower Value="65"/>…</CutSetting>

Speeds are in mm/s there and in mm/min here, a thickness of -1 is none. A preset keeps the entry
that it came from as it stood; what is written of it is that text, with those values put in that
were changed here since. So nothing is lost that a preset has no field for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any
from xml.etree.ElementTree import Comment, Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from django.utils.translation import gettext as _

from laseros.workbooks import Unreadable

ROOT = "LightBurnLibrary"
LARGEST_BYTES = 10 * 1024 * 1024  # the largest libraries that are sold have one
MOST_ENTRIES = 20_000
DEEPEST = 20
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
INDENT = "    "
NO_THICKNESS = "-1.0000"
SECONDS = 60
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
IN_VALUES = {**ESCAPES, '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


@dataclass(frozen=True)
class Entry:
    """An entry of a library as it stands there, with what is around it."""

    library: Mapping[str, str]
    block: int  # which <Material> of the file it stands in: two may have the same name
    place: int
    material: Mapping[str, str]
    text: str

    @classmethod
    def kept(cls, text: str) -> Entry:
        """Return what `keep` wrote."""
        return cls(**json.loads(text))

    def keep(self) -> str:
        """Return what a preset keeps of it."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @property
    def display_name(self) -> str:
        """What the library calls itself; "" for one without a name."""
        return self.library.get("DisplayName", "")

    @property
    def material_name(self) -> str:
        """What the library calls the material."""
        return self.material.get("name", "").strip()

    def element(self) -> Element:
        """Return the entry, parsed."""
        return _parsed(self.text)


# --- Reading -------------------------------------------------------------------------------------


def entries_of(data: bytes) -> list[Entry]:
    """Return a library's entries in their order; raise Unreadable with a sentence."""
    if len(data) > LARGEST_BYTES:
        said = _("The file is larger than %(size)s MB; a LightBurn library is not.")
        raise Unreadable(said % {"size": LARGEST_BYTES // (1024 * 1024)})
    root = _parsed(data)
    if root.tag != ROOT:
        said = _("This is no LightBurn library: it begins with <%(tag)s> instead of <%(root)s>.")
        raise Unreadable(said % {"tag": str(root.tag)[:40], "root": ROOT})
    found: list[Entry] = []
    for block, material in enumerate(root.iter("Material")):
        for entry in material.iter("Entry"):
            found.append(Entry(root.attrib, block, len(found), material.attrib, written(entry)))
    if len(found) > MOST_ENTRIES:
        said = _("The library has %(count)s entries; %(most)s are as many as can be taken at once.")
        raise Unreadable(said % {"count": len(found), "most": MOST_ENTRIES})
    return found


class _Builder(TreeBuilder):
    """Builds the tree, comments included, down to a bearable depth."""

    def __init__(self) -> None:
        super().__init__(insert_comments=True)
        self.depth = 0

    def start(self, tag: Any, attrs: Any) -> Element:
        """Go one deeper; raise Unreadable where that is too deep."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unreadable(_("This is no LightBurn library: it is nested too deep."))
        return super().start(tag, attrs)

    def end(self, tag: Any) -> Element:
        """Come up again."""
        self.depth -= 1
        return super().end(tag)


def _parsed(data: bytes | str) -> Element:
    """Return the root; raise Unreadable for what is no XML, or XML that refers to something."""
    parser = DefusedXMLParser(target=_Builder(), forbid_dtd=True)
    try:
        parser.feed(data)
        root: Element = parser.close()
    except DefusedXmlException as error:
        said = _("The file defines abbreviations of its own (a DTD), which no LightBurn library "
                 "does; it is not read.")  # fmt: skip
        raise Unreadable(said) from error
    except (ParseError, ValueError, LookupError) as error:
        line = getattr(error, "position", (0, 0))[0]
        told = {"line": line, "problem": str(error)[:80]}
        said = _("This is no LightBurn library: its line %(line)s is no XML (%(problem)s).")
        raise Unreadable(said % told) from error
    return root


def value_of(entry: Element, name: str) -> str:
    """Return a value of the entry's (first) cut setting; “” where it has none."""
    found = cut_setting(entry).find(name)
    return "" if found is None else found.get("Value", "").strip()


def cut_setting(entry: Element) -> Element:
    """Return the cut setting; that of an image is called CutSetting_Img."""
    named = (one for one in entry if isinstance(one.tag, str) and one.tag.startswith("CutSetting"))
    return next(named, Element("CutSetting"))


def thickness_of(entry: Element) -> Decimal | None:
    """Return the thickness in mm, as exact as a preset keeps it; None where it has none."""
    number = _number(entry.get("Thickness", ""))
    if number is None or number <= 0:
        return None
    return number.quantize(Decimal("0.01"), ROUND_HALF_UP)


def per_minute(value: str) -> int | str:
    """Return a speed of mm/s in whole mm/min; what is no number as it is."""
    number = _number(value)
    return value if number is None else _whole(number * SECONDS)


def whole(value: str) -> int | str:
    """Return a whole number; what is no number as it is."""
    number = _number(value)
    return value if number is None else _whole(number)


def _whole(number: Decimal) -> int:
    return int(number.quantize(Decimal(1), ROUND_HALF_UP))


def _number(value: str) -> Decimal | None:
    try:
        number = Decimal(value.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**9 else None


def title_of(entry: Element, material: str) -> str:
    """Return what an entry is called: material, thickness or what stands for it, description."""
    number = _number(entry.get("Thickness", ""))
    thick = f"{number.normalize():f} mm" if number is not None and number > 0 else ""
    words = (material, thick or entry.get("NoThickTitle", ""), entry.get("Desc", ""))
    title = " ".join(" ".join(words).split())
    return "".join(sign for sign in title if sign.isprintable())


# --- Writing -------------------------------------------------------------------------------------


def written(element: Element) -> str:
    """Return an element as LightBurn writes it, without what follows it."""
    tag: Any = element.tag
    if tag is Comment:
        return f"<!--{element.text}-->"
    values = _values(element.attrib)
    inside = _safe(element.text or "", ESCAPES)
    inside += "".join(written(one) + _safe(one.tail or "", ESCAPES) for one in element)
    if not inside:
        return f"<{tag}{values}/>"
    return f"<{tag}{values}>{inside}</{tag}>"


def _safe(text: str, escapes: Mapping[str, str]) -> str:
    for sign, name in escapes.items():
        text = text.replace(sign, name)
    return text


def library_of(entries: Iterable[Entry]) -> str:
    """Return a library with these entries; those next to each other of one block stay together.

    What the libraries that they came from say alike, such as their name, is said of it, too.
    """
    entries = list(entries)
    told = {json.dumps(dict(one.library)): one.library for one in entries}
    first, *others = told.values() or ({},)
    shared = {name: value for name, value in first.items()
              if all(one.get(name) == value for one in others)}  # fmt: skip
    lines = [HEAD + _tag(ROOT, shared)]
    open_block: Any = None
    for entry in entries:
        block = (dict(entry.library), entry.block, dict(entry.material))
        if block != open_block:
            lines += [f"{INDENT}</Material>"] if open_block else []
            lines.append(INDENT + _tag("Material", entry.material))
            open_block = block
        lines.append(INDENT * 2 + entry.text)
    lines += [f"{INDENT}</Material>"] if open_block else []
    return "\n".join([*lines, f"</{ROOT}>", ""])


def _tag(name: str, values: Mapping[str, str]) -> str:
    return f"<{name}{_values(values)}>"


def _values(values: Mapping[str, str]) -> str:
    return "".join(f' {name}="{_safe(value, IN_VALUES)}"' for name, value in values.items())


def set_value(entry: Element, name: str, value: str) -> None:
    """Put a value into the entry's cut setting, in its place, or at its end."""
    setting = cut_setting(entry)
    found = setting.find(name)
    if found is None:
        last = setting[-1] if len(setting) else None
        found = Element(name)
        if last is not None:
            found.tail, last.tail = last.tail, setting.text
        setting.append(found)
    found.set("Value", value)


def per_second(speed: int) -> str:
    """Return a speed of mm/min in mm/s, so exact that it comes back as the same."""
    exact = (Decimal(speed) / SECONDS).quantize(Decimal("0.000001"), ROUND_HALF_UP)
    return f"{exact.normalize():f}"
