"""What Prometheus is told at /metrics, and who may ask."""

from __future__ import annotations

import http.client
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django_q.models import Failure, OrmQ
from prometheus_client.parser import text_string_to_metric_families

from laseros import metrics
from laseros.errors import TransitionError
from laseros.jobs import tell_end, tell_start
from operators_app.models import LogHead, Operator
from operators_app.verbs import Actor
from operators_app.verbs.runner import Run, Target, run_verb
from tests.factories import make_item
from tests.laseros.endpoints import SPECS, Shop
from tests.phone import Phone

TOKEN = "only-for-this-test-0123456789"
Value = Callable[..., float]


@pytest.fixture
def on(settings: Any) -> None:
    """Turn the metrics on, with nothing counted yet."""
    settings.METRICS_TOKEN = TOKEN
    metrics.instruments.cache_clear()


@pytest.fixture
def value(on: None) -> Value:
    """Return a metric's value now, by its name and labels; -1 for one that is not there."""

    def find(name: str, **labels: str) -> float:
        for family in text_string_to_metric_families(metrics.exposition().decode()):
            for sample in family.samples:
                if sample.name == name and sample.labels == labels:
                    return sample.value
        return -1

    return find


def ask(authorization: str = f"Bearer {TOKEN}") -> Any:
    """Return the answer to whoever brings this header."""
    return Client().get("/metrics", headers={"Authorization": authorization})


def scraped_over_http(port: int) -> str:
    """Return what a started server tells."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        line.request("GET", "/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        return line.getresponse().read().decode()
    finally:
        line.close()


# --- Who may ask ---------------------------------------------------------------------------------


@pytest.mark.parametrize("authorization", ["", "Bearer ", f"Bearer {TOKEN}"])
def test_without_a_setting_there_is_nothing(authorization: str) -> None:
    assert ask(authorization).status_code == 404


@pytest.mark.usefixtures("on")
@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", TOKEN, f"Basic {TOKEN}",
     f"Bearer  {TOKEN}", "Bearer \u00e4"],
)  # fmt: skip
def test_nothing_but_the_token_opens_them(authorization: str) -> None:
    answer = ask(authorization)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert b"laseros_" not in answer.content


@pytest.mark.django_db
@pytest.mark.usefixtures("on")
def test_the_token_opens_them() -> None:
    answer = ask()
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "no-store" in answer.headers["Cache-Control"]
    assert Client().post("/metrics").status_code == 405


# --- What is counted -----------------------------------------------------------------------------


@pytest.mark.django_db
def test_requests_are_counted_by_view_and_status(value: Value, phone: Phone) -> None:
    for path in ("queue/1", "queue/2", "queue"):
        phone.get(path)
    phone.request("BREW", "queue")
    Client().get("/nowhere")
    count = "laseros_request_seconds_count"
    assert value(count, method="GET", view="queue-item", status="404") == 2
    assert value(count, method="GET", view="queue", status="200") == 1
    assert value(count, method="other", view="queue", status="405") == 1
    assert value(count, method="GET", view="", status="404") == 1
    assert value("laseros_request_seconds_sum", method="GET", view="queue", status="200") > 0


@pytest.mark.django_db
def test_verbs_are_counted_by_outcome(value: Value, olga: Operator, phone: Phone) -> None:
    shop, key = Shop.of(olga), uuid.uuid4()
    path, body = shop.path(SPECS["POST pause"]), {"reason": "Out of sheets"}
    for _ in range(3):
        phone.post(path, body, key)
    phone.post(path, body)
    counted = "laseros_verbs_total"
    assert value(counted, verb="pause_job", outcome="done", code="") == 1
    assert value(counted, verb="pause_job", outcome="replayed", code="") == 2
    assert value(counted, verb="pause_job", outcome="refused", code="not_running") == 1


@pytest.mark.django_db
def test_a_verb_within_another_counts_with_it(value: Value, manager: Actor) -> None:
    def inner(run: Run) -> dict[str, Any]:
        return {"seq": run.seq}

    def outer(fails: BaseException | None) -> Callable[[Run], dict[str, Any]]:
        def write(run: Run) -> dict[str, Any]:
            run_verb("inner", Target("x"), {}, inner, **run.sub_call("inner"))
            if fails:
                raise fails
            return {}

        return write

    run_verb("outer", Target("x"), {}, outer(None), by=manager)
    for error in (TransitionError("No."), ValueError("a bug")):
        with pytest.raises(type(error)):
            run_verb("outer", Target("x"), {}, outer(error), by=manager)
    counted = "laseros_verbs_total"
    assert value(counted, verb="inner", outcome="done", code="") == 1
    assert value(counted, verb="outer", outcome="done", code="") == 1
    assert value(counted, verb="outer", outcome="refused", code="illegal_transition") == 1
    assert value(counted, verb="outer", outcome="failed", code="") == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("success", "outcome"), [(True, "finished"), (False, "failed")])
def test_jobs_are_counted_by_outcome(value: Value, success: bool, outcome: str) -> None:
    task = {"id": "0a1b", "func": "projects_app.jobs.requeue_unread"}
    tell_start(sender="django_q", task=task)
    tell_end(sender="django_q", task={**task, "success": success})
    assert value("laseros_jobs_total", job="projects_app.jobs.requeue_unread", outcome=outcome) == 1


@pytest.mark.django_db
def test_nothing_is_counted_while_they_are_off(on: None, phone: Phone, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    phone.get("queue")
    settings.METRICS_TOKEN = TOKEN
    assert b"laseros_request_seconds_count" not in metrics.exposition()


# --- The state of the shop -----------------------------------------------------------------------


@pytest.mark.django_db
def test_the_state_of_the_shop_is_told(value: Value, olga: Operator) -> None:
    make_item(status="in_progress")
    OrmQ.objects.create(key="laseros", payload="x")
    Failure.objects.create(
        id="1", name="a", func="b", success=False, started="2026-01-01T00:00Z",
        stopped="2026-01-01T00:00Z",
    )  # fmt: skip
    assert value("laseros_database_up") == 1
    assert value("laseros_queue_items", status="in_progress") == 1
    assert value("laseros_queue_items", status="queued") == 0
    assert value("laseros_jobs_waiting") == 1
    assert value("laseros_jobs_failed") == 1
    assert value("laseros_log_seq") == LogHead.objects.get().seq


@pytest.mark.django_db
def test_without_the_database_the_rest_is_told(value: Value, monkeypatch: Any) -> None:
    def away() -> dict[str, float]:
        raise OperationalError("away")

    gone = metrics.Gauge("laseros_gone", "x", "", away)
    monkeypatch.setitem(metrics._gauges, "laseros_gone", gone)
    metrics.count_job("x", "finished")
    assert value("laseros_database_up") == 0
    assert value("laseros_log_seq") == -1
    assert value("laseros_jobs_total", job="x", outcome="finished") == 1


# --- Several processes ---------------------------------------------------------------------------


def test_a_new_start_begins_at_nought(tmp_path: Path, monkeypatch: Any) -> None:
    metrics.begin_anew()  # in one process there is nothing to forget
    monkeypatch.setenv(metrics.FOLDER, str(tmp_path))
    (tmp_path / "counter_17.db").touch()
    (tmp_path / "secret_key").touch()
    metrics.begin_anew()
    assert [file.name for file in tmp_path.iterdir()] == ["secret_key"]
