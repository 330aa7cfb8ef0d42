"""Clients: what was finished for each, for how much money, and whether in time."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from laseros.tables import Column, Kind, Row
from projects_app.lateness import done_in_time
from projects_app.models import Project, ProjectStatus
from queue_app.statistics.periods import Period
from queue_app.statistics.topics import Topic


def completed_projects(period: Period) -> QuerySet[Project]:
    """Return the projects that were completed in the range (and still are), in no order."""
    return Project.objects.filter(
        status=ProjectStatus.COMPLETED,
        completion_date__gte=period.first,
        completion_date__lte=period.last,
    ).order_by()


def read(period: Period) -> list[Row]:
    """Return the sums of each client for whom something was completed in the range.

    `turnover` is in the shop's currency; `unpriced` counts the projects that add nothing to it;
    `due` those with a due date, `in_time` those completed on it or before.
    """
    rows: QuerySet[Any, Row] = (
        completed_projects(period)
        .annotate(price=Coalesce("final_price", "quoted_price"))
        .values("client_id", "client__name")
        .annotate(
            jobs=Count("id"),
            turnover=Sum("price"),
            unpriced=Count("id", filter=Q(price__isnull=True)),
            due=Count("id", filter=Q(due_date__isnull=False)),
            in_time=Count("id", filter=done_in_time()),
        )
        .order_by(F("turnover").desc(nulls_last=True), "client__name", "client_id")
    )
    return [{**row, "name": row["client__name"]} for row in rows]


def _links(row: Row, period: Period) -> dict[str, str]:
    return links_of(period, client__id__exact=row["client_id"])


def links_of(period: Period, **also: Any) -> dict[str, str]:
    """Return where the columns lead: to the projects that each is made of."""
    every = list_of_projects(period, **also)
    unpriced = {"final_price__isnull": True, "quoted_price__isnull": True}
    return {
        "jobs": every, "turnover": every,
        "unpriced": list_of_projects(period, **also, **unpriced),
        "on_time": list_of_projects(period, **also, delivered="due"),
    }  # fmt: skip


def list_of_projects(period: Period, **also: Any) -> str:
    """Return the address of the list of completed projects; `also` narrows it further."""
    query = {
        "status__exact": ProjectStatus.COMPLETED.value,
        "completion_date__gte": period.first.isoformat(),
        "completion_date__lte": period.last.isoformat(),
        **also,
    }
    return f"{reverse('admin:projects_app_project_changelist')}?{urlencode(query)}"


def _turnover_head() -> str:
    return gettext("turnover (%(currency)s)") % {"currency": settings.CURRENCY}


CLIENTS = Topic(
    key="clients",
    title=_("Clients"),
    about=_(
        "Projects that were completed in the range, by client. Turnover is the final price, else "
        "the quoted one. A project was in time that was completed on its due date or before; "
        "projects without a due date are left out."
    ),
    empty=_("No project was completed in this range."),
    columns=(
        Column("name", _("client"), Kind.TEXT),
        Column("jobs", _("projects")),
        Column("turnover", lazy(_turnover_head, str)(), Kind.AMOUNT),
        Column("unpriced", _("without a price"), optional=True),
        Column("on_time", _("projects in time"), Kind.SHARE),
    ),
    sums=("jobs", "turnover", "unpriced", "due", "in_time"),
    shares={"on_time": ("in_time", "due")},
    read=read,
    links=_links,
    total_links=links_of,
)
