"""The doctor reads one moment of the shop, and keeps nobody waiting."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from laseros.doctor import invariants, one_moment, purpose
from operators_app.models import LogHead
from operators_app.verbs import Actor
from projects_app.verbs import create_client


def enter_client(name: str) -> int:
    """Have somebody else change the shop meanwhile; return the number of the entry."""
    try:
        return create_client({"name": name}, by=Actor.system()).seq
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_what_is_changed_meanwhile_is_not_seen_and_not_kept_waiting() -> None:
    with ThreadPoolExecutor(1) as somebody_else:
        with one_moment():
            before = LogHead.objects.get().seq
            written = somebody_else.submit(enter_client, "ABC").result(timeout=20)
            assert LogHead.objects.get().seq == before
        assert LogHead.objects.get().seq == written == before + 1
        assert create_client({"name": "DEF"}, by=Actor.system()).seq == written + 1


@pytest.mark.django_db
def test_an_empty_shop_is_well() -> None:
    said = StringIO()
    call_command("doctor", stdout=said)
    assert said.getvalue() == ""


def test_every_check_says_what_it_sees_to_and_is_asked_once() -> None:
    told = [purpose(check) for check in invariants()]
    assert len(told) == len(set(told)) > 30
    assert all(line.endswith(".") for line in told)
    assert invariants() == invariants()


def test_a_database_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> Any:
        raise OperationalError("connection failed: connection to server failed: Broken.")

    monkeypatch.setattr("laseros.management.commands.doctor.require_shop", refuse)
    said = StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", stdout=said)
    assert said.getvalue().endswith("cannot be read: Broken.\n")
