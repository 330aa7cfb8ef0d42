"""What is asked before a job is started: presets that do not fit, busy hands, busy lasers."""

from __future__ import annotations

import re
from typing import Any

import pytest

from laseros import clock
from operators_app.models import Operator
from operators_app.verbs import Actor, edit
from presets_app.models import MachineSettingsPreset, Material
from projects_app.models import Project, Shop
from queue_app.models import LaserRun, QueueItem
from queue_app.verbs import pause_job, start_job
from tests.desk import Desk, address, asked_of, said
from tests.factories import make_item, make_preset, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def brass(db: None) -> MachineSettingsPreset:
    """A preset for brass of 1 mm."""
    make_preset()
    return make_preset("Brass-1mm", material=Material.objects.get(name="Brass"), thickness=1)


def steel_project(name: str = "Brackets", **fields: Any) -> Project:
    """Return a project whose preset fits it."""
    preset = MachineSettingsPreset.objects.get(preset_name="Steel-3mm-Standard")
    return make_project(name, **{"preset": preset, **fields})


def groups_of(page: str) -> dict[str, list[str]]:
    """Return the presets that a page offers, by the group that they stand in."""
    select = page.partition('name="preset"')[2].partition("</select>")[0]
    return {
        label.replace("\xa0", " "): re.findall(r"<option[^>]*>\s*([^<]+?)\s*</option>", options)
        for label, options in re.findall(
            r'<optgroup label="([^"]+)">(.*?)</optgroup>', select, flags=re.DOTALL
        )
    }


def test_presets_that_fit_are_offered_first(mary: Operator, brass: MachineSettingsPreset) -> None:
    make_preset("Steel any", thickness=None)
    make_preset("Steel thick", thickness=8)
    make_preset("Old", is_active=False)
    job, desk = make_item(steel_project()), Desk(mary)
    wanted = {
        "Fits Mild Steel, 3 mm": ["Steel any", "Steel-3mm-Standard"],
        "Other presets": ["Brass-1mm", "Steel thick"],
    }
    pages = [
        desk.browser.get(address(QueueItem, "start", job.pk)),
        desk.browser.get(address(QueueItem, "board_act", job.pk, "start")),
        desk.open(job.project),
    ]
    assert [groups_of(page.content.decode()) for page in pages] == [wanted] * 3


def test_a_project_without_a_sheet_offers_all_presets_alike(
    mary: Operator, brass: MachineSettingsPreset
) -> None:
    project = steel_project(material=None, material_thickness=None)
    page = Desk(mary).open(project).content.decode()
    assert groups_of(page) == {}
    assert "Brass-1mm" in page


def test_a_projects_own_preset_stays_a_choice_though_it_is_switched_off(
    mary: Operator, brass: MachineSettingsPreset
) -> None:
    project = steel_project(preset=make_preset("Old", is_active=False))
    desk = Desk(mary)
    groups = groups_of(desk.open(project).content.decode())
    assert "Old (switched off)" in groups["Fits Mild Steel, 3 mm"]
    desk.save(project, notes="soon")
    project.refresh_from_db()
    assert (project.notes, project.preset and project.preset.preset_name) == ("soon", "Old")


@pytest.mark.parametrize("place", ["start", "board"])
def test_a_paused_jobs_preset_that_was_switched_off_is_shown_and_must_be_changed(
    mary: Operator, manager: Actor, place: str
) -> None:
    job, desk, old = make_item(make_project()), Desk(mary), make_preset("Old <1>")
    typed: dict[str, Any] = {"operator": mary.pk, "preset": old.pk}
    desk.dialog(job, "start", **typed)
    edit(MachineSettingsPreset, old.pk, {"is_active": False}, by=manager)
    page = desk.browser.get(address(QueueItem, "complete", job.pk)).content.decode()
    assert "no job is started with it" not in page  # it may be completed with what it runs with
    assert re.search(r"selected>\s*Old &lt;1&gt; \(switched off\)", page)
    desk.dialog(job, "pause", reason="sheet")
    way = (
        address(QueueItem, "board_act", job.pk, "start")
        if place == "board"
        else address(QueueItem, "start", job.pk)
    )
    page = desk.browser.get(way).content.decode()
    assert re.search(r"selected>\s*Old &lt;1&gt; \(switched off\)", page)
    assert "Old &lt;1&gt; is switched off, and no job is started with it" in page
    told = desk.dialog(job, "start", **typed).content.decode()
    assert "The preset Old &lt;1&gt; is switched off; choose another." in told
    assert QueueItem.objects.get().is_paused


def test_a_start_with_a_preset_that_does_not_fit_is_asked_about_first(
    mary: Operator, brass: MachineSettingsPreset
) -> None:
    job, desk = make_item(steel_project()), Desk(mary)
    typed: dict[str, Any] = {"operator": mary.pk, "preset": brass.pk, "notes": "careful"}
    page = desk.dialog(job, "start", **typed)
    told = page.content.decode()
    assert "The preset Brass-1mm is for Brass, the project is of Mild Steel." in told
    assert "The preset Brass-1mm is for 1 mm, the project is 3 mm thick." in told
    assert QueueItem.objects.get().status == "queued"
    assert "runs now." in said(desk.dialog(job, "start", **typed, sure=page.context["form"].asked))
    assert QueueItem.objects.get().preset == brass
    done = desk.dialog(job, "complete", operator=mary.pk, preset=brass.pk)  # asked already
    assert "was completed." in said(done)


def test_a_job_is_resumed_with_its_preset_without_asking_again(
    mary: Operator, brass: MachineSettingsPreset, manager: Actor
) -> None:
    job, desk = make_item(steel_project()), Desk(mary)
    start_job(job.pk, operator_id=mary.pk, preset_id=brass.pk, by=manager)
    pause_job(job.pk, "lunch", by=manager)
    assert "runs now." in said(desk.dialog(job, "start", operator=mary.pk, preset=brass.pk))


