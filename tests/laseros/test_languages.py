"""Everybody reads Laser OS in their own language; what is kept is in the shop's, or in none."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import polib
import pytest
from django import forms
from django.conf import settings as django_settings
from django.core.management import call_command
from django.test import Client as Browser
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format

from operators_app.models import ActivityLog, Operator
from projects_app.dxf_problems import CUT_SHORT
from projects_app.models import DesignFile, Project
from queue_app.models import QueueItem
from tests.desk import Desk, errors
from tests.factories import make_drawing, make_item, make_preset, make_project
from tests.phone import Phone

BASE = Path(django_settings.BASE_DIR)
FOLDER = BASE / "laseros" / "locale" / "de" / "LC_MESSAGES"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w*\}")

in_database = pytest.mark.django_db


@pytest.fixture
def catalogue() -> polib.POFile:
    """The German texts."""
    return polib.pofile(str(FOLDER / "django.po"))


def texts(entry: polib.POEntry) -> list[str]:
    """Return an entry's translations: one, or one for each plural form."""
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


# --- The catalogue -------------------------------------------------------------------------------


def test_every_text_has_a_german_one_with_the_same_placeholders(catalogue: polib.POFile) -> None:
    for entry in catalogue:
        assert not entry.fuzzy, entry.msgid
        sources = [entry.msgid, entry.msgid_plural] if entry.msgid_plural else [entry.msgid]
        for source, text in zip(sources, texts(entry), strict=True):
            assert text, f"not translated: {entry.msgid}"
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(source)), text
            assert text.startswith("\n") == entry.msgid.startswith("\n"), entry.msgid
            assert text.endswith("\n") == entry.msgid.endswith("\n"), entry.msgid


def test_the_compiled_catalogue_is_that_of_the_texts(catalogue: polib.POFile) -> None:
    compiled = polib.mofile(str(FOLDER / "django.mo"))
    assert told(compiled) == told(catalogue), "run `make messages`"


def told(catalogue: Any) -> dict[Any, Any]:
    """Return a catalogue's texts."""
    return {(one.msgctxt, one.msgid): texts(one) for one in catalogue}


