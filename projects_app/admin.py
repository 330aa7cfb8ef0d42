"""The admin of clients, parts and projects."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.urls import path
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextInputWidget

from laseros import clock
from operators_app.admin_actions import (
    ConfirmForm,
    confirmed_action,
    more,
    name_of,
    row_dialog,
    verb_call,
    warn,
)
from operators_app.admin_asking import AskingForm, Doubt, doubted_day
from operators_app.admin_base import VerbModelAdmin, one_line, seen_version
from operators_app.admin_days import DayField
from operators_app.admin_inlines import VerbTabularInline, form_changes
from operators_app.admin_lists import labelled
from operators_app.admin_sheets import SheetAdminMixin
from presets_app.models import MachineSettingsPreset
from projects_app import admin_files, admin_shop  # noqa: F401 - registers what they show
from projects_app.admin_cells import amount, due
from projects_app.admin_of_client import ProjectsOfClientMixin
from projects_app.admin_papers import make_quote_now
from projects_app.admin_search import SearchedMixin
from projects_app.admin_story import StoryMixin
from projects_app.admin_uploads import UploadMixin
from projects_app.models import (
    ENDED,
    NOT_QUEUED,
    UNPAID,
    Client,
    Part,
    Project,
    ProjectPart,
    ProjectStatus,
    month_of,
)
from projects_app.part_choice import PartSearch, of_the_client, picker_for
from projects_app.preset_choice import (
    PRESET_SEARCH,
    PresetField,
    PresetForm,
    PresetSearch,
    PresetSearchView,
)
from projects_app.resources import ClientSheet, PartSheet
from projects_app.state_colours import PROJECT_COLOURS
from projects_app.verbs import (
    cancel_project,
    create_client,
    create_part,
    create_project,
    record_pop,
    update_project,
)
from projects_app.verbs.papers import DELIVERABLE
from projects_app.verbs.project_parts import remove_project_part, save_project_part

STAMPS = ("created_at", "updated_at", "last_entry")

UNQUOTED = _(
    "No quote was set for this project. Make the quote first, or tick below that the payment is "
    "right without one."
)
TOO_EARLY = _(
    "%(day)s is before the project was asked for (%(begun)s). Correct the day, or tick below that "
    "it is right."
)
MOST_PRESETS = 300  # in a list to choose from


class CodedAdmin(VerbModelAdmin):
    """Master data whose code a verb gives when a row is created."""

    create: Callable[..., Any]

    def perform_save(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> int:
        """Create through the verb that gives the code; edit as usual."""
        if change:
            return super().perform_save(request, obj, form, change)
        outcome = type(self).create(form_changes(form, change), **verb_call(request))
        warn(request, outcome)
        return int(outcome.data["id"])


@admin.register(Client)
class ClientAdmin(ProjectsOfClientMixin, SheetAdminMixin, SearchedMixin, CodedAdmin):
    """Who orders."""

    sheet = ClientSheet
    create = staticmethod(create_client)
    list_display = ("code", "name", "contact_person", "email", "phone", "is_active")
    list_display_links = ("code", "name")
    list_filter = ("is_active",)
    search_fields = ("name", "code", "contact_person", "email", "phone")
    readonly_fields = ("code", *STAMPS)
    fieldsets = (
        (None, {"fields": ("code", "name", "is_active")}),
        (_("Contact"), {"fields": ("contact_person", "email", "phone", "address")}),
        (_("Notes"), {"fields": ("notes",)}),
        (_("Record"), {"fields": STAMPS}),
    )


@admin.register(Part)
class PartAdmin(SheetAdminMixin, CodedAdmin):
    """Products that projects use."""

    sheet = PartSheet
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
        (_("Record"), {"fields": STAMPS}),
    )

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Offer a project the parts that its client may have."""
        found, doubled = super().get_search_results(request, queryset, search_term)
        return of_the_client(request, found), doubled


PRICES = {"quoted_price": "price_shown", "final_price": "final_price_shown"}


def read_only(fields: Any) -> tuple[Any, ...]:
    """Return a block's fields, rows of fields among them, with prices as money."""
    return tuple(PRICES.get(one, one) if isinstance(one, str) else read_only(one) for one in fields)


