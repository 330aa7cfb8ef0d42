"""The admin of people: operators and their accounts."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.decorators import display

from operators_app.admin_actions import verb_call
from operators_app.admin_base import VerbModelAdmin
from operators_app.admin_forms import AccountAddForm, AccountChangeForm, OperatorAddForm
from operators_app.admin_inlines import form_changes
from operators_app.admin_lists import labelled
from operators_app.admin_logins import LoginActions, slip
from operators_app.admin_sheets import SheetAdminMixin
from operators_app.models import (
    Operator,
    Role,
    User,
    highest_role,
)
from operators_app.resources import OperatorSheet
from operators_app.verbs import SYSTEM_USERNAME, save_account
from operators_app.verbs.accounts import create_operator
from operators_app.verbs.signed_in import linkable_accounts

for model in (Group, TOTPDevice, StaticDevice):
    admin.site.unregister(model)  # roles are chosen in an account; keys and codes are shown nowhere

STAMPS = ("created_at", "updated_at", "last_entry")
OF_THE_SYSTEM = gettext_lazy(
    "Automatic work runs in the name of this account; nobody signs in with it."
)


class RoleFilter(admin.SimpleListFilter):
    """Accounts of one role."""

    title = gettext_lazy("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the roles."""
        return [(role.value, str(role.label)) for role in Role]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        """Keep the accounts that have this role's group."""
        return queryset.filter(groups__name=self.value()) if self.value() else queryset


@admin.register(User)
class UserAdmin(LoginActions, VerbModelAdmin, DjangoUserAdmin):  # type: ignore[type-arg]
    """Accounts: an admin gives them a role; a manager resets the sign-in of operators."""

    form = AccountChangeForm
    add_form = AccountAddForm
    add_form_template = None  # Django's tells of a second form, for the rest
    list_display = (
        "username", "full_name", "role_shown", "email", "is_active", "second_factor", "last_login",
    )  # fmt: skip
    list_filter = (RoleFilter, "is_active")
    search_fields = ("username", "first_name", "last_name", "email")
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined", "must_change_password", "second_factor_at")
    actions_detail = LoginActions.login_actions[1:]
    fieldsets: Any = (  # type: ignore[misc]
        (None, {"fields": ("username", "role", "is_active")}),
        (gettext_lazy("Person"), {"fields": ("first_name", "last_name", "email")}),
        (gettext_lazy("Sign-in"), {
            "fields": ("must_change_password", "second_factor_at", "last_login", "date_joined"),
        }),
    )  # fmt: skip
    add_fieldsets: Any = (
        (None, {"fields": (
            "username", "role", "password", "must_change_password",
        )}),
        (gettext_lazy("Person"), {"fields": ("first_name", "last_name", "email")}),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Fetch the groups with the accounts: the role is among them."""
        return super().get_queryset(request).prefetch_related("groups")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Offer an operator the accounts that nobody has yet and that whoever asks may give."""
        found, doubled = super().get_search_results(request, queryset, search_term)
        if request.GET.get("field_name") == "user" and request.GET.get("model_name") == "operator":
            free = linkable_accounts(verb_call(request)["by"]).filter(operator=None)
            found = found.filter(pk__in=free.values("pk"))
        return found, doubled

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out what only a form can show, where there is none to fill in."""
        if obj is not None and not self.has_change_permission(request, obj):
            fields = ("username", "role_shown", "is_active", "first_name", "last_name", "email")
            why = OF_THE_SYSTEM if obj.username == SYSTEM_USERNAME else ""
            shown = (*fields, *self.readonly_fields)
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

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:  # noqa: A002
        """Lead Django's address of it to the page that does it through the verb."""
        if not self.has_login_permission(request, id):
            raise PermissionDenied
        return self.reset_password(request, object_id=id)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the role to whoever may not change it; a new account's password is a choice."""
        shown = (*self.readonly_fields, "role_shown")
        return shown if obj else tuple(name for name in shown if name != "must_change_password")

    def perform_save(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> int:
        """Store the account with the role's group; a new one with its password's hash."""
        changes = form_changes(form, change)
        changes.pop("password", None)
        if not change:
            changes["password"] = obj.password
        if not change or "role" in form.changed_data:
            changes["groups"] = form.groups_wanted()
        seen = form.seen if change else {}
        outcome = save_account(obj.pk if change else None, changes, seen=seen, **verb_call(request))
        pk = int(outcome.data["id"])
        self.tell_of_profile(request, User.objects.get(pk=pk))
        return pk

    def carries_what_was_seen(self, obj: Any) -> bool:
        """Yes: a role that was taken away meanwhile must not come back with a corrected address."""
        return True

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the new login, once; a window that was opened for it only closes."""
        if IS_POPUP_VAR in request.POST:
            return super().response_add(request, obj, post_url_continue)
        password = request.POST["password"]
        return slip(self, request, obj, obj.username, password, obj.must_change_password)

    def tell_of_profile(self, request: HttpRequest, user: User) -> None:
        """Remind of the profile without which an operator cannot sign in on the phone."""
        if user.role == Role.OPERATOR and not Operator.objects.filter(user=user).exists():
            known: dict[str, str | int] = {
                "user": user.pk,
                "name": user.get_full_name(),
                "email": user.email,
            }
            address = f"{reverse('admin:operators_app_operator_add')}?{urlencode(known)}"
            sentence = _(
                "To sign in on the phone, {name} needs an operator profile as well: {link}."
            )
            link = format_html('<a class="underline" href="{}">{}</a>', address, _("add it"))
            messages.warning(request, format_html(sentence, name=user.username, link=link))

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Forget the role as it was before the change."""
        obj.forget_role()
        return super().log_change(request, obj, message)

    @display(description=gettext_lazy("name"), ordering="last_name")
    def full_name(self, user: User) -> str:
        """First and last name."""
        return user.get_full_name() or "–"

    @labelled({"Admin": "danger", "Manager": "warning", "Operator": "success", "Viewer": "info"},
              description=gettext_lazy("role"))  # fmt: skip
    def role_shown(self, user: User) -> tuple[str, str] | None:
        """The role that counts, read from the groups fetched along."""
        held = {group.name for group in user.groups.all()}
        role = Role.ADMIN if user.is_superuser else highest_role(held)
        return (role.value, str(role.label)) if role else None

    @display(description=gettext_lazy("two factors"), boolean=True, ordering="second_factor_at")
    def second_factor(self, user: User) -> bool:
        """Whether a code is asked for besides the password."""
        return user.second_factor_at is not None


@admin.register(Operator)
class OperatorAdmin(SheetAdminMixin, LoginActions, VerbModelAdmin):
    """The people who cut; a new one gets the login for the phone in the same form."""

    sheet = OperatorSheet
    list_display = ("name", "employee_id", "user", "email", "phone", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("user",)
    search_fields = ("name", "employee_id", "email", "user__username")
    autocomplete_fields = ("user",)
    readonly_fields = STAMPS
    actions_detail = LoginActions.login_actions
    fieldsets = (
        (None, {"fields": ("name", "employee_id", "user", "is_active")}),
        (gettext_lazy("Contact"), {"fields": ("email", "phone")}),
        (gettext_lazy("Record"), {"fields": STAMPS}),
    )
    add_fieldsets: Any = (
        (None, {"fields": ("name", "employee_id")}),
        (gettext_lazy("Contact"), {"fields": ("email", "phone")}),
        (gettext_lazy("Login for the phone"), {
            "fields": ("username", "password", "must_change"),
        }),
        (gettext_lazy("Or an account that is there already"), {"fields": ("user",)}),
    )  # fmt: skip

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for a new operator's login, too."""
        return super().get_fieldsets(request, obj) if obj else self.add_fieldsets

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Return the form; of a new operator the one with the login."""
        if obj is None:
            kwargs.setdefault("form", OperatorAddForm)
        return super().get_form(request, obj, change=change, **kwargs)

    @method_decorator(sensitive_post_parameters())
    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Keep the password out of reports of errors."""
        return super().add_view(request, *args, **kwargs)

    def perform_save(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> int:
        """Create operator and login at once, where a login was asked for."""
        login = None if change else form.cleaned_data.get("login")
        if login is None:
            return super().perform_save(request, obj, form, change)
        profile = {k: v for k, v in form_changes(form, change).items() if k != "user"}
        return int(create_operator(profile, login, **verb_call(request)).data["id"])

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the new login, once."""
        if obj.user_id is None or not request.POST.get("username", "").strip():
            return super().response_add(request, obj, post_url_continue)  # type: ignore[no-any-return]
        password, user = request.POST["password"], obj.user
        return slip(self, request, obj, user.username, password, user.must_change_password)
