"""No room on the disk: a sentence, nothing half saved, and all goes on once there is room."""

from __future__ import annotations

import errno
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import RequestFactory

from laseros.errors import Unavailable
from laseros.middleware import ApiErrorMiddleware
from laseros.outages import NO_ROOM
from operators_app.models import ActivityLog, LogHead, Operator
from operators_app.verbs import Actor
from projects_app import drawing
from projects_app.models import DesignFile
from projects_app.verbs.files import add_design_file
from queue_app.models import QueueItem
from tests.conftest import on_postgres
from tests.desk import Desk
from tests.factories import make_client, make_item, make_project
from tests.phone import Phone

NOTE = "sheet " * 70


@contextmanager
def full_database() -> Iterator[None]:
    """Let the database have no room: a limit of its own on SQLite, its error on PostgreSQL."""
    with connection.cursor() as cursor:
        if on_postgres():
            cursor.execute(
                "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS "
                "$$BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END$$"
            )
            cursor.execute(
                "CREATE TRIGGER no_room BEFORE INSERT ON operators_app_activitylog "
                "EXECUTE FUNCTION no_room()"
            )
        else:
            cursor.execute("VACUUM")  # the pages that other tests have freed are room, too
            cursor.execute("PRAGMA page_count")
            cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            if on_postgres():
                cursor.execute("DROP FUNCTION no_room CASCADE")
            else:
                cursor.execute("PRAGMA max_page_count = 1073741823")


def change_until_refused(phone: Phone, item: int) -> tuple[Any, uuid.UUID]:
    """Write notes while there is room; return the refusal, and the key it came to."""
    for number in range(200):
        key = uuid.uuid4()
        answer = phone.patch(f"queue/{item}", {"notes": f"{number} {NOTE}"}, key)
        if answer.status_code != 200:
            return answer, key
    raise AssertionError("there was room all the time")


@pytest.mark.django_db(transaction=True)
def test_a_full_database_refuses_in_a_sentence_and_saves_nothing_half(olga: Operator) -> None:
    item, phone = make_item(), Phone.of(olga)
    assert phone.patch(f"queue/{item.pk}", {"notes": "room"}).status_code == 200
    with full_database():
        answer, key = change_until_refused(phone, item.pk)
        assert answer.status_code == 503
        assert answer["Retry-After"] == "5"
        told = answer.json()
        assert (told["success"], told["code"], told["error"]) == (False, "disk_full", NO_ROOM)
        stored = QueueItem.objects.get(pk=item.pk)
        assert stored.seq == LogHead.objects.get().seq == ActivityLog.objects.latest("seq").seq
        assert not ActivityLog.objects.filter(op_id=key).exists()
        shown = phone.get(f"queue/{item.pk}").json()["queue_item"]["notes"]
        assert shown == stored.notes
    answers = [phone.patch(f"queue/{item.pk}", {"notes": "again"}, key).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0]["success"]
    assert ActivityLog.objects.filter(op_id=key).count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_back_office_tells_of_a_full_database_in_a_page(mary: Operator) -> None:
    client, desk = make_client(), Desk(mary)
    page = desk.open(client)
    with full_database():
        for number in range(100):
            answer = desk.save(client, page, notes=f"{number} {NOTE}", _row_version="")
            if answer.status_code != 200:
                break
    assert answer.status_code == 503
    assert "The server&#x27;s disk is full, and nothing was saved" in answer.content.decode()
    assert "Traceback" not in answer.content.decode()


class Cut(SimpleUploadedFile):
    """An upload for which the disk has room for a part only."""

    def __init__(self, number: int) -> None:
        super().__init__("bracket.dxf", drawing.bracket())
        self.number = number
        self.passes = 0

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """Give all while it is measured, then a part."""
        self.passes += 1
        if self.passes == 1:
            yield from super().chunks(chunk_size)
            return
        yield b"0" * 5000
        raise OSError(self.number, os.strerror(self.number))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.ENOSPC, "disk_full"), (errno.EDQUOT, "disk_full"), (errno.EROFS, "not_stored")],
)
def test_an_upload_without_room_leaves_neither_row_nor_file(
    manager: Actor, number: int, code: str
) -> None:
    project = make_project(drawings=0)
    with pytest.raises(Unavailable, match=r"^The server's disk .*\.$") as refused:
        add_design_file(project.pk, Cut(number), by=manager)
    assert refused.value.code == code
    assert not DesignFile.objects.exists()
    assert not [one for one in Path(django_settings.MEDIA_ROOT).rglob("*") if one.is_file()]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OperationalError("the connection is lost"), 503),
        (OSError(errno.ENOSPC, "No space left on device"), 503),
        (OSError(errno.ENOENT, "No such file"), 0),
        (KeyError("a bug"), 0),
    ],
)
@pytest.mark.parametrize("path", ["/api/docs", "/admin/"])
def test_outages_are_told_everywhere_and_bugs_stay_bugs(
    path: str, error: Exception, status: int
) -> None:
    middleware = ApiErrorMiddleware(lambda request: None)  # type: ignore[arg-type, return-value]
    answer = middleware.process_exception(RequestFactory().get(path), error)
    assert getattr(answer, "status_code", 0) == status
    if answer:
        kind = "application/json" if path.startswith("/api/") else "text/html"
        assert answer.headers["Content-Type"].startswith(kind)