class ProjectPartInline(VerbTabularInline):
    """The list of parts."""

    model = ProjectPart
    fields = ("part", "quantity")
    client_id: int | None = None
    tab = True

    def get_queryset(self, request: HttpRequest) -> Any:
        """Fetch the parts along."""
        return super().get_queryset(request).select_related("part")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Return the formset class, whose parts are those of the project's client."""
        self.client_id = obj.client_id if obj else None
        return super().get_formset(request, obj, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Let the part be chosen from the client's, or be made."""
        if db_field.name != "part":
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        search = PartSearch(db_field, self.admin_site)
        search.client_id = self.client_id
        field = super().formfield_for_dbfield(db_field, request, widget=search, **kwargs)
        field.widget = picker_for(field.widget, self.client_id)
        return field

    def perform_save(
        self, request: HttpRequest, obj: Any, form: Any, change: bool, parent: Any
    ) -> int:
        """Save the line together with its project's stamp."""
        changes = form_changes(form, change)
        changes.pop("project", None)
        line_id = obj.pk if change else None
        outcome = save_project_part(parent.pk, line_id, changes, **verb_call(request))
        warn(request, outcome)
        return int(outcome.data["id"])

    def perform_delete(self, request: HttpRequest, obj: Any, parent: Any) -> None:
        """Take the part out of the project."""
        remove_project_part(parent.pk, obj.pk, **verb_call(request))


class PaymentForm(AskingForm):
    """On which day a proof of payment came."""

    received_date = DayField(label=_("received on"), initial=clock.shop_today)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = str(self.object_id).isdecimal()
        self.project = Project.objects.filter(pk=self.object_id).first() if known else None

    def doubts(self, said: dict[str, Any]) -> Iterator[Doubt]:
        """Doubt a far-off day, and one before anybody asked for the project."""
        day = said["received_date"]
        yield from doubted_day("received_date", day)
        if self.project and day < requested_on(self.project):
            told = {"day": date_format(day), "begun": date_format(requested_on(self.project))}
            yield Doubt(f"{day} before {told['begun']}", TOO_EARLY % told, "received_date")


def requested_on(project: Project) -> dt.date:
    """Return the day on which a project was asked for; of one taken over, its code's month."""
    begun = project.created_at.astimezone(clock.shop_zone()).date()
    return begun if month_of(begun) == project.code_month else project.code_month


class PopForm(PaymentForm):
    """When the proof of payment came; asks where there is no quote that could have been paid."""

    def doubts(self, said: dict[str, Any]) -> Iterator[Doubt]:
        """Doubt a payment of a project without a price, too."""
        yield from super().doubts(said)
        if self.project and self.project.quoted_price is None:
            yield Doubt(f"unquoted {self.project.pk}", UNQUOTED)


class CorrectPopForm(PaymentForm):
    """On which day it came in truth."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["received_date"] = self.project.pop_received_date if self.project else None


class CancelForm(ConfirmForm):
    """Why."""

    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=500,
        widget=UnfoldAdminTextInputWidget,
    )


def warn_of_past_day(request: HttpRequest, day: dt.date | None) -> None:
    """Say that a due date which was just saved has gone by: it may be a slip."""
    if day and day < clock.shop_today():
        told = _("The due date, %(day)s, has gone by already. If that is a slip, correct it.")
        messages.warning(request, told % {"day": date_format(day)})


@admin.register(Project)
class ProjectAdmin(StoryMixin, UploadMixin, SearchedMixin, VerbModelAdmin):
    """Jobs for clients, from the request for a quote to the finished parts."""

    list_display = (
        "code", "name", "client_name", "status_shown", "sheet", "due_shown", "price_shown",
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
    form = PresetForm
    autocomplete_fields = ("client", "material")
    inlines = (ProjectPartInline,)
    readonly_fields = (
        "project_code", "status", "completion_date", "pop_received",
        "pop_received_date", "created_by", *STAMPS,
    )  # fmt: skip
    add_fieldsets = (
        (None, {"fields": ("client", "name", "description", "due_date")}),
        (_("Quote"), {"fields": ("quoted_price", "quote_date")}),
    )
    fieldsets = (
        (None, {"fields": (("project_code", "status"), "client_shown", "name",
                           "description", "due_date")}),
        (_("Cut"), {"fields": (("material", "material_thickness"),
                            ("material_quantity_sheets", "estimated_cut_time"),
                            "preset", "parts_quantity", "drawing_creation_time")}),
        (_("Quote and payment"), {"fields": (("quoted_price", "quote_date"),
                                          ("final_price", "approval_date"),
                                          ("pop_received", "pop_received_date"),
                                          ("pop_deadline", "completion_date"))}),
        (_("Notes"), {"fields": ("notes",)}),
        (_("Record"), {"fields": ("created_by", *STAMPS)}),
    )  # fmt: skip
    actions = (
        confirmed_action("record_pop", _("Record POP, received today"),
                         _("No quote was set for these projects. Shall their POP be recorded all "
                         "the same?"),
                         lambda row, said, call: record_pop(row.pk, **call),
                         doubts=lambda request, rows: [name_of(row) for row in rows
                                                       if row.quoted_price is None]),
        confirmed_action("cancel_projects", _("Cancel projects"),
                         _("A cancelled project stays cancelled, and what waits of it in the queue "
                         "goes too. Shall these be cancelled?"),
                         lambda row, said, call: cancel_project(row.pk, said["reason"], **call)),
    )  # fmt: skip
    actions_detail = ("make_quote_now", "record_pop_on", more("correct_pop", "cancel_with_reason"))
    make_quote_now = make_quote_now
    record_pop_on = row_dialog(
        "record_pop_on", _("Record POP"),
        lambda row, said, call: record_pop(row.pk, said["received_date"], **call),
        form_class=PopForm, icon="payments", variant=ActionVariant.PRIMARY,
        done=_("The POP of %(row)s was recorded."),
    )  # fmt: skip
    correct_pop = row_dialog(
        "correct_pop", _("Correct the day of payment"),
        lambda row, said, call: update_project(
            row.pk, {"pop_received_date": said["received_date"]}, **call),
        form_class=CorrectPopForm, icon="edit_calendar",
        done=_("The day of payment of %(row)s was corrected."),
        question=_("POP deadline and approval date stay as they are; change them in the form."),
    )  # fmt: skip
    cancel_with_reason = row_dialog(
        "cancel_with_reason", _("Cancel project"),
        lambda row, said, call: cancel_project(row.pk, said["reason"], **call),
        form_class=CancelForm, icon="cancel", variant=ActionVariant.DANGER,
        done=_("%(row)s was cancelled."),
        question=_("A cancelled project stays cancelled. What waits of it in the queue goes too."),
    )  # fmt: skip

    def get_urls(self) -> list[Any]:
        """Add the search for a project's preset."""
        found = PresetSearchView.as_view(admin_site=self.admin_site)
        way = path("<int:project>/presets/", self.admin_site.admin_view(found), name=PRESET_SEARCH)
        return [way, *super().get_urls()]

    def get_autocomplete_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Presets are looked for by name only where there are too many to choose from."""
        known: Any = request
        if not hasattr(known, "has_many_presets"):
            listed = MachineSettingsPreset.objects.filter(is_active=True).values("pk")
            known.has_many_presets = len(listed[: MOST_PRESETS + 1]) > MOST_PRESETS
        preset = ("preset",) if known.has_many_presets else ()
        return (*self.autocomplete_fields, *preset)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Let the preset be chosen from those that fit the sheet first."""
        if db_field.name == "preset":
            kwargs["form_class"] = PresetField
            if "preset" in self.get_autocomplete_fields(request):
                kwargs["widget"] = PresetSearch(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def is_legal(self, action: str, row: Any) -> bool:
        """Tell whether an action makes sense for this project now.

        The last three are given by queue_app. A project In Progress has a job in the queue already,
        so only what is Completed is cut again.
        """
        legal = {
            "make_quote_now": row.status in NOT_QUEUED,
            "record_pop_on": row.status in UNPAID,
            "correct_pop": row.pop_received and row.status != ProjectStatus.CANCELLED,
            "cancel_with_reason": row.moves_to(ProjectStatus.CANCELLED),
            "add_to_queue_now": row.status == ProjectStatus.APPROVED_POP,
            "deliver_now": row.status in DELIVERABLE,
            "recut_now": row.status == ProjectStatus.COMPLETED,
        }
        return bool(legal.get(action, True))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show prices as money to whoever only reads them."""
        found = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return found
        return tuple((title, {**told, "fields": read_only(told["fields"])})
                     for title, told in found)  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The client stays once the code is given: it is part of it."""
        return (*self.readonly_fields, "client_shown")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Parts come once the project is there."""
        return self.inlines if obj else ()

    def perform_save(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> int:
        """Create or update through the verbs of projects."""
        call, changes = verb_call(request), form_changes(form, change)
        if change:
            call["updated_at"] = seen_version(request)
            warn(request, update_project(obj.pk, changes, **call))
            warn_of_past_day(request, changes.get("due_date"))
            return int(obj.pk)
        client, name = changes.pop("client"), changes.pop("name")
        outcome = create_project(client_id=client.pk, name=name, fields=changes, **call)
        warn_of_past_day(request, changes.get("due_date"))
        return int(outcome.data["project"]["id"])

    @labelled(PROJECT_COLOURS, description=_("status"), ordering="status")
    def status_shown(self, project: Project) -> tuple[str, str]:
        """The status, coloured; without what stands in brackets, for which there is no room."""
        return project.status, project.get_status_display().partition(" (")[0]

    @display(description=_("code"), ordering="project_code")
    def code(self, project: Project) -> str:
        """The code, on one line."""
        return one_line(project.project_code)

    @display(description=_("client"), ordering="client__name")
    def client_name(self, project: Project) -> str:
        """Whose it is."""
        return project.client.name

    @display(description=_("sheet"), ordering="material__name")
    def sheet(self, project: Project) -> str:
        """Material and thickness."""
        return project.sheet or "–"

    @display(description=_("due"), ordering="due_date")
    def due_shown(self, project: Project) -> str | SafeString:
        """The due day, coloured where it is near and somebody waits for it."""
        return due(project.due_date, settled=project.status in ENDED)

    @display(description=_("quoted price"), ordering="quoted_price")
    def price_shown(self, project: Project) -> SafeString:
        """The price, with its currency."""
        return amount(project.quoted_price)

    @display(description=_("final price"))
    def final_price_shown(self, project: Project) -> SafeString:
        """The final price, with its currency."""
        return amount(project.final_price)

    @display(description=_("client"))
    def client_shown(self, project: Project) -> str:
        """The client, who stays once the code is given."""
        return str(project.client)
