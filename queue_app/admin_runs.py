"""The admin of the finished cuts: what was told of each, and how a manager mends it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst, normalize_newlines
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.enums import ActionVariant
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from laseros import clock
from laseros.languages import Text
from operators_app.admin_actions import ConfirmForm, confirmed_action, row_dialog
from operators_app.admin_asking import AskingForm, Doubt
from operators_app.admin_base import ReadOnlyAdmin, may_manage, one_line
from operators_app.admin_lists import labelled
from operators_app.admin_numbers import LocalIntegerField
from operators_app.admin_versions import as_seen
from operators_app.models import Flag, Operator
from operators_app.verbs import Call, Outcome
from operators_app.wording import reason_in_words
from projects_app.preset_choice import PresetField
from queue_app import plausible
from queue_app.admin_dialogs import ReasonForm
from queue_app.admin_filters import KindFilter, MaterialFilter, RunsFilter
from queue_app.models import LaserRun, RunStatus
from queue_app.verbs import correct_run, reject_run, restore_run

STAMPS = ("created_at", "updated_at", "last_entry")
CORRECTED = (
    "cut_time_minutes", "sheet_count", "parts_produced", "operator", "preset", "notes",
)  # fmt: skip
REJECTING = _(
    "The run did not happen, or was reported twice: its minutes, sheets and parts count no longer, "
    "and it says nothing of its preset. Job and project stay as they are. For scrap or a short "
    "count, send the project to be cut again instead: the run then counts as failed."
)
RESTORING = _("The run counts again: its minutes, sheets and parts, also in past statistics.")


def _number(label: Text, *, required: bool = False) -> LocalIntegerField:
    return LocalIntegerField(label=capfirst(label), required=required, min_value=0)


class OfRun(ConfirmForm):
    """A dialog about a run: knows the run, and which version of it the person has seen."""

    known_by = "pk"
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = str(self.object_id).isdecimal()
        found = LaserRun.objects.filter(**{self.known_by: self.object_id}) if known else None
        self.laser_run = found.first() if found is not None else None
        if self.laser_run:
            self.initial["seen"] = clock.iso(self.laser_run.updated_at)


class RunReasonForm(OfRun, ReasonForm):
    """Why a run is rejected or restored."""


class FlaggedReasonForm(RunReasonForm):
    """The same for the run of a flag, which is known by the entry that told of it."""

    known_by = "entry_id"


class CorrectForm(OfRun, AskingForm):
    """What a run should have told; proposes what it tells."""

    cut_time_minutes = _number(_("cut time (min)"), required=True)
    sheet_count = _number(_("sheets"))
    parts_produced = _number(_("parts"))
    operator = forms.ModelChoiceField(
        Operator.objects.none(), label=_("Operator"), widget=UnfoldAdminSelectWidget
    )
    preset = PresetField(label=_("Preset"), widget=UnfoldAdminSelectWidget)
    notes = forms.CharField(
        label=_("Notes"), required=False, max_length=5000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=UnfoldAdminTextInputWidget)
    field_order = (*CORRECTED, "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if run := self.laser_run:
            self.fields["preset"].choose_for(run.project, run.preset_id)
            usable = Q(is_active=True) | Q(pk__in=(run.operator_id, run.queue_item.operator_id))
            self.fields["operator"].queryset = Operator.objects.filter(usable)
            self.initial |= {name: getattr(run, name) for name in CORRECTED}

    def clean_notes(self) -> str:
        """Return the notes as they were, where only their line ends differ, as browsers' do."""
        told = normalize_newlines(self.cleaned_data["notes"])
        was = self.laser_run.notes if self.laser_run else ""
        return was if told == normalize_newlines(was).strip() else told

    def doubts(self, said: dict[str, Any]) -> Iterator[Doubt]:
        """Doubt new minutes that are far from what the clock logged."""
        run, told = self.laser_run, said["cut_time_minutes"]
        if run and run.cut_time_minutes != told <= plausible.MOST_TOLD:
            logged = run.logged_minutes
            if plausible.contradicts_clock(told, logged):
                sentence = plausible.question(told, logged)
                yield Doubt(f"minutes {told}", sentence, "cut_time_minutes")


class CorrectFlaggedForm(CorrectForm):
    """The same for the run of a flag, which is known by the entry that told of it."""

    known_by = "entry_id"


def correct(run: LaserRun, said: dict[str, Any], call: Call) -> Outcome:
    """Correct what differs of a run."""
    changes = {name: said[name] for name in CORRECTED if getattr(run, name) != said[name]}
    return correct_run(run.pk, changes, said["reason"], **as_seen(said["seen"], call))


def reject(run: LaserRun, said: dict[str, Any], call: Call) -> Outcome:
    """Let a run count no longer."""
    return reject_run(run.pk, said["reason"], **as_seen(said["seen"], call))


def restore(run: LaserRun, said: dict[str, Any], call: Call) -> Outcome:
    """Let a rejected run count again."""
    return restore_run(run.pk, said["reason"], **as_seen(said["seen"], call))


