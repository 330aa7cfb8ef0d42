"""What the log and the metrics tell of background jobs, and how many wait."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from django.dispatch import receiver
from django_q.models import Failure, OrmQ
from django_q.signals import post_execute_in_worker, pre_execute
from django_q.utils import get_func_repr

from laseros import metrics, work

log = logging.getLogger("laseros.jobs")


@receiver(pre_execute, dispatch_uid="log_job_started")
def tell_start(sender: Any, task: dict[str, Any], **kwargs: Any) -> None:
    """Say that a job begins; what it does is told under its id."""
    work.begin(work.Work(task["id"], "job_id"))
    log.info("job started", extra={"told": {"job": _name(task)}})


@receiver(post_execute_in_worker, dispatch_uid="log_job_ended")
def tell_end(sender: Any, task: dict[str, Any], **kwargs: Any) -> None:
    """Say how a job ended; its arguments are nobody's business."""
    told = {"job": _name(task)}
    if task.get("success"):
        log.info("job finished", extra={"told": told})
    else:
        told["exception"] = str(task.get("result", ""))
        log.error("job failed", extra={"told": told})
    metrics.count_job(told["job"], "finished" if task.get("success") else "failed")
    work.begin(None)


def _name(task: Mapping[str, Any]) -> str:
    return str(get_func_repr(task["func"]))


@metrics.gauge("laseros_jobs_waiting", "Background jobs that wait or run.", "")
def waiting() -> dict[str, int]:
    """Return how many jobs have not ended."""
    return {"": OrmQ.objects.count()}


@metrics.gauge("laseros_jobs_failed", "Failed jobs that nobody has run again.", "")
def failed() -> dict[str, int]:
    """Return how many failed jobs the back office lists."""
    return {"": Failure.objects.count()}
