"""A slip of the finger in a day or an estimate: refused where it is told, harmless where it is."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.urls import reverse

from laseros import clock
from laseros.errors import InvalidInput
from laseros.ranges import LAST_DAY, MOST_MINUTES
from operators_app.models import Operator
from operators_app.verbs import Actor
from projects_app.models import Project, Shop
from queue_app.models import QueueItem
from queue_app.outlook import Outlook
from queue_app.reports.figures import figures_of
from queue_app.statistics.periods import Period
from queue_app.verbs import add_to_queue, update_item
from tests.desk import Desk
from tests.factories import make_item, make_project
from tests.phone import Phone
from tests.queue_app.board import at, jobs_of
from tests.queue_app.home_page import HOME, PART

pytestmark = pytest.mark.django_db
FAR = dt.date.max
TO_2199 = "Choose a day from the year 2000 to the year 2199."


# --- Refused where it is told ---


def test_the_phone_is_refused_a_far_day_and_a_huge_estimate(phone: Phone) -> None:
    job = make_item()
    for field, value, told in (
        ("scheduled_date", "9999-12-31", TO_2199), ("scheduled_date", "0001-01-01", TO_2199),
        ("estimated_cut_time", 2**31 - 1, "Tell at most 100000 minutes."),
    ):  # fmt: skip
        answer = phone.patch(f"queue/{job.pk}", {field: value})
        assert answer.status_code == 400
        assert answer.json()["errors"] == {field: [told]}
        answer = phone.post(f"projects/{make_project().pk}/add-to-queue", {field: value})
        assert answer.status_code == 400
        assert answer.json()["errors"] == {field: [told]}
    job.refresh_from_db()
    assert (job.scheduled_date, job.estimated_cut_time) == (None, None)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("due_date", "9999-12-31", TO_2199),
        ("pop_deadline", "2200-01-01", TO_2199),
        ("estimated_cut_time", "100001", "Tell at most 100000 minutes."),
        ("drawing_creation_time", "2147483647", "Tell at most 100000 minutes."),
        ("material_quantity_sheets", "1000001", "Tell at most 1000000 pieces."),
    ],
)
def test_a_projects_form_refuses_it_at_its_field(
    mary: Operator, field: str, value: str, told: str
) -> None:
    project = make_project()
    page = Desk(mary).save(project, **{field: value})
    assert page.context["adminform"].form.errors[field] == [told]
    stored = Project.objects.values_list(field, flat=True).get(pk=project.pk)
    assert str(stored) != value


def test_a_jobs_form_and_the_dialogs_refuse_it(mary: Operator) -> None:
    job, desk = make_item(), Desk(mary)
    for field, value, told in (
        ("scheduled_date", "9999-12-31", TO_2199),
        ("estimated_cut_time", "2147483647", "Tell at most 100000 minutes."),
    ):
        page = desk.save(job, **{field: value})
        assert page.context["adminform"].form.errors[field] == [told]
    said = {"priority": "normal", "scheduled_date": "9999-12-31"}
    page = desk.dialog(make_project(), "add_to_queue_now", **said).content.decode()
    assert TO_2199 in page
    board = reverse("admin:queue_app_queueitem_board_change", args=(job.pk,))
    sent = {"op_id": str(uuid.uuid4()), "field": "scheduled_date", "value": "9999-12-31"}
    answer = desk.browser.post(board, sent)
    assert answer.status_code == 400
    assert TO_2199 in answer.content.decode()
    assert QueueItem.objects.exclude(scheduled_date=None).count() == 0


def test_what_is_stored_already_stays_where_something_else_is_changed(
    mary: Operator, manager: Actor
) -> None:
    job = make_item(scheduled_date=FAR, estimated_cut_time=2**31 - 1)
    Project.objects.update(due_date=FAR, estimated_cut_time=2**31 - 1)
    Desk(mary).save(job, notes="soon")
    Desk(mary).save(job.project, notes="soon")
    job.refresh_from_db()
    assert (job.notes, job.project.notes, job.scheduled_date) == ("soon", "soon", FAR)
    update_item(job.pk, {"scheduled_date": FAR, "priority": "high"}, by=manager)
    with pytest.raises(InvalidInput):
        update_item(job.pk, {"scheduled_date": FAR - dt.timedelta(days=1)}, by=manager)


def test_the_last_day_and_the_most_minutes_are_taken(manager: Actor) -> None:
    told: dict[str, Any] = {"scheduled_date": LAST_DAY, "estimated_cut_time": MOST_MINUTES}
    add_to_queue(make_project().pk, **told, by=manager)
    job = QueueItem.objects.get()
    assert (job.scheduled_date, job.estimated_cut_time) == (LAST_DAY, MOST_MINUTES)


# --- Harmless where it is stored ---


@pytest.mark.parametrize(
    ("job", "project"),
    [
        ({"scheduled_date": FAR}, {}),
        ({}, {"due_date": FAR, "pop_deadline": FAR}),
        ({"estimated_cut_time": 2**31 - 1}, {}),
        ({"estimated_cut_time": 100_000_000}, {}),
        ({"estimated_cut_time": 2**31 - 1, "status": "in_progress"}, {"due_date": FAR}),
    ],
)
def test_pages_and_reports_stand(
    mary: Operator, job: dict[str, Any], project: dict[str, Any]
) -> None:
    make_item(make_project(**project), **job)
    for _n in range(3):
        make_item(make_project())
    browser = Desk(mary).browser
    for address in (HOME, PART, at("")):
        assert browser.get(address).status_code == 200
    assert browser.get(at("_group"), headers={"accept": "*/*"}).status_code == 200
    assert len(jobs_of(browser)) == 4
    jobs = reverse("admin:queue_app_queueitem_changelist")
    assert browser.get(jobs, {"forecast": "9999-12-31"}).status_code == 200
    day = dt.date(2025, 10, 27)
    assert figures_of(Period(day, day))["counts"]["waiting"] == 4


def test_a_huge_estimate_that_is_stored_is_reckoned_with_as_the_most(db: None) -> None:
    make_item(estimated_cut_time=2**31 - 1)
    assert [planned.job.minutes for planned in Outlook.now().planned] == [MOST_MINUTES]


@pytest.mark.parametrize("moment", ["2026-11-23T04:00:00Z", "2026-11-23T20:00:00Z"])
def test_a_shop_of_one_working_day_a_week_sees_ten_of_them(db: None, moment: str) -> None:
    Shop.objects.update(workdays=[0], workday_hours="0.25")
    with clock.pretend(dt.datetime.fromisoformat(moment)):
        assert len(Outlook.now().days()) == 10


@pytest.mark.usefixtures("at_noon")
def test_a_forecast_beyond_the_calendar_ends_with_its_last_day(db: None) -> None:
    Shop.objects.update(workdays=[0], workday_hours="0.25")
    for _n in range(9):
        make_item(estimated_cut_time=2**31 - 1)
    assert Outlook.now().cleared_on == LAST_DAY
    assert len(Outlook.now().days()) == 10
