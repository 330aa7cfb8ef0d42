"""Dialogs on a job's and a project's page, each sending one verb of the queue."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.enums import ActionVariant
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from laseros import clock
from laseros.languages import Text
from operators_app.admin_actions import ConfirmForm, opened_on, row_dialog
from operators_app.admin_asking import AskingForm, Doubt
from operators_app.admin_days import DayField
from operators_app.admin_numbers import LocalIntegerField
from operators_app.models import Operator
from presets_app.models import MachineSettingsPreset
from projects_app.admin_story import place_to_fill
from projects_app.completeness import tell
from projects_app.models import Project
from projects_app.preset_choice import PresetField
from projects_app.queries import missing_of, parts_ordered
from queue_app import plausible
from queue_app.doubts import Floor, doubted_preset
from queue_app.estimates import is_recut_job
from queue_app.models import Priority, QueueItem
from queue_app.plausible import MOST_TOLD
from queue_app.verbs import (
    add_to_queue,
    cancel_item,
    complete_job,
    move_item,
    pause_job,
    recut,
    start_job,
)


def who_starts(item: QueueItem, own_id: int | None) -> int | None:
    """Return the operator who starts a job.

    Of a paused one that is whoever had it, else whoever it is assigned to, else the acting person.
    """
    had = item.operator_id if item.is_paused else None
    return had or item.assigned_to_id or own_id


def who_cut(item: QueueItem, own_id: int | None) -> int | None:
    """Return the operator to credit with a cut: who started it, else who was to, else oneself."""
    return item.operator_id or item.assigned_to_id or own_id


def planned_preset(item: QueueItem) -> int | None:
    """Return the preset of the latest start, else the project's."""
    return item.preset_id or item.project.preset_id


