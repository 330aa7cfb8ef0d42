"""The home page: who sees what of it, what is told of jobs, how fresh it is and what it costs."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from laseros import clock
from operators_app.models import Flag, Operator, Role
from operators_app.verbs import Actor
from presets_app.models import MachineSettingsPreset
from projects_app.models import DesignFile, Project, ProjectStatus, Shop
from queue_app.models import LaserRun, QueueItem, QueueStatus
from queue_app.verbs import pause_job, update_item
from tests import fillers
from tests.factories import make_drawing, make_item, make_user
from tests.queue_app.home_page import (
    HOME,
    PART,
    browser_of,
    days,
    quiet_project,
    rows_of,
    sections,
    seen,
)

PAGES = pytest.mark.parametrize("role", [Role.ADMIN, Role.MANAGER, Role.VIEWER])


@pytest.fixture
def desk(ada: Operator) -> Client:
    """The admin's browser."""
    return browser_of(ada)


def test_a_line_tells_what_is_missing_in_words(desk: Client) -> None:
    quiet_project(drawings=0, estimated_cut_time=None)
    (line,) = sections(desk)["missing_data"].lines
    assert line.label == "estimated cut time, drawings"
    assert [button.text for button in line.buttons] == ["Fill in"]


def test_states_and_deadlines_are_called_what_they_are_called_everywhere(desk: Client) -> None:
    make_item(quiet_project(), status=QueueStatus.IN_PROGRESS, started_at=clock.now())
    quiet_project(pop_deadline=days(1))
    page = desk.get(HOME).content.decode()
    assert page.count("In progress") == 2  # the tile and the job
    assert "Running" not in page
    assert "POP deadline, not queued" in page  # those that are queued stand on the board


def test_a_flag_tells_why_in_words(desk: Client) -> None:
    item = make_item(quiet_project(), status=QueueStatus.IN_PROGRESS, started_at=clock.now())
    soon = clock.now() + dt.timedelta(hours=1)
    pause_job(item.pk, "Lunch", by=Actor.system(), performed_at=soon)
    (line,) = sections(desk)["flags"].lines
    assert (line.title, line.label) == ("Pause job", "told to have happened in the future")


def test_a_running_job_shows_its_minutes_against_the_estimate(desk: Client, olga: Operator) -> None:
    long_ago = clock.now() - dt.timedelta(minutes=50)
    project = quiet_project(estimated_cut_time=45)
    make_item(project, status=QueueStatus.IN_PROGRESS, started_at=long_ago, operator=olga)
    (job,) = seen(desk).bench.running
    assert (job.operator, job.minutes, job.estimate, job.is_over) == ("Olga", 50, 45, True)
    assert [button.text for button in job.buttons] == ["Complete", "Pause"]
    assert "Over the estimate" in desk.get(HOME).content.decode()


def test_a_paused_job_keeps_its_minutes_and_can_be_resumed(desk: Client) -> None:
    now = clock.now()
    make_item(quiet_project(), started_at=now, paused_at=now, ran_seconds=600)
    bench = seen(desk).bench
    (job,) = bench.paused
    assert (bench.running_total, bench.paused_total, job.minutes) == (0, 1, 10)
    assert [button.text for button in job.buttons] == ["Resume"]
    assert rows_of(desk, bench.paused_url) == 1


def test_the_load_is_told_by_working_day_against_what_can_be_cut(desk: Client) -> None:
    Shop.objects.update(workday_hours=8, laser_count=2)
    make_item(quiet_project(estimated_cut_time=600))
    make_item(quiet_project(estimated_cut_time=None))
    load = seen(desk).load
    assert (load.jobs, load.hours, load.unestimated) == (2, "10.0", 1)
    assert len(load.days) == 10
    assert {bar.possible for bar in load.days[1:]} == {"16.0"}
    assert sum(bar.day.minutes for bar in load.days) == 600
    assert rows_of(desk, load.unestimated_url) == 1


