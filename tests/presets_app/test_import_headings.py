"""Which column a heading of a sheet means: asked once, remembered, and never against a name."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.test import Client
from django.utils import translation
from django.utils.html import strip_tags

from laseros.errors import InvalidInput
from operators_app.models import ActivityLog, HeadingSynonym, Operator, User
from operators_app.sheets.headings import rows_of
from operators_app.verbs import Actor
from operators_app.verbs.imports import remember_headings
from presets_app.resources import PresetSheet
from tests.sheets import STEEL, send, step, workbook

pytestmark = pytest.mark.django_db

HEADINGS = "/admin/operators_app/headingsynonym/"


@pytest.fixture
def desk(mary: Operator) -> Client:
    """The manager's browser."""
    return browser_of(mary.user)


def browser_of(user: User | None) -> Client:
    """Return a browser in which somebody is signed in."""
    browser = Client()
    assert user is not None
    browser.force_login(user)
    return browser


def test_an_unknown_heading_is_asked_for_and_remembered(desk: Client, manager: Actor) -> None:
    headers = ("Label", "Metal sort", "Thickness", "Power", "Speed", "Colour")
    data = workbook([(*STEEL[:5], "red")], headers)
    page = send(desk, data)
    assert page.context["missing"] == ["Name", "Material"]
    assert [one["heading"] for one in page.context["questions"]] == [
        "Label",
        "Metal sort",
        "Colour",
    ]
    page = step(
        desk,
        page,
        "answers",
        **{"heading:Label": "preset_name", "heading:Metal sort": "material_type"},
    )
    assert page.context["counts"]["new"] == 1
    assert [one["heading"] for one in page.context["questions"]] == ["Colour"]
    page = step(desk, page, "answers", **{"heading:Colour": ""})
    assert page.context["questions"] == []
    assert page.context["passed_over"] == ["Colour"]
    assert HeadingSynonym.objects.count() == 3
    assert ActivityLog.objects.filter(verb="remember_headings").count() == 2
    again = send(desk, workbook([STEEL[:5]], ("LABEL", "metal-sort", *headers[2:5])))
    assert again.context["counts"]["new"] == 1
    assert again.context["questions"] == []


def test_a_heading_is_given_a_meaning_in_the_back_office(desk: Client) -> None:
    said = {"kind": "machinesettingspreset", "heading": "Programm (neu)", "column": "preset_name"}
    desk.post("/admin/operators_app/headingsynonym/add/", said)
    assert HeadingSynonym.objects.get().key == "programm"
    page = send(desk, workbook([STEEL[:5]], ("Programm", "Material", "Dicke", "Power", "Speed")))
    assert page.context["counts"]["new"] == 1
    wrong = {**said, "heading": "Other", "column": "other_names"}
    page = desk.post("/admin/operators_app/headingsynonym/add/", wrong)
    assert "These sheets have no such column." in page.content.decode()
    twice = desk.post("/admin/operators_app/headingsynonym/add/", {**said, "heading": "PROGRAMM"})
    assert "This heading is in the table already." in twice.content.decode()


def test_a_unit_that_cannot_be_converted_is_told(desk: Client) -> None:
    headers = ("Name", "Material", "Dicke", "Leistung (W)", "Speed")
    page = send(desk, workbook([STEEL[:5]], headers))
    assert page.context["missing"] == ["Power (%)"]
    assert "Its unit cannot be converted to Power (%)" in page.content.decode()


def test_a_second_column_of_the_same_meaning_is_not_read_silently(desk: Client) -> None:
    headers = ("Name", "Material", "Dicke", "Power", "Speed", "Vorschub")
    page = send(desk, workbook([(*STEEL[:5], 1)], headers))
    assert "“Speed” already is the column Speed (mm/min)." in page.content.decode()


def test_two_headings_cannot_be_answered_with_one_column(desk: Client) -> None:
    headers = ("Schnittprogramm", "Bemerkung", *("Material", "Dicke", "Power", "Speed"))
    page = send(desk, workbook([("P1", "fast", *STEEL[1:5])], headers))
    said = {"heading:Schnittprogramm": "preset_name", "heading:Bemerkung": "preset_name"}
    page = step(desk, page, "answers", **said)
    shown = page.content.decode()
    assert "“Schnittprogramm” and “Bemerkung” cannot both be “Name”" in shown
    assert shown.count('<option value="preset_name" selected>') == 2  # nothing is to be said anew
    assert not HeadingSynonym.objects.exists()
    assert desk.get(page.context["steps"]["answers"], follow=True).status_code == 200


def test_the_verb_refuses_one_column_for_two_headings(manager: Actor) -> None:
    with pytest.raises(InvalidInput, match="cannot both be"):
        remember_headings(PresetSheet(), {"A": "power", "B": "power"}, by=manager)
    remember_headings(PresetSheet(), {"A": "", "B": "", "C": "power"}, by=manager)
    assert HeadingSynonym.objects.count() == 3


