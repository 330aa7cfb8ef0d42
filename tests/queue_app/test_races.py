"""Many hands on one job at once: one is served, the others are told why not."""

from __future__ import annotations

from collections import Counter

import pytest

from laseros.errors import Changed, TransitionError
from operators_app.models import Operator
from operators_app.verbs import Actor
from queue_app.models import LaserRun, QueueCount, QueueItem
from queue_app.queries import active_items
from queue_app.verbs import (
    add_to_queue,
    cancel_item,
    complete_job,
    move_item,
    place_item,
    start_job,
)
from tests.factories import make_item, make_preset, make_project
from tests.operators_app.test_runner import assert_no_gaps, in_threads
from tests.phone import Phone

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 16


def outcomes(results: list[object]) -> Counter[str]:
    """Count what came out: “done”, or the code of the refusal."""
    return Counter(
        one.code
        if isinstance(one, (TransitionError, Changed))
        else "done"
        if one is not None
        else "none"
        for one in results
    )


def test_one_of_many_starts_a_job(olga: Operator, operator: Actor) -> None:
    item, preset = make_item(), make_preset("Race")
    results = in_threads(
        THREADS,
        lambda _: start_job(item.pk, operator_id=olga.pk, preset_id=preset.pk, by=operator),
    )
    assert outcomes(results) == {"done": 1, "already_running": THREADS - 1}


def test_one_of_many_completes_a_job_over_the_api(olga: Operator) -> None:
    item, preset = make_item(status="in_progress"), make_preset("Race")
    body = {"operator_id": olga.pk, "preset_id": preset.pk, "actual_cut_time": 5}
    phones = [Phone.of(olga) for _ in range(THREADS)]
    answers = in_threads(
        THREADS, lambda n: phones[n].post(f"queue/{item.pk}/complete", body).status_code
    )
    assert Counter(answers) == {200: 1, 409: THREADS - 1}
    assert LaserRun.objects.count() == 1


def test_a_project_added_by_many_stands_in_the_queue_once(operator: Actor) -> None:
    project = make_project()
    results = in_threads(THREADS, lambda _: add_to_queue(project.pk, by=operator))
    assert outcomes(results) == {"done": 1, "already_queued": THREADS - 1}
    assert QueueItem.objects.count() == 1


def test_starting_and_cancelling_at_once_leave_a_state_that_makes_sense(
    olga: Operator, operator: Actor, manager: Actor
) -> None:
    item, preset = make_item(), make_preset("Race")

    def one(index: int) -> object:
        if index % 2:
            return cancel_item(item.pk, by=manager)
        return start_job(item.pk, operator_id=olga.pk, preset_id=preset.pk, by=operator)

    assert outcomes(in_threads(THREADS, one))["done"] == 1
    item.refresh_from_db()
    lives = {"in_progress": "in_progress", "cancelled": "approved_pop"}
    assert item.project.status == lives[item.status]
    for row in QueueCount.objects.all():
        assert row.count == QueueItem.objects.filter(status=row.status).count()


def test_moving_by_many_loses_no_job_and_no_number(manager: Actor) -> None:
    items = [make_item(make_project(f"p{n}", drawings=0, parts=[])) for n in range(6)]
    start = manager.seq
    results = in_threads(
        THREADS, lambda n: move_item(items[n % 6].pk, position=n % 5 + 1, by=manager)
    )
    assert outcomes(results) == {"done": THREADS}
    assert sorted(active_items().values_list("id", flat=True)) == [one.pk for one in items]
    assert_no_gaps(start + 1)


def test_of_many_who_put_jobs_between_the_same_two_one_succeeds(manager: Actor) -> None:
    items = [make_item(make_project(f"p{n}", drawings=0, parts=[])) for n in range(THREADS + 2)]
    first, second, *others = items

    def one(index: int) -> object:
        job = others[index]
        return place_item(job.pk, after=first.pk, before=second.pk, rank=job.rank, by=manager)

    told = outcomes(in_threads(THREADS, one))
    assert told["done"] == 1
    assert told["stale_order"] == THREADS - 1
    order = list(active_items().values_list("id", flat=True))
    assert (order[0], order[2]) == (first.pk, second.pk)


def test_facts_from_many_phones_are_all_kept_and_one_counts(
    olga: Operator, operator: Actor
) -> None:
    """Each phone cut metal, or says so: every run is stored, all but the first wait."""
    from laseros import clock

    item, preset = make_item(status="in_progress"), make_preset("Race")
    when = clock.now()
    results = in_threads(
        THREADS,
        lambda _: complete_job(
            item.pk, operator_id=olga.pk, preset_id=preset.pk, by=operator, performed_at=when
        ),
    )
    assert outcomes(results) == {"done": THREADS}
    assert LaserRun.objects.filter(status="completed").count() == 1
    assert LaserRun.objects.filter(status="pending").count() == THREADS - 1
