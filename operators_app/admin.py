"""The admin of people, sessions and the log."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.views.decorators.debug import sensitive_post_parameters
from unfold.decorators import display
from unfold.enums import ActionVariant

from operators_app import admin_jobs  # noqa: F401 - registers the jobs' admin
from operators_app.admin_actions import row_dialog, verb_action, verb_call
from operators_app.admin_base import ReadOnlyAdmin, VerbModelAdmin, form_changes
from operators_app.admin_forms import AccountAddForm, AccountChangeForm, PasswordForm
from operators_app.admin_lists import labelled
from operators_app.models import (
    ActivityLog,
    Flag,
    FlagStatus,
    LoginOutcome,
    LoginRecord,
    Operator,
    Role,
    Session,
    User,
    highest_role,
)
from operators_app.verbs import SYSTEM_USERNAME, save_account
from operators_app.verbs.sessions import is_open, revoke_session

admin.site.unregister(Group)  # an account's role is chosen in its form

STAMPS = ("created_at", "updated_at", "seq")
OF_THE_SYSTEM = "Automatic work runs in the name of this account; nobody signs in with it."

# What the log's entries may be of: read from here, for the log itself is long.
VERBS = (
    "add_design_file", "add_document", "add_to_queue", "archive_design_file", "archive_document",
    "cancel_item", "cancel_project", "complete_job", "create", "create_client", "create_part",
    "create_project", "delete", "edit", "import", "move_item", "pause_job", "record_pop",
    "record_reading", "recut", "remove_project_part", "resolve_flag", "revoke_session",
    "save_project_part", "set_password", "start_job", "update_item", "update_project",
)  # fmt: skip


class RoleFilter(admin.SimpleListFilter):
    """Accounts of one role."""

    title = "role"
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the roles."""
        return list(Role.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        """Keep the accounts that have this role's group."""
        return queryset.filter(groups__name=self.value()) if self.value() else queryset


@admin.register(User)
class UserAdmin(VerbModelAdmin, DjangoUserAdmin):  # type: ignore[type-arg]
    """Accounts: an admin gives them a role; a manager sees them."""

    form = AccountChangeForm
    add_form = AccountAddForm
    change_password_form = PasswordForm
    list_display = ("username", "full_name", "role_shown", "email", "is_active", "last_login")
    list_filter = (RoleFilter, "is_active")
    search_fields = ("username", "first_name", "last_name", "email")
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets: Any = (  # type: ignore[misc]
        (None, {"fields": ("username", "password", "role", "is_active")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets: Any = (
        (None, {"fields": ("username", "role", "password1", "password2")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Fetch the groups with the accounts: the role is among them."""
        return super().get_queryset(request).prefetch_related("groups")

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Return the account, which remembers for its password form who is at work."""
        user = super().get_object(request, *args, **kwargs)
        if user is not None:
            user.acting = request.user
        return user

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out what only a form can show, where there is none to fill in."""
        if obj is not None and not self.has_change_permission(request, obj):
            fields = ("username", "role_shown", "is_active", "first_name", "last_name", "email")
            why = OF_THE_SYSTEM if obj.username == SYSTEM_USERNAME else ""
            shown = (*fields, "last_login", "date_joined")
            return ((None, {"fields": shown, "description": why}),)
        return super().get_fieldsets(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not the system's own account: the verb would refuse it."""
        systems = obj is not None and obj.username == SYSTEM_USERNAME
        return not systems and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No: whoever leaves is made inactive, for the log names them."""
        return False

    @method_decorator(sensitive_post_parameters())
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Add an account; as everywhere, without Django's transaction around the form."""
        return self._add_view(request, form_url, extra_context)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the role to whoever may not change it."""
        return (*self.readonly_fields, "role_shown")

    def perform_save(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> int:
        """Store the account with the role's group; a new one with its password's hash."""
        changes = form_changes(form, change)
        changes.pop("password", None)
        if not change:
            changes["password"] = obj.password
        if not change or "role" in form.changed_data:
            changes["groups"] = form.groups_wanted()
        outcome = save_account(obj.pk if change else None, changes, **verb_call(request))
        pk = int(outcome.data["id"])
        self.tell_of_profile(request, User.objects.get(pk=pk))
        return pk

    def tell_of_profile(self, request: HttpRequest, user: User) -> None:
        """Remind of the profile without which an operator cannot sign in on the phone."""
        if user.role == Role.OPERATOR and not Operator.objects.filter(user=user).exists():
            known: dict[str, str | int] = {
                "user": user.pk,
                "name": user.get_full_name(),
                "email": user.email,
            }
            address = f"{reverse('admin:operators_app_operator_add')}?{urlencode(known)}"
            sentence = (
                "To sign in on the phone, {} needs an operator profile as well: "
                '<a class="underline" href="{}">add it</a>.'
            )
            messages.warning(request, format_html(sentence, user.username, address))

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Forget the role as it was before the change."""
        obj.__dict__.pop("role", None)
        return super().log_change(request, obj, message)

    @display(description="name", ordering="last_name")
    def full_name(self, user: User) -> str:
        """First and last name."""
        return user.get_full_name() or "–"

    @labelled({"Admin": "danger", "Manager": "warning", "Operator": "success", "Viewer": "info"},
              description="role")  # fmt: skip
    def role_shown(self, user: User) -> str | None:
        """The role that counts, read from the groups fetched along."""
        held = {group.name for group in user.groups.all()}
        role = Role.ADMIN if user.is_superuser else highest_role(held)
        return str(role.label) if role else None


@admin.register(Operator)
class OperatorAdmin(VerbModelAdmin):
    """The people who cut."""

    list_display = ("name", "employee_id", "user", "email", "phone", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("user",)
    search_fields = ("name", "employee_id", "email", "user__username")
    autocomplete_fields = ("user",)
    readonly_fields = STAMPS
    fieldsets = (
        (None, {"fields": ("name", "employee_id", "user", "is_active")}),
        ("Contact", {"fields": ("email", "phone")}),
        ("Record", {"fields": STAMPS}),
    )


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin):
    """Sign-ins on phones; an admin ends that of a lost one."""

    list_display = ("user", "created_at", "expires_at", "ended_at", "ip_address", "user_agent")
    list_filter = ("created_at", ("ended_at", admin.EmptyFieldListFilter))
    list_select_related = ("user",)
    search_fields = ("user__username", "ip_address", "user_agent")
    fields = ("user", "created_at", "expires_at", "ended_at", "ip_address", "user_agent")
    actions = (
        verb_action("end_sessions", "End session",
                    lambda row, call: revoke_session(row.pk, **call), permission="end"),
    )  # fmt: skip
    actions_detail = ("end_session",)
    end_session = row_dialog(
        "end_session", "End session", lambda row, said, call: revoke_session(row.pk, **call),
        permission="end", icon="logout", variant=ActionVariant.DANGER,
        question="The phone is signed out at its next request.",
    )  # fmt: skip

    def has_end_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever manages people: the admins."""
        return bool(request.user.has_perm("operators_app.manage_people"))

    def is_legal(self, action: str, row: Any) -> bool:
        """A session ends once."""
        return is_open(row)


@admin.register(LoginRecord)
class LoginRecordAdmin(ReadOnlyAdmin):
    """Who tried to sign in, when, from where, and how it ended."""

    list_display = ("at", "username", "outcome_shown", "channel", "ip_address", "user_agent")
    list_filter = ("outcome", "channel", "at")
    search_fields = ("username", "ip_address", "user_agent")
    fields = ("at", "username", "user", "outcome", "channel", "ip_address", "user_agent")

    @labelled(
        {
            LoginOutcome.SUCCESS: "success",
            LoginOutcome.WRONG_PASSWORD: "warning",
            LoginOutcome.LOCKED_OUT: "danger",
            LoginOutcome.INACTIVE: "danger",
            LoginOutcome.NOT_PERMITTED: "danger",
        },
        description="outcome",
        ordering="outcome",
    )
    def outcome_shown(self, record: LoginRecord) -> tuple[str, str]:
        """The outcome, coloured."""
        return record.outcome, record.get_outcome_display()


class FlaggedFilter(admin.SimpleListFilter):
    """Entries that contradicted what the server knew."""

    title = "flagged"
    parameter_name = "flagged"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer flagged entries."""
        return [("yes", "Flagged"), ("no", "Not flagged")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ActivityLog]
    ) -> QuerySet[ActivityLog]:
        """Keep the entries with, or without, a flag."""
        if self.value() in {"yes", "no"}:
            return queryset.filter(flag__isnull=self.value() == "no")
        return queryset


class VerbFilter(admin.SimpleListFilter):
    """Entries of one verb."""

    title = "verb"
    parameter_name = "verb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the verbs."""
        return [(verb, verb.replace("_", " ").capitalize()) for verb in VERBS]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ActivityLog]
    ) -> QuerySet[ActivityLog]:
        """Keep the entries of the verb."""
        return queryset.filter(verb=self.value()) if self.value() else queryset


@admin.register(ActivityLog)
class ActivityLogAdmin(ReadOnlyAdmin):
    """Every change of the shop's state: who, when, through what, and what was before and after."""

    list_display = ("seq", "recorded_at", "verb", "target", "user", "source", "is_flagged")
    list_filter = (VerbFilter, "source", FlaggedFilter, "recorded_at")
    list_select_related = ("user", "flag")
    search_fields = ("=seq", "verb", "target_type", "=target_id", "user__username", "=op_id")
    search_help_text = "Number, verb, what it is about (such as project), its id, or user name"
    fields = (
        "seq", "verb", "target", "user", "source", "recorded_at", "performed_at", "effective_at",
        "changes", "flags", "op_id",
    )  # fmt: skip

    @display(description="about")
    def target(self, entry: ActivityLog) -> str:
        """What the entry is about."""
        return f"{entry.target_type} {entry.target_id or ''}"

    @labelled("warning", description="flagged")
    def is_flagged(self, entry: ActivityLog) -> str | None:
        """Whether it contradicted what the server knew."""
        return "Flagged" if entry.flagged else None

    @display(description="flagged for")
    def flags(self, entry: ActivityLog) -> str:
        """Why it was flagged."""
        return ", ".join(flag.replace("_", " ") for flag in entry.flagged) or "–"

    @display(description="before → after")
    def changes(self, entry: ActivityLog) -> SafeString | str:
        """Each changed value, the old one and the new one."""
        rows = list(told_changes(entry.before, entry.after))
        if not rows:
            return "–"
        cell = "px-2 py-1 align-top border-t border-base-200 dark:border-base-800"
        lines = format_html_join(
            "",
            '<tr><td class="{0}">{1}</td><td class="{0} font-medium">{2}</td>'
            '<td class="{0}">{3}</td><td class="{0}">→</td><td class="{0}">{4}</td></tr>',
            ((cell, *row) for row in rows),
        )
        return format_html('<div class="overflow-x-auto"><table>{}</table></div>', lines)


def told_changes(before: dict[str, Any], after: dict[str, Any]) -> Any:
    """Yield (row, column, old, new) for what an entry of the log tells."""
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key), after.get(key)
        if isinstance(old or {}, dict) and isinstance(new or {}, dict):
            old, new = old or {}, new or {}
            for name in dict.fromkeys([*old, *new]):
                yield key, name, _told(old.get(name)), _told(new.get(name))
        else:
            yield key, "", _told(old), _told(new)


def _told(value: Any) -> str:
    return "–" if value in (None, "", [], {}) else str(value)[:500]


@admin.register(Flag)
class FlagAdmin(ReadOnlyAdmin):
    """Facts that contradicted what the server knew. How to settle them, queue_app adds."""

    def is_legal(self, action: str, row: Any) -> bool:
        """An open flag can be settled, once."""
        return bool(row.status == FlagStatus.OPEN)

    list_display = ("entry_id", "about", "reasons", "status_shown", "who", "recorded")
    list_filter = ("status",)
    list_select_related = ("entry", "entry__user")
    search_fields = ("=entry__seq", "note", "entry__verb", "entry__user__username")
    fields = ("entry", "reasons", "status", "note", "resolved_by", "resolved_at")

    @display(description="about")
    def about(self, flag: Flag) -> str:
        """Verb and target of the entry."""
        return f"{flag.entry.verb} {flag.entry.target_type} {flag.entry.target_id or ''}"

    @display(description="flagged for")
    def reasons(self, flag: Flag) -> str:
        """Why."""
        return ", ".join(reason.replace("_", " ") for reason in flag.entry.flagged)

    @display(description="by", ordering="entry__user__username")
    def who(self, flag: Flag) -> str:
        """Who sent it."""
        return flag.entry.user.get_username()

    @display(description="recorded", ordering="entry__recorded_at")
    def recorded(self, flag: Flag) -> Any:
        """When the server got it."""
        return flag.entry.recorded_at

    @labelled(
        {
            FlagStatus.OPEN: "warning",
            FlagStatus.ACCEPTED: "success",
            FlagStatus.REJECTED: "danger",
        },
        description="status",
        ordering="status",
    )
    def status_shown(self, flag: Flag) -> tuple[str, str]:
        """The status, coloured."""
        return flag.status, flag.get_status_display()
