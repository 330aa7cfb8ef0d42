"""Dialogs on a job's, a project's and a flag's page, each sending one verb of the queue."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.enums import ActionVariant
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from operators_app.admin_actions import ConfirmForm, row_dialog
from operators_app.models import Operator
from presets_app.models import MachineSettingsPreset
from queue_app.models import Priority, QueueItem
from queue_app.verbs import (
    add_to_queue,
    cancel_item,
    complete_job,
    move_item,
    pause_job,
    recut,
    resolve_flag,
    start_job,
)


def who_starts(item: QueueItem, own_id: int | None) -> int | None:
    """Return the operator who starts a job: whoever it is assigned to, else the acting person."""
    return item.assigned_to_id or own_id


def who_cut(item: QueueItem, own_id: int | None) -> int | None:
    """Return the operator to credit with a cut: who started it, else who was to, else oneself."""
    return item.operator_id or item.assigned_to_id or own_id


def planned_preset(item: QueueItem) -> int | None:
    """Return the preset of the latest start, else the project's."""
    return item.preset_id or item.project.preset_id


class WorkForm(ConfirmForm):
    """Who cuts with what; proposes somebody and the preset planned."""

    who = staticmethod(who_starts)

    operator = forms.ModelChoiceField(
        Operator.objects.filter(is_active=True), widget=UnfoldAdminSelectWidget
    )
    preset = forms.ModelChoiceField(
        MachineSettingsPreset.objects.filter(is_active=True), widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = str(self.object_id).isdecimal()  # else there is no such job: the action says so
        items = QueueItem.objects.select_related("project")
        item = items.filter(pk=self.object_id).first() if known else None
        own = Operator.objects.filter(user_id=self.request.user.pk, is_active=True).first()
        if item:
            self.initial["preset"] = planned_preset(item)
            self.initial["operator"] = self.who(item, own.pk if own else None)


class NotesMixin(forms.Form):
    """Something to add."""

    notes = forms.CharField(
        required=False, max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )


class StartForm(WorkForm, NotesMixin):
    """Starting a job."""

    field_order = ("operator", "preset", "notes")


def number(label: str) -> forms.IntegerField:
    """Return a number that may be left out."""
    return forms.IntegerField(
        label=label, required=False, min_value=0, max_value=100_000,
        widget=UnfoldAdminIntegerFieldWidget,
    )  # fmt: skip


class CompleteForm(WorkForm, NotesMixin):
    """Completing a job."""

    who = staticmethod(who_cut)
    actual_cut_time = number("cut time (min); blank: as logged")
    sheet_count = number("sheets")
    parts_produced = number("parts")
    field_order = (
        "operator", "preset", "actual_cut_time", "sheet_count", "parts_produced", "notes",
    )  # fmt: skip


class ReasonForm(ConfirmForm):
    """Why, which must be told."""

    reason = forms.CharField(max_length=500, widget=UnfoldAdminTextInputWidget)


class MaybeReasonForm(ConfirmForm):
    """Why, which may be told."""

    reason = forms.CharField(required=False, max_length=500, widget=UnfoldAdminTextInputWidget)


class PlaceForm(ConfirmForm):
    """Where to."""

    position = forms.IntegerField(
        label="place in the queue, 1 is first", initial=1, min_value=1, max_value=1_000_000,
        widget=UnfoldAdminIntegerFieldWidget,
    )  # fmt: skip


class QueueForm(ConfirmForm):
    """How a project enters the queue."""

    priority = forms.ChoiceField(
        choices=Priority.choices, initial=Priority.NORMAL, widget=UnfoldAdminSelectWidget
    )
    scheduled_date = forms.DateField(required=False, widget=UnfoldAdminSingleDateWidget)


class NoteForm(ConfirmForm):
    """A note on a decision."""

    note = forms.CharField(required=False, max_length=500, widget=UnfoldAdminTextInputWidget)


def _work(said: dict[str, Any]) -> dict[str, Any]:
    """Return what a form said as the verb's arguments."""
    names = ("actual_cut_time", "sheet_count", "parts_produced", "notes")
    return {
        "operator_id": said["operator"].pk,
        "preset_id": said["preset"].pk,
        **{name: said[name] for name in names if name in said},
    }


start = row_dialog(
    "start", "Start", lambda row, said, call: start_job(row.pk, **_work(said), **call),
    form_class=StartForm, icon="play_arrow", variant=ActionVariant.PRIMARY,
)  # fmt: skip
pause = row_dialog(
    "pause", "Pause", lambda row, said, call: pause_job(row.pk, said["reason"], **call),
    form_class=ReasonForm, icon="pause", variant=ActionVariant.WARNING,
)  # fmt: skip
complete = row_dialog(
    "complete", "Complete", lambda row, said, call: complete_job(row.pk, **_work(said), **call),
    form_class=CompleteForm, icon="check", variant=ActionVariant.SUCCESS,
)  # fmt: skip
cancel = row_dialog(
    "cancel", "Cancel", lambda row, said, call: cancel_item(row.pk, said["reason"], **call),
    form_class=MaybeReasonForm, icon="cancel", variant=ActionVariant.DANGER,
    question="The job leaves the queue; its project is Approved again.",
)  # fmt: skip
move = row_dialog(
    "move", "Move", lambda row, said, call: move_item(row.pk, said["position"], **call),
    form_class=PlaceForm, icon="swap_vert",
)  # fmt: skip
add_now = row_dialog(
    "add_to_queue_now", "Add to queue",
    lambda row, said, call: add_to_queue(
        row.pk, priority=said["priority"], scheduled_date=said["scheduled_date"], **call),
    form_class=QueueForm, icon="playlist_add", variant=ActionVariant.PRIMARY,
)  # fmt: skip
recut_now = row_dialog(
    "recut_now", "Cut again", lambda row, said, call: recut(row.pk, said["reason"], **call),
    form_class=ReasonForm, icon="replay",
    question="The project goes into the queue again, for scrap or a short count.",
)  # fmt: skip
accept = row_dialog(
    "accept_one", "Accept",
    lambda row, said, call: resolve_flag(row.pk, accept=True, note=said["note"], **call),
    question="It happened as it was told: a laser run that waited for you counts from now on.",
    form_class=NoteForm, permission="settle", icon="check", variant=ActionVariant.SUCCESS,
)  # fmt: skip
reject = row_dialog(
    "reject_one", "Reject",
    lambda row, said, call: resolve_flag(row.pk, accept=False, note=said["note"], **call),
    question="It did not happen: its laser run counts no longer (where only the time was doubted, "
    "it still does). The job stays as it is; cut the project again if parts are missing.",
    form_class=NoteForm, permission="settle", icon="close", variant=ActionVariant.DANGER,
)  # fmt: skip
