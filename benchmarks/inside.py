"""The works that are measured without HTTP: statistics, moving, delta, the admin, the start."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from benchmarks import fill, place
from benchmarks.report import Report, at_least, at_most
from benchmarks.rows import Shop
from benchmarks.servers import Broken, Line, Server, served

CHANGES = 100
TRIES = 7
COLUMNS = (
    "project_code", "name", "client", "status", "material", "due_date", "quoted_price",
)  # fmt: skip


class Undo(Exception):
    """Leaves a transaction without a trace."""


def seconds(work: Callable[[], Any]) -> float:
    """Return how long `work` takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def statistics_of_operator(shop: Shop, report: Report, rounds: int) -> None:
    """Measure the own statistics against nine aggregates on a foreign-key index; compare them."""
    from queue_app.operator_stats import operator_stats

    slow, quick = [], []
    for number in range(1, rounds + 1):
        operator = number % shop.sizes.operators + 1
        expected: dict[str, Any] = {}
        operator_stats(operator)
        slow.append(_without_own_index(lambda one=operator, out=expected: nine(one, out)))  # type: ignore[misc]
        quick.append(cpu(lambda one=operator: operator_stats(one)))  # type: ignore[misc]
        told = operator_stats(operator)
        wrong = {name: told[name] for name in expected if told[name] != expected[name]}
        if wrong:
            raise Broken(f"The statistics tell {wrong}, the runs add up to {expected}.")
    ratios = [one / other for one, other in zip(slow, quick, strict=True)]
    report.add("operator statistics", "× nine aggregates, CPU", ratios, at_least(15))
    report.add("  operator statistics", "ms CPU", [one * 1e3 for one in quick])
    report.add("  nine aggregates", "ms CPU", [one * 1e3 for one in slow])


def nine(operator: int, out: dict[str, Any]) -> None:
    """Fill `out` with the figures, one query each: what a view written without care would ask."""
    from django.db.models import Avg, Count, Max, Sum

    from laseros import clock
    from queue_app.models import LaserRun

    runs = LaserRun.objects.filter(operator_id=operator, status="completed")
    today = clock.shop_today()
    since = {
        "jobs_today": today,
        "jobs_this_week": today - dt.timedelta(days=today.weekday()),
        "jobs_this_month": today.replace(day=1),
    }
    out["total_jobs_completed"] = runs.count()
    minutes = runs.aggregate(all=Sum("cut_time_minutes"))["all"] or 0
    out["total_cut_time_hours"] = round(minutes / 60, 1)
    for name, day in since.items():
        out[name] = runs.filter(run_date__gte=clock.day_start(day)).count()
    average = runs.aggregate(all=Avg("cut_time_minutes"))["all"] or 0
    out["average_cut_time_minutes"] = round(float(average), 1)
    for name, column in (
        ("most_used_material", "material_type"), ("most_used_preset", "preset__preset_name"),
    ):  # fmt: skip
        rows = runs.values_list(column).annotate(times=Count("id")).order_by("-times", column)
        out[name] = rows[0][0] if rows else None
    runs.aggregate(last=Max("run_date"))


def _without_own_index(work: Callable[[], Any]) -> float:
    """Return the CPU of `work` while runs are found by the foreign key's index alone."""
    from django.db import connection, transaction

    from queue_app.models import LaserRun

    table = LaserRun._meta.db_table
    took = 0.0
    with suppress(Undo), transaction.atomic(), connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
        for name, facts in found.items():
            columns = facts["columns"] or []
            if facts["index"] and columns[:1] == ["operator_id"] and len(columns) > 1:
                cursor.execute(f'DROP INDEX "{name}"')
        took = cpu(work, times=5)
        raise Undo
    return took


