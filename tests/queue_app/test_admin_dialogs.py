"""Dialogs of the queue in the admin: each says which job it is about, before and afterwards."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.urls import reverse
from django.utils.http import urlencode

from laseros import clock
from operators_app.models import Flag, Operator, User
from operators_app.verbs import Actor
from projects_app.models import Project
from queue_app.home.projects import TOPICS
from queue_app.models import QueueItem
from queue_app.outlook import Outlook
from queue_app.verbs import complete_job
from tests.desk import Desk, address, said, values
from tests.factories import make_item, make_preset, make_project

pytestmark = pytest.mark.django_db


def dialog(desk: Desk, row: Any, action: str) -> str:
    """Return a dialog of a row's page as it opens."""
    name = f"{row._meta.app_label}_{row._meta.model_name}_{action}"
    page = desk.browser.get(reverse(f"admin:{name}", args=(row.pk,)))
    assert page.status_code == 200
    return page.content.decode()


def title_of(page: str) -> str:
    """Return a dialog's title."""
    found = re.search(r'id="dialog".*?<h2[^>]*>(.*?)</h2>', page, re.DOTALL)
    assert found
    return found[1].strip()


@pytest.mark.parametrize(
    ("action", "title"),
    [
        ("start", "Start"),
        ("cancel", "Take out of the queue"),
        ("move", "Move"),
    ],
)
def test_a_dialog_names_its_job(mary: Operator, action: str, title: str) -> None:
    job = make_item(make_project("Lids & rings"))
    page = dialog(Desk(mary), job, action)
    assert title_of(page) == f"{title}: {job.project.project_code} Lids &amp; rings"


def test_a_paused_job_is_resumed_and_not_started_again(mary: Operator) -> None:
    job = make_item(make_project("Lids"), paused_at=clock.now(), ran_seconds=60)
    desk = Desk(mary)
    page = dialog(desk, job, "start")
    assert title_of(page).startswith("Resume: ")
    assert page.count("Start") == 0
    offers = {one["title"] for one in desk.open(job).context["actions_detail"]}
    assert offers == {"Resume", "Take out of the queue", "Move"}


def test_a_refused_dialog_still_names_its_job(mary: Operator) -> None:
    job = make_item(make_project("Lids"), status="in_progress")
    page = Desk(mary).dialog(job, "pause").content.decode()  # without a reason
    assert title_of(page) == f"Pause: {job.project.project_code} Lids"


@pytest.mark.parametrize(
    ("action", "given", "told"),
    [
        ("move", {"position": 1}, "%s was moved."),
        ("cancel", {}, "%s was taken out of the queue."),
    ],
)
def test_the_message_afterwards_names_the_job(
    mary: Operator, action: str, given: dict[str, Any], told: str
) -> None:
    job = make_item(make_project("Lids"))
    assert said(Desk(mary).dialog(job, action, **given)) == told % job.project


def test_a_flag_is_settled_by_the_name_of_what_was_cut(mary: Operator, olga: Operator) -> None:
    job = make_item(make_project("Lids"))
    complete_job(
        job.pk, operator_id=olga.pk, preset_id=make_preset("P").pk, actual_cut_time=28,
        by=Actor.of_user(User.objects.get(operator=olga)), performed_at=clock.now(),
    )  # fmt: skip
    flag, desk = Flag.objects.get(), Desk(mary)
    assert title_of(dialog(desk, flag, "reject_one")) == f"Reject: {job.project} by Olga"
    assert said(desk.dialog(flag, "accept_one")) == f"Accepted: {job.project} by Olga."


def test_an_action_of_the_list_names_what_it_did_and_counts_the_rest(mary: Operator) -> None:
    jobs = [make_item(make_project(name)) for name in "abcdefg"]
    page = Desk(mary).act(QueueItem, "pause_jobs", *jobs[:1])
    assert str(jobs[0].project) in said(page)
    told = said(Desk(mary).act(QueueItem, "move_to_top", *jobs))
    named = [job for job in jobs if str(job.project) in told]
    assert told.startswith("Move to the top: 7 of 7 done: ")
    assert len(named) == 5
    assert told.endswith("and 2 more.")
    assert address(QueueItem, "changelist") in page.redirect_chain[0][0]


