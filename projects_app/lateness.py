"""What “late” means, told once. Three days may go by, and each has words of its own everywhere.

- The **due date** is what the client was promised. An open project whose due date has passed is
  *overdue*; whatever ends, ended or is still open after its due date is *late*, by so many days.
- The **POP deadline** is the shop's own: by then a paid job should be cut. What comes after it is
  *past its POP deadline*, and never called late for that.
- The **scheduled date** is the day for which a job is planned; it is not begun before. A job that
  still waits when that day has gone by is *behind schedule*.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from laseros import clock
from projects_app.models import OPEN, ProjectStatus


def days_after(day: dt.date, wanted: dt.date | None) -> int | None:
    """Return how many days `day` is after the one that was wanted: nought or less is in time.

    None where no day was wanted.
    """
    return None if wanted is None else (day - wanted).days


def is_after(day: dt.date, wanted: dt.date | None) -> bool:
    """Tell whether `day` comes after the one that was wanted."""
    return (days_after(day, wanted) or 0) > 0


def late_text(days: int) -> str:
    """Return in words how late something is by its due date."""
    return ngettext("%(days)s day late", "%(days)s days late", days) % {"days": days}


def past_pop_text(days: int) -> str:
    """Return in words how far something is past its POP deadline."""
    told = ngettext(
        "%(days)s day past its POP deadline", "%(days)s days past its POP deadline", days
    )
    return told % {"days": days}


def will_be_late_text(days: int) -> str:
    """Return in words how late something will be by its due date, as the queue stands."""
    told = ngettext("will be %(days)s day late", "will be %(days)s days late", days)
    return told % {"days": days}


def will_miss_pop_text(days: int) -> str:
    """Return in words how far past its POP deadline something will be, as the queue stands."""
    told = ngettext("will be %(days)s day past POP", "will be %(days)s days past POP", days)
    return told % {"days": days}


def behind_text(days: int) -> str:
    """Return in words for how long a scheduled date has gone by."""
    told = ngettext("%(days)s day behind schedule", "%(days)s days behind schedule", days)
    return told % {"days": days}


def due_text(left: int) -> str:
    """Return in words how far a due date is away: in 2 days, today, 3 days late."""
    if left < 0:
        return late_text(-left)
    if left == 0:
        return _("today")
    return ngettext("in %(count)s day", "in %(count)s days", left) % {"count": left}


def overdue() -> Q:
    """Return the condition for open projects whose due date has passed."""
    return Q(status__in=OPEN, due_date__lt=clock.shop_today())


def done_in_time(day: str = "completion_date", due: str = "due_date") -> Q:
    """Return the condition for what was done on its due date or before; both are columns."""
    return Q(**{f"{day}__lte": F(due)})


def done_late(day: str = "completion_date", due: str = "due_date") -> Q:
    """Return the condition for what was done after its due date; both are columns."""
    return Q(**{f"{day}__gt": F(due)})


def completed_by_due_date() -> Q:
    """Return the condition for completed projects that can be judged: they had a due date."""
    return Q(status=ProjectStatus.COMPLETED, due_date__isnull=False)
