"""Everything that can be wrong with the demo shop's data, and what the doctor says of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import Group
from django.db import connection, models
from django.db.models import F
from django_q.models import OrmQ, Schedule

from operators_app.models import ActivityLog, Flag, LogHead, Operator, User
from presets_app.models import Material, MaterialAlias
from projects_app.models import Client, DesignFile, Part, Project, ProjectPart
from queue_app.models import LaserRun, QueueCount, QueueItem

Damage = Callable[[], Any]


def rows(model: type[models.Model], **which: Any) -> models.QuerySet[Any]:
    """Return the one row that is damaged: the first of those."""
    first = model._base_manager.filter(**which).order_by("pk").values_list("pk", flat=True)[0]
    return model._base_manager.filter(pk=first)


def sql(statement: str, *values: Any) -> None:
    """Change a table behind the models' back."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def on_log(column: str, value: Any, **which: Any) -> None:
    """Change an entry of the log, which the models refuse to do."""
    seq = rows(ActivityLog, **which).values_list("pk", flat=True)[0]
    sql(f"UPDATE operators_app_activitylog SET {column} = %s WHERE seq = %s", value, seq)


def forget_entry() -> None:
    seq = rows(ActivityLog, verb="move_item").values_list("pk", flat=True)[0]
    sql("DELETE FROM operators_app_activitylog WHERE seq = %s", seq)


def flag_anything() -> None:
    Flag.objects.create(entry=ActivityLog.objects.filter(flagged=[]).earliest("seq"))


def queue_twice() -> None:
    sql("DROP INDEX one_active_item_per_project")
    item = rows(QueueItem, status="queued").get()
    item.pk = None
    item.save(force_insert=True)


def share_a_file() -> None:
    rows(DesignFile).update(file=DesignFile.objects.latest("pk").file.name)


def of(model: type[models.Model], state: str, **columns: Any) -> Damage:
    """Return what changes columns of the first row that has the status `state`."""
    return lambda: rows(model, status=state).update(**columns)


