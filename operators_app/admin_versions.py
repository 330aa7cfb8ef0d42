"""What a person saw of a row when its form was opened, so that two people can save the same row.

The form carries the values along. What it sends counts as changed only where it differs from what
was seen: after a conflict, the fields that somebody else changed meanwhile stay as they are now.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext

from laseros import clock
from laseros.errors import Changed, InvalidInput, LaserOSError
from operators_app.models import User
from operators_app.verbs import Call
from operators_app.verbs.runner import SECRET_FIELDS

SEEN_FIELD = "_row_seen"

VERSIONS_FIELD = "_row_versions"  # of the rows that are decided on together


def version_told(raw: str) -> dt.datetime | None:
    """Return a version that a form sent along; none: it did not. Raises InvalidInput for others."""
    try:
        return dt.datetime.fromisoformat(raw) if raw else None
    except ValueError as error:
        raise InvalidInput(gettext("The form is damaged; open it again."), {}) from error


def version_of(row: Any) -> dt.datetime | None:
    """Return the version of a row; none: it has none."""
    found: dt.datetime | None = getattr(row, "updated_at", None)
    return found


def versions_to_carry(rows: Iterable[Any], version: Callable[[Any], dt.datetime | None]) -> str:
    """Return the versions of rows by their keys as JSON: one field, however many they are."""
    found = {str(row.pk): version(row) for row in rows}
    return json.dumps({pk: seen.isoformat() for pk, seen in found.items() if seen})


def versions_carried(raw: str) -> dict[str, str]:
    """Return the versions by their keys that a page carried along, unread as yet."""
    try:
        found = json.loads(raw or "{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InvalidInput(gettext("The form is damaged; open it again."), {})
    return {pk: str(seen) for pk, seen in found.items()}


def as_seen(raw: str, call: Call) -> Call:
    """Return the call with the version of its row that a page showed: another one is refused."""
    return Call(**{**call, "updated_at": version_told(raw)})


def seen_values(row: models.Model) -> str:
    """Return a row's own columns, of an account its role too, as JSON for its form to carry."""
    shown = {
        column.name: _plain(getattr(row, column.attname))
        for column in row._meta.concrete_fields
        if column.editable
        and column.name not in SECRET_FIELDS
        and not isinstance(column, models.FileField)
    }
    if isinstance(row, User):
        shown["role"] = str(row.role or "")
    return json.dumps(shown)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, str, list, dict)):
        return value
    return str(value)


class SeenMixin:
    """A form whose changes are what differs from what its reader saw.

    After a conflict the fields that the reader left alone show what is stored by now.
    """

    refusal: LaserOSError | None = None

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound and isinstance(self.refusal, Changed) and self.seen:
            touched = set(self.changed_data)
            self.data = self.data.copy()
            for name in set(self.fields) - touched:
                _show_stored(self, name)

    @cached_property
    def seen(self: Any) -> dict[str, Any]:
        """Return what the reader saw, by the names of fields; empty where the form does not say."""
        try:
            seen = json.loads(self.data.get(SEEN_FIELD, "") or "{}") if self.is_bound else {}
        except ValueError:
            return {}
        return seen if isinstance(seen, dict) else {}

    @cached_property
    def changed_data(self: Any) -> list[str]:
        """Return the names of the fields that the reader changed."""
        by_form = set(forms.BaseForm.changed_data.func(self))  # type: ignore[attr-defined]
        return [
            name for name in self.fields
            if (_differs(self, name) if name in self.seen else name in by_form)
        ]  # fmt: skip

    def changed_by_both(self: Any) -> list[str]:
        """Return the fields that the reader changed and that hold something else by now."""
        return [
            name for name in self.changed_data if name not in self.seen or _moved(self, name)
        ]  # fmt: skip

    def changed_by_others(self: Any) -> list[str]:
        """Return the fields that the reader left alone and that hold something else by now."""
        touched = set(self.changed_data)
        return [
            name for name in self.fields
            if name in self.seen and name not in touched and _moved(self, name)
        ]  # fmt: skip


def _moved(form: Any, name: str) -> bool:
    """Tell whether what is stored is not what was seen."""
    stored = form.get_initial_for_field(form.fields[name], name)
    return str(_plain(getattr(stored, "pk", stored)) or "") != str(form.seen[name] or "")


def _differs(form: Any, name: str) -> bool:
    """Tell whether what was sent for a field is not what was seen in it."""
    bound, seen = form[name], form.seen[name]
    if bound.field.disabled:
        return False
    if isinstance(bound.field, forms.ModelChoiceField):
        return str(bound.data or "") != str(seen or "")
    try:
        sent = bound.field.clean(bound.data)
        known = _as_stored(form._meta.model, name, seen)
    except (ValidationError, ValueError, TypeError):
        return True
    if isinstance(sent, str) and isinstance(known, str):
        return sent.split() != known.split() or _lines(sent) != _lines(known)
    return bool(sent != known and not (sent in (None, "") and known in (None, "")))


def _as_stored(model: type[models.Model], name: str, seen: Any) -> Any:
    try:
        return model._meta.get_field(name).to_python(seen)  # type: ignore[union-attr]
    except FieldDoesNotExist:  # an account's role
        return seen


def _lines(text: str) -> list[str]:
    """Return a text's lines: a browser ends them otherwise than the database does."""
    return text.strip().splitlines()


def _show_stored(form: Any, name: str) -> None:
    bound = form[name]
    value = bound.field.prepare_value(form.get_initial_for_field(bound.field, name))
    widget, key = bound.field.widget, form.add_prefix(name)
    if isinstance(widget, forms.FileInput):
        return
    if isinstance(widget, forms.CheckboxInput):
        form.data.pop(key, None)
        if value:
            form.data[key] = "on"
        return
    shown = widget.format_value(value)
    if isinstance(shown, (list, tuple)):
        form.data.setlist(key, [str(one) for one in shown])
    else:
        form.data[key] = "" if shown is None else str(shown)


def version_context(request: Any, row: models.Model, told: bool) -> dict[str, str]:
    """Return what a row's form carries along: what its reader saw, or was `told` of by now."""
    version = "" if told else request.POST.get("_row_version", "")
    seen = "" if told else request.POST.get(SEEN_FIELD, "")
    if not seen:  # the row at hand may hold already what was sent
        stored = type(row)._base_manager.get(pk=row.pk) if request.method == "POST" else row
        seen = seen_values(stored)
    found = version_of(row)
    return {"row_version": version or (clock.iso(found) if found else ""), "row_seen": seen}
