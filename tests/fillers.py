"""Many rows at once of every model the admin shows, each with relations of its own."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from axes.models import AccessAttempt
from django.contrib.auth.models import Group
from django.db import models
from django.utils import timezone
from django_q.models import Failure, OrmQ, Schedule, Success, Task
from django_q.signing import SignedPackage

from operators_app.models import (
    ActivityLog,
    Flag,
    HeadingSynonym,
    LoginRecord,
    Operator,
    RolePolicy,
    Session,
    SheetImport,
    User,
)
from presets_app.models import MachineSettingsPreset, Material, MaterialAlias
from projects_app.models import Client, DesignFile, Document, Part, Project, Shop
from queue_app.models import LaserRun, ProductionReport, QueueItem, ReportTimes
from queue_app.reports.figures import figures_of
from queue_app.statistics.periods import Period
from tests.factories import stamp


def tag() -> str:
    """Return a short text that no other row has."""
    return uuid.uuid4().hex[:10]


def many(model: type[models.Model], count: int, row: Callable[[int], dict[str, Any]]) -> list[Any]:
    """Insert `count` rows and return them."""
    start = model._default_manager.count()
    return list(model._default_manager.bulk_create([model(**row(start + n)) for n in range(count)]))


def users(count: int) -> list[Any]:
    """Accounts, each with a role."""
    made = many(User, count, lambda n: {"username": f"u{tag()}", "password": "!"})
    role = Group.objects.get(name="viewer")
    User.groups.through.objects.bulk_create(
        User.groups.through(user_id=user.pk, group_id=role.pk) for user in made
    )
    return made


def operators(count: int) -> list[Any]:
    """Operators with accounts."""
    accounts = iter(users(count))
    return many(Operator, count, lambda n: {
        "name": tag(), "employee_id": tag(), "user": next(accounts), **stamp()})  # fmt: skip


def sessions(count: int) -> list[Any]:
    """Sign-ins of different people."""
    accounts = iter(users(count))
    later = timezone.now() + dt.timedelta(days=1)
    return many(Session, count, lambda n: {"user": next(accounts), "expires_at": later})


def imports(count: int) -> list[Any]:
    """Uploads of different people, imported."""
    accounts = iter(users(count))
    return many(SheetImport, count, lambda n: {
        "kind": "client", "file_name": f"{tag()}.xlsx", "uploaded_by": next(accounts),
        "status": "checked"})  # fmt: skip


def headings(count: int) -> list[Any]:
    """Headings of clients' sheets."""
    return many(HeadingSynonym, count, lambda n: {
        "kind": "client", "heading": f"h{(word := tag())}", "key": f"h{word}", "column": "name",
        **stamp()})  # fmt: skip


def logins(count: int) -> list[Any]:
    """Lines of the login history."""
    accounts = iter(users(count))
    return many(LoginRecord, count, lambda n: {
        "user": next(accounts), "username": tag(), "channel": "api", "outcome": "success",
    })  # fmt: skip


def entries(count: int) -> list[Any]:
    """Entries of the log, flagged ones among them."""
    accounts = iter(users(count))
    first = (ActivityLog.objects.aggregate(last=models.Max("seq"))["last"] or 0) + 1
    numbers = iter(range(first, first + count))
    now = timezone.now()
    return many(ActivityLog, count, lambda n: {
        "seq": next(numbers), "verb": "edit", "target_type": "client", "target_id": n,
        "user": next(accounts), "source": "admin", "op_id": uuid.uuid4(), "fingerprint": tag(),
        "performed_at": now, "effective_at": now, "recorded_at": now, "flagged": ["odd"],
        "before": {"client:1": {"name": "a"}}, "after": {"client:1": {"name": "b"}},
    })  # fmt: skip


def flags(count: int) -> list[Any]:
    """Flags of entries."""
    made = iter(entries(count))
    return many(Flag, count, lambda n: {"entry": next(made)})


def materials(count: int) -> list[Any]:
    """Materials with another name each."""

    def row(n: int) -> dict[str, Any]:
        name = f"m{tag()}"
        return {"name": name, "key": name, **stamp()}

    made = many(Material, count, row)
    rows = iter(made)

    def alias(n: int) -> dict[str, Any]:
        name = f"a{tag()}"
        return {"material": next(rows), "name": name, "key": name, **stamp()}

    many(MaterialAlias, count, alias)
    return made


def presets(count: int) -> list[Any]:
    """Presets of a material of their own."""
    rows = iter(materials(count))
    return many(MachineSettingsPreset, count, lambda n: {
        "preset_name": tag(), "material": next(rows), "thickness": 3, "power": 80, "speed": 900,
        **stamp()})  # fmt: skip


def clients(count: int) -> list[Any]:
    """Clients."""
    return many(Client, count, lambda n: {
        "number": n + 1, "code": f"CL{n + 1:05}", "name": tag(), **stamp()})  # fmt: skip