NOW = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
BROKEN: dict[str, tuple[Damage, str]] = {
    "head": (lambda: LogHead.objects.update(seq=F("seq") + 1), "The log's head says"),
    "no head": (lambda: LogHead.objects.all().delete(), "The log has no head"),
    "gap": (forget_entry, "The log lacks the entry before"),
    "entry's user": (lambda: on_log("user_id", 987_654), "names the account 987654, which"),
    "entry's source": (lambda: on_log("source", "moon"), "has the source “moon”"),
    "stamp": (lambda: rows(Project).update(seq=10**9), "names the log entry 1000000000"),
    "changed": (lambda: rows(Client).update(name="Nobody"), "has name “Nobody”, the log says"),
    "deleted": (lambda: rows(ProjectPart).delete(), "is gone, though the log does not say so"),
    "unasked": (lambda: rows(Flag, status="open").delete(), "no manager is asked about it"),
    "asked": (flag_anything, "which contradicts nothing"),
    "resolved by nobody": (of(Flag, "open", status="accepted"), "who resolved it and when"),
    "role": (lambda: Group.objects.filter(name="viewer").delete(), "The group “viewer” is gone"),
    "admins": (
        lambda: User.objects.filter(username="admin").update(is_active=False),
        "No active account is an admin",
    ),
    "system": (
        lambda: User.objects.filter(username="system").update(is_active=True),
        "could be signed in with",
    ),
    "system cuts": (
        lambda: rows(Operator).update(user=User.objects.get(username="system")),
        "is the program itself",
    ),
    "material": (lambda: rows(Material).update(key="?"), "cannot be found by its name"),
    "alias": (lambda: rows(MaterialAlias).update(key="?"), "cannot be found by its name"),
    "two meanings": (
        lambda: rows(MaterialAlias).update(name="Brass", key="brass"), "an alias of another"
    ),
    "client's code": (lambda: rows(Client).update(number=4711), "has the number 4711"),
    "part's number": (lambda: rows(Part).update(number=4711), "has the number 4711"),
    "project's code": (lambda: rows(Project).update(project_code="JB"), "The project JB is number"),
    "project's number": (lambda: rows(Project).update(code_number=4711), "numbered up to 4711"),
    "payment": (
        of(Project, "completed", pop_received=False, pop_received_date=None),
        "which its proof of payment denies",
    ),
    "completion": (of(Project, "completed", completion_date=None), "day of completion"),
    "nameless": (lambda: rows(Project).update(name=""), "has no name, or one of more than 200"),
    "file's name": (lambda: rows(DesignFile).update(file="designs/no.dxf"), "no.dxf of the"),
    "file's size": (lambda: rows(DesignFile).update(file_size=3), "bytes instead of 3"),
    "shared file": (share_a_file, "belongs to 2 rows"),
    "reading": (lambda: rows(DesignFile).update(width_mm=None), "nothing was noted of it"),
    "schedule": (lambda: Schedule.objects.all().delete(), "Nothing asks again for drawings"),
    "unknown schedule": (
        lambda: Schedule.objects.create(name="Old", func="queue_app.no.such"), "calls queue_app.no"
    ),
    "job": (lambda: OrmQ.objects.create(key="laseros", payload="?"), "cannot be carried out"),
    "no completion": (of(QueueItem, "completed", completed_at=None), "nothing tells when it"),
    "early completion": (of(QueueItem, "queued", completed_at=NOW), "time of completion"),
    "no cancelling": (of(QueueItem, "cancelled", cancelled_at=None), "was cancelled"),
    "early cancelling": (of(QueueItem, "queued", cancelled_at=NOW), "time of cancelling"),
    "paused run": (of(QueueItem, "in_progress", paused_at=NOW), "is marked as paused"),
    "no start": (of(QueueItem, "in_progress", started_at=None), "nothing tells who started"),
    "early start": (of(QueueItem, "queued", first_started_at=NOW), "but was started"),
    "half a start": (of(QueueItem, "completed", preset=None), "was half started"),
    "order of times": (
        of(QueueItem, "completed", added_at=NOW), "times do not follow each other"
    ),
    "last entry": (of(QueueItem, "queued", last_entry_at=NOW), "said to be of another time"),
    "queued twice": (queue_twice, "stands in the queue 2 times"),
    "place": (of(QueueItem, "queued", rank=-7.5), "has rank “-7.5”, the log says"),
    "rank": (of(QueueItem, "queued", rank=float("inf")), "which leaves no room"),
    "count": (
        lambda: QueueCount.objects.filter(status="queued").update(count=99), "count kept says 99"
    ),
    "forgotten count": (lambda: rows(QueueCount).delete(), "the count kept says nothing"),
    "project queued": (of(Project, "approved_pop", status="queued"), "no job of it waits"),
    "project running": (of(Project, "queued", status="in_progress"), "no job of it was beg"),
    "project waiting": (of(Project, "in_progress", status="queued"), "a job of it was begu"),
    "project unqueued": (of(Project, "queued", status="approved_pop"), "waits in the queue"),
    "project done": (of(Project, "approved_pop", status="completed"), "no job of it was comp"),
    "project undone": (of(Project, "completed", status="approved_pop"), "it was cut and"),
    "no run": (lambda: rows(LaserRun).delete(), "but there is no laser run of it"),
    "run's day": (lambda: rows(LaserRun).update(run_date=NOW), "does not fit its entry in the log"),
    "waits": (of(LaserRun, "completed", status="pending"), "a manager who was not asked"),
    "counts": (of(LaserRun, "completed", status="rejected"), "no manager rejected it"),
    "accepted": (
        lambda: rows(Flag, status="open", entry__laser_run__status="pending").update(
            status="accepted"
        ),
        "though a manager accepted it",
    ),
    "rejected": (
        lambda: rows(Flag, entry__laser_run__status="completed").update(status="rejected"),
        "though a manager rejected it",
    ),
    "seconds": (of(QueueItem, "completed", ran_seconds=1), "was cut for 1 seconds"),
    "minutes": (lambda: rows(LaserRun).update(logged_minutes=999), "tells 999 minutes"),
    "second run": (of(LaserRun, "pending", logged_minutes=9), "did not complete its job"),
}  # fmt: skip
