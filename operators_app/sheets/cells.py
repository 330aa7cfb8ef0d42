"""What a cell of a spreadsheet means: from what people write to a value, and back.

`read` takes a number, a text, True, False, None or "" and returns the value to be stored. It raises
ValueError with a sentence, in its reader's language, for what it cannot mean. `show` gives the
value to people, `out` to a sheet.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from laseros.languages import Text, filled_in
from laseros.numbers import plain_number

LARGEST = 2**31 - 1  # what a column holds on PostgreSQL
LARGEST_READ = 10**15  # what nobody means: no column holds as much
WITH_UNIT = re.compile(r"(?P<number>[-+−]?[\d.,'’\s]*\d)\s*(?P<unit>[^\d\s.,].*)?")
SCIENTIFIC = re.compile(r"[-+]?\d+(\.\d+)?[eE][-+]?\d+")
BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s'’](?=\d)")  # 3 200, 3'200
GROUPED = re.compile(r"[-+]?\d{1,3}([.,])\d{3}(\1\d{3})*")
YES = {"1", "true", "yes", "y", "x", "ja", "j", "wahr", "on", "active", "aktiv", "✓"}
NO = {"0", "false", "no", "n", "nein", "falsch", "off", "inactive", "inaktiv", "-", "–"}


@dataclass(frozen=True)
class Lookup:
    """Rows that cells refer to by name: ids by what they may be called, and names by id."""

    ids: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)


NOTHING = Lookup()


class Cell:
    """Text; a number in such a cell is its digits."""

    units: Mapping[str, Decimal] = {}  # by how a unit is written: what a number is multiplied by

    def read(self, value: Any, lookup: Lookup = NOTHING) -> Any:
        """Return the text without blanks around it."""
        return text_of(value)

    def same(self, stored: Any, given: Any) -> bool:
        """Tell whether a stored value is what the sheet says; blanks around a text do not count."""
        return bool(stored == given or (isinstance(stored, str) and stored.strip() == given))

    def show(self, value: Any, lookup: Lookup = NOTHING) -> str:
        """Return the value for a person to read."""
        return "" if value is None else str(value)

    def told(self, shown: str) -> str:
        """Return what `show` gave, as the reader's language writes it: a preview is kept."""
        return shown

    def out(self, value: Any, lookup: Lookup = NOTHING) -> Any:
        """Return the value for a sheet."""
        return value


def text_of(value: Any, lines: bool = False) -> str:
    """Return a cell's text; raise ValueError for signs that nobody can see, such as NUL."""
    if type(value) is float and value.is_integer():
        value = int(value)
    text = "" if value is None else str(value).strip()
    if not text.isprintable():
        kept = "".join(text.splitlines()) if lines else text
        if not kept.replace("\t", "").isprintable():
            raise ValueError(gettext_lazy("The text has characters that cannot be printed."))
    return text


class LongText(Cell):
    """Text of several lines."""

    def read(self, value: Any, lookup: Lookup = NOTHING) -> str:
        """Return the text, its lines ended in one way."""
        return text_of(value, lines=True).replace("\r\n", "\n").replace("\r", "\n")

    def same(self, stored: Any, given: Any) -> bool:
        """Tell whether a stored text is the sheet's; browsers end lines with two signs."""
        return bool(str(stored or "").replace("\r\n", "\n").strip() == given)


class OneOf(Cell):
    """Text that is called by several names, of which one is stored: O2 is Oxygen."""

    def __init__(self, names: Mapping[str, tuple[str, ...]]) -> None:
        self.names = {other.casefold(): name for name, others in names.items()
                      for other in (name, *others)}  # fmt: skip

    def read(self, value: Any, lookup: Lookup = NOTHING) -> str:
        """Return the name that is stored; what is not known stays as it is."""
        text = text_of(value)
        return self.names.get(" ".join(text.split()).casefold(), text)

    def same(self, stored: Any, given: Any) -> bool:
        """Compare what is meant: a stored O2 is Oxygen."""
        return bool(stored == given or self.read(stored) == given)


