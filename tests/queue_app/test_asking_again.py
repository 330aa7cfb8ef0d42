"""Dialogs sent again: what was carried out is answered and not asked about, a tick stays given."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest

from laseros import clock
from operators_app.models import Operator
from operators_app.verbs import Actor, edit
from queue_app.models import LaserRun, QueueItem, QueueStatus
from queue_app.verbs import correct_run, pause_job
from tests.desk import Desk, address, said
from tests.factories import make_item, make_project
from tests.queue_app.board import NOON, told
from tests.queue_app.cuts import work

pytestmark = pytest.mark.django_db


def sent_as(person: Operator, **more: Any) -> dict[str, Any]:
    """Return what the dialog of a start or a completion sends for this person."""
    typed = {name.removesuffix("_id"): pk for name, pk in work(person).items()}
    return {**typed, "op_id": str(uuid.uuid4()), "_form_submitted": "True", **more}


def test_a_start_whose_answer_was_lost_is_answered_when_it_is_sent_again(mary: Operator) -> None:
    job, browser = make_item(make_project()), Desk(mary).browser
    where, typed = address(QueueItem, "board_act", job.pk, "start"), sent_as(mary)
    first = told(browser.post(where, typed))
    assert told(browser.post(where, typed))["seq"] == first["seq"]


def test_it_is_answered_though_the_job_was_paused_and_the_lasers_are_busy_since(
    mary: Operator, olga: Operator, manager: Actor
) -> None:
    job, browser = make_item(make_project()), Desk(mary).browser
    where, typed = address(QueueItem, "board_act", job.pk, "start"), sent_as(mary)
    first = told(browser.post(where, typed))
    pause_job(job.pk, "lunch", by=manager)
    make_item(make_project(), status=QueueStatus.IN_PROGRESS, operator=olga)
    assert told(browser.post(where, typed))["seq"] == first["seq"]
    asked = browser.post(where, {**typed, "op_id": str(uuid.uuid4())})
    assert "the shop has 1 laser" in asked.json()["error"], "another request is asked about"


def test_a_completion_that_was_confirmed_is_answered_when_it_is_sent_again(
    running: QueueItem, mary: Operator
) -> None:
    browser, where = Desk(mary).browser, address(QueueItem, "board_act", running.pk, "complete")
    typed = sent_as(mary, actual_cut_time=2600)
    sure = browser.post(where, typed).json()["sure"]
    first = told(browser.post(where, {**typed, "sure": sure}))
    assert told(browser.post(where, {**typed, "sure": sure}))["seq"] == first["seq"]
    assert LaserRun.objects.count() == 1


def test_of_a_job_that_runs_already_nothing_is_asked_for_it_is_refused(mary: Operator) -> None:
    job = make_item(make_project(), status=QueueStatus.IN_PROGRESS, operator=mary)
    page = Desk(mary).dialog(job, "start", **sent_as(mary)).content.decode()
    assert "This job is already running." in page
    assert "is cutting" not in page
    assert "the shop has" not in page


def test_minutes_as_logged_are_confirmed_once_though_the_clock_runs_on(mary: Operator) -> None:
    with clock.pretend(NOON):
        began = NOON - dt.timedelta(days=2)
        job = make_item(make_project(), status=QueueStatus.IN_PROGRESS, operator=mary,
                        started_at=began, last_entry_at=began)  # fmt: skip
        page = Desk(mary).dialog(job, "complete", **sent_as(mary))
        assert "The clock logged 2880 min, more than a day." in page.content.decode()
    with clock.pretend(NOON + dt.timedelta(minutes=5)):
        sure = page.context["form"].asked
        assert "was completed." in said(
            Desk(mary).dialog(job, "complete", **sent_as(mary), sure=sure)
        )
    assert LaserRun.objects.get().cut_time_minutes == 2885


def test_a_cut_is_credited_to_who_made_it_though_they_were_switched_off(
    running: QueueItem, mary: Operator, olga: Operator, otto: Operator, manager: Actor
) -> None:
    for person in (olga, otto):
        edit(Operator, person.pk, {"is_active": False}, by=manager)
    desk = Desk(mary)
    page = desk.dialog(running, "complete", **sent_as(otto)).content.decode()
    assert "Select a valid choice" in page, "somebody else who was switched off is no choice"
    assert "was completed." in said(desk.dialog(running, "complete", **sent_as(olga)))
    run = LaserRun.objects.get()
    assert run.operator == olga
    correct_run(run.pk, {"operator_id": mary.pk}, "slip", by=manager)
    form = desk.browser.get(address(LaserRun, "correct", run.pk)).context["form"]
    assert set(form.fields["operator"].queryset) == {mary, olga}


@pytest.mark.parametrize(("logged", "asks"), [(9, False), (30, True)])
def test_no_minutes_at_all_are_asked_about_where_the_clock_has_seen_some(
    mary: Operator, logged: int, asks: bool
) -> None:
    with clock.pretend(NOON):
        began = NOON - dt.timedelta(minutes=logged)
        job = make_item(make_project(), status=QueueStatus.IN_PROGRESS, operator=mary,
                        started_at=began, last_entry_at=began)  # fmt: skip
        page = Desk(mary).dialog(job, "complete", **sent_as(mary, actual_cut_time="0"))
        assert ("0 min are told, but the clock logged 30 min" in page.content.decode()) == asks
        if asks:
            Desk(mary).dialog(job, "complete", **sent_as(
                mary, actual_cut_time="0", sure=page.context["form"].asked))  # fmt: skip
    assert LaserRun.objects.get().cut_time_minutes == 0
