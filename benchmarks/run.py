"""`make bench`: measures the server against the floor, prints a table, writes bench.json.

SCALE is the size of the database (1: 100,000 projects), ROUNDS how often everything is measured,
REQUESTS how many requests a round of one figure has. `--only WORD` measures what has the word in
its name. A missed goal is no failure: the exit code tells only whether something broke.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks import fill, front_page, inside, place, sheets, works
from benchmarks.report import Report, at_most
from benchmarks.rows import Shop
from benchmarks.servers import Broken, served
from benchmarks.works import API, Bench

PROGRAM, FLOOR = "laseros.wsgi:application", "benchmarks.floor:application"
SMALLER = 10
DELTA = "delta"
WORKS = (
    "fresh reads", "unchanged queue", "statistics over HTTP", "completions", "growth",
    "statistics of an operator", "figures of the shop", "moving", "delta", "changelist",
    "search", "home page", "start", "import",
)  # fmt: skip


def number(name: str, default: int) -> int:
    """Return a number from the environment, at least 1."""
    return max(1, int(os.environ.get(name) or default))


def main() -> int:
    """Measure everything, or what was asked for; return the exit code."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", default="", help="measure what has this word in its name")
    only = parser.parse_args().only
    if not any(only in work for work in WORKS):
        parser.error(f"There is no work with “{only}” in its name. There are: {', '.join(WORKS)}.")
    scale = fill.scale_of_environment()
    os.environ["PGAPPNAME"] = "bench"
    place.use(scale)
    try:
        report = measure(scale, only)
    except Broken as error:
        place.say(f"The bench broke: {error}")
        return 1
    report.print()
    if scale != 1:
        place.say("The goals are about SCALE=1.")
    path = place.data_folder().with_suffix(".json")
    if not only:
        report.forget(path)
    report.write(path)
    place.say(f"\nWritten to {path}.")
    return 0


def measure(scale: float, only: str) -> Report:
    """Return the figures of all works that have `only` in their names."""
    shop = fill.prepare(scale)
    from django.db import connection

    rounds, report = number("ROUNDS", 3), Report(connection.vendor)
    place.say(f"Measuring on {connection.vendor} at scale {scale:g}, {rounds} rounds…")

    def wanted(name: str, work: Callable[[], Any]) -> None:
        if only in name:
            place.say(f"  {name}")
            work()

    with serving(scale, shop, report, rounds) as bench:
        over_http(bench, wanted)
        wanted("growth", lambda: growth(bench, scale))
    wanted("statistics of an operator", lambda: inside.statistics_of_operator(shop, report, rounds))
    wanted("figures of the shop", lambda: inside.figures(shop, report, rounds))
    wanted("moving", lambda: inside.moving(shop, report, rounds))
    wanted("delta", lambda: inside.changes(shop, report, rounds))
    wanted("changelist", lambda: inside.changelist(shop, report, rounds))
    wanted("search", lambda: inside.search(shop, report, rounds))
    wanted("home page", lambda: front_page.home(shop, report, rounds))
    wanted("start", lambda: inside.start(scale, report, rounds, sign_in(1)[1]))
    wanted("import", lambda: sheets.importing(shop, report, rounds))
    return report


def over_http(bench: Bench, wanted: Callable[[str, Callable[[], Any]], None]) -> None:
    """Measure what is asked for over HTTP."""
    wanted("fresh reads", lambda: works.fresh_reads(bench))
    wanted("unchanged queue", lambda: works.unchanged_queue(bench))
    wanted("statistics over HTTP", lambda: works.own_statistics(bench))
    wanted("completions", lambda: works.completions(bench))


@contextmanager
def serving(scale: float, shop: Shop, report: Report, rounds: int) -> Iterator[Bench]:
    """Serve program and floor on the filled database, with an operator signed in."""
    user, headers = sign_in(1)
    requests = number("REQUESTS", 150)
    with (
        served(PROGRAM, "bench_program", scale, headers) as api,
        served(FLOOR, "bench_floor", scale) as floor,
    ):
        yield Bench(shop, api, floor, 1, user, rounds, requests, report)


def sign_in(operator_id: int) -> tuple[int, dict[str, str]]:
    """Return the user of an operator and the header of a new session of theirs."""
    from django.utils import timezone

    from operators_app.authentication import PhoneAccessToken, issue
    from operators_app.models import Session, User

    user = User.objects.get(operator__id=operator_id)
    session = Session.objects.create(
        user=user, expires_at=timezone.now() + dt.timedelta(days=1),
        auth_hash=user.get_session_auth_hash(),
    )  # fmt: skip
    return user.pk, {"Authorization": f"Bearer {issue(PhoneAccessToken, {}, session)}"}


def growth(bench: Bench, scale: float) -> None:
    """Measure each list on a database of a tenth of the size, by a program of its own."""
    fill.reset(bench.shop)
    paths = {read.name: API + read.api for read in bench.reads() if "{" not in read.name}
    paths["delta of 100 changes"] = DELTA
    ratios: dict[str, list[float]] = {name: [] for name in paths}
    with smaller(scale) as program:
        for name in [*paths] * bench.rounds:
            little = asked(program, paths[name], bench.requests)
            ratios[name].append(fresh(bench, paths[name]) / little)
    rows = bench.shop.sizes.projects
    for name, found in ratios.items():
        what = f"{name}, {rows // SMALLER:,} → {rows:,} rows"
        bench.report.add(what, "× CPU", found, at_most(1.3))


@contextmanager
def smaller(scale: float) -> Iterator[subprocess.Popen[str]]:
    """Run `benchmarks.small` on the database of a tenth of the size."""
    command = [sys.executable, "-m", "benchmarks.small"]
    variables = {
        **os.environ, "SCALE": f"{scale / SMALLER:g}", "DATABASE_URL": os.environ["BENCH_SERVER"],
    }  # fmt: skip
    program = subprocess.Popen(  # noqa: S603
        command, cwd=place.BASE, env=variables, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    with program:
        yield program


def fresh(bench: Bench, path: str) -> float:
    """Return the CPU of a fresh answer of the large database."""
    if path == DELTA:
        return inside.cpu_of_changes(bench.shop)
    return bench.api.measure(works.getting(path), bench.requests, before=works.bump).cpu


def asked(program: subprocess.Popen[str], path: str, requests: int) -> float:
    """Return the CPU of a fresh answer of the small database."""
    assert program.stdin  # noqa: S101
    assert program.stdout  # noqa: S101
    program.stdin.write(f"{path} {requests}\n")
    program.stdin.flush()
    for line in program.stdout:
        if line.startswith("= "):
            return float(line[2:])
    raise Broken("The program that measures the smaller database has ended.")


if __name__ == "__main__":
    sys.exit(main())
