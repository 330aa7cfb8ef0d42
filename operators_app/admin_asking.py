"""Dialogs that ask before they do what looks wrong: once, with everything typed still there.

A verb accepts what a person insists on; but a slip is cheaper to notice before than to mend after.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldBooleanWidget

from laseros import clock
from laseros.languages import Text
from operators_app.admin_actions import ConfirmForm

A_YEAR = dt.timedelta(days=366)
FAR_DAY = _("%(day)s is more than a year away. Correct the day, or tick below that it is right.")


class Doubt(NamedTuple):
    """What looks wrong: a sentence, the field that it is about (none: the whole), and a key.

    The key says what exactly was asked: whoever then changes it into something else that looks
    wrong is asked again.
    """

    key: str
    sentence: Text
    field: str | None = None


class Tick(UnfoldBooleanWidget):
    """A box to tick; its value is what was asked."""

    def __init__(self, asked: str) -> None:
        super().__init__()
        self.asked = asked

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Show it unticked, with what it stands for as its value."""
        context: dict[str, Any] = super().get_context(name, None, attrs)
        context["widget"]["value"] = self.asked
        return context


def doubted_day(name: str, day: dt.date) -> Iterator[Doubt]:
    """Doubt a field's day that is more than a year away from today: mostly the year is a slip."""
    if abs(day - clock.shop_today()) > A_YEAR:
        yield Doubt(f"{name} {day}", FAR_DAY % {"day": date_format(day)}, name)


class AskingForm(ConfirmForm):
    """A dialog that comes back with its `doubts` and a box to tick, or to correct."""

    sure = forms.CharField(
        label=_("This is right; go on"), required=False, widget=forms.HiddenInput,
        max_length=64,
    )  # fmt: skip
    asked = ""  # what it asks, where it came back

    def order_fields(self, field_order: Iterable[str] | None) -> None:
        """Put the tick behind all that it may be about."""
        super().order_fields(field_order)
        self.fields["sure"] = self.fields.pop("sure")

    def doubts(self, said: dict[str, Any]) -> Iterable[Doubt]:
        """Tell what looks wrong in what the form says."""
        return ()

    def clean(self) -> dict[str, Any]:
        """Come back with the doubts, unless these were confirmed."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        found = () if self.errors else tuple(self.doubts(said))
        key = hashlib.sha256("\n".join(sorted(one.key for one in found)).encode()).hexdigest()
        if found and self.asks and said.get("sure") != key:
            self.asked = key
            self.fields["sure"].widget = Tick(key)
            for one in found:
                self.add_error(one.field, one.sentence)
        return said
