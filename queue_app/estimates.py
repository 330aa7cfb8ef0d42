"""What the minutes of runs are measured against: the one word on how estimates count.

A job is estimated once, however many runs it has. Its estimate stands against the run that
completed it, or, where that one does not count, against the first of its runs that does; every
further run of the job (a second completion that a manager accepted) adds its minutes and no
estimate, so that cutting more than once cannot look like a saving.

A recut is a job of a project that was cut before, for scrap or a short count. The project's
estimate was of the first job: without an estimate of its own a recut is measured against nothing,
and its minutes are told apart.
"""

from __future__ import annotations

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from operators_app.models import Flag
from queue_app.models import LaserRun, QueueItem, QueueStatus, RunStatus

# The minutes that a run's job was estimated at: its own, else its project's.
ESTIMATE = Coalesce("queue_item__estimated_cut_time", "project__estimated_cut_time")
NO_OWN = Q(queue_item__estimated_cut_time=None)
_COMPLETED_IT = Q(run_date=F("queue_item__completed_at"))
# Jobs whose completing run may not count, that have further ones, or that were cancelled: a run of
# theirs was flagged when it was told. They are few, and a million others need not be looked into.
_FLAGGED_RUNS = LaserRun.objects.order_by().filter(entry__in=Flag.objects.order_by().values("pk"))
_FLAGGED = Q(queue_item__in=_FLAGGED_RUNS.values("queue_item"))
_FIRST_COUNTED = (
    LaserRun.objects.filter(queue_item=OuterRef("queue_item"), status=RunStatus.COMPLETED)
    .order_by(Case(When(_COMPLETED_IT, then=Value(0)), default=Value(1)), "pk")
    .values("pk")[:1]
)
# Whether the job's estimate stands against this run of it, which counts.
HOLDS_ESTIMATE = (_COMPLETED_IT | Q(queue_item__completed_at=None)) & ~_FLAGGED | (
    _FLAGGED & Q(pk=Subquery(_FIRST_COUNTED))
)
# What stands against a run, unless it is a recut without an estimate of its own; None: nothing.
PLANNED = Case(
    When(NO_OWN & Q(project__estimated_cut_time=None), then=Value(None)),
    When(HOLDS_ESTIMATE, then=ESTIMATE),
    default=Value(0),
    output_field=IntegerField(),
)


def several_jobs() -> Q:
    """Return the condition for runs of projects with more than one job.

    It is asked before anything is looked for among the other jobs: this list is read once, they
    would be looked for a million times.
    """
    jobs = QueueItem.objects.order_by().values("project").annotate(jobs=Count("id"))
    return Q(project__in=jobs.filter(jobs__gt=1).values("project"))


def follows_another() -> Exists:
    """Return the condition of `is_recut` for a few runs: it looks among the jobs for each."""
    return Exists(
        QueueItem.objects.order_by().filter(
            project=OuterRef("project"),
            pk__lt=OuterRef("queue_item"),
            status=QueueStatus.COMPLETED,
        )
    )


def is_recut() -> Combinable:
    """Return the condition for runs of a job before which another of its project was completed."""
    return several_jobs() & follows_another()


def is_recut_job(item: QueueItem) -> bool:
    """Tell of one job whether it is a recut, as `is_recut` tells of runs."""
    earlier = QueueItem.objects.filter(project=item.project_id, pk__lt=item.pk)
    return earlier.filter(status=QueueStatus.COMPLETED).exists()


def recuts(runs: QuerySet[LaserRun]) -> QuerySet[LaserRun]:
    """Keep the runs of recuts.

    They are few: sums over many runs are made without asking each whether it is one, and what the
    recuts put into them is taken out again.
    """
    return runs.filter(is_recut())


def measured(runs: QuerySet[LaserRun]) -> QuerySet[LaserRun]:
    """Keep the runs that are measured against an estimate."""
    estimated = ~NO_OWN | Q(project__estimated_cut_time__isnull=False)
    return runs.filter(estimated).exclude(NO_OWN & is_recut())
