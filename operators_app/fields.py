"""Field types of request bodies: nothing passes that its column could not hold."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy
from rest_framework import serializers

MAX_INTEGER = 2**31 - 1
MAX_ID = 2**63 - 1
FIRST_MOMENT = dt.datetime(1, 1, 3, tzinfo=dt.UTC)
LAST_MOMENT = dt.datetime(9999, 12, 30, tzinfo=dt.UTC)


class IdField(serializers.IntegerField):
    """The id of a row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=MAX_ID, **kwargs)


class CountField(serializers.IntegerField):
    """A whole number from nought to what a column holds."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": MAX_INTEGER, **kwargs})


class TextField(serializers.CharField):
    """Text and nothing else: a number is not taken for one."""

    def to_internal_value(self, data: Any) -> str:
        """Return the text; raise ValidationError for any other type."""
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class NoteField(TextField):
    """Free text, at most 500 characters a call (contract, section 9.2)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"allow_blank": True, "required": False, "max_length": 500, **kwargs})


class MomentField(serializers.DateTimeField):
    """A moment, with its zone; a day away from the ends of the calendar, so that every zone can
    show it."""

    default_error_messages = {
        "no_zone": gettext_lazy("Tell the time with its zone, such as 2025-10-27T08:15:00Z."),
        "overflow": gettext_lazy("No clock shows this time."),
    }

    def enforce_timezone(self, value: dt.datetime) -> dt.datetime:
        """Return the moment in the shop's zone; raise ValidationError where there is none."""
        if value.utcoffset() is None:
            self.fail("no_zone")
        if not FIRST_MOMENT < value < LAST_MOMENT:
            self.fail("overflow")
        return super().enforce_timezone(value)


class ThicknessField(serializers.DecimalField):
    """A sheet's thickness in millimetres."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=6, decimal_places=2, min_value=Decimal("0.01"), **kwargs)
