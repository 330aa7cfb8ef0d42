"""The admin's forms of people: signing in, passwords, accounts with a role."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from unfold.forms import (
    AdminOwnPasswordChangeForm,
    AdminPasswordChangeForm,
    AuthenticationForm,
    UserChangeForm,
    UserCreationForm,
)
from unfold.widgets import UnfoldAdminSelectWidget

from operators_app.authentication import remember
from operators_app.models import ROLES_OF_THE_ADMIN, LoginOutcome, Role, User, highest_role
from operators_app.verbs import Actor
from operators_app.verbs.passwords import set_password


class LoginForm(AuthenticationForm):
    """Signs in whoever may enter, and notes in the login history who was turned away, and why."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": "Invalid credentials. Mind capital letters, in the password too.",
        "inactive": "Account is inactive",
    }

    def confirm_login_allowed(self, user: Any) -> None:
        """Refuse, with a line in the history, inactive accounts and roles that stay outside."""
        if not user.is_active:
            remember(self.request, user.get_username(), LoginOutcome.INACTIVE, user)
            raise ValidationError(self.error_messages["inactive"], code="inactive")
        if not user.is_superuser and user.role not in ROLES_OF_THE_ADMIN:
            remember(self.request, user.get_username(), LoginOutcome.NOT_PERMITTED, user)
            raise ValidationError(
                "Your role may not enter the back office; operators work on the phone.",
                code="not_permitted",
            )


class _SavesByVerb:
    """Lets a password form save through the verb, in the name of `user.acting` or of oneself."""

    cleaned_data: dict[str, Any]

    def set_password_and_save(
        self,
        user: User,
        password_field_name: str = "password1",  # noqa: S107
        commit: bool = True,
    ) -> User:
        """Set the password and read the account anew, so that its session can be kept."""
        usable = self.cleaned_data.get("set_usable_password", True)
        password = self.cleaned_data[password_field_name] if usable else None
        by = Actor.of_user(getattr(user, "acting", None) or user)
        set_password(user.pk, password, by=by)
        user.refresh_from_db(fields=["password"])
        return user


class PasswordForm(_SavesByVerb, AdminPasswordChangeForm):
    """An admin sets somebody's password."""


class OwnPasswordForm(_SavesByVerb, AdminOwnPasswordChangeForm):
    """Somebody changes their own password."""


def role_field() -> forms.ChoiceField:
    """Return the choice of a person's one role."""
    return forms.ChoiceField(
        choices=[("", "No role: may not sign in"), *Role.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="Admin: everything. Manager: everything but accounts. Operator: the phone. "
        "Viewer: looks, changes nothing.",
    )


class AccountChangeForm(UserChangeForm):
    """An account with its role; `groups_wanted` is what to store for it."""

    role = role_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["role"] = str(self.instance.role or "") if self.instance.pk else ""

    def groups_wanted(self) -> list[Group]:
        """Return the account's groups with the role's group in place of the other roles'."""
        held = list(self.instance.groups.all()) if self.instance.pk else []
        others = [group for group in held if highest_role({group.name}) is None]
        role = self.cleaned_data.get("role")
        return [*others, *Group.objects.filter(name=role)] if role else others


class AccountAddForm(UserCreationForm):
    """A new account, with password and role."""

    role = role_field()
    groups_wanted = AccountChangeForm.groups_wanted
