"""What the board shows: every job of the queue as a plain row, in words of the reader's language.

A fixed number of statements, whatever the queue's length: the log's head, the shop, the jobs of the
forecast, the rows.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from django.core.cache import cache as answers
from django.utils import formats, timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from laseros import __version__, clock
from laseros.api import to_json
from laseros.days import short_day
from laseros.numbers import sheet_text
from operators_app.models import LogHead
from projects_app.lateness import will_be_late_text, will_miss_pop_text
from projects_app.models import Shop
from queue_app.forecast import Planned, WorkingTime, forecast, waiting_jobs
from queue_app.models import QUEUE_MOVES, QueueStatus, first_known, is_paused, state_label
from queue_app.queries import active_items

Row = dict[str, Any]

KEPT_SECONDS = 120
COLUMNS = {
    "id": "id",
    "rank": "rank",
    "status": "status",
    "priority": "priority",
    "scheduled_date": "scheduled_date",
    "own_estimate": "estimated_cut_time",
    "project_estimate": "project__estimated_cut_time",
    "started_at": "started_at",
    "paused_at": "paused_at",
    "assigned_to": "assigned_to_id",
    "assigned_name": "assigned_to__name",
    "operator": "operator_id",
    "operator_name": "operator__name",
    "project": "project_id",
    "code": "project__project_code",
    "name": "project__name",
    "client": "project__client__name",
    "material": "project__material_id",
    "material_name": "project__material__name",
    "thickness": "project__material_thickness",
    "sheets": "project__material_quantity_sheets",
    "due_date": "project__due_date",
    "pop_deadline": "project__pop_deadline",
}


class Moment:
    """A point in the log's and the shop's time, of which the board shows the state.

    Forecasts and running minutes move on with the clock, so it counts in minutes.
    """

    def __init__(self) -> None:
        head = LogHead.objects.values("seq", "epoch").get(pk=1)
        self.seq, self.epoch = int(head["seq"]), str(head["epoch"])
        self.minute = clock.now().replace(second=0, microsecond=0)

    def tag(self, *depends: object) -> str:
        """Return a text that changes with whatever the state depends on."""
        parts = (self.epoch, self.seq, self.minute, __version__, get_language(), *depends)
        return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()


def board_state(moment: Moment) -> bytes:
    """Return the board's state as JSON: made at most once for a moment and a language.

    {"seq", "epoch", "jobs": [row, …] in the queue's order}; `moment` was read before the rows, so
    that what changes meanwhile comes with the next one.
    """
    key = f"board:{moment.tag()}"
    body = answers.get(key)
    if body is None:
        body = to_json({"seq": moment.seq, "epoch": moment.epoch, "jobs": job_rows()})
        answers.set(key, body, KEPT_SECONDS)
    return bytes(body)


def job_rows() -> list[Row]:
    """Return a row for each job of the queue, in its order."""
    planned = forecast(waiting_jobs(), WorkingTime.of(Shop.current()))
    plan = {one.job.id: one for one in planned}
    rows = active_items().values_list(*COLUMNS.values())
    told = Words()
    found = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    return [told.row(n, row, plan.get(row["id"])) for n, row in enumerate(found, start=1)]


class Words:
    """Puts rows into words; each date and number is formatted once."""

    def __init__(self) -> None:
        self.today = clock.shop_today()
        self.date = cache(self.short_day)
        self.known_sheet = cache(sheet_text)

    def short_day(self, day: dt.date) -> str:
        """A date with its weekday, of another year with that (laseros.days)."""
        return short_day(day, self.today)

    def row(self, place: int, job: Mapping[str, Any], plan: Planned | None) -> Row:
        """Return what the board shows of a job."""
        paused = is_paused(job["status"], job["paused_at"])
        due, pop = job["due_date"], job["pop_deadline"]
        if plan is None or not plan.is_past_pop:
            pop = earlier_pop(due, pop)
        return {
            "id": job["id"],
            "place": place,
            "rank": job["rank"],
            "project": job["project"],
            "code": job["code"],
            "name": job["name"],
            "client": job["client"],
            "material": job["material"],
            "thickness": str(job["thickness"]) if job["thickness"] is not None else "",
            "sheet": self.sheet(job["material_name"], job["thickness"]),
            "material_name": job["material_name"] or "",
            "sheets": self.sheets(job["sheets"]),
            "estimate": first_known(job["own_estimate"], job["project_estimate"]),
            "left": plan.job.minutes if plan else None,
            "priority": job["priority"],
            "scheduled_date": iso_day(job["scheduled_date"]),
            "scheduled_text": self.date(job["scheduled_date"]) if job["scheduled_date"] else "",
            "assigned_to": job["assigned_to"],
            "assigned_name": job["assigned_name"] or "",
            "operator": job["operator"],
            "status": "paused" if paused else job["status"],
            "status_text": state_label(job["status"], job["paused_at"]),
            "since_text": self.since(job, is_paused=paused),
            "due_date": iso_day(due),
            "due_text": self.date(due) if due else "",
            "pop_deadline": iso_day(pop),
            "pop_text": self.date(pop) if pop else "",
            **self.forecast(plan),
            "is_past_pop": plan is not None and plan.is_past_pop,
            "actions": [name for name, states in LEGAL.items() if job["status"] in states],
        }

    def sheet(self, material: str | None, thickness: Decimal | None) -> str:
        """The material with its thickness, as in “Mild Steel, 3 mm”."""
        return self.known_sheet(material or _("No material"), thickness)

    def sheets(self, count: int | None) -> str:
        """How many sheets are needed."""
        if count is None:
            return ""
        return ngettext("%(count)s sheet", "%(count)s sheets", count) % {"count": count}

    def since(self, job: Mapping[str, Any], *, is_paused: bool) -> str:
        """Who runs a job, and since when it runs or is paused."""
        if is_paused:
            return _("since %(time)s") % {"time": self.clock(job["paused_at"])}
        if job["status"] != QueueStatus.IN_PROGRESS:
            return ""
        values = {"time": self.clock(job["started_at"]), "person": job["operator_name"]}
        if not job["operator_name"]:
            return _("since %(time)s") % values
        return _("%(person)s, since %(time)s") % values

    def clock(self, moment: dt.datetime | None) -> str:
        """The time of day by the shop's clock; of another day with its date."""
        if moment is None:
            return "?"
        local = timezone.localtime(moment, clock.shop_zone())
        time = formats.time_format(local.time(), "H:i")
        return time if local.date() == self.today else f"{self.date(local.date())}, {time}"

    def forecast(self, plan: Planned | None) -> Row:
        """When it will be cut, and whether in time (`late`, `past_pop`, `tight`, or none)."""
        if plan is None:
            return {"cut_from": "", "cut_to": "", "cut_text": "", "timing": "", "timing_text": ""}
        timing, text = timing_of(plan)
        return {
            "cut_from": iso_day(plan.starts_on),
            "cut_to": iso_day(plan.ends_on),
            "cut_text": self.relative(plan.ends_on),
            "timing": timing,
            "timing_text": text,
        }

    def relative(self, day: dt.date) -> str:
        """Today and tomorrow by name."""
        if day == self.today:
            return _("today")
        return _("tomorrow") if day == self.today + dt.timedelta(days=1) else self.date(day)


def earlier_pop(due: dt.date | None, pop: dt.date | None) -> dt.date | None:
    """Return the POP deadline where it comes before the due date; else that one says it all."""
    return pop if pop and (due is None or pop < due) else None


def timing_of(plan: Planned) -> tuple[str, str]:
    """Return which of its days a job misses or only just keeps, the gravest first, in words."""
    if plan.is_late:
        return "late", will_be_late_text(plan.days_late or 0)
    if plan.is_past_pop:
        return "past_pop", will_miss_pop_text(plan.days_past_pop or 0)
    if plan.days_late == 0:
        return "tight", _("on its due date")
    if plan.days_past_pop == 0:
        return "tight", _("on its POP deadline")
    return "", ""


LEGAL = {name: {state.value for state in froms} for name, (froms, _to) in QUEUE_MOVES.items()}


def iso_day(day: dt.date | None) -> str:
    """Return a date as `<input type="date">` holds it."""
    return day.isoformat() if day else ""
