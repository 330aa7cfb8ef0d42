"""The admin of sign-ins: sessions, the login history, and what each role must do to sign in."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.enums import ActionVariant

from operators_app.admin_actions import row_dialog, verb_action, verb_call
from operators_app.admin_base import ReadOnlyAdmin, VerbModelAdmin, may_manage
from operators_app.admin_lists import labelled
from operators_app.admin_logins import may_manage_login_of
from operators_app.devices import device_name
from operators_app.models import LoginOutcome, LoginRecord, RolePolicy, Session, User
from operators_app.verbs.second_factor import save_role_policy
from operators_app.verbs.sessions import is_open, revoke_session, still_open


class StateFilter(admin.SimpleListFilter):
    """Sessions that are open, unless others are asked for."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the others."""
        return [("ended", _("Ended or expired")), ("all", _("All"))]

    def choices(self, changelist: Any) -> Any:
        """Name the choice that is made unless another is."""
        yield {
            "selected": self.value() is None, "display": _("Open"),
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
        }  # fmt: skip
        for lookup, title in self.lookup_choices:
            yield {
                "selected": self.value() == str(lookup), "display": title,
                "query_string": changelist.get_query_string({self.parameter_name: lookup}),
            }  # fmt: skip

    def queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> QuerySet[Session]:
        """Keep the sessions of the state."""
        if self.value() == "all":
            return queryset
        return queryset.filter(~still_open() if self.value() == "ended" else still_open())


def _may_end(request: HttpRequest, session: Session) -> bool:
    own = session.user_id == request.user.pk
    return own or may_manage_login_of(request, session.user)


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin):
    """Who is signed in where, on phones and in browsers; that of a lost device is ended here."""

    list_display = (
        "user", "device", "channel", "created_at", "last_seen_at", "ip_address", "state", "end",
    )  # fmt: skip
    list_filter = (StateFilter, "channel", "created_at")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__first_name", "user__last_name", "ip_address",
                     "user_agent")  # fmt: skip
    fields = (
        "user", "device", "channel", "state", "second_factor", "created_at", "last_seen_at",
        "expires_at", "ended_at", "ip_address", "user_agent",
    )  # fmt: skip
    actions = (
        verb_action("end_sessions", gettext_lazy("End session"),
                    lambda row, call: revoke_session(row.pk, **call), permission="end"),
    )  # fmt: skip
    actions_detail = ("end_session",)
    end_session = row_dialog(
        "end_session", gettext_lazy("End session"),
        lambda row, said, call: revoke_session(row.pk, **call),
        permission="end", icon="logout", variant=ActionVariant.DANGER,
        question=gettext_lazy("The device is signed out at its next request."),
    )  # fmt: skip

    def has_end_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Admins; managers that of an operator, or their own."""
        if object_id is None:
            return may_manage(request)
        row = self.get_object(request, str(object_id))
        return row is not None and _may_end(request, row)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Find out which of the page's sessions may be ended, in one statement."""
        changelist = super().get_changelist_instance(request)
        changelist.result_list = list(changelist.result_list)
        people = {one.user_id for one in changelist.result_list}
        groups: dict[int, dict[str, bool]] = {pk: {} for pk in people}
        held = User.groups.through._default_manager.filter(user_id__in=people)
        policy = "group__role_policy__requires_second_factor"
        for pk, name, required in held.values_list("user_id", "group__name", policy):
            groups[pk][name] = bool(required)
        for one in changelist.result_list:
            one.user.held_groups = groups[one.user_id]
            one.can_be_ended = is_open(one) and _may_end(request, one)
        return changelist

    @display(description=gettext_lazy("sign out"))
    def end(self, session: Session) -> SafeString | str:
        """The way to end a session, for whoever may."""
        if not getattr(session, "can_be_ended", False):
            return "–"
        address = reverse("admin:operators_app_session_end_session", args=(session.pk,))
        return format_html(
            '<a class="font-medium text-primary-600 dark:text-primary-500 whitespace-nowrap" '
            'href="{0}" hx-get="{0}" hx-target="#modal-content" hx-select="#dialog" '
            'x-on:htmx:after-on-load="openModal = true">{1}</a>',
            address,
            _("End session"),
        )

    def is_legal(self, action: str, row: Any) -> bool:
        """A session ends once."""
        return is_open(row)

    @display(description=gettext_lazy("device"), ordering="user_agent")
    def device(self, session: Session) -> str:
        """The device, as people would call it."""
        return device_name(session.user_agent)

    @labelled({"open": "success", "ended": "info", "expired": "warning", "half": "danger"},
              description=gettext_lazy("state"))  # fmt: skip
    def state(self, session: Session) -> tuple[str, str]:
        """Open, ended or expired; open half-way, where the second factor is awaited."""
        if session.ended_at is not None:
            return "ended", _("Ended")
        if session.expires_at <= timezone.now():
            return "expired", _("Expired")
        if session.second_factor == "awaited":
            return "half", _("Awaiting a code")
        return "open", _("Open")