def moving(shop: Shop, report: Report, rounds: int) -> None:
    """Measure moving one of the active jobs from the end to the first half, against saving each."""
    from operators_app.verbs import Actor
    from queue_app.models import QueueItem
    from queue_app.verbs import move_item

    fill.reset(shop)
    by, moved = Actor.system(), itertools.count()
    last, middle = shop.sizes.projects, shop.sizes.active // 2
    written, took, pairs = [], [], []

    def move() -> Any:
        number = next(moved) % middle  # not twice into one gap: halving it would use it up
        return move_item(last - number, middle - number, by=by)

    for _ in range(rounds):
        written.append(float(QueueItem.objects.filter(seq=move().seq).count()))
        took.append(seconds(move))
        pairs.append((cpu(move), cpu(_saving_each, 2)))
    fill.reset(shop)
    name = f"move one of {shop.sizes.active}"
    report.add(name, "rows", written, at_most(1))
    report.add(name, "× saving each, CPU", [each / one for one, each in pairs], at_least(50))
    report.add(f"  {name}", "ms CPU", [one * 1e3 for one, _ in pairs])
    report.add(f"  {name}", "ms", [one * 1e3 for one in took])
    report.add(f"  saving each of {shop.sizes.active}", "ms CPU", [each * 1e3 for _, each in pairs])


def _saving_each() -> None:
    """Give each active job its rank anew, one `save` after the other; then undo it."""
    from django.db import transaction

    from queue_app.queries import active_items

    with transaction.atomic():
        for rank, item in enumerate(active_items(), start=1):
            item.rank = float(rank)
            item.save()
        transaction.set_rollback(True)


def changes(shop: Shop, report: Report, rounds: int) -> None:
    """Measure the query behind delta sync against the floor's.

    Both in this process, for there is no endpoint yet; the database's CPU is in both figures.
    """
    from benchmarks import floor

    since = str(shop.last_seq - CHANGES)
    pairs = [
        (cpu_of_changes(shop), cpu(lambda: json_of(floor.delta(since)))) for _ in range(rounds)
    ]
    name = f"delta of {CHANGES} changes"
    report.add(name, "× floor, CPU", [one / other for one, other in pairs], at_most(6))
    report.add(f"  {name}", "ms CPU", [one * 1e3 for one, _ in pairs])
    report.add(f"  {name}, floor", "ms CPU", [two * 1e3 for _, two in pairs])


def cpu_of_changes(shop: Shop) -> float:
    """Return the CPU of the query behind delta sync; raise Broken where it misses a change."""
    from benchmarks import floor

    since = shop.last_seq - CHANGES
    counts = len(_changed(since)), len(floor.delta(str(since))["queue_items"])
    if min(counts) < min(CHANGES, shop.sizes.active):
        raise Broken(f"The delta has {counts} rows instead of {CHANGES}.")
    return cpu(lambda: _changed(since))


def json_of(told: Any) -> bytes:
    """Return JSON, as the floor writes it."""
    import orjson

    from benchmarks import floor

    return orjson.dumps(told, option=floor.OPTIONS)


def _changed(since: int) -> list[Any]:
    """Return the queue items after `since`, as the API tells them."""
    from laseros.api import to_json
    from operators_app.verbs import Actor
    from queue_app.queries import changed_items
    from queue_app.serializers import told_item

    by = Actor(0, "bench", None)
    told = [told_item(row, by) for row in changed_items(since, 200)]
    to_json(told)
    return told


def cpu(work: Callable[[], Any], times: int = 20) -> float:
    """Return the CPU of one `work`, in this process and in its database sessions."""
    from benchmarks.servers import backend_cpu

    work()
    here = os.environ.get("PGAPPNAME", "")
    begun = time.process_time() + backend_cpu(here)
    for _ in range(times):
        work()
    return (time.process_time() + backend_cpu(here) - begun) / times


def figures(shop: Shop, report: Report, rounds: int) -> None:
    """Measure all topics of the statistics, of the month with the last runs and of all years."""
    from laseros import clock
    from laseros.ranges import FIRST_DAY, LAST_DAY
    from queue_app.models import LaserRun
    from queue_app.statistics import overview
    from queue_app.statistics.periods import Period, month_of

    last = LaserRun.objects.latest("run_date").run_date.astimezone(clock.shop_zone()).date()
    for name, period in (("a month", month_of(last)), ("all years", Period(FIRST_DAY, LAST_DAY))):
        took = []
        for _ in range(rounds):
            took.append(seconds(lambda one=period: overview.tables(one)) * 1e3)  # type: ignore[misc]
        found = overview.tables(period)["operators"].total or {"jobs": 0}
        report.add(f"  the shop's statistics, {name} ({found['jobs']} runs)", "ms", took)


