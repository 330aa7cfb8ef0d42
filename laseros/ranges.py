"""Which days, minutes, pieces and other figures people may tell: beyond them it is a slip.

They are asked for where a value is told anew (`checked_save`, forms, imports). What is stored
already stays, and does no harm: whoever plans with days and minutes holds them within the same
ranges.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.formats import number_format
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

FIRST_DAY, LAST_DAY = dt.date(2000, 1, 1), dt.date(2199, 12, 31)
# Of a cut, and of a job's estimate: some ten months of working days at one laser.
MOST_MINUTES = 100_000
# Of one part, in a project's list of parts and on a delivery note; and of raw plates.
MOST_PIECES = 1_000_000
# Told lazily: an import's report is kept, and read by others.
OUT_OF_RANGE = gettext_lazy("Tell a value from %(least)s to %(most)s.")


def days_in_words() -> str:
    """Return the sentence that asks for a day within the range."""
    told = {"first": FIRST_DAY.year, "last": LAST_DAY.year}
    return _("Choose a day from the year %(first)s to the year %(last)s.") % told


def check_day(day: dt.date) -> None:
    """Raise ValidationError for a day that nobody means."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValidationError(days_in_words())


def check_minutes(minutes: int) -> None:
    """Raise ValidationError for more minutes than anything takes."""
    if minutes > MOST_MINUTES:
        raise ValidationError(_("Tell at most %(most)s minutes.") % {"most": MOST_MINUTES})


def check_pieces(pieces: int) -> None:
    """Raise ValidationError for more pieces than anybody orders of a part."""
    if pieces > MOST_PIECES:
        raise ValidationError(_("Tell at most %(most)s pieces.") % {"most": MOST_PIECES})


def _grouped(number: Decimal | int) -> str:
    return number_format(number, force_grouping=True)


_in_words = lazy(_grouped, str)


def check_range(value: Decimal | int, least: Decimal | int, most: Decimal | int) -> None:
    """Raise ValidationError for a figure that is not within these two."""
    if not least <= value <= most:
        told = {"least": _in_words(least), "most": _in_words(most)}
        raise ValidationError(OUT_OF_RANGE, params=told)


def check_ranges(row: models.Model, new: Mapping[str, Any]) -> None:
    """Raise ValidationError, naming the field, where a new value of the row is out of its range.

    A value that the row has already is no new one.
    """
    is_new = row._state.adding
    told = {name: value for name, value in new.items() if is_new or value != getattr(row, name)}
    if errors := out_of_range(type(row), told):
        raise ValidationError(errors)


def out_of_range(model: type[models.Model], told: Mapping[str, Any]) -> dict[str, ValidationError]:
    """Return what is wrong with a row's new values, by the names of their columns.

    Which columns hold minutes the model tells by `minute_columns`, which hold pieces by
    `piece_columns`, and between what others must be by `ranges`: {"speed": (0, 100)}.
    """
    errors = {}
    ranges = getattr(model, "ranges", {})
    for name, value in told.items():
        if value is None:
            continue
        try:
            if name in getattr(model, "minute_columns", ()):
                check_minutes(value)
            elif name in getattr(model, "piece_columns", ()):
                check_pieces(value)
            elif name in ranges:
                check_range(value, *ranges[name])
            elif isinstance(value, dt.date) and not isinstance(value, dt.datetime):
                check_day(value)
        except ValidationError as error:
            errors[name] = error
    return errors


def within_days(day: dt.date | None) -> dt.date | None:
    """Return the day, one beyond the last as the last, to reckon with."""
    return None if day is None else min(day, LAST_DAY)
