"""Which part a drawing shows: proposed where there is only one, and mended afterwards."""

from __future__ import annotations

import pytest
from django.urls import reverse

from laseros import clock
from laseros.errors import Changed, InvalidInput, NotAllowed, NotFound
from operators_app.models import ActivityLog, Operator, User
from operators_app.telling import tell
from projects_app.models import DesignFile, Part, Project
from projects_app.verbs import assign_design_file
from tests.conftest import actor
from tests.desk import Desk, address, said
from tests.factories import make_part, make_project
from tests.projects_app.drawings import upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    """A project with one drawing, of no part in particular."""
    return make_project()


@pytest.fixture
def drawing(project: Project) -> DesignFile:
    """Its drawing."""
    return project.design_files.get()


@pytest.fixture
def part(project: Project) -> Part:
    """The first part of its list."""
    return project.project_parts.earliest("id").part


def test_a_drawing_is_given_its_part_and_loses_it_again(
    mary: Operator, project: Project, drawing: DesignFile, part: Part
) -> None:
    by = actor(mary)
    outcome = assign_design_file(drawing.pk, part.pk, by=by)
    drawing.refresh_from_db()
    project.refresh_from_db()
    assert drawing.part_id == part.pk
    assert project.seq == drawing.seq == outcome.seq
    assert assign_design_file(drawing.pk, part.pk, by=by).seq == 0  # nothing left to change
    assign_design_file(drawing.pk, None, by=by)
    assert DesignFile.objects.get(part=None) == drawing
    entries = ActivityLog.objects.filter(verb="assign_design_file").order_by("seq")
    told = tell(entries)
    assert told[0].sentence == f"Mary said which part the drawing {drawing} shows"
    assert [(one.label, one.new) for one in told[0].changes if "art" in one.label]


def test_only_a_part_of_the_list_is_given(mary: Operator, drawing: DesignFile, part: Part) -> None:
    by = actor(mary)
    for pk, code in ((make_part("Loose").pk, "part_not_listed"), (999_999, "unknown_part")):
        with pytest.raises(InvalidInput) as refusal:
            assign_design_file(drawing.pk, pk, by=by)
        assert refusal.value.code == code
    drawing.refresh_from_db()
    assert drawing.part_id is None


def test_the_wrong_person_an_old_version_and_no_drawing_are_refused(
    mary: Operator, olga: Operator, drawing: DesignFile, part: Part
) -> None:
    with pytest.raises(NotAllowed):
        assign_design_file(drawing.pk, part.pk, by=actor(olga))
    with pytest.raises(Changed):
        assign_design_file(
            drawing.pk, part.pk, by=actor(mary), updated_at=clock.now().replace(year=2020)
        )
    with pytest.raises(NotFound):
        assign_design_file(0, None, by=actor(mary))


def test_the_project_page_offers_it_beside_the_drawing(
    mary: Operator, victor: User, project: Project, drawing: DesignFile, part: Part
) -> None:
    desk, dialogs = Desk(mary), ("assign_part", "archive_now")
    places = [address(DesignFile, name, drawing.pk) for name in dialogs]
    pages = [Desk(one).open(project).content.decode() for one in (mary, victor)]
    assert [place in pages[0] for place in places] == [True, True]
    assert [place in pages[1] for place in places] == [False, False]
    asked = desk.browser.get(places[0]).content.decode()
    assert "Bracket-L" in asked
    assert "Bracket-R" in asked
    page = desk.dialog(drawing, "assign_part", part=part.pk)
    assert "was noted" in said(page)
    assert desk.browser.get(places[0]).content.decode().count("selected") == 1
    desk.dialog(drawing, "archive_now")
    drawing.refresh_from_db()
    assert (drawing.part_id, drawing.is_archived) == (part.pk, True)
    desk.dialog(drawing, "bring_back_now")
    desk.dialog(drawing, "assign_part", part="")
    drawing.refresh_from_db()
    assert (drawing.part_id, drawing.is_archived) == (None, False)
    assert Desk(victor).dialog(drawing, "archive_now").status_code == 403


def test_the_only_part_of_the_list_is_proposed_and_taken(mary: Operator) -> None:
    one = make_project(parts=[("Bracket-L", 25)], drawings=0)
    part = one.project_parts.get().part
    desk = Desk(mary)
    assert f'<option value="{part.pk}" selected>' in desk.open(one).content.decode()
    desk.upload(one, "drawings", upload("a.dxf"))
    desk.upload(one, "drawings", upload("b.dxf"), part="")  # said, not left out
    assert [row.part_id for row in one.design_files.order_by("id")] == [part.pk, None]


def test_of_several_parts_none_is_proposed(mary: Operator) -> None:
    several, desk = make_project(drawings=0), Desk(mary)
    page = desk.open(several).content.decode()
    form = page[page.index('name="part"') : page.index("</select>", page.index('name="part"'))]
    assert "selected" not in form
    desk.upload(several, "drawings", upload("a.dxf"))
    assert several.design_files.get().part_id is None


@pytest.mark.parametrize(
    ("back", "leads"),
    [("/admin/", True), ("https://elsewhere.example/admin/", False), ("/api/", False)],
)
def test_an_upload_leads_back_to_where_it_was_asked_for(
    mary: Operator, back: str, leads: bool
) -> None:
    empty, desk = make_project(drawings=0), Desk(mary)
    place = address(Project, "change", empty.pk)
    page = desk.browser.get(place, {"fill": "id_new_drawings", "back": back}).content.decode()
    assert ('name="back" value="/admin/"' in page) == leads
    refused = desk.upload(empty, "drawings", upload("a.dxf", b"MZ no drawing"), back=back)
    assert refused.redirect_chain[-1][0] == place  # there is something to mend
    added = desk.upload(empty, "drawings", upload("a.dxf"), back=back)
    assert added.redirect_chain[-1][0] == (reverse("admin:index") if leads else place)
    assert 'name="back"' not in desk.open(empty).content.decode()


def test_a_drawings_page_tells_in_words_what_it_is_made_of(
    mary: Operator, drawing: DesignFile
) -> None:
    page = Desk(mary).open(drawing).content.decode()
    assert "{}" not in page  # nothing is in it
    drawing.layers, drawing.entity_counts = ["INNER", "OUTER"], {"LWPOLYLINE": 5, "CIRCLE": 4}
    drawing.save()
    page = Desk(mary).open(drawing).content.decode()
    assert "INNER, OUTER" in page
    assert "4 × CIRCLE, 5 × LWPOLYLINE" in page
