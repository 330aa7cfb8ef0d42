"""What is cut again stands in the queue with what it will take, not with the whole project."""

from __future__ import annotations

import pytest

from laseros.errors import InvalidInput
from operators_app.models import Operator
from operators_app.verbs import Actor
from projects_app.models import Project
from queue_app.forecast import waiting_jobs
from queue_app.models import QueueItem
from queue_app.verbs import complete_job, recut, start_job
from tests.desk import Desk, said
from tests.factories import make_item, make_project
from tests.queue_app.cuts import work

pytestmark = pytest.mark.django_db


def completed() -> Project:
    """Return a project of 45 minutes that was cut."""
    return make_project(status="completed", estimated_cut_time=45)


def test_a_recut_has_an_estimate_of_its_own_where_one_is_told(manager: Actor) -> None:
    recut(completed().pk, "two bent", estimated_cut_time=5, by=manager)
    recut(completed().pk, "all bent", by=manager)
    assert [job.minutes for job in waiting_jobs()] == [5, 45]
    assert [item.estimated_cut_time for item in QueueItem.objects.all()] == [5, None]
    with pytest.raises(InvalidInput, match="at most 100000 minutes"):
        recut(completed().pk, "slip", estimated_cut_time=100_001, by=manager)


def test_the_dialog_asks_for_it(mary: Operator) -> None:
    one, other, desk = completed(), completed(), Desk(mary)
    for project, minutes in ((one, "5"), (other, "")):
        page = desk.dialog(project, "recut_now", reason="bent", estimated_cut_time=minutes)
        assert "is in the queue again." in said(page)
    assert [item.estimated_cut_time for item in QueueItem.objects.all()] == [5, None]


def test_the_whole_project_is_not_proposed_for_what_is_cut_again(
    mary: Operator, olga: Operator, operator: Actor, manager: Actor
) -> None:
    project, desk = make_project(), Desk(mary)
    job = make_item(project)
    start_job(job.pk, **work(olga), by=operator)
    form = desk.open(job, "complete").context["form"]
    assert (form["sheet_count"].value(), form["parts_produced"].value()) == (3, 50)
    complete_job(job.pk, **work(olga), parts_produced=48, by=operator)
    again = QueueItem.objects.get(
        pk=recut(project.pk, "2 bent", by=manager).data["queue_item"]["id"]
    )
    form = desk.open(again, "complete").context["form"]
    assert (form["sheet_count"].value(), form["parts_produced"].value()) == (None, None)


@pytest.mark.parametrize(("first", "then", "warned"), [
    (48, 1, "49 parts were made, 50 were ordered."),
    (48, 2, ""),
    (0, 1, "1 part was made, 50 were ordered."),
    (None, 1, ""),  # how many the first run made nobody told
])  # fmt: skip
def test_a_recut_is_short_only_where_all_runs_together_are(
    olga: Operator, operator: Actor, manager: Actor, first: int | None, then: int, warned: str
) -> None:
    project = make_project()
    job = make_item(project).pk
    start_job(job, **work(olga), by=operator)
    complete_job(job, **work(olga), parts_produced=first, by=operator)
    again = recut(project.pk, "bent", by=manager).data["queue_item"]["id"]
    start_job(again, **work(olga), by=operator)
    done = complete_job(again, **work(olga), parts_produced=then, by=operator)
    assert done.data["warnings"] == ([warned] if warned else [])
