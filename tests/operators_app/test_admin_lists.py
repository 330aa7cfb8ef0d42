"""Quick lists show what slow ones show, and ask no more of the database."""

from __future__ import annotations

from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib import admin
from django.test import Client as Browser
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.views import ChangeList

from operators_app.admin_base import VerbModelAdmin
from operators_app.admin_lists import labelled
from operators_app.models import LoginRecord, Operator, Session
from presets_app.models import MachineSettingsPreset
from projects_app.admin import ProjectAdmin
from projects_app.models import Project, ProjectStatus, Shop
from projects_app.state_colours import JOB_COLOURS, PROJECT_COLOURS
from queue_app.models import QueueStatus
from queue_app.reports.models import ReportTimes
from tests.desk import Desk, address
from tests.factories import make_preset, make_project
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


# Those of one row have no list: its address leads to the row.
LISTED = sorted(set(admin.site._registry) - {Shop, ReportTimes}, key=str)


@pytest.mark.parametrize("model", LISTED, ids=str)
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


@pytest.mark.django_db
def test_heads_begin_with_a_capital_letter_and_units_stay(desk: Browser) -> None:
    for model in (MachineSettingsPreset, Project):
        FILLERS[model](1)
    assert 'data-label="Speed (mm/min)"' in table(desk, MachineSettingsPreset)
    assert 'id="action-toggle"' in table(desk, Project)


def test_a_label_is_unfolds_own_and_what_it_says_is_escaped() -> None:
    from unfold.utils import display_for_label

    for status in ProjectStatus:
        value = (status.value, f"{status.label} <b>")
        shown = labelled(PROJECT_COLOURS)(lambda self, row: row)(None, value)
        assert shown == display_for_label(value, "-", PROJECT_COLOURS)
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


def chips(page: Any) -> list[tuple[str, str, str]]:
    """Return the filters that a list says it is shown with."""
    return [tuple(one) for one in page.context["cl"].shown]


def test_a_list_says_which_rows_it_shows_and_leads_to_it_without_each_filter(
    desk: Browser,
) -> None:
    listing = reverse("admin:projects_app_project_changelist")
    assert chips(desk.get(listing)) == []
    (chip,) = chips(page := desk.get(f"{listing}?attention=overdue"))
    assert chip == ("Attention", "Overdue", "?")
    assert "Take this filter away" in page.content.decode()
    since, until = "completion_date__gte=2025-11-03", "completion_date__lt=2025-11-10"
    assert chips(desk.get(f"{listing}?{since}&{until}&delivered=late")) == [
        ("Completed", "Late", f"?{since}&{until}"),
        ("Completion date", "from 3 Nov 2025", f"?{until}&delivered=late"),
        ("Completion date", "before 10 Nov 2025", f"?{since}&delivered=late"),
    ]


def test_taking_a_filter_away_leaves_those_whose_names_begin_alike(desk: Browser) -> None:
    listing = reverse("admin:projects_app_project_changelist")
    runs = reverse("admin:queue_app_laserrun_changelist")
    on, since = "due_date=2025-11-03", "due_date__gte=2025-11-01"
    without = {one[2] for one in chips(desk.get(f"{listing}?{on}&{since}"))}
    assert without == {f"?{since}", f"?{on}"}
    day = "2025-11-03T00:00:00+00:00"
    query = {"run_date__gte": day, "run_date__lt": day, "status__exact": "completed"}
    page = desk.get(runs, query)
    (dates,) = [one for one in page.context["cl"].filter_specs if one.title == "run date"]
    any_date = next(one for one in dates.choices(page.context["cl"]))
    assert any_date["query_string"] == "?status__exact=completed"  # all of its own are replaced


def test_a_chosen_row_of_another_table_is_named_and_what_is_typed_is_escaped(
    desk: Browser, olga: Operator
) -> None:
    runs = reverse("admin:queue_app_laserrun_changelist")
    query = {"operator__id__exact": str(olga.pk), "run_date__gte": "2025-11-03T00:00:00+00:00"}
    told = {one[0]: one[1] for one in chips(desk.get(runs, query))}
    assert told["Operator"] == str(olga)
    page = desk.get(runs, {"material_type__exact": "<b>x"})
    assert "<b>x" not in page.content.decode()


