"""The admin's forms of people: signing in, passwords, accounts with a role."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.forms import (
    AdminOwnPasswordChangeForm,
    AuthenticationForm,
    UserChangeForm,
)
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from operators_app.authentication import remember
from operators_app.models import (
    ROLES_OF_THE_ADMIN,
    LoginOutcome,
    Operator,
    Role,
    User,
    highest_role,
)
from operators_app.passwords import new_password
from operators_app.verbs.accounts import new_login

INITIAL_PASSWORD = _("Proposed at random; you may type another one. Note it for its owner.")


class LoginForm(AuthenticationForm):
    """Signs in whoever may enter, and notes in the login history who was turned away, and why.

    Whoever must choose a password of their own may do so here, whatever their role: the gate lets
    them no further.
    """

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _("Invalid credentials. Mind capital letters, in the password too."),
        "inactive": _("Account is inactive"),
    }

    def confirm_login_allowed(self, user: Any) -> None:
        """Refuse, with a line in the history, inactive accounts and roles that stay outside."""
        if not user.is_active:
            remember(self.request, user.get_username(), LoginOutcome.INACTIVE, user)
            raise ValidationError(self.error_messages["inactive"], code="inactive")
        chooses = user.must_change_password and user.role is not None
        if not chooses and not user.is_superuser and user.role not in ROLES_OF_THE_ADMIN:
            remember(self.request, user.get_username(), LoginOutcome.NOT_PERMITTED, user)
            raise ValidationError(
                _("Your role may not enter the back office; operators work on the phone."),
                code="not_permitted",
            )


def text_box(**attributes: str) -> UnfoldAdminTextInputWidget:
    """Return a box for what is typed as it is: no capital letters, no suggestions."""
    plain = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
    return UnfoldAdminTextInputWidget(attrs={**plain, **attributes})


class CodeForm(forms.Form):
    """The six digits of the app; a recovery code will do as well."""

    code = forms.CharField(
        label=_("Code"), max_length=40,
        help_text=_("The six digits that your app shows now, or one of your recovery codes."),
        widget=text_box(autocomplete="one-time-code", inputmode="numeric", autofocus=""),
    )  # fmt: skip


class RecoveryCodeForm(forms.Form):
    """A recovery code, in place of the app's."""

    code = forms.CharField(
        label=_("Recovery code"), max_length=40, widget=text_box(autofocus=""),
        help_text=_("One of the ten that you were given, such as k7fmx-2qp9w; each is good once."),
    )  # fmt: skip


