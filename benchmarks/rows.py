"""The rows of a shop of any size: the same ones for the same size, consistent with one another.

Item n belongs to project n. The latest 400 items stand in the queue, a quarter of them running; of
the others each tenth was cancelled, and the rest were completed, with all the runs. The log has
one entry for the master data, then one for each run, each cancelling and each adding.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

Values = tuple[Any, ...]
YEARS = dt.timedelta(days=3 * 365)
ACTIVE = 400
PARTS_EACH = FILES_EACH = 3


@dataclass(frozen=True)
class Sizes:
    """How many rows there are of each kind."""

    clients: int
    projects: int
    runs: int
    operators: int
    presets: int

    @classmethod
    def of(cls, scale: float) -> Sizes:
        """Return the sizes of the issue times `scale`; never fewer than a page needs."""
        return cls(
            clients=max(1, round(2_000 * scale)),
            projects=max(20, round(100_000 * scale)),
            runs=max(100, round(1_000_000 * scale)),
            operators=max(4, round(200 * scale)),
            presets=max(60, round(500 * scale)),
        )

    @property
    def parts(self) -> int:
        """How many parts the catalogue has."""
        return max(PARTS_EACH, self.projects // 20)

    @property
    def active(self) -> int:
        """How many items stand in the queue."""
        return min(ACTIVE, self.projects // 2)

    @property
    def past(self) -> int:
        """How many items have left the queue."""
        return self.projects - self.active

    @property
    def running(self) -> int:
        """How many jobs are being cut: the first ones of the queue."""
        return self.active // 4

    @property
    def cancelled(self) -> int:
        """How many jobs were cancelled: their projects are approved again."""
        return self.past // self.cancelled_each

    @property
    def cancelled_each(self) -> int:
        """Each how-manieth of the past jobs was: the tenth, or more, for a page to be full."""
        return min(10, max(2, self.past // 60))

    @property
    def entries(self) -> int:
        """How many entries the log gets."""
        return 1 + self.runs + self.cancelled + self.active


class Job(NamedTuple):
    """Item n and its project: its state, its first and last entry of the log, its runs."""

    n: int
    status: str
    first_seq: int
    last_seq: int
    first_run: int
    runs: int


@dataclass(frozen=True)
class Shop:
    """A shop of a size, whose log goes on after entry `base`, seen from the moment `anchor`."""

    sizes: Sizes
    base: int
    anchor: dt.datetime
    materials: dict[int, str]
    author: int

    def at(self, seq: int) -> str:
        """Return the time of an entry: evenly spread over three years, up to the anchor."""
        age = YEARS * ((self.last_seq - seq) / self.sizes.entries)
        return text(self.anchor - dt.timedelta(seconds=round(age.total_seconds())))

    @property
    def last_seq(self) -> int:
        """The number of the last entry."""
        return self.base + self.sizes.entries

    def material(self, n: int) -> int:
        """Return the material of project or preset n."""
        return list(self.materials)[n % len(self.materials)]

    def preset(self, n: int) -> int:
        """Return the preset of project n."""
        return n % self.sizes.presets + 1

    def operator(self, n: int) -> int:
        """Return the operator of run n, so that each gets as many."""
        return n % self.sizes.operators + 1

    def jobs(self) -> Iterator[Job]:
        """Yield all jobs, oldest first."""
        sizes = self.sizes
        completed, done, seq, run = sizes.past - sizes.cancelled, 0, self.base + 2, 1
        for n in range(1, sizes.projects + 1):
            status, runs = "queued", 0
            if n > sizes.past:
                status = "in_progress" if n <= sizes.past + sizes.running else "queued"
            elif n % sizes.cancelled_each == 0:
                status = "cancelled"
            else:
                runs = sizes.runs * (done + 1) // completed - sizes.runs * done // completed
                status, done = "completed", done + 1
            last = seq + max(runs, 1) - 1
            yield Job(n, status, seq, last, run, runs)
            seq, run = last + 1, run + runs

    def active_jobs(self) -> list[Job]:
        """Return the jobs that stand in the queue."""
        first = self.last_seq - self.sizes.active + 1
        queue = range(self.sizes.past + 1, self.sizes.projects + 1)
        return [
            Job(n, "in_progress" if place < self.sizes.running else "queued", first + place,
                first + place, 0, 0)
            for place, n in enumerate(queue)
        ]  # fmt: skip


def text(moment: dt.datetime) -> str:
    """Return a time as both databases read it: UTC, whole seconds."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


PROJECT_STATUS = {
    "queued": "queued", "in_progress": "in_progress", "completed": "completed",
    "cancelled": "approved_pop",
}  # fmt: skip

PROJECT_COLUMNS = (
    "id", "project_code", "code_month", "code_number", "client_id", "name", "description",
    "status", "material_id", "material_thickness", "material_quantity_sheets", "parts_quantity",
    "estimated_cut_time", "drawing_creation_time", "preset_id", "due_date", "completion_date",
    "quoted_price", "pop_received", "pop_received_date", "pop_deadline", "created_by_id",
    "created_at", "updated_at", "seq",
)  # fmt: skip