def parts(count: int) -> list[Any]:
    """Parts of different clients."""
    owners = iter(clients(count))
    return many(Part, count, lambda n: {
        "number": n + 1, "part_number": f"PT{n + 1:06}", "name": tag(), "client": next(owners),
        **stamp()})  # fmt: skip


def projects(count: int) -> list[Any]:
    """Projects of different clients, materials and presets."""
    owners, settings = iter(clients(count)), iter(presets(count))
    system = User.objects.get(username="system")

    def row(n: int) -> dict[str, Any]:
        preset = next(settings)
        return {
            "project_code": f"JB-{tag()}", "code_month": dt.date(2025, 10, 1),
            "code_number": n + 1, "client": next(owners), "name": tag(), "preset": preset,
            "material": preset.material, "created_by": system, **stamp(),
        }  # fmt: skip

    return many(Project, count, row)


def _file(project: Project) -> dict[str, Any]:
    return {
        "project": project, "original_filename": f"{tag()}.dxf", "file": f"designs/{tag()}",
        "file_size": 1, "sha256": "0" * 64, "uploaded_by": project.created_by, **stamp(),
    }  # fmt: skip


def drawings(count: int) -> list[Any]:
    """Drawings of different projects and parts."""
    owners, pieces = iter(projects(count)), iter(parts(count))
    return many(DesignFile, count, lambda n: {**_file(next(owners)), "part": next(pieces)})


def documents(count: int) -> list[Any]:
    """Documents of different projects."""
    owners = iter(projects(count))
    return many(Document, count, lambda n: {**_file(next(owners)), "kind": "quote"})


def items(count: int) -> list[Any]:
    """Jobs in the queue, assigned to different people."""
    owners, people = iter(projects(count)), iter(operators(count))
    now = timezone.now()

    def row(n: int) -> dict[str, Any]:
        project, person = next(owners), next(people)
        return {
            "project": project, "rank": float(n), "added_by": project.created_by,
            "added_at": now, "last_entry_at": now, "assigned_to": person, "operator": person,
            "preset": project.preset, **stamp(),
        }  # fmt: skip

    return many(QueueItem, count, row)


def runs(count: int) -> list[Any]:
    """Finished cuts."""
    jobs, told = iter(items(count)), iter(entries(count))

    def row(n: int) -> dict[str, Any]:
        job = next(jobs)
        return {
            "project": job.project, "queue_item": job, "run_date": timezone.now(),
            "operator": job.operator, "preset": job.preset, "cut_time_minutes": 5,
            "logged_minutes": 5, "entry": next(told), **stamp(),
        }  # fmt: skip

    return many(LaserRun, count, row)


def tasks(count: int, success: bool) -> list[Any]:
    """Finished background jobs."""
    now = timezone.now()
    return many(Task, count, lambda n: {
        "id": tag() + tag(), "name": tag(), "func": "laseros.clock.now", "started": now,
        "stopped": now, "success": success, "result": "no"})  # fmt: skip


def waiting(count: int) -> list[Any]:
    """Background jobs that wait."""
    load = SignedPackage.dumps({"id": tag(), "name": "x", "func": "f", "args": (), "kwargs": {}})
    return many(OrmQ, count, lambda n: {"key": "laseros", "payload": load,
                                        "lock": timezone.now()})  # fmt: skip


def schedules(count: int) -> list[Any]:
    """Jobs by the clock."""
    return many(Schedule, count, lambda n: {"name": tag(), "func": "laseros.clock.now"})


def attempts(count: int) -> list[Any]:
    """Failed sign-ins."""
    return many(AccessAttempt, count, lambda n: {
        "username": tag(), "ip_address": "127.0.0.1", "user_agent": tag(),
        "failures_since_start": 1, "get_data": "", "post_data": ""})  # fmt: skip


def reports(count: int) -> list[Any]:
    """Daily reports, each with a day of its own, with nothing in them."""
    first = dt.date(2020, 1, 1)
    figures = figures_of(Period(first, first))
    return many(ProductionReport, count, lambda n: {
        "kind": "daily", "first_day": first + dt.timedelta(days=n),
        "last_day": first + dt.timedelta(days=n), "made_at": timezone.now(),
        "figures": figures})  # fmt: skip


FILLERS: dict[type[models.Model], Callable[[int], list[Any]]] = {
    User: users, Operator: operators, Session: sessions, LoginRecord: logins,
    ActivityLog: entries, Flag: flags, Material: materials, MachineSettingsPreset: presets,
    Client: clients, Part: parts, Project: projects, DesignFile: drawings, Document: documents,
    QueueItem: items, LaserRun: runs, Success: lambda count: tasks(count, True),
    Failure: lambda count: tasks(count, False), OrmQ: waiting, Schedule: schedules,
    ProductionReport: reports, ReportTimes: lambda count: [ReportTimes.current()],
    AccessAttempt: attempts, Shop: lambda count: [Shop.current()],
    RolePolicy: lambda count: list(RolePolicy.objects.all()),
    SheetImport: imports, HeadingSynonym: headings,
}  # fmt: skip
