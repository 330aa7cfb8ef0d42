"""The picture of a drawing: drawn by a job in a limited process, kept, served safely."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from operators_app.models import ActivityLog, Operator, User
from operators_app.verbs import Actor
from projects_app import drawing as shapes
from projects_app import jobs
from projects_app.dxf_picture import draw, draw_apart
from projects_app.dxf_problems import UnreadableDrawing
from projects_app.models import DesignFile, Project, ReadState
from projects_app.verbs import add_design_file
from projects_app.verbs.previews import record_preview
from tests.desk import Desk, address
from tests.factories import make_drawing, make_project
from tests.projects_app.drawings import stored_files

SVG = b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>"


@pytest.fixture
def flange(tmp_path: Path) -> Path:
    """A drawing on the disk."""
    path = tmp_path / "flange.dxf"
    path.write_bytes(shapes.flange())
    return path


def uploaded(project: Project, by: Actor) -> DesignFile:
    """Return a drawing that was uploaded and read."""
    file = SimpleUploadedFile("flange.dxf", shapes.flange())
    pk = add_design_file(project.pk, file, by=by).data["design_file"]["id"]
    DesignFile.objects.filter(pk=pk).update(read_state=ReadState.READY, width_mm=1, height_mm=1)
    return DesignFile.objects.get(pk=pk)


def test_a_picture_shows_what_is_cut(flange: Path) -> None:
    picture = draw(flange)
    assert picture.count(b"<path") >= 1
    assert b"non-scaling-stroke" in picture
    assert b"<script" not in picture


def test_it_is_drawn_in_a_process_of_its_own(flange: Path, tmp_path: Path) -> None:
    assert b"<svg" in draw_apart(flange)
    broken = tmp_path / "broken.dxf"
    broken.write_bytes(shapes.flange()[:2000])
    with pytest.raises(UnreadableDrawing, match="ends in the middle"):
        draw_apart(broken)
    with pytest.raises(UnreadableDrawing, match="too many details for a picture"):
        draw_apart(flange, wall_seconds=0.01)


@pytest.mark.django_db
def test_the_job_draws_once_and_leaves_the_project_as_it_was(manager: Actor) -> None:
    project = make_project(drawings=0)
    row = uploaded(project, manager)
    project.refresh_from_db()
    seq = project.seq
    jobs.draw_design_file(row.pk)
    row.refresh_from_db()
    project.refresh_from_db()
    assert str(row.preview.name).startswith("previews/")
    assert project.seq == seq
    entries = ActivityLog.objects.count()
    jobs.draw_design_file(row.pk)
    record_preview(row.pk, SVG, by=Actor.system())
    assert ActivityLog.objects.count() == entries
    assert len(stored_files()) == 2


@pytest.mark.django_db
def test_a_drawing_that_cannot_be_drawn_says_why(
    manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = uploaded(make_project(drawings=0), manager)

    def refuse(path: Path) -> bytes:
        raise UnreadableDrawing("Too many details.")

    monkeypatch.setattr(jobs, "draw_apart", refuse)
    jobs.draw_design_file(row.pk)
    row.refresh_from_db()
    assert (row.preview.name, row.preview_problem) == ("", "Too many details.")


@pytest.mark.django_db
def test_a_picture_is_sent_so_that_it_can_do_nothing(mary: Operator, victor: User) -> None:
    row = make_drawing(make_project(drawings=0))
    assert Desk(mary).browser.get(address(DesignFile, "open", row.pk)).status_code == 404
    row.preview.save("x.svg", ContentFile(SVG))
    for person in (mary, victor):
        answer: Any = Desk(person).browser.get(address(DesignFile, "open", row.pk))
        assert b"".join(answer.streaming_content) == SVG
        assert answer["Content-Type"] == "image/svg+xml"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert "sandbox" in answer["Content-Security-Policy"]
    page = Desk(mary).open(row.project).content.decode()
    assert f'<img src="{address(DesignFile, "open", row.pk)}"' in page


@pytest.mark.django_db
def test_nobody_sees_a_picture_without_signing_in(client: Any, mary: Operator) -> None:
    row = make_drawing(make_project(drawings=0))
    row.preview.save("x.svg", ContentFile(SVG))
    answer = client.get(address(DesignFile, "open", row.pk))
    assert answer.status_code == 302
