"""Fills a database for `make bench`, or takes the one kept from before.

`python -m benchmarks.fill` fills the one of SCALE; the harness calls `prepare`.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from benchmarks import place, rows
from benchmarks.rows import Shop, Sizes

MARK = "bench_filling"
NO_PASSWORD = "!"  # noqa: S105 - one that no input matches


def scale_of_environment() -> float:
    """Return SCALE; 1 is the size that the goals are about."""
    try:
        scale = float(os.environ.get("SCALE") or "1")
    except ValueError:
        scale = 0
    if not 0 < scale <= 10:
        raise SystemExit("SCALE must be a number greater than nought, and at most 10.")
    return scale


def prepare(scale: float) -> Shop:
    """Return the filled shop of this scale, as fresh as on its first day.

    `place.use(scale)` must have been called. Fills the database where it is missing, half made or
    of another schema; else undoes what an earlier measurement has changed.
    """
    _make_database(anew=False)
    import django

    django.setup()
    kept = _kept()
    if kept is None:
        _close()
        _make_database(anew=True)
        kept = _fill_anew(scale)
    else:
        reset(kept)
        _forget_sessions()
    return kept


def _forget_sessions() -> None:
    """Remove the sign-ins of earlier measurements; nothing in a reset log names them."""
    from operators_app.models import ActivityLog, Session

    named = ActivityLog.objects.exclude(session=None).values("session")
    Session.objects.exclude(pk__in=named).delete()


def _make_database(anew: bool) -> None:
    """Make the (empty) database if need be; with `anew` whatever is there is dropped."""
    url = urlsplit(os.environ["DATABASE_URL"])
    if url.scheme == "sqlite":
        if anew:
            for tail in ("", "-wal", "-shm"):
                Path(url.path.removeprefix("/") + tail).unlink(missing_ok=True)
        return
    import psycopg
    from psycopg import sql

    name = unquote(url.path.removeprefix("/"))
    server = urlunsplit(url._replace(scheme="postgresql", path="/postgres"))
    with psycopg.connect(server, autocommit=True) as line:
        if anew:
            line.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        known = line.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if not known:
            line.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _close() -> None:
    from django.db import connections

    connections.close_all()


def _kept() -> Shop | None:
    """Return the shop that the database was filled with; None where it must be filled anew."""
    from django.db import connection

    if MARK not in connection.introspection.table_names():
        return None
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT told FROM {MARK}")  # noqa: S608
        told: dict[str, Any] = json.loads(cursor.fetchone()[0])
    if told["version"] != place.version():
        return None
    return shop_of(Sizes(**told["sizes"]), told["base"], dt.datetime.fromisoformat(told["anchor"]))


def _fill_anew(scale: float) -> Shop:
    from django.core.management import call_command
    from django.db import connection

    begun = time.monotonic()
    place.say(f"Filling a database at scale {scale:g} (kept for the next time)…")
    call_command("migrate", interactive=False, verbosity=0)
    shop = fill(Sizes.of(scale))
    told = json.dumps({"version": place.version(), **rows.described(shop)})
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {MARK} (told text NOT NULL)")
        cursor.execute(f"INSERT INTO {MARK} VALUES (%s)", [told])  # noqa: S608
    place.say(f"Filled in {time.monotonic() - begun:.0f} s.")
    return shop


def shop_of(sizes: Sizes, base: int, anchor: dt.datetime) -> Shop:
    """Return the description of the shop in this database."""
    from operators_app.models import User
    from presets_app.models import Material

    materials = dict(Material.objects.order_by("id").values_list("id", "name"))
    author = User.objects.get(username="system").pk
    return Shop(sizes, base, anchor, materials, author)


def fill(sizes: Sizes) -> Shop:
    """Fill a database that holds what its migrations put into it, and nothing else."""
    from benchmarks import bulk
    from operators_app.models import ActivityLog, LogHead, Operator
    from presets_app.models import MachineSettingsPreset
    from projects_app.models import (
        Client,
        ClientText,
        DesignFile,
        Part,
        Project,
        ProjectPart,
        ProjectText,
    )
    from projects_app.search_texts import write_all
    from queue_app.models import LaserRun, MaterialTally, PresetTally, QueueItem

    base = LogHead.objects.get(pk=1).seq
    anchor = dt.datetime.now(dt.UTC).replace(microsecond=0)
    shop = shop_of(sizes, base, anchor)
    tables: list[tuple[Any, Any, Any]] = [
        (ActivityLog, rows.ENTRY_COLUMNS, rows.entries(shop)),
        (Project, rows.PROJECT_COLUMNS, rows.projects(shop)),
        (ProjectPart, rows.PROJECT_PART_COLUMNS, rows.project_parts(shop)),
        (DesignFile, rows.FILE_COLUMNS, rows.design_files(shop)),
        (QueueItem, rows.ITEM_COLUMNS, rows.items(shop, shop.jobs())),
        (LaserRun, rows.RUN_COLUMNS, rows.runs(shop)),
    ]
    with bulk.unchecked():
        _master_data(shop)
        for model, columns, values in tables:
            bulk.insert(model, columns, values)
        _keep_counts(shop)
        write_all()
    _tally(COUNT_IN, since=0)
    master = [
        Operator, Client, Part, MachineSettingsPreset, MaterialTally, PresetTally, ClientText,
        ProjectText,
    ]  # fmt: skip
    bulk.settle([*master, *(table[0] for table in tables)])
    return shop


def _master_data(shop: Shop) -> None:
    """Insert people, clients, parts and presets; ids count from 1."""
    from operators_app.models import Operator
    from presets_app.models import MachineSettingsPreset
    from projects_app.models import Client, Part

    when = dt.datetime.fromisoformat(shop.at(shop.base + 1)).replace(tzinfo=dt.UTC)
    stamp = {"created_at": when, "updated_at": when, "seq": shop.base + 1}
    Operator.objects.bulk_create(
        Operator(pk=n, user=user, name=f"Operator {n}", employee_id=f"BENCH-{n:04}", **stamp)
        for n, user in enumerate(_accounts(shop.sizes.operators), start=1)
    )
    Client.objects.bulk_create(
        Client(pk=n, number=n, code=f"CL{n:04}", name=f"Client {n}", contact_person="Jo", **stamp)
        for n in range(1, shop.sizes.clients + 1)
    )
    Part.objects.bulk_create(
        Part(pk=n, number=n, part_number=f"PT{n:05}", name=f"Bracket {n}", **stamp)
        for n in range(1, shop.sizes.parts + 1)
    )
    MachineSettingsPreset.objects.bulk_create(
        MachineSettingsPreset(
            pk=n, preset_name=f"Preset {n:04}", material_id=shop.material(n), thickness=1 + n % 8,
            power=50 + n % 50, speed=900 + n, frequency=5000, gas_type="Air", gas_pressure=1,
            focus_offset=0, **stamp,
        )
        for n in range(1, shop.sizes.presets + 1)
    )  # fmt: skip


def _accounts(count: int) -> list[Any]:
    from django.contrib.auth.models import Group

    from operators_app.models import User

    users = User.objects.bulk_create(
        User(username=f"bench{n:04}", password=NO_PASSWORD) for n in range(1, count + 1)
    )
    role = Group.objects.get(name="operator")
    links = User.groups.through
    links.objects.bulk_create(links(user_id=user.pk, group_id=role.pk) for user in users)
    return users


def _keep_counts(shop: Shop) -> None:
    """Write the head of the log and the counts of the queue."""
    from operators_app.models import LogHead
    from queue_app.models import QueueCount

    sizes = shop.sizes
    LogHead.objects.filter(pk=1).update(seq=shop.last_seq)
    counts = {
        "queued": sizes.active - sizes.running, "in_progress": sizes.running,
        "cancelled": sizes.cancelled, "completed": sizes.past - sizes.cancelled,
    }  # fmt: skip
    for status, count in counts.items():
        QueueCount.objects.filter(pk=status).update(count=count)


def _tally(statement: str, since: int) -> None:
    """Bring the operators' tallies into line with the runs after an entry of the log."""
    from django.db import connection

    with connection.cursor() as cursor:
        for table, kind in (("materialtally", "material_type"), ("presettally", "preset_id")):
            sums = SUMS.format(kind=kind)
            cursor.execute(statement.format(table=table, kind=kind, sums=sums), [since])


