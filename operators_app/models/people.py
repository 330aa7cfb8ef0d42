"""Accounts and their roles, past passwords, and the operators who cut."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from laseros.names import check_new_name
from laseros.tracking import Tracked


class Role(models.TextChoices):
    """What a person may do; stored as groups of the same names. The first of several counts."""

    ADMIN = "admin", _("Admin")
    MANAGER = "manager", _("Manager")
    OPERATOR = "operator", _("Operator")
    VIEWER = "viewer", _("Viewer")


ROLES_OF_THE_API = frozenset({Role.ADMIN, Role.MANAGER, Role.OPERATOR})
ROLES_OF_THE_ADMIN = frozenset({Role.ADMIN, Role.MANAGER, Role.VIEWER})


def highest_role(group_names: set[str]) -> Role | None:
    """Return the role that counts among the names of a person's groups."""
    return next((role for role in Role if role.value in group_names), None)


class UserManager(DjangoUserManager["User"]):
    """Creates accounts; the right to enter the admin follows from the role alone."""

    def _create_user_object(
        self, username: str, email: str | None, password: str | None, **fields: Any
    ) -> User:
        fields.pop("is_staff", None)
        return super()._create_user_object(username, email, password, **fields)  # type: ignore[misc,no-any-return]


class User(AbstractUser):
    """An account. Who may enter the admin is told by the role, not by a flag that could drift."""

    is_staff = property(lambda self: self.is_superuser or self.role in ROLES_OF_THE_ADMIN)

    username = models.CharField(
        _("user name"), max_length=150, unique=True,
        validators=[AbstractUser.username_validator],
        help_text=_("What this person types to sign in: letters, digits and @ . + - _"),
        error_messages={"unique": _("This user name is taken.")},
    )  # fmt: skip
    must_change_password = models.BooleanField(
        _("must change the password"), default=False,
        help_text=_("At the next sign-in nothing else works until a new password is chosen."),
    )  # fmt: skip
    second_factor_at = models.DateTimeField(
        _("two-factor sign-in since"), null=True, blank=True, editable=False
    )

    objects: ClassVar[UserManager] = UserManager()

    class Meta(AbstractUser.Meta):
        verbose_name = _("account")  # type: ignore[assignment]
        verbose_name_plural = _("accounts")  # type: ignore[assignment]
        permissions = [("manage_people", "Can manage people's rights and sessions")]

    @cached_property
    def role(self) -> Role | None:
        """The person's role, None where they have none yet."""
        if self.is_superuser:
            return Role.ADMIN
        return highest_role(set(self.held_groups))

    @cached_property
    def held_groups(self) -> dict[str, bool]:
        """The names of the person's groups, and whether each, as a role, requires two factors."""
        held = self.groups.values_list("name", "role_policy__requires_second_factor")
        return {name: bool(required) for name, required in held}

    @property
    def needs_second_factor(self) -> bool:
        """Whether the person's role requires two-factor sign-in; asks no more than the role does.

        An account made by `createsuperuser` has no group: for it the policy is asked for.
        """
        if self.is_superuser:
            return RolePolicy.objects.filter(
                group__name=Role.ADMIN.value, requires_second_factor=True
            ).exists()
        return self.role is not None and self.held_groups[self.role.value]

    def forget_role(self) -> None:
        """Read the role anew when it is next asked for, as after a change of groups."""
        for name in ("role", "held_groups"):
            self.__dict__.pop(name, None)


class RolePolicy(models.Model):
    """What a role's people must do to sign in. There is one row for each role."""

    group = models.OneToOneField(
        "auth.Group", models.CASCADE, verbose_name=_("role"), related_name="role_policy",
        editable=False,
    )  # fmt: skip
    requires_second_factor = models.BooleanField(
        _("two-factor sign-in required"), default=False,
        help_text=_(
            "Besides the password a code from an app on the phone. Who has not set it up yet is "
            "led to it, and can do nothing else until it is done."
        ),
    )  # fmt: skip

    class Meta:
        ordering = ["pk"]
        verbose_name = _("role")
        verbose_name_plural = _("roles")

    def __str__(self) -> str:
        return str(Role(self.group.name).label)


class PastPassword(models.Model):
    """The hash of a password that somebody had: the last five may not come back."""

    user = models.ForeignKey(User, models.CASCADE, related_name="past_passwords")
    password = models.CharField(max_length=128)
    replaced_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"A password of {self.user} until {timezone.localtime(self.replaced_at):%Y-%m-%d}"


class Operator(Tracked):
    """A person who cuts. Belongs to one user; the log and the laser runs name the operator."""

    is_kept = True

    user = models.OneToOneField(
        User, models.PROTECT, verbose_name=_("account"),
        related_name="operator", null=True, blank=True,
        help_text=_("The account this person signs in with; none for somebody without a login."),
    )  # fmt: skip
    name = models.CharField(_("name"), max_length=150)
    employee_id = models.CharField(_("employee id"), max_length=30, unique=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("operator")
        verbose_name_plural = _("operators")

    def __str__(self) -> str:
        return f"{self.name} ({self.employee_id})"

    def clean(self) -> None:
        """Refuse a new employee id that somebody else has in another case."""
        check_new_name(self, "employee_id")
