"""Drawings and documents of a project: kept as they came, read by a job, archived, never deleted.

The rules are those of DESIGN and of the issue “The core”, section 6: judged by content, stored
under a random name, what cannot be read is kept and marked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Unpack

from django.core.files.base import File
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_q.tasks import async_task

from laseros.errors import InvalidInput
from laseros.languages import Text, filled_in
from operators_app.verbs import Call, Outcome, Run, Target, run_verb
from projects_app.dxf import DxfFacts
from projects_app.dxf_problems import UnreadableDrawing
from projects_app.models import (
    DesignFile,
    Document,
    DocumentKind,
    Part,
    Project,
    ReadState,
)
from projects_app.shelves import Stored, store
from projects_app.uploads import Upload, check_document, check_drawing
from projects_app.verbs.projects import NO_PROJECT, advance_to_quote

READ_JOB = "projects_app.jobs.read_design_file"
NO_DRAWING = gettext_lazy("There is no such drawing.")
NO_DOCUMENT = gettext_lazy("There is no such document.")
PROBLEM_LENGTH = 300


class Shelved(NamedTuple):
    """An upload that was checked and stored before any row refers to it."""

    stored: Stored
    checked: Upload


def shelve_drawing(upload: File[bytes]) -> Shelved:
    """Check and store a drawing, for `add_design_file`: outside of any transaction, for it is slow.

    Raises InvalidInput with the code `not_a_dxf`, `file_empty` or `file_too_large`, Unavailable
    where the disk does not take it.
    """
    return _shelve(DesignFile(), check_drawing(upload))


def shelve_document(upload: File[bytes]) -> Shelved:
    """Check and store a document, for `add_document`: outside of any transaction, for it is slow.

    Raises InvalidInput with the code `unknown_document_type`, `file_empty` or `file_too_large`,
    Unavailable where the disk does not take it.
    """
    checked = check_document(upload)
    return _shelve(Document(content_type=checked.content_type), checked)


def _shelve(row: DesignFile | Document, checked: Upload) -> Shelved:
    return Shelved(store(row, "file", checked.file, checked.name), checked)


@contextmanager
def _on_the_shelf(
    upload: File[bytes], shelve: Callable[[File[bytes]], Shelved]
) -> Iterator[Shelved]:
    """Shelve an upload for as long as a verb takes."""
    shelved = shelve(upload)
    try:
        yield shelved
    finally:
        shelved.stored.discard()


def add_design_file(
    project_id: int, upload: File[bytes], *, part_id: int | None = None, **call: Unpack[Call]
) -> Outcome:
    """Keep a DXF drawing for a project and have it read in the background.

    Returns {"design_file", "warnings"}. Raises InvalidInput with the code `unknown_part` or
    `part_of_another_client`, or what `shelve_drawing` raises; NotFound for the project.
    """
    call["by"].require_manager()
    with _on_the_shelf(upload, shelve_drawing) as shelved:

        def write(run: Run) -> dict[str, Any]:
            project = run.lock(Project, project_id, NO_PROJECT)
            check_part(part_id, project)
            row = DesignFile(project=project, part_id=part_id, **columns_of(run, shelved.checked))
            run.save(row, file=shelved.stored.name)
            run.touch(project)
            async_task(READ_JOB, row.pk)
            return {"design_file": _design_file_brief(row), "warnings": _seen_before(row)}

        given = {"part_id": part_id, **_given(shelved.checked)}
        return run_verb("add_design_file", Target("project", project_id), given, write, **call)


def add_document(project_id: int, kind: str, upload: File[bytes], **call: Unpack[Call]) -> Outcome:
    """Keep a PDF, PNG or JPEG document for a project; a quote moves a Request to Quote & Approval.

    Returns {"document", "warnings"}. Raises InvalidInput for an unknown kind, or what
    `shelve_document` raises; NotFound for the project.
    """
    call["by"].require_manager()
    if kind not in DocumentKind.values:
        raise InvalidInput.on("kind", _("There is no such kind of document."))
    with _on_the_shelf(upload, shelve_document) as shelved:

        def write(run: Run) -> dict[str, Any]:
            project = run.lock(Project, project_id, NO_PROJECT)
            row = Document(project=project, kind=kind, **columns_of(run, shelved.checked))
            run.save(row, file=shelved.stored.name, content_type=shelved.checked.content_type)
            if kind == DocumentKind.QUOTE:
                advance_to_quote(run, project)
            run.touch(project)
            return {"document": document_brief(row), "warnings": _seen_before(row)}

        given = {"kind": kind, **_given(shelved.checked)}
        return run_verb("add_document", Target("project", project_id), given, write, **call)


def record_reading(
    design_file_id: int, reading: DxfFacts | UnreadableDrawing, **call: Unpack[Call]
) -> Outcome:
    """Note what the background job found in a drawing, or why it cannot be read.

    A drawing that was read already stays as it is: jobs may run more than once.
    Returns {"design_file": …}. Raises NotFound.
    """
    call["by"].require_manager()

    def write(run: Run) -> dict[str, Any]:
        row, project = _lock_with_project(run, DesignFile, design_file_id, NO_DRAWING)
        if row.read_state == ReadState.PENDING:
            run.save(row, **_read_columns(reading))
            run.touch(project)
        return {"design_file": _design_file_brief(row)}

    target = Target("designfile", design_file_id)
    return run_verb("record_reading", target, {"reading": str(reading)}, write, **call)


def assign_design_file(design_file_id: int, part_id: int | None, **call: Unpack[Call]) -> Outcome:
    """Say which part of its project's list a drawing shows; `part_id` None: no part in particular.

    Returns {"design_file": …}. Raises InvalidInput with the code `part_not_listed` or what
    `check_part` raises, Changed for a drawing that is not as the caller saw it, or NotFound.
    """
    call["by"].require_manager()

    def write(run: Run) -> dict[str, Any]:
        row, project = _lock_with_project(run, DesignFile, design_file_id, NO_DRAWING)
        run.check_unchanged(row, lambda: _design_file_brief(row))
        if part_id != row.part_id:
            check_part(part_id, project)
            _check_listed(part_id, project)
        if run.save(row, part_id=part_id):
            run.touch(project)
        return {"design_file": _design_file_brief(row)}

    target = Target("designfile", design_file_id)
    return run_verb("assign_design_file", target, {"part_id": part_id}, write, **call)


def archive_design_file(
    design_file_id: int, archived: bool = True, **call: Unpack[Call]
) -> Outcome:
    """Take a drawing out of what is cut, or (`archived` False) back in; the file is kept."""
    return _archive(DesignFile, design_file_id, archived, _design_file_brief, NO_DRAWING, call)


def archive_document(document_id: int, archived: bool = True, **call: Unpack[Call]) -> Outcome:
    """Put a document away, or (`archived` False) back; the file is kept."""
    return _archive(Document, document_id, archived, document_brief, NO_DOCUMENT, call)


def _archive(
    model: type[DesignFile] | type[Document],
    pk: int,
    archived: bool,
    brief: Callable[[Any], dict[str, Any]],
    missing: Text,
    call: Call,
) -> Outcome:
    call["by"].require_manager()
    name = "design_file" if model is DesignFile else "document"

    def write(run: Run) -> dict[str, Any]:
        row, project = _lock_with_project(run, model, pk, missing)
        run.check_unchanged(row, lambda: brief(row))
        if run.save(row, is_archived=archived):
            run.touch(project)
        return {name: brief(row)}

    target = Target(str(model._meta.model_name), pk)
    return run_verb(f"archive_{name}", target, {"archived": archived}, write, **call)


def _lock_with_project(run: Run, model: type[Any], pk: int, missing: Text) -> tuple[Any, Project]:
    """Return a file's row and its project's, both locked, for the project looks different too."""
    row = run.lock(model, pk, missing)
    return row, run.lock(Project, row.project_id, NO_PROJECT)


def _seen_before(row: DesignFile | Document) -> list[Text]:
    """Remark on a file that is here already, or in the project of another client."""
    same = type(row)._base_manager.filter(sha256=row.sha256, is_archived=False)
    same = same.exclude(pk=row.pk).select_related("project__client").order_by("pk")
    if here := same.filter(project_id=row.project_id).first():
        told = gettext_lazy("The same file is in this project already: %(name)s.")
        return [filled_in(told, name=here.original_filename)]
    if there := same.exclude(project__client_id=row.project.client_id).first():
        told = gettext_lazy("The same file belongs to %(client)s as well, in %(code)s.")
        project = there.project
        return [filled_in(told, client=project.client.name, code=project.project_code)]
    return []


def check_part(part_id: int | None, project: Project) -> None:
    """Raise InvalidInput for a part that is not there, or is another client's."""
    if part_id is None:
        return
    part = Part.objects.filter(pk=part_id).first()
    if part is None:
        raise InvalidInput.on("part", _("There is no such part."), "unknown_part")
    if part.client_id not in {None, project.client_id}:
        raise InvalidInput.on(
            "part", _("This part belongs to another client."), "part_of_another_client"
        )


