"""The verbs of the queue's order: one job to a place, or all jobs into an accepted order."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Unpack

from django.utils.translation import gettext as _

from laseros.errors import Changed, InvalidInput, TransitionError
from operators_app.verbs import Call, Outcome, Run, Target, run_verb
from queue_app.models import IS_ACTIVE, QueueItem
from queue_app.queries import active_items, active_ranks, queue_version
from queue_app.serializers import item_brief
from queue_app.verbs.board import placed
from queue_app.verbs.transitions import NO_ITEM


def move_item(item_id: int, position: int, **call: Unpack[Call]) -> Outcome:
    """Move an active job to a position (1 = first); one row is written.

    A position beyond the end means the end. Returns {"queue_item": …}.
    """
    call["by"].require_manager()
    if position < 1:
        raise InvalidInput.on("position", _("The first position is 1."))

    def write(run: Run) -> dict[str, Any]:
        item = run.lock(QueueItem, item_id, NO_ITEM)
        run.check_unchanged(item, lambda: placed(item, run.by))
        _check_active(item)
        order = active_ranks()
        return _put(run, item, order, min(position, len(order)))

    given = {"position": position}
    return run_verb("move_item", Target("queueitem", item_id), given, write, **call)


def place_item(
    item_id: int, *, after: int | None, before: int | None, rank: float, **call: Unpack[Call]
) -> Outcome:
    """Move an active job between two that the person saw standing next to each other.

    `after` and `before` are the ids of the jobs above and below the wanted place in the whole
    queue, the moved one left out; None is the queue's beginning or end. `rank` is the moved job's
    own, as seen. The move is stale, and refused with Changed, where the person did not see the
    queue as it is at one of the two places:

    - the moved job has been moved by somebody else since (its rank is another one), or
    - the two jobs no longer stand next to each other: one of them was moved or has left the
      queue, or another one came between them.

    What happened elsewhere in the queue is no conflict. One row is written. Where a move has to
    make room (`_rank_at`), ranks change though no place does: moves of those jobs that are under
    way just then are refused without need, and are right when repeated.

    Returns {"queue_item": …, "rank": its new one}.
    """
    call["by"].require_manager()

    def write(run: Run) -> dict[str, Any]:
        item = run.lock(QueueItem, item_id, NO_ITEM)
        run.check_unchanged(item, lambda: placed(item, run.by))
        _check_active(item)
        order = active_ranks()
        others = [pk for pk, _rank in order if pk != item_id]
        if item.rank != rank:
            raise _stale(item, run, _("Somebody else has just moved this job; it stays there."))
        place = _place_between(others, after, before)
        if place is None:
            sentence = _("The queue has just changed at that place; the job stays where it was.")
            raise _stale(item, run, sentence)
        return {**_put(run, item, order, place), "rank": item.rank}

    given = {"after": after, "before": before, "rank": rank}
    return run_verb("place_item", Target("queueitem", item_id), given, write, **call)


def _put(
    run: Run, item: QueueItem, order: Sequence[tuple[int, float]], place: int
) -> dict[str, Any]:
    """Give a locked item the place in the order; nothing is written where it has it."""
    if order[place - 1][0] != item.pk:
        others = [rank for pk, rank in order if pk != item.pk]
        run.save(item, rank=_rank_at(run, item, others, place))
    return {"queue_item": {**item_brief(item, run.by), "queue_position": place}}


def _place_between(others: Sequence[int], after: int | None, before: int | None) -> int | None:
    """Return the place (1 = first) between two neighbours, None where they are none (any more)."""
    neighbours = [None, *others, None]
    for place, pair in enumerate(itertools.pairwise(neighbours), start=1):
        if pair == (after, before):
            return place
    return None


def _stale(item: QueueItem, run: Run, sentence: str) -> Changed:
    return Changed(sentence, "stale_order", current_data=placed(item, run.by))


def _check_active(item: QueueItem) -> None:
    if not item.is_active:
        raise TransitionError(_("This job is no longer in the queue."), "finished")


def _rank_at(run: Run, item: QueueItem, others: list[float], place: int) -> float:
    """Return a rank that puts the item at the place among the others, whose ranks are given.

    Where there is no room between two of them, room is made first.
    """
    before = others[place - 2] if place > 1 else None
    after = others[place - 1] if place <= len(others) else None
    if before is None:
        return item.rank if after is None else after - 1
    if after is None:
        return before + 1
    middle = (before + after) / 2
    if before < middle < after:
        return middle
    rows = QueueItem.objects.filter(IS_ACTIVE).exclude(pk=item.pk).order_by("rank", "id")
    for number, other in enumerate(rows.select_for_update(), start=1):
        run.save(other, rank=float(number))
    return place - 0.5


def reorder_queue(order: Sequence[int], seen: str, **call: Unpack[Call]) -> Outcome:
    """Put all active jobs into an order that was proposed and accepted.

    `seen` is the version of the queue (`queue_version`) that the proposal was made of; any other
    version refuses with Changed, and nothing is moved. The ranks that there are are dealt out
    anew, so a job that keeps its place is not written. Returns {"moved": how many were}.
    """
    call["by"].require_manager()

    def write(run: Run) -> dict[str, Any]:
        if queue_version() != seen:
            raise Changed(
                _("The queue has changed since this order was proposed; nothing was moved. "
                  "Look at the new proposal."),
                "stale_order",
            )  # fmt: skip
        items = {item.pk: item for item in active_items().select_for_update()}
        if sorted(order) != sorted(items):
            raise InvalidInput.on("order", _("An order must name each job of the queue once."))
        ranks = _ranks_for([item.rank for item in items.values()])
        pairs = zip(order, ranks, strict=True)
        moved = [pk for pk, rank in pairs if run.save(items[pk], rank=rank)]
        return {"moved": len(moved)}

    given = {"order": list(order), "seen": seen}
    return run_verb("reorder_queue", Target("queueitem"), given, write, **call)


def _ranks_for(ranks: Sequence[float]) -> list[float]:
    """Return as many distinct ranks, rising: the given ones where no two are alike."""
    if len(set(ranks)) == len(ranks):
        return sorted(ranks)
    return [float(number) for number in range(1, len(ranks) + 1)]
