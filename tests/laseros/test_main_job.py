"""The whole way on a started server, over real HTTP, with a SIGKILL in between.

A manager imports presets from a spreadsheet, enters a client and a project with drawings, records
the payment; an operator queues, starts, pauses, starts and completes it on the phone; the
statistics show it. With the shared folder beside the checkout the spreadsheet and the drawings are
real ones, else they are made here.
"""

from __future__ import annotations

import io
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import requests

from projects_app import drawing
from tests.back_office import BackOffice, Files, Form, id_in, token_of
from tests.conftest import on_postgres
from tests.laseros.databases import postgres_database
from tests.laseros.test_run import BASE, Shop

PASSWORD = "words-for-this-test-only"
SHARED = BASE.parent / "shared" / "data"
PEOPLE = f"""
from django.contrib.auth.models import Group
from laseros import clock
from operators_app.models import Operator, User
for name, role in (("mary", "manager"), ("olga", "operator")):
    user = User.objects.create_user(name, name + "@example.com", {PASSWORD!r})
    user.groups.add(Group.objects.get(name=role))
    now = clock.now()
    Operator.objects.create(user=user, name=name.title(), employee_id=name, created_at=now,
                            updated_at=now, seq=0)
"""

pytestmark = pytest.mark.server


@pytest.fixture
def database() -> Iterator[dict[str, str]]:
    """The variables of a database of this test's own: SQLite has its folder."""
    if not on_postgres():
        yield {}
        return
    with postgres_database() as url:
        yield {"DATABASE_URL": url}


@pytest.fixture
def shop(tmp_path: Path, database: dict[str, str]) -> Iterator[Shop]:
    """A started shop with a manager and an operator."""
    shop = Shop(tmp_path)
    try:
        shop.start(**database).until_running()
        environment = {**shop.environment(), **database}
        command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", PEOPLE]
        subprocess.run(command, cwd=BASE, env=environment, check=True, timeout=180)
        yield shop
    finally:
        shop.clear_away()


