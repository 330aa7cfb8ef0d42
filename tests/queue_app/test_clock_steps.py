"""The server's clock is set back an hour while jobs run: nothing is lost, nothing negative."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from laseros import clock
from operators_app.authentication import PhoneAccessToken, PhoneRefreshToken
from operators_app.models import ActivityLog, Operator, Session
from projects_app.models import Project, ProjectStatus
from projects_app.queries import missing_of
from queue_app.models import LaserRun, QueueItem
from tests.phone import Phone
from tests.queue_app.conftest import Demo, doctor

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


class Work:
    """A phone, the jobs that wait, and two presents: before and after the step."""

    def __init__(self) -> None:
        self.olga = Operator.objects.get(user__username="operator1")
        self.phone = Phone.of(self.olga)
        self.boss = Phone.of(Operator.objects.get(user__username="manager"))
        waiting = QueueItem.objects.filter(status="queued", paused_at=None)
        self.items = list(waiting.values_list("pk", flat=True))
        preset = Project.objects.filter(queue_items=self.items[0]).get().preset
        assert preset is not None
        self.who = {"operator_id": self.olga.pk, "preset_id": preset.pk}
        self.ten = clock.now()
        self.nine = self.ten - HOUR

    def do(self, item: int, verb: str, **said: Any) -> dict[str, Any]:
        """Send a request about a job; assert success."""
        answer = self.phone.post(f"queue/{item}/{verb}", {**self.who, "reason": "step", **said})
        assert answer.status_code == 200, answer.content
        told: dict[str, Any] = answer.json()
        return told


@pytest.fixture
def work(demo: Demo, settings: Any) -> Iterator[Work]:
    """The demo shop, well before and after."""
    settings.MEDIA_ROOT = demo.files
    yield Work()
    entries = list(ActivityLog.objects.order_by("seq").values_list("seq", flat=True))
    assert entries == list(range(1, len(entries) + 1))
    assert not QueueItem.objects.filter(ran_seconds__lt=0).exists()
    assert doctor() == ""


def test_a_job_goes_on_over_the_step_and_its_minutes_are_not_negative(work: Work) -> None:
    job = work.items[0]
    with clock.pretend(work.ten - dt.timedelta(minutes=20)):
        work.do(job, "start")
    with clock.pretend(work.ten):
        work.do(job, "pause")
        work.do(job, "start")
    with clock.pretend(work.nine):
        work.do(job, "pause")
        work.do(job, "start")
        done = work.do(job, "complete")
    assert done["laser_run"]["logged_minutes"] == 20
    item = QueueItem.objects.get(pk=job)
    assert item.completed_at == work.ten
    entry = ActivityLog.objects.latest("seq")
    assert (entry.recorded_at, entry.effective_at) == (work.nine, work.ten)
    assert entry.flagged == ["performed_before_previous_entry"]


def test_a_fact_by_a_phone_whose_clock_is_right_is_stored_and_flagged(work: Work) -> None:
    job = work.items[0]
    with clock.pretend(work.ten):
        work.do(job, "start")
    with clock.pretend(work.nine):
        said = clock.iso(work.ten + dt.timedelta(minutes=15))
        done = work.do(job, "complete", performed_at=said, actual_cut_time=15)
    assert done["laser_run"]["cut_time_minutes"] == 15
    run = LaserRun.objects.get(pk=done["laser_run"]["id"])
    assert (run.logged_minutes, run.status) == (0, "completed")
    assert "performed_in_the_future" in run.entry.flagged


def test_what_was_queued_before_the_step_can_be_started_or_cancelled_after_it(work: Work) -> None:
    approved = Project.objects.filter(status=ProjectStatus.APPROVED_POP)
    ready = [project.pk for project in approved if not missing_of(project)][:2]
    with clock.pretend(work.ten):
        first, second = (
            work.phone.post(f"projects/{pk}/add-to-queue").json()["queue_item"]["id"]
            for pk in ready
        )
    with clock.pretend(work.nine):
        work.do(first, "start")
        answer = work.boss.delete(f"queue/{second}")
    assert answer.status_code == 200, answer.content
    assert QueueItem.objects.get(pk=first).started_at == work.ten
    assert QueueItem.objects.get(pk=second).cancelled_at == work.ten


def test_somebody_elses_change_is_still_noticed(work: Work) -> None:
    job = f"queue/{work.items[0]}"
    with clock.pretend(work.ten):
        work.phone.patch(job, {"priority": "high"})
        seen = work.phone.get(job).json()["queue_item"]["updated_at"]
    with clock.pretend(work.nine):
        first = work.phone.patch(job, {"priority": "low", "updated_at": seen})
        second = work.boss.patch(job, {"priority": "normal", "updated_at": seen})
        now = second.json()["current_data"]["updated_at"]
        third = work.boss.patch(job, {"priority": "normal", "updated_at": now})
    assert [one.status_code for one in (first, second, third)] == [200, 409, 200]
    assert now < seen


@pytest.mark.usefixtures("work")
def test_whoever_signed_in_before_the_step_stays_signed_in() -> None:
    olga = Operator.objects.get(user__username="operator1")
    assert olga.user is not None
    later = clock.now() + HOUR
    session = Session.objects.create(
        user=olga.user, created_at=later, expires_at=later + PhoneRefreshToken.lifetime,
        auth_hash=olga.user.get_session_auth_hash(),
    )  # fmt: skip
    tokens = []
    for kind in (PhoneAccessToken, PhoneRefreshToken):
        token = kind()
        token.set_iat(at_time=later)
        token.set_exp(from_time=later)
        token["sid"] = str(session.pk)
        tokens.append(str(token))
    phone = Phone(tokens[0])
    assert phone.get("queue").status_code == 200
    renewed = Phone().post("auth/refresh", {"refresh_token": tokens[1]})
    assert Phone(renewed.json()["access_token"]).get("queue").status_code == 200
    assert phone.post("auth/logout").status_code == 200
    assert phone.get("queue").status_code == 401
