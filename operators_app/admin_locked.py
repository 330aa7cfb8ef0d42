"""The admin of failed sign-ins, which lock a name for an address where there are too many."""

from __future__ import annotations

import copy
import uuid
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from operators_app.admin_actions import row_dialog, verb_action
from operators_app.admin_jobs import OpenToAll
from operators_app.locked import counted, locked_attempts, locked_until, same_sign_in
from operators_app.models import Role
from operators_app.verbs import Call, Outcome, delete, derived_op_id

for model in (AccessAttempt, AccessLog, AccessFailureLog):
    admin.site.unregister(model)  # AccessLog and AccessFailureLog for good: see LoginRecord


def in_words(attempt: AccessAttempt) -> str:
    """Return what an attempt is called: whose sign-in it was, and from where."""
    told = {"name": attempt.username or "–", "address": attempt.ip_address or "–"}
    return gettext("%(name)s from %(address)s") % told


AccessAttempt.__str__ = in_words  # its own is in English, with a time of no time zone


def unlock(attempt: AccessAttempt, call: Call) -> Outcome:
    """Forget an attempt, and all that count with it: else its name would stay locked.

    One that is gone was unlocked along with another.
    """
    done = Outcome({"id": attempt.pk}, seq=0)
    there = AccessAttempt.objects.filter(pk=attempt.pk).order_by() | same_sign_in(attempt)
    key = call.get("op_id") or uuid.uuid4()
    for pk in there.values_list("pk", flat=True):
        own: Call = {**call, "op_id": derived_op_id(key, f"unlock {pk}")}
        done = delete(AccessAttempt, pk, **own)
    return done


class LockedFilter(admin.SimpleListFilter):
    """Attempts that lock their name for their address now."""

    title = _("locked")
    parameter_name = "locked"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer what is locked now."""
        return [("yes", _("Locked now"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Keep what is locked."""
        if self.value() != "yes":
            return queryset
        return queryset.filter(pk__in=locked_attempts().values("pk"))


@admin.register(AccessAttempt)
class FailedSignInAdmin(OpenToAll):
    """Failed sign-ins that count towards a lock, and until when they lock; an admin unlocks."""

    list_filter = (LockedFilter,)
    list_display = ("typed_name", "ip_address", "failures_since_start", "attempt_time",
                    "locked_until", "path_info")  # fmt: skip
    search_fields = ("username", "ip_address")
    fields = list_display
    actions = (verb_action("unlock_chosen", _("Unlock"), unlock, permission="unlock"),)
    actions_detail = ("unlock",)
    unlock = row_dialog(
        "unlock", _("Unlock"), lambda row, said, call: unlock(row, call), permission="unlock",
        icon="lock_open",
        question=_("The failed sign-ins of this name and address no longer count."),
    )  # fmt: skip

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        # A copy: the library's migrations go with its own words.
        self.opts: Any = copy.copy(AccessAttempt._meta)
        self.opts.verbose_name = _("failed sign-in")
        self.opts.verbose_name_plural = _("failed sign-ins")

    def has_unlock_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Admins."""
        return getattr(request.user, "role", None) == Role.ADMIN

    def get_queryset(self, request: HttpRequest) -> Any:
        """Return the attempts with what their locks are reckoned from."""
        return counted(super().get_queryset(request))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Call the list what its rows are called here."""
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, {**title, **(extra_context or {})})

    def get_object(self, request: HttpRequest, *args: Any) -> Any:
        """Return an attempt that is called what it is called here, above its page as well."""
        row = super().get_object(request, *args)
        if row is not None:
            row._meta = self.opts
        return row

    @display(description=_("user name as typed"), ordering="username")
    def typed_name(self, attempt: AccessAttempt) -> str:
        """By what name somebody tried."""
        return attempt.username or "–"

    @display(description=_("locked until"))
    def locked_until(self, attempt: AccessAttempt) -> str:
        """Until when nobody signs in by this name from this address."""
        until = locked_until(attempt)
        return date_format(localtime(until), "DATETIME_FORMAT") if until else gettext("not locked")

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, *args: Any) -> Any:
        """Lead to the list: what was unlocked is gone, and who unlocked it was told."""
        return HttpResponseRedirect(reverse("admin:axes_accessattempt_changelist"))
