"""What a verb refused, shown in the form that asked for it, with everything that was typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from laseros.errors import Changed, LaserOSError
from laseros.ranges import check_ranges
from operators_app.admin_versions import SeenMixin


class RefusalMixin(SeenMixin):
    """Shows in a form why a verb refused what it said."""

    def full_clean(self: Any) -> None:
        """Check the form, then add the refusal to its errors, unless a row's form has it.

        Ranges are the verb's to judge, but then they would be told only once all else is right.
        """
        super().full_clean()  # type: ignore[misc]
        if self.is_bound:
            _check_ranges(self)
        if self.is_bound and self.refusal is not None and _refused_row(self.refusal) is None:
            _tell(self, self.refusal)


class RowRefusalMixin:
    """Shows in the form of an inline's row why the verb refused that row."""

    refusal: LaserOSError | None = None

    def full_clean(self: Any) -> None:
        """Check the form, then add the refusal of this row to its errors."""
        super().full_clean()  # type: ignore[misc]
        if self.is_bound and self.refusal and _refused_row(self.refusal) == self.prefix:
            _tell(self, self.refusal)


def _refused_row(refusal: LaserOSError) -> str | None:
    """Return the prefix of the row's form that a verb refused; None: it refused all."""
    row: str | None = getattr(refusal, "row", None)
    return row


def _check_ranges(form: Any) -> None:
    new = {name: form.cleaned_data[name] for name in form.changed_data if name in form.cleaned_data}
    try:
        check_ranges(form._meta.model(), new)
    except ValidationError as error:
        form.add_error(None, error)


def _tell(form: Any, refusal: LaserOSError) -> None:
    """Say at its field what the verb said of one, and above the form what it said of all."""
    errors = refusal.extra.get("errors", {})
    known = {name: said for name, said in errors.items() if name in form.fields}
    for name, said in (known or {None: refusal.message}).items():
        form.add_error(name, said)
    if isinstance(refusal, Changed) and hasattr(form, "changed_by_both"):  # no row of an inline
        for name in form.changed_by_both():
            now = _spoken(form, name)
            form.add_error(
                name,
                _("By now this is “%(now)s”; saving again puts yours in its place.") % {"now": now},
            )
        for name in form.changed_by_others():
            form.add_error(name, _("Somebody else has changed this; it stays as it is now."))


def files_to_send_again(request: HttpRequest, context: Mapping[str, Any]) -> str:
    """Return the names of a refused form's files, which a browser sends once only.

    A file that was itself refused is not among them: another one is wanted.
    """
    if not request.FILES:
        return ""
    shown = [inline.formset.forms for inline in context.get("inline_admin_formsets", ())]
    forms_shown = [context["adminform"].form, *(form for forms in shown for form in forms)]
    refused = {form.add_prefix(name) for form in forms_shown for name in form.errors}
    kept = (file for field, file in request.FILES.items() if field not in refused)
    return ", ".join(str(getattr(file, "name", "")) for file in kept)


def _spoken(form: Any, name: str) -> str:
    """Return a field's stored value as a person reads it."""
    field = form.fields[name]
    value = form.get_initial_for_field(field, name)
    if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
        return str(field.queryset.filter(pk=getattr(value, "pk", value)).first() or "")
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        return str(dict(choices).get(str(value or ""), value))
    return "" if value is None else str(value)
