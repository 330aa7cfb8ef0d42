"""The log: a line for each request and job, in either form, without secrets; and the request id."""

from __future__ import annotations

import io
import json
import logging
import signal
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import OperationalError
from django.test import Client

from laseros import log_lines, logs, work
from laseros.jobs import tell_end, tell_start
from operators_app.models import ActivityLog, Operator
from tests.desk import Desk
from tests.factories import PASSWORD, make_item, make_project
from tests.laseros.endpoints import SPECS, Shop, call, refused, told
from tests.laseros.test_environment import LONG, start
from tests.laseros.test_metrics import TOKEN, scraped_over_http
from tests.laseros.test_run import Shop as Server
from tests.laseros.test_run import wait_for
from tests.phone import Phone

Lines = Callable[[], list[dict[str, Any]]]
FORGED = "/api/x\n2026-01-01T00:00:00.000Z INFO laseros.request: request method=GET\x1b[2J\u2028x"


def handler_of(form: type[logging.Formatter]) -> tuple[logging.Handler, io.StringIO]:
    """Return a handler that writes in this form, and what it writes to."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(form())
    return handler, stream


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Return what has been logged so far, as JSON lines tell it."""
    handler, stream = handler_of(log_lines.JsonLines)
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def text() -> Iterator[io.StringIO]:
    """Return what has been logged so far, as text."""
    handler, stream = handler_of(log_lines.TextLines)
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


def broken(monkeypatch: Any, error: Exception) -> None:
    """Let the queue's list fail."""
    monkeypatch.setattr("queue_app.views.queue_rows", Mock(side_effect=error))


# --- Requests ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_read_has_one_line_with_who_asked(olga: Operator, phone: Phone, lines: Lines) -> None:
    response = phone.get("queue?status=all")
    (line,) = lines()
    assert line.pop("time").endswith("Z")
    assert line.pop("ms") >= 0
    assert line == {
        "level": "info", "logger": "laseros.request", "event": "request", "method": "GET",
        "path": "/api/mobile/queue", "status": 200, "user": olga.user_id,
        "request_id": response.headers["X-Request-ID"],
    }  # fmt: skip


@pytest.mark.django_db
def test_a_change_tells_verb_outcome_and_seq(olga: Operator, phone: Phone, lines: Lines) -> None:
    shop, key = Shop.of(olga), uuid.uuid4()
    path, body = shop.path(SPECS["POST pause"]), {"reason": "Out of sheets"}
    for _ in range(2):
        phone.post(path, body, key)
    phone.post(path, body)
    refused(phone.post(path, {"reason": "Another"}, key), 422)
    done, replayed, again, reused = (
        {name: line.get(name) for name in ("verb", "outcome", "code", "seq")} for line in lines()
    )
    seq = ActivityLog.objects.latest("seq").seq
    assert done == {"verb": "pause_job", "outcome": "done", "code": None, "seq": seq}
    assert replayed == {**done, "outcome": "replayed"}
    assert again["outcome"] == reused["outcome"] == "refused"
    assert again["code"] == "not_running"
    assert reused["code"] == "idempotency_key_reused"
    assert again["seq"] is reused["seq"] is None


@pytest.mark.django_db
def test_several_verbs_of_one_request_are_counted(mary: Operator, lines: Lines) -> None:
    items = [make_item(make_project(name), status="in_progress") for name in ("A", "B")]
    Desk(mary).act(type(items[0]), "pause_jobs", *items)
    (line,) = (line for line in lines() if line["method"] == "POST")
    assert line["verbs"] == 2
    assert line["user"] == mary.user_id
    assert line["seq"] == ActivityLog.objects.latest("seq").seq


@pytest.mark.django_db
def test_who_asked_is_known_in_the_admin_and_costs_no_query_elsewhere(
    mary: Operator, lines: Lines, django_assert_num_queries: Any
) -> None:
    desk = Desk(mary)
    with django_assert_num_queries(0):
        desk.browser.get("/health-of-nobody")
    assert "user" not in lines()[-1]
    desk.browser.get("/admin/")
    assert lines()[-1]["user"] == mary.user_id


