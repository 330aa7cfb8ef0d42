"""What the tests of the queue board share: its addresses, its rows, and what is sent to it."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from operators_app.models import ActivityLog, LogHead
from queue_app.queries import active_items

NOON = dt.datetime(2025, 10, 27, 10, 0, tzinfo=dt.UTC)  # a Monday


def at(name: str, *args: Any) -> str:
    """Return an address of the board."""
    return reverse(f"admin:queue_app_queueitem_board{name}", args=args)


def state_of(browser: Client, **headers: str) -> Any:
    return browser.get(at("_state"), headers=headers or None)


def jobs_of(browser: Client) -> list[dict[str, Any]]:
    """Return the rows that the board shows."""
    rows: list[dict[str, Any]] = json.loads(state_of(browser).content)["jobs"]
    return rows


def sent(browser: Client, address: str, **said: Any) -> Any:
    """Send an action of the board, with a key of its own."""
    return browser.post(address, {"op_id": str(uuid.uuid4()), **said})


def told(answer: Any, status: int = 200) -> dict[str, Any]:
    """Return an answer's JSON."""
    assert answer.status_code == status, answer.content[:500]
    assert answer.headers["Content-Type"] == "application/json"
    body: dict[str, Any] = json.loads(answer.content)
    assert body["success"] is (status == 200)
    return body


def entries() -> QuerySet[ActivityLog]:
    """Return what people have done; the migrations have left entries, too."""
    return ActivityLog.objects.exclude(user__username="system")


def last_seq() -> int:
    """Return the log's last entry, as the board's state tells it."""
    return LogHead.objects.get(pk=1).seq


def order() -> str:
    """Return the projects' names in the queue's order."""
    return "".join(active_items().values_list("project__name", flat=True))
