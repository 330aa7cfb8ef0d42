"""The one verb of master data: `edit` (clients, parts, materials, presets, people), and `delete`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import ProtectedError

from laseros.errors import InvalidInput, TransitionError
from operators_app.verbs.runner import Call, Outcome, Run, Target, run_verb


def edit(
    model: type[models.Model], pk: int | None, changes: Mapping[str, Any], **call: Unpack[Call]
) -> Outcome:
    """Change a row of master data, or create one (`pk` None), recording before → after.

    `changes` maps field names to values; for many-to-many fields, to the list of rows.
    Returns {"id": …}. Raises InvalidInput where the row would break a rule of its model,
    NotFound for an unknown row, Changed where somebody else was quicker.
    """
    call["by"].require_manager()
    label = model._meta.verbose_name

    def write(run: Run) -> dict[str, Any]:
        row = model() if pk is None else run.lock(model, pk, f"There is no such {label}.")
        _apply(run, row, changes)
        return {"id": row.pk}

    target = Target(str(model._meta.model_name), pk)
    verb = "create" if pk is None else "edit"
    return run_verb(verb, target, {"changes": _telling(changes)}, write, **call)


def delete(model: type[models.Model], pk: int, **call: Unpack[Call]) -> Outcome:
    """Delete a row that has no history; raises TransitionError for one that has (archive it)."""
    call["by"].require_manager()
    label = model._meta.verbose_name

    def write(run: Run) -> dict[str, Any]:
        row = run.lock(model, pk, f"There is no such {label}.")
        try:
            run.remove(row)
        except ProtectedError as error:
            raise TransitionError(
                f"This {label} has history and cannot be deleted; make it inactive instead.",
                "has_history",
            ) from error
        return {"id": pk}

    return run_verb("delete", Target(str(model._meta.model_name), pk), {}, write, **call)


def _apply(run: Run, row: models.Model, changes: Mapping[str, Any]) -> None:
    """Check and write the changes; plain columns first, then relations."""
    many = {f.name for f in row._meta.many_to_many}
    plain = {name: value for name, value in changes.items() if name not in many}
    adding = row._state.adding
    before = {name: getattr(row, name) for name in plain}
    _check(row, plain)
    if not adding:  # `save` compares with what the row held
        for name, value in before.items():
            setattr(row, name, value)
    run.save(row, **plain)
    for name in many & set(changes):
        _set_relation(run, row, name, list(changes[name]))


def _check(row: models.Model, plain: Mapping[str, Any]) -> None:
    for name, value in plain.items():
        setattr(row, name, value)
    stamps = [f.name for f in row._meta.concrete_fields if not f.editable]
    try:
        row.full_clean(exclude=[name for name in stamps if name not in plain])
    except ValidationError as error:
        fields = error.message_dict
        name, said = next(iter(fields.items()))
        told = said[0] if name == "__all__" else f"{name}: {said[0]}"
        raise InvalidInput(told, fields) from error


def _set_relation(run: Run, row: models.Model, name: str, rows: list[models.Model]) -> None:
    manager = getattr(row, name)
    old = sorted(str(one) for one in manager.all())
    new = sorted(str(one) for one in rows)
    if old == new:
        return
    key = f"{row._meta.model_name}:{row.pk}"
    run.before.setdefault(key, {})[name] = old
    run.after.setdefault(key, {})[name] = new
    _ = run.seq
    manager.set(rows)


def _telling(changes: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in changes.items() if name != "password"}
