"""Files added on a project's page: several at once, each kept or refused on its own."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import connection
from django.urls import reverse

from operators_app.models import ActivityLog, Operator, User
from projects_app.models import DesignFile, Document, Project, ProjectStatus
from tests.desk import Desk, address, said
from tests.factories import make_client, make_part, make_project
from tests.projects_app.drawings import BRACKET, PDF, stored_files, upload


def test_a_refused_drawing_leaves_the_others_and_is_told_by_name(mary: Operator) -> None:
    project = make_project(drawings=0)
    files = [upload("a.dxf"), upload("evil.dxf", b"MZ this is no drawing"), upload("b.dxf")]
    page = Desk(mary).upload(project, "drawings", *files)
    assert [row.original_filename for row in project.design_files.all()] == ["a.dxf", "b.dxf"]
    assert len(stored_files()) == 2
    assert "Upload: 2 of 3 done: a.dxf, b.dxf." in said(page)
    assert "evil.dxf: The file is not a DXF drawing" in said(page)
    assert page.redirect_chain[-1][0] == address(Project, "change", project.pk)
    verbs = ActivityLog.objects.filter(target_type="project").values_list("verb", flat=True)
    assert list(verbs) == ["add_design_file"] * 2


def test_several_documents_each_of_its_kind(mary: Operator) -> None:
    project = make_project(
        status=ProjectStatus.REQUEST, pop_received=False, pop_received_date=None, quoted_price=None
    )
    files = [upload("q.pdf", PDF), upload("i.pdf", PDF + b"%"), upload("x.txt", b"text")]
    page = Desk(mary).upload(project, "documents", *files, kind=["quote", "invoice", "other"])
    kept = Document.objects.order_by("id").values_list("original_filename", "kind")
    assert list(kept) == [("q.pdf", "quote"), ("i.pdf", "invoice")]
    assert "x.txt: Only PDF, PNG and JPEG documents" in said(page)
    project.refresh_from_db()
    assert project.status == ProjectStatus.QUOTE_APPROVAL  # the quote document moved it


def test_what_is_said_once_holds_for_all_files(mary: Operator) -> None:
    project, desk = make_project(drawings=0), Desk(mary)
    part = project.project_parts.earliest("id").part
    desk.upload(project, "drawings", upload("a.dxf"), upload("b.dxf"), part=part.pk)
    assert {row.part_id for row in DesignFile.objects.all()} == {part.pk}
    desk.upload(project, "documents", upload("a.pdf", PDF), upload("b.pdf", PDF), kind="pop")
    assert {row.kind for row in Document.objects.all()} == {"pop"}


def test_many_refusals_are_told_with_the_first_and_counted(mary: Operator) -> None:
    files = [upload(f"{number}.dxf", b"MZ") for number in range(12)]
    page = Desk(mary).upload(make_project(drawings=0), "drawings", *files)
    assert "Upload: 0 of 12 done." in said(page)
    assert said(page).count("The file is not a DXF drawing") == 10
    assert "… and 2 more were refused." in said(page)


def test_choices_that_do_not_fit_the_files_are_refused(mary: Operator) -> None:
    project = make_project(drawings=0)
    part = project.project_parts.earliest("id").part
    files = [upload(name) for name in ("a.dxf", "b.dxf", "c.dxf")]
    page = Desk(mary).upload(project, "drawings", *files, part=[part.pk, ""])
    assert "Nothing was added: what was chosen for the files does not fit them" in said(page)
    assert not DesignFile.objects.exists()


@pytest.mark.parametrize("checks", [False, True])
def test_too_many_files_at_once_are_told_in_a_sentence(
    mary: Operator, settings: Any, *, checks: bool
) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    project, desk = make_project(drawings=0), Desk(mary)
    assert 'data-most-files="2"' in desk.open(project).content.decode()
    desk.browser.handler.enforce_csrf_checks = checks  # which read the form before the view does
    page = desk.upload(project, "drawings", *[upload(f"{number}.dxf") for number in range(3)])
    assert page.status_code == 400
    assert "Nothing was kept. More than 2 files cannot be sent at once" in page.content.decode()
    assert not DesignFile.objects.exists()


@pytest.mark.parametrize(
    ("part", "sentence"),
    [("foreign", "another client"), ("999999", "no such part"), ("'x'", "no such part"),
     ("9" * 30, "no such part")],
)  # fmt: skip
def test_the_part_of_a_drawing_is_one_that_it_may_have(
    mary: Operator, part: str, sentence: str
) -> None:
    project = make_project(drawings=0)
    foreign = make_part("Plate", make_client("Other"))
    chosen = foreign.pk if part == "foreign" else part
    page = Desk(mary).upload(project, "drawings", upload("a.dxf"), part=chosen)
    assert sentence in said(page)
    assert not DesignFile.objects.exists()
    assert stored_files() == []


def test_a_document_without_a_kind_is_refused_by_name(mary: Operator) -> None:
    page = Desk(mary).upload(make_project(), "documents", upload("q.pdf", PDF))
    assert "q.pdf: There is no such kind" in said(page)
    assert not Document.objects.exists()


def test_nothing_chosen_is_told(mary: Operator) -> None:
    project, desk = make_project(), Desk(mary)
    assert "No file was chosen" in said(desk.upload(project, "drawings"))
    place = reverse("admin:projects_app_project_upload", args=(project.pk, "drawings"))
    assert desk.browser.get(place).status_code == 302
    for pk, what in ((0, "drawings"), (project.pk, "secrets")):
        place = reverse("admin:projects_app_project_upload", args=(pk, what))
        assert desk.browser.post(place, {}).status_code == 404


def test_a_viewer_sees_no_way_to_add_files_and_has_none(victor: User, mary: Operator) -> None:
    project, desk = make_project(drawings=0), Desk(victor)
    assert 'name="files"' not in desk.open(project).content.decode()
    assert desk.upload(project, "drawings", upload()).status_code == 403
    assert not DesignFile.objects.exists()
    assert 'name="files"' in Desk(mary).open(project).content.decode()


def test_the_parts_offered_are_those_of_the_list_the_client_and_the_shop(mary: Operator) -> None:
    project = make_project(parts=[("Bracket-L", 25)])
    make_part("Own", project.client)
    make_part("Foreign", make_client("Other"))
    make_part("Everybody's")
    page = Desk(mary).open(project).content.decode()
    form = page[page.index('name="part"') : page.index("</select>", page.index('name="part"'))]
    places = [form.index(name) for name in ("Bracket-L", "Own", "Everybody&#x27;s")]
    assert places == sorted(places)
    assert "Foreign" not in form


def test_a_file_of_the_same_content_is_remarked_on_with_its_name(mary: Operator) -> None:
    project = make_project(drawings=0)
    page = Desk(mary).upload(project, "drawings", upload("a.dxf"), upload("b.dxf"))
    assert "b.dxf: The same file is in this project already: a.dxf." in said(page)


@pytest.mark.django_db(transaction=True)
def test_files_are_stored_before_anything_is_locked(
    mary: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, store, locked = make_project(drawings=0), FileSystemStorage.save, []

    def watched(self: Any, *args: Any, **kwargs: Any) -> str:
        locked.append(connection.in_atomic_block)
        return store(self, *args, **kwargs)

    monkeypatch.setattr(FileSystemStorage, "save", watched)
    desk = Desk(mary)
    desk.upload(project, "drawings", upload())
    desk.upload(project, "documents", upload("q.pdf", PDF), kind="quote")
    assert locked == [False, False]
    assert len(stored_files()) == 2


def test_files_do_not_disturb_who_has_the_form_open(mary: Operator) -> None:
    project, desk = make_project(drawings=0), Desk(mary)
    opened = desk.open(project)
    desk.upload(project, "drawings", upload())
    desk.save(project, opened, name="Renamed")
    project.refresh_from_db()
    assert project.name == "Renamed"


def test_a_drawing_is_downloaded_under_its_name_and_archived(mary: Operator, victor: User) -> None:
    project = make_project(drawings=0)
    desk = Desk(mary)
    desk.upload(project, "drawings", upload("a.dxf"))
    drawing = DesignFile.objects.get()
    answer: Any = Desk(victor).browser.get(address(DesignFile, "download", drawing.pk))
    assert b"".join(answer.streaming_content) == BRACKET
    assert answer["Content-Disposition"] == 'attachment; filename="a.dxf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert drawing.file.name not in desk.open(project).content.decode()
    assert "1 of 1 done" in said(desk.act(DesignFile, "archive", drawing))
    drawing.refresh_from_db()
    assert drawing.is_archived
    Desk(victor).act(DesignFile, "bring_back", drawing)
    drawing.refresh_from_db()
    assert drawing.is_archived
    assert desk.browser.get(address(DesignFile, "download", 0)).status_code == 404
