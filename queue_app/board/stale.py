"""Who has changed the queue's order at a place: told to whoever comes too late with a move."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from laseros.errors import Changed
from operators_app.models import ActivityLog
from operators_app.telling import tell
from queue_app.board.state import Words
from queue_app.models import QueueItem
from queue_app.queries import active_ranks

MOVES = frozenset({"place_item", "move_item"})
OF_A_JOB = MOVES | {"cancel_item", "complete_job"}
OF_A_PROJECT = frozenset({"add_to_queue", "cancel_project", "record_pop", "recut"})


def with_who(stale: Changed, moved: int, seen: dict[str, Any]) -> Changed:
    """Return the refusal of a move with the name of whoever was there first, where that is certain.

    `moved` is the job that was to be moved, `seen` what the person saw: its rank, the jobs `after`
    and `before` the wanted place, and the log's last entry, `seq` (None: not told).
    """
    ranks = dict(active_ranks())
    is_own = moved in ranks and ranks[moved] != seen["rank"]
    entry = _newest({moved} if is_own else _concerned(moved, seen), seen["seq"])
    if is_own and not (entry and _gave(entry, moved, ranks[moved])):
        return stale
    if entry is None:
        return stale
    told, place = tell([entry])[0], entry.result.get("queue_item", {}).get("queue_position")
    said = {
        "who": told.who, "code": told.about, "place": place, "what": told.sentence,
        "time": Words().clock(entry.recorded_at),
    }  # fmt: skip
    if entry.verb in MOVES and place:
        sentence = _("Nothing was moved: %(who)s moved %(code)s to place %(place)s at %(time)s. "
                     "The board shows the present order.")  # fmt: skip
    elif entry.target_id is not None:
        sentence = _("Nothing was moved, for the queue has changed there: %(what)s (%(code)s, "
                     "%(time)s). The board shows the present order.")  # fmt: skip
    else:
        sentence = _("Nothing was moved, for the queue has changed: %(what)s (%(time)s). "
                     "The board shows the present order.")  # fmt: skip
    return Changed(sentence % said, stale.code, **stale.extra)


def _concerned(moved: int, seen: dict[str, Any]) -> set[int]:
    """Return the neighbours seen, and the present ones."""
    others = [pk for pk, _rank in active_ranks() if pk != moved]
    after, before = seen["after"], seen["before"]
    found = {pk for pk in (after, before) if pk}
    if after in others:
        found.update(others[others.index(after) + 1 :][:1])
    elif after is None:
        found.update(others[:1])
    if before in others:
        found.update(others[: others.index(before)][-1:])
    elif before is None:
        found.update(others[-1:])
    return found


def _gave(entry: ActivityLog, job: int, rank: float) -> bool:
    """Tell whether the entry gave the job this rank: room made by another move gives one, too."""
    return bool((entry.after.get(f"queueitem:{job}") or {}).get("rank") == rank)


def _newest(jobs: set[int], seen: int | None) -> ActivityLog | None:
    """Return the last entry that put one of the jobs where it is, or took it out of the queue.

    None where the person had seen it already.
    """
    if seen is None:
        return None
    projects = QueueItem.objects.filter(pk__in=jobs).values_list("project_id", flat=True)
    entries = ActivityLog.objects.filter(seq__gt=seen).filter(
        Q(target_type="queueitem", target_id__in=jobs, verb__in=OF_A_JOB)
        | Q(target_type="queueitem", target_id=None, verb="reorder_queue")
        | Q(target_type="project", target_id__in=list(projects), verb__in=OF_A_PROJECT)
    )
    return entries.order_by("-seq").first()
