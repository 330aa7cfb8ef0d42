"""The sentences that the board's script says, in the reader's language.

Named places such as %(code)s are filled in by the script.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from laseros.ranges import days_in_words
from queue_app.models import Priority


def board_words() -> dict[str, str]:
    """Return the sentences by name."""
    return {
        **{f"priority_{value}": str(label) for value, label in Priority.choices},
        "anyone": _("Anyone"),
        "minutes": _("%(minutes)s min"),
        "left": _("%(minutes)s min, %(left)s left"),
        "no_estimate": _("No estimate"),
        "cut": _("Cut %(day)s"),
        "grip": _("Move %(code)s, place %(place)s of %(count)s"),
        "priority_of": _("Priority of %(code)s"),
        "date_of": _("Scheduled date of %(code)s"),
        "operator_of": _("Operator of %(code)s"),
        "more_of": _("More about %(code)s"),
        "lifted": _(
            "%(code)s lifted at place %(place)s of %(count)s. Move it with the arrow keys, drop it "
            "with Enter, cancel with Escape."
        ),
        "hovers": _("Place %(place)s of %(count)s"),
        "stays": _("%(code)s stays at place %(place)s."),
        "moved": _("%(code)s moved to place %(place)s."),
        "start": _("Start"),
        "resume": _("Resume"),
        "saving": _("Saving …"),
        "saved": _("Saved"),
        "told": _("%(code)s: %(message)s"),
        "not_sent": _("The server could not be reached; nothing was changed. Try again."),
        "unclear": _("The server gave no clear answer. Look whether it was done, then try again."),
        "reload": _("This page is out of date; load it again."),
        "lost": _("Connection lost; trying again …"),
        "found": _("Connected again."),
        "signed_out": _("You are not signed in any more; sign in and try again."),
        "wrong_date": _("That is not a date; nothing was changed."),
        "far_date": days_in_words(),
        "no_such_place": _("Choose a place from 1 to %(count)s."),
        "shown": _("%(shown)s of %(count)s jobs shown"),
        "not_in_queue": _("(none in the queue now)"),
        "close": _("Close"),
    }
