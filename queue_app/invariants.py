"""What must be true of the queue, of the cuts, and of the counts kept of them."""

from __future__ import annotations

import math
from collections.abc import Iterator

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from laseros import clock
from laseros.doctor import RESTORE, invariant
from operators_app.models import ActivityLog, FlagStatus
from projects_app.models import Project, ProjectStatus
from queue_app.models import (
    IS_ACTIVE,
    LaserRun,
    MaterialTally,
    PresetTally,
    QueueCount,
    QueueItem,
    QueueStatus,
    RunStatus,
    Tally,
)
from queue_app.running_time import Ran, all_jobs
from queue_app.verbs.flags import CLOCK_REASONS

QUEUED = Q(status=QueueStatus.QUEUED)
RUNNING = Q(status=QueueStatus.IN_PROGRESS)
COMPLETED = Q(status=QueueStatus.COMPLETED)
CANCELLED = Q(status=QueueStatus.CANCELLED)
NEVER_STARTED = Q(
    first_started_at=None, started_at=None, paused_at=None, operator=None, preset=None,
    ran_seconds=0,
)  # fmt: skip
ONCE_STARTED = ~(Q(first_started_at=None) | Q(started_at=None) | Q(operator=None) | Q(preset=None))
PAUSED = ~Q(paused_at=None)

# Beyond it a rank and the next one are the same number.
LARGEST_RANK = 2.0**52


def _items(wrong: Q, what: str) -> Iterator[str]:
    """Yield a sentence for each queue item that is `wrong`."""
    found = QueueItem.objects.filter(wrong).order_by("pk").values_list("pk", "status")
    for pk, status in found.iterator():
        yield f"The job {pk} is “{status}”, {what}. {RESTORE}."


@invariant
def jobs_have_the_times_of_their_status() -> Iterator[str]:
    """A job has the times that its status implies, and no others."""
    yield from _items(COMPLETED & Q(completed_at=None), "but nothing tells when it was completed")
    yield from _items(~COMPLETED & ~Q(completed_at=None), "but has a time of completion")
    yield from _items(CANCELLED & Q(cancelled_at=None), "but nothing tells when it was cancelled")
    yield from _items(~CANCELLED & ~Q(cancelled_at=None), "but has a time of cancelling")
    yield from _items(~QUEUED & PAUSED, "but is marked as paused")


@invariant
def jobs_were_started_before_they_ran() -> Iterator[str]:
    """A running or paused job tells who started it, when and with which preset."""
    begun = RUNNING | QUEUED & PAUSED
    yield from _items(begun & ~ONCE_STARTED, "but nothing tells who started it, when or how")
    yield from _items(QUEUED & ~PAUSED & ~NEVER_STARTED, "not paused, but was started")
    ended = COMPLETED | CANCELLED
    half = ended & ~ONCE_STARTED & ~NEVER_STARTED
    yield from _items(half, "and was half started: a time, the operator or the preset is missing")


@invariant
def times_follow_each_other() -> Iterator[str]:
    """A job was added before it was started, and started before it ended."""
    backwards = (
        Q(first_started_at__lt=F("added_at"))
        | Q(started_at__lt=F("first_started_at"))
        | Q(paused_at__lt=F("started_at"))
        | Q(completed_at__lt=F("started_at"))
    )
    yield from _items(backwards, "but its times do not follow each other")


@invariant
def last_entries_are_remembered() -> Iterator[str]:
    """A job remembers the time of its last entry, before which nothing more can be entered."""
    wrong = (
        COMPLETED & ~Q(last_entry_at=F("completed_at"))
        | CANCELLED & ~Q(last_entry_at=F("cancelled_at"))
        | RUNNING & ~Q(last_entry_at=F("started_at"))
        | QUEUED & PAUSED & ~Q(last_entry_at=F("paused_at"))
        | QUEUED & ~PAUSED & ~Q(last_entry_at=F("added_at"))
    )
    yield from _items(wrong, "but its last entry is said to be of another time")


@invariant
def one_job_a_project() -> Iterator[str]:
    """No project stands in the queue twice."""
    active = QueueItem.objects.filter(IS_ACTIVE).order_by().values("project__project_code")
    for row in active.annotate(times=Count("pk")).filter(times__gt=1).iterator():
        yield (
            f"The project {row['project__project_code']} stands in the queue {row['times']} times. "
            "Cancel all but one of its jobs in the back office."
        )


