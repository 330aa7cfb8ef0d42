"""The admin of the cutting queue and of the finished cuts."""

from __future__ import annotations

from types import MethodType
from typing import Any

from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action as page_action
from unfold.decorators import display

from laseros import clock
from laseros.errors import InvalidInput
from laseros.languages import Text, in_shop_language
from operators_app.admin_actions import confirmed_action, more, per_row, verb_action, verb_call
from operators_app.admin_base import VerbModelAdmin, one_line, seen_version
from operators_app.admin_inlines import form_changes
from operators_app.admin_lists import labelled
from operators_app.models import Operator
from operators_app.verbs import Call, Outcome
from presets_app.models import MachineSettingsPreset
from projects_app.admin_cells import due, scheduled
from projects_app.models import Project
from projects_app.state_colours import JOB_COLOURS
from queue_app import admin_dialogs as dialogs
from queue_app import (  # noqa: F401 - they register what they are about
    admin_flags,
    admin_reports,
    admin_runs,
)
from queue_app.admin_delivery import deliver_now
from queue_app.admin_filters import (
    AttentionFilter,
    DeliveredFilter,
    FailingFilter,
    ForecastFilter,
)
from queue_app.board.views import board_urls
from queue_app.doubts import Floor
from queue_app.models import (
    IS_ACTIVE,
    Priority,
    QueueItem,
    QueueStatus,
    state_label,
)
from queue_app.queries import active_items, position_of
from queue_app.verbs import (
    add_to_queue,
    cancel_item,
    complete_job,
    move_item,
    pause_job,
    start_job,
    update_item,
)

PAUSED = "paused"  # queued by its status, but people tell it from the others
STAMPS = ("created_at", "updated_at", "last_entry")


def who_and_what(item: QueueItem, operator_id: int | None) -> tuple[int, int]:
    """Return operator and preset for an action on a whole list; raise InvalidInput for none."""
    preset_id = dialogs.planned_preset(item)
    if operator_id is None:
        raise InvalidInput.on(
            "operator_id",
            _(
                "You have no operator profile and the job is assigned to nobody; open it and "
                "choose."
            ),
        )
    if preset_id is None:
        raise InvalidInput.on("preset_id", _("The project has no preset; open the job and choose."))
    return operator_id, preset_id


def start_row(item: QueueItem, call: Call) -> Outcome:
    """Start a job of the list."""
    operator_id, preset_id = who_and_what(item, dialogs.who_starts(item, call["by"].operator_id))
    return start_job(item.pk, operator_id=operator_id, preset_id=preset_id, **call)


def start_doubts(request: HttpRequest, items: list[QueueItem]) -> list[Text]:
    """Tell what looks wrong about starting these jobs of the list, one after the other."""
    floor, own_id = Floor.now(), verb_call(request)["by"].operator_id
    told: list[Text] = []
    operators = Operator.objects.in_bulk()
    presets = MachineSettingsPreset.objects.in_bulk({dialogs.planned_preset(one) for one in items})
    for item in items:
        operator = operators.get(dialogs.who_starts(item, own_id) or 0)
        preset = presets.get(dialogs.planned_preset(item))
        if operator and preset and item.allows("start"):
            said = [str(one.sentence) for one in floor.doubts(item, operator, preset)]
            told += [f"{item.project}: {' '.join(said)}"] if said else []
            floor.running.append((item.pk, operator.pk, item.project))
    return told


def complete_row(item: QueueItem, call: Call) -> Outcome:
    """Complete a job of the list, with the minutes that were logged."""
    operator_id, preset_id = who_and_what(item, dialogs.who_cut(item, call["by"].operator_id))
    return complete_job(item.pk, operator_id=operator_id, preset_id=preset_id, **call)


def moving(name: str, description: Text, step: int) -> Any:
    """Return an action that moves the chosen jobs a place up (-1) or down (+1), as a block.

    What stands at the end already stays, and so does what was chosen along with it and stands
    next to it: else they would only change places with each other.
    """

    @admin.action(description=description, permissions=["change"])
    def run(modeladmin: Any, request: HttpRequest, queryset: QuerySet[QueueItem]) -> None:
        stuck: set[int | None] = {None}

        def move(row: QueueItem, call: Call) -> None:
            places = list(active_items().values_list("pk", flat=True))
            place = places.index(row.pk) if row.pk in places else 0  # else the verb refuses
            ahead = place + step
            if (places[ahead] if 0 <= ahead < len(places) else None) in stuck:
                stuck.add(row.pk)
                ahead = place
            move_item(row.pk, ahead + 1, **call)

        rows = list(queryset.order_by("rank", "id"))
        per_row(request, rows[::-step], move, description)

    run.__name__ = name
    return run


