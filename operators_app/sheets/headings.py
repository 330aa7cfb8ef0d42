"""Which row of a sheet holds the headings, and which column of ours each of them means.

A heading is compared without its unit, its case and its punctuation: “Thickness (mm)” and
“thickness” are one. What it means is told first by the names that come with each column, then by
the shop's own table (HeadingSynonym): a wrong answer there takes no column from its own name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from laseros.languages import Text, filled_in
from laseros.workbooks import MAX_COLUMNS, Unreadable
from operators_app.sheets.kinds import Column, SheetKind, labelled

LOOKED_AT = 40  # rows, for finding the headings
UNITS = (
    "mm/min", "mm/s", "mm/sec", "m/min", "m/s", "mm", "cm", "µm", "um", "in", "inch", "%",
    "percent", "prozent", "hz", "khz", "bar", "mbar", "psi", "w", "kw", "watt", "g/cm³", "g/cm3",
    "kg/m³", "kg/m3", "kg/dm³",
)  # fmt: skip
IN_BRACKETS = re.compile(r"[(\[](?P<unit>[^)\]]*)[)\]]")
AT_THE_END = re.compile(
    r"(?:^|[\s,/_-])(?P<unit>" + "|".join(re.escape(one) for one in sorted(UNITS, key=len)[::-1])
    + r")\.?\s*$",
    re.IGNORECASE,
)  # fmt: skip
IGNORE = ""  # what a synonym says of a column that is not to be read
# What the sheet of bad rows has besides their own columns: it is mended and comes in again.
ABOUT_BAD_ROWS = (gettext_lazy("Row"), gettext_lazy("What is wrong"))


@dataclass(frozen=True)
class Heading:
    """A column of a sheet: where it stands, what it is called, and what of ours it means.

    `column` None: nobody knows; `problem` then says more where there is more to say. `ignored`: it
    was decided not to read it.
    """

    index: int
    text: str
    column: Column | None = None
    factor: Decimal = Decimal(1)
    ignored: bool = False
    problem: Text = ""


@dataclass(frozen=True)
class Rows:
    """Rows to be checked, from whatever they were read.

    `names` are the columns that there are, by their names (Column.name); `titles` what each is
    called in the file, for sentences. `lines` are (number of the row in the file, a cell for each
    of `names`). `factors` are what numbers without a unit are multiplied by. `left_out` are columns
    of the file that are not read. `has_formulas` tells that a blank may be one without a result.
    """

    names: Sequence[str]
    lines: Sequence[tuple[int, Sequence[Any]]]
    titles: Mapping[str, str] = field(default_factory=dict)
    factors: Mapping[str, Decimal] = field(default_factory=dict)
    left_out: Sequence[Heading] = ()
    has_formulas: bool = False


def heading_key(text: str) -> str:
    """Return the form in which headings are compared."""
    return split_unit(text)[0]


def split_unit(text: str) -> tuple[str, str]:
    """Return a heading's key and its unit: “Speed (mm/s)” is ("speed", "mm/s")."""
    text = " ".join(str(text).replace("_", " ").split()).casefold()
    unit = ""
    if found := IN_BRACKETS.search(text):
        unit, text = found["unit"].strip(), IN_BRACKETS.sub(" ", text)
    elif (found := AT_THE_END.search(text)) and found.start():
        unit, text = found["unit"], text[: found.start()]
    elif text.rstrip().endswith("%") and len(text) > 1:
        unit, text = "%", text.rstrip()[:-1]
    return " ".join(re.sub(r"[^\w%]+", " ", text).split()), unit.rstrip(".")


def own_headings(kind: SheetKind) -> dict[str, str]:
    """Return the names that come with each column, by their keys: the name of the column.

    What our own sheets call a column, in any language, goes before what our forms and lists call
    the field behind it, and that before what others may call one.
    """
    known: dict[str, str] = {}
    for column in kind.columns:
        for name in (column.name, *_in_all_languages(column.label)):
            known.setdefault(heading_key(name), column.name)
    for column in (one for one in kind.columns if one.attribute):
        for name in _in_all_languages(labelled(kind.model, column.attribute)):
            known.setdefault(heading_key(name), column.name)
    for column in kind.columns:
        for name in column.also:
            known.setdefault(heading_key(name), column.name)
    return known


def needless_headings() -> dict[str, str]:
    """Return the headings that only our own sheets of bad rows have: they are not read."""
    return {
        heading_key(name): IGNORE for text in ABOUT_BAD_ROWS for name in _in_all_languages(text)
    }


def told_headings(kind: SheetKind, remembered: Mapping[str, str]) -> dict[str, str]:
    """Return what the shop's table says of headings, without columns that are no more."""
    return {key: name for key, name in remembered.items()
            if name == IGNORE or name in kind.by_name}  # fmt: skip


