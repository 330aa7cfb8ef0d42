"""A project's page tells its story: where it stands, what is missing, what happened."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from unfold.enums import ActionVariant

from laseros import clock
from operators_app.models import ActivityLog, Operator, User
from operators_app.verbs import Actor
from presets_app.models import Material
from projects_app import verbs as projects
from projects_app.models import Client, DesignFile, Project, ProjectPart, ProjectStatus, ReadState
from projects_app.story import steps_of
from projects_app.verbs.papers import make_delivery_note, make_quote
from queue_app import verbs as queue
from tests.desk import Desk, address
from tests.factories import ASKED, make_drawing, make_item, make_preset, make_project

pytestmark = pytest.mark.django_db

EMPTY: dict[str, Any] = {
    **ASKED, "parts": [], "drawings": 0, "material": None, "material_thickness": None,
    "material_quantity_sheets": None, "estimated_cut_time": None, "preset": None,
}  # fmt: skip


def story(person: Operator | User, project: Project) -> str:
    """Return a project's page."""
    return str(Desk(person).open(project).content.decode())


def sentences(person: Operator | User, project: Project) -> list[str]:
    """Return what the page's timeline tells, newest first."""
    page = Desk(person).open(project)
    return [told.sentence for told in page.context["story"]["page"].entries]


def test_a_request_without_data_tells_what_is_missing_and_where(mary: Operator) -> None:
    page = story(mary, make_project(**EMPTY))
    for place in ("id_material", "id_material_thickness", "id_new_drawings"):
        assert f'data-field="{place}"' in page
    assert "No parts are listed yet" in page
    assert "Not in the queue yet" in page
    assert "No documents yet" in page


@pytest.mark.parametrize(
    ("status", "step"),
    [
        (ProjectStatus.REQUEST, "make-quote-now"),
        (ProjectStatus.QUOTE_APPROVAL, "record-pop-on"),
        (ProjectStatus.APPROVED_POP, "add-to-queue-now"),
        (ProjectStatus.COMPLETED, "deliver-now"),
    ],
)
def test_the_next_step_is_a_button(mary: Operator, status: str, step: str) -> None:
    page = Desk(mary).open(make_project(status=status))
    first = page.context["story"]["next"][0]
    assert first["path"].endswith(f"/{step}/")
    assert f'class="story-button is-main" href="{first["path"]}"' in page.content.decode()


def test_a_step_that_is_shown_as_the_next_is_not_shown_twice(mary: Operator) -> None:
    page = story(mary, make_project(**ASKED))
    assert page.count('/make-quote-now/"') == 2  # the address and what htmx gets, of one button
    assert page.count('/record-pop-on/"') == 2


def test_after_all_has_gone_out_no_delivery_note_is_next(mary: Operator, manager: Actor) -> None:
    project, desk = make_project(status=ProjectStatus.COMPLETED), Desk(mary)
    left, right = ProjectPart.objects.order_by("id")
    make_delivery_note(project.pk, {left.pk: left.quantity}, by=manager)
    assert "is-main" in desk.open(project).content.decode()
    make_delivery_note(project.pk, {right.pk: right.quantity}, by=manager)
    page = desk.open(project)
    assert "Everything has been delivered." in page.content.decode()
    assert "is-main" not in page.content.decode()
    assert page.context["actions_detail"][0]["title"] == "Make delivery note"
    assert page.context["actions_detail"][0]["variant"] == ActionVariant.DEFAULT


def test_what_has_no_list_of_parts_is_delivered_as_one(mary: Operator, manager: Actor) -> None:
    project = make_project(status=ProjectStatus.COMPLETED, parts=[], parts_quantity=10)
    make_delivery_note(project.pk, {None: 9}, by=manager)
    assert "Everything has been delivered." not in story(mary, project)
    make_delivery_note(project.pk, {None: 1}, by=manager)
    assert "Everything has been delivered." in story(mary, project)


def test_a_job_that_runs_is_opened_instead(mary: Operator) -> None:
    item = make_item(status="in_progress")
    page = story(mary, item.project)
    assert "Open the job in progress" in page
    assert f'class="story-button is-main" href="{address(type(item), "change", item.pk)}"' in page
    assert "Missing for the cut" not in page


