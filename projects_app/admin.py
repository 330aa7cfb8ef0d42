"""The admin of clients, parts and projects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSingleDateWidget, UnfoldAdminTextInputWidget

from laseros import clock
from operators_app.admin_actions import (
    ConfirmForm,
    confirmed_action,
    row_dialog,
    verb_action,
    verb_call,
    warn,
)
from operators_app.admin_base import (
    VerbModelAdmin,
    VerbTabularInline,
    form_changes,
    one_line,
    seen_version,
)
from operators_app.admin_lists import labelled
from projects_app.admin_files import DesignFileInline, DocumentInline
from projects_app.completeness import data_completeness, tell
from projects_app.models import Client, Part, Project, ProjectPart, ProjectStatus
from projects_app.queries import missing_of
from projects_app.verbs import (
    cancel_project,
    create_client,
    create_part,
    create_project,
    record_pop,
    update_project,
)
from projects_app.verbs.project_parts import remove_project_part, save_project_part
from projects_app.verbs.projects import AWAITING_POP

STAMPS = ("created_at", "updated_at", "seq")
STATUS_COLOURS = {
    ProjectStatus.REQUEST: "default",
    ProjectStatus.QUOTE_APPROVAL: "info",
    ProjectStatus.APPROVED_POP: "primary",
    ProjectStatus.QUEUED: "warning",
    ProjectStatus.IN_PROGRESS: "warning",
    ProjectStatus.COMPLETED: "success",
    ProjectStatus.CANCELLED: "danger",
}


class CodedAdmin(VerbModelAdmin):
    """Master data whose code a verb gives when a row is created."""

    create: Callable[..., Any]

    def perform_save(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> int:
        """Create through the verb that gives the code; edit as usual."""
        if change:
            return super().perform_save(request, obj, form, change)
        outcome = type(self).create(form_changes(form, change), **verb_call(request))
        return int(outcome.data["id"])


@admin.register(Client)
class ClientAdmin(CodedAdmin):
    """Who orders."""

    create = staticmethod(create_client)
    list_display = ("code", "name", "contact_person", "email", "phone", "is_active")
    list_display_links = ("code", "name")
    list_filter = ("is_active",)
    search_fields = ("name", "code", "contact_person", "email", "phone")
    readonly_fields = ("code", *STAMPS)
    fieldsets = (
        (None, {"fields": ("code", "name", "is_active")}),
        ("Contact", {"fields": ("contact_person", "email", "phone", "address")}),
        ("Notes", {"fields": ("notes",)}),
        ("Record", {"fields": STAMPS}),
    )


@admin.register(Part)
class PartAdmin(CodedAdmin):
    """Products that projects use."""

    create = staticmethod(create_part)
    list_display = ("part_number", "name", "client", "is_active")
    list_display_links = ("part_number", "name")
    list_filter = ("is_active",)
    list_select_related = ("client",)
    search_fields = ("name", "part_number", "client__name", "description")
    autocomplete_fields = ("client",)
    readonly_fields = ("part_number", *STAMPS)
    fieldsets = (
        (None, {"fields": ("part_number", "name", "client", "description", "is_active")}),
        ("Record", {"fields": STAMPS}),
    )


class ProjectPartInline(VerbTabularInline):
    """The list of parts."""

    model = ProjectPart
    fields = ("part", "quantity")
    autocomplete_fields = ("part",)
    tab = True

    def get_queryset(self, request: HttpRequest) -> Any:
        """Fetch the parts along."""
        return super().get_queryset(request).select_related("part")

    def perform_save(
        self, request: HttpRequest, obj: Any, form: Any, change: bool, parent: Any
    ) -> int:
        """Save the line together with its project's stamp."""
        changes = form_changes(form, change)
        changes.pop("project", None)
        line_id = obj.pk if change else None
        outcome = save_project_part(parent.pk, line_id, changes, **verb_call(request))
        return int(outcome.data["id"])

    def perform_delete(self, request: HttpRequest, obj: Any, parent: Any) -> None:
        """Take the part out of the project."""
        remove_project_part(parent.pk, obj.pk, **verb_call(request))


class PopForm(ConfirmForm):
    """When the proof of payment came."""

    received_date = forms.DateField(
        label="received on", initial=clock.shop_today, widget=UnfoldAdminSingleDateWidget
    )


class CancelForm(ConfirmForm):
    """Why."""

    reason = forms.CharField(required=False, max_length=500, widget=UnfoldAdminTextInputWidget)


