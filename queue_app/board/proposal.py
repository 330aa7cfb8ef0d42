"""A proposed order of the queue beside the present one, for a person to judge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from queue_app.board.state import Words
from queue_app.forecast import Planned, WorkingTime, waiting_jobs
from queue_app.grouping import Proposal, propose
from queue_app.models import Priority
from queue_app.queries import active_items, queue_version


@dataclass(frozen=True)
class Comparison:
    """What the proposal would do; `version` is that of the queue it was made of."""

    proposal: Proposal
    version: str
    rows: list[dict[str, Any]]

    @property
    def order(self) -> str:
        """The ids, comma-separated, as the page sends them back."""
        return ",".join(str(pk) for pk in self.proposal.order)

    @property
    def late_before(self) -> int:
        """How many jobs are late without it."""
        return sum(one.is_late for one in self.proposal.before)

    @property
    def late_after(self) -> int:
        """How many jobs are late with it: never more."""
        return sum(one.is_late for one in self.proposal.after)

    @property
    def past_pop_before(self) -> int:
        """How many jobs are past their POP deadline without it."""
        return sum(one.is_past_pop for one in self.proposal.before)

    @property
    def past_pop_after(self) -> int:
        """How many jobs are past their POP deadline with it: never more."""
        return sum(one.is_past_pop for one in self.proposal.after)

    @classmethod
    def of_queue(cls, time: WorkingTime) -> Comparison:
        """Return the proposal for the queue as it is. The version is read first: what changes
        after it makes the proposal one that is refused.
        """
        version = queue_version()
        columns = ("id", "project__material_id", "project__material_thickness", "priority",
                   "project__project_code", "project__name", "project__material__name")  # fmt: skip
        facts = {row["id"]: row for row in active_items().values(*columns)}
        jobs = [job for job in waiting_jobs() if job.id in facts]
        sheets = {
            pk: (row["project__material_id"], row["project__material_thickness"])
            if row["project__material_id"]
            else None
            for pk, row in facts.items()
        }
        urgent = frozenset(pk for pk, row in facts.items() if row["priority"] == Priority.HIGH)
        proposal = propose(jobs, sheets, urgent, time)
        return cls(proposal, version, _rows(proposal, facts))


def _rows(proposal: Proposal, facts: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a row for each job in the proposed order, with its end before and after."""
    words = Words()
    was: dict[int, tuple[int, Planned]] = {
        one.job.id: (place, one) for place, one in enumerate(proposal.before, start=1)
    }
    rows = []
    last = None
    for place, one in enumerate(proposal.after, start=1):
        fact, (old_place, before) = facts[one.job.id], was[one.job.id]
        sheet = words.sheet(fact["project__material__name"], fact["project__material_thickness"])
        rows.append({
            "place": place, "old_place": old_place, "code": fact["project__project_code"],
            "name": fact["project__name"], "sheet": sheet, "is_other_sheet": sheet != last,
            "due": words.date(one.job.due_date) if one.job.due_date else "",
            "pop_deadline": words.date(one.job.pop_deadline) if one.job.pop_deadline else "",
            "before": words.forecast(before), "after": words.forecast(one),
            "is_moved": place != old_place, "is_later": one.ends_on > before.ends_on,
            "is_sooner": one.ends_on < before.ends_on,
        })  # fmt: skip
        last = sheet
    return rows
