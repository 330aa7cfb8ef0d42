"""Kept production reports in the back office, and when they are made."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from laseros import pdf
from laseros.tables import Kind, text_of, workbook, write_on
from operators_app.admin_actions import verb_call
from operators_app.admin_base import ReadOnlyAdmin, VerbModelAdmin, may_manage, seen_version
from operators_app.admin_inlines import form_changes
from projects_app.models import Shop
from queue_app.admin_statistics import XLSX, as_file, section
from queue_app.models import ProductionReport, ReportKind, ReportTimes
from queue_app.reports.due import last_finished
from queue_app.reports.tables import made_on, tables_of, tells_late_by_either
from queue_app.statistics.clients import CLIENTS
from queue_app.verbs import make_report, save_report_times


@admin.register(ProductionReport)
class ProductionReportAdmin(ReadOnlyAdmin):
    """Reports, newest first; each opens as a page and is given as workbook and on paper."""

    list_display = ("report", "made_at", "jobs", "minutes", "late", "flags", "turnover")
    list_filter = ("kind", "first_day")
    list_display_links = ("report",)
    ordering = ("-last_day", "kind")
    list_before_template = "admin/reports/make_now.html"

    def get_urls(self) -> list[URLPattern]:
        """Return the addresses of the files, then those of list and page."""
        wrap = self.admin_site.admin_view
        return [
            path("make/", wrap(require_POST(self.make_now)), name="report-make"),
            path("<int:pk>/workbook", wrap(self.give_workbook), name="report-workbook"),
            path("<int:pk>/paper", wrap(self.give_paper), name="report-paper"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Offer the last reports, to whoever may make them."""
        offered = {"may_make": may_manage(request), **(extra_context or {})}
        return super().changelist_view(request, offered)  # type: ignore[no-any-return]

    def make_now(self, request: HttpRequest) -> HttpResponse:
        """Show the report of the last day or week that is over; make it where it is missing."""
        if not may_manage(request):
            raise PermissionDenied
        kind = ReportKind.WEEKLY if request.POST.get("kind") == "weekly" else ReportKind.DAILY
        period = last_finished(kind)
        kept = ProductionReport.objects.filter(kind=kind, first_day=period.first).first()
        pk = kept.pk if kept else make_report(kind, period, **verb_call(request)).data["id"]
        return HttpResponseRedirect(self.change_url(pk))

    @display(description=_("report"), ordering="last_day")
    def report(self, report: ProductionReport) -> str:
        """What it is about."""
        return str(report)

    @display(description=_("runs"))
    def jobs(self, report: ProductionReport) -> str:
        """How many runs counted."""
        return text_of(sum(row["jobs"] for row in report.figures["operators"]), Kind.COUNT)

    @display(description=_("minutes"))
    def minutes(self, report: ProductionReport) -> str:
        """How long they took."""
        return text_of(sum(row["minutes"] for row in report.figures["operators"]), Kind.COUNT)

    @display(description=_("late when made"))
    def late(self, report: ProductionReport) -> str:
        """How many jobs of the queue would be late."""
        return text_of(report.figures["counts"]["late"], Kind.COUNT)

    @display(description=_("flagged when made"))
    def flags(self, report: ProductionReport) -> str:
        """How many flagged facts waited for a manager."""
        return text_of(report.figures["counts"]["flags"], Kind.COUNT)

    @display(description=next(c.head for c in CLIENTS.columns if c.name == "turnover"))
    def turnover(self, report: ProductionReport) -> str:
        """What the projects completed in its time brought."""
        prices = (Decimal(row["turnover"] or 0) for row in report.figures["clients"])
        return text_of(sum(prices, Decimal(0)), Kind.AMOUNT)

    def changeform_view(self, request: HttpRequest, object_id: Any = None, *args: Any,
                        **kwargs: Any) -> HttpResponse:  # fmt: skip
        """Show the report as a page."""
        if not object_id or request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        report = self._report(request, object_id)
        found = tables_of(report)
        context = {
            **self.admin_site.each_context(request),
            "title": str(report),
            "opts": self.opts,
            "report": report,
            "made": made_on(report),
            "cards": self._cards({key: table.total or {} for key, table in found.items()}, report),
            "sections": [section(table) for table in found.values()],
            "without_estimate": report.figures["counts"]["without_estimate"],
        }
        return render(request, "admin/reports/report.html", context)

    def _cards(self, sums: dict[str, Any], report: ProductionReport) -> list[tuple[str, str]]:
        counts, cut = report.figures["counts"], sums["operators"]
        turnover = next(c.head for c in CLIENTS.columns if c.name == "turnover")
        return [
            (gettext("Runs that count"), text_of(cut.get("jobs", 0), Kind.COUNT)),
            (gettext("Minutes cut"), text_of(cut.get("minutes", 0), Kind.COUNT)),
            (_late_name(report), text_of(counts["late"], Kind.COUNT)),
            (gettext("Flagged facts"), text_of(counts["flags"], Kind.COUNT)),
            (str(capfirst(turnover)), text_of(sums["clients"].get("turnover", 0), Kind.AMOUNT)),
        ]

    def _report(self, request: HttpRequest, pk: Any) -> ProductionReport:
        """Return a report; raise PermissionDenied for whoever may not see it, Http404 for none."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        report = self.get_object(request, str(pk))
        if report is None:
            raise Http404
        return report  # type: ignore[no-any-return]

    def give_workbook(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give the report as a workbook."""
        report = self._report(request, pk)
        data = workbook(tables_of(report).values(), [str(report)])
        return as_file(data, XLSX, _file_name(report, "xlsx"))

    def give_paper(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give the report as PDF."""
        report = self._report(request, pk)
        paper = pdf.Paper(str(report), Shop.current().name, made=report.made_at)
        paper.heading(str(report), large=True)
        for table in tables_of(report).values():
            write_on(paper, table, gettext("%(count)s more rows are in the workbook."))
        return as_file(paper.to_bytes(), "application/pdf", _file_name(report, "pdf"))


def _late_name(report: ProductionReport) -> str:
    if tells_late_by_either(report.figures):
        return gettext("Jobs late or past POP deadline")
    return gettext("Jobs late")


def _file_name(report: ProductionReport, ending: str) -> str:
    return f"{report.kind}-report-{report.first_day}.{ending}"


@admin.register(ReportTimes)
class ReportTimesAdmin(VerbModelAdmin):
    """When reports are made: one row, which opens at once; managers change it."""

    readonly_fields = ("created_at", "updated_at", "last_entry")
    fieldsets = (
        (_("Daily report"), {"fields": ("daily_on", "daily_at")}),
        (_("Weekly report"), {"fields": ("weekly_on", ("weekly_day", "weekly_at"))}),
        (_("Record"), {"fields": ("created_at", "updated_at", "last_entry")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one row."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the one row."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:queue_app_reporttimes_change", args=(1,)))

    def perform_save(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> int:
        """Save through the verb."""
        call = verb_call(request)
        call["updated_at"] = seen_version(request)
        return int(save_report_times(form_changes(form, change), **call).data["id"])
