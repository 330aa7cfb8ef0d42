"""What kinds of sheets there are: of presets, of materials, of clients, …

Each app describes its own in `resources.py`: a subclass of SheetKind, registered with `register`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.utils.module_loading import autodiscover_modules
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from laseros.languages import Text, filled_in
from laseros.names import name_key
from laseros.tracking import Tracked
from operators_app.sheets.cells import NOTHING, Cell, Lookup

if TYPE_CHECKING:
    from operators_app.sheets.headings import Rows
    from operators_app.sheets.plan import Entry, Plan
    from operators_app.verbs import Call, Run

BATCH = 900  # as many rows are asked for, or written, in one statement
GIVE_THE_CODE = gettext_lazy(
    "There are %(count)s of the name “%(name)s”; give the code of the one meant."
)
SPELL_IT = gettext_lazy(
    "There are %(count)s like “%(name)s”, which differ in case or spaces; write it just as the one "
    "meant is written."
)
STAMPS = ("created_at", "updated_at", "seq")

Values = dict[str, Any]  # by the names of columns


@dataclass(frozen=True)
class Column:
    """A column of a sheet: what it is called, what its cells mean, and where that is stored.

    `name` is what tables of headings keep; it never changes. `attribute` is the model's column, ""
    for what is kept elsewhere. `also` are other headings it is known by, in any language.
    """

    name: str
    label: Any
    attribute: str
    cell: Cell
    required: bool = False
    also: tuple[str, ...] = ()


def labelled(model: type[models.Model], field: str) -> Text:
    """Return a label for a column: what forms and lists call its field, begun with a capital."""
    return capfirst(model._meta.get_field(field).verbose_name)  # type: ignore[union-attr]


@dataclass(frozen=True)
class Writer:
    """How rows go into a file of another format: what it is called, and what makes it."""

    title: Text
    content_type: str
    write: Callable[[models.QuerySet[Any]], bytes]


class SheetKind:
    """How rows of one model come from a sheet and go to one. One object serves one import.

    A row of the sheet is the row whose `code_column` is the same; where that is blank, or there is
    none, the one whose `key_column` is the same.
    """

    model: ClassVar[type[Tracked]]
    columns: ClassVar[tuple[Column, ...]]
    key_column: ClassVar[str]
    code_column: ClassVar[str] = ""  # given by the shop, never by a sheet
    # What files of other formats are read and written with, by their endings.
    readers: ClassVar[dict[str, Callable[[bytes, SheetKind], Rows]]] = {}
    writers: ClassVar[dict[str, Writer]] = {}

    def __init__(self) -> None:
        self.lookups: dict[str, Lookup] = {}
        self.by_key: dict[Any, list[models.Model]] = {}
        self.by_code: dict[str, models.Model] = {}
        self.undone_at: set[Any] = set()

    def times_of_undoing(self) -> set[Any]:
        """Return when imports were undone: what they switched off then, another switches on."""
        from operators_app.sheets.models import SheetImport

        undone = SheetImport.objects.filter(kind=self.slug, undone_at__isnull=False)
        return set(undone.values_list("undone_at", flat=True))

    def was_undone(self, row: Any) -> bool:
        """Tell whether undoing an import switched a row off, and nobody touched it since."""
        return not getattr(row, "is_active", True) and row.updated_at in self.undone_at

    @property
    def slug(self) -> str:
        """The model's name, which the log's entries and the table of headings keep."""
        return str(self.model._meta.model_name)

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The columns by their names."""
        return {column.name: column for column in self.columns}

    def also_read(self, *more: Column, needless: Collection[str] = ()) -> None:
        """Let this import's rows have more columns than a sheet has, and go without some."""
        known = (replace(one, required=one.required and one.name not in needless)
                 for one in self.columns)  # fmt: skip
        vars(self)["columns"] = (*known, *more)
        vars(self).pop("by_name", None)

    def unknown(self, plan: Plan) -> list[str]:
        """Return the names in refused rows that a person may explain (see `explain`)."""
        return []

    def meanings(self) -> list[tuple[int, str]]:
        """Return what such a name may mean: rows by their ids."""
        return []

    def explain(self, meant: Mapping[str, int | None], call: Call) -> None:
        """Remember what names mean: a row that is there, or None for a new one of this name."""

    @property
    def title(self) -> str:
        """What the rows are called, in the plural."""
        return str(self.model._meta.verbose_name_plural)

    # --- Reading ---------------------------------------------------------------------------------

    def look_up(self) -> dict[str, Lookup]:
        """Return, by column, the rows that its cells may name."""
        return {}

    def prepare(self, rows: Rows) -> None:
        """Read what is stored under the keys of these rows, some statements for all of them."""
        self.lookups = self.look_up()
        self.undone_at = self.times_of_undoing()
        self.by_key, self.by_code = {}, {}
        wanted = {name: self._given(rows, name) for name in (self.key_column, self.code_column)}
        for stored in self._stored(self.key_column, wanted[self.key_column]):
            self.by_key.setdefault(self.key_of(stored), []).append(stored)
        codes = {self.code_key(code) for code in wanted[self.code_column]}
        for stored in self._stored(self.code_column, codes):
            self.by_code[self.code_key(getattr(stored, self._attribute(self.code_column)))] = stored

    def _attribute(self, name: str) -> str:
        return self.by_name[name].attribute

    def _given(self, rows: Rows, name: str) -> set[Any]:
        if not name or name not in rows.names:
            return set()
        place, read, found = list(rows.names).index(name), self.by_name[name].cell.read, set()
        for _number, cells in rows.lines:
            try:
                found.add(read(cells[place]))
            except ValueError:
                continue
        return found - {"", None}

    def _stored(self, name: str, wanted: set[Any]) -> Iterable[models.Model]:
        """Yield the rows that have one of these values."""
        for batch in batches(sorted(wanted)):
            yield from self.stored_by(self._attribute(name), batch)

    def stored_by(self, attribute: str, values: Sequence[Any]) -> Iterable[models.Model]:
        """Return the rows that have one of these values in a column."""
        return self.model._default_manager.filter(**{f"{attribute}__in": values}).order_by()

    def key_of(self, row: models.Model) -> Any:
        """Return what a stored row is known by."""
        return getattr(row, self._attribute(self.key_column))

    def given_key(self, values: Values) -> Any:
        """Return what a row of the sheet is known by."""
        return values.get(self.key_column)

    def twin_key(self, values: Values) -> Any:
        """Return what two rows of one sheet must not have in common."""
        return self.given_key(values)

    def code_key(self, code: str) -> str:
        """Return the form in which codes are compared."""
        return code.strip().upper()

    def find(self, values: Values) -> models.Model | None:
        """Return the stored row that a row of the sheet is; raise ValueError where that is unclear.

        The error's second argument is the name of the column.
        """
        code = values.get(self.code_column) if self.code_column else None
        if code:
            found = self.by_code.get(self.code_key(code))
            if found is None:
                said = gettext_lazy("There is no “%(code)s”; leave it blank for a new row.")
                raise ValueError(filled_in(said, code=code), self.code_column)
            return found
        several = self.by_key.get(self.given_key(values), [])
        if len(several) > 1:  # one of them may be spelled just so
            name, attribute = values.get(self.key_column), self._attribute(self.key_column)
            exact = [row for row in several if getattr(row, attribute) == name]
            several = exact if len(exact) == 1 else several
        if len(several) > 1:
            said = GIVE_THE_CODE if self.code_column else SPELL_IT
            told = filled_in(said, count=len(several), name=values.get(self.key_column))
            raise ValueError(told, self.key_column)
        return several[0] if several else None

    def stored_value(self, row: models.Model, column: Column) -> Any:
        """Return what a stored row holds in a column."""
        return getattr(row, column.attribute)

    # --- Checking --------------------------------------------------------------------------------

    def faults(self, row: Any, values: Values) -> Mapping[str, Text]:
        """Return what the database would refuse, by column: no statement for each row."""
        return {}

    # --- Writing ---------------------------------------------------------------------------------

    def number_new(self, rows: Sequence[Any]) -> None:
        """Give new rows their codes; the log's head is locked."""

    def write_more(self, run: Run, entries: Sequence[Entry]) -> None:
        """Write what is kept elsewhere than in the row itself, once the rows are there."""

    def restore_more(self, run: Run, row: Any, values: Mapping[str, Any]) -> None:
        """Put back what `write_more` wrote, from what the log told of it before."""

    def taken_since(self, before: Mapping[int, Mapping[str, Any]]) -> Mapping[int, str]:
        """Return, by row, why its old values cannot be put back: another row has them by now."""
        return {}

    # --- Exporting -------------------------------------------------------------------------------

    def exported(self, queryset: models.QuerySet[Any]) -> Iterable[list[Any]]:
        """Yield a row of cells for each row."""
        lookups = self.look_up()
        for row in queryset.iterator(chunk_size=2000):
            yield [
                column.cell.out(self.stored_value(row, column), lookups.get(column.name, NOTHING))
                for column in self.columns
            ]


