"""How many of each part of a project have gone out: what its delivery notes say, as the log has it.

A delivery note that was archived counts no longer; those made before notes were counted are not
known here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from operators_app.models import ActivityLog
from projects_app.models import Document

VERB = "make_delivery_note"
NO_LINE = "all"  # stands for the one line of a project without a list of parts


def key_of(line: int | None) -> str:
    """Return what a line of the list of parts is called in the log."""
    return str(line or NO_LINE)


def delivered_of(project_id: int) -> Counter[str]:
    """Return how many of each line have gone out, by `key_of`; in two statements."""
    made = ActivityLog.objects.filter(verb=VERB, target_type="project", target_id=project_id)
    notes = [told for told in made.values_list("result", flat=True) if "delivered" in told]
    known = Document.objects.filter(project=project_id, is_archived=False)
    valid = set(known.values_list("pk", flat=True)) if notes else set()
    gone: Counter[str] = Counter()
    for told in notes:
        if told["document"]["id"] in valid:
            gone.update(told["delivered"])
    return gone


def is_all_delivered(ordered: Mapping[str, int], gone: Counter[str]) -> bool:
    """Tell whether as many of each line have gone out as were ordered, by `key_of`."""
    return bool(gone) and all(gone[key] >= count for key, count in ordered.items())
