"""The shop itself: what stands on its papers, and when it works."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from laseros.tracking import Tracked
from projects_app.models.files import random_name

WEEKDAYS = (
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
)


LEAST_HOURS = Decimal("0.25")  # of a working day
# No shop makes more of a kind in a year; a slip beyond stays once a paper has its number.
MOST_PAPERS = 9_999_999
PREFIX = RegexValidator(r"^[A-Z0-9]{1,8}\Z", _("Use up to eight capital letters and digits."))


def logo_path(instance: Shop, filename: str) -> str:
    """Return where the shop's logo is stored: re-encoded, under a name of its own."""
    return random_name("shop", ".png")


def paper_number(prefix: str, year: int, count: int) -> str:
    """Return the number of a paper: Q-2026-0001."""
    return f"{paper_number_beginning(prefix, year)}{count:04}"


def paper_number_beginning(prefix: str, year: int) -> str:
    """Return what all numbers of a year begin with: Q-2026-."""
    return f"{prefix}-{year}-"


def monday_to_friday() -> list[int]:
    """Return the working days of most shops, by `datetime.date.weekday`."""
    return [0, 1, 2, 3, 4]


class Shop(Tracked):
    """The one shop of this installation. What an admin may set here takes effect at once."""

    is_kept = True
    ranges = {
        "next_quote_number": (1, MOST_PAPERS), "next_delivery_note_number": (1, MOST_PAPERS),
    }  # fmt: skip

    name = models.CharField(_("name"), max_length=150, default="Laser OS")
    address = models.TextField(_("address"), max_length=500, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)

    logo = models.FileField(
        _("logo"), upload_to=logo_path, max_length=120, blank=True, editable=False
    )
    tax_number = models.CharField(_("tax number"), max_length=40, blank=True)
    bank_details = models.TextField(_("bank details"), max_length=500, blank=True)

    vat_percent = models.DecimalField(
        _("VAT (%)"), max_digits=5, decimal_places=2, default=Decimal(0),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
        help_text=_("Added to the price on quotes; 0: the shop charges none."),
    )  # fmt: skip
    quote_validity_days = models.PositiveSmallIntegerField(
        _("quotes hold for (days)"), default=30,
        validators=[MinValueValidator(1), MaxValueValidator(730)],
    )  # fmt: skip
    quote_terms = models.TextField(
        _("terms"), max_length=2000, blank=True, help_text=_("Stands below the price on quotes.")
    )
    paper_footer = models.CharField(
        _("foot of the papers"), max_length=150, blank=True,
        help_text=_("One line, on each page: the registered office, for example."),
    )  # fmt: skip
    quote_prefix = models.CharField(
        _("prefix of quotes"), max_length=8, default="Q", validators=[PREFIX]
    )
    next_quote_number = models.PositiveIntegerField(
        _("next quote's number"), default=1, validators=[MinValueValidator(1)],
        help_text=_("Counts on with each quote: Q-2026-0001, Q-2026-0002."),
    )  # fmt: skip
    delivery_note_prefix = models.CharField(
        _("prefix of delivery notes"), max_length=8, default="DN", validators=[PREFIX]
    )
    next_delivery_note_number = models.PositiveIntegerField(
        _("next delivery note's number"), default=1, validators=[MinValueValidator(1)]
    )

    workday_start = models.TimeField(
        _("working day begins"), default=dt.time(8), help_text=_("By the shop's clock.")
    )
    workday_hours = models.DecimalField(
        _("working hours a day"), max_digits=4, decimal_places=2, default=Decimal(8),
        validators=[MinValueValidator(LEAST_HOURS), MaxValueValidator(Decimal(24))],
        help_text=_("How long a laser can cut on a working day."),
    )  # fmt: skip
    workdays = models.JSONField(_("working days"), default=monday_to_friday, blank=True)
    laser_count = models.PositiveSmallIntegerField(
        _("lasers"), default=1, validators=[MinValueValidator(1), MaxValueValidator(50)],
        help_text=_("How many jobs can be cut at the same time."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("shop")
        verbose_name_plural = _("shop")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="shop_is_one_row"),
            models.CheckConstraint(
                condition=Q(workday_hours__gt=0, workday_hours__lte=24),
                name="shop_workday_fits_a_day",
            ),
            models.CheckConstraint(condition=Q(laser_count__gte=1), name="shop_has_a_laser"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a week without a working day, and papers that could not be told apart."""
        if self.quote_prefix == self.delivery_note_prefix:
            said = _("Quotes and delivery notes need different prefixes.")
            raise ValidationError({"delivery_note_prefix": said})
        known = {number for number, _name in WEEKDAYS}
        days: Any = self.workdays
        if not isinstance(days, list) or not days or not set(days) <= known:
            raise ValidationError({"workdays": _("Choose at least one working day.")})
        end = self.workday_start.hour * 60 + self.workday_start.minute + self.workday_hours * 60
        if end > 24 * 60:
            raise ValidationError(
                {"workday_hours": _("The working day must end by midnight; shorten it.")}
            )

    @classmethod
    def current(cls) -> Shop:
        """Return the shop; the migrations made it."""
        return cls.objects.get(pk=1)
