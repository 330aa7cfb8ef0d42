"""What Prometheus may ask at /metrics: requests, verbs, jobs, and the state of the shop.

Off without METRICS_TOKEN, and then it costs a look at the settings. The counts are of all processes
of this computer, the jobs' included: each keeps its own in a file of LASEROS_DATA/metrics, from
where they are added up (prometheus_client's multiprocess mode). The state is read from the database
at each question.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import Error
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)

State = Callable[[], Mapping[str, float]]


class Gauge(NamedTuple):
    """A part of the shop's state: `read` gives its values by what `label` means."""

    name: str
    help: str
    label: str
    read: State


class Instruments(NamedTuple):
    """What is counted while the program works."""

    registry: CollectorRegistry
    requests: Histogram
    verbs: Counter
    jobs: Counter


_gauges: dict[str, Gauge] = {}


def gauge(name: str, help: str, label: str) -> Callable[[State], State]:  # noqa: A002
    """Let a function without arguments tell a part of the shop's state, by one label."""

    def register(read: State) -> State:
        _gauges[name] = Gauge(name, help, label, read)
        return read

    return register


@functools.cache
def instruments() -> Instruments:
    """Return the instruments of this process, made when first needed."""
    registry = CollectorRegistry()
    return Instruments(
        registry,
        Histogram(
            "laseros_request_seconds", "Requests, by how long the answer took.",
            ["method", "view", "status"], registry=registry, buckets=SECONDS,
        ),
        Counter(
            "laseros_verbs", "Changes of the shop's state, by how they ended.",
            ["verb", "outcome", "code"], registry=registry,
        ),
        Counter(
            "laseros_jobs", "Runs of background jobs, by how they ended.",
            ["job", "outcome"], registry=registry,
        ),
    )  # fmt: skip


def count_request(method: str | None, view: str, status: int, seconds: float) -> None:
    """Count an answered request; `view` is the name of its address."""
    if settings.METRICS_TOKEN:
        known = method if method in METHODS else "other"
        instruments().requests.labels(known, view, str(status)).observe(seconds)


def count_verb(verb: str, outcome: str, code: str) -> None:
    """Count a verb that ended."""
    if settings.METRICS_TOKEN:
        instruments().verbs.labels(verb, outcome, code).inc()


def count_job(job: str, outcome: str) -> None:
    """Count a run of a job that ended."""
    if settings.METRICS_TOKEN:
        instruments().jobs.labels(job, outcome).inc()


def exposition() -> bytes:
    """Return everything in Prometheus' text format."""
    counted = instruments().registry
    if os.environ.get(FOLDER):
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    state = CollectorRegistry()
    state.register(ShopState())
    return generate_latest(counted) + generate_latest(state)


class ShopState:
    """Reads the gauges; where the database does not answer, it says so and tells the rest."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Give each gauge with its values."""
        up = GaugeMetricFamily("laseros_database_up", "Whether the database answers.", 1)
        try:
            told = [(one, one.read()) for one in _gauges.values()]
        except Error:
            told, up = [], GaugeMetricFamily(up.name, up.documentation, 0)
        yield up
        for one, values in told:
            family = GaugeMetricFamily(one.name, one.help, labels=[one.label] * bool(one.label))
            for label, value in values.items():
                family.add_metric([label] * bool(one.label), value)
            yield family


def begin_anew() -> None:
    """Forget what processes that ended long ago have counted; called before any is started."""
    folder = os.environ.get(FOLDER)
    for file in Path(folder).glob("*.db") if folder else ():
        file.unlink(missing_ok=True)
