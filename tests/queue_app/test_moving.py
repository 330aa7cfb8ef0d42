"""Moving a job writes one rank, between those of its neighbours; only where none is left, all."""

from __future__ import annotations

import math

import pytest

from operators_app.verbs import Actor
from queue_app.models import QueueItem
from queue_app.queries import active_items
from queue_app.verbs import move_item
from tests.factories import make_item, make_project

pytestmark = pytest.mark.django_db

AFTER_ONE = math.nextafter(1.0, 2.0)
AFTER_THAT = math.nextafter(AFTER_ONE, 2.0)


def queue_of(**ranks: float) -> dict[str, QueueItem]:
    """Return a queue of projects with these ranks; their ids count up as they are named."""
    return {
        name: make_item(make_project(name, drawings=0), rank=rank) for name, rank in ranks.items()
    }


def ranks() -> dict[str, float]:
    """Return each project's rank, in the queue's order."""
    return dict(active_items().values_list("project__name", "rank"))


@pytest.mark.parametrize(
    ("name", "position", "expected"),
    [
        ("d", 1, {"d": 0, "a": 1, "b": 2, "c": 3}),
        ("d", 2, {"a": 1, "d": 1.5, "b": 2, "c": 3}),
        ("a", 3, {"b": 2, "c": 3, "a": 3.5, "d": 4}),
        ("a", 4, {"b": 2, "c": 3, "d": 4, "a": 5}),
        ("a", 99, {"b": 2, "c": 3, "d": 4, "a": 5}),
    ],
)
def test_a_moved_job_gets_the_rank_between_its_neighbours(
    name: str, position: int, expected: dict[str, float], manager: Actor
) -> None:
    items = queue_of(a=1, b=2, c=3, d=4)
    done = move_item(items[name].pk, position, by=manager)
    assert list(ranks().items()) == list(expected.items())
    assert QueueItem.objects.filter(seq=done.seq).count() == 1


@pytest.mark.parametrize(("name", "position"), [("a", 1), ("b", 2), ("d", 4), ("d", 99)])
def test_a_job_that_stands_there_already_is_not_written(
    name: str, position: int, manager: Actor
) -> None:
    items = queue_of(a=1, b=2, c=5, d=9)
    assert move_item(items[name].pk, position, by=manager).seq == 0
    assert ranks() == {"a": 1, "b": 2, "c": 5, "d": 9}


@pytest.mark.parametrize(
    ("before", "after"), [(1.0, 1.0), (1.0, AFTER_ONE), (AFTER_ONE, AFTER_THAT)]
)
@pytest.mark.parametrize("moved_is", ["older", "younger"])
def test_where_no_rank_is_left_between_two_room_is_made(
    before: float, after: float, moved_is: str, manager: Actor
) -> None:
    given = {"x": before, "y": after, "z": 7.0}
    given = {"m": 9.0, **given} if moved_is == "older" else {**given, "m": 9.0}
    items = queue_of(**given)
    move_item(items["m"].pk, 2, by=manager)
    assert list(ranks().items()) == [("x", 1), ("m", 1.5), ("y", 2), ("z", 3)]


def test_room_is_made_in_the_order_of_the_queue_without_the_one_that_moves(
    manager: Actor,
) -> None:
    items = queue_of(last=9, m=0.5, y=1.5, x=1.5, first=1)  # a tie, broken by id: y before x
    move_item(items["m"].pk, 3, by=manager)
    assert list(ranks().items()) == [("first", 1), ("y", 2), ("m", 2.5), ("x", 3), ("last", 4)]
