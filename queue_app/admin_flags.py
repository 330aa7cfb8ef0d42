"""What the flags' admin shows of the cut that each is about, and the dialogs that settle them."""

from __future__ import annotations

import datetime as dt
from types import MethodType
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextInputWidget

from operators_app.admin_actions import confirmed_action, row_dialog
from operators_app.admin_base import may_manage
from operators_app.admin_log import in_words
from operators_app.admin_versions import as_seen, version_of
from operators_app.models import Flag, FlagStatus
from operators_app.verbs import Call, Outcome
from operators_app.wording import reason_in_words
from queue_app import flag_words
from queue_app.admin_runs import (
    CorrectFlaggedForm,
    FlaggedReasonForm,
    OfRun,
    correct,
    reject,
    restore,
)
from queue_app.models import LaserRun, RunStatus
from queue_app.verbs import resolve_flag


def run_of(flag: Flag) -> LaserRun | None:
    """Return the cut that a flag is about; other facts have none."""
    found: LaserRun | None = getattr(flag.entry, "laser_run", None)
    return found


@display(description=_("about"))
def cut_of_flag(flag: Flag) -> str:
    """The project that was cut and who cut it; another fact as its sentence."""
    run = run_of(flag)
    if run is None:
        told = in_words(flag.entry)
        return f"{told.sentence}: {told.about}"
    return _("%(project)s by %(operator)s") % {
        "project": run.project, "operator": run.operator.name,
    }  # fmt: skip


@display(description=_("minutes: told / logged"))
def claim_of_flag(flag: Flag) -> str:
    """The minutes that the operator told, beside those that were logged."""
    run = run_of(flag)
    return f"{run.cut_time_minutes} / {run.logged_minutes}" if run else "–"


def described(flag: Flag) -> str:
    """Return a flag in one line, for a list of those that are settled together."""
    reasons = ", ".join(reason_in_words(reason) for reason in flag.entry.flagged)
    told = gettext("minutes told / logged: %(claim)s") % {"claim": claim_of_flag(flag)}
    when = date_format(localtime(flag.entry.performed_at), "DATETIME_FORMAT")
    return " · ".join((str(cut_of_flag(flag)), when, reasons, *([told] if run_of(flag) else ())))


class FlagMixin:
    """Shows above the fields of a dialog what was told, and what each answer means."""

    accepts = False

    def render_before_template(self: Any) -> str:
        """Show the facts, then why the verb refused."""
        known = str(self.object_id).isdecimal()
        flags = Flag.objects.select_related("entry")
        flag = flags.filter(pk=self.object_id).first() if known else None
        told = flag_words.told(flag, run_of(flag), accepts=self.accepts) if flag else ""
        return format_html("{}{}", told, super().render_before_template())  # type: ignore[misc]


class AcceptForm(FlagMixin, OfRun):
    """A note on why a fact is accepted."""

    accepts = True
    known_by = "entry_id"
    note = forms.CharField(
        label=_("Note"), required=False, max_length=500, widget=UnfoldAdminTextInputWidget
    )


class RejectForm(AcceptForm):
    """A note on why a fact is rejected."""

    accepts = False


class AcceptAfterForm(FlagMixin, FlaggedReasonForm):
    """Why a rejected fact is accepted after all."""

    accepts = True


class RejectAfterForm(FlagMixin, FlaggedReasonForm):
    """Why an accepted fact is rejected after all."""

    accepts = False


def settle(*, accept: bool) -> Any:
    """Return what accepts or rejects an open flag, with the note or reason that a form said."""

    def verb(flag: Flag, said: dict[str, Any], call: Call) -> Outcome:
        note = said.get("note") or said.get("reason") or ""
        if seen := said.get("seen"):
            call = as_seen(seen, call)
        return resolve_flag(flag.pk, accept=accept, note=note, **call)

    return verb


ACCEPT = row_dialog(
    "accept_one", _("Accept"), settle(accept=True), form_class=AcceptForm, permission="settle",
    icon="check", variant=ActionVariant.SUCCESS,
    told_as=cut_of_flag, done=_("Accepted: %(row)s."),
)  # fmt: skip
REJECT = row_dialog(
    "reject_one", _("Reject"), settle(accept=False), form_class=RejectForm, permission="settle",
    icon="close", variant=ActionVariant.DANGER,
    told_as=cut_of_flag, done=_("Rejected: %(row)s."),
)  # fmt: skip
CORRECT = row_dialog(
    "correct_one", _("Correct"), lambda flag, said, call: correct(_cut(flag), said, call),
    form_class=CorrectFlaggedForm, permission="settle", icon="edit",
    told_as=cut_of_flag, done=_("Corrected: %(row)s."),
)  # fmt: skip
ACCEPT_AFTER = row_dialog(
    "accept_after", _("Accept after all"),
    lambda flag, said, call: restore(_cut(flag), said, call),
    form_class=AcceptAfterForm, permission="settle", icon="undo",
    told_as=cut_of_flag, done=_("Accepted after all: %(row)s."),
)  # fmt: skip
REJECT_AFTER = row_dialog(
    "reject_after", _("Reject after all"),
    lambda flag, said, call: reject(_cut(flag), said, call),
    form_class=RejectAfterForm, permission="settle", icon="undo",
    told_as=cut_of_flag, done=_("Rejected after all: %(row)s."),
)  # fmt: skip
DIALOGS = {
    "accept_one": ACCEPT, "reject_one": REJECT, "correct_one": CORRECT,
    "accept_after": ACCEPT_AFTER, "reject_after": REJECT_AFTER,
}  # fmt: skip


def _version_of_cut(flag: Flag) -> dt.datetime | None:
    """Return the version of the cut that a flag is about; other facts do not change."""
    return version_of(run_of(flag))


def _cut(flag: Flag) -> LaserRun:
    return LaserRun.objects.get(entry_id=flag.pk)


def is_legal(action: str, flag: Flag) -> bool:
    """An open flag is settled once; then its cut is decided on anew, or corrected."""
    run, is_open = run_of(flag), flag.status == FlagStatus.OPEN
    if action in {"accept_one", "reject_one"}:
        return is_open
    if run is None or action == "correct_one":
        return run is not None
    is_rejected = run.status == RunStatus.REJECTED
    return not is_open and is_rejected == (action == "accept_after")


def extend_flags() -> None:
    """Give the flags' admin the cut that each is about, and the verbs that settle them."""
    site: Any = admin.site.get_model_admin(Flag)
    site.list_display = ("number", cut_of_flag, claim_of_flag, *site.list_display[2:])
    site.list_select_related = (
        *site.list_select_related,
        "entry__laser_run__project",
        "entry__laser_run__operator",
    )
    site.fields = (cut_of_flag, claim_of_flag, *(site.fields or ()))
    site.readonly_fields = (cut_of_flag, claim_of_flag, *site.readonly_fields)
    site.has_settle_permission = may_settle
    site.is_legal = is_legal
    site.actions = (
        confirmed_action(
            "accept_flags", _("Accept"), flag_words.ACCEPTING, settle(accept=True),
            permission="settle", describe=described, version=_version_of_cut,
        ),
        confirmed_action(
            "reject_flags", _("Reject"), flag_words.REJECTING, settle(accept=False),
            permission="settle", describe=described, version=_version_of_cut,
        ),
    )  # fmt: skip
    for name, action in DIALOGS.items():
        setattr(site, name, MethodType(action, site))
    site.actions_detail = tuple(DIALOGS)


def may_settle(request: HttpRequest, obj: Any = None) -> bool:
    """Managers and admins settle flags."""
    return may_manage(request)


extend_flags()