@pytest.mark.django_db
def test_no_secret_is_written(olga: Operator, lines: Lines, text: io.StringIO) -> None:
    phone = Phone.of(olga)
    signed_in = told(
        phone.post("auth/login?password=Hidden1", {"username": "olga", "password": PASSWORD})
    )
    phone.post("auth/login", {"username": "olga", "password": "Hidden2"})
    phone.post("auth/refresh", {"refresh_token": signed_in["refresh_token"]})
    phone.get("queue?token=Hidden3", Cookie="sessionid=Hidden4", User_Agent="Hidden5")
    phone.get("queue", Authorization="Bearer Hidden6")
    Desk(olga).browser.post("/admin/login/", {"username": "olga", "password": "Hidden7"})
    assert len(lines()) >= 6
    everything = text.getvalue() + json.dumps(lines())
    for secret in ("Hidden", PASSWORD, phone.token, signed_in["access_token"], "olga"):
        assert secret not in everything


@pytest.mark.django_db
def test_a_bug_is_written_with_its_traceback_but_without_what_was_sent(
    phone: Phone, lines: Lines, monkeypatch: Any
) -> None:
    broken(monkeypatch, ValueError("a bug"))
    phone.get("queue?token=Hidden3")
    bug, request = lines()
    assert bug["logger"] == "django.request"
    assert bug["level"] == "error"
    assert "ValueError: a bug" in bug["exception"]
    assert bug["request_id"] == request["request_id"]
    assert request["status"] == 500
    assert "Hidden3" not in json.dumps([bug, request])
    assert phone.token not in json.dumps([bug, request])


@pytest.mark.parametrize("path", ["/health", "/static/favicon.svg"])
def test_what_watchers_and_browsers_fetch_is_for_debugging(path: str, lines: Lines) -> None:
    answer = Client().get(path)
    assert answer.status_code == 200
    assert b"".join(answer)  # and so closes the file
    assert lines() == []
    assert Client().get(path + "/nothing").status_code == 404
    assert [line["status"] for line in lines()] == [404]


# --- The request's id ----------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(SPECS))
def test_every_answer_has_an_id_of_its_own(name: str, olga: Operator, phone: Phone) -> None:
    shop = Shop.of(olga)
    ids = {call(one, name, shop).headers["X-Request-ID"] for one in (phone, Phone())}
    assert len(ids) == 2
    assert all(len(one) == 16 for one in ids)


@pytest.mark.parametrize(
    ("proxies", "given", "kept"),
    [
        (1, "0a1b2c3d-4e5f", True), (1, "x" * 64, True), (0, "0a1b2c3d-4e5f", False),
        (1, "x" * 65, False), (1, "short", False), (1, "", False), (1, "a b c d e f g", False),
        (1, "<script>alert</script>", False), (1, "abcdefgh\u00e4", False),
        (1, 'abcdefgh","level":"x', False),
    ],
)  # fmt: skip
def test_a_proxys_id_is_kept_where_it_is_harmless(
    settings: Any, proxies: int, given: str, kept: bool
) -> None:
    settings.PROXY_COUNT = proxies
    answer = Client().get("/health", headers={"X-Request-ID": given})
    assert (answer.headers["X-Request-ID"] == given) is kept


@pytest.mark.django_db
@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(("error", "status"), [(ValueError(), 500), (OperationalError(), 503)])
def test_an_error_of_the_server_shows_its_id(
    phone: Phone, settings: Any, monkeypatch: Any, debug: bool, error: Exception, status: int
) -> None:
    settings.DEBUG = debug
    broken(monkeypatch, error)
    response = phone.get("queue")
    body = refused(response, status)
    assert body["request_id"] == response.headers["X-Request-ID"]
    assert "request_id" not in refused(phone.get("nowhere"), 404)


