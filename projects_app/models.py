"""Clients, projects and their life cycle, parts, drawings and documents."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from laseros.tracking import Tracked, shows
from presets_app.models import POSITIVE, MachineSettingsPreset, Material

NOT_NEGATIVE = MinValueValidator(Decimal(0), "The value must not be negative.")


class Client(Tracked):
    """Who orders."""

    is_kept = True

    number = models.PositiveIntegerField(unique=True, editable=False)
    code = models.CharField(max_length=12, unique=True, editable=False)
    name = models.CharField(max_length=200)
    contact_person = models.CharField(max_length=150, blank=True)
    email = models.EmailField("e-mail", blank=True)
    phone = models.CharField(max_length=40, blank=True)
    address = models.TextField(max_length=500, blank=True)
    notes = models.TextField(max_length=2000, blank=True)
    is_active = models.BooleanField(
        "active", default=True, help_text="Switch off to archive a client; nothing is lost."
    )

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class ProjectStatus(models.TextChoices):
    """The life of a project; the API tells the label (contract, section 5.3)."""

    REQUEST = "request", "Request"
    QUOTE_APPROVAL = "quote_approval", "Quote & Approval"
    APPROVED_POP = "approved_pop", "Approved (POP Received)"
    QUEUED = "queued", "Queued (Scheduled for Cutting)"
    IN_PROGRESS = "in_progress", "In Progress"
    COMPLETED = "completed", "Completed"
    CANCELLED = "cancelled", "Cancelled"


# The one table of legal moves. Verbs check it, the API and the admin read from it what is allowed.
PROJECT_MOVES: dict[ProjectStatus, frozenset[ProjectStatus]] = {
    ProjectStatus.REQUEST: frozenset(
        {ProjectStatus.QUOTE_APPROVAL, ProjectStatus.APPROVED_POP, ProjectStatus.CANCELLED}
    ),
    ProjectStatus.QUOTE_APPROVAL: frozenset({ProjectStatus.APPROVED_POP, ProjectStatus.CANCELLED}),
    ProjectStatus.APPROVED_POP: frozenset({ProjectStatus.QUEUED, ProjectStatus.CANCELLED}),
    # Back to Approved: its queue item was cancelled.
    ProjectStatus.QUEUED: frozenset(
        {ProjectStatus.IN_PROGRESS, ProjectStatus.APPROVED_POP, ProjectStatus.CANCELLED,
         ProjectStatus.COMPLETED}
    ),
    # Back to Queued: recut.
    ProjectStatus.IN_PROGRESS: frozenset(
        {ProjectStatus.COMPLETED, ProjectStatus.QUEUED, ProjectStatus.APPROVED_POP,
         ProjectStatus.CANCELLED}
    ),
    ProjectStatus.COMPLETED: frozenset({ProjectStatus.QUEUED}),
    ProjectStatus.CANCELLED: frozenset(),
}  # fmt: skip


class Project(Tracked):
    """A job for a client, from the request for a quote to the finished parts."""

    is_kept = True
    embeds = (
        shows("projects_app.client", "client", "name", "contact_person"),
        shows("presets_app.material", "material", "name"),
        shows("presets_app.machinesettingspreset", "preset", "preset_name"),
        shows("projects_app.part", "project_parts__part", "name"),
    )

    project_code = models.CharField("code", max_length=30, unique=True, editable=False)
    code_month = models.DateField(editable=False)
    code_number = models.PositiveIntegerField(editable=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="projects")
    name = models.CharField(max_length=200)
    description = models.TextField(max_length=5000, blank=True)
    status = models.CharField(
        max_length=20, choices=ProjectStatus, default=ProjectStatus.REQUEST, editable=False
    )

    material = models.ForeignKey(
        Material, models.PROTECT, null=True, blank=True, related_name="projects"
    )
    material_thickness = models.DecimalField(
        "thickness (mm)", max_digits=6, decimal_places=2, null=True, blank=True,
        validators=[POSITIVE],
    )  # fmt: skip
    material_quantity_sheets = models.PositiveIntegerField("raw plates", null=True, blank=True)
    parts_quantity = models.PositiveIntegerField(
        "parts ordered", null=True, blank=True,
        help_text="As agreed with the client, while the parts are not listed one by one.",
    )  # fmt: skip
    estimated_cut_time = models.PositiveIntegerField(
        "estimated cut time (min)", null=True, blank=True
    )
    drawing_creation_time = models.PositiveIntegerField("drawing time (min)", null=True, blank=True)
    preset = models.ForeignKey(
        MachineSettingsPreset, models.PROTECT, null=True, blank=True, related_name="projects"
    )

    quote_date = models.DateField(null=True, blank=True)
    approval_date = models.DateField(null=True, blank=True)
    due_date = models.DateField(null=True, blank=True)
    completion_date = models.DateField(null=True, blank=True, editable=False)
    quoted_price = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, blank=True, validators=[NOT_NEGATIVE]
    )
    final_price = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, blank=True, validators=[NOT_NEGATIVE]
    )

    pop_received = models.BooleanField("POP received", default=False, editable=False)
    pop_received_date = models.DateField(
        "POP received on", null=True, blank=True, editable=False,
    )  # fmt: skip
    pop_deadline = models.DateField("POP deadline", null=True, blank=True)
    notes = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "code_month", "code_number"], name="project_number_once"
            ),
            models.CheckConstraint(
                condition=Q(status__in=ProjectStatus.values), name="project_status_is_legal"
            ),
            models.CheckConstraint(
                condition=Q(pop_received=True, pop_received_date__isnull=False)
                | Q(pop_received=False, pop_received_date__isnull=True),
                name="project_pop_has_its_date",
            ),
            models.CheckConstraint(
                condition=Q(material_thickness__isnull=True) | Q(material_thickness__gt=0),
                name="project_thickness_positive",
                violation_error_message="The thickness must be greater than nought.",
            ),
            models.CheckConstraint(
                condition=(Q(quoted_price__isnull=True) | Q(quoted_price__gte=0))
                & (Q(final_price__isnull=True) | Q(final_price__gte=0)),
                name="project_prices_not_negative",
                violation_error_message="A price must not be negative.",
            ),
        ]
        indexes = [models.Index(fields=["status", "id"], name="project_by_status")]

    def __str__(self) -> str:
        return f"{self.project_code} {self.name}"

    def moves_to(self, status: ProjectStatus) -> bool:
        """Tell whether the table of moves leads from here to `status`."""
        return status in PROJECT_MOVES[ProjectStatus(self.status)]


class Part(Tracked):
    """A product that projects use, each with a quantity of its own."""

    is_kept = True

    number = models.PositiveIntegerField(unique=True, editable=False)
    part_number = models.CharField(max_length=12, unique=True, editable=False)
    name = models.CharField(max_length=150)
    description = models.TextField(max_length=2000, blank=True)
    client = models.ForeignKey(
        Client, models.PROTECT, null=True, blank=True, related_name="parts",
        help_text="Whose part it is; none for a part of the shop's own.",
    )  # fmt: skip
    is_active = models.BooleanField("active", default=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.part_number})"


class ProjectPart(Tracked):
    """How many of a part a project makes."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="project_parts")
    part = models.ForeignKey(Part, models.PROTECT, related_name="project_parts")
    quantity = models.PositiveIntegerField(validators=[MinValueValidator(1)])

    class Meta:
        ordering = ["id"]
        verbose_name = "part of the project"
        verbose_name_plural = "parts of the project"
        constraints = [
            models.UniqueConstraint(
                fields=["project", "part"], name="part_once_per_project",
                violation_error_message="This part is in the project already; raise its quantity.",
            ),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="part_quantity_positive"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.quantity} × {self.part.name}"


