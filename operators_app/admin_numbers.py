"""Numbers in forms, written as the reader's language writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.db import models
from django.utils.formats import get_format
from unfold.widgets import UnfoldAdminTextInputWidget


class LocalDecimalField(forms.DecimalField):
    """Shows and takes 2,5 in German and 2.5 in English, and 1.250,00 as 1,250.00.

    A browser's number field would go by the browser's language, whatever the page's is.
    """

    widget = UnfoldAdminTextInputWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "localize": True})

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Ask phones and tablets for the keys of numbers."""
        return {**super().widget_attrs(widget), "inputmode": "decimal"}

    def to_python(self, value: Any) -> Any:
        """Return the number, or None; raise ValidationError for what is none."""
        return super().to_python(_ungrouped(value) if isinstance(value, str) else value)


class LocalIntegerField(forms.IntegerField):
    """Takes 1.000 in German and 1,000 in English as a thousand, and nothing with a decimal sign.

    Django takes 1.000 as 1. A browser's number field drops signs as they are typed: 1,5 becomes 15.
    """

    widget = UnfoldAdminTextInputWidget
    re_decimal = re.compile(r"(?!)")  # no decimals are cut off, not even noughts

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Ask phones and tablets for the keys of digits."""
        return {**super().widget_attrs(widget), "inputmode": "numeric"}

    def to_python(self, value: Any) -> Any:
        """Return the number, or None; raise ValidationError for what is no whole number."""
        return super().to_python(_ungrouped(value) if isinstance(value, str) else value)


def _ungrouped(written: str) -> str:
    """Return a number without what groups its thousands, other text as it is."""
    point, comma = (re.escape(get_format(f"{name}_SEPARATOR")) for name in ("DECIMAL", "THOUSAND"))
    grouped = rf"\s*-?\d{{1,3}}(?:{comma}\d{{3}})+(?:{point}\d*)?\s*"
    return re.sub(comma, "", written) if re.fullmatch(grouped, written, re.ASCII) else written


LOCAL_NUMBERS: Mapping[type[models.Field[Any, Any]], Mapping[str, Any]] = {
    models.DecimalField: {"form_class": LocalDecimalField, "widget": UnfoldAdminTextInputWidget},
    models.IntegerField: {"form_class": LocalIntegerField, "widget": UnfoldAdminTextInputWidget},
}
