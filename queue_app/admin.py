"""The admin of the cutting queue and of the finished cuts."""

from __future__ import annotations

from types import MethodType
from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from laseros import clock
from laseros.errors import InvalidInput
from operators_app.admin_actions import confirmed_action, per_row, verb_action, verb_call
from operators_app.admin_base import (
    ReadOnlyAdmin,
    VerbModelAdmin,
    form_changes,
    one_line,
    seen_version,
)
from operators_app.admin_lists import labelled
from operators_app.models import Flag
from operators_app.verbs import Call, Outcome
from projects_app.models import Project
from queue_app import admin_dialogs as dialogs
from queue_app.models import (
    IS_ACTIVE,
    LaserRun,
    Priority,
    QueueItem,
    QueueStatus,
    RunStatus,
)
from queue_app.queries import active_items, position_of
from queue_app.verbs import (
    add_to_queue,
    cancel_item,
    complete_job,
    move_item,
    pause_job,
    resolve_flag,
    start_job,
    update_item,
)

STAMPS = ("created_at", "updated_at", "seq")


def who_and_what(item: QueueItem, operator_id: int | None) -> tuple[int, int]:
    """Return operator and preset for an action on a whole list; raise InvalidInput for none."""
    preset_id = dialogs.planned_preset(item)
    if operator_id is None:
        raise InvalidInput.on(
            "operator_id",
            "You have no operator profile and the job is assigned to nobody; open it and choose.",
        )
    if preset_id is None:
        raise InvalidInput.on("preset_id", "The project has no preset; open the job and choose.")
    return operator_id, preset_id


def start_row(item: QueueItem, call: Call) -> Outcome:
    """Start a job of the list."""
    operator_id, preset_id = who_and_what(item, dialogs.who_starts(item, call["by"].operator_id))
    return start_job(item.pk, operator_id=operator_id, preset_id=preset_id, **call)


def complete_row(item: QueueItem, call: Call) -> Outcome:
    """Complete a job of the list, with the minutes that were logged."""
    operator_id, preset_id = who_and_what(item, dialogs.who_cut(item, call["by"].operator_id))
    return complete_job(item.pk, operator_id=operator_id, preset_id=preset_id, **call)


def moving(name: str, description: str, step: int) -> Any:
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

    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the statuses and all of them."""
        return [*QueueStatus.choices, ("all", "All")]

    def choices(self, changelist: Any) -> Any:
        """Call the choice without a status “Active”."""
        for choice in super().choices(changelist):
            if choice.get("display") in {"All", "all"} and "status=all" not in str(
                choice["query_string"]
            ):
                choice["display"] = "Active"
            yield choice

    def queryset(self, request: HttpRequest, queryset: QuerySet[QueueItem]) -> QuerySet[QueueItem]:
        """Keep the jobs of the status."""
        if self.value() in QueueStatus.values:
            return queryset.filter(status=self.value())
        return queryset if self.value() == "all" else queryset.filter(IS_ACTIVE)


@admin.register(QueueItem)
class QueueItemAdmin(VerbModelAdmin):
    """The cutting queue. Jobs enter it from their projects; they are cancelled, not deleted."""

    list_display = (
        "place", "project_code", "project_name", "client", "status_shown", "priority_shown",
        "scheduled_date", "minutes", "who",
    )  # fmt: skip
    list_display_links = ("place", "project_code")
    list_filter = (ShownFilter, "priority", "scheduled_date", "assigned_to")
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
        ("Cutting", {"fields": (("operator", "preset"), ("ran", "first_started_at"),
                                ("started_at", "paused_at"), ("completed_at", "cancelled_at"))}),
        ("Record", {"fields": ("added_by", "added_at", *STAMPS)}),
    )  # fmt: skip
    actions = (
        verb_action("start_jobs", "Start", start_row),
        verb_action("pause_jobs", "Pause", lambda row, call: pause_job(
            row.pk, "Paused from the back office", **call)),
        verb_action("complete_jobs", "Complete", complete_row),
        confirmed_action(
            "cancel_jobs", "Cancel jobs",
            "These jobs leave the queue; their projects are Approved again. Shall they?",
            lambda row, said, call: cancel_item(row.pk, said["reason"], **call),
        ),
        verb_action("move_to_top", "Move to the top", lambda row, call: move_item(
            row.pk, 1, **call), backwards=True),
        moving("move_up", "Move up", -1),
        moving("move_down", "Move down", +1),
    )  # fmt: skip
    actions_detail = ("start", "pause", "complete", "cancel", "move")
    start, pause, complete = dialogs.start, dialogs.pause, dialogs.complete
    cancel, move = dialogs.cancel, dialogs.move

    def is_legal(self, action: str, row: Any) -> bool:
        """Read from the table of moves what may be done with this job."""
        return bool(row.is_active if action == "move" else row.allows(action))

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

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Number the page's jobs by their place among all active ones, in one statement."""
        changelist = super().get_changelist_instance(request)
        places = {
            pk: number for number, pk in enumerate(active_items().values_list("pk", flat=True), 1)
        }
        for item in changelist.result_list:
            item.known_place = places.get(item.pk)
        return changelist

    @display(description="no.", ordering=F("rank"))
    def place(self, item: QueueItem) -> int | str:
        """The place in the queue."""
        if not hasattr(item, "known_place"):
            return position_of(item) or "–"
        return item.known_place or "–"

    @display(description="code", ordering="project__project_code")
    def project_code(self, item: QueueItem) -> str:
        """The project's code."""
        return one_line(item.project.project_code)

    @display(description="project", ordering="project__name")
    def project_name(self, item: QueueItem) -> str:
        """The project's name."""
        return item.project.name

    @display(description="client", ordering="project__client__name")
    def client(self, item: QueueItem) -> str:
        """Whose project it is."""
        return item.project.client.name

    @display(description="minutes")
    def minutes(self, item: QueueItem) -> int | None:
        """The estimate: the job's own, else the project's."""
        return item.estimate

    @display(description="operator")
    def who(self, item: QueueItem) -> str:
        """Who started it last, else who is to cut it."""
        person = item.operator or item.assigned_to
        return person.name if person else "anyone"

    @display(description="ran so far")
    def ran(self, item: QueueItem) -> str:
        """The stretches of cutting, the present one included."""
        return f"{clock.whole_minutes(item.ran_seconds_until(clock.now()))} min"

    @labelled(
        {
            "queued": "info",
            "paused": "danger",
            "in_progress": "warning",
            "completed": "success",
            "cancelled": "default",
        },
        description="status",
        ordering="status",
    )
    def status_shown(self, item: QueueItem) -> tuple[str, str]:
        """The status, coloured; a paused job says so."""
        if item.is_paused:
            return "paused", "Paused"
        return item.status, item.get_status_display()

    @labelled({Priority.HIGH: "danger"}, description="priority", ordering="priority")
    def priority_shown(self, item: QueueItem) -> tuple[str, str]:
        """The priority; a high one coloured."""
        return item.priority, item.get_priority_display()