def projects(shop: Shop) -> Iterator[Values]:
    """Yield the projects, all with what a cut needs."""
    for job in shop.jobs():
        n, when = job.n, shop.at(job.last_seq)
        day, client = when[:10], n % shop.sizes.clients + 1
        yield (
            n, f"JB-{day[:7]}-CL{client:04}-{n:06}", f"{day[:7]}-01", n, client,
            f"Brackets for plant {n}", f"Order {n}, as drawn", PROJECT_STATUS[job.status],
            shop.material(n), 1 + n % 8, 1 + n % 5, 50, 15 + n % 90, 5 + n % 40, shop.preset(n),
            day, day if job.status == "completed" else None, 1000 + n % 9000, True, day, day,
            shop.author, when, when, job.last_seq,
        )  # fmt: skip


PROJECT_PART_COLUMNS = ("project_id", "part_id", "quantity", "created_at", "updated_at", "seq")


def project_parts(shop: Shop) -> Iterator[Values]:
    """Yield three parts for each project."""
    for job in shop.jobs():
        when = shop.at(job.first_seq)
        for k in range(PARTS_EACH):
            part = (job.n * PARTS_EACH + k) % shop.sizes.parts + 1
            yield job.n, part, 5 * (k + 1), when, when, job.first_seq


FILE_COLUMNS = (
    "project_id", "original_filename", "file", "file_size", "sha256", "uploaded_by_id",
    "read_state", "width_mm", "height_mm", "created_at", "updated_at", "seq",
)  # fmt: skip


def design_files(shop: Shop) -> Iterator[Values]:
    """Yield three drawings for each project; there are no files behind them."""
    for job in shop.jobs():
        when = shop.at(job.first_seq)
        for k in range(FILES_EACH):
            number = job.n * FILES_EACH + k
            yield (
                job.n, f"bracket-{job.n}-{k}.dxf", f"designs/{number:032x}.dxf", 200_000 + k,
                f"{number:064x}", shop.author, "ready", 120.0, 80.0, when, when, job.first_seq,
            )  # fmt: skip


ITEM_COLUMNS = (
    "id", "project_id", "rank", "status", "priority", "scheduled_date", "estimated_cut_time",
    "assigned_to_id", "notes", "added_by_id", "added_at", "first_started_at", "started_at",
    "completed_at", "cancelled_at", "last_entry_at", "ran_seconds", "preset_id", "operator_id",
    "created_at", "updated_at", "seq",
)  # fmt: skip


def items(shop: Shop, jobs: Iterable[Job]) -> Iterator[Values]:
    """Yield the queue items of these jobs."""
    for job in jobs:
        n, added, last = job.n, shop.at(job.first_seq), shop.at(job.last_seq)
        started = job.status in {"completed", "in_progress"}
        operator = shop.operator(n) if started else None
        yield (
            n, n, float(n), job.status, ("high", "normal", "low")[n % 3], last[:10],
            30 + n % 60 if n % 2 else None, shop.operator(n) if n % 4 == 0 else None,
            f"Note {n}", shop.author, added, added if started else None,
            added if started else None, last if job.status == "completed" else None,
            last if job.status == "cancelled" else None, last,
            60 * minutes(n) if job.status == "completed" else 0,
            shop.preset(n) if started else None, operator, added, last, job.last_seq,
        )  # fmt: skip


def minutes(n: int) -> int:
    """Return how long run n took."""
    return 5 + n * 7 % 113


RUN_COLUMNS = (
    "id", "project_id", "queue_item_id", "run_date", "operator_id", "preset_id",
    "cut_time_minutes", "logged_minutes", "material_type", "material_thickness", "sheet_count",
    "parts_produced", "status", "entry_id", "created_at", "updated_at", "seq",
)  # fmt: skip


def runs(shop: Shop) -> Iterator[Values]:
    """Yield the runs of all completed jobs."""
    for job in shop.jobs():
        for k in range(job.runs):
            n, seq = job.first_run + k, job.first_seq + k
            when = shop.at(seq)
            yield (
                n, job.n, job.n, when, shop.operator(n), shop.preset(job.n), minutes(n),
                minutes(n), shop.materials[shop.material(job.n)], 1 + job.n % 8, 1 + n % 5, 30,
                "completed", seq, when, when, seq,
            )  # fmt: skip


ENTRY_COLUMNS = (
    "seq", "verb", "target_type", "target_id", "user_id", "source", "op_id", "fingerprint",
    "performed_at", "effective_at", "recorded_at",
)  # fmt: skip
VERBS = {
    "completed": "complete_job", "cancelled": "cancel_item", "queued": "add_to_queue",
    "in_progress": "start_job",
}  # fmt: skip


def entries(shop: Shop) -> Iterator[Values]:
    """Yield the log: the master data, then an entry for each run and each other item."""
    about = itertools.chain(
        [("import", None)],
        ((VERBS[job.status], job.n) for job in shop.jobs() for _ in range(max(job.runs, 1))),
    )
    for seq, (verb, target) in enumerate(about, start=shop.base + 1):
        when = shop.at(seq)
        yield (
            seq, verb, "queueitem" if target else "client", target, shop.author, "system",
            f"{seq:032x}", f"{seq:064x}", when, when, when,
        )  # fmt: skip


def described(shop: Shop) -> dict[str, Any]:
    """Return what must be remembered of a filled shop, as JSON's own words."""
    return {"base": shop.base, "anchor": shop.anchor.isoformat(), "sizes": asdict(shop.sizes)}
