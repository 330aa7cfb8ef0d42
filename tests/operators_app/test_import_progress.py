"""Sheets that take long are read and imported by the job process, and the page tells how far."""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from laseros.errors import NotAllowed, TransitionError
from operators_app import jobs
from operators_app.models import ActivityLog, Operator, SheetImport, User
from operators_app.sheets import uploads
from operators_app.verbs import Actor
from operators_app.verbs.imports import discard_import
from presets_app.models import MachineSettingsPreset
from tests.desk import Desk, said
from tests.projects_app.drawings import stored_files
from tests.sheets import STEEL, confirm, messages, send, settled, step, upload_of, workbook

pytestmark = pytest.mark.django_db

ROWS = [(f"Steel {n}", *STEEL[1:]) for n in range(2100)]


@pytest.fixture
def desk(mary: Operator) -> Browser:
    """The manager's browser."""
    browser = Browser()
    assert mary.user is not None
    browser.force_login(mary.user)
    return browser


@pytest.fixture
def waiting(desk: Browser, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The page of a sheet that waits for the job process."""
    monkeypatch.setattr(uploads, "SMALL_BYTES", 10)
    return send(desk, workbook(ROWS))


def state(desk: Browser, page: Any) -> dict[str, Any]:
    """Return what the page's script is told."""
    told: dict[str, Any] = desk.get(page.context["steps"]["state"]).json()
    return told


def test_asking_how_far_it_is_does_not_read_the_report(desk: Browser, waiting: Any) -> None:
    page = settled(desk, waiting)
    with CaptureQueriesContext(connection) as captured:
        state(desk, page)
    asked = [one["sql"] for one in captured if "operators_app_sheetimport" in one["sql"]]
    assert len(asked) == 1
    assert '"report"' not in asked[0]


def test_a_large_sheet_is_read_and_imported_by_jobs(desk: Browser, waiting: Any) -> None:
    assert upload_of(waiting).status == "waiting"
    assert "sheets.js" in waiting.content.decode()
    assert state(desk, waiting)["busy"]
    page = settled(desk, waiting)
    assert page.context["counts"]["new"] == 2100
    assert not state(desk, page)["busy"]
    assert upload_of(page).rows_total == 2100
    page = confirm(desk, page)
    assert upload_of(page).status == "writing"
    assert "being imported" in page.content.decode()
    assert not MachineSettingsPreset.objects.exists()
    page = settled(desk, page)
    assert upload_of(page).status == "imported"
    assert MachineSettingsPreset.objects.count() == 2100
    assert ActivityLog.objects.filter(verb="import", user__username="mary").count() == 1
    assert stored_files() == []


def test_the_state_tells_how_far_it_is(desk: Browser, waiting: Any) -> None:
    upload = upload_of(waiting)
    SheetImport.objects.filter(pk=upload.pk).update(
        status="checking", rows_done=500, rows_total=2100
    )
    told = state(desk, waiting)
    assert (told["done"], told["total"], told["text"]) == (500, 2100, "500 of 2100 rows")
    assert not told["unattended"]


def test_a_job_process_that_does_not_run_is_told_and_done_without(
    desk: Browser, waiting: Any
) -> None:
    long_ago = timezone.now() - dt.timedelta(seconds=60)
    SheetImport.objects.update(heard_at=long_ago)
    assert state(desk, waiting)["unattended"]
    assert "the job process is not running" in waiting.content.decode()
    page = step(desk, waiting, "here")
    assert page.context["counts"]["new"] == 2100
    page = step(desk, confirm(desk, page), "here")
    assert upload_of(page).status == "imported"
    settled(desk, page)  # the jobs come after all, and find nothing to do
    assert ActivityLog.objects.filter(verb="import", user__username="mary").count() == 1


def test_a_reader_that_is_silent_for_long_is_not_taken_for_dead(
    desk: Browser, waiting: Any
) -> None:
    long_ago = timezone.now() - dt.timedelta(seconds=60)
    SheetImport.objects.update(status="checking", heard_at=long_ago)
    assert not state(desk, waiting)["unattended"]
    SheetImport.objects.update(heard_at=long_ago - dt.timedelta(minutes=3))
    assert state(desk, waiting)["unattended"]


def test_jobs_are_safe_to_repeat(desk: Browser, waiting: Any) -> None:
    upload = upload_of(waiting)
    assert jobs.read_upload(str(upload.pk)) == "checked"
    assert jobs.read_upload(str(upload.pk)) == "settled"
    page = desk.get(waiting.request["PATH_INFO"])
    confirm(desk, page)
    user = upload.uploaded_by_id
    assert jobs.import_upload(str(upload.pk), user) == "imported"
    assert jobs.import_upload(str(upload.pk), user) == "settled"
    assert jobs.read_upload(str(upload.pk)) == "settled"
    assert SheetImport.objects.get().status == "imported"


def test_a_refusal_of_a_job_is_told_on_the_page(
    desk: Browser, waiting: Any, mary: Operator
) -> None:
    page = confirm(desk, settled(desk, waiting))
    assert mary.user is not None
    mary.user.groups.clear()
    OrmQ.objects.all().delete()
    told = jobs.import_upload(str(upload_of(page).pk), mary.user.pk)
    assert told.startswith("refused: Only a manager or an admin")
    assert upload_of(page).problem.startswith("Only a manager or an admin")


def test_an_upload_that_is_gone_is_told(desk: Browser, waiting: Any) -> None:
    SheetImport.objects.all().delete()
    assert state(desk, waiting) == {"busy": False}
    page = desk.get(waiting.request["PATH_INFO"], follow=True)
    assert "upload the file again" in messages(page)
    for name in ("confirm", "here", "answers", "undo", "refused"):
        method = desk.get if name in {"undo", "refused"} else desk.post
        answer: Any = method(waiting.context["steps"][name], follow=True)
        assert "upload the file again" in messages(answer)
    assert jobs.read_upload(str(waiting.context["upload"].pk)) == "settled"


def listed(desk: Browser, **query: str) -> list[str]:
    """Return the names of the uploads that the list of imports shows."""
    page = desk.get(reverse("admin:operators_app_sheetimport_changelist"), query)
    return [one.file_name for one in page.context["cl"].result_list]


def test_drafts_stay_but_leave_the_list_after_a_week(desk: Browser) -> None:
    old = upload_of(send(desk, workbook([STEEL]), "old.xlsx"))
    SheetImport.objects.update(heard_at=timezone.now() - dt.timedelta(days=8))
    long_ago = time.time() - 8 * 24 * 3600
    for path in (Path(settings.MEDIA_ROOT) / "imports").iterdir():
        os.utime(path, (long_ago, long_ago))
    send(desk, workbook([STEEL]), "new.xlsx")
    assert listed(desk) == ["new.xlsx"]
    assert listed(desk, status="forgotten") == ["old.xlsx"]
    assert listed(desk, status="all") == ["new.xlsx", "old.xlsx"]
    page = confirm(
        desk, desk.get(reverse("admin:operators_app_sheetimport_change", args=(old.pk,)))
    )
    assert upload_of(page).status == "imported"
    assert listed(desk) == ["new.xlsx", "old.xlsx"]


def test_uploads_are_discarded_together_and_the_imported_one_stays(
    desk: Browser, mary: Operator
) -> None:
    first = upload_of(send(desk, workbook([STEEL]), "first.xlsx"))
    second = upload_of(send(desk, workbook([STEEL]), "second.xlsx"))
    done = upload_of(confirm(desk, send(desk, workbook([STEEL]), "done.xlsx")))
    asked = Desk(mary).act(SheetImport, "discard_imports", first, second, done)
    assert "Nothing of these is imported, and the uploaded files are thrown" in " ".join(
        asked.content.decode().split()
    )
    assert SheetImport.objects.filter(status="checked").count() == 2
    told = said(Desk(mary).act(SheetImport, "discard_imports", first, second, done,
                               confirmed="yes"))  # fmt: skip
    assert "2 of 3 done" in told
    assert "done.xlsx: This was imported already; undo the import instead." in told
    assert not list((Path(settings.MEDIA_ROOT) / "imports").iterdir())
    assert not any(SheetImport.objects.filter(status="discarded").values_list("report", flat=True))
    assert listed(desk) == ["done.xlsx"]
    assert sorted(listed(desk, status="discarded")) == ["first.xlsx", "second.xlsx"]
    entries = ActivityLog.objects.filter(verb="discard_import")
    assert {one.after["discard"]["file"] for one in entries} == {"first.xlsx", "second.xlsx"}


def test_only_a_manager_discards(
    desk: Browser, manager: Actor, operator: Actor, victor: User, olga: Operator
) -> None:
    upload = upload_of(send(desk, workbook([STEEL])))
    with pytest.raises(NotAllowed):
        discard_import(upload.pk, by=operator)
    for nobody in (victor, olga):
        Desk(nobody).act(SheetImport, "discard_imports", upload, confirmed="yes")
    assert SheetImport.objects.get().status == "checked"
    discard_import(upload.pk, by=manager)
    with pytest.raises(TransitionError, match="discarded already"):
        discard_import(upload.pk, by=manager)
    SheetImport.objects.update(status="writing")
    with pytest.raises(TransitionError, match="being imported"):
        discard_import(upload.pk, by=manager)
