"""Times as the API tells and reads them: UTC with milliseconds and `Z`."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.utils import timezone

_pretended: ContextVar[dt.datetime | None] = ContextVar("laseros_pretended_now", default=None)


def now() -> dt.datetime:
    """Return the present, cut to milliseconds: what JavaScript can hold and send back unchanged."""
    return to_milliseconds(_pretended.get() or timezone.now())


@contextmanager
def pretend(moment: dt.datetime) -> Iterator[None]:
    """Let the present be `moment` within the block, for this thread of work only.

    For the demo shop's history and for tests; nothing that serves people may call it.
    """
    token = _pretended.set(moment)
    try:
        yield
    finally:
        _pretended.reset(token)


def to_milliseconds(moment: dt.datetime) -> dt.datetime:
    """Cut a time to whole milliseconds."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def whole_minutes(seconds: int) -> int:
    """Return whole minutes, half a minute rounded up."""
    return (seconds + 30) // 60


def iso(moment: dt.datetime) -> str:
    """Return the time in UTC: `2025-10-27T08:15:00Z`, with milliseconds where there are any."""
    utc = moment.astimezone(dt.UTC).replace(tzinfo=None)
    spec = "milliseconds" if utc.microsecond >= 1000 else "seconds"
    return utc.isoformat(timespec=spec) + "Z"


def shop_zone() -> zoneinfo.ZoneInfo:
    """Return the shop's time zone: its days, weeks and months begin there."""
    return zoneinfo.ZoneInfo(settings.TIME_ZONE)


def shop_today() -> dt.date:
    """Return the date on the shop's wall calendar."""
    return now().astimezone(shop_zone()).date()


def day_start(day: dt.date) -> dt.datetime:
    """Return the moment at which `day` begins in the shop."""
    return dt.datetime.combine(day, dt.time.min, tzinfo=shop_zone())
