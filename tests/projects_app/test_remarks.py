"""What the office is told of without being refused: the same name, the same file; and what is."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from laseros.errors import InvalidInput
from operators_app.models import Operator
from operators_app.verbs import Actor
from projects_app import drawing
from projects_app.models import Client, Part, ProjectPart
from projects_app.verbs import add_design_file, add_document, create_client
from projects_app.verbs.project_parts import save_project_part
from tests.desk import Desk, said
from tests.factories import make_client, make_project, stamp

pytestmark = pytest.mark.django_db


def sheet() -> SimpleUploadedFile:
    """Return a drawing to upload."""
    return SimpleUploadedFile("flange.dxf", drawing.flange())


def test_a_second_client_of_the_same_name_is_remarked_on(mary: Operator, manager: Actor) -> None:
    assert create_client({"name": "ABC Ltd"}, by=manager).data["warnings"] == []
    page = Desk(mary).add(Client, {"name": "abc ltd", "is_active": "on"})
    assert "There is a client of this name already: CL0001." in said(page)
    assert Client.objects.count() == 2


def test_the_same_drawing_twice_in_a_project_is_remarked_on(manager: Actor) -> None:
    project = make_project(drawings=0)
    assert add_design_file(project.pk, sheet(), by=manager).data["warnings"] == []
    again = add_design_file(project.pk, sheet(), by=manager).data["warnings"]
    assert again == ["The same file is in this project already: flange.dxf."]


def test_a_file_of_another_client_is_remarked_on(manager: Actor) -> None:
    paper = b"%PDF-1.4\n%%EOF\n"
    theirs = make_project("Theirs")
    add_document(theirs.pk, "other", SimpleUploadedFile("a.pdf", paper), by=manager)
    ours = make_project("Ours", client=make_client("Other Ltd"))
    told = add_document(ours.pk, "other", SimpleUploadedFile("b.pdf", paper), by=manager).data
    assert told["warnings"] == [
        f"The same file belongs to ABC Manufacturing as well, in {theirs.project_code}."
    ]


def test_another_clients_part_is_refused(manager: Actor) -> None:
    project = make_project()
    part = Part.objects.create(
        number=77, part_number="PT00077", name="Lid", client=make_client("Other Ltd"), **stamp()
    )
    with pytest.raises(InvalidInput, match="belongs to another client"):
        save_project_part(project.pk, None, {"part": part, "quantity": 1}, by=manager)
    assert not ProjectPart.objects.filter(part=part).exists()
