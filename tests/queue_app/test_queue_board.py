"""The queue board: its page, its state, who may, and the presets for the desktop."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from laseros import clock
from operators_app.models import Operator, Role, User
from presets_app.models import MachineSettingsPreset
from projects_app.models import Project
from queue_app.models import QueueItem
from tests.desk import Desk
from tests.factories import make_item, make_person, make_preset, make_project
from tests.fillers import FILLERS
from tests.queue_app.board import NOON, at, entries, jobs_of, sent, state_of, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


# --- What is shown -------------------------------------------------------------------------------


def test_a_row_tells_all_about_a_job(desk: Client, olga: Operator) -> None:
    project = make_project("Lids", due_date=dt.date(2025, 10, 26), pop_deadline=None)
    make_item(project, priority="high", scheduled_date=dt.date(2025, 10, 20), assigned_to=olga)
    (job,) = jobs_of(desk)
    expected = {
        "place": 1, "code": project.project_code, "name": "Lids", "client": "ABC Manufacturing",
        "sheet": "Mild Steel, 3\N{NO-BREAK SPACE}mm", "sheets": "3 sheets", "estimate": 45,
        "left": 45, "priority": "high", "scheduled_date": "2025-10-20",
        "due_date": "2025-10-26", "due_text": "Sun 26 Oct", "pop_deadline": "", "pop_text": "",
        "cut_to": "2025-10-27", "cut_text": "today", "timing": "late",
        "timing_text": "will be 1 day late", "assigned_to": olga.pk, "assigned_name": "Olga",
        "status": "queued", "status_text": "Queued", "since_text": "",
        "actions": ["start", "cancel"],
    }  # fmt: skip
    assert {name: job[name] for name in expected} == expected


def test_running_paused_and_waiting_jobs_are_told_apart(desk: Client, olga: Operator) -> None:
    began = NOON - dt.timedelta(minutes=25)
    make_item(make_project("r"), status="in_progress", operator=olga, started_at=began)
    make_item(make_project("p"), paused_at=began - dt.timedelta(days=1), ran_seconds=600)
    make_item(make_project("q", due_date=dt.date(2025, 10, 27)))
    running, paused, waiting = jobs_of(desk)
    assert (running["status_text"], running["since_text"]) == ("In progress", "Olga, since 09:35")
    assert (running["left"], running["actions"]) == (20, ["pause", "complete"])
    assert (paused["status_text"], paused["since_text"]) == ("Paused", "since Sun 26 Oct, 09:35")
    assert (paused["left"], paused["actions"]) == (35, ["start", "cancel"])
    assert waiting["status_text"] == "Queued"
    assert (waiting["timing"], waiting["timing_text"]) == ("tight", "on its due date")


def test_a_job_past_its_pop_deadline_says_so_and_is_not_called_late(desk: Client) -> None:
    for day in (24, 27, 29):
        make_item(make_project(pop_deadline=dt.date(2025, 10, day)))
    make_item(make_project(due_date=dt.date(2025, 10, 25), pop_deadline=dt.date(2025, 10, 26)))
    past, tight, kept, late = jobs_of(desk)
    assert (past["timing"], past["timing_text"]) == (
        "past_pop",
        "will be 3 days past POP",
    )
    assert (past["due_text"], past["pop_text"], past["is_past_pop"]) == (
        "Wed 5 Nov", "Fri 24 Oct", True,
    )  # fmt: skip
    assert (tight["timing"], tight["timing_text"]) == ("tight", "on its POP deadline")
    assert (kept["timing"], kept["is_past_pop"]) == ("", False)
    assert (late["timing"], late["timing_text"], late["is_past_pop"]) == (
        "late", "will be 2 days late", True,
    )  # fmt: skip
    assert late["pop_text"] == "Sun 26 Oct", "it is counted above the jobs, and the row says why"


def test_a_pop_deadline_after_the_due_date_is_not_told_while_it_is_kept(desk: Client) -> None:
    make_item(make_project(due_date=dt.date(2025, 10, 29), pop_deadline=dt.date(2025, 10, 30)))
    (kept,) = jobs_of(desk)
    assert (kept["is_past_pop"], kept["pop_text"]) == (False, "")


def test_a_paused_job_says_so_in_its_name_and_in_the_lists_filter(desk: Client) -> None:
    paused = make_item(make_project("paused one"), paused_at=NOON)
    make_item(make_project("fresh one"))
    assert str(paused).endswith("(Paused)")
    listing = reverse("admin:queue_app_queueitem_changelist")
    for status, shown in (("paused", "paused one"), ("queued", "fresh one")):
        rows = desk.get(f"{listing}?status={status}").context["cl"].result_list
        assert [row.project.name for row in rows] == [shown]


def test_a_job_that_lacks_everything_is_shown_all_the_same(desk: Client) -> None:
    make_item(make_project(
        "bare", material=None, material_thickness=None, material_quantity_sheets=None,
        estimated_cut_time=None, due_date=None, pop_deadline=None, preset=None,
    ))  # fmt: skip
    (job,) = jobs_of(desk)
    assert (job["sheet"], job["sheets"], job["estimate"]) == ("No material", "", None)
    assert (job["due_date"], job["pop_deadline"], job["timing"]) == ("", "", "")


def test_the_page_holds_the_first_state_and_is_linked(desk: Client) -> None:
    make_item(make_project("</script><b>x"))
    page = desk.get(at(""))
    assert page.status_code == 200
    body = page.content.decode()
    assert "</script><b>" not in body
    held = re.search(r'id="board-state" type="application/json">(.*?)</script>', body)
    assert held
    assert json.loads(held[1])["jobs"][0]["name"] == "</script><b>x"
    sidebar = desk.get(reverse("admin:index")).context["sidebar_navigation"]
    assert at("") in [group["items"][0]["link"] for group in sidebar]
    assert at("") in desk.get(reverse("admin:index")).content.decode()
    listing = desk.get(reverse("admin:queue_app_queueitem_changelist")).content.decode()
    assert "open-board" in listing


def test_page_and_state_take_as_many_statements_for_5_jobs_as_for_500(desk: Client) -> None:
    counts = []
    for rows in (5, 495):
        FILLERS[QueueItem](rows)
        MachineSettingsPreset.objects.update(seq=rows)
        with (
            CaptureQueriesContext(connection) as page,
            clock.pretend(NOON + dt.timedelta(minutes=rows)),
        ):
            assert desk.get(at("")).status_code == 200
        with (
            CaptureQueriesContext(connection) as state,
            clock.pretend(NOON + dt.timedelta(days=1, minutes=rows)),
        ):
            answer = state_of(desk)
        assert len(json.loads(answer.content)["jobs"]) >= rows
        counts.append((len(page), len(state)))
    assert counts[0] == counts[1]
    assert counts[0] <= (12, 9)
    assert len(answer.content) < 500 * 900
    zipped = state_of(desk, accept_encoding="gzip")
    assert len(zipped.content) < 500 * 100


# --- Asked again and again -----------------------------------------------------------------------


def test_an_unchanged_queue_is_answered_304_in_one_statement_beside_the_sign_in(
    desk: Client,
) -> None:
    make_item()
    tag = state_of(desk).headers["ETag"]
    with CaptureQueriesContext(connection) as asked:
        answer = state_of(desk, if_none_match=tag)
    assert (answer.status_code, answer.content) == (304, b"")
    tables = [re.findall(r'FROM "(\w+)"', one["sql"])[0] for one in asked]
    sign_in = ["django_session", "operators_app_user", "auth_group"]
    assert tables == [*sign_in, "operators_app_loghead"]


def test_any_entry_of_the_log_another_minute_and_another_person_get_a_new_state(
    desk: Client, ada: Operator
) -> None:
    job = make_item()
    tag = state_of(desk).headers["ETag"]
    assert state_of(Desk(ada).browser, if_none_match=tag).status_code == 200
    with clock.pretend(NOON + dt.timedelta(minutes=1)):
        assert state_of(desk, if_none_match=tag).status_code == 200
    sent(desk, at("_change", job.pk), field="priority", value="high", seen="normal")
    answer = state_of(desk, if_none_match=tag)
    assert answer.status_code == 200
    assert json.loads(answer.content)["jobs"][0]["priority"] == "high"


# --- Rights --------------------------------------------------------------------------------------

SEND: dict[str, dict[str, Any]] = {
    "_place": {"after": "", "before": "", "rank": "1"},
    "_change": {"field": "priority", "value": "high", "seen": "normal"},
    "_group": {"order": "1", "seen": "x"},
}


def everything(job: QueueItem) -> list[tuple[str, dict[str, Any]]]:
    """Return every address that changes something, and what is sent there."""
    acts = [at("_act", job.pk, name) for name in ("start", "pause", "complete", "cancel")]
    changes = [(at(name, *(() if name == "_group" else (job.pk,))), said)
               for name, said in SEND.items()]  # fmt: skip
    return [*((address, {"_form_submitted": "True", "reason": "x"}) for address in acts), *changes]


def test_a_viewer_sees_the_board_without_a_control_and_changes_nothing(victor: User) -> None:
    job = make_item()
    viewer = Desk(victor).browser
    page = viewer.get(at("")).content.decode()
    for control in ("board-grip", "data-field", "data-act", "board-group", "board-menu"):
        assert f'"{control}"' not in page, control
        assert f"{control}=" not in page, control
    assert len(jobs_of(viewer)) == 1
    for address, said in everything(job):
        assert told(sent(viewer, address, **said), 403)["code"] == "permission_denied"
    for address in (at("_act", job.pk, "start"), at("_group")):
        assert told(viewer.get(address), 403)
    assert not entries().exists()


def test_a_dialog_opened_by_its_address_leads_to_its_job_on_the_board(desk: Client) -> None:
    job = make_item(make_project("Lids"))
    page = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    alone = desk.get(at("_act", job.pk, "start"), headers=page)
    assert alone.headers["Location"] == f"{at('')}?q={job.project.project_code}"
    assert desk.get(at("_group"), headers=page).headers["Location"] == at("")
    assert desk.get(at("_act", job.pk, "start"), headers={"Accept": "*/*"}).status_code == 200


@pytest.mark.parametrize("who", ["nobody", "an operator"])
def test_whoever_is_not_of_the_back_office_gets_json_and_no_page(who: str, olga: Operator) -> None:
    job = make_item()
    browser = Client() if who == "nobody" else Desk(olga).browser
    assert told(state_of(browser), 401)["code"] == "not_authenticated"
    for address, said in everything(job):
        told(sent(browser, address, **said), 401)
    assert browser.get(at("")).status_code == 302
    assert not entries().exists()


def test_an_admin_may_what_a_manager_may(ada: Operator) -> None:
    job = make_item()
    answer = sent(Desk(ada).browser, at("_change", job.pk), field="priority", value="high",
                  seen="normal")  # fmt: skip
    assert told(answer)


def test_a_request_without_the_forgery_token_is_refused(mary: Operator) -> None:
    browser = Client(enforce_csrf_checks=True)
    assert mary.user
    browser.force_login(mary.user)
    answer = sent(browser, at("_change", make_item().pk), field="priority", value="high",
                  seen="normal")  # fmt: skip
    assert answer.status_code == 403
    assert not entries().exists()


# --- The desktop's presets -----------------------------------------------------------------------


def test_the_desktop_gets_its_list_of_presets(desk: Client) -> None:
    preset = make_preset("Steel-3mm")
    make_preset("Old", is_active=False)
    answer = desk.get("/queue/api/presets")
    assert answer.headers["Content-Type"] == "application/json"
    (row,) = json.loads(answer.content)
    wanted = {
        "id": preset.pk, "preset_name": "Steel-3mm", "material_type": "Mild Steel",
        "thickness": 3.0, "power": 80, "speed": 1200, "frequency": 5000, "gas_type": "Air",
        "gas_pressure": 1.5, "focus_offset": 0.0, "is_active": True,
    }  # fmt: skip
    assert {name: row[name] for name in wanted} == wanted
    held = {"if_none_match": answer.headers["ETag"]}
    assert desk.get("/queue/api/presets", headers=held).status_code == 304


@pytest.mark.parametrize(
    ("role", "status"),
    [(None, 401), (Role.OPERATOR, 401), (Role.VIEWER, 403), (Role.MANAGER, 200), (Role.ADMIN, 200)],
)
def test_the_desktops_presets_are_for_managers(role: Role | None, status: int) -> None:
    browser = Desk(make_person("somebody", role)).browser if role else Client()
    answer = browser.get("/queue/api/presets")
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/json"
    if status != 200:
        assert told(answer, status)["error"]


def test_the_presets_come_in_one_statement(desk: Client) -> None:
    FILLERS[MachineSettingsPreset](300)
    with CaptureQueriesContext(connection) as asked:
        assert len(json.loads(desk.get("/queue/api/presets").content)) == 300
    assert sum("machinesettingspreset" in one["sql"] for one in asked) == 1


def test_the_board_leads_to_jobs_and_projects_that_are_there(desk: Client) -> None:
    make_item()
    page = desk.get(at("")).content.decode()
    held = re.search(r'id="board-addresses" type="application/json">(.*?)</script>', page)
    assert held
    addresses = json.loads(held[1])
    project, item = Project.objects.get(), QueueItem.objects.get()
    for name, pk in (("job", item.pk), ("project", project.pk)):
        assert desk.get(addresses[name].replace("/0/", f"/{pk}/")).status_code == 200
