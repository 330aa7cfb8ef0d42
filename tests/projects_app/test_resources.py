"""Clients and parts as spreadsheets."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.test import Client as Browser

from laseros.errors import InvalidInput
from operators_app.models import ActivityLog, Operator
from operators_app.verbs import Actor
from projects_app.models import Client, Part
from projects_app.verbs import create_client, create_part
from tests.factories import make_client, make_project
from tests.sheets import confirm, import_table, messages, send, told, workbook

CLIENTS = ("Kunde", "Ansprechpartner", "E-Mail", "Telefon", "Anschrift")
ABC = ("ABC Works", "Jane", "jane@abc.example", "+49 30 123", "Road 1\nTown")


@pytest.fixture
def desk(mary: Operator) -> Browser:
    """The manager's browser."""
    browser = Browser()
    assert mary.user is not None
    browser.force_login(mary.user)
    return browser


def test_new_clients_get_the_next_codes_without_gaps(manager: Actor) -> None:
    create_client({"name": "First"}, by=manager)
    import_table("client", CLIENTS, ABC, ("DEF", *ABC[1:]), by=manager)
    create_client({"name": "Last"}, by=manager)
    assert list(Client.objects.order_by("code").values_list("code", "name")) == [
        ("CL0001", "First"), ("CL0002", "ABC Works"), ("CL0003", "DEF"), ("CL0004", "Last"),
    ]  # fmt: skip
    abc = Client.objects.get(code="CL0002")
    assert (abc.number, abc.phone, abc.address) == (2, "+49 30 123", "Road 1\nTown")


def test_a_client_is_known_by_code_and_else_by_name(manager: Actor) -> None:
    import_table("client", CLIENTS, ABC, by=manager)
    before = ActivityLog.objects.count()
    assert import_table("client", CLIENTS, ABC, by=manager).data["unchanged"] == 1
    assert ActivityLog.objects.count() == before
    renamed = import_table("client", ("Code", "Name"), ("cl0001", "ABC Ltd"), by=manager)
    assert renamed.data["changed"] == 1
    assert Client.objects.get().name == "ABC Ltd"


def test_a_client_is_known_by_its_name_in_any_case(manager: Actor) -> None:
    import_table("client", CLIENTS, ABC, by=manager)
    done = import_table("client", ("Name", "Notes"), ("ABC  WORKS", "loud"), by=manager)
    assert (done.data["new"], done.data["changed"]) == (0, 1)
    assert Client.objects.values_list("name", "notes").get() == ("ABC Works", "loud")
    import_table("client", ("Code", "Name"), ("CL0001", "ABC WORKS"), by=manager)
    assert Client.objects.get().name == "ABC WORKS"
    with pytest.raises(InvalidInput, match="“NEW” stands in row 2 already"):
        import_table("client", ("Name",), ("New",), ("NEW",), by=manager)


def test_of_two_clients_of_one_name_the_one_spelled_just_so_is_meant(manager: Actor) -> None:
    for name in ("Twin", "TWIN"):
        make_client(name)
    import_table("client", ("Name", "Notes"), ("Twin", "small"), by=manager)
    assert Client.objects.get(notes="small").name == "Twin"
    with pytest.raises(InvalidInput, match="There are 2 of the name “twin”"):
        import_table("client", ("Name", "Notes"), ("twin", "which?"), by=manager)


def test_many_names_of_one_client_are_one_client(manager: Actor) -> None:
    import_table("client", ("Name", "Notes"), ("Straße 1", "one"), by=manager)
    rows = [("STRASSE 1", "two"), *((f"Name {n}", "") for n in range(1000)), ("strasse 1", "three")]
    with pytest.raises(InvalidInput, match="“strasse 1” stands in row 2 already"):
        import_table("client", ("Name", "Notes"), *rows, by=manager)


def test_an_address_typed_in_a_browser_is_not_changed_by_its_own_export(manager: Actor) -> None:
    create_client({"name": ABC[0], "address": "Road 1\r\nTown"}, by=manager)
    told = import_table("client", ("Name", "Address"), (ABC[0], "Road 1\nTown"), by=manager)
    assert told.data["unchanged"] == 1
    assert Client.objects.get().address == "Road 1\r\nTown"


def test_what_shows_a_renamed_client_is_told_to_phones(manager: Actor) -> None:
    project = make_project()
    done = import_table("client", ("Code", "Name"), ("CL0001", "New name"), by=manager)
    project.refresh_from_db()
    assert project.seq == done.seq


