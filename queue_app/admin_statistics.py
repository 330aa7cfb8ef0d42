"""The page of statistics in the back office, and its figures as workbook and on paper."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from laseros import pdf
from laseros.ranges import FIRST_DAY, LAST_DAY
from laseros.tables import Kind, Table, text_of, workbook, write_on
from projects_app.models import Project, Shop
from queue_app.models import LaserRun
from queue_app.statistics import overview, periods
from queue_app.statistics.clients import CLIENTS
from queue_app.statistics.operators import OPERATORS
from queue_app.statistics.periods import CUSTOM, NAMES, USUAL, Period, WrongPeriod

MOST_ON_SCREEN = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def may_see_statistics(request: HttpRequest) -> bool:
    """Tell whether a role may see runs and projects: the figures are made of both."""
    return all(
        admin.site.get_model_admin(model).has_view_permission(request)
        for model in (LaserRun, Project)
    )


def statistics_page(request: HttpRequest) -> HttpResponse:
    """Show the figures of the range that the address asks for."""
    _require(request)
    refusal = ""
    try:
        name, period = periods.chosen(request.GET)
    except WrongPeriod as error:
        refusal, (name, period) = str(error), periods.chosen({})
        name = CUSTOM if request.GET.get("range", CUSTOM) == CUSTOM else name
    found = overview.tables(period)
    charts = overview.charts(period, found)
    context = {
        **admin.site.each_context(request),
        "title": _("Statistics"),
        "refusal": refusal,
        "period": period,
        "range": name,
        "ranges": [(one, title) for one, title in NAMES.items() if one != CUSTOM],
        "first_day": FIRST_DAY.isoformat(),
        "last_day": LAST_DAY.isoformat(),
        "first": request.GET.get("from") if refusal else period.first.isoformat(),
        "last": request.GET.get("to") if refusal else period.last.isoformat(),
        "query": request.GET.urlencode() if not refusal else f"range={USUAL}",
        "cards": _cards(overview.sums(found), period),
        "sections": [section(table, charts.get(key)) for key, table in found.items()],
    }
    return render(request, "admin/statistics/page.html", context)


def section(table: Table, chart: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what `admin/statistics/section.html` shows: a table's first rows, and its chart."""
    return {
        "table": table,
        "lines": table.lines(MOST_ON_SCREEN),
        "more": max(0, len(table.rows) - MOST_ON_SCREEN),
        "chart": json.dumps(chart) if chart else "",
        "legend": _legend(chart) if chart else [],
    }


def _legend(chart: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what the bars of each colour are, where there are several: (colour, what)."""
    sets = chart["datasets"]
    return [(one["backgroundColor"], one["label"]) for one in sets] if len(sets) > 1 else []


class Card(NamedTuple):
    """A figure that stands large above the tables, and the list that it is made of."""

    title: str
    text: str
    link: str
    note: str = ""


def _cards(sums: dict[str, Any], period: Period) -> list[Card]:
    """Return what stands large above the tables."""
    cut, sold = sums["operators"], sums["clients"]
    head = next(c.head for c in CLIENTS.columns if c.name == "turnover")
    runs, projects = OPERATORS.total_links(period), CLIENTS.total_links(period)
    in_time, due = sold.get("in_time", 0), sold.get("due", 0)
    told = {"in_time": text_of(in_time, Kind.COUNT), "due": text_of(due, Kind.COUNT)}
    of_due = _("%(in_time)s of %(due)s with a due date") % told
    sheets = sums["materials"].get("sheets", 0)
    return [
        Card(_("Runs that count"), text_of(cut.get("jobs", 0), Kind.COUNT), runs["jobs"]),
        Card(_("Minutes cut"), text_of(cut.get("minutes", 0), Kind.COUNT), runs["minutes"]),
        Card(_("Sheets"), text_of(sheets, Kind.COUNT), runs["jobs"]),
        Card(_("Projects in time"), text_of(sold.get("on_time"), Kind.SHARE), projects["on_time"],
             of_due if due else ""),
        Card(str(capfirst(head)), text_of(sold.get("turnover", 0), Kind.AMOUNT), projects["jobs"]),
    ]  # fmt: skip


def statistics_workbook(request: HttpRequest) -> HttpResponse:
    """Give the range's tables as a workbook."""
    period = _asked(request)
    if isinstance(period, HttpResponse):
        return period
    told = [_("Statistics"), str(period)]
    return as_file(workbook(overview.tables(period).values(), told), XLSX, _name(period, "xlsx"))


def statistics_paper(request: HttpRequest) -> HttpResponse:
    """Give the range's tables as PDF."""
    period = _asked(request)
    if isinstance(period, HttpResponse):
        return period
    paper = pdf.Paper(f"{_('Statistics')} {period}", Shop.current().name)
    paper.heading(f"{_('Statistics')} {period}", large=True)
    for table in overview.tables(period).values():
        write_on(paper, table, _("%(count)s more rows are in the workbook."))
        paper.paragraph(str(table.about), quiet=True)
    return as_file(paper.to_bytes(), "application/pdf", _name(period, "pdf"))


def _asked(request: HttpRequest) -> Period | HttpResponse:
    """Return the range of a download; an answer that says so where there is no such range."""
    _require(request)
    try:
        return periods.chosen(request.GET)[1]
    except WrongPeriod as error:
        return HttpResponse(str(error), status=400, content_type="text/plain; charset=utf-8")


def _require(request: HttpRequest) -> None:
    if not may_see_statistics(request):
        raise PermissionDenied


def _name(period: Period, ending: str) -> str:
    return f"statistics-{period.first}-{period.last}.{ending}"


def as_file(data: bytes, content_type: str, name: str) -> HttpResponse:
    """Return the answer that a browser saves under this name (ASCII, without quotes)."""
    answer = HttpResponse(data, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


urlpatterns = [
    path("", admin.site.admin_view(statistics_page), name="statistics"),
    path("workbook", admin.site.admin_view(statistics_workbook), name="statistics-workbook"),
    path("paper", admin.site.admin_view(statistics_paper), name="statistics-paper"),
]
