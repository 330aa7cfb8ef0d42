"""Decimals stand on every page as its language writes them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from laseros.numbers import plain_number, sheet_text
from operators_app.models import ActivityLog, Operator
from operators_app.verbs import Actor
from presets_app.models import MachineSettingsPreset
from projects_app.models import Project
from projects_app.verbs import update_project
from tests.desk import Desk, address
from tests.factories import make_preset, make_project
from tests.sheets import send, workbook


@pytest.fixture
def _in_german() -> Iterator[None]:
    """The reader's language; the request would leave its own to other tests."""
    with translation.override("de"):
        yield


@pytest.mark.parametrize(("number", "english", "german"), [
    ("3.00", "3", "3"), ("1.50", "1.5", "1,5"), ("-0.25", "-0.25", "-0,25"), ("300", "300", "300"),
])  # fmt: skip
def test_a_number_has_no_noughts_at_its_end(number: str, english: str, german: str) -> None:
    assert plain_number(Decimal(number)) == english
    with translation.override("de"):
        assert plain_number(Decimal(number)) == german


@pytest.mark.parametrize(("known", "told"), [
    (("Brass", Decimal("1.50")), "Brass, 1.5\u00a0mm"), (("Brass", None), "Brass"),
    (("", Decimal(3)), "3\u00a0mm"), (("", None), ""),
])  # fmt: skip
def test_of_a_sheet_is_told_what_is_known(known: Any, told: str) -> None:
    assert sheet_text(*known) == told


@pytest.mark.django_db
@pytest.mark.usefixtures("_in_german")
def test_german_pages_write_decimals_with_a_comma(mary: Operator) -> None:
    thin = make_preset("Thin", thickness=Decimal("2.5"), gas_pressure=Decimal("0.8"),
                       focus_offset=Decimal("-0.2"))  # fmt: skip
    make_preset("Fitting", thickness=Decimal("1.5"))
    project = make_project(material_thickness=Decimal("1.5"), preset=thin)
    browser = Desk(mary).browser
    lists = [address(model, "changelist") for model in (Project, MachineSettingsPreset)]
    pages = [browser.get(place, headers={"accept-language": "de"}).content.decode()
             for place in (*lists, address(Project, "change", project.pk))]  # fmt: skip
    projects, presets, form = pages
    assert "Mild Steel, 1,5\u00a0mm" in projects
    assert all(told in presets for told in ("2,5 mm", "Air 0,8 bar", "-0,2"))
    assert "Mild Steel, 1,5\u00a0mm" in form  # heads the presets that fit
    told = form.partition('id="story-missing"')[2].partition("</section>")[0]
    assert all(thick in told for thick in ("2,5", "1,5"))
    assert not any(wrong in told for wrong in ("2.5", "1.5"))


@pytest.mark.django_db
def test_a_warning_that_is_kept_is_in_the_shops_language_to_its_last_sign(manager: Actor) -> None:
    thin = make_preset("Thin", thickness=Decimal("2.5"))
    project = make_project(material_thickness=Decimal("1.5"), preset=make_preset("Other"))
    with translation.override("de"):
        update_project(project.pk, {"preset": thin}, by=manager)
    told = ActivityLog.objects.latest("seq").result["warnings"]
    assert "The preset Thin is for 2.5 mm, the project is 1.5 mm thick." in told


@pytest.mark.django_db
def test_an_imports_preview_writes_decimals_as_its_reader_does(mary: Operator) -> None:
    browser = Desk(mary).browser
    headings = ("Name", "Material", "Thickness", "Power", "Speed")
    page = send(browser, workbook([("Thin", "Brass", 2.5, 80, 1200)], headings))
    german = {"accept-language": "de"}
    told = browser.get(page.request["PATH_INFO"], headers=german).content.decode()
    assert ">2,5<" in told
    assert ">2.5<" in browser.get(page.request["PATH_INFO"]).content.decode()
