"""Numbers stand on every page, and are taken in every form, as its language writes them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.test import RequestFactory
from django.utils import translation
from unfold.forms import BaseDialogForm

from laseros.numbers import plain_number, sheet_text
from operators_app.admin_base import VerbModelAdmin
from operators_app.admin_numbers import LocalDecimalField, LocalIntegerField
from operators_app.models import ActivityLog, Operator
from operators_app.verbs import Actor
from presets_app.models import MachineSettingsPreset
from projects_app.models import Project
from projects_app.verbs import update_project
from queue_app.models import LaserRun
from tests.desk import Desk, address, asked_of
from tests.factories import make_item, make_preset, make_project
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


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "typed"), [
    ("de", "1.000"), ("de", "1000"), ("de", " 1.000 "), ("en", "1,000"), ("en", "1000"),
])  # fmt: skip
def test_a_whole_number_is_taken_as_its_language_writes_it(
    language: str, typed: str, mary: Operator
) -> None:
    project, desk = make_project(), Desk(mary)
    desk.browser.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    desk.save(project, estimated_cut_time=typed)
    assert Project.objects.get().estimated_cut_time == 1000


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("typed", ["1.5", "1,5", "1.0", "1,0", "1.00", "10.00,0", "45-", "1e3"])
def test_what_has_a_decimal_sign_is_no_whole_number(
    language: str, typed: str, mary: Operator
) -> None:
    desk = Desk(mary)
    project = make_project(estimated_cut_time=90)
    desk.browser.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    page = desk.save(project, estimated_cut_time=typed)
    assert set(page.context["adminform"].form.errors) == {"estimated_cut_time"}
    assert Project.objects.get().estimated_cut_time == 90


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "typed"), [("de", "1,000"), ("en", "1.000")])
def test_a_decimal_sign_before_three_noughts_is_no_thousand(
    language: str, typed: str, mary: Operator
) -> None:
    desk, project = Desk(mary), make_project(estimated_cut_time=None)
    desk.browser.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    page = desk.save(project, estimated_cut_time=typed)
    assert set(page.context["adminform"].form.errors) == {"estimated_cut_time"}
    assert Project.objects.get().estimated_cut_time is None


@pytest.mark.django_db
def test_a_thousand_parts_are_told_in_a_german_dialog(mary: Operator) -> None:
    job, desk = make_item(status="in_progress", operator=mary), Desk(mary)
    desk.browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    told: dict[str, Any] = {
        "operator": mary.pk,
        "preset": make_preset("Thin").pk,
        "actual_cut_time": "45",
    }
    page = desk.dialog(job, "complete", **told, parts_produced="1,000")
    assert "ganze Zahl" in page.content.decode()
    told["parts_produced"] = "1.000"
    page = desk.dialog(job, "complete", **told)
    desk.dialog(job, "complete", **told, sure=asked_of(page))
    assert LaserRun.objects.get().parts_produced == 1000


@pytest.mark.django_db
def test_every_box_of_a_number_in_the_back_office_is_such_a_one(ada: Operator) -> None:
    request = RequestFactory().get("/")
    request.user = ada.user  # type: ignore[assignment]
    boxes: dict[str, forms.Field] = {}
    for model, page in admin.site._registry.items():
        if not isinstance(page, VerbModelAdmin) or not page.has_change_permission(request):
            continue  # is only read
        inlines = (
            inline.get_formset(request).form for inline in page.get_inline_instances(request)
        )
        for form in (page.get_form(request), *inlines):
            boxes |= {f"{model.__name__}.{name}": one for name, one in form.base_fields.items()}
    for form in dialogs(BaseDialogForm):
        boxes |= {f"{form.__name__}.{name}": one for name, one in form.base_fields.items()}
    numbers = {name: one for name, one in boxes.items() if isinstance(one, forms.IntegerField)}
    local = (LocalDecimalField, LocalIntegerField)
    assert {name for name, one in numbers.items() if not isinstance(one, local)} == set()
    assert {one.widget.input_type for one in numbers.values()} == {"text"}
    asked = {"Shop.next_quote_number", "MachineSettingsPreset.speed", "PlaceForm.position"}
    assert asked <= set(numbers)


def dialogs(form: type[forms.Form]) -> Iterator[type[forms.Form]]:
    """Yield the forms of dialogs."""
    for one in form.__subclasses__():
        yield one
        yield from dialogs(one)
