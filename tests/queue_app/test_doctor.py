"""`manage.py doctor` on the demo shop: silent while all is well, and outspoken about damage."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from queue_app.models import QueueItem
from tests.queue_app.conftest import Demo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(demo: Demo, settings: Any) -> None:
    """The demo shop, with its files."""
    settings.MEDIA_ROOT = demo.files


def doctor(**options: Any) -> str:
    """Return what the doctor says; it exits with 1 if and only if something is wrong."""
    said = StringIO()
    try:
        call_command("doctor", stdout=said, **options)
    except SystemExit as end:
        assert end.code == 1
        assert said.getvalue()
    return said.getvalue()


def test_it_says_nothing_of_a_shop_that_is_well() -> None:
    assert doctor() == ""


def test_it_tells_what_it_looks_at_where_asked() -> None:
    told = doctor(verbosity=2).splitlines()
    assert "Checking: Replaying the log gives the tables." in told
    assert all(line.startswith("Checking: ") for line in told)


def test_it_tells_what_is_wrong_and_what_to_do() -> None:
    item = QueueItem.objects.filter(status="completed").latest("pk")
    QueueItem.objects.filter(pk=item.pk).update(ran_seconds=1)
    assert f"The job {item.pk} was cut for 1 seconds" in doctor()