class Number(Cell):
    """A number, whole or with decimals, with or without its unit; blank is none.

    `unit` is what is stored; `units` tells what other units are multiplied by.
    """

    def __init__(
        self,
        unit: str = "",
        units: Mapping[str, str] | None = None,
        whole: bool = False,
        places: int = 2,
    ) -> None:
        self.unit, self.whole = unit, whole
        self.places = 0 if whole else places  # what is converted is rounded to
        factors = {name.casefold(): Decimal(by) for name, by in (units or {}).items()}
        self.units = {unit.casefold(): Decimal(1), **factors} if unit else factors

    def read(self, value: Any, lookup: Lookup = NOTHING, factor: Decimal = Decimal(1)) -> Any:
        """Return a Decimal, or an int of a whole number; `factor` is that of the heading's unit."""
        if value is None or value == "":
            return None
        if isinstance(value, bool):
            raise ValueError(not_a_number(value))
        if isinstance(value, (int, float)):
            number = Decimal(value) if type(value) is int else self._finite(value)
        else:
            written = self._written(value)
            if written is None:
                return None
            number, own = written
            factor = own or factor
        if abs(number) > LARGEST_READ:  # before it is multiplied: Decimal cannot round it
            raise ValueError(too_large(value))
        if factor != 1:
            number = round(number * factor, self.places)
        return self._whole(number, value) if self.whole else number

    def _finite(self, value: float) -> Decimal:
        if not math.isfinite(value):
            raise ValueError(not_a_number(value))
        return Decimal(f"{value:.12g}")  # 0.1 + 0.2 is 0.3

    def _written(self, value: Any) -> tuple[Decimal, Decimal | None] | None:
        """Return the number of a text such as “1.200 mm/min”, and the factor of its unit."""
        text = str(value).strip()
        if text in {"", "-", "–", "—"}:
            return None
        scientific = SCIENTIFIC.fullmatch(text)  # 1e3
        found = None if scientific else WITH_UNIT.fullmatch(text)
        try:
            if not found:
                read = float(Decimal(text))
                if scientific and math.isinf(read):
                    raise ValueError(too_large(value))
                return self._finite(read), None
            number = Decimal(self._plain_digits(found["number"]))
        except (InvalidOperation, OverflowError) as error:
            raise ValueError(not_a_number(value)) from error
        unit = " ".join((found["unit"] or "").split()).casefold()
        if not unit:
            return number, None
        if not self.unit:
            raise ValueError(not_a_number(value))
        if unit not in self.units:
            said = gettext_lazy("“%(value)s” is not in %(unit)s; write it in %(unit)s.")
            raise ValueError(filled_in(said, value=value, unit=self.unit))
        return number, self.units[unit]

    def _plain_digits(self, text: str) -> str:
        """Return a number with a point for its decimals and nothing between its thousands."""
        text = BETWEEN_DIGITS.sub("", text.replace("−", "-").replace("\xa0", " ")).strip()
        if "," in text and "." in text:
            group, point = (".", ",") if text.rfind(",") > text.rfind(".") else (",", ".")
            return text.replace(group, "").replace(point, ".")
        grouped = GROUPED.fullmatch(text)
        if grouped and (self.whole or text.count(grouped[1]) > 1):
            return text.replace(grouped[1], "")
        return text.replace(",", ".")

    def _whole(self, number: Decimal, value: Any) -> int:
        if number != int(number):
            refused = gettext_lazy("“%(value)s” has decimals; only whole numbers go here.")
            said = filled_in(refused, value=value)
            if self.unit == "%" and 0 < number < 1:
                share = f"{(number * 100).normalize():f}"
                hint = gettext_lazy("Where the sheet shows it as %(share)s %%, write that.")
                more = filled_in(hint, share=share)
                said = filled_in("%(said)s %(more)s", said=said, more=more)
            raise ValueError(said)
        if abs(number) > LARGEST:
            raise ValueError(too_large(value))
        return int(number)

    def show(self, value: Any, lookup: Lookup = NOTHING) -> str:
        """Return the number without noughts at its end, its decimals behind a point."""
        if value is None:
            return ""
        return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)

    def told(self, shown: str) -> str:
        """Return the number with the language's sign before its decimals."""
        try:
            return plain_number(Decimal(shown)) if "." in shown else shown
        except InvalidOperation:
            return shown


def not_a_number(value: Any) -> Text:
    """Return the sentence."""
    return filled_in(gettext_lazy("“%(value)s” is not a number."), value=value)


def too_large(value: Any) -> Text:
    """Return the sentence."""
    return filled_in(gettext_lazy("“%(value)s” is too large."), value=value)


class YesNo(Cell):
    """1 or 0, yes or no; blank is yes."""

    def read(self, value: Any, lookup: Lookup = NOTHING) -> bool:
        """Return the answer."""
        if value is None or value == "" or value is True or value == 1:
            return True
        if type(value) is float and value.is_integer():
            value = int(value)
        text = str(value).strip().casefold()
        if text not in YES and text not in NO:
            said = gettext_lazy(
                "“%(value)s” is neither yes nor no; write 1, yes, true, y or x for yes, "
                "and 0, no, false or n for no."
            )
            raise ValueError(filled_in(said, value=value))
        return text in YES

    def show(self, value: Any, lookup: Lookup = NOTHING) -> str:
        """Return the word."""
        return _("yes") if value else _("no")

    def out(self, value: Any, lookup: Lookup = NOTHING) -> Any:
        """Return 1 or 0."""
        return int(value)


class Reference(Cell):
    """Another row, by any of its names; the value is its id."""

    def __init__(self, key: Callable[[str], str], unknown: Callable[[str], Text]) -> None:
        """Take how names are compared, and what is said of one that nobody knows."""
        self.key, self.unknown = key, unknown

    def read(self, value: Any, lookup: Lookup = NOTHING) -> int | None:
        """Return the id; None for a blank."""
        name = text_of(value)
        if not name:
            return None
        found = lookup.ids.get(self.key(name))
        if found is None:
            raise ValueError(self.unknown(name))
        return found

    def show(self, value: Any, lookup: Lookup = NOTHING) -> str:
        """Return the name."""
        return "" if value is None else lookup.names.get(value, "")

    out = show


class Names(Cell):
    """Several names, separated by commas or semicolons; the value is a tuple of them, sorted."""

    def read(self, value: Any, lookup: Lookup = NOTHING) -> tuple[str, ...] | None:
        """Return the names; None for a blank, which leaves them as they are."""
        parts = (" ".join(one.split()) for one in re.split(r"[,;\n]", text_of(value, lines=True)))
        return tuple(sorted({one for one in parts if one})) or None

    def same(self, stored: Any, given: Any) -> bool:
        """Compare the names as they are compared elsewhere; none given leaves those stored."""
        return given is None or {one.casefold() for one in stored or ()} == {
            one.casefold() for one in given
        }

    def show(self, value: Any, lookup: Lookup = NOTHING) -> str:
        """Return them in one line."""
        return ", ".join(value or ())

    out = show
