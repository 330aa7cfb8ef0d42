"""Start, pause, complete: rules, minutes, facts, flags."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest

from laseros import clock
from laseros.errors import Changed, KeyReused, NotAllowed, NotFound, TransitionError
from operators_app.models import ActivityLog, Flag, Operator
from operators_app.verbs import Actor
from projects_app.models import Project, ProjectStatus
from queue_app.models import LaserRun, QueueCount, QueueItem, QueueStatus
from queue_app.verbs import complete_job, pause_job, resolve_flag, start_job
from tests.factories import make_item, make_preset, make_project

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def item() -> QueueItem:
    """A queued job, added two hours ago."""
    return make_item()


def who(person: Operator) -> dict[str, Any]:
    """Return what start and complete ask for."""
    preset = make_preset(f"P{uuid.uuid4().hex[:6]}")
    return {"operator_id": person.pk, "preset_id": preset.pk}


def ago(minutes: int) -> dt.datetime:
    """Return a time so many minutes ago."""
    return clock.now() - minutes * MINUTE


def counts_are_true() -> bool:
    """Compare the kept counts with the rows."""
    return all(
        row.count == QueueItem.objects.filter(status=row.status).count()
        for row in QueueCount.objects.all()
    )


def test_starting_sets_status_times_preset_and_project(
    item: QueueItem, olga: Operator, operator: Actor
) -> None:
    given = who(olga)
    start_job(item.pk, **given, notes="with care", by=operator)
    item.refresh_from_db()
    assert item.status == QueueStatus.IN_PROGRESS
    assert item.started_at == item.first_started_at == item.last_entry_at
    assert (item.preset_id, item.operator_id) == (given["preset_id"], olga.pk)
    assert item.notes == "with care"
    assert Project.objects.get().status == ProjectStatus.IN_PROGRESS
    assert counts_are_true()


def test_starting_a_running_job_is_refused(
    item: QueueItem, olga: Operator, operator: Actor
) -> None:
    start_job(item.pk, **who(olga), by=operator)
    with pytest.raises(TransitionError) as refused:
        start_job(item.pk, **who(olga), by=operator)
    assert refused.value.code == "already_running"


@pytest.mark.parametrize("status", ["completed", "cancelled"])
def test_a_finished_job_cannot_be_started_or_paused(
    status: str, olga: Operator, operator: Actor
) -> None:
    item = make_item(status=status)
    with pytest.raises(TransitionError):
        start_job(item.pk, **who(olga), by=operator)
    with pytest.raises(TransitionError):
        pause_job(item.pk, "why", by=operator)


def test_an_operator_starts_as_themself_and_a_manager_for_anyone(
    item: QueueItem, olga: Operator, otto: Operator, operator: Actor, manager: Actor
) -> None:
    with pytest.raises(NotAllowed):
        start_job(item.pk, **who(otto), by=operator)
    start_job(item.pk, **who(otto), by=manager)
    entry = ActivityLog.objects.first()
    assert entry is not None
    assert entry.user_id == manager.user_id
    assert QueueItem.objects.get().operator == otto


def test_any_operator_may_pause_and_complete_any_job(
    item: QueueItem, olga: Operator, otto: Operator, operator: Actor
) -> None:
    other = Actor.of_user(otto.user)  # type: ignore[arg-type]
    start_job(item.pk, **who(olga), by=operator)
    pause_job(item.pk, "lunch", by=other)
    start_job(item.pk, **who(otto), by=other)
    complete_job(item.pk, **who(olga), by=operator)
    assert QueueItem.objects.get().status == QueueStatus.COMPLETED


def test_several_jobs_may_run_at_once_by_one_operator(olga: Operator, operator: Actor) -> None:
    for name in ("one", "two"):
        start_job(make_item(make_project(name)).pk, **who(olga), by=operator)
    assert QueueItem.objects.filter(status="in_progress").count() == 2


def test_an_unknown_preset_or_operator_or_job_is_told(
    item: QueueItem, olga: Operator, operator: Actor, manager: Actor
) -> None:
    given = who(olga)
    with pytest.raises(NotFound):
        start_job(item.pk, **{**given, "preset_id": 99999}, by=operator)
    with pytest.raises(NotFound):
        start_job(item.pk, **{**given, "operator_id": 99999}, by=manager)
    with pytest.raises(NotFound):
        start_job(99999, **given, by=operator)


def test_an_inactive_preset_cannot_be_started_with(
    item: QueueItem, olga: Operator, operator: Actor
) -> None:
    off = make_preset("Off", is_active=False)
    with pytest.raises(TransitionError) as refused:
        start_job(item.pk, operator_id=olga.pk, preset_id=off.pk, by=operator)
    assert refused.value.code == "preset_inactive"


def test_a_preset_for_another_sheet_is_a_warning(
    item: QueueItem, olga: Operator, operator: Actor
) -> None:
    thick = make_preset("Thick", thickness=10)
    told = start_job(item.pk, operator_id=olga.pk, preset_id=thick.pk, by=operator).data
    assert told["warnings"] == [
        "The preset Thick is for 10 mm, the project is 3 mm thick.",
    ]


def test_a_paused_job_keeps_its_minutes(item: QueueItem, olga: Operator, operator: Actor) -> None:
    given = who(olga)
    start_job(item.pk, **given, by=operator, performed_at=ago(90))
    paused = pause_job(item.pk, "no sheet", by=operator, performed_at=ago(70)).data
    assert paused["queue_item"]["is_paused"] is True
    assert paused["queue_item"]["ran_minutes"] == 20
    start_job(item.pk, **given, by=operator, performed_at=ago(40))
    done = complete_job(item.pk, **given, by=operator, performed_at=ago(10)).data
    assert done["laser_run"]["logged_minutes"] == 50
    assert done["laser_run"]["cut_time_minutes"] == 50  # proposed, for none was told
    assert not Flag.objects.exists()
    assert counts_are_true()


def test_the_operators_word_stands_beside_the_log(
    item: QueueItem, olga: Operator, operator: Actor
) -> None:
    given = who(olga)
    start_job(item.pk, **given, by=operator, performed_at=ago(30))
    done = complete_job(item.pk, **given, actual_cut_time=99, by=operator)
    assert done.data["laser_run"]["cut_time_minutes"] == 99
    assert done.data["laser_run"]["logged_minutes"] == 30


def test_daylight_saving_does_not_change_the_minutes(
    item: QueueItem, olga: Operator, operator: Actor
) -> None:
    """In Berlin the clocks went back at 01:00 UTC on 2025-10-26: 02:30 to 02:30 is an hour."""
    QueueItem.objects.update(last_entry_at=dt.datetime(2025, 10, 25, tzinfo=dt.UTC))
    summer, winter = dt.timezone(dt.timedelta(hours=2)), dt.timezone(dt.timedelta(hours=1))
    given = who(olga)
    start_job(
        item.pk, **given, by=operator,
        performed_at=dt.datetime(2025, 10, 26, 2, 30, tzinfo=summer),
    )  # fmt: skip
    done = complete_job(
        item.pk, **given, by=operator,
        performed_at=dt.datetime(2025, 10, 26, 2, 30, tzinfo=winter),
    )  # fmt: skip
    assert done.data["laser_run"]["logged_minutes"] == 60


def test_completing_records_the_run_and_ends_the_project(
    item: QueueItem, olga: Operator, operator: Actor
) -> None:
    given = who(olga)
    start_job(item.pk, **given, by=operator)
    outcome = complete_job(
        item.pk, **given, actual_cut_time=48, sheet_count=3, parts_produced=40, notes="Good",
        by=operator,
    )  # fmt: skip
    run = LaserRun.objects.get()
    assert (run.material_type, run.sheet_count) == ("Mild Steel", 3)
    assert run.material_thickness == 3
    assert run.entry_id == run.seq == outcome.seq
    assert outcome.data["warnings"] == ["40 parts were made, 50 were ordered."]
    project = Project.objects.get()
    assert project.status == ProjectStatus.COMPLETED
    assert project.completion_date == clock.shop_today()


@pytest.mark.parametrize(
    ("status", "code"),
    [("queued", "not_running"), ("completed", "already_completed"), ("cancelled", "cancelled")],
)
def test_a_request_to_complete_what_does_not_run_is_refused(
    status: str, code: str, olga: Operator, operator: Actor
) -> None:
    item = make_item(status=status)
    with pytest.raises(TransitionError) as refused:
        complete_job(item.pk, **who(olga), by=operator)
    assert refused.value.code == code
    assert not LaserRun.objects.exists()


def test_a_fact_about_a_queued_job_is_stored_and_flagged(
    item: QueueItem, olga: Operator, operator: Actor
) -> None:
    told = complete_job(
        item.pk, **who(olga), actual_cut_time=30, by=operator, performed_at=ago(5)
    ).data
    assert told["queue_item"]["status"] == "completed"
    assert told["laser_run"]["status"] == "completed"
    assert Flag.objects.get().entry.flagged == ["completed_without_start"]
    assert Project.objects.get().status == ProjectStatus.COMPLETED
    assert counts_are_true()


def test_a_second_completion_waits_for_the_manager(
    item: QueueItem, olga: Operator, otto: Operator, operator: Actor, manager: Actor
) -> None:
    start_job(item.pk, **who(olga), by=operator, performed_at=ago(60))
    complete_job(item.pk, **who(olga), by=operator, performed_at=ago(30))
    second = complete_job(
        item.pk, **who(otto), actual_cut_time=31, by=manager, performed_at=ago(29)
    )
    assert second.data["laser_run"]["status"] == "pending"
    assert LaserRun.objects.filter(status="completed").count() == 1
    flag = Flag.objects.get()
    assert flag.entry.flagged == ["completed_twice"]
    resolve_flag(second.seq, accept=True, note="two sheets", by=manager)
    assert LaserRun.objects.filter(status="completed").count() == 2
    with pytest.raises(TransitionError):
        resolve_flag(second.seq, accept=False, by=manager)
    assert counts_are_true()


def test_a_rejected_completion_does_not_count(
    item: QueueItem, olga: Operator, operator: Actor, manager: Actor
) -> None:
    seq = complete_job(item.pk, **who(olga), by=operator, performed_at=ago(5)).seq
    with pytest.raises(NotAllowed):
        resolve_flag(seq, accept=False, by=operator)
    resolve_flag(seq, accept=False, note="wrong job", by=manager)
    assert LaserRun.objects.get().status == "rejected"
    assert ActivityLog.objects.get(seq=seq).flagged == ["completed_without_start"]


def test_a_fact_about_a_cancelled_job_leaves_it_cancelled(olga: Operator, operator: Actor) -> None:
    item = make_item(status="cancelled")
    told = complete_job(item.pk, **who(olga), by=operator, performed_at=ago(5)).data
    assert told["queue_item"]["status"] == "cancelled"
    assert LaserRun.objects.count() == 1
    assert Flag.objects.get().entry.flagged == ["completed_after_cancel"]
    assert Project.objects.get().status == ProjectStatus.APPROVED_POP


def test_a_time_in_the_future_is_kept_flagged_and_clamped(
    item: QueueItem, olga: Operator, operator: Actor
) -> None:
    start_job(item.pk, **who(olga), by=operator, performed_at=ago(10))
    sent = dt.datetime(2999, 1, 1, tzinfo=dt.UTC)
    told = complete_job(item.pk, **who(olga), by=operator, performed_at=sent)
    entry = ActivityLog.objects.get(seq=told.seq)
    assert entry.performed_at == sent
    assert entry.effective_at == entry.recorded_at
    assert entry.flagged == ["performed_in_the_future"]
    assert told.data["laser_run"]["logged_minutes"] == 10


def test_a_time_before_the_previous_entry_is_kept_flagged_and_clamped(
    item: QueueItem, olga: Operator, operator: Actor
) -> None:
    start_job(item.pk, **who(olga), by=operator, performed_at=ago(10))
    sent = ago(20)
    told = complete_job(item.pk, **who(olga), by=operator, performed_at=sent)
    entry = ActivityLog.objects.get(seq=told.seq)
    assert entry.performed_at == sent
    assert entry.flagged == ["performed_before_previous_entry"]
    assert told.data["laser_run"]["logged_minutes"] == 0


def test_a_phone_clock_a_few_seconds_ahead_is_no_contradiction(
    item: QueueItem, olga: Operator, operator: Actor
) -> None:
    start_job(item.pk, **who(olga), by=operator, performed_at=clock.now() + MINUTE / 3)
    assert not Flag.objects.exists()


def test_a_replayed_completion_records_one_run(
    item: QueueItem, olga: Operator, operator: Actor
) -> None:
    key, given = uuid.uuid4(), who(olga)
    start_job(item.pk, **given, by=operator)
    first = complete_job(item.pk, **given, by=operator, op_id=key)
    again = complete_job(item.pk, **given, by=operator, op_id=key)
    assert again.data == first.data
    assert LaserRun.objects.count() == 1
    with pytest.raises(KeyReused):
        complete_job(item.pk, **given, actual_cut_time=1, by=operator, op_id=key)


def test_a_stale_version_is_refused_with_the_present_one(
    item: QueueItem, olga: Operator, operator: Actor
) -> None:
    seen = item.updated_at
    start_job(item.pk, **who(olga), by=operator, updated_at=seen)
    with pytest.raises(Changed) as refused:
        pause_job(item.pk, "why", by=operator, updated_at=seen)
    assert refused.value.extra["current_data"]["status"] == "in_progress"
    fact = complete_job(item.pk, **who(olga), by=operator, updated_at=seen, performed_at=ago(0))
    assert fact.data["queue_item"]["status"] == "completed"  # a fact is never refused


def test_notes_of_several_calls_add_up(item: QueueItem, olga: Operator, operator: Actor) -> None:
    start_job(item.pk, **who(olga), notes="one", by=operator)
    pause_job(item.pk, "two", by=operator)
    start_job(item.pk, **who(olga), notes="three", by=operator)
    assert QueueItem.objects.get().notes == "one\nPaused: two\nthree"


def test_a_second_fact_about_a_cancelled_job_waits_for_the_manager(
    olga: Operator, operator: Actor
) -> None:
    item, given = make_item(status="cancelled"), who(olga)
    for _ in range(3):
        complete_job(item.pk, **given, actual_cut_time=60, by=operator, performed_at=ago(5))
    assert list(LaserRun.objects.order_by("id").values_list("status", flat=True)) == [
        "completed", "pending", "pending",
    ]  # fmt: skip


def test_a_second_fact_about_a_cancelled_job_waits_while_the_first_one_does(
    olga: Operator, operator: Actor, manager: Actor
) -> None:
    item, given = make_item(status="cancelled"), who(olga)

    def told(minutes: int) -> str:
        cut: Any = {**given, "actual_cut_time": minutes, "by": operator, "performed_at": ago(5)}
        return str(complete_job(item.pk, **cut).data["laser_run"]["status"])

    assert (told(99_999), told(60)) == ("pending", "pending")
    for flag in Flag.objects.order_by("pk"):
        resolve_flag(flag.pk, accept=False, by=manager)
    assert told(60) == "completed"


def test_a_fact_about_a_finished_job_is_not_older_than_the_job(
    olga: Operator, operator: Actor
) -> None:
    item = make_item(status="completed")
    sent = dt.datetime(1901, 1, 1, tzinfo=dt.UTC)
    told = complete_job(item.pk, **who(olga), by=operator, performed_at=sent)
    entry = ActivityLog.objects.get(seq=told.seq)
    assert entry.performed_at == sent
    assert entry.flagged == ["completed_twice", "performed_before_previous_entry"]
    assert LaserRun.objects.get().run_date == item.added_at


def test_a_fact_is_kept_whatever_became_of_the_project(
    item: QueueItem, olga: Operator, operator: Actor
) -> None:
    start_job(item.pk, **who(olga), by=operator)
    Project.objects.update(status=ProjectStatus.APPROVED_POP)  # no verb leads here
    told = complete_job(item.pk, **who(olga), by=operator, performed_at=ago(0))
    assert told.data["queue_item"]["status"] == "completed"
    assert Flag.objects.get().entry.flagged == ["project_not_in_production"]
    assert Project.objects.get().status == ProjectStatus.APPROVED_POP


def test_a_doubted_clock_does_not_take_the_cut_away(
    item: QueueItem, olga: Operator, operator: Actor, manager: Actor
) -> None:
    start_job(item.pk, **who(olga), by=operator)
    sent = dt.datetime(2999, 1, 1, tzinfo=dt.UTC)
    told = complete_job(item.pk, **who(olga), by=operator, performed_at=sent)
    resolve_flag(told.seq, accept=False, note="clock was wrong", by=manager)
    assert LaserRun.objects.get().status == "completed"
