"""What is cut again stands in the queue with what it will take, not with the whole project."""

from __future__ import annotations

import pytest

from laseros.errors import InvalidInput
from operators_app.models import Operator
from operators_app.verbs import Actor
from projects_app.models import Project
from queue_app.forecast import waiting_jobs
from queue_app.models import QueueItem
from queue_app.verbs import recut
from tests.desk import Desk, said
from tests.factories import make_project

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
