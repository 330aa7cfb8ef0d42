"""Cells of the admin's lists that are read at a glance: days that are near, amounts of money."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from laseros import clock
from laseros.money import money
from projects_app.lateness import behind_text, days_after, due_text

NOTHING = "–"
SOON_DAYS = 3


def due(day: dt.date | None, settled: bool = False) -> str | SafeString:
    """Return a due date; past and near ones with a sign, a colour and how many days it is.

    `settled`: nobody waits for it any more, so that it is only a day.
    """
    if day is None:
        return NOTHING
    left = -(days_after(clock.shop_today(), day) or 0)
    if settled or left > SOON_DAYS:
        return _day(day)
    kind, icon = ("late", "error") if left < 0 else ("soon", "schedule")
    return _day(day, kind, icon, due_text(left))


def scheduled(day: dt.date | None, settled: bool = False) -> str | SafeString:
    """Return a scheduled date; where it has gone by, how many days the job is behind schedule.

    That is no red matter: nobody was promised it. `settled`: the job no longer waits.
    """
    if day is None:
        return NOTHING
    behind = days_after(clock.shop_today(), day) or 0
    if settled or behind < 0:
        return _day(day)
    if behind == 0:
        return _day(day, "near", "event_available", _("today"))
    return _day(day, "soon", "history", behind_text(behind))


def _day(day: dt.date, kind: str = "", icon: str = "", told: str = "") -> SafeString:
    if not told:
        return format_html('<span class="due">{}</span>', date_format(day))
    return format_html(
        '<span class="due due-{}">{} <span class="due-told"><span class="material-symbols-outlined"'
        ' aria-hidden="true">{}</span>{}</span></span>',
        kind, date_format(day), icon, told,
    )  # fmt: skip


def amount(value: Decimal | None) -> SafeString:
    """Return an amount of money with its currency, on one line."""
    return format_html('<span class="whitespace-nowrap">{}</span>', money(value))
