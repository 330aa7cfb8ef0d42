"""The search: what it finds, in which order, for whom, and that it never falls behind."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from laseros.search import folded, search_text, search_words
from operators_app.models import LoginRecord, Operator, Role
from operators_app.verbs import Actor, edit
from projects_app.models import Client, Part, Project, ProjectText
from projects_app.search import find, searched
from projects_app.verbs import create_client, create_part, create_project, update_project
from projects_app.verbs.project_parts import remove_project_part, save_project_part
from tests.factories import make_client, make_drawing, make_project, make_user

pytestmark = pytest.mark.django_db


def codes(query: str) -> list[str]:
    """Return the last figures of the codes of the projects that a query finds, the best first."""
    return [one.code[-3:] for one in find(query).projects]


def browser_of(role: Role) -> Browser:
    """Return a browser in which somebody of this role is signed in."""
    browser = Browser()
    browser.force_login(make_user(f"a_{role.value}", role))
    return browser


def fragment(browser: Browser, query: str) -> str:
    """Return what the box shows."""
    answer = browser.get(reverse("admin:search"), {"q": query, "part": "1"})
    assert answer.status_code == 200
    return str(answer.content.decode())


# --- Folding ---


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("MÜLLER", "muller"), ("Mu\u0308ller", "muller"), ("STRASSE", "strasse"),
        ("Straße", "strasse"), ("JB-2025-10", "jb 2025 10"), ("50 %_\\'\"", "50"),
        ("Ø5 ½", "o5 1 2"), ("Łódź, Sønder", "lodz sonder"),
        ("ΣΊΣΥΦΟΣ", "σισυφοσ"), ("İstanbul", "istanbul"), ("\0", ""),
    ],
)  # fmt: skip
def test_case_accents_and_punctuation_do_not_count(text: str, told: str) -> None:
    assert folded(text) == told
    assert folded(told) == told


def test_a_query_is_cut_where_it_makes_no_sense_any_more() -> None:
    assert search_words("a " * 500) == ["a"]
    assert len(search_words(" ".join(map(str, range(100, 200))))) == 8
    assert search_words(" %  _ ' ") == []


# --- Finding ---


@pytest.mark.parametrize(
    "query",
    ["JB-2025-10-CL0001-001", "jb-2025-10-cl0001-001", "cl0001-001", "lid rings", "rings LID",
     "müller tank", "MULLER", "Flange", "pt00002", "tank_lid", "TANK_LID-V2.DXF", "stainless food"],
)  # fmt: skip
def test_a_project_is_found_by_its_code_name_client_part_file_and_description(query: str) -> None:
    client = make_client("Müller Tanks")
    project = make_project(
        "Lid rings", client=client, parts=[("Ring", 1), ("Flange", 2)],
        description="Stainless, for food",
    )  # fmt: skip
    make_drawing(project, "Tank_Lid-v2.dxf")
    make_project("Gate", client=make_client("Other"), parts=[], drawings=0, description="")
    assert codes(query) == ["001"]


@pytest.mark.parametrize("query", ["%", "_", "%rings", "\\", "'; DROP TABLE x; --", "rings x9", ""])
def test_signs_of_the_databases_mean_nothing(query: str) -> None:
    make_project("Lid 100% rings")
    found = codes(query)
    assert found == (["001"] if query == "%rings" else [])


def test_words_of_one_or_two_letters_are_looked_for_at_the_beginning_of_words() -> None:
    make_project("Lid rings", parts=[], drawings=0, description="")
    assert codes("ri") == codes("l") == codes("10") == ["001"]
    assert codes("in") == codes("g") == []
    assert codes("ing") == ["001"]


def test_no_word_is_found_across_two_fields() -> None:
    make_project("Alpha", client=make_client("Beta"), parts=[], drawings=0, description="")
    assert search_text(["Alpha", "", "Be ta"]) == " alpha\n be ta"
    assert codes("alphabeta") == []
    assert codes("alpha beta") == ["001"]


def test_the_code_comes_first_then_names_then_parts_and_the_newest_of_each() -> None:
    older = make_project("Ring for 002", parts=[], drawings=0, description="")
    make_project("Gate", parts=[("Gusset", 1)], drawings=0, description="")
    make_project("Gusset plates", parts=[], drawings=0, description="")
    make_project("More gussets", parts=[], drawings=0, description="")
    make_project("Gusset again", parts=[], drawings=0, description="")
    assert codes("002")[0] == "002"
    assert codes("gusset") == ["005", "003", "004", "002"]
    assert codes(older.project_code) == ["001"]


def test_a_code_that_was_typed_is_found_though_many_newer_ones_have_it_in_them() -> None:
    wanted = make_project("Wanted", parts=[], drawings=0)
    for _ in range(55):
        make_project("Copy", description=f"like {wanted.project_code}", parts=[], drawings=0)
    found = find(wanted.project_code.lower())
    assert (found.projects[0].pk, found.more) == (wanted.pk, True)


def test_the_part_or_file_that_a_project_was_found_by_is_told() -> None:
    make_project("Gate", parts=[("Hinge", 2)], drawings=1)
    assert [find(query).projects[0].told for query in ("hinge", "bracket-1", "gate")] == [
        "Hinge", "bracket-1.dxf", "",
    ]  # fmt: skip


def test_clients_are_found_by_all_that_they_are_reached_by(mary: Operator) -> None:
    said = {"name": "Jäger & Söhne", "email": "jo@jaeger.example", "phone": "+49 30 12345"}
    create_client(said, by=Actor.of_user(mary.user))  # type: ignore[arg-type]
    for query in ("jager", "SÖHNE", "jo@jaeger", "30 12345", "cl0001"):
        assert [client.code for client in find(query).clients] == ["CL0001"]


# --- Keeping up ---


def test_every_verb_leaves_the_search_up_to_date(mary: Operator) -> None:
    assert mary.user is not None
    by = Actor.of_user(mary.user)
    client = create_client({"name": "Acme"}, by=by).data["id"]
    part = create_part({"name": "Wheel"}, by=by).data["id"]
    project = create_project(client_id=client, name="Cart", fields={}, by=by).data["project"]["id"]
    line = save_project_part(project, None, {"part_id": part, "quantity": 1}, by=by).data["id"]
    assert codes("acme wheel cart") == ["001"]
    update_project(project, {"name": "Barrow"}, by=by)
    edit(Client, client, {"name": "Zenith"}, by=by)
    edit(Part, part, {"name": "Spoke"}, by=by)
    assert codes("zenith spoke barrow") == ["001"]
    assert codes("acme") + codes("wheel") + codes("cart") == []
    assert find("zenith").clients
    remove_project_part(project, line, by=by)
    assert codes("spoke") == []


def test_a_change_that_no_text_tells_of_writes_none(mary: Operator) -> None:
    project = make_project()
    with CaptureQueriesContext(connection) as asked:
        update_project(project.pk, {"material_thickness": "4"}, by=Actor.of_user(mary.user))  # type: ignore[arg-type]
    assert not [one for one in asked if "projecttext" in one["sql"].lower()]


def test_the_doctor_tells_what_is_not_found_and_the_command_mends_it() -> None:
    make_project("Gate")
    ProjectText.objects.update(text=" wrong")
    said = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", stdout=said)
    assert "rebuild_search" in said.getvalue()
    call_command("rebuild_search", stdout=said)
    assert codes("gate") == ["001"]


# --- The box and the lists ---


def test_the_box_stands_on_every_page_and_leads_to_what_was_found() -> None:
    project = make_project("Gate", client=make_client("Acme"))
    browser = browser_of(Role.VIEWER)
    assert b'id="search-box"' in browser.get("/admin/").content
    shown = fragment(browser, "gate")
    assert reverse("admin:projects_app_project_change", args=(project.pk,)) in shown
    assert "Acme" in shown
    assert "5 Nov 2025" in shown


def test_what_was_not_found_is_told_and_escaped() -> None:
    browser = browser_of(Role.MANAGER)
    shown = fragment(browser, "<b>zzq</b>")
    assert "Nothing has “&lt;b&gt;zzq&lt;/b&gt;” in it." in shown
    assert "Type letters or digits" in fragment(browser, "%%")


def test_pages_are_found_by_their_titles_where_the_role_may_open_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    viewer = browser_of(Role.VIEWER)
    assert "Login history" in fragment(viewer, "login hi")
    shown = admin.site.get_model_admin(LoginRecord)
    monkeypatch.setattr(shown, "has_view_permission", lambda request, obj=None: False)
    assert "Login history" not in fragment(viewer, "login hi")


def test_nobody_but_who_may_see_the_back_office_searches_it() -> None:
    make_project("Gate")
    for browser in (Browser(), browser_of(Role.OPERATOR)):
        answer = browser.get(reverse("admin:search"), {"q": "gate", "part": "1"})
        assert answer.status_code == 302
        assert "login" in answer.headers["Location"]


def test_who_may_not_see_projects_finds_none(monkeypatch: pytest.MonkeyPatch) -> None:
    make_project("Gate")
    shown = admin.site.get_model_admin(Project)
    monkeypatch.setattr(shown, "has_view_permission", lambda request, obj=None: False)
    assert "Nothing has" in fragment(browser_of(Role.VIEWER), "gate")


@pytest.mark.parametrize(
    ("query", "told"),
    [("gate", "/change/"), ("bracket", "project/?q=bracket"), ("cl0002", "client/"),
     ("JB-2025-10-CL0001-002", "/change/"), ("", "project/"), ("a&b", "project/?q=a%26b")],
)  # fmt: skip
def test_a_box_that_is_sent_off_leads_to_the_one_thing_found_or_to_the_list(
    query: str, told: str
) -> None:
    make_client()
    make_project("Gate")
    make_project("Door", drawings=1)
    make_client("Lonely")
    answer = browser_of(Role.MANAGER).get(reverse("admin:search"), {"q": query})
    assert told in answer.headers["Location"]


def test_the_list_of_projects_is_searched_the_same_way() -> None:
    make_project("Gate", client=make_client("Müller"))
    make_project("Door", client=make_client("Other"), drawings=0, parts=[])
    browser = browser_of(Role.VIEWER)
    address = reverse("admin:projects_app_project_changelist")

    def listed(query: str) -> list[str]:
        rows: Any = browser.get(address, {"q": query}).context["cl"].result_list
        return [row.name for row in rows]

    assert listed("MULLER bracket-1") == ["Gate"]
    assert listed("%") == []
    assert listed("") == ["Door", "Gate"]


def test_a_search_takes_as_many_statements_for_many_as_for_few() -> None:
    make_project("Gate 0", parts=[("Hinge", 1)])
    with CaptureQueriesContext(connection) as few:
        find("hinge")
    for number in range(30):
        make_project(f"Gate {number}", parts=[("Hinge", 1)])
    with CaptureQueriesContext(connection) as many:
        assert find("hinge").more
    assert len(few) == len(many) <= 7


@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_postgresql_finds_words_by_the_trigram_index() -> None:
    make_project("Gate")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
        for query in ("gate", "ga", "g"):
            rows = searched(Project.objects.all(), query).order_by()
            assert "projecttext_trigrams" in rows.explain(), query
