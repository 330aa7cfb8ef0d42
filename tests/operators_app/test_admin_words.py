"""Words around lists and forms: buttons without the name of a model, rows that are counted."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client as Browser
from django.urls import reverse

from laseros import clock
from operators_app.models import ActivityLog, Operator, Role, SheetImport
from operators_app.verbs import Actor
from presets_app.models import Material
from projects_app.models import Client
from projects_app.verbs import create_client
from queue_app.models import LaserRun
from tests.factories import make_client, make_project, make_user


@pytest.fixture
def desk(mary: Operator) -> Browser:
    """The manager's browser."""
    browser = Browser()
    assert mary.user is not None
    browser.force_login(mary.user)
    return browser


def text_of(desk: Browser, name: str, query: str = "") -> str:
    """Return what a list says, without its tags, in single spaces."""
    page = desk.get(reverse(f"admin:{name}") + query).content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition('id="main"')[2] or page).split())


@pytest.mark.django_db
def test_a_button_deletes_without_naming_the_model() -> None:
    desk = Browser()
    desk.force_login(make_user("ada", Role.ADMIN))
    pk = Material.objects.earliest("pk").pk
    page = desk.get(reverse("admin:presets_app_material_change", args=(pk,))).content.decode()
    address = reverse("admin:presets_app_material_delete", args=(pk,))
    button = page.partition(f'href="{address}"')[2].partition("</a>")[0]
    assert button.partition(">")[2].split() == ["Delete"]


def test_a_row_is_added_to_a_form_without_naming_the_model(desk: Browser) -> None:
    pk = Material.objects.earliest("pk").pk
    page = desk.get(reverse("admin:presets_app_material_change", args=(pk,))).content.decode()
    button = page.partition('class="add-row')[2].partition("</a>")[0]
    assert re.findall(r"<span>(.*?)</span>", button) == ["Add"]


def test_the_number_of_rows_stands_apart_from_the_numbers_of_the_pages(desk: Browser) -> None:
    make_client("One")
    assert "1 client" in text_of(desk, "projects_app_client_changelist")
    for number in range(59):
        make_client(f"C {number}")
    said = text_of(desk, "projects_app_client_changelist")
    assert "60 clients" in said
    assert "- 60 clients" not in said


def test_entries_of_the_log_are_counted_as_entries(desk: Browser, manager: Actor) -> None:
    for name in ("One", "Two"):
        create_client({"name": name}, by=manager)
        said = text_of(desk, "operators_app_activitylog_changelist")
        assert f" {ActivityLog.objects.count()} entries" in said
    one = f"?target_type__exact=client&target_id__exact={Client.objects.get(name='One').pk}"
    said = text_of(desk, "operators_app_activitylog_changelist", one)
    assert " 1 entry" in said


@pytest.mark.parametrize(
    "name", ["presets_app_material", "projects_app_client", "projects_app_project",
             "operators_app_headingsynonym", "operators_app_operator"],
)  # fmt: skip
def test_a_new_row_has_no_record_to_show(desk: Browser, name: str) -> None:
    page = desk.get(reverse(f"admin:{name}_add"))
    blocks = [str(block.name) for block in page.context["adminform"]]
    assert "Record" not in blocks
    make_client("One")
    pk = Client.objects.get().pk
    change = desk.get(reverse("admin:projects_app_client_change", args=(pk,)))
    assert "Record" in [str(block.name) for block in change.context["adminform"]]


def test_lists_of_many_figures_tell_them_in_few_columns(desk: Browser) -> None:
    project = make_project()
    run = LaserRun(project=project, cut_time_minutes=20, logged_minutes=22, run_date=clock.now())
    runs: Any = admin.site.get_model_admin(LaserRun)
    assert runs.minutes(run) == '<span class="whitespace-nowrap">20 (22)</span>'
    assert runs.job(run).startswith(f'{project.project_code}<span class="cell-under">')
    imports: Any = admin.site.get_model_admin(SheetImport)
    assert imports.rows_told(SheetImport(rows_new=3, rows_refused=1)) == "3 new, 1 refused"
    assert imports.rows_told(SheetImport()) == "–"
    assert ":" in runs.cut_at(run)
    assert runs.cut_at(run).count(":") == 1  # minutes are enough in a list
