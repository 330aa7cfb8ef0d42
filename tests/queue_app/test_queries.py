"""The reads of the queue that have a name."""

from __future__ import annotations

import pytest

from operators_app.verbs import Actor
from projects_app.verbs import update_project
from queue_app.queries import changed_items
from queue_app.verbs import cancel_item, update_item
from tests.factories import make_item, make_project

pytestmark = pytest.mark.django_db


def test_what_looks_different_since_is_told_oldest_change_first(
    operator: Actor, manager: Actor
) -> None:
    a, b, c, _ = (make_item(make_project(name)) for name in "abcd")
    first = update_item(b.pk, {"priority": "high"}, by=operator).seq
    second = update_project(a.project_id, {"estimated_cut_time": 50}, by=operator).seq
    third = cancel_item(c.pk, by=manager).seq
    told = changed_items(0, 50)
    assert [(row["id"], row["seq"]) for row in told] == [
        (b.pk, first), (a.pk, second), (c.pk, third)]  # fmt: skip
    assert {row["queue_position"] for row in told} == {None}
    assert [part["name"] for part in told[0]["parts"]] == ["Bracket-L", "Bracket-R"]
    assert [row["id"] for row in changed_items(first, 50)] == [a.pk, c.pk]
    assert [row["id"] for row in changed_items(0, 2)] == [b.pk, a.pk]
    assert changed_items(third, 50) == []