@pytest.mark.django_db
def test_a_bug_in_the_back_office_shows_its_id(mary: Operator, monkeypatch: Any) -> None:
    desk = Desk(mary)
    desk.browser.raise_request_exception = False
    monkeypatch.setattr("laseros.admin_base.LaserOSAdminSite.each_context", Mock(side_effect=Boom))
    page = desk.browser.get("/admin/")
    assert page.status_code == 500
    assert page.headers["X-Request-ID"] in page.text
    assert "Laser OS" in page.text


class Boom(Exception):
    """A bug."""


@pytest.mark.django_db
def test_refusals_have_pages_of_their_own(mary: Operator) -> None:
    browser = Client(raise_request_exception=False)
    assert "nothing at this address" in browser.get("/nowhere").text
    assert "cannot be understood" in browser.get("/", headers={"Host": "evil.example"}).text
    strict = Client(enforce_csrf_checks=True)
    page = strict.post("/admin/login/", {"username": "mary"})
    assert page.status_code == 403
    assert "open for too long" in page.text
    page = Desk(mary).browser.get("/admin/operators_app/user/add/")
    assert page.status_code == 403
    assert "may not open this page" in page.text


# --- Jobs ----------------------------------------------------------------------------------------


def job_run(success: bool, result: str = "") -> dict[str, Any]:
    """Return a job as django-q2 hands it to the signals, and tell of its start and end."""
    task = {"id": "0a1b2c3d", "func": "projects_app.jobs.read_design_file", "args": ("Hidden",)}
    tell_start(sender="django_q", task=task)
    logging.getLogger("laseros").info("in between")
    tell_end(sender="django_q", task={**task, "success": success, "result": result})
    logging.getLogger("laseros").info("afterwards")
    return task


def test_a_job_tells_its_start_and_its_end(lines: Lines) -> None:
    job_run(success=True)
    start, between, end, afterwards = lines()
    assert [line["event"] for line in (start, end)] == ["job started", "job finished"]
    assert start["job"] == end["job"] == "projects_app.jobs.read_design_file"
    assert start["job_id"] == between["job_id"] == end["job_id"] == "0a1b2c3d"
    assert "job_id" not in afterwards
    assert "Hidden" not in json.dumps(lines())


def test_a_failed_job_says_why(lines: Lines, text: io.StringIO) -> None:
    job_run(success=False, result="no disk : Traceback\n  OSError: no disk")
    end = lines()[2]
    assert (end["event"], end["level"]) == ("job failed", "error")
    assert end["exception"].endswith("OSError: no disk")
    assert "\n      OSError: no disk\n" in text.getvalue()
    logging.getLogger("django-q").error("Failed 'job' (7) - no disk")
    assert len(lines()) == 4


# --- The two forms -------------------------------------------------------------------------------


@pytest.mark.parametrize("form", sorted(logs.FORMATTERS))
def test_nobody_can_forge_a_line(form: str) -> None:
    kind = {"json": log_lines.JsonLines, "text": log_lines.TextLines}[form]
    handler, stream = handler_of(kind)
    record = logging.makeLogRecord(
        {"name": "x", "levelname": "INFO", "msg": FORGED, "told": {"path": FORGED, "user": 7}}
    )
    handler.emit(record)
    (line,) = stream.getvalue().split("\n")[:-1]
    if form == "json":
        assert json.loads(line)["path"] == json.loads(line)["event"] == FORGED
    else:
        assert line.isprintable()
        assert line.endswith(f"path={json.dumps(FORGED)} user=7")


def test_a_traceback_stays_indented_whatever_it_quotes(text: io.StringIO) -> None:
    try:
        raise ValueError(FORGED)
    except ValueError:
        logging.getLogger("laseros").exception("a bug", stack_info=True)
    first, *rest = text.getvalue().splitlines()
    assert first.endswith("ERROR laseros: a bug")
    assert len(rest) > 4
    assert all(line.startswith("    ") and line.isprintable() for line in rest)


