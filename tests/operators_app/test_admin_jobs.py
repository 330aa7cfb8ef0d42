"""Background jobs in the back office."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone
from django_q.models import Failure, OrmQ, Schedule, Success

from operators_app.admin_jobs import SCHEDULES
from operators_app.models import Operator, User
from tests.desk import Desk

pytestmark = pytest.mark.django_db


def failed_job() -> Failure:
    """Return a job that failed."""
    now = timezone.now()
    return Failure.objects.create(
        id="0a1b", name="seven-red-foxes", func="projects_app.jobs.read_design_file", args=(7,),
        kwargs={"x": 1}, success=False, result="no disk", started=now, stopped=now,
    )  # fmt: skip


def test_a_failed_job_is_run_again_as_it_was_and_leaves_the_list(mary: Operator) -> None:
    address = reverse("admin:django_q_failure_changelist")
    sent = {"action": "run_again", "_selected_action": [failed_job().pk]}
    page = Desk(mary).browser.post(address, sent, follow=True)
    told = [str(one) for one in page.context["messages"]]
    assert told == ["Run again: 1 of 1 done: seven-red-foxes."]
    (waiting,) = OrmQ.objects.all()
    assert waiting.func() == "projects_app.jobs.read_design_file"
    assert (waiting.task["args"], waiting.task["kwargs"]) == ((7,), {"x": 1})
    assert not Failure.objects.exists()


@pytest.mark.parametrize("model", ["failure", "success", "ormq", "schedule"])
def test_everybody_in_the_back_office_sees_the_jobs(
    model: str, victor: User, mary: Operator
) -> None:
    failed_job()
    assert Success.objects.count() == 0
    address = reverse(f"admin:django_q_{model}_changelist")
    assert Desk(mary).browser.get(address).status_code == 200
    assert Desk(victor).browser.get(address).status_code == 200


def test_nobody_but_managers_runs_a_job_again(victor: User) -> None:
    address = reverse("admin:django_q_failure_changelist")
    sent = {"action": "run_again", "_selected_action": [failed_job().pk]}
    Desk(victor).browser.post(address, sent)
    assert Failure.objects.exists()
    assert not OrmQ.objects.exists()


def test_each_schedule_of_ours_has_a_name_in_the_readers_language(mary: Operator) -> None:
    assert set(Schedule.objects.values_list("name", flat=True)) == set(SCHEDULES)
    own = Schedule.objects.create(name="Nightly backup", func="shop.backup")
    page = Desk(mary).browser.get(reverse("admin:django_q_schedule_changelist"))
    for name in (*SCHEDULES, own.name):
        assert name in page.content.decode()
