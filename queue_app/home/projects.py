"""Projects that somebody should look at: late ones, paid ones, unanswered quotes, missing data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Case, CharField, F, Q, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from laseros.days import short_day
from projects_app import attention, lateness
from projects_app.completeness import tell
from projects_app.models import Project, ProjectStatus
from queue_app.forecast import Planned
from queue_app.home.lines import MOST_LINES, Button, Line, Reader, Section, by_topic, first_lines
from queue_app.models import QueueItem
from queue_app.outlook import Outlook

COLUMNS = (
    "id", "project_code", "name", "client__name", "status", "due_date", "pop_deadline",
    "quote_date",
)  # fmt: skip


class Row(NamedTuple):
    """A project as the sections need it; `missing` names what a cut still needs."""

    topic: str
    total: int
    place: int
    id: int
    code: str
    name: str
    client: str
    status: str
    due_date: dt.date | None
    pop_deadline: dt.date | None
    quote_date: dt.date | None
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """A kind of project to look at; its key is the value of the list's filter as well."""

    key: str
    title: Any
    icon: str
    tone: str
    order: str
    condition: Callable[[Outlook], Q]


TOPICS = (
    Topic("overdue", gettext_lazy("Overdue"), "event_busy", "danger", "due_date",
          lambda outlook: lateness.overdue()),
    Topic("at_risk", gettext_lazy("At risk"), "running_with_errors", "warning", "due_date",
          lambda outlook: outlook.at_risk()),
    Topic("pop_deadline", gettext_lazy("POP deadline, not queued"), "payments", "warning",
          "pop_deadline",
          lambda outlook: attention.pop_deadline_near()),
    Topic("missing_data", gettext_lazy("Missing data"), "rule", "warning", "due_date",
          lambda outlook: attention.lacking_data()),
    Topic("quote_unanswered", gettext_lazy("Quotes without an answer"), "request_quote",
          "neutral", "quote_date", lambda outlook: attention.quote_unanswered()),
)  # fmt: skip


def sections(outlook: Outlook, reader: Reader) -> list[Section]:
    """Return the sections that have something in them, in two statements.

    A project that is a line of a graver section is none of the next. What is missing is asked
    apart, of the projects that are shown: it takes two looks into other tables for each.
    """
    if not reader.sees(Project):
        return []
    found = by_topic([_part(number, outlook) for number in range(len(TOPICS))])
    rows = {topic.key: [Row(*one) for one in found[topic.key]]
            for topic in TOPICS if topic.key in found}  # fmt: skip
    shown = _shown(rows)
    known = _known({row.id for lines in shown.values() for row in lines}, outlook)
    above: set[int] = set()
    told = []
    for topic in TOPICS:
        if topic.key in rows:
            repeated = sum(topic.key in known.get(pk, GONE).topics for pk in above)
            lines = [row._replace(missing=known.get(row.id, GONE).missing)
                     for row in shown[topic.key]]  # fmt: skip
            told.append(Section(
                key=topic.key, title=topic.title, icon=topic.icon, tone=topic.tone,
                total=rows[topic.key][0].total, url=reader.listing(Project, attention=topic.key),
                lines=[_line(row, outlook, reader) for row in lines], repeated=repeated,
            ))  # fmt: skip
            above.update(row.id for row in lines)
    return told


def _part(number: int, outlook: Outlook) -> Any:
    """Return the first lines of a topic: enough, should all the lines above be of it, too."""
    topic = TOPICS[number]
    rows = Project.objects.filter(topic.condition(outlook))
    order = [F(topic.order).asc(nulls_first=True), F("pk").asc()]
    return first_lines(rows, topic.key, order, COLUMNS, most=MOST_LINES * (number + 1))


