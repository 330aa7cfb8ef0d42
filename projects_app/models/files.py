"""Drawings and documents: rows about stored files."""

from __future__ import annotations

import uuid
from typing import NamedTuple

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from laseros.tracking import Tracked
from projects_app.models.projects import Part, Project


def random_name(folder: str, suffix: str) -> str:
    """Return a name for a stored file that tells nothing and cannot be guessed."""
    return f"{folder}/{uuid.uuid4().hex}{suffix}"


def design_file_path(instance: DesignFile, filename: str) -> str:
    """Return where a drawing is stored; the client's own name is kept in a column only."""
    return random_name("designs", f".{instance.kind}")


def document_path(instance: Document, filename: str) -> str:
    """Return where a document is stored; the ending tells what it is, not what it was called."""
    known = DOCUMENT_TYPES.get(instance.content_type)
    return random_name("documents", known.endings[0] if known else ".bin")


def preview_path(instance: DesignFile, filename: str) -> str:
    """Return where the picture of a drawing is stored."""
    return random_name("previews", ".svg")


class DocumentType(NamedTuple):
    """How such a file begins, and the endings that its name may have: the first is its own."""

    start: bytes
    endings: tuple[str, ...]


# The types of documents that are taken, as found in their content. Browsers may show them.
DOCUMENT_TYPES = {
    "application/pdf": DocumentType(b"%PDF-", (".pdf",)),
    "image/png": DocumentType(b"\x89PNG\r\n\x1a\n", (".png",)),
    "image/jpeg": DocumentType(b"\xff\xd8\xff", (".jpg", ".jpeg")),
}


class FileKind(models.TextChoices):
    """The formats of drawings."""

    DXF = "dxf", "DXF"


class ReadState(models.TextChoices):
    """How far the reading of a drawing has come."""

    PENDING = "pending", _("Waiting to be read")
    READY = "ready", _("Read")
    UNREADABLE = "unreadable", _("Cannot be read")


class DesignFile(Tracked):
    """A drawing of a project, kept as it came; what is in it is read by a background job."""

    project = models.ForeignKey(
        Project, models.PROTECT, verbose_name=_("project"), related_name="design_files"
    )
    part = models.ForeignKey(
        Part,
        models.PROTECT,
        verbose_name=_("part"),
        null=True,
        blank=True,
        related_name="design_files",
    )
    kind = models.CharField(
        _("kind"), max_length=5, choices=FileKind, default=FileKind.DXF, editable=False
    )
    original_filename = models.CharField(_("file name"), max_length=200, editable=False)
    file = models.FileField(_("file"), upload_to=design_file_path, max_length=120)
    file_size = models.PositiveBigIntegerField(_("size (bytes)"), editable=False)
    sha256 = models.CharField(_("SHA-256"), max_length=64, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("uploaded by"),
        related_name="+",
        editable=False,
    )
    is_archived = models.BooleanField(
        _("archived"), default=False,
        help_text=_("An archived drawing is kept, but no longer belongs to what is cut."),
    )  # fmt: skip

    read_state = models.CharField(
        _("reading"), max_length=12, choices=ReadState, default=ReadState.PENDING, editable=False
    )
    read_problem = models.CharField(_("problem"), max_length=300, blank=True, editable=False)
    units = models.CharField(_("units"), max_length=20, blank=True, editable=False)
    width_mm = models.FloatField(_("width (mm)"), null=True, blank=True, editable=False)
    height_mm = models.FloatField(_("height (mm)"), null=True, blank=True, editable=False)
    bounding_box_mm = models.JSONField(
        _("bounding box (mm)"), null=True, blank=True, editable=False
    )
    layers = models.JSONField(_("layers"), default=list, editable=False)
    entity_counts = models.JSONField(_("entity counts"), default=dict, editable=False)

    preview = models.FileField(
        _("picture"), upload_to=preview_path, max_length=120, blank=True, editable=False
    )
    preview_problem = models.CharField(
        _("why there is no picture"), max_length=300, blank=True, editable=False
    )

    class Meta:
        ordering = ["id"]
        verbose_name = _("drawing")
        verbose_name_plural = _("drawings")
        constraints = [
            models.CheckConstraint(
                condition=Q(read_state__in=ReadState.values), name="design_file_state_is_legal"
            ),
        ]

    def __str__(self) -> str:
        return self.original_filename


class DocumentKind(models.TextChoices):
    """What a document is."""

    QUOTE = "quote", _("Quote")
    INVOICE = "invoice", _("Invoice")
    POP = "pop", _("Proof of payment")
    DELIVERY_NOTE = "delivery_note", _("Delivery note")
    OTHER = "other", _("Other")


class Document(Tracked):
    """A paper of a project, kept as it came."""

    project = models.ForeignKey(
        Project, models.PROTECT, verbose_name=_("project"), related_name="documents"
    )
    kind = models.CharField(_("kind"), max_length=15, choices=DocumentKind)
    original_filename = models.CharField(_("file name"), max_length=200, editable=False)
    file = models.FileField(_("file"), upload_to=document_path, max_length=120)
    content_type = models.CharField(_("type"), max_length=60, editable=False)
    file_size = models.PositiveBigIntegerField(_("size (bytes)"), editable=False)
    sha256 = models.CharField(_("SHA-256"), max_length=64, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("uploaded by"),
        related_name="+",
        editable=False,
    )
    is_archived = models.BooleanField(_("archived"), default=False)
    number = models.CharField(
        _("number"), max_length=30, blank=True, editable=False,
        help_text=_("Of a quote or delivery note that was made here; given once."),
    )  # fmt: skip

    class Meta:
        ordering = ["id"]
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=DocumentKind.values), name="document_kind_is_legal"
            ),
            models.UniqueConstraint(
                fields=["number"], condition=~Q(number=""), name="document_number_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.original_filename}"
