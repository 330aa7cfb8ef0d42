"""The page of a project: its story first, the form to change it below."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.forms import Script
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import urlencode
from unfold.enums import ActionVariant

from operators_app.admin_actions import BACK, own_page
from operators_app.admin_base import may_manage
from projects_app.admin_papers import mail_link
from projects_app.admin_uploads import upload_forms
from projects_app.models import Project, ProjectStatus, Shop
from projects_app.shown_files import SHOWABLE
from projects_app.story import PLACES, parts_of, story_of, timeline

# The action that is the next step, by status. A job in the queue is opened instead.
NEXT_STEP = {
    ProjectStatus.REQUEST: ("make_quote_now",),
    ProjectStatus.QUOTE_APPROVAL: ("record_pop_on",),
    ProjectStatus.APPROVED_POP: ("add_to_queue_now",),
    ProjectStatus.COMPLETED: ("deliver_now", "recut_now"),
}


class StoryMixin:
    """Tells a project's story above its form."""

    change_form_outer_before_template = "admin/projects/story.html"

    class Media:
        css = {"all": ("laseros/story.css",)}
        js = (Script("laseros/story.js", defer=True), Script("laseros/uploads.js", defer=True))

    def get_urls(self: Any) -> list[Any]:
        """Add the further pages of the timeline, and the parts as they are by now."""
        views = [
            path(f"<int:pk>/{what}/", self.admin_site.admin_view(view),
                 name=f"projects_app_project_{what}")
            for what, view in (("timeline", self.timeline_view), ("parts", self.parts_view))
        ]  # fmt: skip
        return [*views, *super().get_urls()]  # type: ignore[misc]

    def parts_view(self: Any, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer with the parts and drawings as they are by now, as a part of the page."""
        project = Project.objects.filter(pk=pk).first()
        if not self.has_view_permission(request, project):
            raise PermissionDenied
        asked = request.GET.get("asked", "")
        if project is None or not (asked.isascii() and asked.isdecimal() and len(asked) < 4):
            raise Http404
        story = {
            **parts_of(project, int(asked)), "may_arrange": _may_arrange(request),
            "uploads": self.has_change_permission(request, project),
        }  # fmt: skip
        return render(request, "admin/projects/parts.html", {"story": story})

    def timeline_view(self: Any, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer with the entries before a number, as a part of the page."""
        project = Project.objects.filter(pk=pk).first()
        if not self.has_view_permission(request, project):
            raise PermissionDenied
        before = request.GET.get("before", "")
        if project is None or not before.isdecimal() or len(before) > 18:
            raise Http404
        page = timeline(project, before=int(before))
        return render(request, "admin/projects/entries.html", {"page": page, "project": project})

    def render_change_form(
        self: Any, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        """Hand the story to the template, once there is one."""
        project = kwargs.get("obj")
        if project is not None and project.pk:
            stored = Project.objects.select_related("client", "material", "preset").get(
                pk=project.pk
            )
            told = story_of(stored)
            offers = next_steps(stored, told, context)
            context["actions_detail"] = without(offers, context.get("actions_detail") or [])
            context["story"] = {
                **told, "project": stored, "next": offers,
                "may_correct": may_manage(request),
                "may_arrange": _may_arrange(request),
                "may_archive": request.user.has_perm("projects_app.change_document"),
                "may_enter": self.has_change_permission(request, stored),
            }  # fmt: skip
            if context["story"]["may_enter"]:
                context["story"]["uploads"] = upload_forms(stored, _back(request))
            shop = Shop.current()
            context["story"]["papers"] = [
                (
                    paper,
                    mail_link(paper, stored, stored.client, shop),
                    paper.content_type in SHOWABLE,
                )
                for paper in context["story"]["documents"]
            ]
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]

    def history_view(
        self: Any,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Lead to the story: it is the history."""
        if self.get_object(request, unquote(object_id)) is None:
            raise Http404
        address = reverse("admin:projects_app_project_change", args=(unquote(object_id),))
        return HttpResponseRedirect(f"{address}#timeline")


def place_to_fill(project_id: Any, what: str, back: str = "") -> str:
    """Return the address of a project's form, open at what is to be filled in.

    `what` is a name of `completeness.NEEDED`, or that of a field. `back` is the page of the back
    office that saving leads to.
    """
    place = PLACES.get(what, f"id_{what}")
    query = urlencode({"fill": place, **({BACK: back} if back else {})})
    return f"{reverse('admin:projects_app_project_change', args=(project_id,))}?{query}"


def next_steps(
    project: Project, told: dict[str, Any], context: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return the actions that come next, as this role may do them: the first is the main one.

    There is none while a job is in the queue, data is missing, or after all has gone out.
    """
    lacks = project.status == ProjectStatus.APPROVED_POP and told["missing"]
    if told["current"] or lacks or told["is_delivered"]:
        return []
    offered = {
        one["path"].rstrip("/").rpartition("/")[2].replace("-", "_"): one
        for action in context.get("actions_detail") or ()
        for one in (action, *action.get("items", ()))
        if one.get("path")
    }
    names = NEXT_STEP.get(ProjectStatus(project.status), ())
    return [offered[name] for name in names if name in offered]


def without(shown: list[dict[str, Any]], actions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the actions of the page's head, without those that the story shows as next steps.

    What is left is none of them, so no main button either.
    """
    paths = {one["path"] for one in shown}
    kept = []
    for one in actions:
        if one.get("items"):
            items = [item for item in one["items"] if item["path"] not in paths]
            kept += [{**one, "items": items}] if items else []
        elif one["path"] not in paths:
            is_main = one["variant"] == ActionVariant.PRIMARY
            kept.append({**one, "variant": ActionVariant.DEFAULT} if is_main else one)
    return kept


def _back(request: HttpRequest) -> str:
    """Return the page that somebody came from to upload drawings, if one did."""
    asked = request.GET.get("fill", "") == PLACES["dxf_files"]
    return own_page(request, request.GET.get(BACK, "")) if asked else ""


def _may_arrange(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("projects_app.change_designfile"))
