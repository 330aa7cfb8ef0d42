"""The verbs of the list of parts that a project makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from laseros.errors import InvalidInput
from operators_app.verbs import Call, Outcome, Run, Target, checked_save, run_verb
from projects_app.models import Project, ProjectPart
from projects_app.verbs.files import check_part
from projects_app.verbs.projects import NO_PROJECT

NO_LINE = gettext_lazy("This part is not in the project any more.")


def save_project_part(
    project_id: int, line_id: int | None, changes: Mapping[str, Any], **call: Unpack[Call]
) -> Outcome:
    """Add a part to a project (`line_id` None) or change the line; `changes`: part, quantity.

    The project is stamped too, for it looks different. Returns {"id": …}. Raises InvalidInput
    for a quantity below one, for a part that the project has already, and for another client's.
    """
    call["by"].require_manager()

    def write(run: Run) -> dict[str, Any]:
        project = run.lock(Project, project_id, NO_PROJECT)
        line = _line_of(run, project, line_id) if line_id else ProjectPart(project=project)
        part = changes.get("part")
        check_part(part.pk if part else None, project)
        if checked_save(run, line, changes):
            run.touch(project)
        return {"id": line.pk}

    given = {"line_id": line_id, **{name: str(value) for name, value in changes.items()}}
    return run_verb("save_project_part", Target("project", project_id), given, write, **call)


def remove_project_part(project_id: int, line_id: int, **call: Unpack[Call]) -> Outcome:
    """Take a part out of a project; what was cut of it stays in the laser runs.

    Raises InvalidInput for a line of another project.
    """
    call["by"].require_manager()

    def write(run: Run) -> dict[str, Any]:
        project = run.lock(Project, project_id, NO_PROJECT)
        run.remove(_line_of(run, project, line_id))
        run.touch(project)
        return {"id": line_id}

    given = {"line_id": line_id}
    return run_verb("remove_project_part", Target("project", project_id), given, write, **call)


def _line_of(run: Run, project: Project, line_id: int) -> ProjectPart:
    """Return a line, locked; raise InvalidInput for one of another project."""
    line = run.lock(ProjectPart, line_id, NO_LINE)
    if line.project_id != project.pk:
        raise InvalidInput.on("project", _("A line stays in its project."))
    return line
