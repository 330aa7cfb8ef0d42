"""The rows that requests to every endpoint name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from operators_app.models import ActivityLog, LogHead, Operator
from tests.laseros.endpoints import Shop


@pytest.fixture
def shop(olga: Operator) -> Shop:
    """The rows that requests name."""
    return Shop.of(olga)


@pytest.fixture
def nothing_written(shop: Shop) -> Iterator[None]:
    """Fail the test where it left an entry in the log."""
    before = LogHead.objects.get().seq, ActivityLog.objects.count()
    yield
    assert (LogHead.objects.get().seq, ActivityLog.objects.count()) == before
