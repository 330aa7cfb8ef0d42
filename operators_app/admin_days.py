"""Days in dialogs: the browser's own picker, for a dialog may open on any page."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSingleDateWidget

from laseros.ranges import FIRST_DAY, LAST_DAY, check_day


class DayWidget(forms.DateInput):
    """A day, chosen from the browser's calendar or typed as it writes days.

    The admin's own picker comes with scripts that only forms have; on other pages there was a bare
    box that did not say how a day is written.
    """

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        look = UnfoldAdminSingleDateWidget().attrs["class"].replace("vDateField", "")
        bounds = {"min": FIRST_DAY.isoformat(), "max": LAST_DAY.isoformat()}
        super().__init__({"class": look, **bounds, **(attrs or {})}, format="%Y-%m-%d")


class DayField(forms.DateField):
    """A day of a dialog, within the range of days (`laseros.ranges`)."""

    widget = DayWidget
    default_validators = [check_day]
