"""Flagged facts, failing presets, failed background jobs and locked sign-ins."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from axes.models import AccessAttempt
from django.db.models import (
    CharField,
    DateTimeField,
    F,
    Field,
    IntegerField,
    Max,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django_q.models import Failure

from laseros import clock
from operators_app.locked import locked_attempts
from operators_app.models import Flag, FlagStatus
from operators_app.wording import reason_in_words, title_of
from presets_app.models import MachineSettingsPreset
from queue_app import trouble
from queue_app.home.lines import Line, Reader, Section, by_topic, first_lines
from queue_app.models import LaserRun
from queue_app.plausible import IMPLAUSIBLE

FAILURE_DAYS = 7
TEXT, NUMBER = TextField(), IntegerField()
NOTHING, NOUGHT = Value("", TEXT), Value(0, NUMBER)


class Matter(NamedTuple):
    """One row of any of the sections: its texts, numbers and time mean what its topic says."""

    topic: str
    total: int
    place: int
    id: str
    title: str
    detail: str
    who: str
    one: int
    other: int
    at: dt.datetime


def sections(reader: Reader) -> list[Section]:
    """Return the sections that have something in them, in one statement."""
    parts = {
        LaserRun: _presets, Flag: _flags, Failure: _failed_jobs, AccessAttempt: _locked
    }  # fmt: skip
    seen = [part for model, part in parts.items() if reader.sees(model)]
    found = by_topic([part() for part in seen])
    makers = {"flags": _flag_section, "presets": _preset_section, "jobs": _job_section,
              "locked": _locked_section}  # fmt: skip
    return [make([Matter(*row) for row in found[key]], reader) for key, make in makers.items()
            if key in found]  # fmt: skip


def _columns(*expressions: Any) -> dict[str, Any]:
    """Name the seven columns that all parts share; of one type, for the database to join them."""
    kinds: tuple[Field[Any, Any], ...] = (TEXT, TEXT, TEXT, TEXT, NUMBER, NUMBER, DateTimeField())
    names = ("m_id", "m_title", "m_detail", "m_who", "m_one", "m_other", "m_at")
    return {
        name: Cast(one, kind) for name, one, kind in zip(names, expressions, kinds, strict=True)
    }


NAMES = ("m_id", "m_title", "m_detail", "m_who", "m_one", "m_other", "m_at")


def _flags() -> Any:
    run = "entry__laser_run__"
    rows = Flag.objects.filter(status=FlagStatus.OPEN).annotate(
        **_columns(
            "entry_id", Coalesce(f"{run}project__name", "entry__verb", output_field=CharField()),
            "entry__flagged", Coalesce(f"{run}operator__name", "entry__user__username"),
            f"{run}cut_time_minutes", f"{run}logged_minutes", "entry__recorded_at",
        )
    )  # fmt: skip
    return first_lines(rows, "flags", [F("pk").asc()], NAMES)


def _flag_section(rows: Sequence[Matter], reader: Reader) -> Section:
    return Section(
        "flags", _("Flagged facts"), "flag", "warning", rows[0].total,
        reader.listing(Flag, status__exact=FlagStatus.OPEN.value),
        [_flag(row, reader) for row in rows],
    )  # fmt: skip


def _flag(row: Matter, reader: Reader) -> Line:
    doubts = json.loads(row.detail)
    reasons = ", ".join(reason_in_words(reason) for reason in doubts)
    correct = [("correct_one", _("Correct"))] if IMPLAUSIBLE in doubts else []
    told = row.one is not None
    minutes = _("told %(told)d min, logged %(logged)d min") % {
        "told": row.one, "logged": row.other} if told else ""  # fmt: skip
    return Line(
        title=row.title if told else title_of(row.title), url=reader.row(Flag, row.id),
        label=reasons, tone="warning",
        detail=" · ".join(filter(None, (row.who, minutes, _moment(row.at)))),
        buttons=reader.dialogs(
            Flag, row.id, ("accept_one", _("Accept")), ("reject_one", _("Reject")), *correct,
            right="settle",
        ),
    )  # fmt: skip


def _presets() -> Any:
    rows = (
        trouble.failing_presets()
        .annotate(last=Max("run_date"))
        .annotate(**_columns(
            "preset", "preset__preset_name", NOTHING, NOTHING, "failures", "runs", "last"))
    )  # fmt: skip
    return first_lines(rows, "presets", [F("failures").desc(), F("preset").asc()], NAMES)


def _preset_section(rows: Sequence[Matter], reader: Reader) -> Section:
    return Section(
        "presets", _("Presets with failing runs"), "tune", "warning", rows[0].total,
        reader.listing(MachineSettingsPreset, runs="failing"),
        [_preset(row, reader) for row in rows],
    )  # fmt: skip


def _preset(row: Matter, reader: Reader) -> Line:
    told = _("%(failed)d of %(runs)d runs failed") % {"failed": row.one, "runs": row.other}
    return Line(
        title=row.title, url=reader.listing(LaserRun, runs="failed", preset__id__exact=row.id),
        label=told, tone="warning",
        detail=_("last run %(moment)s; far over the estimate, or cut again")
        % {"moment": _moment(row.at)},
        buttons=reader.link(MachineSettingsPreset, row.id, _("Open preset")),
    )  # fmt: skip


def _failed_jobs() -> Any:
    since = _failed_since()
    rows = Failure.objects.filter(started__gte=since).annotate(
        **_columns("id", "name", "func", NOTHING, "attempt_count", NOUGHT, "stopped")
    )
    return first_lines(rows, "jobs", [F("stopped").desc(), F("id").asc()], NAMES)


def _failed_since() -> dt.datetime:
    return clock.day_start(clock.shop_today() - dt.timedelta(days=FAILURE_DAYS))


def _job_section(rows: Sequence[Matter], reader: Reader) -> Section:
    url = reader.listing(Failure, started__gte=_failed_since())
    lines = [
        Line(row.title, reader.row(Failure, row.id), row.detail, _moment(row.at), "danger",
             reader.link(Failure, row.id, pgettext("link", "Open"), right="run"))
        for row in rows
    ]  # fmt: skip
    return Section(
        "jobs", _("Failed background jobs"), "error", "danger", rows[0].total, url, lines
    )


def _locked() -> Any:
    rows = locked_attempts().annotate(
        **_columns("id", "username", "ip_address", NOTHING, "together", NOUGHT, "attempt_time")
    )
    return first_lines(rows, "locked", [F("attempt_time").desc(), F("id").asc()], NAMES)


def _locked_section(rows: Sequence[Matter], reader: Reader) -> Section:
    lines = [
        Line(
            row.title or "–", reader.row(AccessAttempt, row.id),
            f"{(row.detail or '').partition('/')[0]} · {_moment(row.at)}",
            _("%(count)d failures") % {"count": row.one}, "danger",
            reader.dialogs(AccessAttempt, row.id, ("unlock", _("Unlock")), right="unlock"),
        )
        for row in rows
    ]  # fmt: skip
    url = reader.listing(AccessAttempt, locked="yes")
    return Section("locked", _("Locked sign-ins"), "lock", "danger", rows[0].total, url, lines)


def _moment(at: dt.datetime) -> str:
    return date_format(localtime(at), "WEEKDAY_TIME_FORMAT")
