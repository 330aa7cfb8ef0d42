"""Kept production reports, and when they are made."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from laseros import clock
from laseros.tracking import Tracked

WEEKDAYS = {
    0: _("Monday"),
    1: _("Tuesday"),
    2: _("Wednesday"),
    3: _("Thursday"),
    4: _("Friday"),
    5: _("Saturday"),
    6: _("Sunday"),
}


class ReportKind(models.TextChoices):
    """What a report is about: a day, or a week from Monday to Sunday."""

    DAILY = "daily", _("Daily")
    WEEKLY = "weekly", _("Weekly")


class ProductionReport(models.Model):
    """What was cut and sold in a day or a week, and how the queue stood when this was made.

    `figures` are the tables' rows (queue_app.reports.figures); pages, workbooks and papers are made
    of them whenever somebody asks.
    """

    kind = models.CharField(_("kind"), max_length=10, choices=ReportKind)
    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("to"))
    made_at = models.DateTimeField(_("made at"))
    figures = models.JSONField(_("figures"), default=dict)

    class Meta:
        ordering = ["-last_day", "kind", "-id"]
        verbose_name = _("production report")
        verbose_name_plural = _("production reports")
        constraints = [
            models.UniqueConstraint(fields=["kind", "first_day"], name="one_report_of_a_period"),
            models.CheckConstraint(
                condition=Q(kind__in=ReportKind.values), name="report_kind_is_legal"
            ),
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="report_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        first = date_format(self.first_day, "DATE_FORMAT")
        if self.kind == ReportKind.DAILY:
            return gettext("Daily report, %(day)s") % {"day": first}
        last = date_format(self.last_day, "DATE_FORMAT")
        return gettext("Weekly report, %(first)s – %(last)s") % {"first": first, "last": last}


class ReportTimes(Tracked):
    """When the reports are made, by the shop's clock; one row.

    `daily_since` and `weekly_since` are the first day that is reported: what was before it, or
    while the reports were off, is not made up for.
    """

    is_kept = True

    daily_on = models.BooleanField(_("make a daily report"), default=True)
    daily_at = models.TimeField(
        _("daily report at"), default=dt.time(6),
        help_text=_("By the shop’s clock, within five minutes; it is about the day before."),
    )  # fmt: skip
    daily_since = models.DateField(default=clock.shop_today, editable=False)
    weekly_on = models.BooleanField(_("make a weekly report"), default=True)
    weekly_day = models.PositiveSmallIntegerField(
        _("weekly report on"), choices=WEEKDAYS, default=0,
        help_text=_("It is about the last week that is over, from Monday to Sunday."),
    )  # fmt: skip
    weekly_at = models.TimeField(
        _("weekly report at"), default=dt.time(6), help_text=_("By the shop’s clock.")
    )
    weekly_since = models.DateField(default=clock.shop_today, editable=False)

    class Meta:
        verbose_name = _("report times")
        verbose_name_plural = _("report times")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="report_times_are_one_row"),
            models.CheckConstraint(
                condition=Q(weekly_day__gte=0, weekly_day__lte=6), name="report_day_is_a_weekday"
            ),
        ]

    def __str__(self) -> str:
        return gettext("Report times")

    def clean(self) -> None:
        """Refuse a second row."""
        if self.pk not in (None, 1):
            raise ValidationError(_("There is one schedule of reports only."))

    @classmethod
    def current(cls) -> ReportTimes:
        """Return the one row; the migrations made it."""
        return cls.objects.get(pk=1)