class InAnyCase(SheetKind):
    """A kind whose rows are known by their names in any case: no database folds letters as we do.

    Where a name is stored in several cases, the one that is spelled just so is meant.
    """

    def prepare(self, rows: Rows) -> None:
        """Read what all rows are called."""
        self.called: dict[str, list[int]] = defaultdict(list)
        names = self.model._default_manager.order_by()
        for pk, name in names.values_list("pk", self._attribute(self.key_column)):
            self.called[name_key(name)].append(pk)
        super().prepare(rows)

    def stored_by(self, attribute: str, values: Sequence[Any]) -> Iterable[models.Model]:
        """Return the rows of these codes, or of these names in any case, each once."""
        if attribute != self._attribute(self.key_column):
            return super().stored_by(attribute, values)
        ids = [pk for name in values for pk in self.called.pop(name_key(name), ())]
        return super().stored_by("pk", ids)

    def key_of(self, row: models.Model) -> Any:
        """Return the name without its case."""
        return name_key(super().key_of(row))

    def given_key(self, values: Values) -> Any:
        """Return the name without its case; where there is a code, the name may be written anew."""
        has_code = self.code_column and values.get(self.code_column)
        return None if has_code else name_key(super().given_key(values) or "")


_kinds: dict[str, type[SheetKind]] = {}


def register(kind: type[SheetKind]) -> type[SheetKind]:
    """Let sheets of this kind be imported and exported."""
    _kinds[str(kind.model._meta.model_name)] = kind
    return kind


@cache
def kinds() -> Mapping[str, type[SheetKind]]:
    """Return all kinds by their slugs."""
    autodiscover_modules("resources")
    return _kinds


def kind_of(slug: str) -> SheetKind:
    """Return a new object of a kind, for one import; raises KeyError."""
    return kinds()[slug]()


def batches(items: Iterable[Any]) -> Iterable[list[Any]]:
    """Yield lists of at most so many items as are asked for in one statement."""
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch
