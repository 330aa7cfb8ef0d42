"""The admin of background jobs."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_q.models import Failure, OrmQ, Schedule, Success
from django_q.tasks import async_task
from unfold.decorators import display

from laseros.languages import Text
from operators_app.admin_actions import per_row
from operators_app.admin_base import ReadOnlyAdmin, may_manage
from operators_app.models import ROLES_OF_THE_ADMIN

# What the migrations call the schedules that they make, those of higher apps too.
SCHEDULES: dict[str, Text] = {
    "Make production reports": _("Make production reports"),
    "Read forgotten drawings": _("Read forgotten drawings"),
}

for model in (Success, Failure, OrmQ, Schedule):
    admin.site.unregister(model)


class OpenToAll(ReadOnlyAdmin):
    """Shows what has no rights of its own to everybody in the back office."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Everybody who may enter."""
        return getattr(request.user, "role", None) in ROLES_OF_THE_ADMIN

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Everybody who may enter."""
        return self.has_module_permission(request)


class JobsAdmin(OpenToAll):
    """Shows jobs."""


class FinishedAdmin(JobsAdmin):
    """Jobs that ended."""

    list_display = ("name", "func", "started", "stopped", "took")
    list_filter = ("started",)
    search_fields = ("name", "func")
    fields = ("name", "func", "args", "kwargs", "started", "stopped", "attempt_count", "result")

    @display(description=_("seconds"))
    def took(self, task: Any) -> Any:
        """How long it ran."""
        return task.time_taken()


@admin.register(Success)
class SuccessAdmin(FinishedAdmin):
    """Jobs done."""


@admin.register(Failure)
class FailureAdmin(FinishedAdmin):
    """Jobs failed; they may be run again, for jobs are idempotent."""

    list_display = ("name", "func", "started", "stopped", "problem")
    actions = ("run_again",)

    @display(description=_("problem"))
    def problem(self, task: Any) -> str:
        """The beginning of what went wrong."""
        return str(task.result or "")[:100]

    def has_run_permission(self, request: HttpRequest) -> bool:
        """Managers and admins."""
        return may_manage(request)

    @admin.action(description=_("Run again"), permissions=["run"])
    def run_again(self, request: HttpRequest, queryset: Any) -> None:
        """Put the chosen jobs back into the queue."""

        def again(task: Any, call: Any) -> None:
            async_task(task.func, *(task.args or ()), hook=task.hook, group=task.group,
                       **(task.kwargs or {}))  # fmt: skip
            task.delete()

        per_row(request, queryset, again, _("Run again"))


@admin.register(OrmQ)
class WaitingAdmin(JobsAdmin):
    """Jobs waiting for a worker."""

    list_display = ("id", "job", "function", "lock")
    fields = ("id", "job", "function", "lock")

    @display(description=_("job"))
    def job(self, row: Any) -> str:
        """Its name."""
        return str(row.name())

    @display(description=_("function"))
    def function(self, row: Any) -> str:
        """What it calls."""
        return str(row.func())


@admin.register(Schedule)
class ScheduleAdmin(JobsAdmin):
    """What runs by the clock."""

    list_display = ("title", "func", "schedule_type", "minutes", "next_run")
    list_filter = ("schedule_type",)
    search_fields = ("name", "func")
    fields = ("title", "func", "args", "kwargs", "schedule_type", "minutes", "next_run")

    @display(description=_("name"), ordering="name")
    def title(self, schedule: Schedule) -> str:
        """The name; of our own ones, in the reader's language."""
        return str(SCHEDULES.get(schedule.name, schedule.name))
