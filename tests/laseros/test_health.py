"""What a supervisor asks: does the server run, does its database answer?"""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from laseros import __version__


def ask(path: str) -> tuple[int, dict[str, Any]]:
    """Return status and body of a question asked by nobody in particular."""
    answer = Client().get(path)
    return answer.status_code, json.loads(answer.content)


def test_health_asks_nothing_of_the_database() -> None:
    assert ask("/health") == (200, {"status": "healthy", "version": __version__})


@pytest.mark.django_db
def test_health_of_the_database() -> None:
    assert ask("/health/db") == (200, {"status": "healthy", "version": __version__})


@pytest.mark.django_db
def test_a_database_that_is_away_is_503(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "ensure_connection", away)
    assert ask("/health/db") == (503, {"status": "unhealthy", "version": __version__})


def test_health_takes_no_other_method() -> None:
    assert Client().post("/health").status_code == 405
