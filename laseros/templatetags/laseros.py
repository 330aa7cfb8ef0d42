"""What the back office's templates need of the shop's ways of writing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import template
from django.forms import BaseForm
from django.utils.text import capfirst

from laseros.days import short_day as in_short
from laseros.money import money as written

register = template.Library()


@register.filter
def money(amount: Decimal | None) -> str:
    """Return an amount with its currency."""
    return written(amount)


@register.filter
def short_day(day: dt.date | None) -> str:
    """Return a day with its weekday, of another year with that; no day as nothing."""
    return in_short(day) if day else ""


@register.simple_tag
def refusals(form: BaseForm, inlines: Iterable[Any]) -> list[str]:
    """Return what a refused form and its inlines say, each sentence once and after its field."""
    formsets = [inline.formset for inline in inlines]
    told = [str(said) for formset in formsets for said in formset.non_form_errors()]
    for one in [form, *(row for formset in formsets for row in formset.forms)]:
        for name, sentences in one.errors.items():
            field = one.fields.get(name)
            label = f"{capfirst(str(field.label))}: " if field is not None and field.label else ""
            told += [f"{label}{said}" for said in sentences]
    return list(dict.fromkeys(told))
