"""Reads of projects: a list in a fixed number of statements, whatever its length."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import BigAutoField, F, Q, QuerySet

from laseros.compiled import Columns, CompiledQuery, Given, Row
from laseros.functions import Among, IdsField, IsoTime
from projects_app.completeness import missing_fields
from projects_app.models import DesignFile, Part, Project, ProjectPart, ProjectStatus

# What a row of a project holds, by the API's names.
PROJECT_COLUMNS: Columns = {
    "id": "id",
    "project_code": "project_code",
    "name": "name",
    "client_name": "client__name",
    "status": "status",
    "material_type": "material__name",
    "material_thickness": "material_thickness",
    "raw_plate_count": "material_quantity_sheets",
    "estimated_cut_time": "estimated_cut_time",
    "drawing_time": "drawing_creation_time",
    "parts_quantity": "parts_quantity",
    "preset_id": "preset_id",
    "preset_name": "preset__preset_name",
    "pop_received": "pop_received",
    "pop_deadline": "pop_deadline",
    "due_date": "due_date",
    "updated_at": IsoTime("updated_at"),
    "seq": "seq",
}
DETAIL_COLUMNS: Columns = {
    **PROJECT_COLUMNS,
    "description": "description",
    "client_id": "client_id",
    "client_contact": "client__contact_person",
    "pop_received_date": "pop_received_date",
    "quoted_price": "quoted_price",
    "notes": "notes",
    "created_at": IsoTime("created_at"),
}
FILE_COLUMNS: Columns = {"id": "id", "filename": "original_filename"}
FILE_DETAIL_COLUMNS: Columns = {
    **FILE_COLUMNS,
    "file_size": "file_size",
    "upload_date": IsoTime("created_at"),
}

Lists = dict[int, list[Row]]


def _parts(ids: Given) -> QuerySet[ProjectPart]:
    return ProjectPart.objects.filter(Among("project_id", ids)).order_by("id")


def _files(ids: Given) -> QuerySet[DesignFile]:
    return DesignFile.objects.filter(Among("project_id", ids), is_archived=False).order_by("id")


PARTS = CompiledQuery(
    _parts,
    {"project_id": "project_id", "name": "part__name", "quantity": "quantity"},
    ids=IdsField(),
)
FILES = CompiledQuery(_files, {"project_id": "project_id", **FILE_COLUMNS}, ids=IdsField())
FILES_IN_DETAIL = CompiledQuery(
    _files, {"project_id": "project_id", **FILE_DETAIL_COLUMNS}, ids=IdsField()
)


def parts_and_files(project_ids: Iterable[int], *, in_detail: bool = False) -> tuple[Lists, Lists]:
    """Return the parts and the drawings of these projects, by project id, in two statements."""
    ids = list(project_ids)
    drawings = FILES_IN_DETAIL if in_detail else FILES
    return _by_project(PARTS.rows(ids=ids)), _by_project(drawings.rows(ids=ids))


def _by_project(rows: list[Row]) -> Lists:
    lists: Lists = defaultdict(list)
    for row in rows:
        lists[row.pop("project_id")].append(row)
    return lists


def _page(status: str, limit: int, offset: int) -> QuerySet[Project]:
    return projects_by_status(status).order_by("-id")[offset : offset + limit]


def _one(pk: Given) -> QuerySet[Project]:
    return Project.objects.filter(pk=pk)


PAGE = CompiledQuery(_page, PROJECT_COLUMNS)
ONE = CompiledQuery(_one, DETAIL_COLUMNS, pk=BigAutoField())


def project_rows(status: str, limit: int, offset: int) -> list[Row]:
    """Return one page of the projects of a status slug as plain rows, newest first, each with its
    parts and drawings."""
    rows = PAGE.rows(status, limit, offset)
    parts, files = parts_and_files(row["id"] for row in rows)
    for row in rows:
        row["parts"], row["dxf_files"] = parts[row["id"]], files[row["id"]]
    return rows


def project_row(pk: int) -> Row | None:
    """Return one project in detail as a plain row, with its parts and drawings."""
    rows = ONE.rows(pk=pk)
    if not rows:
        return None
    parts, files = parts_and_files([pk], in_detail=True)
    return {**rows[0], "parts": parts[pk], "dxf_files": files[pk]}


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
            "parts_quantity": project.parts_quantity,
            "estimated_cut_time": project.estimated_cut_time,
            "preset": project.preset_id,
            "dxf_files": drawings.exists(),
        }
    )


def parts_for(client_id: int) -> QuerySet[Part]:
    """Return the parts that a client's projects may name: the client's own first, the shop's."""
    rows = Part.objects.filter(Q(client_id=client_id) | Q(client=None), is_active=True)
    return rows.order_by(F("client_id").asc(nulls_last=True), "name", "id")


def parts_ordered(project: Project) -> int | None:
    """Return how many parts were ordered: the sum of the list, else the number agreed upon."""
    quantities = [row["quantity"] for row in PARTS.rows(ids=[project.pk])]
    return sum(quantities) if quantities else project.parts_quantity
