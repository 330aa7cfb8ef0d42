"""The demo shop: what is in it, and when it may be loaded."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.models import Count, F, Q
from django_q.models import OrmQ

from laseros import clock
from operators_app.models import (
    ActivityLog,
    Flag,
    FlagStatus,
    LogHead,
    Operator,
    Role,
    Source,
    User,
    highest_role,
)
from presets_app.models import MachineSettingsPreset
from projects_app.models import (
    Client,
    DesignFile,
    Project,
    ProjectPart,
    ProjectStatus,
    ReadState,
)
from projects_app.queries import missing_of
from queue_app.demo.people import PASSWORD, PEOPLE
from queue_app.models import IS_ACTIVE, LaserRun, QueueCount, QueueItem, QueueStatus, RunStatus
from tests.demo import load_demo
from tests.queue_app.conftest import Demo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo")]


def projects(status: ProjectStatus) -> list[Project]:
    """Return the projects of a status."""
    return list(Project.objects.filter(status=status))


def test_it_says_how_far_it_is_and_what_there_is(demo: Demo) -> None:
    assert "projects 20/60…" in demo.said
    assert "60 projects" in demo.said.splitlines()[-1]


def test_loading_it_again_changes_nothing() -> None:
    head = LogHead.objects.values("seq", "epoch").get()
    entries = ActivityLog.objects.count()
    assert "nothing was changed" in load_demo()
    assert LogHead.objects.values("seq", "epoch").get() == head
    assert ActivityLog.objects.count() == entries


def test_loading_it_again_leaves_what_was_done_since_alone() -> None:
    User.objects.filter(username="viewer").delete()
    assert "nothing was changed" in load_demo()
    assert not User.objects.filter(username="viewer").exists()


def test_everybody_has_their_role_and_the_published_password() -> None:
    for person in PEOPLE:
        user = User.objects.get(username=person.username)
        assert user.check_password(PASSWORD)
        assert highest_role(set(user.groups.values_list("name", flat=True))) == person.role
        assert hasattr(user, "operator") == (person.role != Role.VIEWER)
    codes = Operator.objects.order_by("employee_id").values_list("employee_id", flat=True)
    assert list(codes) == [f"OP-{number:03}" for number in range(1, 6)]


def test_the_shop_is_as_large_as_promised() -> None:
    assert Client.objects.count() == 20
    assert Project.objects.count() == 60
    assert MachineSettingsPreset.objects.count() == 25
    assert {project.status for project in Project.objects.all()} == set(ProjectStatus.values)
    assert not Client.objects.filter(projects=None).exists()
    assert not Project.objects.filter(project_parts=None).exists()
    assert ProjectPart.objects.count() > 60


def test_some_approved_projects_are_complete_and_others_lack_data() -> None:
    lacking = [missing_of(project) for project in projects(ProjectStatus.APPROVED_POP)]
    assert lacking.count([]) >= 3
    assert len([missing for missing in lacking if missing]) >= 2


def test_what_was_cut_or_waits_to_be_cut_is_complete() -> None:
    cut = (ProjectStatus.QUEUED, ProjectStatus.IN_PROGRESS, ProjectStatus.COMPLETED)
    for project in Project.objects.filter(status__in=cut):
        assert missing_of(project) == []


def test_one_job_runs_one_is_paused_and_a_dozen_wait() -> None:
    running = QueueItem.objects.get(status=QueueStatus.IN_PROGRESS)
    assert running.started_at is not None
    assert dt.timedelta(0) < clock.now() - running.started_at < dt.timedelta(hours=2)
    waiting = QueueItem.objects.filter(status=QueueStatus.QUEUED)
    assert waiting.count() >= 12
    assert waiting.filter(paused_at__isnull=False, ran_seconds__gt=0).count() == 1


def test_jobs_are_scheduled_before_on_and_after_today_and_for_different_people() -> None:
    today = clock.shop_today()
    active = QueueItem.objects.filter(IS_ACTIVE)
    assert active.filter(scheduled_date__lt=today).exists()
    assert active.filter(scheduled_date=today).count() >= 3
    assert active.filter(scheduled_date__gt=today).count() >= 3
    assert active.exclude(assigned_to=None).values("assigned_to").distinct().count() == 3
    assert active.filter(project__due_date__lt=today).count() >= 2


def test_the_counts_kept_are_the_counts() -> None:
    live = dict(QueueItem.objects.values_list("status").annotate(n=Count("id")).order_by())
    assert {row.status: row.count for row in QueueCount.objects.all() if row.count} == live


def test_two_months_of_runs_by_several_people_on_several_materials() -> None:
    runs = LaserRun.objects.filter(status=RunStatus.COMPLETED)
    assert runs.count() >= 30
    days = clock.shop_today() - dt.timedelta(days=45)
    assert runs.filter(run_date__lt=clock.day_start(days)).count() >= 5
    for column in ("operator", "preset", "material_type"):
        assert runs.values(column).distinct().count() >= 3
    unlikely = Q(cut_time_minutes__lt=10) | Q(cut_time_minutes__gt=240)
    assert not runs.filter(unlikely).exists()


def test_every_completed_project_has_a_counted_run_and_some_were_cut_again() -> None:
    done = Project.objects.filter(status=ProjectStatus.COMPLETED)
    counted = Count("laser_runs", filter=Q(laser_runs__status=RunStatus.COMPLETED))
    assert min(project.times for project in done.annotate(times=counted)) >= 1
    assert done.annotate(jobs=Count("queue_items")).filter(jobs=2).count() >= 2


def test_two_flags_wait_for_the_manager_and_no_others() -> None:
    open_flags = Flag.objects.filter(status=FlagStatus.OPEN)
    reasons = [flag.entry.flagged for flag in open_flags.select_related("entry")]
    assert sorted(reasons) == [["completed_twice"], ["completed_without_start"]]
    assert Flag.objects.exclude(status=FlagStatus.OPEN).count() == 1


def test_the_log_reads_in_the_order_of_time() -> None:
    first = ActivityLog.objects.filter(verb="create", target_type="user").earliest("seq")
    since = ActivityLog.objects.filter(seq__gte=first.seq).order_by("seq")
    times = list(since.values_list("recorded_at", flat=True))
    assert times == sorted(times)
    assert times[-1] <= clock.now()
    assert dt.timedelta(days=60) < times[-1] - times[0] < dt.timedelta(days=100)
    numbers = list(since.values_list("seq", flat=True))
    assert numbers == list(range(first.seq, LogHead.objects.get().seq + 1))
    assert not since.filter(source=Source.API, user__username="manager").exists()


def test_project_codes_tell_the_month_in_which_they_began() -> None:
    zone = clock.shop_zone()
    for project in Project.objects.all():
        began = project.created_at.astimezone(zone)
        assert project.project_code.startswith(f"JB-{began:%Y-%m}-CL")


def test_all_drawings_are_read_and_no_job_is_left_behind() -> None:
    assert DesignFile.objects.count() > 60
    assert not DesignFile.objects.exclude(read_state=ReadState.READY).exists()
    assert not DesignFile.objects.filter(Q(part=None) | Q(width_mm=None)).exists()
    assert not DesignFile.objects.exclude(part__project_parts__project=F("project")).exists()
    assert OrmQ.objects.count() == 0
