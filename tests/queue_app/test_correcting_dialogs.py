"""The dialogs and lists in which a manager corrects, rejects and restores runs."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from laseros import clock
from operators_app.models import Flag, Operator, User
from operators_app.verbs import Actor
from queue_app.models import LaserRun, QueueItem
from queue_app.verbs import complete_job, correct_run, reject_run, resolve_flag, start_job
from tests.desk import Desk, address, offered, said
from tests.factories import make_item, make_preset, make_project
from tests.queue_app.cuts import work

pytestmark = pytest.mark.django_db

CHANGED = "Somebody else changed this since you opened it"


def opened(desk: Desk, row: Any, dialog: str) -> dict[str, Any]:
    """Return what a browser would send of a dialog as it was opened."""
    form = desk.browser.get(address(type(row), dialog, row.pk)).context["form"]
    values = {name: form[name].value() for name in form.fields if name != "sure"}
    values = {name: getattr(value, "pk", value) for name, value in values.items()}
    return {name: value for name, value in values.items() if value is not None}


def text(page: Any) -> str:
    """Return a page as its reader sees it."""
    told: str = page.content.decode()
    return told


def test_a_correction_does_not_undo_what_somebody_else_corrected_meanwhile(
    run: LaserRun, mary: Operator, manager: Actor
) -> None:
    desk = Desk(mary)
    typed = opened(desk, run, "correct")
    correct_run(run.pk, {"cut_time_minutes": 31}, "slip", by=manager)
    page = desk.dialog(run, "correct", **{**typed, "sheet_count": 7, "reason": "sheets"})
    assert CHANGED in text(page)
    run.refresh_from_db()
    assert (run.cut_time_minutes, run.sheet_count) == (31, 2)
    again = {**opened(desk, run, "correct"), "sheet_count": 7, "reason": "sheets"}
    assert "was corrected." in said(desk.dialog(run, "correct", **again))
    run.refresh_from_db()
    assert (run.cut_time_minutes, run.sheet_count) == (31, 7)


@pytest.mark.parametrize(("dialog", "status"), [("reject", "completed"), ("restore", "rejected")])
def test_a_run_that_was_corrected_meanwhile_is_not_decided_on_unseen(
    run: LaserRun, dialog: str, status: str, mary: Operator, manager: Actor
) -> None:
    desk = Desk(mary)
    if dialog == "restore":
        reject_run(run.pk, "test piece", by=manager)
    typed = opened(desk, run, dialog)
    correct_run(run.pk, {"cut_time_minutes": 31}, "slip", by=manager)
    assert CHANGED in text(desk.dialog(run, dialog, **typed, reason="far too long"))
    assert LaserRun.objects.get().status == status


@pytest.mark.parametrize(
    ("dialog", "accepted", "status"),
    [("reject_after", True, "completed"), ("accept_after", False, "rejected")],
)
def test_a_flags_run_that_was_corrected_meanwhile_is_not_decided_on_unseen(
    running: QueueItem, olga: Operator, dialog: str, accepted: bool, status: str,
    mary: Operator, manager: Actor,
) -> None:  # fmt: skip
    complete_job(running.pk, **work(olga), actual_cut_time=99_999, by=manager)
    run, flag, desk = LaserRun.objects.get(), Flag.objects.get(), Desk(mary)
    resolve_flag(flag.pk, accept=accepted, by=manager)
    typed = opened(desk, flag, dialog)
    correct_run(run.pk, {"cut_time_minutes": 31}, "slip", by=manager)
    assert CHANGED in text(desk.dialog(flag, dialog, **typed, reason="far too long"))
    assert LaserRun.objects.get().status == status


def test_accepting_a_second_cut_of_odd_minutes_tells_that_both_are_right(
    run: LaserRun, olga: Operator, mary: Operator, operator: Actor
) -> None:
    fact: Any = {**work(olga), "actual_cut_time": 99_999, "by": operator}
    complete_job(run.queue_item_id, **fact, performed_at=clock.now())
    flag = Flag.objects.get()
    assert {"completed_twice", "implausible_minutes"} <= set(flag.entry.flagged)
    page = text(Desk(mary).browser.get(address(Flag, "accept_one", flag.pk)))
    assert "really cut once more, and the minutes are right as they were told" in page
    assert "besides what counts already" in page


def asked(desk: Desk, action: str, *rows: Any) -> dict[str, Any]:
    """Return what the page that asks before an action of a list sends along."""
    return {"confirmed": "yes", "reason": "why", **carried(desk.act(type(rows[0]), action, *rows))}


def carried(page: Any) -> dict[str, str]:
    """Return the field that carries the versions of all rows along."""
    (value,) = re.findall(
        r'type="hidden" name="_row_versions" value="([^"]+)"', page.content.decode()
    )
    return {"_row_versions": unescape(value)}


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [("reject_runs", "completed", "rejected"), ("restore_runs", "rejected", "completed")],
)
def test_of_several_runs_the_one_corrected_meanwhile_is_named_and_the_others_are_done(
    run: LaserRun, action: str, before: str, after: str,
    olga: Operator, mary: Operator, manager: Actor,
) -> None:  # fmt: skip
    job = make_item(make_project("Bracket"))
    start_job(job.pk, **work(olga), by=manager)
    complete_job(job.pk, **work(olga), by=manager)
    other = LaserRun.objects.exclude(pk=run.pk).get()
    if before == "rejected":
        for one in (run, other):
            reject_run(one.pk, "test piece", by=manager)
    desk = Desk(mary)
    typed = asked(desk, action, run, other)
    correct_run(run.pk, {"cut_time_minutes": 31}, "slip", by=manager)
    told = said(desk.act(LaserRun, action, run, other, **typed))
    assert "1 of 2 done" in told
    assert f"Run {run.pk}: {run.project.project_code}: {CHANGED}" in told
    run.refresh_from_db()
    other.refresh_from_db()
    assert (run.status, other.status) == (before, after)
    assert "1 of 1 done" in said(desk.act(LaserRun, action, run, **asked(desk, action, run)))


def test_whoever_forgot_the_reason_still_decides_on_what_was_shown_first(
    run: LaserRun, mary: Operator, manager: Actor
) -> None:
    desk = Desk(mary)
    typed = asked(desk, "reject_runs", run)
    correct_run(run.pk, {"cut_time_minutes": 31}, "slip", by=manager)
    again = carried(desk.act(LaserRun, "reject_runs", run, **{**typed, "reason": " "}))
    assert again["_row_versions"] == typed["_row_versions"]
    assert CHANGED in said(desk.act(LaserRun, "reject_runs", run, **{**typed, **again}))


def test_a_page_whose_versions_are_damaged_decides_on_nothing(
    run: LaserRun, mary: Operator
) -> None:
    typed = {"confirmed": "yes", "reason": "why", "_row_versions": "[1"}
    assert "The form is damaged" in said(Desk(mary).act(LaserRun, "reject_runs", run, **typed))
    run.refresh_from_db()
    assert run.status == "completed"


@pytest.mark.parametrize("accept", [True, False])
def test_an_open_flag_whose_run_was_corrected_meanwhile_is_not_settled_unseen(
    running: QueueItem, olga: Operator, accept: bool, mary: Operator, manager: Actor
) -> None:
    complete_job(running.pk, **work(olga), actual_cut_time=99_999, by=manager)
    run, flag, desk = LaserRun.objects.get(), Flag.objects.get(), Desk(mary)
    action = "accept" if accept else "reject"
    dialog, together = opened(desk, flag, f"{action}_one"), asked(desk, f"{action}_flags", flag)
    correct_run(run.pk, {"sheet_count": 7}, "slip", by=manager)
    assert CHANGED in text(desk.dialog(flag, f"{action}_one", **dialog))
    assert CHANGED in said(desk.act(Flag, f"{action}_flags", flag, **together))
    run.refresh_from_db()
    assert (run.status, Flag.objects.get().status) == ("pending", "open")
    desk.act(Flag, f"{action}_flags", flag, **asked(desk, f"{action}_flags", flag))
    assert Flag.objects.get().status == f"{action}ed"


def test_a_damaged_dialog_is_refused_in_a_sentence(run: LaserRun, mary: Operator) -> None:
    desk = Desk(mary)
    for dialog in ("correct", "reject"):
        typed = {**opened(desk, run, dialog), "reason": "why", "seen": "yesterday"}
        page = desk.dialog(run, dialog, **{**typed, "cut_time_minutes": 31})
        assert "The form is damaged; open it again." in text(page)
    assert LaserRun.objects.get().cut_time_minutes == 26


def test_notes_that_differ_in_their_line_ends_are_the_same(
    running: QueueItem, olga: Operator, mary: Operator, manager: Actor
) -> None:
    desk = Desk(mary)
    cut: Any = {**work(olga), "actual_cut_time": 2600, "by": manager}
    complete_job(running.pk, **cut, notes="one\ntwo ")
    run = LaserRun.objects.get()
    typed = opened(desk, run, "correct")
    page = desk.dialog(run, "correct", **{**typed, "notes": "one\r\ntwo ", "reason": "why"})
    assert "Nothing differs from what the run tells; change a value." in text(page)
    assert (LaserRun.objects.get().status, Flag.objects.get().status) == ("pending", "open")
    desk.dialog(run, "correct", **{**typed, "notes": "one\r\nthree", "reason": "why"})
    assert LaserRun.objects.get().notes == "one\nthree\nCorrected: why"


def test_whoever_corrects_a_run_that_still_waits_is_told_so(
    run: LaserRun, olga: Operator, mary: Operator, manager: Actor
) -> None:
    cut: Any = {**work(olga), "actual_cut_time": 2600, "by": manager}
    seq = complete_job(run.queue_item_id, **cut, performed_at=clock.now()).seq
    twice, desk = LaserRun.objects.get(entry_id=seq), Desk(mary)
    typed = {**opened(desk, twice, "correct"), "cut_time_minutes": 26, "reason": "slip"}
    told = said(desk.dialog(twice, "correct", **typed))
    assert f"Run {twice.pk}: {twice.project.project_code} was corrected." in told
    assert "The cut still counts only once a manager has accepted it" in told
    typed = {**opened(desk, run, "correct"), "cut_time_minutes": 27, "reason": "slip"}
    assert "still counts only" not in said(desk.dialog(run, "correct", **typed))


def test_a_run_of_more_than_can_be_told_is_corrected_in_something_else(
    running: QueueItem, olga: Operator, mary: Operator, manager: Actor
) -> None:
    complete_job(running.pk, **work(olga), actual_cut_time=200_000, by=manager)
    run, desk = LaserRun.objects.get(), Desk(mary)
    typed = {**opened(desk, run, "correct"), "sheet_count": 3, "reason": "told none"}
    assert "was corrected." in said(desk.dialog(run, "correct", **typed))
    typed = {**opened(desk, run, "correct"), "cut_time_minutes": 200_001, "reason": "slip"}
    page = desk.dialog(run, "correct", **typed)
    assert "cut time (min): tell a whole number from 0 to 100000." in text(page)


def test_a_correction_offers_what_is_in_use_and_what_the_run_has(
    run: LaserRun, otto: Operator, mary: Operator, manager: Actor
) -> None:
    gone, own = make_preset("Gone"), make_preset("Own")
    correct_run(run.pk, {"preset": own}, "slip", by=manager)
    for preset in (gone, own):
        preset.is_active = False
        preset.save()
    Operator.objects.filter(pk__in=[otto.pk, run.operator_id]).update(is_active=False)
    desk = Desk(mary)
    form = desk.browser.get(address(LaserRun, "correct", run.pk)).context["form"]
    presets, operators = form.fields["preset"].queryset, form.fields["operator"].queryset
    assert own in presets
    assert run.project.preset in presets
    assert gone not in presets
    assert run.operator in operators
    assert otto not in operators
    typed = {**opened(desk, run, "correct"), "cut_time_minutes": 27, "reason": "slip"}
    assert "was corrected." in said(desk.dialog(run, "correct", **typed))


def test_a_run_is_mended_on_its_page_and_from_its_projects(
    run: LaserRun, mary: Operator, olga: Operator, victor: User
) -> None:
    desk = Desk(mary)
    assert offered(desk.open(run)) == {"Correct", "Reject"}
    form = desk.browser.get(address(LaserRun, "correct", run.pk)).context["form"]
    typed = {name: form[name].value() for name in form.fields if name not in {"sure", "reason"}}
    typed = {name: value for name, value in typed.items() if value is not None}
    assert (typed["cut_time_minutes"], typed["operator"]) == (26, olga.pk)
    page = desk.dialog(run, "correct", **{**typed, "cut_time_minutes": "9000"}, reason="slip")
    assert "9000 min are told, but the clock logged 26 min." in page.content.decode()
    page = desk.dialog(run, "correct", **{**typed, "cut_time_minutes": "31"}, reason="slip")
    assert "was corrected." in said(page)
    assert LaserRun.objects.get().cut_time_minutes == 31
    story = desk.open(run.project).content.decode()
    assert "corrected a laser run" in story
    assert address(LaserRun, "correct", run.pk) in story
    assert (
        address(LaserRun, "correct", run.pk) not in Desk(victor).open(run.project).content.decode()
    )
    desk.dialog(run, "reject", reason="test piece")
    assert offered(desk.open(run)) == {"Correct", "Restore"}
    desk.dialog(run, "restore", reason="sold")
    assert LaserRun.objects.get().status == "completed"


def test_runs_are_rejected_and_restored_in_the_list(
    run: LaserRun, mary: Operator, victor: User
) -> None:
    desk = Desk(mary)
    assert (
        address(LaserRun, "correct", run.pk)
        in desk.browser.get(desk.list_of(LaserRun)).content.decode()
    )
    sure = {"confirmed": "yes", "reason": "test piece"}
    assert "1 of 1 done" in said(desk.act(LaserRun, "reject_runs", run, **sure))
    assert LaserRun.objects.get().status == "rejected"
    assert "1 of 1 done" in said(desk.act(LaserRun, "restore_runs", run, **sure))
    for reason in ({}, {"reason": " "}):
        page = desk.act(LaserRun, "reject_runs", run, confirmed="yes", **reason)
        assert "Tell why: it stays in the log." in text(page)
        assert f'name="_selected_action" value="{run.pk}"' in text(page)
        assert " required" in text(page)
    looker = Desk(victor)
    assert offered(looker.open(run)) == set()
    page = looker.browser.get(looker.list_of(LaserRun)).content.decode()
    assert address(LaserRun, "correct", run.pk) not in page
    assert looker.dialog(run, "reject", reason="x").status_code == 403
    assert LaserRun.objects.get().status == "completed"
