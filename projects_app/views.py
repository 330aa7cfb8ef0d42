"""The endpoints of projects (contract, section 5.3)."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from laseros.errors import NotFound
from laseros.schema import Endpoint
from operators_app.verbs import Call, Outcome
from operators_app.views import ApiView, VerbView
from projects_app.models import Project
from projects_app.queries import project_rows, projects_by_status
from projects_app.serializers import (
    PATCH_COLUMNS,
    ProjectAnswer,
    ProjectListAnswer,
    ProjectListQuery,
    ProjectPatchAnswer,
    ProjectPatchBody,
    project_detail,
    project_in_list,
)
from projects_app.verbs import NO_PROJECT, update_project


class ProjectListView(ApiView):
    """GET /projects."""

    endpoints = {
        "GET": Endpoint(
            "Projects: by default the approved ones that are not in the queue",
            ProjectListAnswer,
            query=ProjectListQuery,
        )
    }

    def get(self, request: Request) -> Response:
        """Return a page of projects, newest first."""
        query = self.read_query()

        def build() -> dict[str, Any]:
            projects = projects_by_status(query["status"])
            rows, (parts, files) = project_rows(projects, query["limit"], query["offset"])
            return {
                "projects": [
                    project_in_list(row, parts[row["id"]], files[row["id"]]) for row in rows
                ]
            }

        return self.answer_cached(build)


class ProjectView(VerbView):
    """GET and PATCH /projects/{id}."""

    endpoints = {
        "GET": Endpoint("One project", ProjectAnswer),
        "PATCH": Endpoint("Change a project's data", ProjectPatchAnswer, body=ProjectPatchBody),
    }
    message = "Project updated successfully"

    def get(self, request: Request, pk: int) -> Response:
        """Return one project in detail."""

        def build() -> dict[str, Any]:
            rows, (parts, files) = project_rows(Project.objects.filter(pk=pk), 1, 0)
            if not rows:
                raise NotFound(NO_PROJECT)
            return {"project": project_detail(rows[0], parts[pk], files[pk])}

        return self.answer_cached(build)

    def patch(self, request: Request, pk: int) -> Response:
        """Change the fields that the contract names."""
        return self.respond(request, pk=pk)

    def carry_out(self, given: dict[str, Any], call: Call, **kwargs: Any) -> Outcome:
        """Translate the API's names into the project's columns."""
        changes = {PATCH_COLUMNS.get(name, name): value for name, value in given.items()}
        return update_project(kwargs["pk"], changes, **call)
