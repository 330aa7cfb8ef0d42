"""Reading comfort: near days, amounts, what empty lists say, names of boxes, help for newcomers."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.contrib import admin
from django.test import Client as Browser
from django.urls import reverse

from laseros import clock
from operators_app.admin_texts import HELP, NOTHING_YET
from operators_app.models import Operator, Role
from presets_app.models import Material
from projects_app.admin_cells import amount, due, scheduled
from projects_app.models import Project, ProjectStatus
from tests.desk import Desk, address
from tests.factories import make_project, make_user


@pytest.mark.parametrize(
    ("days", "kind", "told"),
    [(-3, "due-late", "3 days late"), (-1, "due-late", "1 day late"), (0, "due-soon", "today"),
     (1, "due-soon", "in 1 day"), (3, "due-soon", "in 3 days"), (4, "", "")],
)  # fmt: skip
def test_a_day_is_late_or_near_in_words_as_well_as_in_colour(
    days: int, kind: str, told: str
) -> None:
    shown = due(clock.shop_today() + dt.timedelta(days=days))
    assert (kind or '"due">') in shown
    assert told in shown
    assert ("due-told" in shown) is bool(told)


def test_a_day_that_nobody_waits_for_is_only_a_day() -> None:
    assert due(dt.date(2020, 1, 31), settled=True) == '<span class="due">31 Jan 2020</span>'
    assert due(None) == "–"


@pytest.mark.parametrize(
    ("days", "kind", "told"),
    [(-3, "due-soon", "3 days behind schedule"), (-1, "due-soon", "1 day behind schedule"),
     (0, "due-near", "today"), (1, "", "")],
)  # fmt: skip
def test_a_scheduled_date_gone_by_is_behind_schedule_and_never_late(
    days: int, kind: str, told: str
) -> None:
    day = clock.shop_today() + dt.timedelta(days=days)
    shown = scheduled(day)
    assert (kind or '"due">') in shown
    assert told in shown
    assert "late" not in shown
    assert "due-told" not in scheduled(day, settled=True)


def test_an_amount_has_its_currency_and_its_thousands() -> None:
    assert "ZAR 15,000.00" in amount(Decimal(15000))
    assert "–" in amount(None)


@pytest.mark.django_db
def test_the_list_of_projects_shows_who_is_late_and_what_it_costs(mary: Operator) -> None:
    make_project(due_date=dt.date(2025, 11, 5), status=ProjectStatus.QUEUED)
    make_project(due_date=dt.date(2025, 11, 5), status=ProjectStatus.COMPLETED,
                 completion_date=dt.date(2025, 11, 4))  # fmt: skip
    page = Desk(mary).browser.get(address(Project, "changelist")).content.decode()
    assert page.count("due-late") == 1
    assert page.count("ZAR 15,000.00") == 2
    assert "Mild Steel, 3\u00a0mm" in page


@pytest.mark.django_db
def test_an_empty_list_says_what_it_is_for_and_a_searched_one_what_was_not_found(
    mary: Operator,
) -> None:
    browser = Desk(mary).browser
    page = browser.get(address(Project, "changelist")).content.decode()
    assert str(NOTHING_YET["projects_app.project"]) in page
    assert address(Project, "add") in page
    page = browser.get(address(Project, "changelist"), {"q": "<zz>"}).content.decode()
    assert "Nothing has “&lt;zz&gt;” in it" in page
    filtered = browser.get(address(Project, "changelist"), {"status__exact": "queued"})
    assert "Nothing fits these filters" in filtered.content.decode()


@pytest.mark.django_db
def test_an_empty_list_offers_a_viewer_nothing_that_is_not_theirs() -> None:
    browser = Browser()
    browser.force_login(make_user("vera", Role.VIEWER))
    page = browser.get(address(Project, "changelist")).content.decode()
    assert "Nothing here yet" in page
    assert address(Project, "add") not in page


def test_what_empty_lists_say_is_about_lists_that_there_are() -> None:
    assert set(NOTHING_YET) <= {model._meta.label_lower for model in admin.site._registry}


def test_help_is_about_fields_that_there_are() -> None:
    models = {str(model._meta.model_name): model for model in admin.site._registry}
    for name in HELP:
        model, _, field = name.partition(".")
        assert models[model]._meta.get_field(field), name


@pytest.mark.django_db
def test_boxes_in_a_table_are_named_after_their_columns(mary: Operator) -> None:
    steel = Material.objects.get(name="Mild Steel")
    page = Desk(mary).open(steel).content.decode()
    assert 'aria-label="Name"' in page


@pytest.mark.django_db
def test_a_form_helps_a_newcomer(mary: Operator) -> None:
    page = Desk(mary).browser.get(reverse("admin:projects_app_project_add")).content.decode()
    assert str(HELP["project.due_date"]) in page
