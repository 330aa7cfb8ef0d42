"""What the queue board sends: moves, changes in place, dialogs, an accepted order."""

from __future__ import annotations

import datetime as dt
import html
import re
import uuid
from decimal import Decimal
from math import nextafter
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from laseros import clock
from operators_app.models import ActivityLog, Operator
from operators_app.verbs import edit
from presets_app.models import Material
from projects_app.models import Shop
from queue_app.models import LaserRun, QueueItem
from queue_app.queries import queue_version
from queue_app.verbs import add_to_queue, cancel_item, move_item, place_item, reorder_queue
from tests.conftest import actor
from tests.factories import make_item, make_preset, make_project
from tests.fillers import FILLERS
from tests.queue_app.board import NOON, at, entries, jobs_of, last_seq, order, sent, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


# --- Moving --------------------------------------------------------------------------------------


def test_a_move_is_carried_out_and_a_stale_one_refused_with_a_sentence(desk: Client) -> None:
    a, b, c = (make_item(make_project(name)) for name in "abc")
    seen = last_seq()
    said = {"after": "", "before": a.pk, "rank": c.rank}
    done = told(sent(desk, at("_place", c.pk), **said))
    assert (order(), done["rank"]) == ("cab", 0.0)
    stale = told(sent(desk, at("_place", b.pk), after="", before=a.pk, rank=b.rank, seq=seen), 409)
    assert stale["code"] == "stale_order"
    moved = f"Mary moved {c.project.project_code} to place 1 at 10:00."
    assert stale["error"] == f"Nothing was moved: {moved} The board shows the present order."
    stale = told(sent(desk, at("_place", c.pk), after=b.pk, before="", rank=c.rank, seq=seen), 409)
    assert moved in stale["error"]
    assert order() == "cab"


@pytest.mark.parametrize(("meanwhile", "sentence"), [
    ("left", "Ada took the job out of the queue ({code}, 10:00)"),
    ("came", "Ada put the project into the queue ({code} d, 10:00)"),
    ("ordered", "Ada put the queue into another order (10:00)"),
    ("unknown", "The queue has just changed at that place; the job stays where it was."),
])  # fmt: skip
def test_a_stale_move_tells_who_was_there_first(
    desk: Client, ada: Operator, meanwhile: str, sentence: str
) -> None:
    a, b, c = (make_item(make_project(name)) for name in "abc")
    about, seen = b.project, last_seq()
    if meanwhile == "left":
        cancel_item(b.pk, by=actor(ada))
    elif meanwhile == "came":
        about = make_project("d")
        add_to_queue(about.pk, by=actor(ada))
    elif meanwhile == "ordered":
        reorder_queue([c.pk, b.pk, a.pk], queue_version(), by=actor(ada))
        a.refresh_from_db()
    else:
        QueueItem.objects.filter(pk=b.pk).update(rank=99)
    wanted = (
        {"after": c.pk, "before": ""} if meanwhile == "came" else {"after": b.pk, "before": c.pk}
    )
    stale = told(sent(desk, at("_place", a.pk), **wanted, rank=a.rank, seq=seen), 409)
    assert sentence.format(code=about.project_code) in stale["error"]


def test_a_stale_move_blames_nobody_for_what_was_seen_before(desk: Client, ada: Operator) -> None:
    a, b, c = (make_item(make_project(name)) for name in "abc")
    move_item(b.pk, 1, by=actor(ada))
    seen = last_seq()
    QueueItem.objects.filter(pk=c.pk).update(rank=-99)  # by nobody who is in the log
    wanted = {"after": b.pk, "before": c.pk, "rank": a.rank}
    for seq in (seen, ""):
        stale = told(sent(desk, at("_place", a.pk), **wanted, seq=seq), 409)
        assert "has just changed at that place" in stale["error"]
        assert "Ada" not in stale["error"]


