"""The works that are asked for over HTTP, each against the floor."""

from __future__ import annotations

import json
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from benchmarks import fill
from benchmarks.report import NO_GOAL, Goal, Report, at_least, at_most
from benchmarks.rows import Shop
from benchmarks.servers import Answer, Broken, Line, Sample, Server

API = "/api/mobile"
RACERS = 32
CUT_MINUTES = 42


class Read(NamedTuple):
    """A read of the API and what of the floor it is measured against."""

    name: str
    api: str
    floor: str
    goal: Goal
    body: str


@dataclass
class Bench:
    """The two servers on one filled database, and who asks them."""

    shop: Shop
    api: Server
    floor: Server
    operator: int
    user: int
    rounds: int
    requests: int
    report: Report

    def reads(self) -> list[Read]:
        """Return the reads with a floor of their own."""
        running = self.shop.sizes.past + 1
        return [
            Read("GET queue", "/queue", "/queue", at_most(5, " (stretch 2)"), "queue_items"),
            Read("GET projects", "/projects", "/projects", at_most(6), "projects"),
            Read("GET queue/{id}", f"/queue/{running}", f"/item/{running}", at_most(6),
                 "queue_item"),
            Read("GET presets", "/presets", "/presets", at_most(6), "presets"),
        ]  # fmt: skip


