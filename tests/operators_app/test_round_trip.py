"""What goes out as a spreadsheet comes in again unchanged, whatever language either is asked in."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.test import Client as Browser
from django.utils import translation

from laseros.csv_text import separator_of, write_csv
from operators_app.models import Operator
from operators_app.sheets.headings import heading_key, own_headings
from operators_app.sheets.kinds import kinds
from operators_app.verbs import Actor
from operators_app.verbs.edit import edit
from presets_app.models import Material
from projects_app.models import Client
from projects_app.verbs import create_client, create_part
from tests.factories import make_preset
from tests.sheets import import_table, send

LANGUAGES = ("en-gb", "de")
ADDRESS = "Hall 4, Yard\nRoad 1, Town\nRegion, Land\nAttn. Jane, Bob\n"


@pytest.fixture
def desk(mary: Operator) -> Browser:
    """The manager's browser."""
    browser = Browser()
    assert mary.user is not None
    browser.force_login(mary.user)
    return browser


@pytest.fixture
def _filled(manager: Actor) -> None:
    """Rows with everything that a separator, a decimal or a formula could spoil."""
    for number in range(12):
        create_client(
            {"name": f"Kunde {number}; Söhne", "address": ADDRESS * 2, "phone": "+49 30 1"},
            by=manager,
        )
    create_client({"name": '=1+1;"x",\'', "notes": "-5 mm\n@x;y"}, by=manager)
    client = Client.objects.get(name__startswith="=")
    create_part({"name": "Bracket, 1.5 mm; left", "client": client}, by=manager)
    make_preset("Steel 1,5; thin", thickness=Decimal("1.5"), focus_offset=Decimal("-0.25"))
    make_preset("Steel, thick", thickness=Decimal("12"), gas_pressure=Decimal("0.85"))
    edit(Material, None, {"name": "Heavy; metal", "density": Decimal("11.342")}, by=manager)


def exported(desk: Browser, name: str, kind: str, language: str) -> bytes:
    """Return the export of a list."""
    with translation.override(language):  # the request would leave its language to other tests
        address = f"/admin/{name.replace('_app_', '_app/')}/export/?_format={kind}"
        return bytes(desk.get(address, headers={"accept-language": language}).content)


@pytest.mark.usefixtures("_filled")
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", sorted(kinds()))
def test_what_is_exported_comes_back_unchanged(
    desk: Browser, slug: str, language: str, kind: str
) -> None:
    opts = kinds()[slug].model._meta
    name = f"{opts.app_label}_{opts.model_name}"
    data = exported(desk, name, kind, language)
    for reader in LANGUAGES:
        with translation.override(reader):
            page = send(desk, data, f"rows.{kind}", to=name)
        counts = page.context["counts"]
        assert counts["unchanged"] == counts["read"] > 0
        assert page.context["questions"] == []


@pytest.mark.usefixtures("_filled")
def test_a_german_csv_is_one_that_a_german_spreadsheet_program_opens(desk: Browser) -> None:
    presets = exported(desk, "presets_app_machinesettingspreset", "csv", "de")
    assert presets.startswith(b"\xef\xbb\xbf")
    lines = presets.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Name;Material;Blechdicke (mm);Leistung (%);")
    assert '"Steel 1,5; thin";Mild Steel;1,5;80;1200;5000;Air;1,5;-0,25;1' in lines
    clients = exported(desk, "projects_app_client", "csv", "de").decode("utf-8-sig")
    assert "\"'=1+1;" in clients
    assert "\"'-5 mm" in clients


def test_numbers_of_any_type_are_written_with_the_point_of_the_language() -> None:
    line = [Decimal("1.50"), 2.5, 3, "4.5", None]
    assert write_csv([line]).decode("utf-8-sig") == "1.5,2.5,3,4.5,\r\n"
    assert write_csv([line], ",").decode("utf-8-sig") == "1,5;2,5;3;4.5;\r\n"


def test_commas_in_an_address_of_many_lines_separate_nothing() -> None:
    table = write_csv([("Code", "Address"), *((str(n), f"{n}; {ADDRESS * 3}") for n in range(9))],
                      ",")  # fmt: skip
    assert separator_of(table.decode("utf-8-sig")) == ";"


@pytest.mark.parametrize("slug", sorted(kinds()))
def test_each_column_is_known_by_what_an_export_calls_it(slug: str) -> None:
    kind = kinds()[slug]()
    for language in LANGUAGES:
        with translation.override(language):
            known = own_headings(kind)
            for column in kind.columns:
                assert known[heading_key(str(column.label))] == column.name


@pytest.mark.parametrize("slug", sorted(kinds()))
def test_each_column_is_known_by_what_its_own_list_calls_it(slug: str) -> None:
    kind = kinds()[slug]()
    desk_list = admin.site.get_model_admin(kind.model)
    shown: dict[str, str] = {}
    for name in desk_list.list_display:
        order = getattr(getattr(desk_list, str(name), None), "admin_order_field", None)
        shown[str(order or name)] = str(name)
    for language in LANGUAGES:
        with translation.override(language):
            known = own_headings(kind)
            for column in kind.columns:
                for name in {column.name, column.attribute} & set(shown):
                    label = label_for_field(shown[name], kind.model, desk_list)
                    assert known[heading_key(str(label))] == column.name


def test_a_client_is_renamed_by_a_sheet_with_the_headings_of_the_german_list(
    manager: Actor,
) -> None:
    create_client({"name": "Fischer Bau"}, by=manager)
    code = Client.objects.get().code
    import_table("client", ("Kürzel", "Name"), (code, "Fischer Hochbau"), by=manager)
    assert Client.objects.get().name == "Fischer Hochbau"


def test_an_export_calls_what_it_has_as_forms_and_lists_do(desk: Browser) -> None:
    lines = exported(desk, "projects_app_client", "csv", "de").decode("utf-8-sig").splitlines()
    assert lines[0] == "Kürzel;Name;Ansprechpartner;E-Mail;Telefon;Adresse;Notizen;Aktiv"


@pytest.mark.parametrize("slug", ["client", "operator"])
def test_an_export_made_before_is_known_still(slug: str) -> None:
    known = own_headings(kinds()[slug]())
    assert known["handy"] == known["phone"] == "phone"
    assert slug == "operator" or known["code"] == "code"
