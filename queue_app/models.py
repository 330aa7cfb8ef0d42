"""The cutting queue, the finished cuts, and the counts kept of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, When
from django.utils.translation import gettext_lazy as _

from laseros.compiled import CompiledQuery, CompiledUpdate, Given
from laseros.compiled_rows import row_by_id
from laseros.tracking import Tracked, shows
from operators_app.models import ActivityLog, Operator
from presets_app.models import MachineSettingsPreset
from projects_app.models import Project
from queue_app.reports.models import ProductionReport as ProductionReport
from queue_app.reports.models import ReportKind as ReportKind
from queue_app.reports.models import ReportTimes as ReportTimes


class QueueStatus(models.TextChoices):
    """The life of a queue item. A paused one is queued again, with `paused_at` set."""

    QUEUED = "queued", _("Queued")
    IN_PROGRESS = "in_progress", _("In progress")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


ACTIVE = (QueueStatus.QUEUED, QueueStatus.IN_PROGRESS)
IS_ACTIVE = Q(status__in=[status.value for status in ACTIVE])

# The one table of legal moves, by action. Verbs check it; API, admin and phone read from it.
QUEUE_MOVES: dict[str, tuple[frozenset[QueueStatus], QueueStatus]] = {
    "start": (frozenset({QueueStatus.QUEUED}), QueueStatus.IN_PROGRESS),
    "pause": (frozenset({QueueStatus.IN_PROGRESS}), QueueStatus.QUEUED),
    "complete": (frozenset({QueueStatus.IN_PROGRESS}), QueueStatus.COMPLETED),
    "cancel": (frozenset({QueueStatus.QUEUED}), QueueStatus.CANCELLED),
}


class Priority(models.TextChoices):
    """How urgent a job is."""

    HIGH = "high", _("High")
    NORMAL = "normal", _("Normal")
    LOW = "low", _("Low")


def first_known(own: int | None, otherwise: int | None) -> int | None:
    """Return the value of one's own, nought included, else the other."""
    return otherwise if own is None else own


def is_paused(status: str, paused_at: dt.datetime | str | None) -> bool:
    """Tell a paused job from one that was never started: both are queued."""
    return status == QueueStatus.QUEUED and paused_at is not None


def state_label(status: str, paused_at: dt.datetime | str | None) -> str:
    """Return a status as people read it; a paused job says so."""
    return str(_("Paused")) if is_paused(status, paused_at) else str(QueueStatus(status).label)