def test_a_day_of_another_year_says_which(desk: Client) -> None:
    make_item(quiet_project(estimated_cut_time=100_000))
    cleared = seen(desk).load.cleared_on
    assert cleared is not None
    assert cleared.year > clock.shop_today().year
    assert f"done by {cleared:%a} {cleared.day} {cleared:%b %Y}" in desk.get(HOME).content.decode()


def test_a_long_list_shows_its_beginning_and_how_many_more_there_are(desk: Client) -> None:
    for _ in range(7):
        quiet_project(due_date=days(-1))
    section = sections(desk)["overdue"]
    assert (section.total, len(section.lines), section.more) == (7, 5, 2)
    assert "and 2 more" in desk.get(HOME).content.decode()


def test_an_empty_shop_is_told_what_to_do_first(db: None) -> None:
    MachineSettingsPreset.objects.all().delete()
    first = browser_of(make_user("first", Role.ADMIN))
    steps = [step.text for step in seen(first).first_steps]
    assert steps == [
        "Import presets from a spreadsheet", "Create an operator", "Add a client", "Add a project",
    ]  # fmt: skip
    for step in seen(first).first_steps:
        assert first.get(step.url).status_code == 200
    looking = browser_of(make_user("looking", Role.VIEWER))
    assert seen(looking).first_steps == []


# --- Who sees what ---


def test_only_who_may_settle_background_jobs_and_locks_has_buttons_for_it(db: None) -> None:
    fillers.tasks(1, success=False)
    fillers.attempts(1)
    AccessAttempt.objects.update(failures_since_start=settings.AXES_FAILURE_LIMIT)
    settle = {}
    for role in (Role.ADMIN, Role.MANAGER, Role.VIEWER):
        found = sections(browser_of(make_user(f"one-{role}", role)))
        settle[role] = {key for key, one in found.items() if one.lines[0].buttons}
    assert settle[Role.ADMIN] == {"jobs", "locked"}
    assert settle[Role.MANAGER] == {"jobs"}
    assert settle[Role.VIEWER] == set()


def test_an_operator_and_a_stranger_stay_outside(olga: Operator) -> None:
    for browser in (browser_of(olga), Client()):
        for address in (HOME, PART):
            assert browser.get(address).status_code == 302


# --- Statements ---


@PAGES
@pytest.mark.django_db
def test_the_page_takes_at_most_12_statements_for_5_rows_as_for_500(role: Role) -> None:
    browser = browser_of(make_user(f"one-{role}", role))
    counts = []
    for rows in (5, 495):
        for model in (QueueItem, LaserRun, Flag, DesignFile, AccessAttempt):
            fillers.FILLERS[model](rows)
        fillers.tasks(rows, success=False)
        Project.objects.update(due_date=days(-2), status=ProjectStatus.QUEUED)
        AccessAttempt.objects.update(failures_since_start=9)
        browser.get(HOME)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(HOME).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert counts[0] <= 12


# --- Freshness ---


