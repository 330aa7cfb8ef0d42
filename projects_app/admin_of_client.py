"""The projects of a client, told on the client's page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from projects_app.admin_cells import due
from projects_app.models import ENDED, Client, Project

MOST_SHOWN = 5


class ProjectsOfClientMixin:
    """Tells a client's newest projects above its form."""

    change_form_outer_before_template = "admin/projects/of_client.html"

    class Media:
        css = {"all": ("laseros/story.css",)}

    def render_change_form(
        self: Any, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        """Hand the projects to the template, once there is a client."""
        client = kwargs.get("obj")
        if client is not None and client.pk:
            context["of_client"] = _projects_of(client, request)
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]


def _projects_of(client: Client, request: HttpRequest) -> dict[str, Any]:
    """Return the newest projects in one statement, and where there are more and new ones."""
    newest = Project.objects.filter(client_id=client.pk).order_by("-id")[:MOST_SHOWN]
    may_begin = client.is_active and request.user.has_perm("projects_app.add_project")
    every = reverse("admin:projects_app_project_changelist")
    new = reverse("admin:projects_app_project_add")
    return {
        "rows": [(one, due(one.due_date, settled=one.status in ENDED)) for one in newest],
        "every": f"{every}?{urlencode({'client__id__exact': client.pk})}",
        "new": f"{new}?{urlencode({'client': client.pk})}" if may_begin else "",
    }