class QueueItem(Tracked):
    """A project's place in the cutting queue.

    Its order is `rank`, ties broken by id; what people call the position is its ordinal among the
    active items. `ran_seconds` sums the finished stretches of cutting; while the job runs,
    `started_at` is where the present stretch began.
    """

    embeds = (
        shows(
            "projects_app.project", "project", "name", "estimated_cut_time", "material_id",
            "material_thickness", "material_quantity_sheets", "drawing_creation_time", "preset_id",
        ),
        shows("projects_app.client", "project__client", "name"),
        shows("projects_app.part", "project__project_parts__part", "name"),
        shows("presets_app.material", "project__material", "name"),
        shows("presets_app.machinesettingspreset", "preset", "preset_name"),
        shows("presets_app.machinesettingspreset", "project__preset", "preset_name"),
        shows("operators_app.operator", "assigned_to", "name"),
        shows("operators_app.operator", "operator", "name"),
        shows("operators_app.user", "added_by", "username"),
    )  # fmt: skip
    minute_columns = ("estimated_cut_time",)

    project = models.ForeignKey(
        Project, models.PROTECT, verbose_name=_("project"), related_name="queue_items"
    )
    rank = models.FloatField(_("rank"), editable=False)
    status = models.CharField(
        _("status"), max_length=15, choices=QueueStatus, default=QueueStatus.QUEUED, editable=False
    )
    priority = models.CharField(
        _("priority"), max_length=10, choices=Priority, default=Priority.NORMAL
    )
    scheduled_date = models.DateField(_("scheduled date"), null=True, blank=True)
    estimated_cut_time = models.PositiveIntegerField(
        _("estimated cut time (min)"), null=True, blank=True,
        help_text=_("Where it differs from the project's."),
    )  # fmt: skip
    assigned_to = models.ForeignKey(
        Operator, models.PROTECT, verbose_name=_("assigned to"),
        null=True, blank=True, related_name="assigned_items",
        help_text=_("Nobody: any operator may take it."),
    )  # fmt: skip
    notes = models.TextField(_("notes"), blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("added by"),
        related_name="+",
        editable=False,
    )
    added_at = models.DateTimeField(_("added at"), editable=False)
    first_started_at = models.DateTimeField(_("first started at"), null=True, editable=False)
    started_at = models.DateTimeField(_("started at"), null=True, editable=False)
    paused_at = models.DateTimeField(_("paused at"), null=True, editable=False)
    completed_at = models.DateTimeField(_("completed at"), null=True, editable=False)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, editable=False)
    last_entry_at = models.DateTimeField(_("last entry at"), editable=False)
    ran_seconds = models.PositiveIntegerField(_("ran seconds"), default=0, editable=False)
    preset = models.ForeignKey(
        MachineSettingsPreset, models.PROTECT, verbose_name=_("preset"),
        null=True, editable=False, related_name="+",
        help_text=_("The preset of the latest start."),
    )  # fmt: skip
    operator = models.ForeignKey(
        Operator, models.PROTECT, verbose_name=_("operator"),
        null=True, editable=False, related_name="started_items",
        help_text=_("Who started it last."),
    )  # fmt: skip

    class Meta:
        ordering = ["rank", "id"]
        verbose_name = _("queue item")
        verbose_name_plural = _("queue items")
        constraints = [
            models.UniqueConstraint(
                fields=["project"], condition=IS_ACTIVE, name="one_active_item_per_project"
            ),
            models.CheckConstraint(
                condition=Q(status__in=QueueStatus.values), name="queue_status_is_legal"
            ),
            models.CheckConstraint(
                condition=Q(priority__in=Priority.values), name="queue_priority_is_legal"
            ),
        ]
        indexes = [
            models.Index(fields=["rank", "id"], condition=IS_ACTIVE, name="queue_active_order"),
            models.Index(fields=["status", "-last_entry_at", "-id"], name="queue_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.project.project_code} ({state_label(self.status, self.paused_at)})"

    @property
    def told_as(self) -> str:
        """What people call it: its project's code and name, whatever its status."""
        return str(self.project)

    @property
    def is_active(self) -> bool:
        """Whether the job stands in the queue, waiting or running."""
        return self.status in ACTIVE

    @property
    def is_paused(self) -> bool:
        """Whether the job waits to be started again."""
        return is_paused(self.status, self.paused_at)

    def ran_seconds_until(self, moment: dt.datetime) -> int:
        """Return the seconds of all stretches of cutting, one that runs at `moment` included."""
        if self.status != QueueStatus.IN_PROGRESS or self.started_at is None:
            return self.ran_seconds
        return self.ran_seconds + max(0, round((moment - self.started_at).total_seconds()))

    @property
    def estimate(self) -> int | None:
        """The estimated minutes: the job's own, else its project's."""
        if self.estimated_cut_time is not None:
            return self.estimated_cut_time
        if "project" not in self._state.fields_cache:  # every verb of the queue comes by here
            self.project = row_by_id(Project, self.project_id) or self.project
        return self.project.estimated_cut_time

    def allows(self, action: str) -> bool:
        """Tell whether the table of moves lets `action` be done now."""
        return self.status in QUEUE_MOVES[action][0]


class RunStatus(models.TextChoices):
    """Whether a finished cut counts."""

    COMPLETED = "completed", _("Completed")
    PENDING = "pending", _("Waiting for a manager")
    REJECTED = "rejected", _("Rejected")


class LaserRun(Tracked):
    """A finished cut: who, with which preset, how long, how many sheets and parts."""

    embeds = (shows("projects_app.project", "project", "name"),)

    project = models.ForeignKey(
        Project, models.PROTECT, verbose_name=_("project"), related_name="laser_runs"
    )
    queue_item = models.ForeignKey(
        QueueItem, models.PROTECT, verbose_name=_("queue item"), related_name="laser_runs"
    )
    run_date = models.DateTimeField(_("run date"))
    operator = models.ForeignKey(
        Operator, models.PROTECT, verbose_name=_("operator"), related_name="laser_runs"
    )
    preset = models.ForeignKey(
        MachineSettingsPreset, models.PROTECT, verbose_name=_("preset"), related_name="laser_runs"
    )
    cut_time_minutes = models.PositiveIntegerField(
        _("cut time (min)"), help_text=_("The operator's word.")
    )
    logged_minutes = models.PositiveIntegerField(
        _("logged (min)"), help_text=_("What the entries of start, pause and complete add up to.")
    )
    material_type = models.CharField(_("material"), max_length=60, blank=True)
    material_thickness = models.DecimalField(
        _("thickness (mm)"), max_digits=6, decimal_places=2, null=True
    )
    sheet_count = models.PositiveIntegerField(_("sheets"), null=True)
    parts_produced = models.PositiveIntegerField(_("parts"), null=True)
    notes = models.TextField(_("notes"), max_length=500, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=RunStatus, default=RunStatus.COMPLETED
    )
    entry = models.OneToOneField(
        ActivityLog,
        models.PROTECT,
        verbose_name=_("entry"),
        related_name="laser_run",
        editable=False,
    )

    class Meta:
        ordering = ["-run_date", "-id"]
        verbose_name = _("laser run")
        verbose_name_plural = _("laser runs")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=RunStatus.values), name="run_status_is_legal"
            ),
        ]
        indexes = [
            models.Index(fields=["operator", "run_date"], name="run_of_operator"),
            models.Index(fields=["run_date"], name="run_by_date"),
        ]

    def __str__(self) -> str:
        return _("Run %(run)s: %(project)s, %(minutes)s min") % {
            "run": self.pk, "project": self.project.project_code, "minutes": self.cut_time_minutes,
        }  # fmt: skip

    @property
    def told_as(self) -> str:
        """What it is called where it is changed: without its minutes, which may be others then."""
        told = {"run": self.pk, "project": self.project.project_code}
        return _("Run %(run)s: %(project)s") % told