def test_an_approved_project_that_lacks_data_asks_for_it_first(mary: Operator) -> None:
    page = story(mary, make_project(**{**EMPTY, "status": ProjectStatus.APPROVED_POP}))
    assert "Enter what is missing" in page


def test_a_cancelled_project_says_so_and_offers_nothing(mary: Operator) -> None:
    page = story(mary, make_project(status=ProjectStatus.CANCELLED))
    assert "This project was cancelled." in page
    assert "story-button is-main" not in page
    assert "Missing for the cut" not in page


def test_the_way_is_done_up_to_where_the_project_is() -> None:
    states = [step.state for step in steps_of(ProjectStatus.APPROVED_POP)]
    assert states == ["done", "done", "now", "ahead", "ahead", "ahead"]
    assert {step.state for step in steps_of(ProjectStatus.CANCELLED)} == {"off"}


def test_an_overdue_project_is_marked_and_a_finished_one_is_not(mary: Operator) -> None:
    due = clock.shop_today() - dt.timedelta(days=3)
    assert "3 days late" in story(mary, make_project(due_date=due))
    assert "days late" not in story(
        mary, make_project(due_date=due, status=ProjectStatus.COMPLETED)
    )


def test_the_timeline_tells_all_that_belongs_to_the_project(
    mary: Operator, manager: Actor, olga: Operator
) -> None:
    project = make_project(**ASKED)
    drawing = project.design_files.get()
    make_quote(project.pk, Decimal(15000), by=manager)
    projects.record_pop(project.pk, by=manager)
    item = queue.add_to_queue(project.pk, by=manager).data["queue_item"]["id"]
    queue.start_job(item, operator_id=olga.pk, preset_id=make_preset("P").pk, by=manager)
    queue.complete_job(
        item, operator_id=olga.pk, preset_id=make_preset("Q").pk, parts_produced=50,
        sheet_count=2, by=manager,
    )  # fmt: skip
    projects.archive_design_file(drawing.pk, by=manager)
    year = clock.shop_today().year
    assert sentences(mary, project) == [
        "Mary archived the drawing bracket-1.dxf",
        "Mary completed the job",
        "Mary started the job",
        "Mary put the project into the queue",
        "Mary recorded the proof of payment",
        f"Mary made the quote Q-{year}-0001.pdf, ZAR 15,000.00",
    ]
    page = story(mary, project)
    assert f"Q-{year}-0001.pdf" in page
    assert "ZAR 15,000.00" in page
    assert "Olga" in page


def test_the_timeline_shows_more_when_asked(mary: Operator, manager: Actor) -> None:
    project = make_project()
    for number in range(25):
        projects.update_project(project.pk, {"name": f"Name {number}"}, by=manager)
    other = make_project("Other")
    projects.update_project(other.pk, {"name": "Not here"}, by=manager)
    desk = Desk(mary)
    page = desk.open(project)
    told = page.context["story"]["page"]
    assert len(told.entries) == 10
    seen = [one.entry.seq for one in told.entries]
    while told.before:
        url = reverse("admin:projects_app_project_timeline", args=(project.pk,))
        told = desk.browser.get(f"{url}?before={told.before}").context["page"]
        seen += [one.entry.seq for one in told.entries]
    assert len(seen) == len(set(seen)) == 25
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("before", ["", "x", "-1", "9" * 30])
def test_a_senseless_page_of_the_timeline_is_not_there(mary: Operator, before: str) -> None:
    url = reverse("admin:projects_app_project_timeline", args=(make_project().pk,))
    assert Desk(mary).browser.get(f"{url}?before={before}").status_code == 404


def test_the_history_leads_to_the_story(mary: Operator) -> None:
    project = make_project()
    answer = Desk(mary).open(project, "history")
    assert answer["Location"] == f"{address(Project, 'change', project.pk)}#timeline"


