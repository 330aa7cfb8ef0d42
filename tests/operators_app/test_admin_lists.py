"""Quick lists show what slow ones show, and ask no more of the database."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client as Browser
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.views import ChangeList

from operators_app.admin_base import VerbModelAdmin
from operators_app.admin_lists import labelled
from operators_app.models import Operator
from projects_app.admin import STATUS_COLOURS, ProjectAdmin
from projects_app.models import Project, ProjectStatus
from tests.factories import make_project
from tests.fillers import FILLERS


@pytest.fixture
def desk(ada: Operator) -> Browser:
    """The admin's browser."""
    assert ada.user is not None
    browser = Browser()
    browser.force_login(ada.user)
    return browser


def table(desk: Browser, model: Any, **query: str) -> str:
    """Return the rows of a list, as HTML."""
    opts = model._meta
    page = desk.get(reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist"), query)
    text = page.content.decode()
    return text[text.index('id="result_list"') : text.index("</table>")]


@pytest.mark.parametrize("model", sorted(admin.site._registry, key=str), ids=str)
@pytest.mark.django_db
def test_a_quick_list_is_to_the_letter_what_unfold_shows(
    model: Any, desk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    FILLERS[model](3)
    quick = table(desk, model), table(desk, model, o="-1")
    assert isinstance(admin.site._registry[model], VerbModelAdmin)
    monkeypatch.setattr(VerbModelAdmin, "get_changelist", lambda self, request, **kw: ChangeList)
    monkeypatch.setattr(VerbModelAdmin, "action_checkbox", ModelAdmin.action_checkbox)
    assert (table(desk, model), table(desk, model, o="-1")) == quick


def test_a_label_is_unfolds_own_and_what_it_says_is_escaped() -> None:
    from unfold.utils import display_for_label

    for status in ProjectStatus:
        value = (status.value, f"{status.label} <b>")
        shown = labelled(STATUS_COLOURS)(lambda self, row: row)(None, value)
        assert shown == display_for_label(value, "-", STATUS_COLOURS)
        assert "<b>" not in shown


def test_a_column_of_labels_keeps_its_title_and_order() -> None:
    column: Any = ProjectAdmin.status_shown
    plain: Any = display(description="status", ordering="status")(lambda self, row: "")
    assert column.short_description == plain.short_description
    assert column.admin_order_field == plain.admin_order_field


@pytest.mark.django_db
def test_the_list_of_projects_reads_the_columns_that_it_shows(
    desk: Browser, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        make_project()
    address = reverse("admin:projects_app_project_changelist")
    desk.get(address)
    with django_assert_max_num_queries(9) as captured:
        desk.get(address)
    (rows,) = [q["sql"] for q in captured.captured_queries if '"project_code"' in q["sql"]]
    assert "description" not in rows
    assert '"notes"' not in rows
    assert Project.objects.count() == 3