@admin.register(LaserRun)
class LaserRunAdmin(ReadOnlyAdmin):
    """Finished cuts."""

    list_display = (
        "run_date", "project", "operator", "preset", "cut_time_minutes", "logged_minutes",
        "sheet_count", "parts_produced", "status_shown",
    )  # fmt: skip
    list_filter = ("status", "run_date", "operator")
    list_select_related = ("project", "operator", "preset")
    search_fields = ("project__project_code", "project__name", "operator__name", "material_type")
    fields = (
        "run_date", "project", "queue_item", "operator", "preset", "cut_time_minutes",
        "logged_minutes", "material_type", "material_thickness", "sheet_count", "parts_produced",
        "notes", "status", "entry", *STAMPS,
    )  # fmt: skip

    @labelled(
        {
            RunStatus.COMPLETED: "success",
            RunStatus.PENDING: "warning",
            RunStatus.REJECTED: "danger",
        },
        description="status",
        ordering="status",
    )
    def status_shown(self, run: LaserRun) -> tuple[str, str]:
        """Whether it counts."""
        return run.status, run.get_status_display()


def extend_projects() -> None:
    """Give the projects' admin what leads into the queue: projects_app knows nothing of it."""
    site = admin.site.get_model_admin(Project)
    queueing = verb_action(
        "add_to_queue", "Add to queue", lambda row, call: add_to_queue(row.pk, **call)
    )
    site.actions = (*(site.actions or ()), queueing)
    for name, action in (("add_to_queue_now", dialogs.add_now), ("recut_now", dialogs.recut_now)):
        setattr(site, name, MethodType(action, site))
    site.actions_detail = (*site.actions_detail, "add_to_queue_now", "recut_now")  # type: ignore[attr-defined]


@display(description="about")
def cut_of_flag(flag: Flag) -> str:
    """The project that was cut and who cut it; for another fact its verb and target."""
    run: LaserRun | None = getattr(flag.entry, "laser_run", None)
    if run is None:
        return f"{flag.entry.verb} {flag.entry.target_type} {flag.entry.target_id or ''}"
    return f"{run.project} by {run.operator.name}"


@display(description="minutes: told / logged")
def claim_of_flag(flag: Flag) -> str:
    """The minutes that the operator told, beside those that were logged."""
    run: LaserRun | None = getattr(flag.entry, "laser_run", None)
    return f"{run.cut_time_minutes} / {run.logged_minutes}" if run else "–"


def extend_flags() -> None:
    """Give the flags' admin the cut that each is about, and the verbs that settle them."""
    site: Any = admin.site.get_model_admin(Flag)
    site.list_display = ("entry_id", cut_of_flag, claim_of_flag, *site.list_display[2:])
    site.list_select_related = (
        *site.list_select_related,
        "entry__laser_run__project",
        "entry__laser_run__operator",
    )
    site.fields = ("entry", cut_of_flag, claim_of_flag, *(site.fields or ())[1:])
    site.readonly_fields = (cut_of_flag, claim_of_flag, *site.readonly_fields)
    site.has_settle_permission = may_settle
    site.actions = (
        verb_action(
            "accept_flags", "Accept", permission="settle",
            verb=lambda row, call: resolve_flag(row.pk, accept=True, **call),
        ),
        verb_action(
            "reject_flags", "Reject", permission="settle",
            verb=lambda row, call: resolve_flag(row.pk, accept=False, **call),
        ),
    )  # fmt: skip
    for name, action in (("accept_one", dialogs.accept), ("reject_one", dialogs.reject)):
        setattr(site, name, MethodType(action, site))
    site.actions_detail = ("accept_one", "reject_one")


def may_settle(request: HttpRequest, obj: Any = None) -> bool:
    """Managers and admins settle flags."""
    return getattr(request.user, "role", None) in {"admin", "manager"}


extend_projects()
extend_flags()