def bump() -> None:
    """Let there be a change: every body that was kept is out of date."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE operators_app_loghead SET seq = seq + 1 WHERE id = 1")


def getting(path: str, held: str = "") -> Callable[[Line, int], Answer]:
    """Return a request that is always the same; `held` is the tag of a body held already."""
    if held:
        return lambda line, number: line.ask(path, If_None_Match=held)
    return lambda line, number: line.ask(path)


def fresh_reads(bench: Bench) -> None:
    """Measure each read the first time after a change, against the floor."""
    for read in bench.reads():
        check_equal(bench, read)
        pairs = []
        for _ in range(bench.rounds):
            low = bench.floor.measure(getting(read.floor), bench.requests)
            high = bench.api.measure(getting(API + read.api), bench.requests, before=bump)
            pairs.append((high, low))
        tell(bench.report, f"{read.name}, fresh", pairs, read.goal)


def tell(report: Report, work: str, pairs: list[tuple[Sample, Sample]], goal: Goal) -> None:
    """Add the ratio that the goal is about, and what it is made of."""
    report.add(work, "× floor, CPU", [high.cpu / low.cpu for high, low in pairs], goal)
    for name, side in (("", 0), (", floor", 1)):
        report.add(f"  {work}{name}", "ms CPU", [pair[side].cpu * 1e3 for pair in pairs])
        report.add(f"  {work}{name}", "ms p50", [pair[side].p50 * 1e3 for pair in pairs])


def check_equal(bench: Bench, read: Read) -> None:
    """Raise Broken unless floor and API answer the same: else the floor would be no floor."""
    said = json.loads(bench.api.warm_up(API + read.api).body)
    floor = json.loads(bench.floor.warm_up(read.floor).body)
    if said == floor:
        return
    one, other = said[read.body], floor[read.body]
    if isinstance(one, list):
        if len(one) != len(other):
            raise Broken(f"{read.name}: {len(one)} rows, the floor has {len(other)}.")
        one, other = next(((a, b) for a, b in zip(one, other, strict=True) if a != b), ({}, {}))
    odd = {k: (one.get(k), other.get(k)) for k in {*one, *other} if one.get(k) != other.get(k)}
    if odd:
        raise Broken(f"{read.name}: API and floor differ in {odd}")


def unchanged_queue(bench: Bench) -> None:
    """Measure the queue without a change: the same 200 again, and the 304."""
    queue = f"{API}/queue"
    rounds = []
    for _ in range(bench.rounds):
        low = bench.floor.measure(getting("/queue"), bench.requests)
        fresh = bench.api.measure(getting(queue), bench.requests, before=bump)
        tag = bench.api.warm_up(queue).etag
        again = bench.api.measure(getting(queue), bench.requests)
        unchanged = getting(queue, tag)
        rounds.append((low, fresh, again, bench.api.measure(unchanged, bench.requests, 304)))
    tell(bench.report, "GET queue, again", [(again, low) for low, _, again, _ in rounds],
         at_most(1.2))  # fmt: skip
    add = bench.report.add
    add("GET queue, 304", "× fresh 200, CPU", [no.cpu / new.cpu for _, new, _, no in rounds],
        at_most(0.35))  # fmt: skip
    add("GET queue, 304", "× fresh requests/s",
        [new.mean / no.mean for _, new, _, no in rounds], at_least(3))  # fmt: skip
    add("  GET queue, 304", "requests/s", [1 / no.mean for _, _, _, no in rounds])
    add("  GET queue, fresh", "requests/s", [1 / new.mean for _, new, _, _ in rounds])


def own_statistics(bench: Bench) -> None:
    """Write down what the whole answer with the own statistics takes."""
    path = f"{API}/operators/me/stats"
    bench.api.warm_up(path)
    samples = [
        bench.api.measure(getting(path), max(3, bench.requests // 10), before=bump)
        for _ in range(bench.rounds)
    ]
    bench.report.add("GET operators/me/stats, fresh", "ms CPU", [s.cpu * 1e3 for s in samples])
    bench.report.add("GET operators/me/stats, fresh", "ms p50", [s.p50 * 1e3 for s in samples])


def completions(bench: Bench) -> None:
    """Measure completing jobs against one hand-written transaction each; then undo it."""
    count = min(bench.requests, (bench.shop.sizes.running - 1) // 2)
    if count < 1:
        bench.report.leave_out("POST complete", "too few jobs run at this scale", at_most(6))
        return
    pairs = []
    for _ in range(bench.rounds):
        fill.reset(bench.shop)
        low = bench.floor.measure(lambda line, n: _complete_floor(bench, line, 2 + 2 * n), count)
        high = bench.api.measure(lambda line, n: _complete(bench, line, 1 + 2 * n), count)
        pairs.append((high, low))
    ratios = [high.p50 / low.p50 for high, low in pairs]
    bench.report.add("POST complete", "× floor, p50", ratios, at_most(6))
    tell(bench.report, "POST complete", pairs, NO_GOAL)
    race(bench)
    fill.reset(bench.shop)


def _complete(bench: Bench, line: Line, place: int) -> Answer:
    body: dict[str, Any] = {
        "operator_id": bench.operator, "preset_id": 1, "actual_cut_time": CUT_MINUTES,
        "sheet_count": 2, "parts_produced": 50,
    }  # fmt: skip
    return line.ask(
        f"{API}/queue/{bench.shop.sizes.past + place}/complete", "POST", json.dumps(body).encode(),
        Content_Type="application/json", Idempotency_Key=str(uuid.uuid4()),
    )  # fmt: skip


def _complete_floor(bench: Bench, line: Line, place: int) -> Answer:
    item, key = bench.shop.sizes.past + place, uuid.uuid4().hex
    return line.ask(f"/complete/{item}/{bench.operator}/1/{bench.user}/{key}", "POST")


def race(bench: Bench) -> None:
    """Complete one job from 32 threads at once: one must succeed, and there must be one run."""
    from queue_app.models import LaserRun

    wrong = []
    for _ in range(bench.rounds):
        fill.reset(bench.shop)
        statuses = Counter(_race_once(bench))
        made = LaserRun.objects.filter(queue_item=bench.shop.sizes.past + 1).count()
        lost = abs(statuses[200] - 1) + abs(statuses[409] - (RACERS - 1)) + abs(made - 1)
        wrong.append(float(lost))
    bench.report.add("32 completions of one job at once", "wrong answers", wrong, at_most(0))


def _race_once(bench: Bench) -> list[int]:
    """Return the statuses that the racers were answered."""
    answered: list[int] = []
    gate = threading.Barrier(RACERS)

    def complete() -> None:
        with bench.api.line() as line:
            gate.wait(60)
            answered.append(_complete(bench, line, 1).status)

    racers = [threading.Thread(target=complete) for _ in range(RACERS)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    return answered
