"""Where the demo shop must not be loaded, and a load that is interrupted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.core.management.base import CommandError

from operators_app.models import LogHead, Operator, Role, User
from projects_app.models import Client, DesignFile
from queue_app.demo.office import Order
from tests.factories import make_client, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _debug(settings: Any) -> None:
    settings.DEBUG = True


def refused(sentence: str) -> None:
    """Assert that loading is refused and nothing was written."""
    before = LogHead.objects.get().seq, Client.objects.count(), User.objects.count()
    with pytest.raises(CommandError, match=sentence):
        call_command("load_demo", verbosity=0)
    assert (LogHead.objects.get().seq, Client.objects.count(), User.objects.count()) == before


def test_it_refuses_while_debug_is_off(settings: Any) -> None:
    settings.DEBUG = False
    refused("only while DEBUG is on")


def test_it_refuses_where_somebody_has_an_account() -> None:
    make_user("admin", Role.ADMIN)
    refused("a shop of its own")


def test_it_refuses_where_there_are_clients() -> None:
    make_client()
    refused("a shop of its own")


def test_an_interrupted_load_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    before = LogHead.objects.get().seq
    stored: list[int] = []

    def interrupt(order: Order) -> None:
        stored.append(DesignFile.objects.count())
        raise KeyboardInterrupt

    monkeypatch.setattr(Order, "receive_payment", interrupt)
    with pytest.raises(KeyboardInterrupt):
        call_command("load_demo", verbosity=0)
    assert stored[0] > 0
    assert LogHead.objects.get().seq == before
    assert not Operator.objects.exists()
    assert not [one for one in Path(django_settings.MEDIA_ROOT).rglob("*") if one.is_file()]