def _check_listed(part_id: int | None, project: Project) -> None:
    """Raise InvalidInput for a part that is not in the project's list."""
    if part_id is not None and not project.project_parts.filter(part_id=part_id).exists():
        told = _("This part is not in the project's list of parts; enter it there first.")
        raise InvalidInput.on("part", told, "part_not_listed")


def columns_of(run: Run, checked: Upload) -> dict[str, Any]:
    """Return what a row keeps of the upload itself."""
    return {
        "original_filename": checked.name,
        "file_size": checked.size_bytes,
        "sha256": checked.sha256,
        "uploaded_by_id": run.by.user_id,
    }


def _given(checked: Upload) -> dict[str, Any]:
    return {"name": checked.name, "sha256": checked.sha256}


def _read_columns(reading: DxfFacts | UnreadableDrawing) -> dict[str, Any]:
    """Return the columns of a drawing that was read, or could not be."""
    if isinstance(reading, UnreadableDrawing):
        return {
            "read_state": ReadState.UNREADABLE.value,
            "read_problem": str(reading)[:PROBLEM_LENGTH],
        }
    box = ("min_x_mm", "min_y_mm", "max_x_mm", "max_y_mm")
    return {
        "read_state": ReadState.READY.value,
        "units": reading.units,
        "width_mm": reading.width_mm,
        "height_mm": reading.height_mm,
        "bounding_box_mm": {name.removesuffix("_mm"): getattr(reading, name) for name in box},
        "layers": reading.layers,
        "entity_counts": reading.entity_counts,
    }


def _design_file_brief(row: DesignFile) -> dict[str, Any]:
    return {
        "id": row.pk,
        "project_id": row.project_id,
        "filename": row.original_filename,
        "file_size": row.file_size,
        "sha256": row.sha256,
        "read_state": row.read_state,
        "is_archived": row.is_archived,
        "seq": row.seq,
    }


def document_brief(row: Document) -> dict[str, Any]:
    """Return a document as the verbs give it."""
    return {
        "id": row.pk,
        "number": row.number,
        "project_id": row.project_id,
        "kind": row.kind,
        "filename": row.original_filename,
        "content_type": row.content_type,
        "file_size": row.file_size,
        "sha256": row.sha256,
        "is_archived": row.is_archived,
        "seq": row.seq,
    }
