"""List filters that need the queue: the home page's figures lead to what these keep."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from laseros.days import short_day
from presets_app.models import MachineSettingsPreset, Material
from projects_app import lateness
from projects_app.models import Project
from queue_app import trouble
from queue_app.estimates import measured, recuts
from queue_app.home.projects import TOPICS
from queue_app.models import IS_ACTIVE, LaserRun, QueueItem
from queue_app.outlook import Outlook
from queue_app.statistics.topics import run_day


class AttentionFilter(admin.SimpleListFilter):
    """Projects that somebody should look at."""

    title = _("attention")
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer the kinds of attention, as the home page calls them."""
        return [(topic.key, topic.title) for topic in TOPICS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Project]) -> QuerySet[Project]:
        """Keep the projects of the kind."""
        outlook: Any = SimpleLazyObject(Outlook.now)  # few kinds ask for it
        known = (topic for topic in TOPICS if topic.key == self.value())
        return next((queryset.filter(one.condition(outlook)) for one in known), queryset)


class DeliveredFilter(admin.SimpleListFilter):
    """Completed projects that had a due date, by whether they were done in time."""

    title = _("completed")
    parameter_name = "delivered"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer in time, late, and both."""
        return [("due", _("With a due date")), ("in_time", _("In time")), ("late", _("Late"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Project]) -> QuerySet[Project]:
        """Keep the completed projects that were as asked."""
        if self.value() not in {"due", "in_time", "late"}:
            return queryset
        done = queryset.filter(lateness.completed_by_due_date())
        if self.value() == "in_time":
            return done.filter(lateness.done_in_time())
        return done.filter(lateness.done_late()) if self.value() == "late" else done


class ForecastFilter(admin.SimpleListFilter):
    """Jobs of the queue by what the forecast says: worked on that day, or not reckoned with."""

    title = _("forecast")
    parameter_name = "forecast"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer jobs without an estimate, and the day that was asked for."""
        day = _day(request.GET.get(self.parameter_name, ""))
        asked = [(day.isoformat(), short_day(day))] if day else []
        return [("unestimated", _("Without an estimate")), *asked]

    def queryset(self, request: HttpRequest, queryset: QuerySet[QueueItem]) -> QuerySet[QueueItem]:
        """Keep the jobs."""
        if self.value() == "unestimated":
            none = Q(estimated_cut_time=None, project__estimated_cut_time=None)
            return queryset.filter(IS_ACTIVE & none)
        day = _day(self.value() or "")
        return queryset.filter(pk__in=Outlook.now().jobs_on(day)) if day else queryset


def _day(written: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(written)
    except ValueError:
        return None


class MaterialFilter(admin.SimpleListFilter):
    """Runs of one material, by the name that each was recorded under."""

    title = _("material")
    parameter_name = "material_type__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer the shop's materials; reading them off a million runs would take too long."""
        return [(name, name) for name in Material.objects.values_list("name", flat=True)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LaserRun]) -> QuerySet[LaserRun]:
        """Keep the runs of the material; the empty name is that of projects without one."""
        return queryset if self.value() is None else queryset.filter(material_type=self.value())


class RunsFilter(admin.SimpleListFilter):
    """Runs of the last 30 days that failed, or that are measured against an estimate."""

    title = _("last 30 days")
    parameter_name = "runs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer both."""
        return [("failed", _("Failed")), ("estimated", _("Counted, with an estimate"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LaserRun]) -> QuerySet[LaserRun]:
        """Keep the runs."""
        if self.value() == "failed":
            return queryset.filter(pk__in=trouble.failed_runs().values("pk"))
        if self.value() == "estimated":
            return queryset.filter(pk__in=measured(trouble.recent_runs()).values("pk"))
        return queryset


class KindFilter(admin.SimpleListFilter):
    """Runs by what the statistics count them as, of any range of days."""

    title = _("counted as")
    parameter_name = "kind"
    kinds: dict[str, tuple[Any, Callable[[QuerySet[LaserRun]], QuerySet[LaserRun]]]] = {
        "failed": (_("Failed"), lambda runs: trouble.judged(runs).filter(failed=True)),
        "measured": (_("Measured against an estimate"), measured),
        "recut": (_("Recut"), recuts),
        "due": (
            _("Of a project with a due date"), lambda runs: runs.exclude(project__due_date=None)
        ),
        "in_time": (
            _("In time"),
            lambda runs: runs.annotate(day=run_day()).filter(
                lateness.done_in_time("day", "project__due_date")
            ),
        ),
    }  # fmt: skip

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer the kinds."""
        return [(key, title) for key, (title, _keep) in self.kinds.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LaserRun]) -> QuerySet[LaserRun]:
        """Keep the runs of the kind."""
        known = self.kinds.get(self.value() or "")
        return known[1](queryset) if known else queryset


class FailingFilter(admin.SimpleListFilter):
    """Presets whose runs of the last 30 days fail."""

    title = _("runs")
    parameter_name = "runs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer the failing ones."""
        return [("failing", _("Failing in the last 30 days"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[MachineSettingsPreset]
    ) -> QuerySet[MachineSettingsPreset]:
        """Keep the failing presets."""
        if self.value() != "failing":
            return queryset
        return queryset.filter(pk__in=trouble.with_failures().values("pk"))
