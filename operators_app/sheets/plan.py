"""What rows would change: checked without writing anything, then written in bulk."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import lazystr
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from laseros.languages import Text, filled_in
from laseros.ranges import out_of_range
from operators_app.sheets.cells import NOTHING, Number
from operators_app.sheets.headings import Rows
from operators_app.sheets.kinds import STAMPS, Column, SheetKind, Values

if TYPE_CHECKING:
    from operators_app.verbs import Run

WRITTEN_AT_ONCE = 1000
MISSING = gettext_lazy("“%(column)s” is missing.")
NO_RESULT = gettext_lazy("“%(column)s” is missing, or is a formula without a result.")
TOLD_EVERY = 500  # rows, between two words about how far the check has come

Changes = dict[str, tuple[Any, Any]]  # by the name of a column: the value stored, and the sheet's
Tick = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that is to be written: its number in the sheet, what it becomes, what that changes."""

    number: int
    row: Any
    changes: Changes


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that cannot be taken: why, as (what the column is called in the sheet, a sentence).

    Either is told in its reader's language: a report of them is kept, and read by others.
    """

    number: int
    problems: list[tuple[Text, Text]]
    cells: list[Any]


@dataclass
class Plan:
    """What an import would do."""

    kind: SheetKind
    rows: Rows
    new: list[Entry] = field(default_factory=list)
    changed: list[Entry] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    unchanged: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """How many rows were read, and what became of them."""
        new, changed, refused = len(self.new), len(self.changed), len(self.refused)
        read = new + changed + self.unchanged + refused
        return {"read": read, "new": new, "changed": changed, "unchanged": self.unchanged,
                "refused": refused}  # fmt: skip

    def digest(self) -> str:
        """Return what tells two plans apart; the same rows in the same shop always give the same.

        Reckoned before anything is written: new rows have no ids yet.
        """
        digest = hashlib.sha256(repr([one.number for one in self.refused]).encode())
        for entry in (*self.new, *self.changed):
            told = [(name, as_kept(was), as_kept(now))
                    for name, (was, now) in sorted(entry.changes.items())]  # fmt: skip
            digest.update(repr((entry.number, entry.row.pk, told)).encode())
        return digest.hexdigest()

    def sentences(self) -> list[str]:
        """Return what is wrong, each with its row and its column."""
        return [
            _("Row %(row)s, %(column)s: %(problem)s")
            % {"row": one.number, "column": column, "problem": problem}
            for one in self.refused
            for column, problem in one.problems
        ]


def missing_columns(kind: SheetKind, rows: Rows) -> list[Column]:
    """Return the columns that a sheet of this kind must have, and this one has not."""
    known = {kind.code_column} & set(rows.names) if kind.code_column else set()
    needed = [column for column in kind.columns if column.required]
    if known and len(needed) == 1:  # rows that are there already may be named by their codes alone
        return []
    return [column for column in needed if column.name not in rows.names]


def check(kind: SheetKind, rows: Rows, tick: Tick | None = None) -> Plan:
    """Return what the rows would change. Blank ones are passed over; nothing is written."""
    kind.prepare(rows)
    checker = _Checker(kind, rows)
    for done, (number, cells) in enumerate(rows.lines):
        if tick and done % TOLD_EVERY == 0:
            tick(done, len(rows.lines))
        if any(cell is not None and cell != "" for cell in cells):
            checker.take(number, cells)
    if tick:
        tick(len(rows.lines), len(rows.lines))
    return checker.plan


class _Checker:
    """Goes through the rows of one sheet."""

    def __init__(self, kind: SheetKind, rows: Rows) -> None:
        self.kind, self.plan = kind, Plan(kind, rows)
        self.columns = [kind.by_name[name] for name in rows.names]
        self.seen: dict[Any, int] = {}
        meta = kind.model._meta
        self.unchecked = {
            one.name for one in meta.concrete_fields
            if one.is_relation or not one.editable or one.primary_key or one.name in STAMPS
        }  # fmt: skip
        self.readers = [self._reader(column, rows.factors) for column in self.columns]

    def _reader(self, column: Column, factors: Mapping[str, Decimal]) -> Callable[[Any], Any]:
        cell, lookup = column.cell, self.kind.lookups.get(column.name, NOTHING)
        factor = factors.get(column.name)
        if factor is not None and isinstance(cell, Number):
            return lambda value: cell.read(value, lookup, factor)
        return lambda value: cell.read(value, lookup)

    def title(self, name: str) -> Text:
        """Return what a column is called in the sheet; as we call it where it is not there."""
        column = self.kind.by_name.get(name)
        return self.plan.rows.titles.get(name) or (column.label if column else name)

    def take(self, number: int, cells: Sequence[Any]) -> None:
        """Take one row into the plan."""
        values: Values = {}
        problems: dict[str, Text] = {}
        for column, read, cell in zip(self.columns, self.readers, cells, strict=True):
            try:
                values[column.name] = read(cell)
            except ValueError as error:
                problems[column.name] = error.args[0]
        stored = self._stored(number, values, problems)
        entry = self._entry(number, stored, values, problems)
        if problems:
            told = [(self.title(name), said) for name, said in problems.items()]
            self.plan.refused.append(Refused(number, told, list(cells)))
        elif entry is None:
            self.plan.unchanged += 1
        else:
            (self.plan.new if stored is None else self.plan.changed).append(entry)

    def _stored(
        self, number: int, values: Values, problems: dict[str, Text]
    ) -> models.Model | None:
        """Return the stored row that this one is; note where that is unclear or twice the same."""
        kind = self.kind
        try:
            stored = kind.find(values)
        except ValueError as error:
            said, name = error.args
            problems.setdefault(name, said)
            return None
        same: Any = stored.pk if stored is not None else None
        key = ("row", same) if same else ("key", kind.twin_key(values))
        if key[1] in (None, "") or kind.key_column in problems:
            return stored
        earlier = self.seen.setdefault(key, number)
        if earlier != number:
            said = gettext_lazy("“%(name)s” stands in row %(row)s already; keep one of them.")
            name = values.get(kind.key_column) or stored
            problems.setdefault(kind.key_column, filled_in(said, name=name, row=earlier))
        return stored

    def _entry(
        self, number: int, stored: Any, values: Values, problems: dict[str, Text]
    ) -> Entry | None:
        """Return what is to be written, None for nothing; note what its model refuses."""
        changes = self._changes(stored, values)
        if stored is not None and not changes:
            return None
        row = self.kind.model() if stored is None else copy.copy(stored)
        if stored is not None:
            row._state = copy.copy(stored._state)
        for name, (_was, now) in changes.items():
            if attribute := self.kind.by_name[name].attribute:
                setattr(row, attribute, now)
        self._note_faults(row, values, changes, problems)
        return Entry(number, row, changes)

    def _changes(self, stored: Any, values: Values) -> Changes:
        kind, changes = self.kind, Changes()
        fixed = {kind.code_column}
        if stored is not None and stored in kind.by_key.get(kind.given_key(values), ()):
            fixed.add(kind.key_column)  # another way to write the same name
        for column in self.columns:
            if column.name not in values or column.name in fixed:
                continue
            now = values[column.name]
            was = None if stored is None else kind.stored_value(stored, column)
            if stored is None or not column.cell.same(was, now):
                changes[column.name] = (was, now)
        if stored is not None and "is_active" not in values and kind.was_undone(stored):
            changes["is_active"] = (False, True)
        return changes

    def _note_faults(
        self, row: Any, values: Values, changes: Changes, problems: dict[str, Text]
    ) -> None:
        """Note what the model and the database would refuse, without a statement for each row."""
        for column in self.columns:
            if column.required and values.get(column.name, 0) in (None, ""):
                said = NO_RESULT if self.plan.rows.has_formulas else MISSING
                problems.setdefault(column.name, filled_in(said, column=column.label))
        bad = {self.kind.by_name[name].attribute for name in problems}
        try:
            row.clean_fields(exclude=self.unchecked | bad)
        except ValidationError as error:
            for attribute, told in error.error_dict.items():
                problems.setdefault(self._column_of(attribute), lazystr(_Messages(told)))
        new = {self.kind.by_name[name].attribute: now for name, (_was, now) in changes.items()}
        for attribute, wrong in out_of_range(self.kind.model, new).items():
            problems.setdefault(self._column_of(attribute), lazystr(_Messages([wrong])))
        for name, fault in self.kind.faults(row, values).items():
            problems.setdefault(name, fault)

    def _column_of(self, attribute: str) -> str:
        found = (one.name for one in self.kind.columns if one.attribute == attribute)
        return next(found, attribute)


class _Messages:
    """What a model says of one of its columns, each time in its reader's language."""

    def __init__(self, errors: Sequence[ValidationError]) -> None:
        self.errors = errors

    def __str__(self) -> str:
        return " ".join(said for error in self.errors for said in error.messages)