def random_name(folder: str, suffix: str) -> str:
    """Return a name for a stored file that tells nothing and cannot be guessed."""
    return f"{folder}/{uuid.uuid4().hex}{suffix}"


def design_file_path(instance: DesignFile, filename: str) -> str:
    """Return where a drawing is stored; the client's own name is kept in a column only."""
    return random_name("designs", f".{instance.kind}")


def document_path(instance: Document, filename: str) -> str:
    """Return where a document is stored; the ending tells what it is, not what it was called."""
    return random_name("documents", DOCUMENT_ENDINGS.get(instance.content_type, ".bin"))


# The types of documents that are taken, as found in their content (projects_app.uploads).
DOCUMENT_ENDINGS = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg"}


class FileKind(models.TextChoices):
    """The formats of drawings."""

    DXF = "dxf", "DXF"


class ReadState(models.TextChoices):
    """How far the reading of a drawing has come."""

    PENDING = "pending", "Waiting to be read"
    READY = "ready", "Read"
    UNREADABLE = "unreadable", "Cannot be read"


class DesignFile(Tracked):
    """A drawing of a project, kept as it came; what is in it is read by a background job."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="design_files")
    part = models.ForeignKey(
        Part, models.PROTECT, null=True, blank=True, related_name="design_files"
    )
    kind = models.CharField(max_length=5, choices=FileKind, default=FileKind.DXF, editable=False)
    original_filename = models.CharField("file name", max_length=200, editable=False)
    file = models.FileField(upload_to=design_file_path, max_length=120)
    file_size = models.PositiveBigIntegerField("size (bytes)", editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False
    )
    is_archived = models.BooleanField(
        "archived", default=False,
        help_text="An archived drawing is kept, but no longer belongs to what is cut.",
    )  # fmt: skip

    read_state = models.CharField(
        "reading", max_length=12, choices=ReadState, default=ReadState.PENDING, editable=False
    )
    read_problem = models.CharField("problem", max_length=300, blank=True, editable=False)
    units = models.CharField(max_length=20, blank=True, editable=False)
    width_mm = models.FloatField("width (mm)", null=True, blank=True, editable=False)
    height_mm = models.FloatField("height (mm)", null=True, blank=True, editable=False)
    bounding_box_mm = models.JSONField(null=True, blank=True, editable=False)
    layers = models.JSONField(default=list, editable=False)
    entity_counts = models.JSONField(default=dict, editable=False)

    class Meta:
        ordering = ["id"]
        verbose_name = "drawing"
        constraints = [
            models.CheckConstraint(
                condition=Q(read_state__in=ReadState.values), name="design_file_state_is_legal"
            ),
        ]

    def __str__(self) -> str:
        return self.original_filename


class DocumentKind(models.TextChoices):
    """What a document is."""

    QUOTE = "quote", "Quote"
    INVOICE = "invoice", "Invoice"
    POP = "pop", "Proof of payment"
    DELIVERY_NOTE = "delivery_note", "Delivery note"
    OTHER = "other", "Other"


class Document(Tracked):
    """A paper of a project, kept as it came."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=15, choices=DocumentKind)
    original_filename = models.CharField("file name", max_length=200, editable=False)
    file = models.FileField(upload_to=document_path, max_length=120)
    content_type = models.CharField("type", max_length=60, editable=False)
    file_size = models.PositiveBigIntegerField("size (bytes)", editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False
    )
    is_archived = models.BooleanField("archived", default=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=DocumentKind.values), name="document_kind_is_legal"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.original_filename}"


def month_of(day: dt.date) -> dt.date:
    """Return the first day of the month: project numbers count within it."""
    return day.replace(day=1)