class WorkForm(AskingForm):
    """Who cuts with what; proposes somebody and the preset planned."""

    who = staticmethod(who_starts)

    operator = forms.ModelChoiceField(
        Operator.objects.filter(is_active=True),
        label=_("Operator"),
        widget=UnfoldAdminSelectWidget,
    )
    preset = PresetField(label=_("Preset"), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = str(self.object_id).isdecimal()  # else there is no such job: the action says so
        items = QueueItem.objects.select_related("project__material")
        self.item = items.filter(pk=self.object_id).first() if known else None
        if self.item:
            self.propose(self.item)

    def propose(self, item: QueueItem) -> None:
        """Fill in what is likely for this job."""
        own = [item.preset_id] if item.preset_id else []
        self.fields["preset"].choose_for(item.project, *own)
        person = Operator.objects.filter(user_id=self.request.user.pk, is_active=True).first()
        self.initial["preset"] = planned_preset(item)
        self.initial["operator"] = self.who(item, person.pk if person else None)

    def doubts(self, said: dict[str, Any]) -> Iterator[Doubt]:
        """Doubt a preset that is not for the sheet."""
        yield from super().doubts(said)
        if self.item:
            yield from doubted_preset(said["preset"], self.item)


class NotesMixin(forms.Form):
    """Something to add."""

    notes = forms.CharField(
        label=_("Notes"),
        required=False,
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )


class StartForm(WorkForm, NotesMixin):
    """Starting a job."""

    field_order = ("operator", "preset", "notes")

    def propose(self, item: QueueItem) -> None:
        """Say beforehand that a planned preset must be changed, where it is switched off."""
        super().propose(item)
        planned = MachineSettingsPreset.objects.filter(pk=planned_preset(item) or 0).first()
        if planned and not planned.is_active:
            sentence = _(
                "%(preset)s is switched off, and no job is started with it: choose another preset."
            )
            self.fields["preset"].help_text = format_html(
                '<span class="font-semibold text-orange-700 dark:text-orange-400">{}</span>',
                sentence % {"preset": planned},
            )

    def doubts(self, said: dict[str, Any]) -> Iterator[Doubt]:
        """Doubt, too, what is more than the shop's lasers or an operator's hands can do."""
        if self.item and self.item.allows("start"):  # else the verb says why not, or replays
            yield from Floor.now().doubts(self.item, said["operator"], said["preset"])


def number(label: Text, help_text: Text = "") -> LocalIntegerField:
    """Return a number that may be left out."""
    return LocalIntegerField(
        label=capfirst(label), required=False, min_value=0, max_value=MOST_TOLD,
        help_text=help_text,
    )  # fmt: skip


class CompleteForm(WorkForm, NotesMixin):
    """Completing a job."""

    who = staticmethod(who_cut)
    actual_cut_time = number(_("cut time (min); blank: as logged"))
    sheet_count = number(_("sheets"))
    parts_produced = number(_("parts"))
    field_order = (
        "operator", "preset", "actual_cut_time", "sheet_count", "parts_produced", "notes",
    )  # fmt: skip

    def propose(self, item: QueueItem) -> None:
        """Propose what was planned and ordered, and tell the minutes that the log adds up to.

        These are no value: the job runs on while the dialog is open. How much of it is cut again
        nobody knows beforehand.
        """
        super().propose(item)
        # Whoever started it has cut it, though they may have been switched off since.
        usable = Q(is_active=True) | Q(pk=item.operator_id)
        operators: Any = self.fields["operator"]
        operators.queryset = Operator.objects.filter(usable)
        said = gettext("%(minutes)s logged so far") % {"minutes": self.logged}
        self.fields["actual_cut_time"].widget.attrs["placeholder"] = said
        if not is_recut_job(item):
            self.initial["sheet_count"] = item.project.material_quantity_sheets
            self.initial["parts_produced"] = parts_ordered(item.project)

    def clean(self) -> dict[str, Any]:
        """Take what was said of the minutes for confirmed where it was asked about."""
        said = super().clean()
        if not self.errors and self._is_odd(said["actual_cut_time"]):
            said["minutes_confirmed"] = True
        return said

    def doubts(self, said: dict[str, Any]) -> Iterator[Doubt]:
        """Doubt minutes far from what the log adds up to, sheets and parts far above the plan."""
        if self.item and self.item.allows("complete"):  # else the verb says why not, or replays
            yield from super().doubts(said)
            yield from self._of_pieces(said)
            yield from self._of_minutes(said["actual_cut_time"])

    def _of_pieces(self, said: dict[str, Any]) -> Iterator[Doubt]:
        for name, wanted in self._planned():
            told = said[name]
            if plausible.are_too_many(told, wanted):
                yield Doubt(f"{name} {told}", plausible.question_pieces(told, wanted or 0), name)

    def _of_minutes(self, told: int | None) -> Iterator[Doubt]:
        if self._is_odd(told):
            sentence = plausible.question(self.logged if told is None else told, self.logged)
            # The clock runs on while somebody ticks: blank is the same answer a minute later.
            key = "as logged" if told is None else told
            yield Doubt(f"minutes {key}", sentence, "actual_cut_time")

    def _is_odd(self, told: int | None) -> bool:
        minutes = self.logged if told is None else told
        is_odd = plausible.is_implausible(minutes, self.logged)
        return is_odd or plausible.is_nothing(told, self.logged)

    @functools.cached_property
    def logged(self) -> int:
        """How many minutes the log adds up to by now."""
        return clock.whole_minutes(self.item.ran_seconds_until(clock.now())) if self.item else 0

    def _planned(self) -> tuple[tuple[str, int | None], ...]:
        if self.item is None:
            return ()
        project = self.item.project
        ordered = parts_ordered(project)
        return (("sheet_count", project.material_quantity_sheets), ("parts_produced", ordered))


class ReasonForm(ConfirmForm):
    """Why, which must be told."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=UnfoldAdminTextInputWidget)


class RecutForm(ReasonForm):
    """Why a project is cut again, and how long that will take."""

    estimated_cut_time = number(
        _("estimated cut time (min)"),
        help_text=_("Of what is cut again; blank: as long as the whole project."),
    )
    field_order = ("reason", "estimated_cut_time")


class MaybeReasonForm(ConfirmForm):
    """Why, which may be told."""

    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=500,
        widget=UnfoldAdminTextInputWidget,
    )


class PlaceForm(ConfirmForm):
    """Where to."""

    position = LocalIntegerField(
        label=_("place in the queue, 1 is first"), initial=1, min_value=1, max_value=1_000_000
    )


def not_gone_by(day: dt.date) -> None:
    """Raise ValidationError for a scheduled date that has gone by."""
    if day < clock.shop_today():
        raise forms.ValidationError(
            gettext("This day has gone by; choose today or a later day, or leave it blank.")
        )


class JobForm(forms.ModelForm):  # type: ignore[type-arg]
    """What may be changed of a job."""

    def clean_scheduled_date(self) -> dt.date | None:
        """Refuse a day gone by, unless the job has it already."""
        day: dt.date | None = self.cleaned_data["scheduled_date"]
        if day and "scheduled_date" in self.changed_data:
            not_gone_by(day)
        return day


class QueueForm(ConfirmForm):
    """How a project enters the queue."""

    priority = forms.ChoiceField(
        label=_("Priority"),
        choices=Priority.choices,
        initial=Priority.NORMAL,
        widget=UnfoldAdminSelectWidget,
    )
    scheduled_date = DayField(
        label=_("Scheduled date"), required=False, validators=[not_gone_by],
        help_text=_("The job is not begun before this day; blank: as soon as its turn comes."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scheduled_date"].widget.attrs["min"] = clock.shop_today().isoformat()

    def render_before_template(self) -> str:
        """Say what is missing before somebody fills in the rest, and lead there."""
        known = str(self.object_id).isdecimal()
        project = Project.objects.filter(pk=self.object_id).first() if known else None
        missing = missing_of(project) if project else []
        return format_html("{}{}", self._lacking(missing), super().render_before_template())

    def _lacking(self, missing: list[str]) -> str:
        if not missing:
            return ""
        sentence = gettext("This project cannot be queued yet; it lacks: %(missing)s.")
        return format_html(
            '<div class="mb-3 px-3 py-2.5 rounded-default bg-orange-100 text-orange-800 '
            'dark:bg-orange-500/20 dark:text-orange-300">{} <a class="font-semibold underline" '
            'href="{}">{}</a></div>',
            sentence % {"missing": tell(missing)},
            place_to_fill(self.object_id, missing[0], opened_on(self.request)),
            gettext("Fill in"),
        )


def cut_told(said: dict[str, Any]) -> dict[str, Any]:
    """Return what a form said as the verb's arguments."""
    names = (
        "actual_cut_time", "sheet_count", "parts_produced", "notes", "minutes_confirmed",
    )  # fmt: skip
    return {
        "operator_id": said["operator"].pk,
        "preset_id": said["preset"].pk,
        **{name: said[name] for name in names if name in said},
    }


start = row_dialog(
    "start", _("Start"), lambda row, said, call: start_job(row.pk, **cut_told(said), **call),
    form_class=StartForm, icon="play_arrow", variant=ActionVariant.PRIMARY,
    caption=lambda row: _("Resume") if row.is_paused else _("Start"), done=_("%(row)s runs now."),
)  # fmt: skip
pause = row_dialog(
    "pause", _("Pause"), lambda row, said, call: pause_job(row.pk, said["reason"], **call),
    form_class=ReasonForm, icon="pause", variant=ActionVariant.WARNING,
    done=_("%(row)s was paused."),
)  # fmt: skip
complete = row_dialog(
    "complete", _("Complete"),
    lambda row, said, call: complete_job(row.pk, **cut_told(said), **call),
    form_class=CompleteForm, icon="check", variant=ActionVariant.SUCCESS,
    done=_("%(row)s was completed."),
)  # fmt: skip
cancel = row_dialog(
    "cancel", _("Take out of the queue"),
    lambda row, said, call: cancel_item(row.pk, said["reason"], **call),
    form_class=MaybeReasonForm, icon="cancel", variant=ActionVariant.DANGER,
    done=_("%(row)s was taken out of the queue."),
    question=_(
        "The job leaves the queue; its project is Approved again, or Completed where it was cut "
        "before."
    ),
)  # fmt: skip
move = row_dialog(
    "move", _("Move"), lambda row, said, call: move_item(row.pk, said["position"], **call),
    form_class=PlaceForm, icon="swap_vert", done=_("%(row)s was moved."),
)  # fmt: skip
add_now = row_dialog(
    "add_to_queue_now", _("Add to queue"),
    lambda row, said, call: add_to_queue(
        row.pk, priority=said["priority"], scheduled_date=said["scheduled_date"], **call),
    form_class=QueueForm, icon="playlist_add", variant=ActionVariant.PRIMARY,
    done=_("%(row)s is in the queue now."),
)  # fmt: skip
recut_now = row_dialog(
    "recut_now", _("Cut again"),
    lambda row, said, call: recut(
        row.pk, said["reason"], estimated_cut_time=said["estimated_cut_time"], **call),
    form_class=RecutForm, icon="replay",
    question=_("The project goes into the queue again, for scrap or a short count. Turnover and "
               "punctuality count it on the day when that is cut, no longer on the day before."),
    done=_("%(row)s is in the queue again."),
)  # fmt: skip