class OwnPasswordOnce(forms.Form):
    """The own password once more, before what somebody else must not do at an open screen."""

    password = forms.CharField(
        label=_("Your password"), max_length=1000, strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_password(self) -> str:
        """Check it."""
        return own_password(self.request, self.cleaned_data["password"])


def own_password(request: HttpRequest, typed: str) -> str:
    """Return what was typed where it is the own password, else raise ValidationError.

    Wrong ones count as failed sign-ins do: whoever finds a screen open may not guess for long.
    """
    found = authenticate(request, username=request.user.get_username(), password=typed)
    if found is None or found.pk != request.user.pk:
        raise ValidationError(_("This is not your password."), code="wrong_password")
    return typed


class OwnPasswordForm(AdminOwnPasswordChangeForm):
    """The own password, and the one that is to take its place."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request.user, *args, **kwargs)
        self.request = request

    def clean_old_password(self) -> str:
        """Check it as wherever else the own password is asked for."""
        return own_password(self.request, self.cleaned_data["old_password"])


class SetUpForm(OwnPasswordOnce, CodeForm):
    """The app's first code; with the password, where somebody sets it up unasked."""

    field_order = ("code", "password")

    def __init__(self, request: HttpRequest, *args: Any, asked: bool, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        del self.fields["code"].widget.attrs["autofocus"]  # the QR code comes first
        self.fields["code"].help_text = _("The six digits that your app shows now.")
        if asked:
            del self.fields["password"]


class NewPasswordForm(forms.Form):
    """Somebody else's new password: proposed, and to be changed at the next sign-in."""

    password = forms.CharField(
        label=_("New password"), max_length=128, strip=False, initial=new_password,
        widget=text_box(),
        help_text=_("Proposed at random; you may type another one."),
    )  # fmt: skip
    must_change = forms.BooleanField(
        label=_("Must change the password"), required=False, initial=True,
        widget=UnfoldBooleanWidget,
        help_text=_("Must be changed at the next sign-in, so that nobody else knows it."),
    )  # fmt: skip

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        """Let the validators judge it."""
        password: str = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password


class NewLoginForm(NewPasswordForm):
    """A login for an operator who has none."""

    username = forms.CharField(
        label=_("User name"), max_length=150, widget=text_box(),
        help_text=_("What the operator types to sign in, such as the first name."),
    )  # fmt: skip
    field_order = ("username", "password", "must_change")

    def clean_username(self) -> str:
        """Refuse a name that is taken or that the account would refuse.

        It comes before the password, which must not be like it.
        """
        self.user.username = free_username(self.cleaned_data["username"])
        return self.user.username


def free_username(typed: str) -> str:
    """Return a user name as it is stored; raise ValidationError for one that is taken or odd."""
    name = User.normalize_username(typed.strip())
    User.username_validator(name)
    if User.objects.filter(username__iexact=name).exists():
        raise ValidationError(_("This user name is taken."), code="unique")
    return name


class OperatorAddForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new operator, and in the same form the login for the phone."""

    username = forms.CharField(
        label=_("User name"), max_length=150, required=False, widget=text_box(),
        help_text=_("For signing in on the phone; leave it empty for somebody without a login."),
    )  # fmt: skip
    password = forms.CharField(
        label=_("Initial password"), max_length=128, strip=False, required=False,
        initial=new_password, widget=text_box(), help_text=INITIAL_PASSWORD,
    )  # fmt: skip
    must_change = forms.BooleanField(
        label=_("Must change the password"), required=False, initial=True,
        widget=UnfoldBooleanWidget,
        help_text=_("Must be changed at the first sign-in, so that nobody else knows it."),
    )  # fmt: skip

    class Meta:
        model = Operator
        fields = ("name", "employee_id", "user", "is_active", "email", "phone")

    def clean_username(self) -> str:
        """Refuse a name that is taken or that the account would refuse."""
        typed: str = self.cleaned_data["username"]
        return free_username(typed) if typed.strip() else ""

    def clean(self) -> dict[str, Any]:
        """Judge and hash the password of a new login, before anything is locked."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("username") and said.get("user"):
            self.add_error("user", _("Choose an account, or make a new login; not both."))
        elif said.get("username"):
            self._judge_password(said)
        return said

    def _judge_password(self, said: dict[str, Any]) -> None:
        name, email = said.get("name", ""), said.get("email", "")
        owner = User(username=said["username"], first_name=name, email=email)
        if judge_password(self, said.get("password", ""), owner):
            said["login"] = new_login(said["username"], said["password"], said["must_change"])


def judge_password(form: Any, password: str, owner: User) -> bool:
    """Tell whether the validators take a typed password; what they say stands at its field."""
    try:
        validate_password(password, owner)
    except ValidationError as error:
        form.add_error("password", error)
        return False
    return True


def role_field() -> forms.ChoiceField:
    """Return the choice of a person's one role."""
    return forms.ChoiceField(
        label=_("Role"),
        choices=[("", _("No role: may not sign in")), *Role.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_(
            "Admin: everything. Manager: everything but accounts, roles and the shop's settings. "
            "Operator: the phone. Viewer: looks, changes nothing."
        ),
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


class AccountAddForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new account, with role, and with a password that is proposed."""

    role = role_field()
    password = forms.CharField(
        label=_("Initial password"), max_length=128, strip=False, initial=new_password,
        widget=text_box(), help_text=INITIAL_PASSWORD,
    )  # fmt: skip
    groups_wanted = AccountChangeForm.groups_wanted

    class Meta:
        model = User
        fields = (
            "username", "must_change_password", "first_name", "last_name", "email",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["must_change_password"] = True

    def clean_username(self) -> str:
        """Refuse a name that is taken, capital letters or not."""
        return free_username(self.cleaned_data["username"])

    def clean(self) -> dict[str, Any]:
        """Judge the password, by what else was typed."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        known = ("username", "first_name", "last_name", "email")
        if "password" in said:
            judge_password(
                self, said["password"], User(**{name: said.get(name, "") for name in known})
            )
        return said

    def save(self, commit: bool = True) -> User:
        """Return the account with its password's hash."""
        user: User = super().save(commit=False)
        user.set_password(self.cleaned_data["password"])
        if commit:
            user.save()
        return user
