"""What the queue knows of a project's story: its jobs and its cuts."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from laseros import clock
from operators_app.models import Flag
from projects_app.models import Project
from projects_app.story import CHAPTERS, Chapter
from queue_app.models import LaserRun, QueueItem, QueueStatus


def chapter(project: Project) -> Chapter:
    """Tell a project's jobs and runs, in three statements."""
    jobs = list(
        QueueItem.objects.filter(project=project)
        .select_related("operator", "assigned_to", "preset")
        .order_by("-id")
    )
    runs = list(
        LaserRun.objects.filter(project=project).select_related("operator", "preset", "entry")
    )
    flags = Flag.objects.filter(entry_id__in=[run.entry_id for run in runs])
    now = clock.now()
    context: dict[str, Any] = {
        "jobs": [(job, clock.whole_minutes(job.ran_seconds_until(now))) for job in jobs],
        "runs": runs,
    }
    targets = {
        "queueitem": [job.pk for job in jobs],
        "laserrun": [run.pk for run in runs],
        "flag": list(flags.values_list("pk", flat=True)),
    }
    return Chapter(context, targets, _current(jobs))


def _current(jobs: list[QueueItem]) -> tuple[Any, str] | None:
    """Return what leads to the job that runs or waits."""
    job = next((job for job in jobs if job.is_active), None)
    if job is None:
        return None
    running = job.status == QueueStatus.IN_PROGRESS
    caption = _("Open the job in progress") if running else _("Open the job in the queue")
    return caption, reverse("admin:queue_app_queueitem_change", args=(job.pk,))


CHAPTERS.append(chapter)
