"""What is answered on an import's page: by whoever looks at what is there now, and of that only."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser

from laseros.errors import TransitionError
from operators_app.models import ActivityLog, HeadingSynonym, Operator, SheetImport
from operators_app.sheets import uploads
from operators_app.verbs import Actor, Call, edit
from presets_app.models import MachineSettingsPreset, Material, MaterialAlias
from tests.sheets import STEEL, confirm, messages, send, settled, step, upload_of, workbook

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(mary: Operator) -> Browser:
    """The manager's browser."""
    return browser_of(mary)


def browser_of(person: Operator) -> Browser:
    """Return a browser in which somebody is signed in."""
    browser = Browser()
    assert person.user is not None
    browser.force_login(person.user)
    return browser


def of_material(name: str, material: str) -> tuple[Any, ...]:
    """Return a row of a preset for this material."""
    return (name, material, *STEEL[2:])


def test_what_the_preview_did_not_show_is_not_imported(desk: Browser, manager: Actor) -> None:
    confirm(desk, send(desk, workbook([STEEL])))
    shown = send(desk, workbook([(*STEEL[:3], 81, *STEEL[4:])]))
    row = MachineSettingsPreset.objects.get()
    edit(MachineSettingsPreset, row.pk, {"power": 90}, by=manager)
    page = confirm(desk, shown)
    assert "look at it again, then import it" in messages(page)
    assert MachineSettingsPreset.objects.get().power == 90
    text = page.content.decode()
    assert "<del>90</del> → <ins>81</ins>" in text
    assert "look at it again" in text
    page = confirm(desk, page)
    assert MachineSettingsPreset.objects.get().power == 81
    assert "look at it again" not in page.content.decode()
    assert upload_of(page).problem == ""


def test_what_is_read_again_meanwhile_is_not_said_to_be_imported(
    desk: Browser, manager: Actor
) -> None:
    shown = upload_of(send(desk, workbook([STEEL])))
    SheetImport.objects.update(status="checking")  # somebody else has answered its questions
    with pytest.raises(TransitionError, match="This upload is being read"):
        uploads.confirm(shown, good_only=False, call=Call(by=manager))
    upload = SheetImport.objects.get()
    assert (upload.status, upload.problem) == ("checking", "")
    assert not MachineSettingsPreset.objects.exists()


def test_a_material_that_is_gone_is_not_taken_for_an_answer(desk: Browser) -> None:
    page = send(desk, workbook([of_material("B", "Birch")]))
    told = step(desk, page, "answers", **{"name:Birch": "99999"})
    assert "What “Birch” was said to mean is not there any more" in told.content.decode()
    assert not MaterialAlias.objects.filter(name="Birch").exists()


def test_what_others_did_elsewhere_does_not_hold_up_an_import(
    desk: Browser, manager: Actor
) -> None:
    shown = send(desk, workbook([STEEL]))
    edit(Material, None, {"name": "Bronze"}, by=manager)
    assert upload_of(confirm(desk, shown)).status == "imported"


def test_rows_that_went_bad_since_the_preview_are_told_and_the_good_ones_offered(
    desk: Browser, manager: Actor
) -> None:
    steel = Material.objects.get(name="Mild Steel")
    alias = edit(MaterialAlias, None, {"material": steel, "name": "Blech A"}, by=manager).data["id"]
    shown = send(desk, workbook([STEEL, of_material("Other", "Blech A")]))
    assert shown.context["counts"]["new"] == 2
    MaterialAlias.objects.filter(pk=alias).delete()
    page = confirm(desk, shown)
    assert "There is no material “Blech A”" in messages(page)
    assert (page.context["counts"]["new"], page.context["counts"]["refused"]) == (1, 1)
    assert 'value="good"' in page.content.decode()
    assert upload_of(confirm(desk, page, "good")).status == "imported"
    assert MachineSettingsPreset.objects.get().preset_name == STEEL[0]


def test_an_answer_about_one_name_is_never_taken_for_another(desk: Browser) -> None:
    first = send(desk, workbook([of_material("A", "Birch"), of_material("B", "MDF")]))
    steel, brass = Material.objects.get(name="Mild Steel"), Material.objects.get(name="Brass")
    step(desk, first, "answers", **{"name:Birch": str(steel.pk)})
    stale = {"name:Birch": str(steel.pk), "name:MDF": str(brass.pk)}  # the page before, sent again
    step(desk, first, "answers", **stale)
    meant = dict(MaterialAlias.objects.values_list("name", "material__name"))
    assert (meant["Birch"], meant["MDF"]) == ("Mild Steel", "Brass")


def test_what_a_colleague_answered_meanwhile_is_shown_before_it_is_imported(
    desk: Browser, ada: Operator
) -> None:
    page = send(desk, workbook([STEEL, of_material("B", "Birch")]))
    plan = page.context["upload"].report["plan"]
    assert f'name="plan" value="{plan}"' in page.content.decode()
    steel = Material.objects.get(name="Mild Steel")
    step(browser_of(ada), page, "answers", **{"name:Birch": str(steel.pk)})
    told = step(desk, page, "confirm", choice="good", plan=plan)
    assert "look at it again, then import it" in messages(told)
    assert not MachineSettingsPreset.objects.exists()
    plan = told.context["upload"].report["plan"]
    step(desk, told, "confirm", choice="all", plan=plan)
    assert MachineSettingsPreset.objects.count() == 2