def search(shop: Shop, report: Report, rounds: int) -> None:
    """Measure the database's time of one search, as whoever types waits for it; the slowest counts.

    What the statements take by the clock, of a rare word, one that all projects have, and so on.
    """
    from django.db import connection

    queries = {
        "a rare word": str(shop.sizes.projects // 2 + 1), "a word in all": "brackets",
        "no hit": "zzqqx", "two letters": "pl", "one letter": "b", "two words": "plant 123",
        "part of a code": f"-CL{shop.sizes.clients:04}-", "old codes": shop.at(shop.base + 2)[:4],
        "a file": f"bracket-{shop.sizes.projects // 3}-1.dxf", "a client": "client 7",
    }  # fmt: skip
    slowest = []
    goal = at_most(50) if connection.vendor == "postgresql" else at_most(150)
    for name, query in queries.items():
        took = [_database_ms(query) for _ in range(rounds)]
        slowest.append(statistics.median(took))
        report.add(f"  search, {name} (“{query}”)", "ms database", took)
    report.add("search, the slowest of them", "ms database", [max(slowest)], goal)


def _database_ms(query: str) -> float:
    """Return how long the statements of one search take, in ms: the least of several tries.

    By the clock, so that what other programs take of the processor is in it, but for the least.
    """
    from django.db import connection

    from projects_app.search import find

    tries: list[float] = []

    def timed(execute: Any, *args: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(*args)
        finally:
            tries[-1] += time.perf_counter() - begun

    for _ in range(TRIES):
        tries.append(0.0)
        with connection.execute_wrapper(timed):
            find(query)
    return min(tries) * 1e3


def changelist(shop: Shop, report: Report, rounds: int) -> None:
    """Measure the admin's list of projects against a ModelAdmin left at its defaults.

    That one shows the same columns; for comparison also one that shows nothing but the name.
    """
    from django.conf import settings
    from django.contrib import admin
    from django.core.management import call_command
    from unfold.admin import ModelAdmin

    from projects_app.models import Project

    if not (settings.STATIC_ROOT / "staticfiles.json").exists():
        call_command("collectstatic", interactive=False, verbosity=0)
    same = type("SameColumns", (ModelAdmin,), {"list_display": COLUMNS})
    ours, plain = admin.site._registry[Project], same(Project, admin.site)
    bare = ModelAdmin(Project, admin.site)
    taken = [[cpu(lambda one=one: _page(one), 3) for one in (ours, plain, bare)]  # type: ignore[misc]
             for _ in range(rounds)]  # fmt: skip
    name = "admin changelist of projects"
    ratios = [one / other for one, other, _ in taken]
    report.add(name, "× defaults, CPU", ratios, at_most(0.65))
    report.add(f"  {name}", "ms CPU", [one * 1e3 for one, _, _ in taken])
    report.add(f"  {name}, defaults", "ms CPU", [two * 1e3 for _, two, _ in taken])
    report.add(f"  {name}, defaults and no columns", "ms CPU", [three * 1e3 for *_, three in taken])


def _page(model_admin: Any) -> bytes:
    """Return the first page of a changelist, rendered for an admin."""
    from django.contrib.messages.storage.fallback import FallbackStorage
    from django.test import RequestFactory

    from operators_app.models import User

    request: Any = RequestFactory(HTTP_HOST="127.0.0.1").get("/admin/projects_app/project/")
    request.user = User(pk=0, username="bench", is_active=True, is_superuser=True)
    request.session = {}
    request._messages = FallbackStorage(request)
    response = model_admin.changelist_view(request)
    page: bytes = response.render().content
    return page


def start(scale: float, report: Report, rounds: int, headers: dict[str, str]) -> None:
    """Write down what `manage.py check` and the first request after a start take."""
    checks, firsts = [], []
    for _ in range(rounds):
        before = _children_cpu()
        run = [sys.executable, "manage.py", "check"]
        subprocess.run(run, cwd=place.BASE, check=True, capture_output=True, timeout=60)  # noqa: S603
        checks.append(_children_cpu() - before)
        with served("laseros.wsgi:application", "bench_start", scale, headers) as server:
            with server.line() as line:
                _ask_first(line)
            firsts.append(_all_cpu(server))
    report.add("manage.py check", "s CPU", checks)
    report.add("start to first answer", "s CPU", firsts)


def _ask_first(line: Line) -> None:
    answer = line.ask("/api/mobile/queue")
    if answer.status != 200:
        raise Broken(f"The first answer was {answer.status}: {json.dumps(answer.body.decode())}")


def _all_cpu(server: Server) -> float:
    return server.cpu()


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
