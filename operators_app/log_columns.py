"""Columns filled again from the log, for migrations: what was taken back has not been forgotten."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

BATCH = 500


def restore_columns(
    apps: Any, app_label: str, entries: Any, columns: Mapping[str, Collection[str]]
) -> None:
    """Give rows the values that the log's entries gave them last.

    `columns` names by model those that a migration has just added: to a database that never had
    them, and then no entry tells of them, or to one from which they were taken back. `entries` are
    those of the log that may tell of them. Nobody's edit: stamps stay as they are.
    """
    told: dict[str, dict[str, dict[str, Any]]] = {model: {} for model in columns}
    for after in entries.order_by("seq").values_list("after", flat=True).iterator():
        for key, values in after.items():
            model, _, pk = key.partition(":")
            if model not in columns:
                continue
            if values is None:
                told[model].pop(pk, None)
            elif known := {name: values[name] for name in columns[model] if name in values}:
                told[model].setdefault(pk, {}).update(known)
    for model, rows in told.items():
        _write(apps.get_model(app_label, model), rows, list(columns[model]))


def _write(model: Any, told: Mapping[str, Mapping[str, Any]], columns: list[str]) -> None:
    fields = {name: model._meta.get_field(name) for name in columns}
    keys = [int(pk) for pk in told]
    for start in range(0, len(keys), BATCH):
        rows = list(model._base_manager.filter(pk__in=keys[start : start + BATCH]))
        for row in rows:
            for name, value in told[str(row.pk)].items():
                setattr(row, name, fields[name].to_python(value))
        model._base_manager.bulk_update(rows, columns, batch_size=BATCH)