def _in_all_languages(text: Text) -> Iterable[str]:
    from django.conf import settings

    for code, _name in settings.LANGUAGES if settings.USE_I18N else ():
        if code.partition("-")[0] in {"en", "de"}:
            with translation.override(code):
                yield str(text)


def rows_of(kind: SheetKind, table: Sequence[Sequence[Any]], remembered: Mapping[str, str]) -> Rows:
    """Return the rows below the headings, wherever these stand.

    Raises Unreadable for a sheet without any, and for one wider than a sheet may be.
    """
    own, told = own_headings(kind), told_headings(kind, remembered)
    start = find_headings(table, told | own)
    headings = matched(kind, table, start, (own, told, needless_headings()))
    used = [one for one in headings if one.column is not None]
    places = [one.index for one in used]
    lines = [
        (number, [row[place] if place < len(row) else None for place in places])
        for number, row in enumerate(table[start + 1 :], start + 2)
    ]
    columns = {one.column.name: one for one in used if one.column is not None}
    return Rows(
        names=list(columns),
        lines=lines,
        titles={name: one.text for name, one in columns.items()},
        factors={name: one.factor for name, one in columns.items() if one.factor != 1},
        left_out=[one for one in headings if one.column is None],
    )


def find_headings(table: Sequence[Sequence[Any]], known: Mapping[str, str]) -> int:
    """Return the index of the row of headings: the one with the most that are known.

    Where none is known, it is the first of the fullest rows: a person can tell what they mean.
    """
    best, best_score = -1, (0, 0)
    for index, row in enumerate(table[:LOOKED_AT]):
        cells = [cell for cell in row if isinstance(cell, str) and cell.strip()]
        means = {known.get(heading_key(cell)) for cell in cells} - {None, IGNORE}
        score = (len(means) if len(means) > 1 or len(cells) == 1 else 0, len(cells))
        if score > best_score:
            best, best_score = index, score
    if best < 0:
        raise Unreadable(_("The sheet is empty; a row of headings is needed."))
    return best


def matched(
    kind: SheetKind,
    table: Sequence[Sequence[Any]],
    start: int,
    sources: Sequence[Mapping[str, str]],
) -> list[Heading]:
    """Return each heading, and each column without one that holds something, with its meaning.

    `sources` tell what headings mean, the better ones first: only what one leaves open is looked up
    in the next.
    """
    below = table[start + 1 :]
    found: dict[int, Heading] = {}
    for index in range(max((len(line) for line in table[start:]), default=0)):
        if text := _text_at(table[start], index):
            found[index] = Heading(index, text)
        elif any(index < len(line) and line[index] not in (None, "") for line in below):
            title = _("column %(letter)s") % {"letter": letter_of(index)}
            found[index] = Heading(index, title, ignored=True)
    if len(found) > MAX_COLUMNS:
        raise Unreadable(_("The sheet has more than 60 columns."))
    for known in sources:
        _match(kind, found, known)
    return list(found.values())


def _text_at(row: Sequence[Any], index: int) -> str:
    return " ".join(str(row[index]).split()) if index < len(row) and row[index] else ""


def _match(kind: SheetKind, found: dict[int, Heading], known: Mapping[str, str]) -> None:
    """Give headings that nobody knows yet their meanings; one of our columns goes to one only."""
    taken = {one.column.name: one.text for one in found.values() if one.column}
    for index, before in found.items():
        if before.column or before.ignored:
            continue
        heading = meaning(kind, index, before.text, known)
        if heading.column and heading.column.name in taken:
            said = filled_in(
                gettext_lazy("“%(other)s” already is the column %(column)s."),
                other=taken[heading.column.name], column=heading.column.label,
            )  # fmt: skip
            heading = Heading(index, before.text, problem=said)
        elif heading.column:
            taken[heading.column.name] = before.text
        if heading.column or heading.ignored or heading.problem:
            found[index] = heading


def meaning(kind: SheetKind, index: int, text: str, known: Mapping[str, str]) -> Heading:
    """Return what one heading means, its unit taken into account."""
    key, unit = split_unit(text)
    name = known.get(key)
    if name is None:
        return Heading(index, text)
    if name == IGNORE:
        return Heading(index, text, ignored=True)
    column = kind.by_name[name]
    units = column.cell.units
    if not unit or not units or unit not in UNITS:
        return Heading(index, text, column)
    if unit not in units:
        said = gettext_lazy("Its unit cannot be converted to %(column)s; convert it in the sheet.")
        return Heading(index, text, problem=filled_in(said, column=column.label))
    return Heading(index, text, column, units[unit])


def letter_of(index: int) -> str:
    """Return a column's letter, as spreadsheet programs show it."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
