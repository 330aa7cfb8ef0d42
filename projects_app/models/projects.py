"""Projects and their life cycle, and the parts that they make."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from laseros.numbers import sheet_text
from laseros.tracking import Tracked, shows
from presets_app.models import POSITIVE, MachineSettingsPreset, Material
from projects_app.models.clients import Client

NOT_NEGATIVE = MinValueValidator(Decimal(0), _("The value must not be negative."))


class ProjectStatus(models.TextChoices):
    """The life of a project; the API tells the label (contract, section 5.3)."""

    REQUEST = "request", _("Request")
    QUOTE_APPROVAL = "quote_approval", _("Quote & Approval")
    APPROVED_POP = "approved_pop", _("Approved (POP Received)")
    QUEUED = "queued", _("Queued (Scheduled for Cutting)")
    IN_PROGRESS = "in_progress", _("In Progress")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


# The parts of its life that rules speak of.
UNPAID = (ProjectStatus.REQUEST, ProjectStatus.QUOTE_APPROVAL)
NOT_QUEUED = (*UNPAID, ProjectStatus.APPROVED_POP)
OPEN = (*NOT_QUEUED, ProjectStatus.QUEUED, ProjectStatus.IN_PROGRESS)
ENDED = (ProjectStatus.COMPLETED, ProjectStatus.CANCELLED)

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
    minute_columns = ("estimated_cut_time", "drawing_creation_time")
    piece_columns = ("parts_quantity", "material_quantity_sheets")

    project_code = models.CharField(_("code"), max_length=30, unique=True, editable=False)
    code_month = models.DateField(_("code month"), editable=False)
    code_number = models.PositiveIntegerField(_("code number"), editable=False)
    client = models.ForeignKey(
        Client, models.PROTECT, verbose_name=_("client"), related_name="projects"
    )
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), max_length=5000, blank=True)
    status = models.CharField(
        _("status"),
        max_length=20,
        choices=ProjectStatus,
        default=ProjectStatus.REQUEST,
        editable=False,
    )

    material = models.ForeignKey(
        Material,
        models.PROTECT,
        verbose_name=_("material"),
        null=True,
        blank=True,
        related_name="projects",
    )
    material_thickness = models.DecimalField(
        _("thickness (mm)"), max_digits=6, decimal_places=2, null=True, blank=True,
        validators=[POSITIVE],
    )  # fmt: skip
    material_quantity_sheets = models.PositiveIntegerField(_("raw plates"), null=True, blank=True)
    parts_quantity = models.PositiveIntegerField(
        _("parts ordered"), null=True, blank=True,
        help_text=_("As agreed with the client, while the parts are not listed one by one."),
    )  # fmt: skip
    estimated_cut_time = models.PositiveIntegerField(
        _("estimated cut time (min)"), null=True, blank=True
    )
    drawing_creation_time = models.PositiveIntegerField(
        _("drawing time (min)"), null=True, blank=True
    )
    preset = models.ForeignKey(
        MachineSettingsPreset,
        models.PROTECT,
        verbose_name=_("preset"),
        null=True,
        blank=True,
        related_name="projects",
    )

    quote_date = models.DateField(_("quote date"), null=True, blank=True)
    approval_date = models.DateField(_("approval date"), null=True, blank=True)
    due_date = models.DateField(_("due date"), null=True, blank=True)
    completion_date = models.DateField(_("completion date"), null=True, blank=True, editable=False)
    quoted_price = models.DecimalField(
        _("quoted price"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[NOT_NEGATIVE],
    )
    final_price = models.DecimalField(
        _("final price"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[NOT_NEGATIVE],
    )

    pop_received = models.BooleanField(_("POP received"), default=False, editable=False)
    pop_received_date = models.DateField(
        _("POP received on"), null=True, blank=True, editable=False,
    )  # fmt: skip
    pop_deadline = models.DateField(_("POP deadline"), null=True, blank=True)
    notes = models.TextField(_("notes"), blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("created by"),
        related_name="+",
        editable=False,
    )

    class Meta:
        ordering = ["-id"]
        verbose_name = _("project")
        verbose_name_plural = _("projects")
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
                violation_error_message=_("The thickness must be greater than nought."),
            ),
            models.CheckConstraint(
                condition=(Q(quoted_price__isnull=True) | Q(quoted_price__gte=0))
                & (Q(final_price__isnull=True) | Q(final_price__gte=0)),
                name="project_prices_not_negative",
                violation_error_message=_("A price must not be negative."),
            ),
        ]
        indexes = [
            models.Index(fields=["status", "id"], name="project_by_status"),
            models.Index(fields=["completion_date"], name="project_by_completion"),
        ]

    def __str__(self) -> str:
        return f"{self.project_code} {self.name}"

    @property
    def sheet(self) -> str:
        """Material and thickness in words, as far as they are known."""
        name = self.material.name if self.material else ""
        return sheet_text(name, self.material_thickness)

    def moves_to(self, status: ProjectStatus) -> bool:
        """Tell whether the table of moves leads from here to `status`."""
        return status in PROJECT_MOVES[ProjectStatus(self.status)]


def month_of(day: dt.date) -> dt.date:
    """Return the first day of the month: project numbers count within it."""
    return day.replace(day=1)


class Part(Tracked):
    """A product that projects use, each with a quantity of its own."""

    is_kept = True

    number = models.PositiveIntegerField(_("number"), unique=True, editable=False)
    part_number = models.CharField(_("part number"), max_length=12, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=150)
    description = models.TextField(_("description"), max_length=2000, blank=True)
    client = models.ForeignKey(
        Client, models.PROTECT, verbose_name=_("client"),
        null=True, blank=True, related_name="parts",
        help_text=_("Whose part it is; none for a part of the shop's own."),
    )  # fmt: skip
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("part")
        verbose_name_plural = _("parts")

    def __str__(self) -> str:
        return f"{self.name} ({self.part_number})"


class ProjectPart(Tracked):
    """How many of a part a project makes."""

    piece_columns = ("quantity",)

    project = models.ForeignKey(
        Project, models.CASCADE, verbose_name=_("project"), related_name="project_parts"
    )
    part = models.ForeignKey(
        Part, models.PROTECT, verbose_name=_("part"), related_name="project_parts"
    )
    quantity = models.PositiveIntegerField(_("quantity"), validators=[MinValueValidator(1)])

    class Meta:
        ordering = ["id"]
        verbose_name = _("part of the project")
        verbose_name_plural = _("parts of the project")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "part"], name="part_once_per_project",
                violation_error_message=_(
                    "This part is in the project already; raise its quantity."
                ),
            ),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="part_quantity_positive"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.quantity} × {self.part.name}"