@admin.register(Project)
class ProjectAdmin(VerbModelAdmin):
    """Jobs for clients, from the request for a quote to the finished parts."""

    list_display = (
        "code", "name", "client_name", "status_shown", "sheet", "due_date", "quoted_price",
    )  # fmt: skip
    list_display_links = ("code", "name")
    list_filter = (
        "status", ("client", AutocompleteSelectFilter), "material", "pop_received", "due_date",
    )  # fmt: skip
    list_filter_submit = True
    list_select_related = ("client", "material")
    list_only = (
        "project_code", "name", "client__name", "status", "material__name", "material_thickness",
        "due_date", "quoted_price",
    )  # fmt: skip
    search_fields = ("project_code", "name", "client__name", "client__code", "description")
    autocomplete_fields = ("client", "material", "preset")
    inlines = (ProjectPartInline, DesignFileInline, DocumentInline)
    readonly_fields = (
        "project_code", "status", "readiness", "completion_date", "pop_received",
        "pop_received_date", "created_by", *STAMPS,
    )  # fmt: skip
    add_fieldsets = (
        (None, {"fields": ("client", "name", "description", "due_date")}),
        ("Quote", {"fields": ("quoted_price", "quote_date")}),
    )
    fieldsets = (
        (None, {"fields": (("project_code", "status"), "client_shown", "name",
                           "description", "due_date", "readiness")}),
        ("Cut", {"fields": (("material", "material_thickness"),
                            ("material_quantity_sheets", "estimated_cut_time"),
                            "preset", "parts_quantity", "drawing_creation_time")}),
        ("Quote and payment", {"fields": (("quoted_price", "quote_date"),
                                          ("final_price", "approval_date"),
                                          ("pop_received", "pop_received_date"),
                                          ("pop_deadline", "completion_date"))}),
        ("Notes", {"fields": ("notes",)}),
        ("Record", {"fields": ("created_by", *STAMPS)}),
    )  # fmt: skip
    actions = (
        verb_action("record_pop", "Record POP, received today",
                    lambda row, call: record_pop(row.pk, **call)),
        confirmed_action("cancel_projects", "Cancel projects",
                         "A cancelled project stays cancelled, and what waits of it in the queue "
                         "goes too. Shall these be cancelled?",
                         lambda row, said, call: cancel_project(row.pk, said["reason"], **call)),
    )  # fmt: skip
    actions_detail = ("record_pop_on", "cancel_with_reason")
    record_pop_on = row_dialog(
        "record_pop_on", "Record POP",
        lambda row, said, call: record_pop(row.pk, said["received_date"], **call),
        form_class=PopForm, icon="payments", variant=ActionVariant.PRIMARY,
    )  # fmt: skip
    cancel_with_reason = row_dialog(
        "cancel_with_reason", "Cancel project",
        lambda row, said, call: cancel_project(row.pk, said["reason"], **call),
        form_class=CancelForm, icon="cancel", variant=ActionVariant.DANGER,
        question="A cancelled project stays cancelled. What waits of it in the queue goes too.",
    )  # fmt: skip

    def is_legal(self, action: str, row: Any) -> bool:
        """Tell whether an action makes sense for this project now.

        The last two are given by queue_app. A project In Progress has a job in the queue already,
        so only what is Completed is cut again.
        """
        legal = {
            "record_pop_on": row.status in AWAITING_POP,
            "cancel_with_reason": row.moves_to(ProjectStatus.CANCELLED),
            "add_to_queue_now": row.status == ProjectStatus.APPROVED_POP,
            "recut_now": row.status == ProjectStatus.COMPLETED,
        }
        return bool(legal.get(action, True))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The client stays once the code is given: it is part of it."""
        return (*self.readonly_fields, "client_shown")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Parts and files come once the project is there."""
        return self.inlines if obj else ()

    def perform_save(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> int:
        """Create or update through the verbs of projects."""
        call, changes = verb_call(request), form_changes(form, change)
        if change:
            call["updated_at"] = seen_version(request)
            warn(request, update_project(obj.pk, changes, **call))
            return int(obj.pk)
        client, name = changes.pop("client"), changes.pop("name")
        outcome = create_project(client_id=client.pk, name=name, fields=changes, **call)
        return int(outcome.data["project"]["id"])

    @labelled(STATUS_COLOURS, description="status", ordering="status")
    def status_shown(self, project: Project) -> tuple[str, str]:
        """The status, coloured."""
        return project.status, project.get_status_display()

    @display(description="code", ordering="project_code")
    def code(self, project: Project) -> str:
        """The code, on one line."""
        return one_line(project.project_code)

    @display(description="client", ordering="client__name")
    def client_name(self, project: Project) -> str:
        """Whose it is."""
        return project.client.name

    @display(description="sheet", ordering="material__name")
    def sheet(self, project: Project) -> str:
        """Material and thickness."""
        if project.material is None:
            return "–"
        thick = project.material_thickness
        return (
            f"{project.material.name} {thick.normalize():f} mm" if thick else project.material.name
        )

    @display(description="client")
    def client_shown(self, project: Project) -> str:
        """The client, who stays once the code is given."""
        return str(project.client)

    @display(description="ready to cut")
    def readiness(self, project: Project) -> str:
        """How much of what a cut needs is there, and what is missing."""
        if project._state.adding:
            return "–"
        missing = missing_of(project)
        share = f"{data_completeness(missing)} %"
        return f"{share}, missing: {tell(missing)}" if missing else f"{share}, nothing is missing"
