"""Field types of request bodies: nothing passes that its column could not hold."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

MAX_INTEGER = 2**31 - 1
MAX_ID = 2**63 - 1


class IdField(serializers.IntegerField):
    """The id of a row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=MAX_ID, **kwargs)


class CountField(serializers.IntegerField):
    """A whole number from nought to what a column holds."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": MAX_INTEGER, **kwargs})


class NoteField(serializers.CharField):
    """Free text, at most 500 characters a call (contract, section 9.2)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"allow_blank": True, "required": False, "max_length": 500, **kwargs})


class ThicknessField(serializers.DecimalField):
    """A sheet's thickness in millimetres."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=6, decimal_places=2, min_value=Decimal("0.01"), **kwargs)