def test_what_a_link_asks_of_a_column_is_told_in_words(desk: Browser, olga: Operator) -> None:
    project = make_project()
    projects = reverse("admin:projects_app_project_changelist")
    runs = reverse("admin:queue_app_laserrun_changelist")
    day = "2025-11-03T00:00:00+00:00"
    for listing, asked, told in (
        (projects, ("client__id__exact", project.client_id), ("Client", str(project.client))),
        (projects, ("client", project.client_id), ("Client", str(project.client))),
        (projects, ("final_price__isnull", True), ("Final price", "not given")),
        (projects, ("final_price__isnull", False), ("Final price", "given")),
        (runs, ("preset__id__exact", project.preset_id), ("Preset", str(project.preset))),
        (runs, ("preset__id__exact", 10**30), ("Preset", str(10**30))),
        (projects, ("name", ""), ("Name", "not given")),
        (runs, ("run_date__gte", day), ("Run date", "from 3 Nov 2025")),
    ):
        answer = desk.get(listing, {asked[0]: str(asked[1])})
        (chip,) = chips(answer)
        assert chip == (*told, "?")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("thickness_from=1.5&thickness_to=1.6", ["1.5 to 1.6"]),
        ("thickness_from=1.50&thickness_to=", ["from 1.5"]),
        ("thickness_to=1.6", ["up to 1.6"]),
        ("thickness_from=&thickness_to=", []),
        ("thickness_to=1e30", ["up to 1e30"]),
        ("thickness_from=thin", ["from thin"]),
    ],
)
def test_a_range_is_told_as_one(desk: Browser, query: str, told: list[str]) -> None:
    listing = reverse("admin:presets_app_machinesettingspreset_changelist")
    expected = [("Thickness (mm)", one, "?is_active__exact=1") for one in told]
    page = desk.get(f"{listing}?{query}&is_active__exact=1", follow=True)
    assert [one for one in chips(page) if one[0] != "Active"] == expected


def test_a_range_is_told_with_the_readers_numbers(desk: Browser) -> None:
    listing = reverse("admin:presets_app_machinesettingspreset_changelist")
    page = desk.get(f"{listing}?thickness_to=1.6", headers={"accept-language": "de"})
    ((title, told, _without),) = chips(page)
    assert title == "Blechdicke (mm)"
    assert "1,6" in told


def test_presets_without_gas_have_a_name_in_their_filter(desk: Browser) -> None:
    make_preset("Pen", gas_type="")
    listing = reverse("admin:presets_app_machinesettingspreset_changelist")
    page = desk.get(f"{listing}?gas_type=")
    assert chips(page) == [("Gas", "no gas", "?")]
    assert [row.preset_name for row in page.context["cl"].result_list] == ["Pen"]
    (gases,) = [one for one in page.context["cl"].filter_specs if one.title == "gas"]
    named = {one["display"] for one in gases.choices(page.context["cl"])}
    assert "no gas" in named
    assert "" not in named


def test_showing_all_keeps_what_is_searched_for_and_how_the_list_is_sorted(desk: Browser) -> None:
    listing = reverse("admin:projects_app_project_changelist")
    query = {"q": "bracket", "o": "2", "attention": "overdue", "status__exact": "completed"}
    page = desk.get(listing, query)
    assert '<a href="?o=2&amp;q=bracket" class="is-all">' in page.content.decode()


def test_each_state_has_its_colour_and_a_job_that_of_its_project() -> None:
    assert set(JOB_COLOURS) == {*QueueStatus.values, "paused"}
    assert set(PROJECT_COLOURS) == set(ProjectStatus.values)
    assert PROJECT_COLOURS["in_progress"] == JOB_COLOURS["in_progress"]
    assert JOB_COLOURS["paused"] != JOB_COLOURS["in_progress"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", [AccessAttempt, Session, LoginRecord])
def test_an_address_that_is_none_is_no_error_page(ada: Operator, model: Any) -> None:
    page = Desk(ada).browser.get(address(model, "changelist"), {"ip_address": "junk"}, follow=True)
    assert page.status_code == 200


def test_a_fault_of_a_lists_own_is_not_taken_for_a_wrong_address(
    desk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any) -> Any:
        raise ValueError("a bug of ours")

    monkeypatch.setattr(ProjectAdmin, "get_queryset", broken)
    with pytest.raises(ValueError, match="a bug of ours"):
        desk.get(address(Project, "changelist"))
