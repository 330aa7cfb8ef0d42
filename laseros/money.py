"""Money as people read it: in the shop's currency, thousands grouped, two places."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.utils.formats import number_format

NO_AMOUNT = "–"


def money(amount: Decimal | str | float | None) -> str:
    """Return `ZAR 15,000.00` in the reader's way of writing numbers, a dash for no amount."""
    if amount is None or amount == "":
        return NO_AMOUNT
    written = number_format(Decimal(str(amount)), decimal_pos=2, force_grouping=True)
    return f"{settings.CURRENCY} {written}"