@pytest.mark.parametrize("status", ProjectStatus.values)
def test_a_viewer_reads_the_story_without_buttons(victor: User, status: str) -> None:
    brass = make_preset("Brass", material=Material.objects.get(name="Brass"))
    project = make_project(**{**EMPTY, "material": brass.material, "preset": make_preset(),
                              "status": status})  # fmt: skip
    page = story(victor, project)
    assert "What happened" in page
    assert 'class="story-button"' not in page
    assert "story-button is-main" not in page
    assert "data-field=" not in page
    needs = status in {"request", "quote_approval", "approved_pop"}
    assert ("Missing for the cut" in page) == needs
    assert ("The preset Steel-3mm-Standard is for Mild Steel" in page) == needs


def test_a_viewer_is_told_of_no_uploading_and_reads_prices_as_money(
    victor: User, mary: Operator
) -> None:
    project = make_project(quoted_price="5490.00", final_price="6100.50")
    page = story(victor, project)
    assert "No documents yet." in page
    assert "can be uploaded" not in page
    assert page.count("ZAR 5,490.00") == 2  # above, and in the form
    assert "ZAR 6,100.50" in page
    assert not re.search(r">\s*5490\.00", page)
    asked = story(mary, project)
    assert "others can be uploaded" in asked
    assert 'value="5490.00"' in asked


def test_the_page_takes_as_many_statements_for_little_as_for_much(
    mary: Operator, manager: Actor, olga: Operator
) -> None:
    desk, project = Desk(mary), make_project()
    preset = make_preset("P")
    Client.objects.update(email="jane@abc.example")

    def cut_again() -> None:
        item = make_item(project)
        queue.start_job(item.pk, operator_id=olga.pk, preset_id=preset.pk, by=manager)
        queue.complete_job(item.pk, operator_id=olga.pk, preset_id=preset.pk, by=manager)
        line = ProjectPart.objects.filter(project=project).earliest("id")
        drawing = make_drawing(project, "more.dxf")
        DesignFile.objects.filter(pk=drawing.pk).update(part_id=line.part_id)
        projects.archive_design_file(make_drawing(project).pk, by=manager)
        make_delivery_note(project.pk, {line.pk: 1}, by=manager)

    counts = []
    for times in (1, 7):
        for _time in range(times):
            cut_again()
        desk.open(project)
        with CaptureQueriesContext(connection) as seen:
            desk.open(project)
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert desk.open(project).content.decode().count('href="mailto:') == 8


def test_a_drawing_without_a_picture_says_why(mary: Operator) -> None:
    project = make_project(drawings=3)
    first, second, _third = project.design_files.all()
    DesignFile.objects.filter(pk=first.pk).update(
        read_state=ReadState.UNREADABLE, read_problem="The drawing is damaged: its structure "
        "cannot be understood.",
    )  # fmt: skip
    DesignFile.objects.filter(pk=second.pk).update(preview_problem="Too much of it.")
    page = story(mary, project)
    assert "its structure cannot be understood" in page
    assert "Too much of it." in page
    assert "Not drawn yet" in page


def test_a_page_with_a_refused_form_still_tells_the_story(mary: Operator) -> None:
    page = Desk(mary).save(make_project(), **{"project_parts-0-quantity": "0"})
    told = page.content.decode()
    assert "What happened" in told
    assert told.index("Nothing was saved yet") < told.index("greater than or equal to 1")
    assert not ActivityLog.objects.filter(target_type="project").exists()


def test_what_a_form_was_refused_for_stands_above_the_story(mary: Operator) -> None:
    page = Desk(mary).save(make_project(), name="", material_thickness="-4")
    told = page.content.decode()
    first, second = (
        told.index("<li>Name: This field is required.</li>"),
        told.index("<li>Thickness"),
    )
    assert first < second < told.index('class="story"')


@pytest.mark.parametrize(("own", "told"), [(0, "0"), (12, "12"), (None, "45")])
def test_a_jobs_estimate_is_its_own_though_it_be_nought(
    mary: Operator, own: int | None, told: str
) -> None:
    job = make_item(make_project(estimated_cut_time=45), estimated_cut_time=own)
    assert f'<td class="number">{told}</td><td class="number">0</td>' in story(mary, job.project)
