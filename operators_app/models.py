"""People, their roles and sessions, and the append-only log with its one-row head."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar, NoReturn

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import connection, models
from django.utils import timezone
from django.utils.functional import cached_property

from laseros.tracking import Tracked


class Role(models.TextChoices):
    """What a person may do; stored as groups of the same names. The first of several counts."""

    ADMIN = "admin", "Admin"
    MANAGER = "manager", "Manager"
    OPERATOR = "operator", "Operator"
    VIEWER = "viewer", "Viewer"


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

    objects: ClassVar[UserManager] = UserManager()

    class Meta(AbstractUser.Meta):
        permissions = [("manage_people", "Can manage people's rights and sessions")]

    @cached_property
    def role(self) -> Role | None:
        """The person's role, None where they have none yet."""
        if self.is_superuser:
            return Role.ADMIN
        return highest_role(set(self.groups.values_list("name", flat=True)))


class Operator(Tracked):
    """A person who cuts. Belongs to one user; the log and the laser runs name the operator."""

    is_kept = True

    user = models.OneToOneField(
        User, models.PROTECT, related_name="operator", null=True, blank=True,
        help_text="The account this person signs in with; none for somebody without a login.",
    )  # fmt: skip
    name = models.CharField(max_length=150)
    employee_id = models.CharField("employee id", max_length=30, unique=True)
    email = models.EmailField("e-mail", blank=True)
    phone = models.CharField(max_length=40, blank=True)
    is_active = models.BooleanField("active", default=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.employee_id})"


class Session(models.Model):
    """A sign-in on the phone. Access and refresh tokens name it; they end when it ends."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="phone_sessions")
    created_at = models.DateTimeField("signed in", default=timezone.now)
    expires_at = models.DateTimeField("expires")
    ended_at = models.DateTimeField("ended", null=True, blank=True)
    ip_address = models.GenericIPAddressField("address", null=True)
    user_agent = models.CharField("device", max_length=300, blank=True)
    auth_hash = models.CharField(max_length=128, editable=False)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.user} since {timezone.localtime(self.created_at):%Y-%m-%d %H:%M}"


class LoginOutcome(models.TextChoices):
    """How a try to sign in ended."""

    SUCCESS = "success", "Signed in"
    WRONG_PASSWORD = "wrong_password", "Wrong name or password"
    INACTIVE = "inactive", "Account is inactive"
    NOT_PERMITTED = "not_permitted", "Role may not sign in here"
    NO_PROFILE = "no_profile", "No operator profile"
    LOCKED_OUT = "locked_out", "Locked out after too many failures"


class LoginRecord(models.Model):
    """One try to sign in: who, when, from where, and how it ended."""

    user = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="login_records"
    )
    username = models.CharField("user name as typed", max_length=150)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    ip_address = models.GenericIPAddressField("address", null=True)
    user_agent = models.CharField("device", max_length=300, blank=True)
    channel = models.CharField(max_length=10, choices={"admin": "Admin", "api": "Phone"})
    outcome = models.CharField(max_length=20, choices=LoginOutcome)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = "login"
        verbose_name_plural = "login history"

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

    API = "api", "Phone"
    ADMIN = "admin", "Admin"
    IMPORT = "import", "Spreadsheet"
    JOB = "job", "Job"
    SYSTEM = "system", "System"


class ActivityLog(models.Model):
    """One verb that was carried out: audit trail, idempotency record, fact, and change feed."""

    seq = models.BigIntegerField("no.", primary_key=True)
    verb = models.CharField(max_length=60)
    target_type = models.CharField(max_length=40)
    target_id = models.BigIntegerField(null=True)
    user = models.ForeignKey(User, models.PROTECT, related_name="log_entries")
    session = models.ForeignKey(Session, models.PROTECT, null=True, related_name="log_entries")
    source = models.CharField(max_length=10, choices=Source)
    op_id = models.UUIDField("operation id")
    fingerprint = models.CharField(max_length=64)
    result = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    performed_at = models.DateTimeField("performed", help_text="By the clock of whoever did it.")
    effective_at = models.DateTimeField(
        "counts from", help_text="The time performed, clamped where it cannot be true."
    )
    recorded_at = models.DateTimeField("recorded", help_text="By the server's clock.")
    flagged = models.JSONField(
        default=list,
        help_text="Why this fact contradicts what the server knew; empty: it does not.",
    )

    objects = LogQuerySet.as_manager()

    class Meta:
        ordering = ["-seq"]
        verbose_name = "log entry"
        verbose_name_plural = "activity log"
        constraints = [
            models.UniqueConstraint(fields=["user", "op_id"], name="log_op_once_per_user"),
        ]
        indexes = [models.Index(fields=["target_type", "target_id", "seq"], name="log_of_target")]

    def __str__(self) -> str:
        return f"{self.seq} {self.verb} {self.target_type} {self.target_id or ''}"

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

    OPEN = "open", "Open"
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"


class Flag(models.Model):
    """A fact that contradicted what the server knew, for a manager to accept or reject."""

    entry = models.OneToOneField(ActivityLog, models.PROTECT, primary_key=True, related_name="flag")
    status = models.CharField(max_length=10, choices=FlagStatus, default=FlagStatus.OPEN)
    note = models.CharField(max_length=500, blank=True)
    resolved_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-entry_id"]
        verbose_name = "flagged fact"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=FlagStatus.values), name="flag_status_is_legal"
            ),
        ]

    def __str__(self) -> str:
        return f"Flag on entry {self.entry_id}"
