"""The demo's machines: jobs wait, are started, paused, completed, and sometimes cut again."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from operators_app.models import Operator
from operators_app.verbs import Outcome
from queue_app.demo.office import MINUTE, Order
from queue_app.demo.plan import Ending, Plan, Twist
from queue_app.demo.presets import names_for
from queue_app.verbs import (
    add_to_queue,
    assign_item,
    cancel_item,
    complete_job,
    move_item,
    pause_job,
    recut,
    resolve_flag,
    start_job,
)

PAUSES = [
    "Gas bottle empty; changing it.",
    "Nozzle worn; fitting a new one.",
    "Plate warped; taking another from the rack.",
    "Urgent job goes first.",
]
START_NOTES = [
    "",
    "",
    "First part measured: within 0.1 mm.",
    "",
    "Pierce time raised a little.",
    "",
]
END_NOTES = ["", "Edges clean.", "", "Slight burr on the last plate, brushed off.", "", ""]
RECUT_REASONS = [
    "Four parts scratched while deburring.",
    "Two parts short at the count.",
    "Slots 0.3 mm too narrow on the first plate.",
]
OTHER = {"operator1": "operator2", "operator2": "operator3", "operator3": "operator1"}


class Job:
    """One order's way through the queue."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.stage = order.stage
        self.plan = order.plan
        self.item_id = 0
        # Of a few sentences each, the one whose turn it is: no two jobs in a row sound alike.
        self.turn = len(order.plan.client.name) + order.plan.sets
        names = names_for(self.plan.product.material, self.plan.thickness)
        self.preset_name = names[self.turn % len(names)]

    def stage_all(self) -> None:
        """Have each step at the machine carried out at its time."""
        plan = self.plan
        if plan.queued_at is None:
            return
        self.stage.at(plan.queued_at, self.queue)
        if plan.ending in {Ending.RUNNING, Ending.PAUSED}:
            self.stage.at(plan.queued_at + 6 * MINUTE, partial(self.to_position, 1))
        if plan.assigned_to:
            self.stage.at(plan.queued_at + 4 * MINUTE, self.assign)
        if plan.twist == Twist.WITHDRAWN:
            self.stage.at(plan.queued_at + 40 * MINUTE, self.withdraw)
        if plan.started_at is None:
            return
        if plan.twist != Twist.FORGOTTEN:
            self.stage.at(plan.started_at, self.start)
        if plan.ending == Ending.COMPLETED and plan.ended_at:
            self._stage_cut(plan, plan.started_at, plan.ended_at)
        elif plan.ended_at:
            self.stage.at(plan.ended_at, self.pause)

    def _stage_cut(self, plan: Plan, started_at: dt.datetime, ended_at: dt.datetime) -> None:
        """Have the cut completed, in the usual way or with a twist."""
        middle = started_at + (ended_at - started_at) / 2
        if plan.twist == Twist.PAUSE:
            self.stage.at(middle, self.pause)
            self.stage.at(middle + 18 * MINUTE, self.start)
            ended_at += 18 * MINUTE
        if plan.twist == Twist.OFFLINE:
            self.stage.at(middle, self.pause)
            self.stage.at(ended_at + 55 * MINUTE, lambda: self.complete_late(ended_at))
        elif plan.twist == Twist.FORGOTTEN:
            self.stage.at(ended_at + MINUTE, lambda: self.complete_and_accept(ended_at))
        else:
            self.stage.at(ended_at, self.complete)
        if plan.twist == Twist.TWICE:
            told_at = ended_at + 3 * MINUTE
            self.stage.at(ended_at + 50 * MINUTE, lambda: self.complete_again(told_at))
        if plan.twist == Twist.RECUT:
            again = ended_at + 95 * MINUTE
            self.stage.at(again, self.recut)
            self.stage.at(again + 35 * MINUTE, self.start)
            self.stage.at(again + (46 + self.turn % 11) * MINUTE, self.complete_recut)
            self.stage.at(again + 80 * MINUTE, self.order.bill)

    def queue(self) -> None:
        """Put the order into the queue: the manager does, or the operator who prepared it."""
        who = "manager" if self.turn % 3 else self.plan.cutter
        added = add_to_queue(
            self.order.id,
            priority=self.plan.priority,
            scheduled_date=self.plan.scheduled,
            **self.stage.call(who),
        )
        self.item_id = added.data["queue_item"]["id"]

    def assign(self) -> None:
        """Give the job to somebody."""
        operator = Operator.objects.get(pk=self.stage.operator_id(self.plan.assigned_to))
        assign_item(self.item_id, operator, **self.stage.call("manager"))

    def withdraw(self) -> None:
        """Take the job out of the queue again."""
        reason = "The client sends a changed drawing first."
        cancel_item(self.item_id, reason, **self.stage.call("manager"))

    def _who(self, operator: str) -> dict[str, Any]:
        return {
            "operator_id": self.stage.operator_id(operator),
            "preset_id": self.stage.presets[self.preset_name],
        }

    def start(self) -> None:
        """Start, or go on after a pause."""
        notes = START_NOTES[self.turn % len(START_NOTES)]
        who = self.plan.cutter
        start_job(self.item_id, notes=notes, **self._who(who), **self.stage.call(who))

    def pause(self) -> None:
        """Pause."""
        reason = PAUSES[self.turn % len(PAUSES)]
        pause_job(self.item_id, reason, **self.stage.call(self.plan.cutter))

    def complete(self) -> None:
        """Complete: half of the operators look at the clock, the others take the program's word."""
        spoken = 5 * round(self.plan.cut_minutes / 5) if self.turn % 2 else None
        short = 2 if self.plan.twist == Twist.RECUT else 0
        self._complete(
            self.plan.cutter,
            actual_cut_time=spoken,
            parts_produced=self.plan.pieces - short,
            notes=END_NOTES[self.turn % len(END_NOTES)],
        )

    def complete_late(self, performed_at: dt.datetime) -> None:
        """Complete at an earlier time, as a phone does that had no network."""
        self._complete_fact(performed_at, self.plan.cutter, "Entered without network.")

    def complete_and_accept(self, performed_at: dt.datetime) -> None:
        """Complete a job that nobody had started; the manager has seen it run and accepts."""
        fact = self._complete_fact(performed_at, self.plan.cutter, "Forgot to press start.")
        note = "I saw it on the machine."
        resolve_flag(fact.seq, accept=True, note=note, **self.stage.call("manager"))

    def complete_again(self, performed_at: dt.datetime) -> None:
        """Complete once more what is completed: a second phone comes back to the network."""
        self._complete_fact(performed_at, OTHER[self.plan.cutter], "Unloaded it for my colleague.")

    def recut(self) -> None:
        """Send the order to the queue again."""
        reason = RECUT_REASONS[self.turn % len(RECUT_REASONS)]
        again = recut(self.order.id, reason, **self.stage.call("manager"))
        self.item_id = again.data["queue_item"]["id"]

    def complete_recut(self) -> None:
        """Complete the second cut of a few parts."""
        self._complete(self.plan.cutter, sheet_count=1, parts_produced=4)

    def to_position(self, position: int) -> None:
        """Move the job in the queue."""
        move_item(self.item_id, position, **self.stage.call("manager"))

    def _complete_fact(self, performed_at: dt.datetime, who: str, notes: str) -> Outcome:
        return self._complete(
            who,
            performed_at,
            actual_cut_time=self.plan.cut_minutes,
            parts_produced=self.plan.pieces,
            notes=notes,
        )

    def _complete(self, who: str, performed_at: dt.datetime | None = None, **cut: Any) -> Outcome:
        call = self.stage.call(who, performed_at)
        cut = {"sheet_count": self.plan.sheets, **cut}
        return complete_job(self.item_id, **self._who(who), **cut, **call)