def test_a_busy_operator_and_busy_lasers_are_asked_about_and_never_refused(
    mary: Operator, olga: Operator, otto: Operator, brass: MachineSettingsPreset
) -> None:
    running = make_item(steel_project("Gate"), status="in_progress", operator=olga)
    job, desk = make_item(steel_project("Fence")), Desk(mary)
    Shop.objects.update(laser_count=2)
    typed: dict[str, Any] = {"preset": job.project.preset_id}
    page = desk.dialog(job, "start", **typed, operator=olga.pk)
    assert f"Olga is cutting {running.project} already." in page.content.decode()
    Shop.objects.update(laser_count=1)
    page = desk.dialog(job, "start", **typed, operator=otto.pk)
    assert "1 job runs already; the shop has 1 laser." in page.content.decode()
    sure = page.context["form"].asked
    again = desk.dialog(job, "start", **typed, operator=olga.pk, sure=sure)
    assert "Olga is cutting" in again.content.decode()  # another question than the one confirmed
    assert "runs now." in said(desk.dialog(job, "start", **typed, operator=otto.pk, sure=sure))


def test_the_list_asks_only_where_something_looks_wrong(
    mary: Operator, olga: Operator, brass: MachineSettingsPreset
) -> None:
    Shop.objects.update(laser_count=2)
    one = make_item(steel_project("one"), assigned_to=olga)
    two = make_item(steel_project("two", preset=brass))
    three = make_item(steel_project("three"))
    desk = Desk(mary)
    assert "Start: 1 of 1 done" in said(desk.act(QueueItem, "start_jobs", one))
    asked = desk.act(QueueItem, "start_jobs", two, three).content.decode()
    assert "two: The preset Brass-1mm is for Brass" in asked
    assert f"Mary is cutting {two.project} already." in asked
    assert "2 jobs run already; the shop has 2 lasers." in asked
    assert 'name="reason"' not in asked
    assert QueueItem.objects.filter(status="in_progress").count() == 1
    done = desk.act(QueueItem, "start_jobs", two, three, confirmed="yes")
    assert "Start: 2 of 2 done" in said(done)


def test_a_projects_page_does_not_say_that_all_is_there_where_the_preset_does_not_fit(
    mary: Operator, brass: MachineSettingsPreset
) -> None:
    good, bad = steel_project("good"), steel_project("bad", preset=brass)
    sentence = "Everything that the cut needs is there."
    desk = Desk(mary)
    assert sentence in desk.open(good).content.decode()
    page = desk.open(bad).content.decode()
    assert sentence not in page
    assert "The preset Brass-1mm is for Brass, the project is of Mild Steel." in page
    Project.objects.filter(pk=bad.pk).update(status="completed")
    assert "The preset Brass-1mm is for" not in desk.open(bad).content.decode()


def test_presets_beyond_what_a_list_can_hold_are_looked_for_by_name(
    mary: Operator, brass: MachineSettingsPreset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projects_app.admin.MOST_PRESETS", 1)
    page = Desk(mary).open(steel_project()).content.decode()
    assert groups_of(page) == {}
    assert "Brass-1mm" not in page


def test_a_search_for_presets_finds_what_fits_first_and_nothing_switched_off(
    mary: Operator, brass: MachineSettingsPreset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projects_app.admin.MOST_PRESETS", 1)
    old = make_preset("A old one", is_active=False)
    make_preset("Steel any", thickness=None)
    project, other = steel_project(preset=old), make_project(material=brass.material, preset=brass)
    desk = Desk(mary)
    page = desk.open(project).content.decode()
    address = f"/admin/projects_app/project/{project.pk}/presets/"
    assert f'data-ajax--url="{address}"' in page
    assert "A old one (switched off)" in page

    def found(address: str, term: str = "") -> list[str]:
        asked = {"app_label": "projects_app", "model_name": "project", "field_name": "preset"}
        answer = desk.browser.get(address, {**asked, "term": term}).json()
        return [one["text"] for one in answer["results"]]

    fitting = ["Steel any", "A old one (switched off)", "Steel-3mm-Standard"]
    assert found(address) == [*fitting, "Brass-1mm"]
    assert found(address, "brass") == ["Brass-1mm"]
    elsewhere = f"/admin/projects_app/project/{other.pk}/presets/"
    assert found(elsewhere) == ["Brass-1mm", "Steel any", "Steel-3mm-Standard"]
    assert (
        desk.browser.get(
            "/admin/projects_app/project/999999/presets/",
            {
                "app_label": "projects_app",
                "model_name": "project",
                "field_name": "preset",
            },
        ).status_code
        == 404
    )
    kept = desk.save(project, name="Renamed")
    assert Project.objects.get(pk=project.pk).name == "Renamed", said(kept)
    refused = desk.save(other, preset=old.pk)
    assert "Select a valid choice" in refused.content.decode()


def test_sheets_and_parts_far_above_the_plan_are_asked_about_once(mary: Operator) -> None:
    make_preset()
    job = make_item(steel_project(), status="in_progress", started_at=clock.now())
    sent = {"operator": mary.pk, "preset": job.project.preset_id, "actual_cut_time": "",
            "sheet_count": "900", "parts_produced": "60"}  # fmt: skip
    asking = Desk(mary).dialog(job, "complete", **sent)
    page = asking.content.decode()
    assert "900 are told, but 3 were planned" in page
    assert "60 are told" not in page
    assert not LaserRun.objects.exists()
    Desk(mary).dialog(job, "complete", **sent, sure=asked_of(asking))
    assert LaserRun.objects.get().sheet_count == 900