def test_headings_that_are_the_same_to_us_are_asked_about_once(desk: Browser) -> None:
    odd = ("Preis (€)", "Preis (%)", "Note", "Note")
    headers = ("Name", "Material", "Dicke", "Power", "Speed", *odd)
    page = send(desk, workbook([(*STEEL[:5], 1, 2, "x", "y")], headers))
    asked = [one["heading"] for one in page.context["questions"]]
    assert asked == ["Preis (€)", "Note"]
    page = step(desk, page, "answers", **{f"heading:{heading}": "" for heading in asked})
    assert page.context["questions"] == []
    assert HeadingSynonym.objects.count() == 2


def test_columns_that_were_not_read_are_told_after_the_import(desk: Browser) -> None:
    headers = ("Name", "Material", "Dicke", "Power", "Speed", "Remark")
    page = send(desk, workbook([(*STEEL[:5], "x")], headers))
    assert "Not read:" not in page.content.decode()
    assert "Not read: Remark." in confirm(desk, page).content.decode()


def test_it_is_told_who_imported_not_who_uploaded(desk: Browser, ada: Operator) -> None:
    page = send(desk, workbook([STEEL]))
    told = confirm(browser_of(ada), page).content.decode()
    assert " by ada, " in " ".join(told.split())
    entry = ActivityLog.objects.latest("seq")
    assert (entry.verb, entry.user.username) == ("import", "ada")
    assert entry.session_id is not None


def test_nothing_is_answered_while_rows_are_being_imported(
    desk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = send(desk, workbook([STEEL, of_material("B", "Birch")]))
    monkeypatch.setattr(uploads, "SMALL_ROWS", 0)
    busy = confirm(desk, page, "good")
    assert upload_of(busy).status == "writing"
    for name in ("answers", "confirm"):
        told = step(desk, page, name, **{"name:Birch": "", "choice": "all"})
        assert "being imported; wait" in messages(told)
    assert upload_of(busy).status == "writing"
    assert upload_of(settled(desk, busy)).status == "imported"


def test_a_file_that_could_not_be_read_stays_so(desk: Browser) -> None:
    page = send(desk, b"hello", "a.xlsx")
    told = confirm(desk, page)
    assert "Nothing of this upload can be imported" in messages(told)
    assert SheetImport.objects.get().status == "failed"


def test_a_click_without_a_choice_imports_nothing(desk: Browser) -> None:
    page = send(desk, workbook([STEEL]))
    told = step(desk, page, "confirm")
    assert "Choose what is to be imported" in messages(told)
    assert not MachineSettingsPreset.objects.exists()


def test_a_sheet_of_bad_rows_that_is_not_whole_says_so(
    desk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "KEPT_BAD_ROWS", 1)
    bad = [(name, *STEEL[1:3], 180, *STEEL[4:]) for name in ("A", "B")]
    page = send(desk, workbook([STEEL, *bad]))
    assert "The sheet has the first 1 of them" in page.content.decode()


def test_one_button_takes_all_answers_and_says_what_is_remembered(desk: Browser) -> None:
    headers = ("Name", "Material", "Dicke", "Power", "Speed", "Wobble", "Remark")
    rows = [(*of_material("A", "Birch")[:5], "x", "y"), (*of_material("B", "MDF")[:5], "x", "y")]
    page = send(desk, workbook(rows, headers))
    steel = Material.objects.get(name="Mild Steel")
    said = {"name:Birch": str(steel.pk), "name:MDF": "", "heading:Wobble": "gas_type",
            "heading:Remark": ""}  # fmt: skip
    told = messages(step(desk, page, "answers", **said))
    for answer in ("“Wobble” is “Gas”", "“Remark” is not read", "“MDF” is a new material",
                   "“Birch” is another name of Mild Steel"):  # fmt: skip
        assert answer in told
    assert (HeadingSynonym.objects.count(), MaterialAlias.objects.filter(name="Birch").count()) == (
        2, 1,
    )  # fmt: skip


def test_an_answer_that_comes_too_late_is_told(desk: Browser, ada: Operator) -> None:
    headers = ("Name", "Material", "Dicke", "Power", "Speed", "Remark")
    page = send(desk, workbook([(*STEEL[:5], "x")], headers))
    step(browser_of(ada), page, "answers", **{"heading:Remark": ""})
    told = messages(step(desk, page, "answers", **{"heading:Remark": "gas_type"}))
    assert "Answered already, and left as it was: “Remark”." in told
    assert HeadingSynonym.objects.get().column == ""


def test_a_refused_answer_keeps_the_others(desk: Browser) -> None:
    headers = ("Name", "Material", "Dicke", "Power", "Speed", "One", "Two")
    page = send(desk, workbook([(*of_material("A", "Birch")[:5], "x", "y")], headers))
    said = {"heading:One": "gas_type", "heading:Two": "gas_type", "name:Birch": ""}
    refused = step(desk, page, "answers", **said).content.decode()
    assert "cannot both be" in refused
    assert '<option value="" selected>A new material</option>' in refused
    assert not Material.objects.filter(name="Birch").exists()


def test_an_undone_import_says_who_undid_it_and_which_rows_stayed(
    desk: Browser, ada: Operator, manager: Actor
) -> None:
    page = confirm(desk, send(desk, workbook([STEEL, of_material("B", "Brass")])))
    row = MachineSettingsPreset.objects.get(preset_name="B")
    edit(MachineSettingsPreset, row.pk, {"power": 33}, by=manager)
    told = step(browser_of(ada), page, "undo")
    assert "1 row stays as it is: B." in messages(told)
    assert "Undone by ada, " in " ".join(told.content.decode().split())