class ShownFilter(admin.SimpleListFilter):
    """Which jobs are listed: the active ones, unless somebody asks for others."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Text]]:
        """Offer the statuses and all of them."""
        (queued, label), *others = QueueStatus.choices
        return [(queued, label), (PAUSED, _("Paused")), *others, ("all", _("All"))]

    def choices(self, changelist: Any) -> Any:
        """Call the choice without a status “Active”."""
        first, *others = super().choices(changelist)
        yield {**first, "display": _("Active")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[QueueItem]) -> QuerySet[QueueItem]:
        """Keep the jobs of the status."""
        if self.value() in {PAUSED, QueueStatus.QUEUED}:
            never_ran = self.value() != PAUSED
            return queryset.filter(status=QueueStatus.QUEUED, paused_at__isnull=never_ran)
        if self.value() in QueueStatus.values:
            return queryset.filter(status=self.value())
        return queryset if self.value() == "all" else queryset.filter(IS_ACTIVE)


@admin.register(QueueItem)
class QueueItemAdmin(VerbModelAdmin):
    """The cutting queue. Jobs enter it from their projects; they are cancelled, not deleted."""

    form = dialogs.JobForm
    list_display = (
        "place", "project_code", "project_name", "status_shown", "priority_shown",
        "due_shown", "planned", "minutes", "who",
    )  # fmt: skip
    list_display_links = ("place", "project_code")
    list_filter = (ShownFilter, ForecastFilter, "priority", "scheduled_date", "assigned_to")
    list_select_related = ("project", "project__client", "assigned_to", "operator")
    search_fields = (
        "project__project_code", "project__name", "project__client__name", "assigned_to__name",
    )  # fmt: skip
    ordering = ("rank", "id")
    autocomplete_fields = ("assigned_to",)
    readonly_fields = (
        "project", "status_shown", "place", "preset", "operator", "ran", "added_by", "added_at",
        "first_started_at", "started_at", "paused_at", "completed_at", "cancelled_at", *STAMPS,
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": ("project", ("status_shown", "place"), ("priority", "scheduled_date"),
                           ("estimated_cut_time", "assigned_to"), "notes")}),
        (_("Cutting"), {"fields": (("operator", "preset"), ("ran", "first_started_at"),
                                ("started_at", "paused_at"), ("completed_at", "cancelled_at"))}),
        (_("Record"), {"fields": ("added_by", "added_at", *STAMPS)}),
    )  # fmt: skip
    actions = (
        confirmed_action(
            "start_jobs", _("Start"), _("Look at these before the jobs are started. Shall they?"),
            lambda row, said, call: start_row(row, call), doubts=start_doubts,
        ),
        verb_action("pause_jobs", _("Pause"), lambda row, call: pause_job(
            row.pk, in_shop_language(_("from the back office")), **call)),
        verb_action("complete_jobs", _("Complete"), complete_row),
        confirmed_action(
            "cancel_jobs", _("Cancel jobs"),
            _("These jobs leave the queue; their projects are Approved again, or Completed "
              "where they were cut before. Shall they?"),
            lambda row, said, call: cancel_item(row.pk, said["reason"], **call),
        ),
        verb_action("move_to_top", _("Move to the top"), lambda row, call: move_item(
            row.pk, 1, **call), backwards=True),
        moving("move_up", _("Move up"), -1),
        moving("move_down", _("Move down"), +1),
    )  # fmt: skip
    actions_list = ("open_board",)
    actions_detail = ("start", "pause", "complete", "cancel", "move")
    start, pause, complete = dialogs.start, dialogs.pause, dialogs.complete
    cancel, move = dialogs.cancel, dialogs.move

    @page_action(
        description=_("Queue board"), permissions=["view"], icon="view_kanban",
        url_path="open-board",
    )  # fmt: skip
    def open_board(self, request: HttpRequest) -> HttpResponseRedirect:
        """Lead to the board."""
        return HttpResponseRedirect(reverse("admin:queue_app_queueitem_board"))

    def get_urls(self) -> list[Any]:
        """Return the addresses, the board's among them."""
        return [*board_urls(), *super().get_urls()]

    def is_legal(self, action: str, row: Any) -> bool:
        """Read from the table of moves what may be done with this job."""
        return bool(row.is_active if action == "move" else row.allows(action))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not what is finished: its verb would refuse it."""
        is_over = isinstance(obj, QueueItem) and not obj.is_active
        return not is_over and super().has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """No: a job enters the queue from its project."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No: a job is cancelled."""
        return False

    def perform_save(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> int:
        """Change what may be changed of a job through its verb."""
        call = verb_call(request)
        call["updated_at"] = seen_version(request)
        update_item(obj.pk, form_changes(form, change), **call)
        return int(obj.pk)

    def _tell_of_hidden(self, request: HttpRequest, changelist: Any) -> None:
        """Say what a search of the active jobs has found among the others; an action leads back."""
        is_asked = request.method == "GET" and changelist.query
        if not is_asked or ShownFilter.parameter_name in request.GET:
            return
        others = QueueItem.objects.exclude(IS_ACTIVE)
        found, doubled = self.get_search_results(request, others, changelist.query)
        if count := (found.distinct() if doubled else found).count():
            told = ngettext(
                "%(count)s more is among the completed and cancelled jobs.",
                "%(count)s more are among the completed and cancelled jobs.",
                count,
            ) % {"count": count}
            way = changelist.get_query_string({ShownFilter.parameter_name: "all"})
            messages.info(request, format_html(
                '{} <a class="underline" href="{}">{}</a>', told, way, gettext("Show all")
            ))  # fmt: skip

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Number the page's jobs by their place among all active ones, in one statement."""
        changelist = super().get_changelist_instance(request)
        self._tell_of_hidden(request, changelist)
        places = {
            pk: number for number, pk in enumerate(active_items().values_list("pk", flat=True), 1)
        }
        for item in changelist.result_list:
            item.known_place = places.get(item.pk)
        return changelist

    @display(description=_("place"), ordering=F("rank"))
    def place(self, item: QueueItem) -> int | str:
        """The place in the queue."""
        if not hasattr(item, "known_place"):
            return position_of(item) or "–"
        return item.known_place or "–"

    @display(description=_("scheduled date"), ordering="scheduled_date")
    def planned(self, item: QueueItem) -> str | SafeString:
        """The day that it is scheduled for; one that waits longer is behind schedule."""
        return scheduled(item.scheduled_date, settled=item.status != QueueStatus.QUEUED)

    @display(description=_("due"), ordering="project__due_date")
    def due_shown(self, item: QueueItem) -> str | SafeString:
        """The project's due date, coloured where it is near or past."""
        return due(item.project.due_date, settled=not item.is_active)

    @display(description=_("code"), ordering="project__project_code")
    def project_code(self, item: QueueItem) -> str:
        """The project's code."""
        return one_line(item.project.project_code)

    @display(description=_("project"), ordering="project__name")
    def project_name(self, item: QueueItem) -> SafeString:
        """The project's name, and whose it is: a column of its own left no room for the last."""
        project = item.project
        return format_html(
            '{}<span class="cell-under">{}</span>', project.name, project.client.name
        )

    @display(description=_("minutes"))
    def minutes(self, item: QueueItem) -> int | None:
        """The estimate: the job's own, else the project's."""
        return item.estimate

    @display(description=_("operator"))
    def who(self, item: QueueItem) -> str:
        """Who started it last, else who is to cut it."""
        person = item.operator or item.assigned_to
        return person.name if person else str(_("anyone"))

    @display(description=_("ran so far"))
    def ran(self, item: QueueItem) -> str:
        """The stretches of cutting, the present one included."""
        return _("%(minutes)s min") % {
            "minutes": clock.whole_minutes(item.ran_seconds_until(clock.now()))
        }

    @labelled(JOB_COLOURS, description=_("status"), ordering="status")
    def status_shown(self, item: QueueItem) -> tuple[str, str]:
        """The status, coloured; a paused job says so."""
        return PAUSED if item.is_paused else item.status, state_label(item.status, item.paused_at)

    @labelled({Priority.HIGH: "danger"}, description=_("priority"), ordering="priority")
    def priority_shown(self, item: QueueItem) -> tuple[str, str]:
        """The priority; a high one coloured."""
        return item.priority, item.get_priority_display()


def extend_projects() -> None:
    """Give the projects' admin what leads into the queue: projects_app knows nothing of it."""
    site: Any = admin.site.get_model_admin(Project)
    queueing = verb_action(
        "add_to_queue", _("Add to queue"), lambda row, call: add_to_queue(row.pk, **call)
    )
    site.actions = (*(site.actions or ()), queueing)
    site.list_filter = (AttentionFilter, *site.list_filter, DeliveredFilter)
    added = {
        "add_to_queue_now": dialogs.add_now, "deliver_now": deliver_now,
        "recut_now": dialogs.recut_now,
    }  # fmt: skip
    for name, action in added.items():
        setattr(site, name, MethodType(action, site))
    *everyday, rare = site.actions_detail
    site.actions_detail = (*everyday, "add_to_queue_now", "deliver_now",
                           more("recut_now", *rare["items"]))  # fmt: skip


def extend_presets() -> None:
    """Give the presets' admin the filter that needs the runs: presets_app knows nothing of them."""
    site: Any = admin.site.get_model_admin(MachineSettingsPreset)
    site.list_filter = (*site.list_filter, FailingFilter)


extend_projects()
extend_presets()
