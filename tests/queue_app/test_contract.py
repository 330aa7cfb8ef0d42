"""The examples of the contract (section 5), key by key, and the main job over the API."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.utils import timezone

from operators_app.models import Operator
from queue_app.models import LaserRun, QueueItem
from tests.factories import PASSWORD, make_item, make_preset, make_project
from tests.phone import Phone

pytestmark = pytest.mark.django_db

LIST_ITEM = set(
    "id project_id project_code project_name queue_position status priority scheduled_date "
    "estimated_cut_time material_type material_thickness raw_plate_count drawing_time preset_name "
    "preset_id parts dxf_files added_at started_at completed_at".split()
)
DETAIL_ITEM = LIST_ITEM | {"client_name", "notes", "added_by"}
LIST_PROJECT = set(
    "id project_code name client_name status material_type material_thickness raw_plate_count "
    "estimated_cut_time drawing_time parts_quantity parts dxf_files preset_id preset_name "
    "pop_received pop_deadline due_date data_completeness missing_fields".split()
)
DETAIL_PROJECT = (LIST_PROJECT - {"data_completeness", "missing_fields"}) | {
    "description", "client_id", "client_contact", "pop_received_date", "quoted_price", "notes",
    "created_at",
}  # fmt: skip


def ok(response: Any) -> dict[str, Any]:
    """Return the body of a success in the envelope."""
    body: dict[str, Any] = json.loads(response.content)
    assert response.status_code == 200, body
    assert body["success"] is True
    return body


def test_login_answers_as_in_5_1(olga: Operator) -> None:
    body = ok(Phone().post("auth/login", {"username": "olga", "password": PASSWORD}))
    assert set(body) == {
        "success", "access_token", "refresh_token", "token_type", "expires_in", "operator",
        "must_change_password", "second_factor_set_up_required",
    }  # fmt: skip
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
    assert body["operator"] == {
        "id": olga.pk, "name": "Olga", "employee_id": olga.employee_id,
        "email": "olga@example.com", "role": "operator",
    }  # fmt: skip


def test_refresh_and_logout_answer_as_in_5_1(olga: Operator) -> None:
    login = ok(Phone().post("auth/login", {"username": "olga", "password": PASSWORD}))
    body = ok(Phone().post("auth/refresh", {"refresh_token": login["refresh_token"]}))
    assert set(body) == {"success", "access_token", "token_type", "expires_in"}
    signed_in = Phone(body["access_token"])
    assert ok(signed_in.get("operators/me"))["operator"]["id"] == olga.pk
    assert ok(signed_in.post("auth/logout"))["message"] == "Logged out successfully"


def test_the_queue_answers_as_in_5_2(phone: Phone) -> None:
    item = make_item(scheduled_date=dt.date(2025, 10, 27))
    body = ok(phone.get("queue"))
    (told,) = body["queue_items"]
    assert set(told) >= LIST_ITEM
    assert told["id"] == item.pk
    assert told["queue_position"] == 1
    assert told["status"] == "queued"
    assert told["scheduled_date"] == "2025-10-27"
    assert told["estimated_cut_time"] == 45
    assert told["material_type"] == "Mild Steel"
    assert told["material_thickness"] == 3.0
    assert told["preset_name"] == "Steel-3mm-Standard"
    assert told["parts"][0] == {"name": "Bracket-L", "quantity": 25}
    assert set(told["dxf_files"][0]) == {"id", "filename"}
    assert told["added_at"].endswith("Z")
    assert told["started_at"] is None
    assert body["stats"] == {
        "total_queued": 1, "total_in_progress": 0, "total_completed": 0, "total_active": 1,
    }  # fmt: skip


def test_a_queue_item_answers_as_in_5_2(phone: Phone) -> None:
    item = make_item(notes="Customer requested priority completion")
    told = ok(phone.get(f"queue/{item.pk}"))["queue_item"]
    assert set(told) >= DETAIL_ITEM
    assert told["client_name"] == "ABC Manufacturing"
    assert told["added_by"] == "system"
    assert set(told["dxf_files"][0]) >= {"id", "filename", "file_size"}


def test_the_main_job_over_the_api(olga: Operator, phone: Phone) -> None:
    project, preset = make_project(), make_preset("Fine")
    added = ok(
        phone.post(
            f"projects/{project.pk}/add-to-queue",
            {"priority": "normal", "scheduled_date": "2025-10-28", "estimated_cut_time": 55},
        )
    )
    assert added["message"] == "Project added to queue successfully"
    item = added["queue_item"]
    assert item["project_id"] == project.pk
    assert (item["queue_position"], item["status"], item["priority"]) == (1, "queued", "normal")

    path = f"queue/{item['id']}"
    who = {"operator_id": olga.pk, "preset_id": preset.pk}
    started = ok(phone.post(f"{path}/start", {**who, "notes": "Starting"}))
    assert started["message"] == "Job started successfully"
    assert started["queue_item"]["status"] == "in_progress"
    assert started["queue_item"]["started_at"].endswith("Z")
    assert started["warnings"] == []

    paused = ok(phone.post(f"{path}/pause", {"reason": "Material shortage"}))
    assert paused["message"] == "Job paused successfully"
    assert paused["queue_item"]["status"] == "queued"
    assert paused["queue_item"]["is_paused"] is True
    assert paused["queue_item"]["notes"].endswith("Paused: Material shortage")

    ok(phone.post(f"{path}/start", who))
    done = ok(
        phone.post(
            f"{path}/complete",
            {**who, "actual_cut_time": 48, "sheet_count": 3, "parts_produced": 50, "notes": "Good"},
        )
    )
    assert done["message"] == "Job completed successfully"
    assert done["queue_item"]["status"] == "completed"
    assert done["queue_item"]["completed_at"].endswith("Z")
    assert set(done["laser_run"]) >= {"id", "run_date", "cut_time_minutes", "operator_name"}
    assert done["laser_run"]["cut_time_minutes"] == 48
    assert done["laser_run"]["operator_name"] == "Olga"

    project.refresh_from_db()
    assert project.get_status_display() == "Completed"
    stats = ok(phone.get("operators/me/stats"))
    assert stats["stats"]["total_jobs_completed"] == 1
    assert stats["stats"]["jobs_today"] == 1
    assert stats["stats"]["total_cut_time_hours"] == 0.8
    assert stats["recent_jobs"][0]["cut_time_minutes"] == 48
    assert LaserRun.objects.get().entry.verb == "complete_job"
    assert ok(phone.get("queue"))["stats"]["total_completed"] == 1


def test_a_queue_item_is_changed_as_in_5_2(phone: Phone) -> None:
    item = make_item()
    change = {
        "priority": "high", "scheduled_date": "2025-10-28", "estimated_cut_time": 50,
        "notes": "Updated priority due to customer request",
    }  # fmt: skip
    body = ok(phone.patch(f"queue/{item.pk}", change))
    assert body["message"] == "Queue item updated successfully"
    assert {name: body["queue_item"][name] for name in change} == change
    assert body["queue_item"]["id"] == item.pk


def test_projects_answer_as_in_5_3(phone: Phone) -> None:
    project = make_project("Enclosure Panels")
    make_project("A mere request", status="request", pop_received=False, pop_received_date=None)
    make_item(make_project("In the queue"))
    (told,) = ok(phone.get("projects"))["projects"]
    assert set(told) >= LIST_PROJECT
    assert told["id"] == project.pk
    assert told["status"] == "Approved (POP Received)"
    assert told["parts_quantity"] == 50
    assert (told["data_completeness"], told["missing_fields"]) == (100, [])
    assert set(told["dxf_files"][0]) == {"id", "filename"}


def test_a_project_answers_as_in_5_3(phone: Phone) -> None:
    project = make_project()
    told = ok(phone.get(f"projects/{project.pk}"))["project"]
    assert set(told) >= DETAIL_PROJECT
    assert told["client_contact"] == "Jane Smith"
    assert told["quoted_price"] == 15000.0
    assert told["created_at"].endswith("Z")
    assert set(told["dxf_files"][0]) == {"id", "filename", "file_size", "upload_date"}


def test_a_project_is_changed_as_in_5_3(phone: Phone) -> None:
    project, preset = make_project(), make_preset("Aluminum-2mm-Fine")
    change = {
        "material_type": "Aluminum", "material_thickness": 2.0, "raw_plate_count": 4,
        "estimated_cut_time": 60, "preset_id": preset.pk, "notes": "Updated material",
    }  # fmt: skip
    body = ok(phone.patch(f"projects/{project.pk}", change))
    assert body["message"] == "Project updated successfully"
    assert {name: body["project"][name] for name in change} == change
    assert len(body["warnings"]) == 2  # the preset is for steel of 3 mm


def test_presets_answer_as_in_5_4(phone: Phone) -> None:
    preset = make_preset()
    make_preset("Off", is_active=False)
    (told,) = ok(phone.get("presets"))["presets"]
    seq, updated_at = told.pop("seq"), told.pop("updated_at")
    assert seq == 0
    assert updated_at.endswith("Z")
    assert told == {
        "id": preset.pk, "preset_name": "Steel-3mm-Standard", "material_type": "Mild Steel",
        "thickness": 3.0, "power": 80, "speed": 1200, "frequency": 5000, "gas_type": "Air",
        "gas_pressure": 1.5, "focus_offset": 0.0, "is_active": True,
    }  # fmt: skip
    assert ok(phone.get("presets?material_type=steel&thickness=3"))["presets"]
    assert not ok(phone.get("presets?material_type=Alu&thickness=3"))["presets"]


def test_the_own_profile_and_statistics_answer_as_in_5_5(olga: Operator, phone: Phone) -> None:
    make_item(scheduled_date=timezone.localdate())
    profile = ok(phone.get("operators/me"))["operator"]
    assert set(profile) >= {
        "id", "name", "employee_id", "email", "phone", "is_active", "created_at",
    }  # fmt: skip
    body = ok(phone.get("operators/me/stats"))
    assert set(body["stats"]) == {
        "total_jobs_completed", "total_cut_time_hours", "jobs_this_month", "jobs_this_week",
        "jobs_today", "average_cut_time_minutes", "most_used_material", "most_used_preset",
    }  # fmt: skip
    (planned,) = body["todays_schedule"]
    assert set(planned) == {
        "queue_item_id", "project_code", "project_name", "scheduled_time", "estimated_cut_time",
        "status",
    }  # fmt: skip
    assert planned["scheduled_time"] == "08:00"


def test_post_queue_adds_a_project_like_add_to_queue(phone: Phone) -> None:
    project = make_project()
    body = ok(phone.post("queue", {"project_id": project.pk, "priority": "high"}))
    assert body["queue_item"]["project_id"] == project.pk
    assert QueueItem.objects.get().priority == "high"
