"""What may be done to somebody's sign-in, on the pages of accounts and of operators alike."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from unfold.decorators import action
from unfold.enums import ActionVariant

from laseros.errors import LaserOSError, NotFound
from operators_app.admin_actions import row_dialog, verb_call
from operators_app.admin_base import may_manage
from operators_app.admin_forms import NewLoginForm, NewPasswordForm
from operators_app.models import Operator, Session, User
from operators_app.verbs import SYSTEM_USERNAME, accounts, second_factor, sessions
from operators_app.verbs.passwords import set_password
from operators_app.verbs.signed_in import may_manage_login


def account_of(row: User | Operator | Session) -> User | None:
    """Return the account that a row is, or belongs to."""
    return row if isinstance(row, User) else row.user


def row_account(row: User | Operator | Session) -> User:
    """Return the account of a row; raise NotFound for an operator without a login."""
    user = account_of(row)
    if user is None:
        raise NotFound(_("This operator has no login yet."))
    return user


def may_manage_login_of(request: HttpRequest, user: User | None) -> bool:
    """Tell whether whoever is at work may reset this sign-in; one's own is on “My sign-in”."""
    if user is None or user.pk == request.user.pk or not may_manage(request):
        return False
    return user.username != SYSTEM_USERNAME and may_manage_login(verb_call(request)["by"], user)


class LoginActions:
    """The actions of a row that has a login."""

    get_object: Any
    opts: Any
    change_url: Any
    login_actions = (
        "give_login", "reset_password", "deactivate_login", "activate_login",
        "reset_second_factor", "sign_out_everywhere",
    )  # fmt: skip

    def has_login_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may manage this row's login; the answer is kept for the request."""
        known: dict[str, bool] = request.__dict__.setdefault("login_rights", {})
        key = str(object_id)
        if key not in known:
            row = self.get_object(request, key) if object_id else None
            known[key] = row is not None and may_manage_login_of(request, account_of(row))
        return known[key]

    def has_give_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Managers and admins."""
        return may_manage(request)

    def is_legal(self, action: str, row: Any) -> bool:
        """Tell which actions make sense for the row's login."""
        user = account_of(row)
        if user is None:
            return action == "give_login"
        legal = {
            "give_login": False,
            "deactivate_login": user.is_active,
            "activate_login": not user.is_active,
            "reset_second_factor": user.second_factor_at is not None,
        }
        return legal.get(action, True)

    deactivate_login = row_dialog(
        "deactivate_login", gettext_lazy("Deactivate login"),
        lambda row, said, call: accounts.set_account_active(row_account(row).pk, False, **call),
        permission="login", icon="person_off",
        question=gettext_lazy("Signed out everywhere, and cannot sign in until activated again."),
    )  # fmt: skip
    activate_login = row_dialog(
        "activate_login", gettext_lazy("Activate login"),
        lambda row, said, call: accounts.set_account_active(row_account(row).pk, True, **call),
        permission="login", icon="person_check",
    )  # fmt: skip
    reset_second_factor = row_dialog(
        "reset_second_factor", gettext_lazy("Reset two-factor sign-in"),
        lambda row, said, call: second_factor.reset_second_factor(row_account(row).pk, **call),
        permission="login", icon="phonelink_erase", variant=ActionVariant.DANGER,
        question=gettext_lazy(
            "For a lost phone. Make sure that it is really them who ask: until they set it up "
            "anew, the password alone signs in. They are signed out everywhere."
        ),
    )  # fmt: skip
    sign_out_everywhere = row_dialog(
        "sign_out_everywhere", gettext_lazy("Sign out everywhere"),
        lambda row, said, call: sessions.sign_out_everywhere(row_account(row).pk, **call),
        permission="login", icon="logout",
        question=gettext_lazy("Phones and browsers are signed out at their next request."),
    )  # fmt: skip

    @action(
        description=gettext_lazy("Reset password"), permissions=["login"],
        url_path="reset-password", icon="key",
    )  # fmt: skip
    def reset_password(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give somebody a new password, proposed at random, and show it once."""
        row = self._row(request, object_id)
        user = account_of(row)
        if user is None or not may_manage_login_of(request, user):
            raise PermissionDenied
        return self.password_page(request, row, user)

    @action(
        description=gettext_lazy("Give a login"), permissions=["give"], url_path="give-login",
        icon="person_add",
    )  # fmt: skip
    def give_login(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give an operator who has none a login, and show its password once."""
        row = self._row(request, object_id)
        user = account_of(row)
        if user is None:
            return self.password_page(request, row, None)
        # A page that was opened before somebody else gave one: this address resets no password.
        told = {"name": getattr(row, "name", row), "username": user.username}
        messages.warning(request, accounts.HAS_LOGIN % told)
        return HttpResponseRedirect(self.change_url(row.pk))

    def _row(self, request: HttpRequest, object_id: str) -> Any:
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return row

    @method_decorator(sensitive_post_parameters())
    def password_page(self, request: HttpRequest, row: Any, user: User | None) -> HttpResponse:
        """Ask for the new password of `user`; None: of a new login, and for its user name."""
        form_class = NewLoginForm if user is None else NewPasswordForm
        owner = user or User(first_name=row.name, email=row.email)
        form = form_class(owner, request.POST or None)
        if form.is_valid():
            try:
                return self._hand_over(request, row, user, form.cleaned_data)
            except LaserOSError as refusal:
                form.add_error(None, refusal.message)
        context = {
            **admin.site.each_context(request), "opts": self.opts, "original": row, "form": form,
            "title": _("Reset password") if user else _("Give a login"), "subtitle": str(row),
            "back": self.change_url(row.pk),
        }  # fmt: skip
        return render(request, "admin/people/new_password.html", context)

    def _hand_over(
        self, request: HttpRequest, row: Any, user: User | None, said: dict[str, Any]
    ) -> HttpResponse:
        if user is None:
            login = accounts.new_login(said["username"], said["password"], said["must_change"])
            accounts.give_login(row.pk, login, **verb_call(request))
            name = said["username"]
        else:
            temporary = said["must_change"]
            set_password(user.pk, said["password"], temporary=temporary, **verb_call(request))
            name = user.username
        return slip(self, request, row, name, said["password"], said["must_change"])


def slip(
    model_admin: Any, request: HttpRequest, row: Any, username: str, password: str,
    must_change: bool,
) -> HttpResponse:  # fmt: skip
    """Return the page with a new password: the only place, and the only time, that shows it.

    The address to sign in at is only for who may enter the back office: operators use the phone.
    """
    may_enter = User.objects.get(username=username).is_staff
    context = {
        **admin.site.each_context(request), "opts": model_admin.opts, "original": row,
        "title": _("The login"), "subtitle": str(row), "username": username,
        "password": password, "must_change": must_change, "back": model_admin.change_url(row.pk),
        "sign_in_at": request.build_absolute_uri(reverse("admin:index")) if may_enter else "",
    }  # fmt: skip
    return render(request, "admin/people/login_slip.html", context)
