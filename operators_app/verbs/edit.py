"""The verbs of master data (clients, parts, materials, presets, people): `edit` and `delete`."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, Unpack

from django.contrib.auth.models import Group
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from laseros.errors import InvalidInput, NotAllowed, TransitionError
from laseros.ranges import check_ranges
from laseros.tracking import Tracked
from operators_app.models import Operator, User
from operators_app.verbs.actor import Actor
from operators_app.verbs.runner import STAMPS, Call, Outcome, Run, Target, run_verb
from operators_app.verbs.signed_in import linkable_accounts


def edit(
    model: type[models.Model], pk: int | None, changes: Mapping[str, Any], **call: Unpack[Call]
) -> Outcome:
    """Change a row of master data, or create one (`pk` None), recording before → after.

    `changes` maps field names to values; for many-to-many fields, to the list of rows.
    Returns {"id": …}. Raises InvalidInput where the row would break a rule of its model,
    NotFound for an unknown row, Changed where somebody else was quicker.
    """
    _require_right(call["by"], model)
    label = model._meta.verbose_name

    def write(run: Run) -> dict[str, Any]:
        row = (
            model()
            if pk is None
            else run.lock(model, pk, _("There is no such %(label)s.") % {"label": label})
        )
        if isinstance(row, Tracked) and pk is not None:
            run.check_unchanged(row, lambda: {"id": pk})
        if isinstance(row, Operator):
            _check_account(run, row, changes)
        apply(run, row, changes)
        run.concern(row)
        return {"id": row.pk}

    target = Target(str(model._meta.model_name), pk)
    verb = "create" if pk is None else "edit"
    return run_verb(verb, target, telling(changes), write, **call)


def delete(model: type[models.Model], pk: int, **call: Unpack[Call]) -> Outcome:
    """Delete a row that has no history; raises TransitionError for one that has (archive it)."""
    _require_right(call["by"], model)
    label = model._meta.verbose_name
    if issubclass(model, Tracked) and model.is_kept:
        raise TransitionError(
            _(
                "The %(label)s stays: its name or code may still be in use somewhere. Make it "
                "inactive instead, or cancel it."
            )
            % {"label": label},
            "is_kept",
        )

    def write(run: Run) -> dict[str, Any]:
        row = run.lock(model, pk, _("There is no such %(label)s.") % {"label": label})
        try:
            run.remove(row)
        except ProtectedError as error:
            raise TransitionError(
                _("This %(label)s has history and cannot be deleted; make it inactive instead.")
                % {"label": label},
                "has_history",
            ) from error
        return {"id": pk}

    return run_verb("delete", Target(str(model._meta.model_name), pk), {}, write, **call)


def _require_right(by: Actor, model: type[models.Model]) -> None:
    """Admit managers; accounts and their rights have a verb of their own (`save_account`)."""
    by.require_manager()
    if issubclass(model, (User, Group)):
        raise NotAllowed(_("Accounts and rights are not changed here."))


def _check_account(run: Run, operator: Operator, changes: Mapping[str, Any]) -> None:
    """Refuse an account that whoever does it may not make an operator's."""
    user = changes.get("user")
    if user is None or user.pk == operator.user_id:
        return
    if not linkable_accounts(run.by).filter(pk=user.pk).exists():
        raise InvalidInput.on(
            "user",
            _("You may not make this account an operator's: choose one with the role Operator."),
        )


def checked_save(run: Run, row: models.Model, changes: Mapping[str, Any]) -> list[str]:
    """Write changes of plain columns after the model's own rules and `laseros.ranges`; return what
    changed.

    Raises InvalidInput naming the field where one of them refuses; then nothing is written.
    """
    trial = copy.copy(row)
    for name, value in changes.items():
        setattr(trial, name, value)
    columns = [f for f in row._meta.concrete_fields if f.name not in STAMPS and not f.primary_key]
    fixed = {f.name for f in row._meta.concrete_fields if not f.editable}
    try:
        trial.clean_fields(exclude=fixed if row._state.adding else fixed | _untouched(row, changes))
        check_ranges(row, {name: getattr(trial, name) for name in changes})
        trial.clean()
        trial.validate_unique(exclude=fixed)
        trial.validate_constraints(exclude=fixed)
    except ValidationError as error:
        raise _refused(error) from error
    return run.save(row, **{f.attname: getattr(trial, f.attname) for f in columns})


def require_ranges(row: models.Model, new: Mapping[str, Any]) -> None:
    """Raise InvalidInput, naming the field, where a new value is out of its range."""
    try:
        check_ranges(row, new)
    except ValidationError as error:
        raise _refused(error) from error


def require_valid(name: str, check: Callable[[Any], None], *values: Any) -> None:
    """Raise InvalidInput on what a caller told by this name where a value does not pass the check.

    `check` raises ValidationError, as those of `laseros.ranges` and a column's validators do.
    """
    try:
        for value in values:
            check(value)
    except ValidationError as error:
        raise InvalidInput.on(name, error.messages[0]) from error


def _refused(error: ValidationError) -> InvalidInput:
    errors = ValidationError(error.update_error_dict({})).message_dict
    name, said = next(iter(errors.items()))
    return InvalidInput(said[0] if name == NON_FIELD_ERRORS else f"{name}: {said[0]}", errors)


def _untouched(row: models.Model, changes: Mapping[str, Any]) -> set[str]:
    """Return the fields that keep their value: an old value that breaks a newer rule stays."""
    return {f.name for f in row._meta.concrete_fields if not {f.name, f.attname} & set(changes)}


def as_columns(model: type[models.Model], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes by the names of columns: {"material": <Material 3>} → {"material_id": 3}."""
    return {
        model._meta.get_field(name).attname  # type: ignore[union-attr]
        if isinstance(value, models.Model) or value is None
        else name: value.pk if isinstance(value, models.Model) else value
        for name, value in changes.items()
    }


def apply(run: Run, row: models.Model, changes: Mapping[str, Any]) -> None:
    """Check and write the changes; plain columns first, then relations."""
    many = {f.name for f in row._meta.many_to_many}
    checked_save(run, row, {name: changes[name] for name in changes if name not in many})
    for name in many & set(changes):
        _set_relation(run, row, name, list(changes[name]))


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


def telling(changes: Mapping[str, Any]) -> dict[str, str]:
    """Return changes as text, for a fingerprint; passwords stay out of it."""
    return {name: str(value) for name, value in changes.items() if name != "password"}
