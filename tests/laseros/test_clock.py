"""The clock, and a present that is only pretended."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest

from laseros import clock

THEN = dt.datetime(2025, 10, 27, 23, 30, 0, 123456, tzinfo=dt.UTC)


def test_a_pretended_present_holds_within_its_block_only(settings: Any) -> None:
    settings.TIME_ZONE = "Africa/Johannesburg"
    with clock.pretend(THEN):
        assert clock.now() == THEN.replace(microsecond=123000)
        assert clock.shop_today() == dt.date(2025, 10, 28)
        with clock.pretend(THEN - dt.timedelta(days=1)):
            assert clock.shop_today() == dt.date(2025, 10, 27)
        assert clock.shop_today() == dt.date(2025, 10, 28)
    assert abs(clock.now() - THEN) > dt.timedelta(days=1)


def test_a_pretended_present_ends_with_an_error_too() -> None:
    with pytest.raises(KeyError), clock.pretend(THEN):
        raise KeyError
    assert clock.now() != THEN.replace(microsecond=123000)


def test_other_threads_keep_the_real_present() -> None:
    seen: list[dt.datetime] = []
    with clock.pretend(THEN):
        thread = threading.Thread(target=lambda: seen.append(clock.now()))
        thread.start()
        thread.join()
    assert abs(seen[0] - clock.now()) < dt.timedelta(minutes=1)