def _shown(rows: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Return the lines of each topic: its first ones that are not shown above it."""
    above: set[int] = set()
    shown = {}
    for key, lines in rows.items():
        shown[key] = [row for row in lines if row.id not in above][:MOST_LINES]
        above.update(row.id for row in shown[key])
    return shown


class Known(NamedTuple):
    """What else is known of a project that is shown: all its topics, and what a cut lacks of it."""

    topics: frozenset[str]
    missing: str


GONE = Known(frozenset(), "")  # deleted between the two statements


def _known(projects: set[int], outlook: Outlook) -> dict[int, Known]:
    """Return what else is known of the projects that are shown."""
    if not projects:
        return {}
    topics = {
        f"is_{one.key}": Case(When(one.condition(outlook), then=Value(1)), default=Value(0))
        for one in TOPICS
    }
    missing = Case(When(attention.lacking_data(), then=attention.names_of_missing()),
                   default=Value(""), output_field=CharField())  # fmt: skip
    rows = Project.objects.filter(pk__in=projects).annotate(**topics)
    return {
        pk: Known(frozenset(one.key for one, is_of in zip(TOPICS, of, strict=True) if is_of), names)
        for pk, names, *of in rows.values_list("pk", missing, *topics)
    }


def _line(row: Row, outlook: Outlook, reader: Reader) -> Line:
    planned = outlook.of_project.get(row.id)
    today = outlook.time.now.date()
    label, tone = _label(row, today)
    return Line(
        title=row.name, url=reader.row(Project, row.id), label=label, tone=tone,
        detail=" · ".join(
            filter(None, (row.code, row.client, _state(row, planned, today), _lacks(row)))
        ),
        buttons=_buttons(row, outlook, reader),
    )  # fmt: skip


def _label(row: Row, today: dt.date) -> tuple[str, str]:
    """Return what is the matter with the project, in a few words, and their tone."""
    if row.topic == "missing_data":
        return tell(_names(row)), "warning"
    if row.topic == "quote_unanswered":
        if row.quote_date is None:
            return _("no date"), "neutral"
        return _("quoted %(date)s") % {"date": short_day(row.quote_date)}, "neutral"
    if row.topic == "pop_deadline":
        return _pop_label(row.pop_deadline, today)
    late = lateness.days_after(today, row.due_date) or 0
    if late > 0:
        return lateness.late_text(late), "danger"
    if late == 0:
        return _("due today"), "danger"
    return _("due %(date)s") % {"date": short_day(row.due_date) if row.due_date else "–"}, "warning"


def _pop_label(deadline: dt.date | None, today: dt.date) -> tuple[str, str]:
    past = lateness.days_after(today, deadline) or 0
    if past > 0:
        return lateness.past_pop_text(past), "danger"
    if past == 0:
        return _("POP deadline today"), "danger"
    day = short_day(deadline) if deadline else "–"
    return _("POP deadline %(date)s") % {"date": day}, "warning"


def _state(row: Row, planned: Planned | None, today: dt.date) -> str:
    """Return where the project stands, and by when its job will be cut."""
    if planned is None:
        told = row.topic in {"missing_data", "pop_deadline", "quote_unanswered"}
        return "" if told else str(ProjectStatus(row.status).label)
    if planned.job.is_running:
        return _("is being cut")
    if planned.job.minutes is None:
        return _("in the queue, without an estimate")
    dates = {"date": short_day(planned.ends_on)}
    if is_held_back(planned, today):
        day = planned.job.scheduled_date
        dates["day"] = short_day(day) if day else "–"
        return _("in the queue, scheduled for %(day)s, cut by %(date)s") % dates
    return _("in the queue, cut by %(date)s") % dates


def is_held_back(planned: Planned, today: dt.date) -> bool:
    """Tell whether a job waits for a day to come, and its due date will have gone by then."""
    day = planned.job.scheduled_date
    return day is not None and day > today and lateness.is_after(day, planned.job.due_date)


def _lacks(row: Row) -> str:
    """Return what is missing, where that is not what the line is about."""
    if not row.missing or row.topic == "missing_data":
        return ""
    return _("lacks: %(missing)s") % {"missing": tell(_names(row))}


def _buttons(row: Row, outlook: Outlook, reader: Reader) -> list[Button]:
    """Return what settles it: fill in what is missing, move it up where that helps by the
    forecast, put it into the queue, agree on another day, or see to the project itself.
    """
    planned = outlook.of_project.get(row.id)
    if row.missing:
        return reader.fill_in(row.id, _names(row)[0], _("Fill in"))
    if row.topic == "quote_unanswered":
        return reader.dialogs(Project, row.id, ("record_pop_on", _("Record POP")))
    if planned is not None and planned.job.is_running:
        return reader.link(QueueItem, planned.job.id, _("Open job"))
    if planned is not None and is_held_back(planned, outlook.time.now.date()):
        return reader.link(QueueItem, planned.job.id, _("Change scheduled date"))
    if planned is not None:
        another = reader.fill_in(row.id, "due_date", _("Change due date"))
        if not outlook.move_helps(planned):
            return another
        up = reader.dialogs(QueueItem, planned.job.id, ("move", _("Move up")))
        return [*up, *(another if row.topic == "overdue" else ())]
    if row.status == ProjectStatus.APPROVED_POP:
        return reader.dialogs(Project, row.id, ("add_to_queue_now", _("Add to queue")))
    return reader.link(Project, row.id, pgettext("link", "Open"))


def _names(row: Row) -> list[str]:
    return [name for name in row.missing.split(",") if name]