@pytest.mark.parametrize("headers", [("Bemerkung", "Name"), ("Name", "Bemerkung")])
def test_a_columns_own_name_beats_what_was_told(headers: tuple[str, str]) -> None:
    table = [(*headers, *("Material", "Dicke", "Power", "Speed")), (*headers, *STEEL[1:5])]
    rows = rows_of(PresetSheet(), table, {"bemerkung": "preset_name", "name": "gas_type"})
    assert rows.titles["preset_name"] == "Name"
    assert rows.lines[0][1][list(rows.names).index("preset_name")] == "Name"
    assert "gas_type" not in rows.names
    (left,) = rows.left_out
    assert (left.text, left.problem) == ("Bemerkung", "“Name” already is the column Name.")


def test_what_was_told_holds_where_no_column_has_its_own_name() -> None:
    table = [("Bemerkung", "Material", "Dicke", "Power", "Speed"), STEEL[:5]]
    rows = rows_of(PresetSheet(), table, {"bemerkung": "preset_name"})
    assert rows.titles["preset_name"] == "Bemerkung"


def test_a_second_heading_of_a_column_may_be_told_to_be_left_out(desk: Client) -> None:
    headers = ("Name", "Material", "Dicke", "Power", "Speed", "Vorschub")
    page = send(desk, workbook([(*STEEL[:5], 1)], headers))
    page = step(desk, page, "answers", **{"heading:Vorschub": ""})
    assert page.context["questions"] == []
    assert page.context["passed_over"] == ["Vorschub"]
    page = send(desk, workbook([STEEL[:5]], ("Name", "Material", "Dicke", "Power", "Vorschub")))
    assert page.context["counts"]["new"] == 1


def test_a_columns_own_name_is_not_told_to_mean_another(desk: Client) -> None:
    said = {"kind": "machinesettingspreset", "heading": "NAME", "column": "gas_type"}
    page = desk.post(f"{HEADINGS}add/", said)
    assert "“NAME” is always the column Name in these sheets." in page.content.decode()
    assert not HeadingSynonym.objects.exists()


def test_the_pages_of_an_import_lead_to_the_headings_that_were_told(desk: Client) -> None:
    link = "Headings that were told: change or forget them"
    pages = [desk.get("/admin/presets_app/machinesettingspreset/import/"),
             send(desk, workbook([STEEL]))]  # fmt: skip
    for page in pages:
        assert f'href="{HEADINGS}">{link}</a>' in page.content.decode()


def test_a_viewer_reads_what_a_heading_means(victor: User, manager: Actor) -> None:
    remember_headings(PresetSheet(), {"Programm": "preset_name", "Farbe": ""}, by=manager)
    for heading, means in (("Programm", "Name"), ("Farbe", "– not read –")):
        row = HeadingSynonym.objects.get(heading=heading)
        page = strip_tags(browser_of(victor).get(f"{HEADINGS}{row.pk}/change/").content.decode())
        assert means in page
        assert "Presets" in page
        assert "preset_name" not in page
        assert "machinesettingspreset" not in page


@pytest.mark.parametrize("language", ["en-gb", "de"])
def test_mended_bad_rows_come_in_without_a_question(desk: Client, language: str) -> None:
    bad = send(desk, workbook([(*STEEL[:3], 180, *STEEL[4:])]))
    with translation.override(language):
        address = bad.context["steps"]["refused"]
        sheet = desk.get(address, headers={"accept-language": language}).content
    (headings, row) = openpyxl.load_workbook(io.BytesIO(sheet)).active.values
    page = send(desk, workbook([(*row[:3], 80, *row[4:])], headings))
    assert page.context["counts"]["new"] == 1
    assert page.context["questions"] == []
    assert page.context["passed_over"] == list(headings[-2:])


def test_what_was_told_of_a_heading_that_bad_rows_have_holds() -> None:
    table = [("Row", "Material", "Dicke", "Power", "Speed"), STEEL[:5]]
    assert rows_of(PresetSheet(), table, {"row": "preset_name"}).titles["preset_name"] == "Row"


def test_a_sheet_without_codes_is_told_to_be_recognised_by_name_while_a_column_waits(
    desk: Client,
) -> None:
    said = "No column is read as “Code”: each row is recognised by its “Firma”"
    data = workbook([("CL0001", "Fischer")], ("Nummer des Kunden", "Firma"))
    page = send(desk, data, to="projects_app_client")
    assert said in strip_tags(page.content.decode())
    page = step(desk, page, "answers", **{"heading:Nummer des Kunden": ""})
    assert page.context["can_confirm"]
    assert said not in strip_tags(page.content.decode())
