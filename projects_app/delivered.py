"""How many of each part of a project have gone out: what its delivery notes say, as the log has it.

A delivery note that was archived counts no longer; those made before notes were counted are not
known here. What went out is kept by its part: a line of the list may be taken out and come again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from operators_app.models import ActivityLog
from projects_app.models import Document, ProjectPart

VERB = "make_delivery_note"
NO_LIST = "all"  # stands for the parts of a project without a list, which are not told apart
PART = "part "


def key_of(part_id: int | None) -> str:
    """Return what a part is called in the log; None is what a project without a list makes."""
    return f"{PART}{part_id}" if part_id else NO_LIST


def delivered_of(project_id: int) -> Counter[str]:
    """Return how many of each part have gone out, by `key_of`; in two statements, or three."""
    made = ActivityLog.objects.filter(verb=VERB, target_type="project", target_id=project_id)
    notes = [told for told in made.values_list("result", flat=True) if "delivered" in told]
    known = Document.objects.filter(project=project_id, is_archived=False)
    valid = set(known.values_list("pk", flat=True)) if notes else set()
    gone: Counter[str] = Counter()
    for told in notes:
        if told["document"]["id"] in valid:
            gone.update(told["delivered"])
    return _by_part(project_id, gone)


def _by_part(project_id: int, gone: Counter[str]) -> Counter[str]:
    """Return what went out by parts.

    Older notes told the lines of the list by their ids: they count for the part that the line is of
    by now, and for none where it was taken out.
    """
    lines = [int(key) for key in gone if key.isdecimal()]
    if lines:
        rows = ProjectPart.objects.filter(project=project_id, pk__in=lines)
        for pk, part_id in rows.values_list("pk", "part_id"):
            gone[key_of(part_id)] += gone.pop(str(pk))
    return gone


def gone_of(part_id: int | None, gone: Counter[str]) -> int:
    """Return how many of a part have gone out; without a list of parts, how many there are."""
    return gone[key_of(part_id)] if part_id else gone.total()


def left_of(ordered: Mapping[int | None, int], gone: Counter[str]) -> dict[int | None, int]:
    """Return how many of each part are still to go out, by its id, of how many were ordered.

    What went out before there was a list may have been any of the parts: it was the only one, and
    it was all that is left where it is as much as that.
    """
    left = {part: max(count - gone_of(part, gone), 0) for part, count in ordered.items()}
    unlisted = 0 if None in ordered else gone[NO_LIST]
    if sum(left.values()) <= unlisted:
        return dict.fromkeys(left, 0)
    return {part: count - unlisted for part, count in left.items()} if len(left) == 1 else left


def is_all_delivered(ordered: Mapping[int | None, int], gone: Counter[str]) -> bool:
    """Tell whether as many of each part have gone out as were ordered, by its id.

    Where nobody knows how many were ordered, nobody knows whether that was all.
    """
    return bool(ordered and gone) and not any(left_of(ordered, gone).values())
