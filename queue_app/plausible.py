"""Cut times that nobody should believe without asking: the one word on what is implausible.

The operator's word counts, not the clock's: whoever forgot to press a button tells it right
afterwards, and then the clock logged too much. So fewer minutes than were logged are believed. But
a slip of the finger (99999 for 26) would spoil every figure. Minutes are implausible that

- are more than a day, or
- are more than an hour above what the clock logged, and more than three times as long as that.

A clock that never ran contradicts nobody: a fact of such a job is doubted only beyond a day.

Sheets and parts are asked about by dialogs alone, where they are more than three times, and more
than ten above, what was planned or ordered.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from laseros.languages import Text, filled_in
from laseros.ranges import MOST_MINUTES

A_DAY = 24 * 60
AN_HOUR = 60
TIMES = 3
PIECES = 10
SOME_MINUTES = 10
# The most minutes, sheets or parts of a cut that the back office takes: more can only be a slip.
MOST_TOLD = MOST_MINUTES
# Why such a fact is flagged; its run waits for a manager before it counts.
IMPLAUSIBLE = "implausible_minutes"

FAR_OFF = gettext_lazy("%(told)s min were told, the clock logged %(logged)s min.")
AS_LOGGED = gettext_lazy("The clock logged %(logged)s min, more than a day.")
ASK_FAR_OFF = gettext_lazy(
    "%(told)s min are told, but the clock logged %(logged)s min. Correct the minutes, or tick "
    "below that they are right."
)
ASK_AS_LOGGED = gettext_lazy(
    "The clock logged %(logged)s min, more than a day. Correct the minutes, or tick below that "
    "they are right."
)


ASK_PIECES = gettext_lazy(
    "%(told)s are told, but %(wanted)s were planned. Correct the number, or tick below that it is "
    "right."
)


def are_too_many(told: int | None, wanted: int | None) -> bool:
    """Tell whether so many sheets or parts should be asked about; None: not told, not known."""
    return bool(told and wanted and told - wanted > PIECES and told > TIMES * wanted)


def question_pieces(told: int, wanted: int) -> Text:
    """Return what a dialog asks about so many sheets or parts."""
    return filled_in(ASK_PIECES, told=told, wanted=wanted)


def is_implausible(told: int, logged: int) -> bool:
    """Tell whether the minutes `told` of a cut should be asked about, where so many were logged."""
    return told > A_DAY or (told - logged > AN_HOUR and told > TIMES * logged)


def is_nothing(told: int | None, logged: int) -> bool:
    """Tell whether no minutes at all are told of a cut that the clock has seen; None: not told."""
    return told == 0 and logged >= SOME_MINUTES


def contradicts_clock(told: int, logged: int) -> bool:
    """Tell whether a fact's minutes are implausible; a clock that logged nothing says nothing."""
    return is_implausible(told, logged or told)


def doubt(told: int, logged: int) -> Text:
    """Return the sentence that names both; one where nobody told another number."""
    return filled_in(AS_LOGGED if told == logged else FAR_OFF, told=told, logged=logged)


def question(told: int, logged: int) -> Text:
    """Return what a dialog asks about them before it takes them."""
    return filled_in(
        ASK_AS_LOGGED if told == logged else ASK_FAR_OFF, told=told, logged=logged
    )  # fmt: skip
