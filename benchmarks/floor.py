"""The floor: a bare WSGI function, hand-written SQL, orjson; what a request costs at the least.

No sign-in, no validation, no framework. It is served by the same gunicorn with the same threads
and keeps one connection per thread, as Django does. `benchmarks.run` sees to it that its answers
equal those of the API.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
import psycopg

from benchmarks import floor_sql as sql

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

URL = os.environ.get("DATABASE_URL", "")
IS_SQLITE = URL.startswith("sqlite")
DIALECT = sql.SQLITE if IS_SQLITE else sql.POSTGRES
OPTIONS = orjson.OPT_UTC_Z
QUEUE, ITEM, DELTA = sql.queue(DIALECT), sql.item(DIALECT), sql.delta(DIALECT)
PROJECTS, PRESETS, COMPLETE = sql.projects(DIALECT), sql.presets(DIALECT), sql.complete(DIALECT)
MAY = {"queued": ["start"], "in_progress": ["pause", "complete"]}
NEEDED = (
    "material_type", "material_thickness", "raw_plate_count", "parts", "estimated_cut_time",
    "preset_id", "dxf_files",
)  # fmt: skip
ITEM_LISTS = sql.ITEM_KEYS.index("parts")
PROJECT_LISTS = sql.PROJECT_KEYS.index("parts")
lines = threading.local()


def connection() -> Any:
    """Return this thread's connection, made at its first request."""
    line = getattr(lines, "line", None)
    if line is None:
        lines.line = line = connect()
    return line


def connect() -> Any:
    """Return a new connection, with what the program's settings say of it."""
    if not IS_SQLITE:
        return psycopg.connect(URL, autocommit=True, options="-c timezone=UTC")
    line = sqlite3.connect(urlsplit(URL).path.removeprefix("/"), isolation_level=None, timeout=30)
    line.execute("PRAGMA journal_mode = WAL")
    line.execute("PRAGMA synchronous = FULL")
    line.execute("PRAGMA foreign_keys = ON")
    return line


def fetch(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Return all rows."""
    found: list[tuple[Any, ...]] = connection().execute(statement, values).fetchall()
    return found


def told_item(row: tuple[Any, ...], position: int | None) -> dict[str, Any]:
    """Return a queue item from its row."""
    told = dict(zip(sql.ITEM_KEYS[:ITEM_LISTS], row, strict=False))
    told["parts"] = orjson.Fragment(row[ITEM_LISTS])
    told["dxf_files"] = orjson.Fragment(row[ITEM_LISTS + 1])
    told["queue_position"] = position
    told["allowed_actions"] = MAY.get(told["status"], [])
    return told


def queue(rest: str) -> dict[str, Any]:
    """The page of the queue."""
    found = fetch(QUEUE, 50, 0)
    counts = orjson.loads(found[0][-1]) if found else {}
    queued, running = counts.get("queued", 0), counts.get("in_progress", 0)
    return {
        "success": True,
        "queue_items": [told_item(row, n) for n, row in enumerate(found, start=1)],
        "stats": {
            "total_queued": queued,
            "total_in_progress": running,
            "total_completed": counts.get("completed", 0),
            "total_active": queued + running,
        },
    }


def item(rest: str) -> dict[str, Any]:
    """One queue item."""
    (row,) = fetch(ITEM, int(rest))
    is_active = row[4] in MAY
    told = told_item(row, row[-3] if is_active else None)
    told["client_name"], told["added_by"] = row[-2], row[-1]
    return {"success": True, "queue_item": told}


def delta(rest: str) -> dict[str, Any]:
    """The queue items that changed since a number."""
    return {"success": True, "queue_items": [told_item(r, None) for r in fetch(DELTA, rest, 200)]}


def projects(rest: str) -> dict[str, Any]:
    """The page of approved projects."""
    told = []
    for row in fetch(PROJECTS, "approved_pop", 50, 0):
        one = dict(zip(sql.PROJECT_KEYS, row, strict=True))
        known = {**one, "parts": one["parts_quantity"]}  # the sum of the list, else the number
        missing = [name for name in NEEDED if not known[name] or known[name] == "[]"]
        one["status"] = "Approved (POP Received)"
        one["parts"] = orjson.Fragment(row[PROJECT_LISTS])
        one["dxf_files"] = orjson.Fragment(row[PROJECT_LISTS + 1])
        one["data_completeness"] = round(100 * (len(NEEDED) - len(missing)) / len(NEEDED))
        one["missing_fields"] = missing
        told.append(one)
    return {"success": True, "projects": told}


def presets(rest: str) -> dict[str, Any]:
    """The page of active presets."""
    found = fetch(PRESETS, 50, 0)
    told = [dict(zip(sql.PRESET_KEYS, row, strict=True)) for row in found]
    return {"success": True, "presets": told}


def complete(rest: str) -> dict[str, Any]:
    """One completion as one transaction: item, operator, preset, user, key in the address."""
    line = connection()
    line.execute("BEGIN IMMEDIATE" if IS_SQLITE else "BEGIN")
    try:
        told = _complete(line, *rest.split("/"))
    except BaseException:
        line.execute("ROLLBACK")
        raise
    line.execute("COMMIT")
    return told


def _complete(
    line: Any, item_id: str, operator: str, preset: str, user: str, key: str
) -> dict[str, Any]:
    run, say = line.execute, COMPLETE
    seq = run(say["head"]).fetchone()[0] + 1
    if run(say["replay"], (user, key)).fetchone():
        raise ValueError("done before")
    row = run(say["item"], (operator, preset, item_id)).fetchone()
    status, started, ran, project, material, thickness = row[:6]
    if status != "in_progress":
        raise ValueError("not running")
    moment = dt.datetime.now(dt.UTC).replace(microsecond=0)
    began = dt.datetime.fromisoformat(f"{started}+00:00") if IS_SQLITE else started
    ran += round((moment - began).total_seconds())
    now: Any = moment.strftime("%Y-%m-%d %H:%M:%S") if IS_SQLITE else moment
    run(say["end"], (now, now, ran, now, seq, item_id))
    run(say["count"])
    answer = {"id": int(item_id), "status": "completed", "ran_minutes": ran // 60, "seq": seq}
    print_ = hashlib.sha256(rest_of(item_id, operator, preset)).hexdigest()
    body = orjson.dumps(answer).decode()
    before, after = '{"status": "in_progress"}', '{"status": "completed"}'
    run(say["log"], (seq, item_id, user, key, print_, body, before, after, now, now, now))
    values = (project, item_id, now, operator, preset, 42, ran // 60, material, thickness, 2, 50)
    (number,) = run(say["run"], (*values, seq, now, now, seq)).fetchone()
    run(say["material"], (operator, material, 42))
    run(say["preset"], (operator, preset, 42))
    run(say["project"], (now[:10] if IS_SQLITE else now.date(), now, seq, project))
    run(say["move"], (seq,))
    return {"success": True, "queue_item": answer, "laser_run": {"id": number}, "warnings": []}


def rest_of(*texts: str) -> bytes:
    """Return what the fingerprint is made of."""
    return "/".join(texts).encode()


def health(rest: str) -> dict[str, Any]:
    """Tell that the floor is served."""
    return {"success": True}


WORKS: dict[str, Callable[[str], dict[str, Any]]] = {
    "queue": queue, "item": item, "projects": projects, "presets": presets, "delta": delta,
    "complete": complete, "health": health,
}  # fmt: skip


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Serve one request: /name or /name/arguments."""
    work, _, rest = environ["PATH_INFO"].strip("/").partition("/")
    body = orjson.dumps(WORKS[work](rest), option=OPTIONS)
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [body]
