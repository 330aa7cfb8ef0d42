"""The cutting queue in the admin."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.contrib import admin

from laseros import clock
from operators_app.models import ActivityLog, Flag, LogHead, Operator, User
from operators_app.verbs import Actor
from presets_app.models import Material
from projects_app.models import Project, ProjectStatus
from queue_app.models import LaserRun, QueueItem, QueueStatus
from queue_app.verbs import complete_job, start_job
from tests.desk import Desk, address, offered, said
from tests.factories import make_item, make_preset, make_project


def order() -> list[str]:
    """Return the names of the projects in the queue, in its order."""
    return [item.project.name for item in QueueItem.objects.order_by("rank", "id")]


def three_jobs() -> list[QueueItem]:
    """Return three jobs of the queue."""
    return [make_item(make_project(name)) for name in ("one", "two", "three")]


def test_projects_enter_the_queue_from_their_list(mary: Operator) -> None:
    ready, lacking = make_project("ready"), make_project("lacking", drawings=0)
    page = Desk(mary).act(Project, "add_to_queue", ready, lacking)
    assert "Add to queue: 1 of 2 done" in said(page)
    assert "it lacks: drawings" in said(page)
    assert order() == ["ready"]
    assert QueueItem.objects.get().added_by_id == mary.user_id


def test_a_project_enters_the_queue_from_its_page(mary: Operator) -> None:
    project = make_project()
    day = clock.shop_today().isoformat()
    page = Desk(mary).dialog(project, "add_to_queue_now", priority="high", scheduled_date=day)
    assert "is in the queue now." in said(page)
    assert QueueItem.objects.get().priority == "high"


def test_the_whole_way_by_actions_of_the_list(mary: Operator) -> None:
    jobs = three_jobs()
    desk = Desk(mary)
    assert "Shall they?" in desk.act(QueueItem, "start_jobs", *jobs).content.decode()
    started = desk.act(QueueItem, "start_jobs", *jobs, confirmed="yes")
    assert "Start: 3 of 3 done" in said(started)
    assert "Pause: 1 of 1 done" in said(desk.act(QueueItem, "pause_jobs", jobs[0]))
    page = desk.act(QueueItem, "complete_jobs", *jobs)
    assert "Complete: 2 of 3 done" in said(page)
    assert LaserRun.objects.filter(operator=mary).count() == 2
    asked = desk.act(QueueItem, "cancel_jobs", *jobs).content.decode()
    assert "Shall they?" in asked
    assert jobs[0].project.project_code in asked
    assert not QueueItem.objects.filter(status="cancelled").exists()
    sure = {"confirmed": "yes", "reason": "no sheet"}
    assert "Cancel jobs: 1 of 3 done" in said(desk.act(QueueItem, "cancel_jobs", *jobs, **sure))
    assert "Cancelled: no sheet" in QueueItem.objects.get(status="cancelled").notes
    assert ActivityLog.objects.filter(source="admin", verb__startswith="start").count() == 3


def test_without_a_profile_the_assigned_operator_is_taken_else_a_sentence(
    mary: Operator, olga: Operator
) -> None:
    mary_user = mary.user
    assert mary_user is not None
    Operator.objects.filter(pk=mary.pk).update(user=None)
    theirs, nobodys = make_item(make_project("a"), assigned_to=olga), make_item(make_project("b"))
    desk = Desk(User.objects.get(pk=mary_user.pk))
    page = desk.act(QueueItem, "start_jobs", theirs, nobodys)
    assert "Start: 1 of 2 done" in said(page)
    assert "assigned to nobody" in said(page)
    assert QueueItem.objects.get(pk=theirs.pk).operator == olga


def test_the_dialogs_of_a_job(mary: Operator, olga: Operator) -> None:
    job, preset = make_item(), make_preset("Other")
    desk = Desk(mary)
    page = desk.dialog(job, "start", operator=olga.pk, preset=preset.pk, notes="careful")
    assert "runs now." in said(page)
    job.refresh_from_db()
    assert (job.status, job.operator, job.preset) == ("in_progress", olga, preset)
    assert "This field is required" in desk.dialog(job, "pause", reason="").content.decode()
    desk.dialog(job, "pause", reason="lunch")
    again = desk.dialog(job, "pause", reason="lunch").content.decode()
    assert "errornote" in again
    desk.dialog(job, "start", operator=olga.pk, preset=preset.pk)
    desk.dialog(job, "complete", operator=olga.pk, preset=preset.pk, actual_cut_time="41",
                sheet_count="3", parts_produced="50")  # fmt: skip
    run = LaserRun.objects.get()
    assert (run.cut_time_minutes, run.sheet_count, run.parts_produced) == (41, 3, 50)
    assert Project.objects.get().status == ProjectStatus.COMPLETED


def test_a_dialog_proposes_the_acting_person_and_the_planned_preset(mary: Operator) -> None:
    job = make_item()
    page = Desk(mary).browser.get(address(QueueItem, "start", job.pk))
    form = page.context["form"]
    assert form["operator"].value() == mary.pk
    assert form["preset"].value() == job.project.preset_id


def test_a_cut_is_credited_to_whoever_started_it_else_to_whom_it_was_assigned(
    mary: Operator, olga: Operator, otto: Operator
) -> None:
    running: Any = {"status": QueueStatus.IN_PROGRESS, "assigned_to": otto}
    started = make_item(make_project("started"), operator=olga, **running)
    assigned = make_item(make_project("assigned"), **running)
    nobodys = make_item(make_project("nobody's"), status=QueueStatus.IN_PROGRESS)
    jobs, credited = (started, assigned, nobodys), [olga, otto, mary]
    desk = Desk(mary)
    pages = [desk.browser.get(address(QueueItem, "complete", job.pk)) for job in jobs]
    assert [page.context["form"]["operator"].value() for page in pages] == [
        person.pk for person in credited
    ]
    assert "Complete: 3 of 3 done" in said(desk.act(QueueItem, "complete_jobs", *jobs))
    assert [job.laser_runs.get().operator for job in jobs] == credited


@pytest.mark.parametrize("assigned", [True, False])
def test_a_job_is_started_by_whoever_it_is_assigned_to_else_by_the_acting_person(
    mary: Operator, olga: Operator, otto: Operator, assigned: bool
) -> None:
    job = make_item(operator=olga, assigned_to=otto if assigned else None)
    starter = otto if assigned else mary
    desk = Desk(mary)
    page = desk.browser.get(address(QueueItem, "start", job.pk))
    assert page.context["form"]["operator"].value() == starter.pk
    desk.act(QueueItem, "start_jobs", job)
    job.refresh_from_db()
    assert job.operator == starter


def test_what_a_verb_remarks_on_is_shown_in_list_and_dialog(mary: Operator) -> None:
    brass = make_preset("Brass-1mm", material=Material.objects.get(name="Brass"), thickness=1)
    one, other = (make_item(make_project(name, preset=brass)) for name in "ab")
    desk = Desk(mary)
    assert "is for Brass, the project is of Mild Steel" in said(
        desk.act(QueueItem, "start_jobs", one, confirmed="yes")
    )
    asked = {"operator": mary.pk, "preset": brass.pk, "notes": ""}
    sure = desk.dialog(other, "start", **asked).context["form"].asked
    page = desk.dialog(other, "start", **asked, sure=sure)
    assert "is for Brass, the project is of Mild Steel" in said(page)


def test_a_paused_job_is_proposed_to_whoever_had_it(mary: Operator, olga: Operator) -> None:
    job = make_item(make_project(), paused_at=clock.now(), operator=olga)
    page = Desk(mary).browser.get(address(QueueItem, "start", job.pk))
    assert page.context["form"].initial["operator"] == olga.pk


def test_a_running_job_shows_its_present_stretch_and_a_paused_one_says_so(mary: Operator) -> None:
    began = clock.now() - dt.timedelta(minutes=38)
    running = make_item(make_project("a"), status="in_progress", started_at=began, ran_seconds=120)
    paused = make_item(make_project("b"), paused_at=began, ran_seconds=120)
    desk = Desk(mary)
    assert "40 min" in desk.open(running).content.decode()
    assert "Paused" in desk.open(paused).content.decode()


def test_a_dialog_of_no_job_is_not_found(mary: Operator) -> None:
    desk = Desk(mary)
    make_item()
    for page in ("nonsense/start/", "999/start/", f"{'9' * 30}/pause/"):
        address_of = f"{address(QueueItem, 'changelist')}{page}"
        assert desk.browser.get(address_of).status_code == 404
        said_all = {"_form_submitted": "True", "reason": "x", "operator": mary.pk,
                    "preset": QueueItem.objects.get().project.preset_id}  # fmt: skip
        assert desk.browser.post(address_of, said_all).status_code == 404


def test_jobs_move_and_the_list_numbers_them(mary: Operator) -> None:
    one, two, three = three_jobs()
    desk = Desk(mary)
    desk.act(QueueItem, "move_to_top", two, three)
    assert order() == ["two", "three", "one"]
    desk.act(QueueItem, "move_down", two)
    assert order() == ["three", "two", "one"]
    desk.act(QueueItem, "move_up", one)
    assert order() == ["three", "one", "two"]
    desk.dialog(two, "move", position="1")
    assert order() == ["two", "three", "one"]
    page = desk.browser.get(address(QueueItem, "changelist"))
    assert [item.known_place for item in page.context["cl"].result_list] == [1, 2, 3]


def test_a_block_at_the_end_stays_as_it_is_and_the_others_move_past_nobody_of_it(
    mary: Operator,
) -> None:
    jobs = [make_item(make_project(name)) for name in ("one", "two", "three", "four", "five")]
    desk = Desk(mary)
    seq = LogHead.objects.get().seq
    assert "Move up: 2 of 2 done" in said(desk.act(QueueItem, "move_up", *jobs[:2]))
    desk.act(QueueItem, "move_down", *jobs[3:])
    assert order() == ["one", "two", "three", "four", "five"]
    assert LogHead.objects.get().seq == seq
    desk.act(QueueItem, "move_up", jobs[0], jobs[1], jobs[3])
    assert order() == ["one", "two", "four", "three", "five"]
    desk.act(QueueItem, "move_up", jobs[2], jobs[4])
    assert order() == ["one", "two", "three", "five", "four"]
    desk.act(QueueItem, "move_down", jobs[0], jobs[2], jobs[3])
    assert order() == ["two", "one", "five", "three", "four"]


def test_a_job_that_left_the_queue_is_not_moved_and_that_is_told(mary: Operator) -> None:
    gone = make_item(make_project("gone"), status=QueueStatus.CANCELLED)
    for action in ("move_up", "move_down"):
        page = Desk(mary).act(QueueItem, action, gone, make_item(make_project(action)))
        assert "1 of 2 done" in said(page)
        assert "no longer in the queue" in said(page)


def test_an_estimate_of_nought_is_shown_as_such(mary: Operator) -> None:
    make_item(estimated_cut_time=0)
    item = Desk(mary).browser.get(address(QueueItem, "changelist")).context["cl"].result_list[0]
    assert admin.site.get_model_admin(QueueItem).minutes(item) == 0  # type: ignore[attr-defined]


def test_the_list_shows_active_jobs_unless_asked_for_others(mary: Operator) -> None:
    make_item(make_project("runs"))
    make_item(make_project("ran", status=ProjectStatus.COMPLETED), status=QueueStatus.COMPLETED)
    desk = Desk(mary)

    def shown(query: str) -> list[str]:
        page = desk.browser.get(address(QueueItem, "changelist") + query)
        return [item.project.name for item in page.context["cl"].result_list]

    assert shown("") == ["runs"]
    assert shown("?status=completed") == ["ran"]
    assert set(shown("?status=all")) == {"runs", "ran"}


def test_a_job_is_changed_through_its_verb_and_its_state_cannot_be_posted(
    mary: Operator, olga: Operator
) -> None:
    job = make_item()
    Desk(mary).save(job, priority="high", assigned_to=str(olga.pk), notes="soon",
                    status="completed", rank="-5", ran_seconds="9999", completed_at="2025-01-01",
                    project="999")  # fmt: skip
    job.refresh_from_db()
    assert (job.priority, job.assigned_to, job.notes) == ("high", olga, "soon")
    assert (job.status, job.rank, job.ran_seconds) == ("queued", 1.0, 0)
    assert ActivityLog.objects.latest("seq").target_id == job.pk


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        ("queued", {"Start", "Take out of the queue", "Move"}),
        ("in_progress", {"Pause", "Complete", "Move"}),
        ("completed", set()),
    ],
)
def test_only_legal_actions_are_offered(mary: Operator, status: str, wanted: set[str]) -> None:
    page = Desk(mary).open(make_item(status=status))
    assert {action["title"] for action in page.context["actions_detail"]} == wanted


def test_a_viewer_is_offered_nothing_and_may_nothing(victor: User) -> None:
    job = make_item()
    desk = Desk(victor)
    page = desk.browser.get(address(QueueItem, "changelist"))
    assert "start_jobs" not in page.content.decode()
    desk.act(QueueItem, "cancel_jobs", job)
    assert desk.dialog(job, "cancel").status_code == 403
    job.refresh_from_db()
    assert job.status == "queued"


def test_flags_are_settled_in_the_list_and_on_the_page(
    mary: Operator, olga: Operator, victor: User, manager: Actor
) -> None:
    preset = make_preset()
    work: Any = {"operator_id": olga.pk, "preset_id": preset.pk, "by": manager}
    for name in ("a", "b"):
        job = make_item(make_project(name))
        start_job(job.pk, **work)
        complete_job(job.pk, **work)
        complete_job(job.pk, **work, performed_at=job.added_at)
    first, second = Flag.objects.order_by("entry_id")
    assert Desk(victor).open(first).context["actions_detail"] == []
    Desk(victor).act(Flag, "accept_flags", first)
    assert Flag.objects.filter(status="open").count() == 2
    asked = Desk(mary).act(Flag, "accept_flags", first).content.decode()
    assert "a by Olga" in asked
    assert "completed a second time" in asked
    assert Flag.objects.filter(status="open").count() == 2
    done = Desk(mary).act(Flag, "accept_flags", first, confirmed="yes", reason="two sheets")
    assert "1 of 1 done" in said(done)
    assert Flag.objects.get(pk=first.pk).note == "two sheets"
    Desk(mary).dialog(second, "reject_one", note="entered twice")
    second.refresh_from_db()
    assert (second.status, second.note) == ("rejected", "entered twice")
    assert offered(Desk(mary).open(second)) == {"Correct", "Accept after all"}
    Desk(mary).dialog(second, "accept_after", reason="there were two sheets")
    assert offered(Desk(mary).open(second)) == {"Correct", "Reject after all"}
    assert LaserRun.objects.get(entry_id=second.pk).status == "completed"
    Desk(mary).dialog(second, "reject_after", reason="no, one")
    assert LaserRun.objects.get(entry_id=second.pk).status == "rejected"


def test_a_dialog_that_settles_a_flag_tells_what_is_decided(
    mary: Operator, olga: Operator, otto: Operator, manager: Actor
) -> None:
    job, preset = make_item(make_project("Lamp bodies")), make_preset("Brass 3")
    work: Any = {"preset_id": preset.pk, "by": manager}
    start_job(job.pk, operator_id=olga.pk, **work)
    complete_job(job.pk, operator_id=olga.pk, actual_cut_time=51, sheet_count=4, **work)
    complete_job(job.pk, operator_id=otto.pk, actual_cut_time=26, sheet_count=1,
                 parts_produced=48, performed_at=clock.now(), **work)  # fmt: skip
    flag = Flag.objects.get()
    told = {name: Desk(mary).browser.get(address(Flag, name, flag.pk)).content.decode()
            for name in ("accept_one", "reject_one")}  # fmt: skip
    for page in told.values():
        for fact in ("Lamp bodies</dd>", "Otto", "<dd>26 min, 1 sheet, 48 parts</dd>", "0 min",
                     "completed a second time", "51 min, 4 sheets",
                     "The project stays “Completed” either way."):  # fmt: skip
            assert fact in page
    assert (
        "26 min, 1 sheet, 48 parts count for Otto, besides what counts already"
        in (told["accept_one"])
    )
    assert "It says nothing of the preset Brass 3." in told["reject_one"]


def test_what_a_flag_means_depends_on_what_was_doubted(
    mary: Operator, olga: Operator, manager: Actor
) -> None:
    preset, desk = make_preset("P"), Desk(mary)
    work: Any = {"operator_id": olga.pk, "preset_id": preset.pk, "by": manager}
    begun = clock.now() - dt.timedelta(minutes=20)
    item: Any = {"added_at": begun, "last_entry_at": begun}
    jobs = [make_item(make_project(name), **item) for name in ("odd", "unstarted", "late")]
    for job in (jobs[0], jobs[2]):
        start_job(job.pk, **work, performed_at=begun)
    facts = [
        complete_job(jobs[0].pk, **work, actual_cut_time=9000, performed_at=clock.now()),
        complete_job(jobs[1].pk, **work, actual_cut_time=5, performed_at=clock.now()),
        complete_job(jobs[2].pk, **work, performed_at=clock.now() + dt.timedelta(hours=2)),
    ]
    meant = [
        ("accept_one", "the minutes are right as they were told; 9000 min count"),
        ("reject_one", "5 min count no longer for Olga"),
        ("reject_one", "only the time is doubted; the cut counts as before, 20 min."),
    ]
    for fact, (name, sentence) in zip(facts, meant, strict=True):
        assert sentence in desk.browser.get(address(Flag, name, fact.seq)).content.decode()
    odd = Flag.objects.get(pk=facts[0].seq)
    form = desk.browser.get(address(Flag, "correct_one", odd.pk)).context["form"]
    typed = {"operator": olga.pk, "preset": preset.pk, "cut_time_minutes": 19, "reason": "slip"}
    assert form["cut_time_minutes"].value() == 9000
    assert "Corrected: " in said(desk.dialog(odd, "correct_one", **typed))
    odd.refresh_from_db()
    run = LaserRun.objects.get(entry_id=odd.pk)
    assert (odd.status, run.status, run.cut_time_minutes) == ("accepted", "completed", 19)


def test_a_flagged_fact_says_which_cut_it_is_about(mary: Operator, olga: Operator) -> None:
    item, preset = make_item(make_project("Lamp bodies")), make_preset("P")
    complete_job(
        item.pk, operator_id=olga.pk, preset_id=preset.pk, actual_cut_time=28,
        by=Actor.of_user(User.objects.get(operator=olga)), performed_at=clock.now(),
    )  # fmt: skip
    desk = Desk(mary)
    for page in (desk.browser.get(desk.list_of(Flag)), desk.open(Flag.objects.get())):
        assert "Lamp bodies by Olga" in page.content.decode()
        assert "28 / 0" in page.content.decode()


def test_a_search_of_the_queue_tells_of_completed_jobs(mary: Operator) -> None:
    item = make_item(make_project("Old plates"))
    QueueItem.objects.filter(pk=item.pk).update(status="completed")
    desk = Desk(mary)
    page = desk.browser.get(address(QueueItem, "changelist"), {"q": item.project.project_code})
    assert "1 more is among the completed and cancelled jobs" in said(page)
    assert f"?q={item.project.project_code}&amp;status=all" in said(page)
    page = desk.browser.get(address(QueueItem, "changelist"), {"q": "nothing like it"})
    assert said(page) == ""


def test_a_search_tells_of_completed_jobs_once_after_an_action(mary: Operator) -> None:
    item, old = (make_item(make_project(name)) for name in ("Plate", "Old plate"))
    QueueItem.objects.filter(pk=old.pk).update(status="completed")
    page = Desk(mary).browser.post(
        address(QueueItem, "changelist") + "?q=plate",
        {"action": "move_to_top", "_selected_action": [item.pk]}, follow=True,
    )  # fmt: skip
    assert "Move to the top: 1 of 1 done" in said(page)
    assert said(page).count("more is among") == 1
