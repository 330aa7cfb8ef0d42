"""Which days, minutes and pieces people may tell: beyond them it is a slip.

They are asked for where a value is told anew (`checked_save`, forms). What is stored already stays,
and does no harm: whoever plans with days and minutes holds them within the same ranges.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

FIRST_DAY, LAST_DAY = dt.date(2000, 1, 1), dt.date(2199, 12, 31)
# Of a cut, and of a job's estimate: some ten months of working days at one laser.
MOST_MINUTES = 100_000
# Of one part: in a project's list of parts, and on a delivery note.
MOST_PIECES = 1_000_000


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


def check_ranges(row: models.Model, new: Mapping[str, Any]) -> None:
    """Raise ValidationError, naming the field, where a new value of the row is out of its range.

    Which of its columns hold minutes the model tells by `minute_columns`, which hold pieces by
    `piece_columns`. A value that the row has already is no new one.
    """
    errors = {}
    for name, value in new.items():
        if value is None or (not row._state.adding and value == getattr(row, name)):
            continue
        try:
            if name in getattr(row, "minute_columns", ()):
                check_minutes(value)
            elif name in getattr(row, "piece_columns", ()):
                check_pieces(value)
            elif isinstance(value, dt.date) and not isinstance(value, dt.datetime):
                check_day(value)
        except ValidationError as error:
            errors[name] = error
    if errors:
        raise ValidationError(errors)


def within_days(day: dt.date | None) -> dt.date | None:
    """Return the day, one beyond the last as the last, to reckon with."""
    return None if day is None else min(day, LAST_DAY)