def test_a_stale_move_blames_nobody_for_a_rank_that_made_room(desk: Client, ada: Operator) -> None:
    a, b, c, d = (make_item(make_project(name)) for name in "abcd")
    QueueItem.objects.filter(pk=b.pk).update(rank=nextafter(a.rank, 99))
    seen = last_seq()
    move_item(d.pk, 1, by=actor(ada))
    move_item(d.pk, 4, by=actor(ada))
    d.refresh_from_db()
    rank = d.rank
    place_item(c.pk, after=a.pk, before=b.pk, rank=c.rank, by=actor(ada))
    d.refresh_from_db()
    assert d.rank != rank  # its place is the same
    wanted = {"after": "", "before": a.pk, "rank": rank, "seq": seen}
    stale = told(sent(desk, at("_place", d.pk), **wanted), 409)
    assert "Somebody else has just moved this job" in stale["error"]
    assert "Ada" not in stale["error"]


def test_a_request_sent_twice_is_carried_out_once(desk: Client) -> None:
    a, b = (make_item(make_project(name)) for name in "ab")
    said = {"op_id": str(uuid.uuid4()), "after": "", "before": a.pk, "rank": b.rank}
    first = told(desk.post(at("_place", b.pk), said))
    assert told(desk.post(at("_place", b.pk), said)) == first
    assert entries().count() == 1
    other = told(desk.post(at("_place", a.pk), said), 422)
    assert other["code"] == "idempotency_key_reused"


# --- Changing in place ---------------------------------------------------------------------------


def test_priority_date_and_operator_are_changed_in_place(desk: Client, olga: Operator) -> None:
    job = make_item()
    for field, value, seen in (
        ("priority", "high", "normal"), ("scheduled_date", "2025-11-03", ""),
        ("assigned_to", olga.pk, ""), ("scheduled_date", "", "2025-11-03"),
    ):  # fmt: skip
        answer = sent(desk, at("_change", job.pk), field=field, value=value, seen=seen)
        assert told(answer)["message"] == "Saved."
    job.refresh_from_db()
    assert (job.priority, job.scheduled_date, job.assigned_to) == ("high", None, olga)
    assert ActivityLog.objects.filter(verb="update_item", source="admin").count() == 4


def test_a_change_of_what_somebody_else_has_changed_is_refused(desk: Client) -> None:
    job = make_item(priority="high")
    answer = sent(desk, at("_change", job.pk), field="priority", value="low", seen="normal")
    assert "Somebody else has just changed this" in told(answer, 409)["error"]
    job.refresh_from_db()
    assert job.priority == "high"


# --- Bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        {"field": "priority", "value": "urgent", "seen": "normal"},
        {"field": "priority", "value": "", "seen": "normal"},
        {"field": "scheduled_date", "value": "tomorrow", "seen": ""},
        {"field": "scheduled_date", "value": "2025-02-30", "seen": ""},
        {"field": "assigned_to", "value": "999999", "seen": ""},
        {"field": "assigned_to", "value": "9" * 40, "seen": ""},
        {"field": "status", "value": "completed", "seen": "queued"},
        {"field": "rank", "value": "1", "seen": "2"},
        {},
        {"field": "priority", "value": "high", "seen": "normal", "op_id": "again"},
        {"field": "priority", "value": "high\0", "seen": "normal"},
    ],
)
def test_a_change_that_makes_no_sense_is_told_by_field(said: dict[str, str], desk: Client) -> None:
    job = make_item()
    body = told(sent(desk, at("_change", job.pk), **said), 400)
    assert body["errors"]
    assert body["error"].endswith(".")
    assert not entries().exists()


@pytest.mark.parametrize(
    "said",
    [
        {"after": "x", "before": "", "rank": "1"},
        {"after": "", "before": str(2**63), "rank": "1"},
        {"after": "", "before": "", "rank": "nan"},
        {"after": "", "before": "", "rank": "inf"},
        {"after": "", "before": ""},
    ],
)
def test_a_move_that_makes_no_sense_is_told_by_field(said: dict[str, str], desk: Client) -> None:
    assert told(sent(desk, at("_place", make_item().pk), **said), 400)["errors"]


def test_what_is_not_there_is_not_found(desk: Client) -> None:
    for pk in (10**6, 2**63, 10**30):
        for address, said in (
            (at("_place", pk), {"after": "", "before": "", "rank": "1"}),
            (at("_change", pk), {"field": "priority", "value": "low", "seen": "normal"}),
            (at("_act", pk, "pause"), {"_form_submitted": "True", "reason": "x"}),
        ):
            assert told(sent(desk, address, **said), 404)["error"].startswith("There is no such")
        assert told(desk.get(at("_act", pk, "start")), 404)
    assert told(desk.get(at("_act", make_item().pk, "explode")), 404)


