"""The endpoints of projects (contract, section 5.3)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy
from rest_framework.request import Request
from rest_framework.response import Response

from laseros.errors import NotFound
from laseros.schema import Endpoint
from operators_app.verbs import Call, Outcome
from operators_app.views import ApiView, VerbView
from projects_app.queries import project_row, project_rows
from projects_app.serializers import (
    PATCH_COLUMNS,
    ProjectAnswer,
    ProjectListAnswer,
    ProjectListQuery,
    ProjectPatchAnswer,
    ProjectPatchBody,
    told_project,
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

        def build() -> dict[str, Any]:
            query = self.read_query()
            rows = project_rows(query["status"], query["limit"], query["offset"])
            return {"projects": [told_project(row) for row in rows]}

        return self.answer_cached(build)


class ProjectView(VerbView):
    """GET and PATCH /projects/{id}."""

    endpoints = {
        "GET": Endpoint("One project", ProjectAnswer),
        "PATCH": Endpoint("Change a project's data", ProjectPatchAnswer, body=ProjectPatchBody),
    }
    message = gettext_lazy("Project updated successfully")

    def get(self, request: Request, pk: int) -> Response:
        """Return one project in detail."""

        def build() -> dict[str, Any]:
            row = project_row(pk)
            if row is None:
                raise NotFound(NO_PROJECT)
            return {"project": told_project(row)}

        return self.answer_cached(build)

    def patch(self, request: Request, pk: int) -> Response:
        """Change the fields that the contract names."""
        return self.respond(request, pk=pk)

    def carry_out(self, given: dict[str, Any], call: Call, **kwargs: Any) -> Outcome:
        """Translate the API's names into the project's columns."""
        changes = {PATCH_COLUMNS.get(name, name): value for name, value in given.items()}
        return update_project(kwargs["pk"], changes, **call)
