"""Drawings and uploads for tests."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ezdxf
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django_q.models import OrmQ

from operators_app.verbs import Actor
from projects_app import drawing
from projects_app.dxf import DxfFacts, read_dxf
from projects_app.dxf_problems import UnreadableDrawing
from projects_app.models import DesignFile, Project
from projects_app.verbs import add_design_file, create_client, create_project
from projects_app.verbs.files import READ_JOB

Box = tuple[float, float, float, float]  # min x, min y, max x, max y
REAL = Path(settings.BASE_DIR).parent / "shared" / "data" / "dxf"
WHY_NOT_REAL = "the folder of real drawings, ../shared/data/dxf, is absent"

BRACKET = drawing.bracket()
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(20)
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(20)


def upload(name: str = "bracket.dxf", content: bytes = BRACKET) -> SimpleUploadedFile:
    """Return a file as Django hands it to a view."""
    return SimpleUploadedFile(name, content)


def make_project(manager: Actor, client_name: str = "ABC Manufacturing") -> Project:
    """Return a new project of a new client."""
    client = create_client({"name": client_name}, by=manager).data["id"]
    made = create_project(client_id=client, name="Brackets", by=manager)
    return Project.objects.get(pk=made.data["project"]["id"])


def make_drawing(manager: Actor, name: str = "bracket.dxf", content: bytes = BRACKET) -> DesignFile:
    """Return an uploaded drawing, not read yet, of a project of its own."""
    project = make_project(manager)
    outcome = add_design_file(project.pk, upload(name, content), by=manager)
    return DesignFile.objects.get(pk=outcome.data["design_file"]["id"])


def stored_files() -> list[Path]:
    """Return every file in the storage."""
    return sorted(path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file())


def waiting_jobs() -> list[int]:
    """Return the ids of the drawings that a job waits to read."""
    return list(_reading(OrmQ.objects.order_by("pk")))


def _reading(jobs: Any) -> Iterator[int]:
    for job in jobs:
        task = job.task
        if task["func"] == READ_JOB:
            yield task["args"][0]


def sheet(units: int = 4, version: str = "R2010") -> Any:
    """Return an empty drawing of ezdxf; `units` as in $INSUNITS (4: mm)."""
    return ezdxf.new(version, units=units)


def dxf_bytes(document: Any, fmt: str = "asc") -> bytes:
    """Return the file of a drawing, ASCII or binary (`bin`)."""
    if fmt == "bin":
        binary = io.BytesIO()
        document.write(binary, fmt="bin")
        return binary.getvalue()
    text = io.StringIO()
    document.write(text)
    return text.getvalue().encode(document.encoding)


def entities_only(*entities: str) -> bytes:
    """Return the shortest DXF there is, with these entities (group codes, blank-separated)."""
    lines = [
        "0",
        "SECTION",
        "2",
        "ENTITIES",
        *" ".join(entities).split(),
        "0",
        "ENDSEC",
        "0",
        "EOF",
    ]
    return ("\n".join(lines) + "\n").encode()


def read(tmp_path: Path, content: bytes) -> DxfFacts:
    """Read a drawing from its bytes."""
    path = tmp_path / "drawing.dxf"
    path.write_bytes(content)
    return read_dxf(path)


def reason(tmp_path: Path, content: bytes) -> str:
    """Return why a drawing cannot be read."""
    with pytest.raises(UnreadableDrawing) as refusal:
        read(tmp_path, content)
    return str(refusal.value)


def box(facts: DxfFacts) -> Box:
    """Return the box as one value."""
    return facts.min_x_mm, facts.min_y_mm, facts.max_x_mm, facts.max_y_mm
