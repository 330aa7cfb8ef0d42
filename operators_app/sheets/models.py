"""What the shop keeps of imports: each upload with what became of it, and the headings it knows."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from laseros.tracking import Tracked


class ImportStatus(models.TextChoices):
    """How far an upload has come."""

    WAITING = "waiting", gettext_lazy("Waiting to be read")
    CHECKING = "checking", gettext_lazy("Being read")
    CHECKED = "checked", gettext_lazy("Read, not imported yet")
    FAILED = "failed", gettext_lazy("Could not be read")
    WRITING = "writing", gettext_lazy("Being imported")
    IMPORTED = "imported", gettext_lazy("Imported")
    UNDONE = "undone", gettext_lazy("Undone")
    DISCARDED = "discarded", gettext_lazy("Discarded")


# What nobody has imported yet. It stays until somebody imports or discards it.
DRAFTS = (
    ImportStatus.WAITING, ImportStatus.CHECKING, ImportStatus.CHECKED, ImportStatus.FAILED,
    ImportStatus.WRITING,
)  # fmt: skip
BUSY = (ImportStatus.WAITING, ImportStatus.CHECKING, ImportStatus.WRITING)
DISCARDABLE = tuple(status for status in DRAFTS if status != ImportStatus.WRITING)


class SheetImport(models.Model):
    """A file that somebody uploaded, from its preview to its undoing.

    Until somebody imports or discards it, it is a draft, written without a verb: nothing of the
    shop depends on it. The verbs `import`, `discard_import` and `undo_import` move it on from
    there; the last two end it, as `undone_seq` and `undone_at` say.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(gettext_lazy("into"), max_length=40)
    file_name = models.CharField(gettext_lazy("file"), max_length=200)
    stored_as = models.CharField(max_length=32, blank=True, editable=False)
    size_bytes = models.PositiveIntegerField(gettext_lazy("size (bytes)"), default=0)
    language = models.CharField(max_length=10, default="en-gb", editable=False)
    status = models.CharField(
        gettext_lazy("state"), max_length=10, choices=ImportStatus, default=ImportStatus.WAITING
    )
    good_only = models.BooleanField(gettext_lazy("without the bad rows"), default=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=gettext_lazy("by")
    )
    uploaded_at = models.DateTimeField(gettext_lazy("uploaded"), default=timezone.now)
    heard_at = models.DateTimeField(default=timezone.now, editable=False)
    rows_done = models.PositiveIntegerField(gettext_lazy("rows done"), default=0)
    rows_total = models.PositiveIntegerField(gettext_lazy("rows total"), default=0)
    rows_new = models.PositiveIntegerField(gettext_lazy("new"), default=0)
    rows_changed = models.PositiveIntegerField(gettext_lazy("changed"), default=0)
    rows_unchanged = models.PositiveIntegerField(gettext_lazy("unchanged"), default=0)
    rows_refused = models.PositiveIntegerField(gettext_lazy("refused"), default=0)
    problem = models.CharField(gettext_lazy("problem"), max_length=500, blank=True)
    report = models.JSONField(default=dict, editable=False)
    entry_seq = models.BigIntegerField(gettext_lazy("log entry"), null=True, blank=True)
    undone_seq = models.BigIntegerField(gettext_lazy("undone by entry"), null=True, blank=True)
    undone_at = models.DateTimeField(gettext_lazy("undone"), null=True, blank=True)

    class Meta:
        ordering = ["-uploaded_at"]
        verbose_name = gettext_lazy("import")
        verbose_name_plural = gettext_lazy("imports")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=ImportStatus.values), name="import_status_is_legal"
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def counts(self) -> dict[str, int]:
        """How many rows were read, and what became of them."""
        kinds = ("new", "changed", "unchanged", "refused")
        counts = {kind: int(getattr(self, f"rows_{kind}")) for kind in kinds}
        return {"read": sum(counts.values()), **counts}


class HeadingSynonym(Tracked):
    """What a heading of a workshop's sheets means; `column` "" says that it is not read.

    Headings are compared without their units, their case and their punctuation.
    """

    kind = models.CharField(gettext_lazy("sheets of"), max_length=40)
    heading = models.CharField(gettext_lazy("heading"), max_length=100)
    key = models.CharField(max_length=100, editable=False)
    column = models.CharField(
        gettext_lazy("means"), max_length=40, blank=True,
        help_text=gettext_lazy("Empty: the column is not read."),
    )  # fmt: skip

    class Meta:
        ordering = ["kind", "heading"]
        verbose_name = gettext_lazy("heading")
        verbose_name_plural = gettext_lazy("headings")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"], name="heading_means_one_column",
                violation_error_message=gettext_lazy("This heading is in the table already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.heading

    def clean(self) -> None:
        """Refuse what no sheet can have: an unknown kind or column, a heading without letters."""
        from operators_app.sheets.headings import heading_key
        from operators_app.sheets.kinds import kinds

        self.heading = " ".join(self.heading.split())
        self.key = heading_key(self.heading)
        if not self.key:
            raise ValidationError({"heading": _("A heading needs letters or figures.")})
        kind = kinds().get(self.kind)
        if kind is None:
            raise ValidationError({"kind": _("There are no such sheets.")})
        if self.column and self.column not in kind().by_name:
            raise ValidationError({"column": _("These sheets have no such column.")})
        same: Any = HeadingSynonym.objects.filter(kind=self.kind, key=self.key)
        if same.exclude(pk=self.pk).exists():
            raise ValidationError({"heading": _("This heading is in the table already.")})
