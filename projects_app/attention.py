"""Which projects somebody should look at, told in SQL: for the home page and the lists' filters.

What a cut still needs is told in words by `projects_app.completeness`; `MISSING` says the same of
a row in the database, and a test compares the two. What is late is told by
`projects_app.lateness`.
"""

from __future__ import annotations

import datetime as dt
import functools
import operator

from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.db.models.functions import Concat

from laseros import clock
from projects_app.completeness import NEEDED
from projects_app.models import NOT_QUEUED, DesignFile, ProjectPart, ProjectStatus

QUOTE_PATIENCE_DAYS = 7
NEAR_DUE_DAYS = 7
POP_NOTICE_DAYS = 1

TO_BE_CUT = (ProjectStatus.APPROVED_POP, ProjectStatus.QUEUED)


def _none_of(rows: type[DesignFile] | type[ProjectPart], **only: bool) -> Q:
    return Q(~Exists(rows._default_manager.filter(project=OuterRef("pk"), **only)))


MISSING: dict[str, Q] = {
    "material_type": Q(material=None),
    "material_thickness": Q(material_thickness=None),
    "raw_plate_count": Q(material_quantity_sheets=None) | Q(material_quantity_sheets=0),
    "parts": _none_of(ProjectPart) & (Q(parts_quantity=None) | Q(parts_quantity=0)),
    "estimated_cut_time": Q(estimated_cut_time=None) | Q(estimated_cut_time=0),
    "preset": Q(preset=None),
    "dxf_files": _none_of(DesignFile, is_archived=False),
}


def names_of_missing() -> Concat:
    """Return the expression for what a project lacks: the names of `NEEDED`, each with a comma."""
    return Concat(
        *(
            Case(When(MISSING[name], then=Value(f"{name},")), default=Value(""))
            for name in NEEDED
        )
    )  # fmt: skip


def lacking_data() -> Q:
    """Return the condition for projects that shall be cut and cannot: something is missing."""
    return Q(status__in=TO_BE_CUT) & functools.reduce(operator.or_, MISSING.values())


def due_soon_unqueued() -> Q:
    """Return the condition for projects due within a week that are not even in the queue."""
    today = clock.shop_today()
    last = today + dt.timedelta(days=NEAR_DUE_DAYS)
    return Q(status__in=NOT_QUEUED, due_date__gte=today, due_date__lte=last)


def pop_deadline_near() -> Q:
    """Return the condition for paid projects not in the queue whose POP deadline is tomorrow,
    today or past."""
    last = clock.shop_today() + dt.timedelta(days=POP_NOTICE_DAYS)
    return Q(status=ProjectStatus.APPROVED_POP, pop_deadline__lte=last)


def quote_unanswered() -> Q:
    """Return the condition for quotes a week old without an answer.

    The quote's age counts from its date, where it has none from the day of the project's making.
    """
    day = clock.shop_today() - dt.timedelta(days=QUOTE_PATIENCE_DAYS)
    ended = clock.day_start(day + dt.timedelta(days=1))
    old = Q(quote_date__lte=day) | Q(quote_date=None, created_at__lt=ended)
    return Q(status=ProjectStatus.QUOTE_APPROVAL) & old