@admin.register(LoginRecord)
class LoginRecordAdmin(ReadOnlyAdmin):
    """Who tried to sign in, when, from where, and how it ended."""

    counts_entries = True
    list_display = ("at", "username", "outcome_shown", "channel", "ip_address", "device")
    list_filter = ("outcome", "channel", "at")
    search_fields = ("username", "ip_address", "user_agent")
    fields = ("at", "username", "user", "outcome", "channel", "ip_address", "device", "user_agent")

    @display(description=gettext_lazy("device"), ordering="user_agent")
    def device(self, record: LoginRecord) -> str:
        """The device, as people would call it."""
        return device_name(record.user_agent)

    @labelled(
        {
            LoginOutcome.SUCCESS: "success",
            LoginOutcome.CODE_AWAITED: "info",
            LoginOutcome.WRONG_PASSWORD: "warning",
            LoginOutcome.WRONG_CODE: "warning",
            LoginOutcome.LOCKED_OUT: "danger",
            LoginOutcome.INACTIVE: "danger",
            LoginOutcome.NOT_PERMITTED: "danger",
            LoginOutcome.NO_PROFILE: "danger",
        },
        description=gettext_lazy("outcome"),
        ordering="outcome",
    )
    def outcome_shown(self, record: LoginRecord) -> tuple[str, str]:
        """The outcome, coloured."""
        return record.outcome, record.get_outcome_display()


@admin.register(RolePolicy)
class RolePolicyAdmin(VerbModelAdmin):
    """What each role's people must do to sign in; an admin decides."""

    list_display = ("role_name", "requires_second_factor", "people", "with_second_factor")
    list_select_related = ("group",)
    fields = ("role_name", "requires_second_factor")
    readonly_fields = ("role_name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RolePolicy]:
        """Count each role's people, and those who sign in with two factors."""
        active = Q(group__user__is_active=True)
        ready = active & Q(group__user__second_factor_at__isnull=False)
        counts = {
            "count": Count("group__user", filter=active),
            "ready": Count("group__user", filter=ready),
        }
        return super().get_queryset(request).annotate(**counts)  # type: ignore[no-any-return]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """No: the roles are given."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No."""
        return False

    def perform_save(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> int:
        """Save through the verb that only an admin has."""
        required = form.cleaned_data["requires_second_factor"]
        return int(save_role_policy(obj.pk, required, **verb_call(request)).data["id"])

    @display(description=gettext_lazy("role"))
    def role_name(self, policy: RolePolicy) -> str:
        """The role."""
        return str(policy)

    @display(description=gettext_lazy("people"))
    def people(self, policy: Any) -> int:
        """How many active accounts have the role."""
        return int(policy.count)

    @display(description=gettext_lazy("with two factors"))
    def with_second_factor(self, policy: Any) -> int:
        """How many of them have set it up."""
        return int(policy.ready)