def test_what_json_has_no_word_for_is_written_all_the_same(lines: Lines) -> None:
    odd = {"half": "\ud800", "huge": 2**70, "object": Boom}
    logging.getLogger("laseros").warning("odd", extra={"told": odd}, stack_info=True)
    (line,) = lines()
    assert line["huge"] == 2**70
    assert "stack" in line


def test_what_libraries_attach_to_a_record_is_not_written(lines: Lines, text: io.StringIO) -> None:
    logging.getLogger("django.request").error("oh", extra={"request": "Hidden", "token": "Hidden"})
    assert "Hidden" not in json.dumps(lines()) + text.getvalue()


def test_ids_are_short_and_never_the_same() -> None:
    assert len({work.new_id() for _ in range(1000)}) == 1000


# --- The programs --------------------------------------------------------------------------------


def test_production_writes_json(tmp_path: Path) -> None:
    production = {"DEBUG": "false", "SECRET_KEY": LONG, "ALLOWED_HOSTS": "laser.example"}
    assert "LOG_FORMAT = 'json'" in start(tmp_path, **production).stdout
    assert "LOG_LEVEL: “LOUD” is none of DEBUG, INFO" in start(tmp_path, LOG_LEVEL="LOUD").stderr
    assert "METRICS_TOKEN: It must be" in start(tmp_path, METRICS_TOKEN="short").stderr


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A shop that is not started yet."""
    server = Server(tmp_path)
    yield server
    server.clear_away()


@pytest.mark.server
def test_every_program_writes_json_and_counts_into_the_same_metrics(server: Server) -> None:
    server.start(LOG_FORMAT="json", METRICS_TOKEN=TOKEN).until_running()
    assert server.login("nobody", "Hidden") == 401
    schedule = "from django_q.tasks import async_task; async_task('builtins.len', [1])"
    schedule += "; async_task('builtins.len', 1)"
    server.manage("shell", "--verbosity=0", "--command", schedule)
    wait_for(lambda: "job failed" in server.said and "job finished" in server.said, server)
    wait_for(lambda: 'outcome="failed"' in scraped_over_http(server.port), server)
    found = scraped_over_http(server.port)
    assert 'laseros_jobs_total{job="builtins.len",outcome="finished"} 1.0' in found
    assert 'method="POST",status="401",view="login"} 1.0' in found
    server.signal(signal.SIGTERM)
    assert server.exit_code() == 0
    said = [json.loads(line) for line in server.said.splitlines()]
    assert {"laseros.run", "laseros.request", "laseros.jobs"} <= {one["logger"] for one in said}
    assert "Hidden" not in server.said
    assert TOKEN not in server.said


def test_a_refusal_of_the_api_tells_its_code(lines: Lines, phone: Phone, client: Client) -> None:
    phone.get("queue?limit=x")
    client.get("/api/mobile/queue", headers={"Authorization": "Bearer nonsense"})
    codes = [line.get("code") for line in lines() if line["event"] == "request"]
    assert codes == ["invalid", "token_invalid"]


def test_a_wrong_host_is_told_with_what_to_set(lines: Lines, client: Client) -> None:
    client.get("/health", headers={"Host": "elsewhere.example"})
    told_of = [line["event"] for line in lines() if "DisallowedHost" in line["logger"]]
    assert len(told_of) == 1
    assert "elsewhere.example" in told_of[0]
    assert "ALLOWED_HOSTS" in told_of[0]


def test_the_row_that_broke_a_constraint_stays_out_of_the_log(
    lines: Lines, text: io.StringIO
) -> None:
    said = "broken\nDETAIL:  Failing row contains (1, Jane Secret, x)."
    try:
        raise OperationalError(said)
    except OperationalError:
        logging.getLogger("laseros").exception("It broke.")
    assert "DETAIL:  (left out)" in lines()[-1]["exception"]
    assert "Secret" not in json.dumps(lines()) + text.getvalue()
