"""Moves of the board: refused where the person did not see the queue as it is at that place."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db.models import QuerySet

from laseros.errors import Changed, InvalidInput, NotFound, TransitionError
from operators_app.models import ActivityLog, Operator
from operators_app.verbs import Actor
from queue_app.models import QueueItem
from queue_app.queries import active_items, queue_version
from queue_app.verbs import (
    add_to_queue,
    cancel_item,
    move_item,
    place_item,
    reorder_queue,
    start_job,
    update_item,
)
from tests.factories import make_item, make_preset, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue(db: None) -> dict[str, QueueItem]:
    """A queue of five."""
    return {name: make_item(make_project(name)) for name in "abcde"}


def entries() -> QuerySet[ActivityLog]:
    """Return what people have done; the migrations have left entries, too."""
    return ActivityLog.objects.exclude(user__username="system")


def order() -> str:
    """Return the projects' names in the queue's order."""
    return "".join(active_items().values_list("project__name", flat=True))


def place(queue: dict[str, QueueItem], name: str, between: str, by: Actor) -> None:
    """Move a job between two, written as in “b.c”; “^” and “$” are the queue's ends."""
    after, before = (None if one in "^$" else queue[one].pk for one in between.split("."))
    place_item(queue[name].pk, after=after, before=before, rank=queue[name].rank, by=by)


@pytest.mark.parametrize(
    ("name", "between", "then"),
    [("e", "^.a", "eabcd"), ("a", "e.$", "bcdea"), ("d", "a.b", "adbce"), ("b", "c.d", "acbde")],
)
def test_a_job_goes_between_the_two_that_were_seen(
    name: str, between: str, then: str, queue: dict[str, QueueItem], manager: Actor
) -> None:
    place(queue, name, between, manager)
    assert order() == then
    entry = ActivityLog.objects.get(verb="place_item")
    assert list(entry.after) == [f"queueitem:{queue[name].pk}"]


def test_a_job_dropped_where_it_stands_is_not_written(
    queue: dict[str, QueueItem], manager: Actor
) -> None:
    place(queue, "b", "a.c", manager)
    assert not entries().exists()


@pytest.mark.parametrize("meanwhile", ["moved away", "moved between", "left", "came to the end"])
def test_a_move_to_a_place_that_is_no_longer_as_seen_is_refused(
    meanwhile: str, queue: dict[str, QueueItem], manager: Actor
) -> None:
    between = "d.e"
    if meanwhile == "moved away":
        place(queue, "e", "^.a", manager)
    elif meanwhile == "moved between":
        place(queue, "b", "d.e", manager)
    elif meanwhile == "left":
        cancel_item(queue["d"].pk, by=manager)
    else:
        between = "e.$"
        add_to_queue(make_project("f").pk, by=manager)
    before = order()
    with pytest.raises(Changed, match="just changed at that place") as refused:
        place(queue, "a", between, manager)
    assert refused.value.code == "stale_order"
    assert refused.value.extra["current_data"]["id"] == queue["a"].pk
    assert order() == before


def test_a_job_that_somebody_else_has_moved_stays_where_they_put_it(
    queue: dict[str, QueueItem], manager: Actor
) -> None:
    move_item(queue["c"].pk, 1, by=manager)
    with pytest.raises(Changed, match="Somebody else has just moved this job"):
        place(queue, "c", "d.e", manager)
    assert order() == "cabde"


def test_what_happens_elsewhere_in_the_queue_is_no_conflict(
    queue: dict[str, QueueItem], manager: Actor, mary: Operator
) -> None:
    place(queue, "a", "b.c", manager)
    start_job(queue["d"].pk, operator_id=mary.pk, preset_id=make_preset("P").pk, by=manager)
    update_item(queue["e"].pk, {"priority": "high"}, by=manager)
    place(queue, "e", "c.d", manager)
    assert order() == "baced"


def test_a_job_that_left_the_queue_is_not_moved(
    queue: dict[str, QueueItem], manager: Actor
) -> None:
    cancel_item(queue["a"].pk, by=manager)
    with pytest.raises(TransitionError, match="no longer in the queue"):
        place(queue, "a", "c.d", manager)
    with pytest.raises(NotFound):
        place_item(10**6, after=None, before=None, rank=1.0, by=manager)


