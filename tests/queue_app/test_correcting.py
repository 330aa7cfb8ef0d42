"""Runs that were told wrong: doubted when they are told, corrected, rejected, restored after it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from laseros import clock
from laseros.errors import InvalidInput, LaserOSError, NotAllowed, NotFound, TransitionError
from operators_app.models import ActivityLog, Flag, Operator, User
from operators_app.verbs import Actor
from projects_app.models import Project
from queue_app.models import LaserRun, PresetTally, QueueItem
from queue_app.plausible import is_implausible
from queue_app.verbs import (
    complete_job,
    correct_run,
    reject_run,
    resolve_flag,
    restore_run,
    start_job,
)
from tests.desk import Desk, address, said
from tests.factories import make_item, make_preset, make_project
from tests.phone import Phone
from tests.queue_app.conftest import doctor
from tests.queue_app.cuts import tallies, work
from tests.queue_app.home_page import browser_of, sections

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("told", "logged", "asks"),
    [
        (26, 26, False), (99_999, 26, True), (86, 26, False), (87, 26, True), (61, 0, True),
        (60, 0, False), (1440, 1200, False), (1441, 1441, True), (20, 81, False), (0, 1400, False),
        (300, 100, False), (301, 100, True),
    ],
)  # fmt: skip
def test_minutes_far_above_the_clock_or_of_more_than_a_day_are_implausible(
    told: int, logged: int, asks: bool
) -> None:
    assert is_implausible(told, logged) is asks


# --- When they are told ---


def test_a_dialog_asks_once_and_keeps_what_was_typed(
    running: QueueItem, mary: Operator, olga: Operator
) -> None:
    desk = Desk(mary)
    typed = {**{name.removesuffix("_id"): pk for name, pk in work(olga).items()},
             "actual_cut_time": "99999", "sheet_count": "3", "notes": "clean"}  # fmt: skip
    page = desk.dialog(running, "complete", **typed)
    told = page.content.decode()
    assert "99999 min are told, but the clock logged 26 min." in told
    assert not LaserRun.objects.exists()
    form = page.context["form"]
    assert [form[name].value() for name in ("actual_cut_time", "notes")] == ["99999", "clean"]
    assert f'type="checkbox" name="sure" value="{form.asked}"' in told
    again = desk.dialog(running, "complete", **{**typed, "actual_cut_time": "88888"},
                        sure=form.asked)  # fmt: skip
    assert "88888 min are told" in again.content.decode()
    assert "was completed." in said(desk.dialog(running, "complete", **typed, sure=form.asked))
    run = LaserRun.objects.get()
    assert (run.cut_time_minutes, run.sheet_count, run.status) == (99_999, 3, "completed")
    assert not Flag.objects.exists()


def test_the_board_asks_as_well(running: QueueItem, mary: Operator, olga: Operator) -> None:
    browser, where = Desk(mary).browser, address(QueueItem, "board_act", running.pk, "complete")
    typed = {name.removesuffix("_id"): pk for name, pk in work(olga).items()}
    typed |= {"actual_cut_time": 2600, "_form_submitted": "True"}
    key = {"op_id": "8a1f4a54-6d1f-4c0e-9a52-1f4f6f0f7a11"}
    asked = browser.post(where, {**typed, **key})
    assert asked.status_code == 400
    assert "2600 min are told" in asked.json()["error"]
    told = browser.post(where, {**typed, **key, "sure": asked.json()["sure"]})
    assert told.status_code == 200
    assert LaserRun.objects.get().status == "completed"
    assert 'name="sure"' in browser.get(where).content.decode()


def test_a_request_and_a_fact_are_taken_flagged_and_wait_for_a_manager(
    running: QueueItem, olga: Operator, phone: Phone
) -> None:
    answer = phone.post(f"queue/{running.pk}/complete", {**work(olga), "actual_cut_time": 99_999})
    assert answer.status_code == 200
    told = answer.json()
    assert told["laser_run"]["status"] == "pending"
    assert told["laser_run"]["cut_time_minutes"] == 99_999
    assert told["warnings"] == [
        "99999 min were told, the clock logged 26 min.",
        "The cut counts once a manager has looked at its minutes.",
    ]
    assert Flag.objects.get().entry.flagged == ["implausible_minutes"]
    assert (LaserRun.objects.get().logged_minutes, Project.objects.get().status) == (
        26, "completed",
    )  # fmt: skip
    stats = phone.get("operators/me/stats").json()["stats"]
    assert (stats["total_jobs_completed"], stats["total_cut_time_hours"]) == (0, 0.0)
    assert not PresetTally.objects.filter(minutes__gt=0).exists()


def test_a_clock_that_never_ran_contradicts_only_more_than_a_day(
    olga: Operator, operator: Actor
) -> None:
    item, other = make_item(make_project("a")), make_item(make_project("b"))
    fact: Any = {**work(olga), "by": operator, "performed_at": clock.now()}
    assert complete_job(item.pk, actual_cut_time=1440, **fact).data["warnings"] == []
    complete_job(other.pk, actual_cut_time=1441, **fact)
    flagged = [flag.entry.flagged for flag in Flag.objects.order_by("pk")]
    assert flagged == [
        ["completed_without_start"], ["completed_without_start", "implausible_minutes"],
    ]  # fmt: skip


def test_only_a_manager_confirms_minutes(
    running: QueueItem, olga: Operator, operator: Actor, manager: Actor
) -> None:
    cut: Any = {**work(olga), "actual_cut_time": 2600, "minutes_confirmed": True}
    with pytest.raises(NotAllowed):
        complete_job(running.pk, **cut, by=operator)
    told = complete_job(running.pk, **cut, by=manager).data
    assert (told["laser_run"]["status"], told["minutes_confirmed"]) == ("completed", True)


def test_the_home_page_offers_to_correct_such_a_run(
    running: QueueItem, olga: Operator, operator: Actor, mary: Operator
) -> None:
    complete_job(running.pk, **work(olga), actual_cut_time=99_999, by=operator)
    (line,) = sections(browser_of(mary))["flags"].lines
    assert line.label == "cut time far above what the clock logged, or more than a day"
    assert "told 99999 min, logged 26 min" in line.detail
    assert [button.text for button in line.buttons] == ["Accept", "Reject", "Correct"]


# --- Afterwards ---


def test_a_correction_moves_the_tallies_and_leaves_the_old_word_in_the_log(
    run: LaserRun, otto: Operator, manager: Actor
) -> None:
    changes = {"cut_time_minutes": 62, "sheet_count": None, "operator": otto,
               "preset": make_preset("Other")}  # fmt: skip
    seq = correct_run(run.pk, changes, "two lines mixed up", by=manager).seq
    entry = ActivityLog.objects.get(seq=seq)
    assert (entry.verb, entry.before[f"laserrun:{run.pk}"]["cut_time_minutes"]) == (
        "correct_run", 26,
    )  # fmt: skip
    run.refresh_from_db()
    assert (run.cut_time_minutes, run.sheet_count, run.operator, run.logged_minutes) == (
        62, None, otto, 26,
    )  # fmt: skip
    assert run.notes == "burr\nCorrected: two lines mixed up"
    assert tallies() == {"Otto": (1, 62)}


def test_correcting_the_minutes_settles_the_flag_that_doubted_them(
    running: QueueItem, olga: Operator, operator: Actor, mary: Operator, manager: Actor
) -> None:
    complete_job(running.pk, **work(olga), actual_cut_time=99_999, by=operator)
    run = LaserRun.objects.get()
    correct_run(run.pk, {"cut_time_minutes": 27}, "slip of the finger", by=manager)
    flag = Flag.objects.get()
    assert (flag.status, flag.note, flag.resolved_by) == (
        "accepted", "slip of the finger", mary.user,
    )  # fmt: skip
    assert LaserRun.objects.get().status == "completed"
    assert tallies() == {"Olga": (1, 27)}


@pytest.mark.parametrize(
    "changes", [{"sheet_count": 3}, {"notes": "burr"}, {"sheet_count": 3, "cut_time_minutes": 2600}]
)
def test_correcting_something_else_leaves_doubted_minutes_doubted(
    running: QueueItem, olga: Operator, changes: dict[str, Any], manager: Actor
) -> None:
    complete_job(running.pk, **work(olga), actual_cut_time=2600, by=manager)
    run = LaserRun.objects.get()
    correct_run(run.pk, changes, "told none", by=manager)
    run.refresh_from_db()
    assert (run.status, Flag.objects.get().status) == ("pending", "open")
    assert tallies() == {}


def test_a_corrected_run_that_was_reported_twice_still_waits(
    run: LaserRun, olga: Operator, operator: Actor, manager: Actor
) -> None:
    second = complete_job(run.queue_item_id, **work(olga), by=operator, performed_at=clock.now())
    twice = LaserRun.objects.get(entry_id=second.seq)
    correct_run(twice.pk, {"cut_time_minutes": 5}, "told none", by=manager)
    twice.refresh_from_db()
    assert (twice.status, Flag.objects.get().status) == ("pending", "open")
    assert tallies() == {"Olga": (1, 26)}


def test_only_what_changes_is_judged(
    running: QueueItem, olga: Operator, operator: Actor, manager: Actor
) -> None:
    long = "x" * 600
    cut: Any = {**work(olga), "actual_cut_time": 200_000, "notes": long, "by": operator}
    complete_job(running.pk, **cut)
    run = LaserRun.objects.get()
    same = {"cut_time_minutes": 200_000, "notes": long}
    correct_run(run.pk, {**same, "sheet_count": 3}, "told none", by=manager)
    assert LaserRun.objects.get().sheet_count == 3


def test_minutes_that_nobody_told_are_not_said_to_be_told(
    olga: Operator, operator: Actor, mary: Operator
) -> None:
    days_ago = clock.now() - dt.timedelta(days=2)
    item = make_item(added_at=days_ago, last_entry_at=days_ago)
    start_job(item.pk, **work(olga), by=operator, performed_at=days_ago)
    given = {name.removesuffix("_id"): pk for name, pk in work(olga).items()}
    page = Desk(mary).dialog(item, "complete", **given)
    assert "The clock logged 2880 min, more than a day. Correct" in page.content.decode()
    warnings = complete_job(item.pk, **work(olga), by=operator).data["warnings"]
    assert warnings[0] == "The clock logged 2880 min, more than a day."


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"cut_time_minutes": -1}, "cut_time_minutes"),
        ({"cut_time_minutes": 100_001}, "cut_time_minutes"),
        ({"cut_time_minutes": None}, "cut_time_minutes"),
        ({"sheet_count": -1}, "sheet_count"), ({"parts_produced": 10**9}, "parts_produced"),
        ({"notes": "x" * 501}, "notes"), ({"status": "completed"}, "status"),
        ({"logged_minutes": 5}, "logged_minutes"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(
    run: LaserRun, changes: dict[str, Any], field: str, manager: Actor
) -> None:
    with pytest.raises(InvalidInput) as refused:
        correct_run(run.pk, changes, "why", by=manager)
    assert field in refused.value.extra["errors"]
    assert tallies() == {"Olga": (1, 26)}


def test_a_correction_without_a_reason_or_a_difference_is_refused(
    run: LaserRun, manager: Actor
) -> None:
    for changes, reason in (({"cut_time_minutes": 30}, " "), ({"cut_time_minutes": 26}, "why")):
        with pytest.raises(InvalidInput):
            correct_run(run.pk, changes, reason, by=manager)
    for name in ("preset_id", "operator_id"):
        with pytest.raises(NotFound):
            correct_run(run.pk, {name: 10**6}, "why", by=manager)
    for verb in (reject_run, restore_run):
        with pytest.raises(InvalidInput):
            verb(run.pk, "", by=manager)


def test_a_rejected_run_counts_no_longer_until_it_is_restored(
    run: LaserRun, manager: Actor
) -> None:
    with pytest.raises(TransitionError) as refused:
        restore_run(run.pk, "why", by=manager)
    assert refused.value.code == "not_rejected"
    reject_run(run.pk, "test piece", by=manager)
    run.refresh_from_db()
    assert (run.status, tallies()) == ("rejected", {})
    with pytest.raises(TransitionError) as refused:
        reject_run(run.pk, "again", by=manager)
    assert refused.value.code == "already_rejected"
    restore_run(run.pk, "it was sold", by=manager)
    run.refresh_from_db()
    assert (run.status, tallies()) == ("completed", {"Olga": (1, 26)})
    assert run.notes == "burr\nRejected: test piece\nRestored: it was sold"


def test_a_decision_on_a_flag_can_be_taken_back(
    run: LaserRun, olga: Operator, operator: Actor, manager: Actor
) -> None:
    fact: Any = {**work(olga), "actual_cut_time": 30, "by": operator}
    seq = complete_job(run.queue_item_id, **fact, performed_at=clock.now()).seq
    resolve_flag(seq, accept=False, by=manager)
    twice = LaserRun.objects.get(entry_id=seq)
    restore_run(twice.pk, "there were two sheets", by=manager)
    flag = Flag.objects.get()
    assert (flag.status, flag.note, tallies()) == (
        "accepted", "there were two sheets", {"Olga": (2, 56)},
    )  # fmt: skip
    reject_run(twice.pk, "no, it was one", by=manager)
    assert (Flag.objects.get().status, tallies()) == ("rejected", {"Olga": (1, 26)})


@pytest.mark.parametrize("who", ["olga", "victor"])
def test_only_managers_mend_runs(run: LaserRun, who: str, victor: User) -> None:
    by = Actor.of_user(User.objects.get(username=who))
    attempts: list[Any] = [
        lambda: correct_run(run.pk, {"cut_time_minutes": 1}, "why", by=by),
        lambda: reject_run(run.pk, "why", by=by),
        lambda: restore_run(run.pk, "why", by=by),
    ]
    for attempt in attempts:
        with pytest.raises(NotAllowed):
            attempt()


def test_a_run_rejected_beside_the_log_is_noticed(run: LaserRun, manager: Actor) -> None:
    before = doctor()
    LaserRun.objects.update(status="rejected")
    assert "does not count, though no manager rejected it" in doctor()
    LaserRun.objects.update(status="completed")
    reject_run(run.pk, "test piece", by=manager)
    assert "no manager rejected it" not in doctor()
    assert "no manager rejected it" not in before


def test_a_mended_run_is_told_in_a_sentence_where_it_is_gone(manager: Actor) -> None:
    with pytest.raises(LaserOSError) as refused:
        reject_run(10**6, "why", by=manager)
    assert refused.value.message == "There is no such laser run; look at the list again."