@invariant
def ranks_can_be_compared() -> Iterator[str]:
    """The places in the queue are numbers between which there is room."""
    for pk, rank in QueueItem.objects.filter(IS_ACTIVE).values_list("pk", "rank").iterator():
        if not math.isfinite(rank) or abs(rank) > LARGEST_RANK:
            yield f"The job {pk} has the rank {rank}, which leaves no room beside it. {RESTORE}."


@invariant
def counts_are_true() -> Iterator[str]:
    """The counts kept of the queue are the counts."""
    counted = QueueItem.objects.order_by().values_list("status").annotate(times=Count("pk"))
    real, kept = dict(counted), dict(QueueCount.objects.values_list("status", "count"))
    for status in QueueStatus.values:
        if real.get(status, 0) != kept.get(status):
            yield (
                f"{real.get(status, 0)} jobs are “{status}”, but the count kept says "
                f"{kept.get(status, 'nothing')}. {RESTORE}."
            )


@invariant
def projects_are_where_their_jobs_are() -> Iterator[str]:
    """A project is queued, in progress or completed if and only if its jobs say so."""
    jobs = QueueItem.objects.filter(project=OuterRef("pk"))
    begun = Exists(jobs.filter(RUNNING | QUEUED & PAUSED))
    waiting = Exists(jobs.filter(QUEUED & ~PAUSED))
    active = Exists(jobs.filter(IS_ACTIVE))
    cut = Exists(jobs.filter(COMPLETED))
    at = {status: Q(status=status) for status in ProjectStatus}
    ended = at[ProjectStatus.COMPLETED] | at[ProjectStatus.CANCELLED]
    yield from _projects(begun & ~at[ProjectStatus.IN_PROGRESS], "a job of it was begun")
    yield from _projects(~begun & at[ProjectStatus.IN_PROGRESS], "no job of it was begun")
    yield from _projects(waiting & ~at[ProjectStatus.QUEUED], "a job of it waits in the queue")
    yield from _projects(~waiting & at[ProjectStatus.QUEUED], "no job of it waits in the queue")
    yield from _projects(~cut & at[ProjectStatus.COMPLETED], "no job of it was completed")
    yield from _projects(cut & ~active & ~ended, "it was cut and nothing more of it is to be cut")


def _projects(wrong: Q | Exists, what: str) -> Iterator[str]:
    found = Project.objects.filter(wrong).order_by("pk").values_list("project_code", "status")
    for code, status in found.iterator():
        yield f"The project {code} is “{status}”, but {what}. {RESTORE}."


@invariant
def cuts_have_their_entry() -> Iterator[str]:
    """Every completion in the log has its laser run, and the other way round."""
    ends = ActivityLog.objects.filter(verb="complete_job", laser_run=None)
    for seq in ends.values_list("seq", flat=True).iterator():
        yield f"The log tells of a cut in entry {seq}, but there is no laser run of it. {RESTORE}."
    fits = Q(
        entry__verb="complete_job", entry__target_type="queueitem",
        entry__target_id=F("queue_item_id"), entry__effective_at=F("run_date"),
        project=F("queue_item__project"),
    )  # fmt: skip
    yield from _runs(LaserRun.objects.exclude(fits), "does not fit its entry in the log")
    bare = QueueItem.objects.filter(COMPLETED, laser_runs=None)
    for pk in bare.values_list("pk", flat=True).iterator():
        yield f"The job {pk} is completed, but there is no laser run of it. {RESTORE}."


