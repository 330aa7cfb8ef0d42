"""Shapes of projects as the API tells them (contract, section 5.3), and of what it takes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from laseros import clock
from laseros.languages import source_text
from laseros.schema import DoneAnswer, SuccessAnswer
from operators_app.fields import CountField, IdField, NoteField, ThicknessField
from operators_app.serializers import PageQuery, VerbBody
from presets_app.fields import MaterialField
from projects_app.completeness import data_completeness, missing_fields
from projects_app.models import Project, ProjectStatus

# The contract names a project's status by its label: the English one, whoever asks.
LABELS = {status.value: source_text(status.label) for status in ProjectStatus}
STATUS_LABELS = list(LABELS.values())
STATUS_SLUGS = [*ProjectStatus.values, "unscheduled", "all"]


class ProjectListQuery(PageQuery):
    """Which projects."""

    status = serializers.ChoiceField(choices=STATUS_SLUGS, default="unscheduled")


class ProjectPatchBody(VerbBody):
    """What the phone may change of a project (contract, section 5.3)."""

    material_type = MaterialField(required=False, allow_null=True)
    material_thickness = ThicknessField(required=False, allow_null=True)
    raw_plate_count = CountField(required=False, allow_null=True)
    estimated_cut_time = CountField(required=False, allow_null=True)
    preset_id = IdField(required=False, allow_null=True)
    notes = NoteField()


# The API's names of a project's columns, where they differ.
PATCH_COLUMNS = {"material_type": "material", "raw_plate_count": "material_quantity_sheets"}


class PartLine(serializers.Serializer[Any]):
    """A part and how many of it."""

    name = serializers.CharField()
    quantity = serializers.IntegerField()


class FileBrief(serializers.Serializer[Any]):
    """A drawing in a list."""

    id = IdField()
    filename = serializers.CharField()


class FileLine(FileBrief):
    """A drawing in detail."""

    file_size = serializers.IntegerField(help_text="Bytes.")
    upload_date = serializers.DateTimeField()


class ProjectShape(serializers.Serializer[Any]):
    """What list and detail share."""

    id = IdField()
    project_code = serializers.CharField()
    name = serializers.CharField()
    client_name = serializers.CharField()
    status = serializers.ChoiceField(choices=STATUS_LABELS, help_text="The label.")
    material_type = serializers.CharField(allow_null=True)
    material_thickness = serializers.FloatField(allow_null=True, help_text="mm")
    raw_plate_count = serializers.IntegerField(allow_null=True)
    estimated_cut_time = serializers.IntegerField(allow_null=True, help_text="Minutes.")
    drawing_time = serializers.IntegerField(allow_null=True, help_text="Minutes.")
    parts_quantity = serializers.IntegerField(allow_null=True)
    parts = PartLine(many=True)
    preset_id = serializers.IntegerField(allow_null=True)
    preset_name = serializers.CharField(allow_null=True)
    pop_received = serializers.BooleanField()
    pop_deadline = serializers.DateField(allow_null=True)
    due_date = serializers.DateField(allow_null=True)
    data_completeness = serializers.IntegerField(help_text="Per cent.")
    missing_fields = serializers.ListField(child=serializers.CharField())
    updated_at = serializers.DateTimeField()
    seq = serializers.IntegerField()


class ProjectInList(ProjectShape):
    """A project in a list."""

    dxf_files = FileBrief(many=True)


class ProjectDetail(ProjectShape):
    """A project in detail."""

    description = serializers.CharField()
    client_id = IdField()
    client_contact = serializers.CharField()
    dxf_files = FileLine(many=True)
    pop_received_date = serializers.DateField(allow_null=True)
    quoted_price = serializers.FloatField(allow_null=True, help_text="In the shop's currency.")
    notes = serializers.CharField()
    created_at = serializers.DateTimeField()


class ProjectBrief(serializers.Serializer[Any]):
    """What a change of a project answers."""

    id = IdField()
    project_code = serializers.CharField()
    name = serializers.CharField()
    status = serializers.ChoiceField(choices=STATUS_LABELS)
    material_type = serializers.CharField(allow_null=True)
    material_thickness = serializers.FloatField(allow_null=True)
    raw_plate_count = serializers.IntegerField(allow_null=True)
    estimated_cut_time = serializers.IntegerField(allow_null=True)
    preset_id = serializers.IntegerField(allow_null=True)
    notes = serializers.CharField()
    updated_at = serializers.DateTimeField()
    seq = serializers.IntegerField()


class ProjectListAnswer(SuccessAnswer):
    """A page of projects."""

    projects = ProjectInList(many=True)


class ProjectAnswer(SuccessAnswer):
    """One project."""

    project = ProjectDetail()


class ProjectPatchAnswer(DoneAnswer):
    """A project after a change."""

    project = ProjectBrief()
    warnings = serializers.ListField(child=serializers.CharField())


def project_brief(project: Project) -> dict[str, Any]:
    """Return what a change of a project answers."""
    return {
        "id": project.pk,
        "project_code": project.project_code,
        "name": project.name,
        "status": LABELS[project.status],
        "material_type": project.material.name if project.material else None,
        "material_thickness": project.material_thickness,
        "raw_plate_count": project.material_quantity_sheets,
        "estimated_cut_time": project.estimated_cut_time,
        "preset_id": project.preset_id,
        "notes": project.notes,
        "updated_at": clock.iso(project.updated_at),
        "seq": project.seq,
    }


def told_project(row: dict[str, Any]) -> dict[str, Any]:
    """Return one project from its plain row (queries.PROJECT_COLUMNS or DETAIL_COLUMNS).

    The row itself is filled in and returned.
    """
    missing = missing_fields({**row, "preset": row["preset_id"]})
    row["status"] = LABELS[row["status"]]
    row["parts_quantity"] = sum(one["quantity"] for one in row["parts"]) or row["parts_quantity"]
    row["data_completeness"] = data_completeness(missing)
    row["missing_fields"] = missing
    return row
