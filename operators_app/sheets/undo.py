"""Undoing an import as a whole, from what its entry of the log tells.

Nothing that anybody did after the import is overwritten: a row that was changed since, or that is
in use by now, stays as it is and is named.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from laseros.tracking import Tracked
from operators_app.models import ActivityLog, SheetImport
from operators_app.sheets.kinds import STAMPS, SheetKind, batches, kind_of
from operators_app.sheets.plan import as_kept, upsert

if TYPE_CHECKING:
    from operators_app.verbs.runner import Run


@dataclass
class Undoing:
    """What undoing an import would do, by row."""

    kind: SheetKind
    restore: list[tuple[Any, Mapping[str, Any]]] = field(default_factory=list)  # row, old values
    remove: list[Any] = field(default_factory=list)
    switch_off: list[Any] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)  # what it is called, why it stays

    @property
    def rows(self) -> int:
        """How many rows would be put back."""
        return len(self.restore) + len(self.remove) + len(self.switch_off)


def what_can_be_undone(upload: SheetImport) -> Undoing:
    """Return what undoing this import would do now. Some statements, however many rows it had."""
    entry = ActivityLog.objects.get(seq=upload.entry_seq or 0)
    kind = kind_of(upload.kind)
    found = Undoing(kind)
    prefix = f"{kind.slug}:"
    before = {int(key.removeprefix(prefix)): values for key, values in entry.before.items()
              if key.startswith(prefix)}  # fmt: skip
    created = entry.after.get("created_ids", ())
    names = dict(zip(created, entry.after.get("created", ()), strict=False))
    used = _in_use(kind.model, created)
    rows = _rows(kind.model, [*before, *created])
    lost = {**kind.taken_since(before), **_orphaned(kind.model, before)}
    touched = _with_newer_parts(kind.model, [*before, *created], entry.recorded_at)
    for pk in sorted({*before, *created}):
        row = rows.get(pk)
        if row is None:
            found.left.append((names.get(pk, f"{pk}"), _("It is not there any more.")))
        elif row.updated_at != entry.recorded_at or pk in touched:
            found.left.append((str(row), _("It was changed since.")))
        elif pk in lost:
            found.left.append((str(row), lost[pk]))
        elif pk in before:
            found.restore.append((row, before[pk]))
        elif pk in used:
            told = _("It is in use: %(where)s.") % {"where": used[pk]}
            found.left.append((str(row), told))
        else:
            (found.switch_off if kind.model.is_kept else found.remove).append(row)
    return found


def _rows(model: type[models.Model], keys: Iterable[int]) -> dict[int, Any]:
    return {
        row.pk: row
        for batch in batches(keys)
        for row in model._default_manager.filter(pk__in=batch).order_by()
    }


def _in_use(model: type[models.Model], keys: Iterable[int]) -> dict[int, str]:
    """Return which of these rows another one refers to, and of what kind that is."""
    used: dict[int, str] = {}
    for relation in _relations(model, parts=False):
        name, related = relation.field.name, relation.related_model
        for batch in batches(keys):
            found = related._base_manager.filter(**{f"{name}__in": batch}).order_by()
            for pk in found.values_list(name, flat=True).distinct():
                used.setdefault(pk, str(related._meta.verbose_name))
    return used


def _with_newer_parts(
    model: type[models.Model], keys: Iterable[int], since: dt.datetime
) -> set[int]:
    """Return which rows were given parts of their own, such as other names, after the import."""
    found: set[int] = set()
    for relation in _relations(model, parts=True):
        name, related = relation.field.name, relation.related_model
        if not issubclass(related, Tracked):
            continue  # made by the program itself, from the rows
        for batch in batches(keys):
            parts = related._base_manager.filter(**{f"{name}__in": batch}, updated_at__gt=since)
            found.update(parts.order_by().values_list(name, flat=True))
    return found


def _orphaned(model: type[models.Model], before: Mapping[int, Mapping[str, Any]]) -> dict[int, str]:
    """Return, by row, that a column put back would refer to a row that was deleted since."""
    found: dict[int, str] = {}
    for column in model._meta.concrete_fields:
        if not isinstance(column, models.ForeignKey):
            continue
        name, related = column.attname, column.related_model
        wanted = {pk: values[name] for pk, values in before.items() if values.get(name)}
        there = {
            key
            for batch in batches(set(wanted.values()))
            for key in related._base_manager.filter(pk__in=batch).values_list("pk", flat=True)
        }
        lost = (pk for pk, key in wanted.items() if key not in there)
        told = f"{capfirst(column.verbose_name)}: {_('It is not there any more.')}"
        found.update(dict.fromkeys(lost, told))
    return found


def _relations(model: type[models.Model], *, parts: bool) -> Iterator[Any]:
    """Yield what refers to a model: rows that would go with it (its parts), or all others."""
    for relation in model._meta.related_objects:
        if (getattr(relation, "on_delete", None) is models.CASCADE) is parts:
            yield relation


def undo(run: Run, found: Undoing) -> None:
    """Carry it out and note it in the run."""
    model = found.kind.model
    rows = []
    for row, values in found.restore:
        rows.append(_restored(run, found.kind, row, values))
    for row in found.switch_off:
        if row.is_active:
            run.note_written(model, row.pk, {"is_active": True}, {"is_active": False})
            row.is_active = False
            rows.append(row)
    for row in rows:
        row.updated_at, row.seq = run.now, run.seq
    upsert(model, rows)
    for row in found.remove:
        run.remove(row)


def _restored(run: Run, kind: SheetKind, row: Any, values: Mapping[str, Any]) -> Any:
    """Return the row with its old values; what it keeps elsewhere is put back by its kind."""
    columns = {one.attname: one for one in kind.model._meta.concrete_fields}
    old = {name: columns[name].to_python(value) for name, value in values.items()
           if name in columns and name not in STAMPS}  # fmt: skip
    was = {name: as_kept(getattr(row, name)) for name in old}
    for name, value in old.items():
        setattr(row, name, value)
    run.note_written(kind.model, row.pk, was, {name: as_kept(value) for name, value in old.items()})
    kind.restore_more(run, row, {name: value for name, value in values.items()
                                 if name not in columns})  # fmt: skip
    return row
