"""Sign-ins that are refused for now, after too many failures."""

from __future__ import annotations

import datetime as dt

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max, OuterRef, QuerySet, Subquery, Sum
from django.utils import timezone


def recent_attempts() -> QuerySet[AccessAttempt]:
    """Return the attempts within the cool-off: older ones lock nothing any more."""
    found: QuerySet[AccessAttempt] = AccessAttempt.objects.filter(
        attempt_time__gte=timezone.now() - settings.AXES_COOLOFF_TIME
    )
    return found


def same_sign_in(attempt: AccessAttempt | None = None) -> QuerySet[AccessAttempt]:
    """Return the recent attempts of one name and address: an attempt's, or an outer query's."""
    name, address = ((attempt.username, attempt.ip_address) if attempt
                     else (OuterRef("username"), OuterRef("ip_address")))  # fmt: skip
    return recent_attempts().filter(username=name, ip_address=address).order_by()


def counted(attempts: QuerySet[AccessAttempt]) -> QuerySet[AccessAttempt]:
    """Add the failures `together`, and the `last_at` of them, of each one's name and address.

    As axes reckons: those of all browsers of one name and address within the cool-off add up.
    """
    groups = same_sign_in().values("username")
    together = groups.annotate(sum=Sum("failures_since_start")).values("sum")
    last = groups.annotate(last=Max("attempt_time")).values("last")
    found: QuerySet[AccessAttempt] = attempts.annotate(
        together=Subquery(together), last_at=Subquery(last)
    )
    return found


def locked_attempts() -> QuerySet[AccessAttempt]:
    """Return the attempts that lock their name for their address, with their `together`."""
    return counted(recent_attempts()).filter(together__gte=settings.AXES_FAILURE_LIMIT)


def locked_until(attempt: AccessAttempt) -> dt.datetime | None:
    """Return until when the name of a counted attempt is locked for its address, or nothing."""
    if (attempt.together or 0) < settings.AXES_FAILURE_LIMIT:
        return None
    return attempt.last_at + settings.AXES_COOLOFF_TIME  # type: ignore[no-any-return]