def preset_sheet() -> bytes:
    """Return the spreadsheet of presets: the shared one, else a small one made here."""
    shared = SHARED / "presets" / "fiber-1500w.xlsx"
    if shared.exists():
        return shared.read_bytes()
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append("preset_name material_type thickness power speed frequency gas_type".split())
    sheet.append(["Mild Steel-3mm-Standard", "Mild Steel", 3, 80, 3200, 5000, "Oxygen"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def drawings() -> dict[str, bytes]:
    """Return two drawings by name."""
    folder = SHARED / "dxf" / "laser4diy"
    if folder.is_dir():
        names = ("laserenclosure4_v8_mainsheet_cut.dxf", "baseplate.dxf")
        return {name: (folder / name).read_bytes() for name in names}
    return {"bracket.dxf": drawing.bracket(), "panel.dxf": drawing.panel()}


def import_presets(office: BackOffice) -> None:
    """Send the spreadsheet, look at the preview, confirm."""
    path = "presets_app/machinesettingspreset/import/"
    sheet: Files = {"file": ("presets.xlsx", preset_sheet())}
    preview = office.fill_in(path, "multipart/form-data", {}, sheet)
    assert "Mild Steel-3mm-Standard" in preview.text
    place = f"/admin/operators_app/sheetimport/{preview.url.split('/')[-3]}/confirm/"
    form = Form(preview.text, place)
    done = office.session.post(
        preview.url.replace("/change/", "/confirm/"), data={**form.fields, "choice": "all"},
        timeout=60,
    )  # fmt: skip
    assert "Undo this import" in done.text


def enter_project(office: BackOffice, preset_id: int) -> int:
    """Enter client, part and project as a manager does; return the project's id."""
    client = id_in(
        office.save("projects_app/client/add/", "client_form", {"name": "ABC Works"}).url
    )
    part = id_in(office.save("projects_app/part/add/", "part_form", {"name": "Main sheet"}).url)
    begun = office.save(
        "projects_app/project/add/", "project_form",
        {"client": client, "name": "Laser enclosure", "quoted_price": "15000"},
    )  # fmt: skip
    project = id_in(begun.url)
    path = f"projects_app/project/{project}/change/"
    page = office.open(path)
    material = option_value(office, "Mild Steel")
    said: dict[str, Any] = {
        "material": material, "material_thickness": "3", "material_quantity_sheets": "2",
        "estimated_cut_time": "40", "preset": preset_id,
        "project_parts-TOTAL_FORMS": "1", "project_parts-0-part": part,
        "project_parts-0-quantity": "4", "project_parts-0-project": project,
    }  # fmt: skip
    assert "Quote &amp; Approval" in page
    office.save(path, "project_form", said)
    added = office.session.post(
        f"{office.base}projects_app/project/{project}/upload/drawings/",
        data={"csrfmiddlewaretoken": token_of(page)},
        files=[("files", one) for one in drawings().items()], timeout=60,
    )  # fmt: skip
    assert "Upload: 2 of 2 done" in added.text
    told = office.act("projects_app/project/", "record_pop", project)
    assert "1 of 1 done" in told
    return project


def option_value(office: BackOffice, name: str) -> int:
    """Return the id of the material of this name, found as the form's search finds it."""
    answer = office.session.get(
        f"{office.base}autocomplete/",
        params={
            "term": name, "app_label": "projects_app", "model_name": "project",
            "field_name": "material",
        },
        timeout=30,
    )  # fmt: skip
    results = answer.json()["results"]
    return next(int(one["id"]) for one in results if one["text"] == name)


class Api:
    """The operator's phone on the real server."""

    def __init__(self, base: str) -> None:
        self.base = f"{base}/api/mobile/"
        said = {"username": "olga", "password": PASSWORD}
        body = requests.post(self.base + "auth/login", json=said, timeout=30).json()
        self.operator = body["operator"]["id"]
        self.headers = {"Authorization": f"Bearer {body['access_token']}"}

    def get(self, path: str) -> dict[str, Any]:
        """GET; assert success."""
        answer = requests.get(self.base + path, headers=self.headers, timeout=30)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def post(self, path: str, body: dict[str, Any], key: uuid.UUID | None = None) -> dict[str, Any]:
        """POST with a key; assert success."""
        headers = {**self.headers, "Idempotency-Key": str(key or uuid.uuid4())}
        answer = requests.post(self.base + path, json=body, headers=headers, timeout=30)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told


def wait_until_read(office: BackOffice) -> None:
    """Wait for the job process to have read both drawings."""
    deadline = time.monotonic() + 90
    while office.open("projects_app/designfile/?read_state__exact=ready").count("mm") < 2:
        assert time.monotonic() < deadline, "the drawings were not read"
        time.sleep(1)


def test_the_main_job_survives_a_sigkill(shop: Shop, database: dict[str, str]) -> None:
    base = f"http://127.0.0.1:{shop.port}"
    office, api = BackOffice(base, "mary", PASSWORD), Api(base)
    import_presets(office)
    presets = api.get("presets?material_type=steel&thickness=3")["presets"]
    preset = next(one["id"] for one in presets if one["preset_name"] == "Mild Steel-3mm-Standard")
    project = enter_project(office, preset)

    (ready,) = api.get("projects")["projects"]
    assert (ready["id"], ready["missing_fields"]) == (project, [])
    item = api.post(f"projects/{project}/add-to-queue", {"priority": "high"})["queue_item"]["id"]
    who = {"operator_id": api.operator, "preset_id": preset}
    api.post(f"queue/{item}/start", who)
    key = uuid.uuid4()
    paused = api.post(f"queue/{item}/pause", {"reason": "sheet is bent"}, key)

    shop.signal(signal.SIGKILL)
    shop.exit_code()
    deadline = time.monotonic() + 30
    while shop.processes() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert shop.processes() == {}, "a process outlived the launcher"
    assert shop.health() == 0
    shop.start(**database).until_running()

    assert api.post(f"queue/{item}/pause", {"reason": "sheet is bent"}, key) == paused
    again = api.get(f"queue/{item}")["queue_item"]
    assert (again["status"], again["is_paused"]) == ("queued", True)
    assert again["notes"] == "Paused: sheet is bent"
    api.post(f"queue/{item}/start", who)
    done = api.post(
        f"queue/{item}/complete",
        {**who, "actual_cut_time": 42, "sheet_count": 2, "parts_produced": 4},
    )
    assert done["laser_run"]["cut_time_minutes"] == 42
    assert done["warnings"] == []

    stats = api.get("operators/me/stats")
    assert stats["stats"]["total_jobs_completed"] == 1
    assert stats["stats"]["total_cut_time_hours"] == 0.7
    assert stats["stats"]["most_used_preset"] == "Mild Steel-3mm-Standard"
    assert stats["recent_jobs"][0]["project_name"] == "Laser enclosure"
    assert api.get("queue")["stats"] == {
        "total_queued": 0, "total_in_progress": 0, "total_completed": 1, "total_active": 0,
    }  # fmt: skip
    wait_until_read(office)
    files = api.get(f"projects/{project}")["project"]["dxf_files"]
    got = requests.get(
        f"{api.base}files/{files[0]['id']}/download", headers=api.headers, timeout=30
    )
    assert got.content == drawings()[files[0]["filename"]]
    shop.signal(signal.SIGINT)
    assert shop.exit_code() == 0
