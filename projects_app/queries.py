"""Reads of projects: a list in a fixed number of statements, whatever its length."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from projects_app.completeness import missing_fields
from projects_app.models import DesignFile, Project, ProjectPart, ProjectStatus

PROJECT_COLUMNS = (
    "id", "project_code", "name", "description", "client_id", "client__name",
    "client__contact_person", "status", "material__name", "material_thickness",
    "material_quantity_sheets", "estimated_cut_time", "drawing_creation_time", "parts_quantity",
    "preset_id", "preset__preset_name", "pop_received", "pop_received_date", "pop_deadline",
    "due_date", "quoted_price", "notes", "created_at", "updated_at", "seq",
)  # fmt: skip

PartsAndFiles = tuple[dict[int, list[dict[str, Any]]], dict[int, list[dict[str, Any]]]]


def parts_and_files(project_ids: Iterable[int]) -> PartsAndFiles:
    """Return the parts and the drawings of these projects, by project id, in two statements."""
    ids = list(project_ids)
    parts: dict[int, list[dict[str, Any]]] = defaultdict(list)
    files: dict[int, list[dict[str, Any]]] = defaultdict(list)
    lines = ProjectPart.objects.filter(project_id__in=ids).order_by("id")
    for project_id, name, quantity in lines.values_list("project_id", "part__name", "quantity"):
        parts[project_id].append({"name": name, "quantity": quantity})
    drawings = DesignFile.objects.filter(project_id__in=ids, is_archived=False).order_by("id")
    columns = ("project_id", "id", "original_filename", "file_size", "created_at")
    for project_id, pk, name, size, uploaded in drawings.values_list(*columns):
        files[project_id].append(
            {"id": pk, "filename": name, "file_size": size, "upload_date": uploaded}
        )
    return parts, files


def project_rows(
    projects: QuerySet[Project], limit: int, offset: int
) -> tuple[list[dict[str, Any]], PartsAndFiles]:
    """Return one page of projects as plain rows, newest first, with their parts and drawings."""
    rows = list(projects.order_by("-id").values(*PROJECT_COLUMNS)[offset : offset + limit])
    return rows, parts_and_files(row["id"] for row in rows)


def projects_by_status(status: str) -> QuerySet[Project]:
    """Return the projects of a status slug.

    `unscheduled` are those approved and not in the queue. An approved project is never in the
    queue, for entering it makes it `queued`: so the two slugs mean the same rows.
    """
    if status == "all":
        return Project.objects.all()
    slug = ProjectStatus.APPROVED_POP.value if status == "unscheduled" else status
    return Project.objects.filter(status=slug)


def missing_of(project: Project) -> list[str]:
    """Return what a cut still needs of this project."""
    drawings = project.design_files.filter(is_archived=False)
    return missing_fields(
        {
            "material_type": project.material_id,
            "material_thickness": project.material_thickness,
            "raw_plate_count": project.material_quantity_sheets,
            "parts": project.project_parts.exists(),
            "estimated_cut_time": project.estimated_cut_time,
            "preset": project.preset_id,
            "dxf_files": drawings.exists(),
        }
    )


def parts_ordered(project: Project) -> int | None:
    """Return how many parts were ordered: the sum of the list, else the number agreed upon."""
    quantities = list(project.project_parts.values_list("quantity", flat=True))
    return sum(quantities) if quantities else project.parts_quantity