class QueueCount(models.Model):
    """How many queue items have a status: kept by the verbs, for counting live costs too much."""

    status = models.CharField(max_length=15, primary_key=True, choices=QueueStatus)
    count = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.count} {self.status}"

    @classmethod
    def shift(cls, status: str, by: int) -> None:
        """Add `by` to the count of a status."""
        cls.objects.filter(status=status).update(count=F("count") + by)

    @classmethod
    def move(cls, status: str, to: str) -> None:
        """Count one item less of a status, and one more of another."""
        MOVE.run(status, to)

    @classmethod
    def stats(cls) -> dict[str, Any]:
        """Return the counts as the contract's `stats` (section 5.2)."""
        counts = {row["status"]: row["count"] for row in COUNTS.rows()}
        queued, running = counts.get("queued", 0), counts.get("in_progress", 0)
        return {
            "total_queued": queued,
            "total_in_progress": running,
            "total_completed": counts.get("completed", 0),
            "total_active": queued + running,
        }


class Tally(models.Model):
    """How many runs of an operator count, and their minutes: kept by the verbs.

    Adding up every run of an operator each time costs too much. It has no days: those begin where
    the shop's time zone says.
    """

    operator = models.ForeignKey(Operator, models.PROTECT, related_name="+")
    jobs = models.PositiveIntegerField()
    minutes = models.PositiveBigIntegerField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.jobs} jobs of operator {self.operator_id}, {self.minutes} min"


class MaterialTally(Tally):
    """An operator's runs by material; those of projects without one are under the empty name."""

    material_type = models.CharField("material", max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "material_type"], name="one_tally_of_a_material"
            )
        ]


class PresetTally(Tally):
    """An operator's runs by preset."""

    preset = models.ForeignKey(MachineSettingsPreset, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operator", "preset"], name="one_tally_of_a_preset")
        ]
        indexes = [models.Index(fields=["operator", "jobs"], name="tally_of_commonest_preset")]


def count_run(run: LaserRun, by: int) -> None:
    """Count a run in (+1) or out (−1) of its operator's tallies."""
    more = {"jobs": by, "minutes": by * run.cut_time_minutes}
    material = {"operator_id": run.operator_id, "material_type": run.material_type}
    preset = {"operator_id": run.operator_id, "preset_id": run.preset_id}
    if not COUNT_MATERIAL.run(**material, **more):
        MaterialTally.objects.create(**material, **more)
    if not COUNT_PRESET.run(**preset, **more):
        PresetTally.objects.create(**preset, **more)


def _counts() -> models.QuerySet[QueueCount]:
    return QueueCount.objects.all()


COUNTS = CompiledQuery(_counts, {"status": "status", "count": "count"})


def _move(status: str, to: str) -> tuple[models.QuerySet[QueueCount], dict[str, Any]]:
    change = Case(When(status=to, then=1), default=-1)
    return QueueCount.objects.filter(status__in=(status, to)), {"count": F("count") + change}


MOVE = CompiledUpdate(_move)


def _more(kind: type[Tally]) -> Callable[..., tuple[models.QuerySet[Tally], dict[str, Any]]]:
    def build(jobs: Given, minutes: Given, **which: Given) -> tuple[Any, dict[str, Any]]:
        changes = {"jobs": F("jobs") + jobs, "minutes": F("minutes") + minutes}
        return kind._default_manager.filter(**which), changes

    return build


AMOUNTS = {"jobs": models.IntegerField(), "minutes": models.BigIntegerField()}
COUNT_MATERIAL = CompiledUpdate(
    _more(MaterialTally),
    operator_id=models.BigAutoField(),
    material_type=models.CharField(),
    **AMOUNTS,
)
COUNT_PRESET = CompiledUpdate(
    _more(PresetTally),
    operator_id=models.BigAutoField(),
    preset_id=models.BigAutoField(),
    **AMOUNTS,
)