@pytest.mark.skipif(not shutil.which("xgettext"), reason="GNU gettext is not installed")
def test_no_text_is_missing_from_the_catalogue(
    catalogue: polib.POFile, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(FOLDER.parent, tmp_path / "de")
    settings.LOCALE_PATHS = [tmp_path]
    monkeypatch.chdir(BASE)
    call_command("messages", verbosity=0)
    found = polib.pofile(str(tmp_path / "de" / "LC_MESSAGES" / "django.po"))
    now, kept = ({(one.msgctxt, one.msgid) for one in some} for some in (found, catalogue))
    assert now - kept == set(), "run `make messages` and translate what is new"
    assert kept - now == set(), "run `make messages`: these are no longer said"


def test_texts_are_marked_by_the_names_that_are_collected() -> None:
    apps = ("laseros", "operators_app", "presets_app", "projects_app", "queue_app")
    for path in (path for app in apps for path in (BASE / app).rglob("*.py")):
        renamed = re.findall(r"\b\w*gettext\w* as (?!_\b)\w+", path.read_text("utf-8"))
        assert not renamed, f"{path.name}: what `{renamed[0]}` marks is not collected"


# --- Whose language ------------------------------------------------------------------------------


@in_database
def test_the_sign_in_page_speaks_the_browsers_language() -> None:
    page = Browser(headers={"accept-language": "de-AT,de;q=0.9,en;q=0.5"}).get(
        reverse("admin:login")
    )
    assert page.headers["Content-Language"] == "de"
    assert "Accept-Language" in page.headers["Vary"]
    assert '<html lang="de"' in page.text
    assert "Passwort" in page.text


@in_database
def test_whoever_asks_for_no_language_of_ours_is_answered_in_the_shops(settings: Any) -> None:
    browser = Browser(headers={"accept-language": "fr"})
    assert browser.get(reverse("admin:login")).headers["Content-Language"] == "en-gb"
    settings.LANGUAGE_CODE = "de"
    assert browser.get(reverse("admin:login")).headers["Content-Language"] == "de"


@in_database
def test_a_language_is_chosen_on_the_sign_in_page_and_kept() -> None:
    browser = Browser()
    page = browser.get(reverse("admin:login"))
    assert "Deutsch" in page.text
    answer = browser.post(reverse("set_language"), {"language": "de", "next": "/admin/login/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/login/")
    assert answer.cookies["django_language"]["httponly"]
    assert browser.get(reverse("admin:login")).headers["Content-Language"] == "de"


@in_database
def test_choosing_a_language_leads_nowhere_else() -> None:
    answer = Browser().post(reverse("set_language"), {"language": "de", "next": "//evil.example/"})
    assert answer.headers["Location"] == "/"


@in_database
def test_the_back_office_offers_both_languages(mary: Operator) -> None:
    page = Desk(mary).browser.get(reverse("admin:index"))
    assert page.text.count('name="language"') == 2


# --- The API -------------------------------------------------------------------------------------


@in_database
def test_a_refusal_of_the_api_names_its_language(phone: Phone) -> None:
    answer = phone.get("queue/999999", Accept_Language="de")
    assert (answer.status_code, answer.headers["Content-Language"]) == (404, "de")


@in_database
def test_the_api_tells_a_projects_status_by_its_english_label(phone: Phone) -> None:
    project = make_project()
    for language in ("en", "de", "fr"):
        answer = phone.get("projects?status=all", Accept_Language=language)
        (row,) = json.loads(answer.content)["projects"]
        assert row["status"] == "Approved (POP Received)"
        answer = phone.patch(
            f"projects/{project.pk}", {"notes": language}, Accept_Language=language
        )
        assert json.loads(answer.content)["project"]["status"] == "Approved (POP Received)"


@in_database
def test_a_refusal_is_told_in_the_callers_language_and_its_code_in_none(phone: Phone) -> None:
    refusals = [
        json.loads(phone.get("queue/999999", Accept_Language=language).content)
        for language in ("en", "de")
    ]
    assert [one["code"] for one in refusals] == ["not_found", "not_found"]
    assert refusals[0]["error"] == "There is no such job in the queue; look at the queue again."
    assert refusals[1]["error"].startswith("Diesen Auftrag gibt es nicht")


@in_database
def test_an_answer_is_kept_apart_for_each_language(phone: Phone) -> None:
    tag = phone.get("queue", Accept_Language="de-AT").headers["ETag"]
    assert phone.get("queue", Accept_Language="de", If_None_Match=tag).status_code == 304
    assert phone.get("queue", Accept_Language="en", If_None_Match=tag).status_code == 200


@in_database
def test_the_schema_is_the_same_in_every_language() -> None:
    english, german = (
        Browser(headers={"accept-language": language}).get("/api/schema").content
        for language in ("en", "de")
    )
    assert english == german


# --- What is kept --------------------------------------------------------------------------------


def start(phone: Phone, item: QueueItem, **headers: str) -> dict[str, Any]:
    """Start a job with a preset that is for thicker sheets."""
    preset = make_preset("Thick", thickness=Decimal(8))
    body = {"operator_id": Operator.objects.get(name="Olga").pk, "preset_id": preset.pk}
    return dict(json.loads(phone.post(f"queue/{item.pk}/start", body, **headers).content))


@in_database
def test_a_warning_is_told_in_the_callers_language_and_kept_in_the_shops(phone: Phone) -> None:
    told = start(phone, make_item(), Accept_Language="de")["warnings"]
    assert told == ["Der Schneidparameter Thick ist für 8 mm, das Projekt ist 3 mm dick."]
    kept = ActivityLog.objects.get(verb="start_job").result["warnings"]
    assert kept == ["The preset Thick is for 8 mm, the project is 3 mm thick."]


@in_database
@pytest.mark.parametrize(("shop", "note"), [("en-gb", "Paused: Gas"), ("de", "Pausiert: Gas")])
def test_notes_are_written_in_the_shops_language_whoever_pauses(
    shop: str, note: str, phone: Phone, settings: Any
) -> None:
    settings.LANGUAGE_CODE = shop
    item = make_item()
    start(phone, item)
    for language in ("en", "de"):
        phone.post(f"queue/{item.pk}/pause", {"reason": "Gas"}, Accept_Language=language)
    item.refresh_from_db()
    assert item.notes == note


@in_database
def test_a_drawings_problem_is_kept_as_in_the_source_and_shown_in_german(mary: Operator) -> None:
    drawing = make_drawing(make_project())
    DesignFile.objects.update(read_state="unreadable", read_problem=CUT_SHORT)
    assert CUT_SHORT in Desk(mary).open(drawing).text
    assert "Die Datei endet mitten in der Zeichnung" in german(Desk(mary)).open(drawing).text


# --- Forms ---------------------------------------------------------------------------------------


def german(desk: Desk) -> Desk:
    """Let a desk's browser read German."""
    desk.browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    return desk


@in_database
@pytest.mark.parametrize(
    ("written", "stored"),
    [("2,5", "2.5"), ("1250", "1250"), ("1.250,75", "1250.75"), ("1.250", "1250"), ("2.5", "2.5")],
)
def test_a_german_form_takes_a_comma_and_stores_the_same_number(
    written: str, stored: str, mary: Operator
) -> None:
    project = make_project()
    german(Desk(mary)).save(project, quoted_price=written, due_date="24.12.2026")
    project = Project.objects.get(pk=project.pk)
    assert project.quoted_price == Decimal(stored)
    assert str(project.due_date) == "2026-12-24"


@in_database
def test_a_german_form_takes_back_what_it_shows(mary: Operator) -> None:
    project = make_project(quoted_price=Decimal("1250.75"), material_thickness=Decimal("2.5"))
    desk = german(Desk(mary))
    page = desk.open(project)
    shown = dict(re.findall(r'name="(quoted_price|material_thickness)" value="([^"]*)"', page.text))
    assert shown == {"quoted_price": "1250,75", "material_thickness": "2,50"}
    desk.save(project, page, **shown)
    project = Project.objects.get(pk=project.pk)
    assert (project.quoted_price, project.material_thickness) == (
        Decimal("1250.75"),
        Decimal("2.5"),
    )


@in_database
def test_an_english_form_takes_no_comma_for_a_point(mary: Operator) -> None:
    project = make_project(quoted_price=Decimal(3))
    page = Desk(mary).save(project, quoted_price="2,5")
    assert "Enter a number." in errors(page)
    Desk(mary).save(project, quoted_price="1,250.50")
    assert Project.objects.get(pk=project.pk).quoted_price == Decimal("1250.50")


@pytest.mark.parametrize("language", ["en-gb", "de"])
def test_the_shops_languages_have_formats_of_their_own(language: str) -> None:
    from django.utils.formats import get_format

    with translation.override(language):
        assert "H:i" in get_format("DATETIME_FORMAT")


def test_an_english_form_takes_a_date_as_the_pages_write_it() -> None:
    day = dt.date(2026, 9, 1)
    with translation.override("en-gb"):
        for text in (date_format(day), "01/09/2026", "1 September 2026", "2026-09-01"):
            assert forms.DateField().clean(text) == day