@pytest.mark.parametrize(("row", "sentence"), [
    (("CL0099", "New", ""), "Row 2, Code: There is no “CL0099”; leave it blank for a new row."),
    (("", "Twin", ""), "Row 2, Name: There are 2 of the name “Twin”; give the code"),
    (("", "New", "no address"), "Row 2, E-mail: Enter a valid email address."),
    (("", "", "a@b.example"), "Row 2, Name: “Name” is missing"),
])  # fmt: skip
def test_a_bad_client_is_told(manager: Actor, row: tuple[str, ...], sentence: str) -> None:
    make_client("Twin")
    make_client("Twin")
    with pytest.raises(InvalidInput) as refused:
        import_table("client", ("Code", "Name", "E-mail"), row, by=manager)
    assert refused.value.message.startswith(sentence)


def test_clients_come_and_go_through_the_pages(desk: Browser) -> None:
    page = send(desk, workbook([ABC, ("", "x", "y", "", "")], CLIENTS), to="projects_app_client")
    assert page.context["counts"]["new"] == 1
    assert [one.partition(": ")[0] for one in told(page)] == ["Row 3, Kunde", "Row 3, E-Mail"]
    assert [row["name"] for row in page.context["rows"]] == ["ABC Works"]
    confirm(desk, page, "good")
    answer = desk.get("/admin/projects_app/client/export/?q=jane&_format=xlsx")
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.values)
    assert rows[0] == ("Code", "Name", "Contact person", "E-mail", "Phone", "Address", "Notes",
                       "Active")  # fmt: skip
    assert rows[1][:5] == ("CL0001", "ABC Works", "Jane", "jane@abc.example", "+49 30 123")
    again = send(desk, answer.content, to="projects_app_client")
    assert again.context["counts"]["unchanged"] == 1
    nothing = desk.get("/admin/projects_app/client/export/?is_active__exact=rubbish", follow=True)
    assert nothing.status_code == 200
    assert messages(nothing) == "The list cannot be filtered in this way."


def test_parts_are_known_by_number_and_else_by_name_and_client(manager: Actor) -> None:
    abc, other = make_client("ABC"), make_client("Other")
    create_part({"name": "Bracket", "client": abc}, by=manager)
    done = import_table(
        "part", ("Teil", "Kunde", "Beschreibung"), ("Bracket", "abc", "left"),
        ("Bracket", other.code, "right"), ("Bracket", "", "of the shop"), by=manager,
    )  # fmt: skip
    assert done.data == {"read": 3, "new": 2, "changed": 1, "unchanged": 0, "refused": 0}
    assert list(Part.objects.order_by("number").values_list(
        "part_number", "client__name", "description")) == [
        ("PT00001", "ABC", "left"), ("PT00002", "Other", "right"), ("PT00003", None, "of the shop"),
    ]  # fmt: skip
    with pytest.raises(InvalidInput, match="There are 3 of the name “Bracket”"):
        import_table("part", ("Name", "Description"), ("Bracket", "x"), by=manager)
    with pytest.raises(InvalidInput, match="There is no client “Nobody”"):
        import_table("part", ("Name", "Client"), ("New", "Nobody"), by=manager)
    numbered = ("Part number", "Description"), ("pt00002", "new words")
    assert import_table("part", *numbered, by=manager).data["changed"] == 1


def test_of_two_parts_of_one_client_and_name_none_is_guessed(manager: Actor) -> None:
    abc = make_client("ABC")
    for _number in range(2):
        create_part({"name": "Bracket", "client": abc}, by=manager)
    create_part({"name": "Bracket"}, by=manager)
    headings = ("Name", "Client", "Description")
    with pytest.raises(InvalidInput, match="There are 2 of the name “Bracket”"):
        import_table("part", headings, ("Bracket", "ABC", "left"), by=manager)
    shops = import_table("part", headings, ("Bracket", "", "the shop's"), by=manager)
    assert shops.data["changed"] == 1
    assert Part.objects.get(client=None).description == "the shop's"


def test_parts_of_a_list_come_back_unchanged(desk: Browser, manager: Actor) -> None:
    import_table("part", ("Name", "Client"), ("A", ""), ("B", make_client("ABC").code), by=manager)
    make_client("ABC")  # a name alone would not do any more
    answer = desk.get("/admin/projects_app/part/export/?_format=csv")
    page = send(desk, answer.content, "parts.csv", to="projects_app_part")
    assert page.context["counts"]["unchanged"] == 2


@pytest.mark.parametrize("slug", ["client", "part"])
def test_statements_do_not_grow_with_the_rows(
    manager: Actor, slug: str, django_assert_max_num_queries: object
) -> None:
    rows = [(f"Name {n}", f"note {n}") for n in range(1500)]
    with django_assert_max_num_queries(45):  # type: ignore[operator]
        import_table(slug, ("Name", "Notes"), *rows, by=manager)
    changed = [(name, f"{note}!") for name, note in rows]
    with django_assert_max_num_queries(45):  # type: ignore[operator]
        done = import_table(slug, ("Name", "Notes"), *changed, by=manager)
    assert done.data["changed"] == 1500
