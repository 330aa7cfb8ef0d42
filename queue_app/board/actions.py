"""What the board sends: each a form that is checked, and the verb that carries it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.forms import BaseDialogForm

from laseros.ranges import check_day
from operators_app.admin_actions import KeyForm
from operators_app.models import Operator
from operators_app.verbs import Call, Outcome
from queue_app import admin_dialogs as dialogs
from queue_app.board.doors import checked
from queue_app.models import Priority, QueueItem
from queue_app.verbs import cancel_item, complete_job, pause_job, start_job
from queue_app.verbs.board import project_without

MOST = 2**63 - 1


def row_id(*, required: bool) -> forms.IntegerField:
    """Return the field of a row's id."""
    return forms.IntegerField(
        required=required, validators=[MinValueValidator(1), MaxValueValidator(MOST)]
    )


class PlaceForm(KeyForm):
    """Where to, and what the person saw: see `place_item`."""

    after = row_id(required=False)
    before = row_id(required=False)
    rank = forms.FloatField()
    seq = forms.IntegerField(required=False, min_value=0, max_value=MOST)


class OrderForm(KeyForm):
    """An accepted order: the ids, comma-separated, and the version of the queue it is for."""

    order = forms.CharField(max_length=200_000)
    seen = forms.CharField(max_length=64)

    def clean_order(self) -> list[int]:
        """Return the ids."""
        parts = str(self.cleaned_data["order"]).split(",")
        if not all(part.isascii() and part.isdecimal() and len(part) < 19 for part in parts):
            raise forms.ValidationError(_("An order is a list of numbers."))
        return [int(part) for part in parts]


def _priority() -> forms.Field:
    return forms.ChoiceField(choices=Priority.choices)


def _date(*, to_come: bool) -> forms.Field:
    validators = [check_day, dialogs.not_gone_by] if to_come else []
    return forms.DateField(required=False, validators=validators)


def _operator(*, active: bool) -> forms.Field:
    people = Operator.objects.filter(is_active=True) if active else Operator.objects.all()
    return forms.ModelChoiceField(people, required=False)


# What is changed in place: the field for the new value, and that for the value seen before.
CHANGES: dict[str, tuple[Callable[[], forms.Field], Callable[[], forms.Field]]] = {
    "priority": (_priority, _priority),
    "scheduled_date": (lambda: _date(to_come=True), lambda: _date(to_come=False)),
    "assigned_to": (lambda: _operator(active=True), lambda: _operator(active=False)),
}


class FieldForm(KeyForm):
    """Which field is changed."""

    field = forms.ChoiceField(choices=[(name, name) for name in CHANGES])


def read_change(data: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return (what was sent, the change, the value seen); raise InvalidInput."""
    said = checked(FieldForm(data))
    value, seen = CHANGES[said["field"]]
    form = KeyForm(data)
    form.fields |= {"value": value(), "seen": seen()}
    column: Any = QueueItem._meta.get_field(said["field"])
    form.fields["value"].label = capfirst(column.verbose_name)
    told = checked(form)
    return told, {said["field"]: told["value"]}, {said["field"]: told["seen"]}


def cancel_question(item: QueueItem) -> str:
    """Return what becomes of a job that is taken out of the queue, and of its project."""
    status = project_without(item).label
    sentence = _("The job leaves the queue; its project is %(status)s again.")
    return str(sentence) % {"status": status}


Carry = Callable[[int, dict[str, Any], Call], Outcome]


@dataclass(frozen=True)
class Action:
    """Something done with one job through a dialog."""

    title: str | Promise
    done: str | Promise
    form: type[BaseDialogForm]
    carry_out: Carry
    question: Callable[[QueueItem], str] | None = None
    is_grave: bool = False
    again: str | Promise = ""  # what it is called of a paused job, where that differs

    def caption(self, item: QueueItem) -> str:
        """Return what the action is called of this job."""
        return str(self.again or self.title) if item.is_paused else str(self.title)

    def said(self, item: QueueItem) -> str:
        """Return the sentence that it was done, with the job's name."""
        return str(self.done) % {"row": item.told_as}


ACTIONS: dict[str, Action] = {
    "start": Action(
        _("Start"), _("%(row)s runs now."), dialogs.StartForm,
        lambda pk, said, call: start_job(pk, **dialogs.cut_told(said), **call),
        again=_("Resume"),
    ),
    "pause": Action(
        _("Pause"), _("%(row)s was paused."), dialogs.ReasonForm,
        lambda pk, said, call: pause_job(pk, said["reason"], **call),
    ),
    "complete": Action(
        _("Complete"), _("%(row)s was completed."), dialogs.CompleteForm,
        lambda pk, said, call: complete_job(pk, **dialogs.cut_told(said), **call),
    ),
    "cancel": Action(
        _("Take out of the queue"), _("%(row)s was taken out of the queue."),
        dialogs.MaybeReasonForm,
        lambda pk, said, call: cancel_item(pk, said["reason"], **call),
        cancel_question, is_grave=True,
    ),
}  # fmt: skip
