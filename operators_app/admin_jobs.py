"""The admin of what libraries keep: background jobs, and sign-ins locked after failures."""

from __future__ import annotations

from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.http import HttpRequest
from django_q.models import Failure, OrmQ, Schedule, Success
from django_q.tasks import async_task
from unfold.decorators import display

from operators_app.admin_actions import per_row
from operators_app.admin_base import ReadOnlyAdmin, VerbModelAdmin, may_manage
from operators_app.models import Role

for model in (Success, Failure, OrmQ, Schedule, AccessAttempt, AccessLog, AccessFailureLog):
    admin.site.unregister(model)  # AccessLog and AccessFailureLog for good: see LoginRecord


class JobsAdmin(ReadOnlyAdmin):
    """Shows jobs to managers and admins."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Managers and admins."""
        return may_manage(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Managers and admins."""
        return may_manage(request)


class FinishedAdmin(JobsAdmin):
    """Jobs that ended."""

    list_display = ("name", "func", "started", "stopped", "took")
    list_filter = ("started",)
    search_fields = ("name", "func")
    fields = ("name", "func", "args", "kwargs", "started", "stopped", "attempt_count", "result")

    @display(description="seconds")
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

    @display(description="problem")
    def problem(self, task: Any) -> str:
        """The beginning of what went wrong."""
        return str(task.result or "")[:100]

    def has_run_permission(self, request: HttpRequest) -> bool:
        """Managers and admins."""
        return may_manage(request)

    @admin.action(description="Run again", permissions=["run"])
    def run_again(self, request: HttpRequest, queryset: Any) -> None:
        """Put the chosen jobs back into the queue."""

        def again(task: Any, call: Any) -> None:
            async_task(task.func, *(task.args or ()), hook=task.hook, group=task.group,
                       **(task.kwargs or {}))  # fmt: skip
            task.delete()

        per_row(request, queryset, again, "Run again")


@admin.register(OrmQ)
class WaitingAdmin(JobsAdmin):
    """Jobs waiting for a worker."""

    list_display = ("id", "job", "function", "lock")
    fields = ("id", "job", "function", "lock")

    @display(description="job")
    def job(self, row: Any) -> str:
        """Its name."""
        return str(row.name())

    @display(description="function")
    def function(self, row: Any) -> str:
        """What it calls."""
        return str(row.func())


@admin.register(Schedule)
class ScheduleAdmin(JobsAdmin):
    """What runs by the clock."""

    list_display = ("name", "func", "schedule_type", "minutes", "next_run")
    list_filter = ("schedule_type",)
    search_fields = ("name", "func")
    fields = ("name", "func", "args", "kwargs", "schedule_type", "minutes", "next_run")


@admin.register(AccessAttempt)
class LockedSignInAdmin(ReadOnlyAdmin):
    """Failed sign-ins that count towards a lock; an admin deletes a line to unlock."""

    list_display = ("attempt_time", "username", "ip_address", "failures_since_start", "path_info")
    search_fields = ("username", "ip_address")
    fields = ("attempt_time", "username", "ip_address", "failures_since_start", "path_info")
    delete_model = VerbModelAdmin.delete_model

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Admins."""
        return getattr(request.user, "role", None) == Role.ADMIN

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Admins."""
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Admins: it unlocks."""
        return self.has_module_permission(request)