def described(run: LaserRun) -> str:
    """Return a run and whether it counts, for a list of those that are decided on together."""
    return f"{run} · {run.get_status_display()}"


@admin.register(LaserRun)
class LaserRunAdmin(ReadOnlyAdmin):
    """Finished cuts."""

    list_display = (
        "cut_at", "job", "who", "preset", "minutes", "sheet_count", "parts_produced",
        "status_shown",
    )  # fmt: skip
    list_filter = ("status", "run_date", "operator", MaterialFilter, RunsFilter, KindFilter)
    list_select_related = ("project", "operator", "preset")
    search_fields = ("project__project_code", "project__name", "operator__name", "material_type")
    fields = (
        "run_date", "project", "queue_item", "operator", "preset", "cut_time_minutes",
        "logged_minutes", "material_type", "material_thickness", "sheet_count", "parts_produced",
        "notes", "status", "flagged", "entry", *STAMPS,
    )  # fmt: skip
    readonly_fields = ("flagged",)
    actions = (
        confirmed_action(
            "reject_runs", _("Reject"), REJECTING, permission="correct",
            needs_reason=True, describe=described,
            verb=lambda run, said, call: reject_run(run.pk, said["reason"], **call),
        ),
        confirmed_action(
            "restore_runs", _("Restore"), RESTORING, permission="correct",
            needs_reason=True, describe=described,
            verb=lambda run, said, call: restore_run(run.pk, said["reason"], **call),
        ),
    )  # fmt: skip
    actions_detail = ("correct", "reject", "restore")
    correct = row_dialog(
        "correct", _("Correct"), correct, form_class=CorrectForm, permission="correct",
        icon="edit", variant=ActionVariant.PRIMARY, done=_("%(row)s was corrected."),
        question=_(
            "What was told stays in the log; statistics and figures follow the correction, those "
            "of the past too."
        ),
    )  # fmt: skip
    reject = row_dialog(
        "reject", _("Reject"), reject, form_class=RunReasonForm, permission="correct",
        icon="close", variant=ActionVariant.DANGER, question=REJECTING,
        done=_("%(row)s was rejected."),
    )  # fmt: skip
    restore = row_dialog(
        "restore", _("Restore"), restore, form_class=RunReasonForm, permission="correct",
        icon="undo", question=RESTORING, done=_("%(row)s was restored."),
    )  # fmt: skip

    def get_list_display(self, request: HttpRequest) -> Any:
        """Offer in each row to correct it, to whoever may."""
        return (*self.list_display, *(("mend",) if self.has_correct_permission(request) else ()))

    @display(description=_("operator"), ordering="operator__name")
    def who(self, run: LaserRun) -> str:
        """Who cut."""
        return run.operator.name

    @display(description=_("cut"), ordering="run_date")
    def cut_at(self, run: LaserRun) -> SafeString:
        """When it was cut, on one line."""
        return one_line(date_format(localtime(run.run_date), "DATETIME_FORMAT"))

    @display(description=_("project"), ordering="project")
    def job(self, run: LaserRun) -> SafeString:
        """The project's code, and its name below."""
        told = '{}<span class="cell-under">{}</span>'
        return format_html(told, run.project.project_code, run.project.name)

    @display(description=_("min (logged)"), ordering="cut_time_minutes")
    def minutes(self, run: LaserRun) -> SafeString:
        """The operator's word, as it was corrected, and what the clock logged."""
        return one_line(f"{run.cut_time_minutes} ({run.logged_minutes})")

    @display(description=_("action"))
    def mend(self, run: LaserRun) -> SafeString:
        """What opens the dialog that corrects a run."""
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{0}" hx-get="{0}" '
            'hx-target="#modal-content" hx-select="#dialog" '
            'x-on:htmx:after-on-load="openModal = true" aria-label="{1}">{2}</a>',
            reverse("admin:queue_app_laserrun_correct", args=(run.pk,)),
            gettext("Correct %(run)s") % {"run": run},
            gettext("Correct"),
        )

    def has_correct_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Managers and admins correct, reject and restore runs."""
        return may_manage(request)

    def is_legal(self, action: str, row: Any) -> bool:
        """A rejected run can be restored, any other rejected; each can be corrected."""
        is_rejected = row.status == RunStatus.REJECTED
        return bool({"reject": not is_rejected, "restore": is_rejected}.get(action, True))

    @display(description=_("flagged for"))
    def flagged(self, run: LaserRun) -> SafeString | str:
        """Why a manager was asked, and where it is settled."""
        flag = Flag.objects.select_related("entry").filter(pk=run.entry_id).first()
        if flag is None:
            return "–"
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a> ({})',
            reverse("admin:operators_app_flag_change", args=(flag.pk,)),
            ", ".join(reason_in_words(reason) for reason in flag.entry.flagged),
            flag.get_status_display(),
        )

    @labelled(
        {
            RunStatus.COMPLETED: "success",
            RunStatus.PENDING: "warning",
            RunStatus.REJECTED: "danger",
        },
        description=_("status"),
        ordering="status",
    )
    def status_shown(self, run: LaserRun) -> tuple[str, str]:
        """Whether it counts."""
        return run.status, run.get_status_display()