def test_a_repeated_move_is_done_once_though_the_queue_has_changed_since(
    queue: dict[str, QueueItem], manager: Actor
) -> None:
    key = uuid.uuid4()
    said: dict[str, Any] = {
        "after": queue["d"].pk,
        "before": queue["e"].pk,
        "rank": queue["a"].rank,
    }
    first = place_item(queue["a"].pk, **said, by=manager, op_id=key)
    move_item(queue["a"].pk, 1, by=manager)
    again = place_item(queue["a"].pk, **said, by=manager, op_id=key)
    assert (again.seq, again.replayed) == (first.seq, True)
    assert order() == "abcde"


# --- An accepted order ---------------------------------------------------------------------------


def test_an_accepted_order_is_one_entry_and_writes_only_what_moves(
    queue: dict[str, QueueItem], manager: Actor
) -> None:
    wanted = [queue[name].pk for name in "acbde"]
    done = reorder_queue(wanted, queue_version(), by=manager)
    assert (order(), done.data) == ("acbde", {"moved": 2})
    entry = entries().get()
    assert set(entry.after) == {f"queueitem:{queue[name].pk}" for name in "bc"}


def test_an_order_is_kept_where_ranks_are_alike(manager: Actor) -> None:
    items = {name: make_item(make_project(name), rank=1) for name in "abc"}
    reorder_queue([items[name].pk for name in "cab"], queue_version(), by=manager)
    assert order() == "cab"


@pytest.mark.parametrize("meanwhile", ["move", "change", "leave", "come", "date"])
def test_an_order_proposed_for_another_queue_is_refused(
    meanwhile: str, queue: dict[str, QueueItem], manager: Actor
) -> None:
    seen, wanted = queue_version(), [queue[name].pk for name in "edcba"]
    if meanwhile == "move":
        move_item(queue["c"].pk, 1, by=manager)
    elif meanwhile == "change":
        update_item(queue["c"].pk, {"estimated_cut_time": 5}, by=manager)
    elif meanwhile == "leave":
        cancel_item(queue["c"].pk, by=manager)
    elif meanwhile == "come":
        add_to_queue(make_project("f").pk, by=manager)
    else:
        project = queue["c"].project
        project.due_date = None
        project.save()
    before = order()
    with pytest.raises(Changed, match="has changed since this order was proposed"):
        reorder_queue(wanted, seen, by=manager)
    assert order() == before


@pytest.mark.parametrize("wanted", ["abcd", "abcdd", "abcdee", ""])
def test_an_order_names_every_job_once(
    wanted: str, queue: dict[str, QueueItem], manager: Actor
) -> None:
    with pytest.raises(InvalidInput, match="each job of the queue once"):
        reorder_queue([queue[name].pk for name in wanted], queue_version(), by=manager)
    assert order() == "abcde"


# --- What was seen of a field --------------------------------------------------------------------


def test_a_field_that_somebody_else_changed_is_not_overwritten(
    queue: dict[str, QueueItem], manager: Actor
) -> None:
    job = queue["a"].pk
    update_item(job, {"priority": "high"}, seen={"priority": "normal"}, by=manager)
    with pytest.raises(Changed, match="Somebody else has just changed this"):
        update_item(job, {"priority": "low"}, seen={"priority": "normal"}, by=manager)
    assert QueueItem.objects.get(pk=job).priority == "high"


def test_the_same_change_by_two_people_and_changes_of_other_fields_are_no_conflict(
    queue: dict[str, QueueItem], manager: Actor, olga: Operator
) -> None:
    job = queue["a"].pk
    for _ in range(2):
        update_item(job, {"priority": "high"}, seen={"priority": "normal"}, by=manager)
    update_item(job, {"assigned_to": olga}, seen={"assigned_to": None}, by=manager)
    update_item(job, {"assigned_to": None}, seen={"assigned_to": olga}, by=manager)
    item = QueueItem.objects.get(pk=job)
    assert (item.priority, item.assigned_to) == ("high", None)