def test_an_unchanged_shop_costs_one_small_statement(desk: Client) -> None:
    tag = desk.get(PART).headers["ETag"]
    with CaptureQueriesContext(connection) as captured:
        answer = desk.get(PART, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")
    assert len([one for one in captured if "loghead" in one["sql"]]) == 1
    assert len(captured) <= 4, "session, account, role, and the log's head"


def test_a_tag_that_a_proxy_weakened_and_one_among_others_are_known_again(desk: Client) -> None:
    tag = desk.get(PART).headers["ETag"]
    for held in (f"W/{tag}", f'"other", {tag}'):
        assert desk.get(PART, headers={"If-None-Match": held}).status_code == 304


def test_a_change_is_seen_at_the_next_question(desk: Client, manager: Actor) -> None:
    item = make_item(quiet_project())
    tag = desk.get(PART).headers["ETag"]
    update_item(item.pk, {"notes": "Mind the burrs"}, by=manager, op_id=uuid.uuid4())
    answer = desk.get(PART, headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert answer.headers["ETag"] != tag
    assert 'id="home-body"' in answer.content.decode()


def test_the_clock_alone_makes_it_fresh_within_minutes(desk: Client) -> None:
    tag = desk.get(PART).headers["ETag"]
    with clock.pretend(clock.now() + dt.timedelta(minutes=6)):
        assert desk.get(PART, headers={"If-None-Match": tag}).status_code == 200


# --- Dialogs lead back ---


def test_a_dialog_opened_on_the_home_page_leads_back_to_it(mary: Operator) -> None:
    item = make_item(quiet_project())
    address = reverse("admin:queue_app_queueitem_move", args=(item.pk,))
    answer = browser_of(mary).post(
        address, {"_form_submitted": "True", "position": 1},
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/admin/?x=1"},
    )  # fmt: skip
    assert answer.headers["HX-Redirect"] == "/admin/?x=1"


@pytest.mark.parametrize("page", ["", "https://evil.example/admin/", "http://testserver/api/docs"])
def test_a_dialog_never_leads_out_of_the_back_office(mary: Operator, page: str) -> None:
    item = make_item(quiet_project())
    address = reverse("admin:queue_app_queueitem_move", args=(item.pk,))
    answer = browser_of(mary).post(
        address, {"_form_submitted": "True", "position": 1},
        headers={"HX-Request": "true", "HX-Current-URL": page},
    )  # fmt: skip
    assert answer.headers["HX-Redirect"] == f"/admin/queue_app/queueitem/{item.pk}/change/"


# --- What settles it ---


def buttons(desk: Client, topic: str) -> list[str]:
    """Return the buttons of a section's first line."""
    return [str(button.text) for button in sections(desk)[topic].lines[0].buttons]


def long_job(**fields: Any) -> QueueItem:
    """Return a job that keeps the laser busy for three days."""
    return make_item(quiet_project(estimated_cut_time=3 * 8 * 60, **fields))


def test_move_up_is_offered_where_the_job_would_be_in_time_thereby(desk: Client) -> None:
    Shop.objects.update(workdays=list(range(7)))
    long_job()
    make_item(quiet_project(due_date=days(2)))
    assert buttons(desk, "at_risk") == ["Move up"]


def test_where_a_job_is_late_all_the_same_another_due_date_is_offered(desk: Client) -> None:
    Shop.objects.update(workdays=list(range(7)))
    long_job(due_date=days(1))
    assert buttons(desk, "at_risk") == ["Change due date"]
    (button,) = sections(desk)["at_risk"].lines[0].buttons
    assert "fill=id_due_date&back=%2Fadmin%2F" in button.url


def test_a_job_held_back_by_its_scheduled_date_is_scheduled_anew(desk: Client) -> None:
    make_item(quiet_project(due_date=days(2)), scheduled_date=days(5))
    assert buttons(desk, "at_risk") == ["Change scheduled date"]
    assert "scheduled for" in sections(desk)["at_risk"].lines[0].detail
    QueueItem.objects.update(scheduled_date=days(-1))
    Project.objects.update(due_date=days(-2))
    assert buttons(desk, "overdue") == ["Change due date"], "the day it waited for has come"


def test_an_overdue_job_is_moved_up_only_if_it_is_cut_on_an_earlier_day(desk: Client) -> None:
    Shop.objects.update(workdays=list(range(7)))
    first = make_item(quiet_project(due_date=days(-1)))
    assert buttons(desk, "overdue") == ["Change due date"], "it is at the top"
    QueueItem.objects.filter(pk=first.pk).update(rank=9)
    long_job()
    assert buttons(desk, "overdue") == ["Move up", "Change due date"]


def test_an_overdue_project_that_lacks_something_is_filled_in_before_it_is_queued(
    desk: Client,
) -> None:
    project = quiet_project(due_date=days(-1), drawings=0)
    assert buttons(desk, "overdue") == ["Fill in"]
    make_drawing(project)
    assert buttons(desk, "overdue") == ["Add to queue"]
