"""People, their roles and sessions, and the append-only log with its one-row head."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar, NoReturn

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import connection, models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

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


class Channel(models.TextChoices):
    """Where somebody signs in."""

    ADMIN = "admin", _("Back office")
    API = "api", _("Phone")


class FactorState(models.TextChoices):
    """Whether a session has passed the second factor. `AWAITED`: until then it opens nothing."""

    NOT_ASKED = "", _("Not asked for")
    AWAITED = "awaited", _("Awaited")
    PASSED = "passed", _("Passed")


class Session(models.Model):
    """A sign-in: on a phone, whose tokens name it and end with it, or in a browser.

    `browser_key` is the key of the browser's session, so that it can be ended from elsewhere.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("account"), related_name="phone_sessions"
    )
    created_at = models.DateTimeField(_("signed in"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ip_address = models.GenericIPAddressField(_("address"), null=True)
    user_agent = models.CharField(_("device"), max_length=300, blank=True)
    auth_hash = models.CharField(_("auth hash"), max_length=128, editable=False)
    channel = models.CharField(
        _("signed in to"), max_length=10, choices=Channel, default=Channel.API
    )
    second_factor = models.CharField(
        _("second factor"), max_length=10, choices=FactorState, default=FactorState.NOT_ASKED,
        blank=True,
    )  # fmt: skip
    last_seen_at = models.DateTimeField(
        _("last seen"), null=True, blank=True,
        help_text=_("In the back office to some minutes, of a phone to an hour."),
    )  # fmt: skip
    browser_key = models.CharField(
        _("browser key"), max_length=40, blank=True, db_index=True, editable=False
    )

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("session")
        verbose_name_plural = _("sessions")

    def __str__(self) -> str:
        return _("%(user)s since %(time)s") % {
            "user": self.user, "time": f"{timezone.localtime(self.created_at):%Y-%m-%d %H:%M}",
        }  # fmt: skip


class LoginOutcome(models.TextChoices):
    """How a try to sign in ended."""

    SUCCESS = "success", _("Signed in")
    WRONG_PASSWORD = "wrong_password", _("Wrong name or password")
    INACTIVE = "inactive", _("Account is inactive")
    NOT_PERMITTED = "not_permitted", _("Role may not sign in here")
    NO_PROFILE = "no_profile", _("No operator profile")
    LOCKED_OUT = "locked_out", _("Locked out after too many failures")
    CODE_AWAITED = "code_awaited", _("Right password; code awaited")
    WRONG_CODE = "wrong_code", _("Right password, wrong code")


class LoginRecord(models.Model):
    """One try to sign in: who, when, from where, and how it ended."""

    user = models.ForeignKey(
        User,
        models.PROTECT,
        verbose_name=_("account"),
        null=True,
        blank=True,
        related_name="login_records",
    )
    username = models.CharField(_("user name as typed"), max_length=150)
    at = models.DateTimeField(_("at"), default=timezone.now, db_index=True)
    ip_address = models.GenericIPAddressField(_("address"), null=True)
    user_agent = models.CharField(_("device"), max_length=300, blank=True)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    outcome = models.CharField(_("outcome"), max_length=20, choices=LoginOutcome)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("login")
        verbose_name_plural = _("login history")

    def __str__(self) -> str:
        return f"{self.username}: {self.get_outcome_display()}"


class LogHead(models.Model):
    """The one row that every verb locks first: the last `seq`, and the `epoch` it counts in."""

    seq = models.BigIntegerField(default=0)
    epoch = models.UUIDField(default=uuid.uuid4)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="log_head_is_one_row"),
        ]

    def __str__(self) -> str:
        return f"{self.epoch}:{self.seq}"

    @classmethod
    def advance(cls) -> int:
        """Take the next number of the log; the head must be locked by this transaction."""
        table = connection.ops.quote_name(cls._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET seq = seq + 1 WHERE id = 1 RETURNING seq")  # noqa: S608
            return int(cursor.fetchone()[0])


class AppendOnlyError(TypeError):
    """Somebody tried to change or delete an entry of the log."""


class LogQuerySet(models.QuerySet["ActivityLog"]):
    """Refuses what would change history."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnlyError("Entries of the activity log are never changed.")

    def delete(self) -> NoReturn:
        """Refuse."""
        raise AppendOnlyError("Entries of the activity log are never deleted.")


class Source(models.TextChoices):
    """Through what a change came in."""

    API = "api", _("Phone")
    ADMIN = "admin", _("Admin")
    IMPORT = "import", _("Spreadsheet")
    JOB = "job", pgettext_lazy("source of a change", "Job")
    SYSTEM = "system", _("System")


class ActivityLog(models.Model):
    """One verb that was carried out: audit trail, idempotency record, fact, and change feed."""

    seq = models.BigIntegerField(_("no."), primary_key=True)
    verb = models.CharField(_("verb"), max_length=60)
    target_type = models.CharField(_("target type"), max_length=40)
    target_id = models.BigIntegerField(_("target id"), null=True)
    user = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("account"), related_name="log_entries"
    )
    session = models.ForeignKey(
        Session, models.PROTECT, verbose_name=_("session"), null=True, related_name="log_entries"
    )
    source = models.CharField(_("source"), max_length=10, choices=Source)
    op_id = models.UUIDField(_("operation id"))
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    result = models.JSONField(_("result"), default=dict)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    performed_at = models.DateTimeField(
        _("performed"), help_text=_("By the clock of whoever did it.")
    )
    effective_at = models.DateTimeField(
        _("counts from"), help_text=_("The time performed, clamped where it cannot be true.")
    )
    recorded_at = models.DateTimeField(_("recorded"), help_text=_("By the server's clock."))
    flagged = models.JSONField(
        _("flagged"),
        default=list,
        help_text=_("Why this fact contradicts what the server knew; empty: it does not."),
    )

    objects = LogQuerySet.as_manager()

    class Meta:
        ordering = ["-seq"]
        verbose_name = _("log entry")
        verbose_name_plural = _("activity log")
        constraints = [
            models.UniqueConstraint(fields=["user", "op_id"], name="log_op_once_per_user"),
        ]
        indexes = [models.Index(fields=["target_type", "target_id", "seq"], name="log_of_target")]

    def __str__(self) -> str:
        from operators_app.wording import title_of

        return f"{self.seq}: {title_of(self.verb)}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; refuse to change an entry."""
        if not self._state.adding:
            raise AppendOnlyError("Entries of the activity log are never changed.")
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnlyError("Entries of the activity log are never deleted.")


class FlagStatus(models.TextChoices):
    """What a manager said of a flagged fact."""

    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Rejected")


class Flag(models.Model):
    """A fact that contradicted what the server knew, for a manager to accept or reject."""

    entry = models.OneToOneField(
        ActivityLog, models.PROTECT, verbose_name=_("entry"), primary_key=True, related_name="flag"
    )
    status = models.CharField(
        _("status"), max_length=10, choices=FlagStatus, default=FlagStatus.OPEN
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    resolved_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("resolved by"), null=True, blank=True, related_name="+"
    )
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)

    class Meta:
        ordering = ["-entry_id"]
        verbose_name = _("flagged fact")
        verbose_name_plural = _("flagged facts")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=FlagStatus.values), name="flag_status_is_legal"
            ),
        ]

    def __str__(self) -> str:
        return _("Flag on entry %(entry)s") % {"entry": self.entry_id}


from operators_app.sheets.models import (  # noqa: E402 - Django looks for an app's models here
    HeadingSynonym as HeadingSynonym,
)
from operators_app.sheets.models import ImportStatus as ImportStatus  # noqa: E402
from operators_app.sheets.models import SheetImport as SheetImport  # noqa: E402