def write(run: Run, plan: Plan) -> None:
    """Write what the check found, a batch a statement, and note it in the run.

    The database must still be as it was when the rows were checked. What is new is told by its
    names and ids: a sheet may have 50,000 rows.
    """
    model = plan.kind.model
    if not plan.new and not plan.changed:
        return
    for entry in (*plan.new, *plan.changed):
        entry.row.updated_at, entry.row.seq = run.now, run.seq
    if plan.new:
        rows = [entry.row for entry in plan.new]
        plan.kind.number_new(rows)
        for row in rows:
            row.created_at = run.now
        model._default_manager.bulk_create(rows, batch_size=WRITTEN_AT_ONCE)
        run.after["created"] = [str(row)[:100] for row in rows]
        run.after["created_ids"] = [row.pk for row in rows]
    upsert(model, [entry.row for entry in plan.changed])
    for entry in plan.changed:
        before, after = told_changes(plan.kind, entry.changes)
        run.note_written(model, entry.row.pk, before, after)
    plan.kind.write_more(run, [*plan.new, *plan.changed])


def upsert(model: type[models.Model], rows: Sequence[Any]) -> None:
    """Write rows that are there already, whole, a batch a statement."""
    fields = [
        one.name for one in model._meta.concrete_fields
        if not one.primary_key and one.name != "created_at"
    ]  # fmt: skip
    if rows:
        model._default_manager.bulk_create(
            rows, batch_size=WRITTEN_AT_ONCE, update_conflicts=True,
            unique_fields=[model._meta.pk.name], update_fields=fields,
        )  # fmt: skip


def told_changes(kind: SheetKind, changes: Changes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return before and after by the names of the table's columns, as the log keeps them."""
    before, after = {}, {}
    for name, (was, now) in changes.items():
        column = kind.by_name[name].attribute or name
        before[column], after[column] = as_kept(was), as_kept(now)
    return before, after


def as_kept(value: Any) -> Any:
    """Return a value as the log keeps it."""
    if isinstance(value, tuple):
        return list(value)
    return value if value is None or isinstance(value, (bool, int, list)) else str(value)
