"""The append-only log with its one-row head, and the flags on its entries."""

from __future__ import annotations

import uuid
from typing import Any, NoReturn

from django.db import connection, models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from operators_app.models.people import User
from operators_app.models.sessions import Session


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
