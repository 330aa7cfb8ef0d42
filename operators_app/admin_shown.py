"""Which rows a list shows: its filters in words, each with the address without it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin.mixins import RangeNumericMixin

from laseros.numbers import plain_number

SAYS = {
    "gte": _("from %(value)s"),
    "gt": _("after %(value)s"),
    "lt": _("before %(value)s"),
    "lte": _("until %(value)s"),
    "exact": "%(value)s",
}
BETWEEN, AT_MOST = _("%(least)s to %(most)s"), _("up to %(value)s")
MOST_DIGITS = 20  # a number of an address that has more is shown as it was written
NOT_GIVEN, GIVEN = _("not given"), _("given")
NOUGHT = {"", "0", "false"}  # as Django reads what an address says to `isnull`


class Shown(NamedTuple):
    """A filter that is on: what it is about, what it keeps, and the list without it."""

    title: str
    value: str
    without: str


def shown_of(cl: Any) -> list[Shown]:
    """Return the filters that are on in a changelist, those of its address included.

    They are chosen behind a button, or come with a link from another page, such as a figure of the
    home page: without this nobody saw which rows these are.
    """
    told: list[Shown] = []
    known: set[str] = set()
    for spec in cl.filter_specs:
        names = [name for name in spec.expected_parameters() if name in cl.params]
        known.update(names)
        told += _of_filter(spec, names, cl) if names else []
    return [*told, *(_of_column(name, cl) for name in _filters_of(cl) if name not in known)]


def address_of_all(cl: Any) -> str:
    """Return the address of the list without its filters; what is searched for stays."""
    return str(cl.get_query_string(remove=_filters_of(cl)))


def _filters_of(cl: Any) -> list[str]:
    return list(cl.get_filters_params())


def _of_filter(spec: Any, names: list[str], cl: Any) -> list[Shown]:
    """Tell of a filter by the choice that is on; else, as a link may ask for more, by parameter."""
    if isinstance(spec, RangeNumericMixin):
        return _of_range(spec, cl)
    chosen = [one for one in spec.choices(cl) if one.get("selected")]
    value = str(chosen[-1].get("display", "")) if chosen else ""
    if not value:
        return [_of_column(name, cl) for name in names]
    without = cl.get_query_string(remove=spec.expected_parameters())
    return [Shown(str(capfirst(spec.title)), value, without)]


def _of_range(spec: Any, cl: Any) -> list[Shown]:
    """Tell of both ends of a range at once: “Thickness (mm): 1.5 to 1.6”."""
    least, most = (_number(spec.used_parameters.get(name)) for name in spec.expected_parameters())
    if not least and not most:
        return []
    if least and most:
        told = str(BETWEEN) % {"least": least, "most": most}
    else:
        told = str(SAYS["gte"] if least else AT_MOST) % {"value": least or most}
    without = cl.get_query_string(remove=spec.expected_parameters())
    return [Shown(str(capfirst(spec.title)), told, without)]


def _number(written: Any) -> str:
    """Return a number of an address in the reader's way of writing; anything else as it is."""
    try:
        number = Decimal(written or "")
    except InvalidOperation:
        return str(written or "")
    is_plain = number.is_finite() and abs(number.adjusted()) < MOST_DIGITS
    return plain_number(number) if is_plain else str(written)


def _of_column(name: str, cl: Any) -> Shown:
    """Tell of a parameter of the address: “Completion date from 16 Nov 2026”, “Client: Acme”."""
    column, *rest = name.split("__")
    lookup = rest.pop() if rest and rest[-1] in {*SAYS, "isnull"} else "exact"
    try:
        field = cl.opts.get_field(column)
    except FieldDoesNotExist:
        field = None
    value = cl.params[name]
    value = str(value[-1] if isinstance(value, list) else value)
    is_own = isinstance(field, Field) and rest in ([], ["id"], ["pk"])  # and no column beyond it
    return Shown(
        str(capfirst(str(getattr(field, "verbose_name", column)))),
        _told(field if is_own else None, lookup, value),
        cl.get_query_string(remove=[name]),
    )


def _told(field: Any, lookup: str, value: str) -> str:
    """Return in words what a parameter asks of a column."""
    if lookup == "isnull":
        return str(GIVEN if value.lower() in NOUGHT else NOT_GIVEN)
    if lookup == "exact" and not value:
        return str(NOT_GIVEN)
    named = _row_or_choice(field, value) if field and lookup == "exact" else ""
    return str(SAYS[lookup]) % {"value": named or _day(value)}


def _row_or_choice(field: Any, value: str) -> str:
    """Return the name of the row or the choice that a value stands for; nothing for others."""
    if not field.related_model:
        return str(dict(field.flatchoices).get(value, ""))
    try:
        return str(field.related_model.objects.filter(pk=value).first() or "")
    except (ValueError, OverflowError):
        return ""


def _day(written: str) -> str:
    """Return a day or moment of an address as people write it; anything else as it is."""
    try:
        moment = dt.datetime.fromisoformat(written)
    except ValueError:
        return written
    if moment.tzinfo:
        moment = localtime(moment)
    midnight = moment.time() == dt.time.min
    return date_format(moment, "DATE_FORMAT" if midnight else "DATETIME_FORMAT")
