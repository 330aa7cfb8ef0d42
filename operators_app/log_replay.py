"""Replaying the log gives the tables: every row holds what its entries say it was given last.

The log is read from its end: the first value met for a column is the one that the row must hold.
Of a row only the columns already compared are remembered, and only until the entry that created
it, so that a log of any length is read in little memory.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from laseros import clock
from laseros.doctor import RESTORE, shop_models
from operators_app.models import ActivityLog
from operators_app.verbs.runner import SECRET_FIELDS

Key = tuple[type[models.Model], str]
Expected = dict[str, Any]
BATCH = 900  # as many rows are asked for in one statement


def differences() -> Iterator[str]:
    """Yield a sentence for each row that does not hold what the log says."""
    seen: dict[Key, set[str]] = {}
    batch: dict[Key, Expected | None] = {}
    kinds = {str(model._meta.model_name): model for model in shop_models()}
    entries = ActivityLog.objects.order_by("-seq").values_list("before", "after")
    for before, after in entries.iterator(chunk_size=BATCH):
        for name, values in after.items():
            kind, _, pk = name.partition(":")
            if pk and kind in kinds:
                _expect((kinds[kind], pk), values, name not in before, seen, batch)
            if len(batch) >= BATCH:
                yield from _compare(batch)
                batch.clear()
    yield from _compare(batch)


def _expect(
    key: Key,
    values: Expected | None,
    created: bool,
    seen: dict[Key, set[str]],
    batch: dict[Key, Expected | None],
) -> None:
    """Take what an entry says of a row, except where a later entry has said it already."""
    known = seen.setdefault(key, set())
    if values is None:
        if not known:
            batch[key] = None
            known.add("")  # the row is gone: nothing that was said earlier holds
    elif "" not in known:
        new = {name: value for name, value in values.items() if name not in known}
        known.update(new)
        if new:
            told = batch.setdefault(key, {})
            if told is not None:
                told.update(new)
    if created:
        del seen[key]


def _compare(batch: dict[Key, Expected | None]) -> Iterator[str]:
    """Yield what differs between rows and the log, a statement per table."""
    by_model: dict[type[models.Model], dict[str, Expected | None]] = {}
    for (model, pk), expected in batch.items():
        by_model.setdefault(model, {})[pk] = expected
    for model, rows in by_model.items():
        columns = {field.attname: field for field in model._meta.concrete_fields}
        said = {name for expected in rows.values() for name in expected or ()}
        wanted = sorted((said & set(columns)) - SECRET_FIELDS)
        found = model._base_manager.filter(pk__in=rows).values("pk", *wanted)
        stored = {str(row["pk"]): row for row in found}
        for pk, expected in rows.items():
            fault = _fault(stored.get(pk), expected, columns, wanted)
            if fault:
                yield (
                    f"The {model._meta.verbose_name} {pk} {fault}: it was changed beside the log. "
                    f"{RESTORE}."
                )


def _fault(
    row: dict[str, Any] | None,
    expected: Expected | None,
    columns: dict[str, models.Field[Any, Any]],
    wanted: Iterable[str],
) -> str:
    """Return how a row differs from what the log says of it; nothing where it does not."""
    if row is None:
        return "is gone, though the log does not say so" if expected is not None else ""
    if expected is None:
        return "is there, though the log says that it was deleted"
    for name in wanted:
        if name in expected and not _same(columns[name], row[name], expected[name]):
            return f"has {name} “{row[name]}”, the log says “{expected[name]}”"
    return ""


def _same(field: models.Field[Any, Any], stored: Any, told: Any) -> bool:
    """Compare a stored value with the log's words for it; the log keeps milliseconds."""
    if stored is None or told is None:
        return stored is told
    try:
        value = field.to_python(told)
    except ValidationError:
        return False
    if isinstance(stored, dt.datetime):
        return clock.iso(stored) == clock.iso(value)
    return bool(stored == value or (isinstance(told, str) and str(stored) == told))
