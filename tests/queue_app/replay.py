"""The queue as the log alone tells it, worked out in another way than the program does.

The model has no ranks, no kept counts and no sums: a list of jobs in their order, a list of
stretches for each job, and the table of what each verb does to them, written down once more from
DESIGN (“Words”, “Requests and facts”). `agreement.py` compares it with the tables and with the API.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from operators_app.models import ActivityLog

SKEW = dt.timedelta(minutes=1)
CLOCKS = {"performed_in_the_future", "performed_before_previous_entry"}
CONTRADICTION = {
    "queued": {"completed_without_start"},
    "in_progress": set(),
    "completed": {"completed_twice"},
    "cancelled": {"completed_after_cancel"},
}  # fmt: skip
# What the log tells of a job, column by column, and nothing follows from.
DETAILS = (
    "priority", "scheduled_date", "estimated_cut_time", "assigned_to_id", "notes", "preset_id",
    "operator_id",
)  # fmt: skip

Moment = dt.datetime


@dataclass
class Job:
    """A queue item: what happened to it, in the order in which it counts."""

    id: int
    project_id: int
    added_at: Moment
    status: str = "queued"
    stretches: list[tuple[Moment, Moment]] = field(default_factory=list)
    starts: list[Moment] = field(default_factory=list)
    paused_at: Moment | None = None
    completed_at: Moment | None = None
    cancelled_at: Moment | None = None
    last_entry_at: Moment | None = None
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def seconds(self) -> int:
        """Return how long it was cut: each stretch in whole seconds."""
        return sum(round((end - begin).total_seconds()) for begin, end in self.stretches)

    @property
    def minutes(self) -> int:
        """Return the same in whole minutes, half a minute rounded up."""
        return int(self.seconds / 60 + 0.5)

    def stop(self, moment: Moment) -> None:
        """End the stretch that runs, if one does."""
        if self.status == "in_progress":
            self.stretches.append((self.starts[-1], moment))


@dataclass
class Cut:
    """A laser run, by the number of its entry."""

    id: int
    job: Job
    run_date: Moment
    operator_id: int
    preset_id: int
    minutes: int
    logged: int
    status: str
    doubts: set[str]


@dataclass
class Shop:
    """All that the log has told so far: projects by id, jobs in their order, cuts by entry."""

    seq: int = 0
    projects: dict[int, str] = field(default_factory=dict)
    jobs: dict[int, Job] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    cuts: dict[int, Cut] = field(default_factory=dict)
    flags: dict[int, str] = field(default_factory=dict)
    # By entry of a move: how many jobs stood in the queue. Which place was asked for, the log
    # does not tell; whoever asked can see whether it was given.
    lengths: dict[int, int] = field(default_factory=dict)

    def read_on(self) -> Shop:
        """Take in the entries that were appended since the last time."""
        for entry in ActivityLog.objects.filter(seq__gt=self.seq).order_by("seq"):
            assert entry.seq == self.seq + 1, f"entry {self.seq + 1} is missing"
            self.seq = entry.seq
            self.take_in(entry)
        return self

    def take_in(self, entry: ActivityLog) -> None:
        """Let one entry happen."""
        expected: set[str] = set()
        happen = getattr(self, f"_{entry.verb}", None)
        if happen:
            expected = happen(entry) or set()
        if entry.performed_at - entry.recorded_at > SKEW:
            expected |= {"performed_in_the_future"}
        assert set(entry.flagged) == expected, f"entry {entry.seq} is flagged {entry.flagged}"
        if expected:
            self.flags[entry.seq] = "open"

    # --- Projects ---

    def _create_project(self, entry: ActivityLog) -> None:
        project_id = entry.result["project"]["id"]
        self.projects[project_id] = "request"
        self._update_project(entry, project_id)

    def _update_project(self, entry: ActivityLog, project_id: int | None = None) -> None:
        key = project_id or entry.target_id or 0
        price = entry.after.get(f"project:{key}", {}).get("quoted_price")
        if price is not None and self.projects[key] == "request":
            self.projects[key] = "quote_approval"

    def _add_document(self, entry: ActivityLog) -> None:
        key = entry.target_id or 0
        if entry.result["document"]["kind"] == "quote" and self.projects[key] == "request":
            self.projects[key] = "quote_approval"

    def _record_pop(self, entry: ActivityLog) -> None:
        key = entry.target_id or 0
        assert self.projects[key] in {"request", "quote_approval"}
        self.projects[key] = "approved_pop"

    def _cancel_project(self, entry: ActivityLog) -> None:
        key = entry.target_id or 0
        assert self.projects[key] not in {"completed", "cancelled"}
        for job in self.active_of(key):
            assert job.status == "queued", "a running job's project was cancelled"
            self._withdraw(job, entry)
        self.projects[key] = "cancelled"

    def active_of(self, project_id: int) -> list[Job]:
        """Return the project's jobs in the queue."""
        jobs = [self.jobs[one] for one in self.order]
        return [job for job in jobs if job.project_id == project_id]

    # --- The board ---

    def _add_to_queue(self, entry: ActivityLog, *entered: str) -> None:
        key = entry.target_id or 0
        assert self.projects[key] in (entered or {"approved_pop"})
        assert not self.active_of(key), "a project was added twice"
        job = Job(entry.result["queue_item"]["id"], key, entry.recorded_at)
        job.last_entry_at = entry.recorded_at
        self.jobs[job.id] = job
        self.order.append(job.id)
        self.projects[key] = "queued"
        self._details(entry, job)

    def _recut(self, entry: ActivityLog) -> None:
        self._add_to_queue(entry, "completed", "in_progress")

    def _update_item(self, entry: ActivityLog) -> None:
        job = self.jobs[entry.target_id or 0]
        assert job.id in self.order, "a finished job was changed"
        self._details(entry, job)

    def _move_item(self, entry: ActivityLog) -> None:
        job = self.jobs[entry.target_id or 0]
        self.lengths[entry.seq] = len(self.order)
        self.order.remove(job.id)
        self.order.insert(entry.result["queue_item"]["queue_position"] - 1, job.id)

    def _cancel_item(self, entry: ActivityLog) -> None:
        job = self.jobs[entry.target_id or 0]
        assert job.status == "queued"
        self._withdraw(job, entry)
        others = [one for one in self.jobs.values() if one.project_id == job.project_id]
        cut = any(one.status == "completed" for one in others)
        self.projects[job.project_id] = "completed" if cut else "approved_pop"

    def _withdraw(self, job: Job, entry: ActivityLog) -> None:
        assert job.last_entry_at is not None
        job.status, job.paused_at = "cancelled", None
        job.cancelled_at = job.last_entry_at = max(entry.recorded_at, job.last_entry_at)
        self.order.remove(job.id)
        self._details(entry, job)

    @staticmethod
    def _details(entry: ActivityLog, job: Job) -> None:
        told = entry.after.get(f"queueitem:{job.id}", {})
        job.details.update({name: told[name] for name in DETAILS if name in told})

    # --- At the machine ---

    def _start_job(self, entry: ActivityLog) -> set[str]:
        job = self.jobs[entry.target_id or 0]
        assert job.status == "queued"
        doubts = self._happens_after(entry, job.last_entry_at)
        job.starts.append(entry.effective_at)
        job.status, job.paused_at, job.last_entry_at = "in_progress", None, entry.effective_at
        self.projects[job.project_id] = "in_progress"
        self._details(entry, job)
        return doubts

    def _pause_job(self, entry: ActivityLog) -> set[str]:
        job = self.jobs[entry.target_id or 0]
        assert job.status == "in_progress"
        doubts = self._happens_after(entry, job.last_entry_at)
        job.stop(entry.effective_at)
        job.status, job.paused_at = "queued", entry.effective_at
        job.last_entry_at = entry.effective_at
        self._details(entry, job)
        return doubts

    def _complete_job(self, entry: ActivityLog) -> set[str]:
        job = self.jobs[entry.target_id or 0]
        doubts = set(CONTRADICTION[job.status])
        ends = job.id in self.order
        begin = job.starts[0] if job.starts else job.added_at
        doubts |= self._happens_after(entry, job.last_entry_at if ends else begin)
        status = "completed" if ends or self._counts_first(job) else "pending"
        if ends:
            job.stop(entry.effective_at)
            job.status, job.paused_at = "completed", None
            job.completed_at = job.last_entry_at = entry.effective_at
            self.order.remove(job.id)
            self.projects[job.project_id] = "completed"
        self._details(entry, job)
        logged, told = job.minutes if ends else 0, entry.result["laser_run"]["cut_time_minutes"]
        if self._unbelievable(told, logged) and not entry.result.get("minutes_confirmed"):
            doubts, status = doubts | {"implausible_minutes"}, "pending"
        self._cut(entry, job, status, logged, doubts)
        return doubts

    @staticmethod
    def _unbelievable(told: int, logged: int) -> bool:
        """Tell whether minutes are of more than a day, or an hour and thrice above the clock's."""
        return told > 1440 or (logged > 0 and told > max(logged + 60, 3 * logged))

    def _counts_first(self, job: Job) -> bool:
        """Tell whether a cut of a cancelled job is the first one of it that may count."""
        told = any(cut.job is job and cut.status != "rejected" for cut in self.cuts.values())
        return job.status == "cancelled" and not told

    def _cut(
        self, entry: ActivityLog, job: Job, status: str, logged: int, doubts: set[str]
    ) -> None:
        told = entry.result["laser_run"]
        row = entry.after[f"laserrun:{told['id']}"]
        doubts = doubts | ({"performed_in_the_future"} & set(entry.flagged))
        self.cuts[entry.seq] = Cut(
            told["id"], job, entry.effective_at, row["operator_id"], row["preset_id"],
            told["cut_time_minutes"], logged, status, doubts,
        )  # fmt: skip

    @staticmethod
    def _happens_after(entry: ActivityLog, previous: Moment | None) -> set[str]:
        """See that the entry counts from when it was done, but neither later than it was told nor
        before the previous one; return whether its clock is doubted for that."""
        assert previous is not None
        expected = max(min(entry.performed_at, entry.recorded_at), previous)
        assert entry.effective_at == expected, f"entry {entry.seq} counts from another time"
        return {"performed_before_previous_entry"} if entry.performed_at < previous else set()

    def _resolve_flag(self, entry: ActivityLog) -> None:
        key = entry.target_id or 0
        assert self.flags[key] == "open", "a flag was resolved twice"
        status = self.flags[key] = entry.result["flag"]["status"]
        cut = self.cuts.get(key)
        if cut and status == "accepted":
            cut.status = "completed"
        elif cut and cut.doubts - CLOCKS:
            cut.status = "rejected"

    # --- What a manager says of a cut ---

    def _about(self, entry: ActivityLog) -> tuple[int, Cut]:
        """Return the cut that an entry is about, and the number of the entry that told of it."""
        return next((seq, cut) for seq, cut in self.cuts.items() if cut.id == entry.target_id)

    def _reject_run(self, entry: ActivityLog) -> None:
        self._decide(entry, "completed pending", "rejected")

    def _restore_run(self, entry: ActivityLog) -> None:
        self._decide(entry, "rejected", "completed", "accepted")

    def _decide(self, entry: ActivityLog, before: str, after: str, flag: str = "") -> None:
        seq, cut = self._about(entry)
        assert cut.status in before.split(), "a cut was decided on twice"
        cut.status = after
        if seq in self.flags:
            self.flags[seq] = flag or after

    def _correct_run(self, entry: ActivityLog) -> None:
        seq, cut = self._about(entry)
        told = entry.after[f"laserrun:{cut.id}"]
        cut.minutes = told.get("cut_time_minutes", cut.minutes)
        cut.operator_id = told.get("operator_id", cut.operator_id)
        cut.preset_id = told.get("preset_id", cut.preset_id)
        doubts_more = cut.doubts - CLOCKS - {"implausible_minutes"}
        if "cut_time_minutes" in told and self.flags.get(seq) == "open" and not doubts_more:
            self.flags[seq], cut.status = "accepted", "completed"