def test_other_methods_are_refused_in_json(desk: Client) -> None:
    job = make_item()
    for address in (at("_place", job.pk), at("_change", job.pk)):
        assert told(desk.get(address), 405)
    assert told(desk.put(at("_group")), 405)
    assert told(desk.post(at("_state")), 405)


# --- Dialogs -------------------------------------------------------------------------------------


def field(page: str, name: str) -> str:
    """Return what a dialog proposes for a field."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    if found:
        value = re.search(r'value="([^"]*)"', found[0])
        return html.unescape(value[1]) if value else ""
    choices = re.search(rf'<select[^>]*name="{name}".*?</select>', page, re.DOTALL)
    assert choices, name
    chosen = re.search(r'<option value="([^"]*)" selected', choices[0])
    return chosen[1] if chosen else ""


def test_a_day_that_has_gone_by_is_refused_by_the_columns_name(desk: Client) -> None:
    said = {"field": "scheduled_date", "value": "2025-01-01", "seen": ""}
    refused = told(sent(desk, at("_change", make_item().pk), **said), 400)
    assert refused["error"].startswith("Scheduled date: This day has gone by")


def test_start_pause_complete_and_cancel_by_dialog(
    desk: Client, mary: Operator, olga: Operator
) -> None:
    job = make_item(assigned_to=olga)
    shown = desk.get(at("_act", job.pk, "start")).content.decode()
    preset = field(shown, "preset")
    assert (field(shown, "operator"), preset) == (str(olga.pk), str(job.project.preset_id))
    said = {"_form_submitted": "True", "operator": olga.pk, "preset": preset, "notes": ""}
    assert told(sent(desk, at("_act", job.pk, "start"), **said))["message"].endswith("runs now.")
    with clock.pretend(NOON + dt.timedelta(minutes=31)):
        shown = desk.get(at("_act", job.pk, "complete")).content.decode()
        proposed = {name: field(shown, name) for name in
                    ("operator", "actual_cut_time", "sheet_count", "parts_produced")}  # fmt: skip
        assert ">Complete</h2>" in shown
        assert 'placeholder="31 logged so far"' in shown
        assert proposed == {"operator": str(olga.pk), "actual_cut_time": "",
                            "sheet_count": "3", "parts_produced": "50"}  # fmt: skip
        refused = told(sent(desk, at("_act", job.pk, "pause"), _form_submitted="True"), 400)
        assert list(refused["errors"]) == ["reason"]
        lunch = {"_form_submitted": "True", "reason": "Lunch"}
        told(sent(desk, at("_act", job.pk, "pause"), **lunch))
        assert ">Resume</h2>" in desk.get(at("_act", job.pk, "start")).content.decode()
        assert told(sent(desk, at("_act", job.pk, "pause"), **lunch), 409)["code"] == "not_running"
        told(sent(desk, at("_act", job.pk, "start"), **said))
        told(sent(desk, at("_act", job.pk, "complete"), **{**said, **proposed}))
    assert LaserRun.objects.get().cut_time_minutes == 31
    other = make_item(make_project("other"))
    told(sent(desk, at("_act", other.pk, "cancel"), _form_submitted="True", reason=""))
    other.refresh_from_db()
    assert other.status == "cancelled"


def test_the_question_tells_what_becomes_of_a_project_that_was_cut_before(desk: Client) -> None:
    job = make_item()
    page = desk.get(at("_act", job.pk, "cancel")).content.decode()
    assert "its project is Approved (POP Received) again" in page
    make_item(job.project, status="completed", completed_at=NOON)
    page = desk.get(at("_act", job.pk, "cancel")).content.decode()
    assert "its project is Completed again" in page


def test_what_a_verb_remarks_on_comes_with_the_answer(desk: Client, mary: Operator) -> None:
    brass = make_preset("Brass-1mm", material=Material.objects.get(name="Brass"), thickness=1)
    job = make_item()
    said = {"_form_submitted": "True", "operator": mary.pk, "preset": brass.pk, "notes": ""}
    sure = desk.post(at("_act", job.pk, "start"), {**said, "op_id": str(uuid.uuid4())}).json()
    warnings = told(sent(desk, at("_act", job.pk, "start"), **said, sure=sure["sure"]))["warnings"]
    assert "is for Brass" in warnings[0]


def test_a_dialog_sent_twice_completes_a_job_once(desk: Client, mary: Operator) -> None:
    job = make_item(status="in_progress", started_at=NOON - dt.timedelta(minutes=9))
    said = {"_form_submitted": "True", "operator": mary.pk, "preset": make_preset("P").pk,
            "op_id": str(uuid.uuid4())}  # fmt: skip
    first = told(desk.post(at("_act", job.pk, "complete"), said))
    assert told(desk.post(at("_act", job.pk, "complete"), said)) == first
    assert LaserRun.objects.count() == 1


# --- Grouping ------------------------------------------------------------------------------------


def brass() -> dict[str, Any]:
    """Return what makes a project of another sheet."""
    return {"material": Material.objects.get(name="Brass"), "material_thickness": Decimal(1)}


def test_grouping_is_proposed_with_its_effects_and_accepted_as_one_entry(desk: Client) -> None:
    late = dt.date(2025, 12, 1)
    for name, more in (("a", {}), ("b", brass()), ("c", {}), ("d", brass())):
        make_item(make_project(name, due_date=late, pop_deadline=None, **more))
    shown = desk.get(at("_group"))
    page = shown.content.decode()
    assert "3 → 1" in page
    assert order() == "abcd"
    said = {"order": field(page, "order"), "seen": field(page, "seen")}
    told(sent(desk, at("_group"), **said))
    assert order() == "acbd"
    assert entries().get().verb == "reorder_queue"
    stale = told(sent(desk, at("_group"), **said), 409)
    assert "has changed since this order was proposed" in stale["error"]
    assert "saves a change of sheet" in desk.get(at("_group")).content.decode()


def test_a_paused_job_is_not_moved_by_a_proposal(desk: Client) -> None:
    late = dt.date(2025, 12, 1)
    for name, more in (("a", {}), ("b", brass()), ("c", {})):
        paused = {"paused_at": clock.now()} if name == "b" else {}
        make_item(make_project(name, due_date=late, pop_deadline=None, **more), **paused)
    assert "saves a change of sheet" in desk.get(at("_group")).content.decode()
    QueueItem.objects.update(paused_at=None)
    assert "2 → 1" in desk.get(at("_group")).content.decode()


def test_a_proposal_does_not_outlive_a_change_of_the_shops_lasers_or_hours(
    desk: Client, ada: Operator
) -> None:
    late = dt.date(2025, 12, 1)
    for name, more in (("a", {}), ("b", brass()), ("c", {})):
        make_item(make_project(name, due_date=late, pop_deadline=None, **more))
    page = desk.get(at("_group")).content.decode()
    said = {"order": field(page, "order"), "seen": field(page, "seen")}
    edit(Shop, 1, {"name": "Lasers", "next_quote_number": 7}, by=actor(ada))
    assert queue_version() == said["seen"], "the proposal does not depend on these"
    for changes in ({"laser_count": 2}, {"laser_count": 1, "workdays": [0]}):
        edit(Shop, 1, changes, by=actor(ada))
        told(sent(desk, at("_group"), **said), 409)
    assert order() == "abc"


@pytest.mark.parametrize("wanted", ["", "1,,2", "1,x", "-1", "٣", "1" * 30])
def test_an_order_that_is_none_is_refused(wanted: str, desk: Client) -> None:
    make_item()
    assert told(sent(desk, at("_group"), order=wanted, seen="x"), 400)["errors"]


def test_an_empty_queue_has_a_board_and_a_proposal(desk: Client) -> None:
    assert jobs_of(desk) == []
    assert desk.get(at("_group")).status_code == 200
    assert "The queue is empty" in desk.get(at("")).content.decode()


def test_a_proposal_takes_as_many_statements_for_5_jobs_as_for_100(desk: Client) -> None:
    counts = []
    for rows in (5, 95):
        FILLERS[QueueItem](rows)
        with CaptureQueriesContext(connection) as asked:
            assert desk.get(at("_group")).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
