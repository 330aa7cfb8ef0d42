"""The verb that keeps the picture of a drawing, as a background job drew it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any, Unpack

from django.core.files.base import ContentFile

from operators_app.verbs import Call, Outcome, Run, Target, run_verb
from projects_app.dxf_problems import UnreadableDrawing
from projects_app.models import DesignFile
from projects_app.shelves import shelf
from projects_app.verbs.files import NO_DRAWING, PROBLEM_LENGTH

DRAW_JOB = "projects_app.jobs.draw_design_file"


def record_preview(
    design_file_id: int, picture: bytes | UnreadableDrawing, **call: Unpack[Call]
) -> Outcome:
    """Keep a drawing's picture (SVG), or why there is none.

    A drawing that has its picture keeps it: jobs may run more than once. The project is not
    stamped, for a phone shows no picture. Returns {"id", "preview"}. Raises NotFound,
    or Unavailable where the disk does not take the picture.
    """
    call["by"].require_manager()
    problem = str(picture)[:PROBLEM_LENGTH] if isinstance(picture, UnreadableDrawing) else ""
    with _kept(picture) as stored:

        def write(run: Run) -> dict[str, Any]:
            row = run.lock(DesignFile, design_file_id, NO_DRAWING)
            if not row.preview:
                run.save(row, preview=stored, preview_problem=problem)
            return {"id": row.pk, "preview": row.preview.name}

        target = Target("designfile", design_file_id)
        return run_verb("record_preview", target, {"preview": bool(stored)}, write, **call)


def _kept(picture: bytes | UnreadableDrawing) -> AbstractContextManager[str]:
    if isinstance(picture, UnreadableDrawing):
        return nullcontext("")
    return shelf(DesignFile(), "preview", ContentFile(picture), "picture.svg")
