"""Rows inside another row's form, and what a form has changed: each row is saved by a verb."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.http import HttpRequest
from unfold.admin import TabularInline

from operators_app.admin_actions import verb_call
from operators_app.admin_numbers import LOCAL_NUMBERS
from operators_app.admin_refusals import RowRefusalMixin
from operators_app.verbs import delete, edit


def form_changes(form: forms.ModelForm[Any], change: bool) -> dict[str, Any]:
    """Return the model's fields that this form changed; of a new row, all that the form has."""
    names = form.changed_data if change else list(form.cleaned_data)
    return {
        name: form.cleaned_data[name]
        for name in names
        if name in form.cleaned_data and _is_column(form._meta.model, name)
    }


def _is_column(model: type[models.Model], name: str) -> bool:
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return not getattr(field, "primary_key", False)


class VerbTabularInline(TabularInline):
    """Rows inside another row's form, saved through verbs as well."""

    extra = 0
    hide_title = True
    formfield_overrides = LOCAL_NUMBERS

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Name each box after its column: a row of a table has no labels."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            inner = getattr(field.widget, "widget", field.widget)
            inner.attrs.setdefault("aria-label", field.label)
        return field

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Return the formset class, which knows this inline: it carries the hooks."""
        formset = super().get_formset(request, obj, **kwargs)
        formset.inline_admin = self
        told = {"refusal": getattr(request, "refusal", None)}
        formset.form = type(formset.form)(
            formset.form.__name__, (RowRefusalMixin, formset.form), told
        )
        return formset

    def perform_save(
        self, request: HttpRequest, obj: Any, form: Any, change: bool, parent: Any
    ) -> int:
        """Carry out the verb for one row of the formset and return the row's id."""
        changes = form_changes(form, change)
        outcome = edit(self.model, obj.pk if change else None, changes, **verb_call(request))
        return int(outcome.data["id"])

    def perform_delete(self, request: HttpRequest, obj: Any, parent: Any) -> None:
        """Carry out the verb that deletes one row."""
        delete(self.model, obj.pk, **verb_call(request))


def rows_to_save(formset: Any) -> Iterator[tuple[Any, bool]]:
    """Yield (form, whether it deletes its row) for what an inline adds, changes and deletes."""
    for form in formset.forms:
        gone = bool(formset.can_delete and formset._should_delete_form(form))
        if gone and form.instance.pk is None:
            continue
        if gone or form.has_changed():
            yield form, gone


def become_stored(obj: Any, pk: int) -> None:
    """Let an object that a form made be the row that a verb stored."""
    obj.pk = pk
    obj._state.adding = False
    obj._state.db = "default"
    obj.refresh_from_db()