def test_pausing_from_the_list_is_told_once_in_the_notes(mary: Operator) -> None:
    job = make_item(make_project("Lids"), status="in_progress", started_at=clock.now())
    Desk(mary).act(QueueItem, "pause_jobs", job)
    job.refresh_from_db()
    assert job.notes == "Paused: from the back office"


def test_a_project_that_lacks_something_says_so_before_it_is_queued(mary: Operator) -> None:
    project = make_project("Lids", drawings=0, material_thickness=None)
    page = dialog(Desk(mary), project, "add_to_queue_now")
    assert "it lacks: thickness, drawings" in page
    assert f"{address(Project, 'change', project.pk)}?fill=id_material_thickness" in page
    complete = dialog(Desk(mary), make_project("Rings"), "add_to_queue_now")
    assert "it lacks" not in complete


def test_a_job_is_scheduled_for_no_day_gone_by(mary: Operator) -> None:
    project, desk = make_project("Lids"), Desk(mary)
    page = dialog(desk, project, "add_to_queue_now")
    assert 'type="date"' in page
    assert f'min="{clock.shop_today().isoformat()}"' in page
    said_all = {"priority": "normal", "scheduled_date": "2020-01-01"}
    refused = desk.dialog(project, "add_to_queue_now", **said_all).content.decode()
    assert "This day has gone by" in refused
    assert not QueueItem.objects.exists()


def test_a_job_keeps_a_day_gone_by_and_is_given_none(mary: Operator) -> None:
    day = clock.shop_today() - dt.timedelta(days=9)
    job, desk = make_item(make_project("Lids"), scheduled_date=day), Desk(mary)
    desk.save(job, notes="soon")
    job.refresh_from_db()
    assert (job.notes, job.scheduled_date) == ("soon", day)
    page = desk.save(job, scheduled_date="2020-01-01")
    assert "This day has gone by" in page.content.decode()
    board = reverse("admin:queue_app_queueitem_board_change", args=(job.pk,))
    sent = {"op_id": str(uuid.uuid4()), "field": "scheduled_date", "value": "2020-01-01",
            "seen": day.isoformat()}  # fmt: skip
    assert desk.browser.post(board, sent).status_code == 400
    job.refresh_from_db()
    assert job.scheduled_date == day
    tomorrow = clock.shop_today() + dt.timedelta(days=1)
    assert desk.browser.post(board, {**sent, "value": tomorrow.isoformat()}).status_code == 200


def test_the_projects_list_calls_what_needs_attention_as_the_home_page_does(mary: Operator) -> None:
    project, browser = make_project(drawings=0, due_date=dt.date(2025, 1, 1)), Desk(mary).browser
    where = address(Project, "changelist")
    page = browser.get(where)
    (shown,) = (one for one in page.context["cl"].filter_specs if one.title == "attention")
    assert shown.lookup_choices == [(topic.key, topic.title) for topic in TOPICS]
    for topic in TOPICS:
        found = browser.get(where, {"attention": topic.key}).context["cl"].result_list
        assert [one.pk for one in found] == [
            one.pk for one in Project.objects.filter(topic.condition(Outlook.now()))
        ]
    assert project in Project.objects.filter(TOPICS[0].condition(Outlook.now()))


def test_saving_leads_back_to_where_somebody_was_sent_from(mary: Operator) -> None:
    project, desk = make_project("Lids"), Desk(mary)
    form = values(desk.open(project))
    for back, leads in (
        ("/admin/?x=1", "/admin/?x=1"),
        ("https://evil.example/admin/", address(Project, "changelist")),
        ("//evil.example/admin/", address(Project, "changelist")),
        ("/api/docs", address(Project, "changelist")),
    ):
        query = urlencode({"fill": "id_material", "back": back})
        sent = {**form, **values(desk.open(project))}
        page = desk.browser.post(f"{address(Project, 'change', project.pk)}?{query}", sent)
        assert (page.status_code, page.headers["Location"]) == (302, leads)


@pytest.mark.parametrize("status", ["completed", "cancelled"])
def test_a_job_that_is_over_is_only_shown(mary: Operator, status: str) -> None:
    job, desk = make_item(), Desk(mary)
    assert 'name="_save"' in desk.open(job).content.decode()
    QueueItem.objects.filter(pk=job.pk).update(status=status)
    page = desk.open(job)
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert 'name="notes"' not in page.content.decode()
