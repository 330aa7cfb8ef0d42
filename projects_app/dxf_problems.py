"""Why a drawing cannot be read, in sentences for whoever made it."""

from __future__ import annotations

from laseros.apart import gettext_noop

NOTHING_TO_CUT = gettext_noop(
    "The drawing holds nothing to cut: there is no line or curve in its model space."
)
NOT_FINITE = gettext_noop("The drawing holds coordinates that are not finite numbers.")
NOT_UNDERSTOOD = gettext_noop("The drawing is damaged: its structure cannot be understood.")
CUT_SHORT = gettext_noop(
    "The file ends in the middle of the drawing; it was probably cut short on its way."
)
TOO_LARGE = gettext_noop(
    "The drawing is too large or too complex: reading it takes too much memory."
)
TOO_SLOW = gettext_noop("The drawing is too large or too complex: reading it takes too long.")


class UnreadableDrawing(Exception):
    """A drawing that cannot be read; its text is a sentence for a person."""