@invariant
def cuts_count_as_managers_say() -> Iterator[str]:
    """A run waits while its flag is open, and counts where no manager rejected the cut.

    A run that was never flagged may be rejected as well: then the log tells who did.
    """
    flag, runs = "entry__flag__status", LaserRun.objects.order_by("pk")
    pending = runs.filter(status=RunStatus.PENDING).exclude(**{flag: FlagStatus.OPEN})
    yield from _runs(pending, "waits for a manager who was not asked")
    told = ActivityLog.objects.filter(
        verb="reject_run", target_type="laserrun", target_id=OuterRef("pk")
    )
    never_flagged = Q(entry__flag=None) & Exists(told)
    rejected = runs.filter(status=RunStatus.REJECTED).exclude(
        Q(**{flag: FlagStatus.REJECTED}) | never_flagged
    )
    yield from _runs(rejected, "does not count, though no manager rejected it")
    accepted = runs.exclude(status=RunStatus.COMPLETED).filter(**{flag: FlagStatus.ACCEPTED})
    yield from _runs(accepted, "does not count, though a manager accepted it")
    doubted = runs.filter(status=RunStatus.COMPLETED, **{flag: FlagStatus.REJECTED})
    for pk, reasons in doubted.values_list("pk", "entry__flagged").iterator():
        if not CLOCK_REASONS.issuperset(reasons):
            yield f"The laser run {pk} counts, though a manager rejected it. {RESTORE}."


def _runs(wrong: QuerySet[LaserRun], what: str) -> Iterator[str]:
    for pk in wrong.order_by("pk").values_list("pk", flat=True).iterator():
        yield f"The laser run {pk} {what}. {RESTORE}."


@invariant
def minutes_come_from_the_log() -> Iterator[str]:
    """The minutes of every job and run are those between its starts, pauses and completions."""
    columns = ("pk", "status", "ran_seconds", "started_at")
    rows = QueueItem.objects.order_by("pk").values_list(*columns).iterator()
    jobs = all_jobs()
    ran = next(jobs, None)
    for pk, status, seconds, started_at in rows:
        while ran is not None and ran.item_id < pk:
            yield f"The log tells of the job {ran.item_id}, which is gone. {RESTORE}."
            ran = next(jobs, None)
        if ran is not None and ran.item_id == pk:
            told, ran = ran, next(jobs, None)
        else:
            told = Ran(pk)
        since = started_at if status == QueueStatus.IN_PROGRESS else None
        if (seconds, since) != (told.seconds, told.since):
            yield (
                f"The job {pk} was cut for {seconds} seconds until its last entry, but its entries "
                f"in the log add up to {told.seconds}. {RESTORE}."
            )


@invariant
def runs_tell_the_minutes_of_their_job() -> Iterator[str]:
    """The run that completed a job tells the job's minutes; any other run of it tells none."""
    earlier = LaserRun.objects.filter(
        queue_item=OuterRef("queue_item"), entry__lt=OuterRef("entry_id")
    )
    ended = Q(queue_item__status=QueueStatus.COMPLETED) & ~Exists(earlier)
    columns = ("pk", "logged_minutes", "queue_item__ran_seconds")
    for pk, minutes, seconds in LaserRun.objects.filter(ended).values_list(*columns).iterator():
        if minutes != clock.whole_minutes(seconds):
            yield (
                f"The laser run {pk} tells {minutes} minutes, but its job was cut for {seconds} "
                f"seconds. {RESTORE}."
            )
    others = LaserRun.objects.exclude(ended).filter(logged_minutes__gt=0)
    yield from _runs(others, "tells minutes, though it did not complete its job")


@invariant
def tallies_are_true() -> Iterator[str]:
    """What is kept of each operator's cuts is what the runs that count add up to."""
    yield from _wrong_tallies(MaterialTally, "material_type", "of “{}”")
    yield from _wrong_tallies(PresetTally, "preset_id", "with the preset {}")


def _wrong_tallies(tally: type[Tally], kind: str, told: str) -> Iterator[str]:
    runs = LaserRun.objects.filter(status=RunStatus.COMPLETED).order_by()
    sums = runs.values_list("operator_id", kind).annotate(Count("id"), Sum("cut_time_minutes"))
    real = {row[:2]: row[2:] for row in sums.iterator()}
    rows = tally._default_manager.values_list("operator_id", kind, "jobs", "minutes")
    kept = {row[:2]: row[2:] for row in rows.iterator()}
    for key in sorted(real.keys() | kept.keys()):
        (jobs, minutes), tallied = real.get(key, (0, 0)), kept.get(key, (0, 0))
        if (jobs, minutes) != tallied:
            yield (
                f"The operator {key[0]} made {jobs} cuts {told.format(key[1])} in {minutes} min, "
                f"but the tally says {tallied[0]} in {tallied[1]}. {RESTORE}."
            )
