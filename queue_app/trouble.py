"""Runs that went wrong, and the presets they point at: the one word on what a failed run is.

A run that counts failed when

- it took more than half as long again as what it is measured against (queue_app.estimates), and
  ten minutes at least, or
- its project was cut once more after it (scrap, short count): a later job of it stands in the
  log that was not called off.

Runs that wait for a manager or were rejected are neither good nor bad: what did not happen, or was
reported twice, says nothing of a preset. (Scrap is cut again.) A preset fails when two of its
runs of the last 30 days or more did, and at least each fifth. One failure may be bad luck or a bent
sheet; a share alone would accuse a preset that was used once.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable

from laseros import clock
from presets_app.models import MachineSettingsPreset
from queue_app.estimates import ESTIMATE, HOLDS_ESTIMATE, NO_OWN, follows_another, several_jobs
from queue_app.models import LaserRun, QueueItem, QueueStatus, RunStatus

RECENT_DAYS = 30
OVERRUN_MINUTES = 10
FEWEST_FAILURES = 2
FAILING_SHARE = 5  # one in so many

JUDGED = Q(status=RunStatus.COMPLETED)
_TOOK_LONG = Q(
    estimate__gt=0,
    # In whole numbers: a million runs are asked, and to multiply by 1.5 takes a quarter longer.
    cut_time_minutes__gt=F("estimate") + F("estimate") / 2,
    cut_time_minutes__gte=F("estimate") + OVERRUN_MINUTES,
)


def first_recent_day() -> dt.date:
    """Return the first of the RECENT_DAYS, of which today is the last."""
    return clock.shop_today() - dt.timedelta(days=RECENT_DAYS - 1)


def judged(runs: QuerySet[LaserRun]) -> QuerySet[Any, Any]:
    """Keep the runs that can be judged, each with its `estimate` and whether it `failed`."""
    told: QuerySet[Any, Any] = runs.filter(JUDGED).annotate(
        estimate=ESTIMATE, failed=_overran() | _cut_again()
    )
    return told


def _overran() -> Combinable:
    """Return the condition for runs that took too long for the estimate that stands against them.

    Which one stands there is asked only of those that took long: they are few.
    """
    return _TOOK_LONG & HOLDS_ESTIMATE & ~(NO_OWN & follows_another())


def _cut_again() -> Combinable:
    """Return the condition for runs whose project came into the queue once more after them."""
    later = (
        QueueItem.objects.order_by()
        .exclude(status=QueueStatus.CANCELLED)
        .filter(
            project=OuterRef("project"),
            pk__gt=OuterRef("queue_item"),
            added_at__gt=OuterRef("run_date"),
        )
    )
    return several_jobs() & Exists(later)


def recent_runs() -> QuerySet[Any, Any]:
    """Return the runs of the last 30 days that can be judged."""
    return judged(LaserRun.objects.filter(run_date__gte=clock.day_start(first_recent_day())))


def failed_runs() -> QuerySet[Any, Any]:
    """Return the runs of the last 30 days that failed."""
    return recent_runs().filter(failed=True)


def failing_presets() -> QuerySet[Any, Any]:
    """Return the failing presets as rows of `preset`, `runs` and `failures`.

    Presets that are no longer in use have been dealt with.
    """
    rows: QuerySet[Any, Any] = (
        recent_runs()
        .filter(preset__is_active=True)
        .order_by()
        .values("preset")
        .annotate(runs=Count("pk"), failures=Count("pk", filter=Q(failed=True)))
        .filter(failures__gte=FEWEST_FAILURES, runs__lte=F("failures") * FAILING_SHARE)
    )
    return rows


def with_failures() -> QuerySet[MachineSettingsPreset]:
    """Return the presets that fail."""
    return MachineSettingsPreset.objects.filter(pk__in=failing_presets().values("preset"))