SUMS = (
    "SELECT operator_id, {kind}, count(*) AS jobs, sum(cut_time_minutes) AS minutes "
    "FROM queue_app_laserrun WHERE status = 'completed' AND seq > %s GROUP BY operator_id, {kind}"
)
COUNT_IN = "INSERT INTO queue_app_{table} (operator_id, {kind}, jobs, minutes) {sums}"
COUNT_OUT = (
    "UPDATE queue_app_{table} AS t SET jobs = t.jobs - s.jobs, minutes = t.minutes - s.minutes "
    "FROM ({sums}) s WHERE s.operator_id = t.operator_id AND s.{kind} = t.{kind}"
)


def reset(shop: Shop) -> None:
    """Undo what measurements have changed since the filling: the log after its last entry.

    The epoch is a new one, so that no server takes a body that it has kept for the newest.
    """
    from django.db import connection, transaction

    from benchmarks import bulk
    from operators_app.models import ActivityLog, Flag, LogHead
    from presets_app.models import MachineSettingsPreset
    from projects_app.models import Project
    from queue_app.models import LaserRun, QueueItem

    active = shop.active_jobs()
    with transaction.atomic():
        _keep_counts(shop)
        MachineSettingsPreset.objects.filter(pk__gt=shop.sizes.presets).delete()
        _tally(COUNT_OUT, since=shop.last_seq)
        LaserRun.objects.filter(seq__gt=shop.last_seq).delete()
        Flag.objects.filter(entry__gt=shop.last_seq).delete()
        log = ActivityLog._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(f'DELETE FROM "{log}" WHERE seq > %s', [shop.last_seq])  # noqa: S608
        LogHead.objects.filter(pk=1).update(epoch=uuid.uuid4())
        QueueItem.objects.filter(pk__gt=shop.sizes.past).delete()
        bulk.insert(QueueItem, rows.ITEM_COLUMNS, rows.items(shop, active))
        changed = set(Project.objects.filter(seq__gt=shop.last_seq).values_list("pk", flat=True))
        for job in active:
            if job.n in changed:
                Project.objects.filter(pk=job.n).update(
                    status=rows.PROJECT_STATUS[job.status], completion_date=None, seq=job.last_seq
                )


def main() -> None:
    """Fill the database of SCALE."""
    scale = scale_of_environment()
    place.use(scale)
    prepare(scale)
    place.say(f"The database of scale {scale:g} is filled.")


if __name__ == "__main__":
    main()
