"""What a dialog asks about before a job is started or completed; never refused: it may be right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from laseros.languages import filled_in
from operators_app.admin_asking import Doubt
from operators_app.models import Operator
from presets_app.models import MachineSettingsPreset
from projects_app.models import Project, Shop
from projects_app.verbs import preset_mismatch
from queue_app.models import QueueItem, QueueStatus


def doubted_preset(preset: MachineSettingsPreset, item: QueueItem) -> Iterator[Doubt]:
    """Doubt a preset that is not for the project's sheet, unless the job was started with it."""
    if preset.pk == item.preset_id:
        return
    for sentence in preset_mismatch(preset, item.project):
        yield Doubt(f"preset {preset.pk}: {sentence}", sentence, "preset")


@dataclass(slots=True)
class Floor:
    """The shop's lasers, and what runs: each job's id, its operator and its project."""

    lasers: int
    running: list[tuple[int, int | None, Project]]

    @classmethod
    def now(cls) -> Floor:
        """Return what runs at this moment, in two statements."""
        jobs = QueueItem.objects.filter(status=QueueStatus.IN_PROGRESS).select_related("project")
        running = [(job.pk, job.operator_id, job.project) for job in jobs.order_by("rank", "id")]
        return cls(Shop.current().laser_count, running)

    def doubts(
        self, item: QueueItem, operator: Operator, preset: MachineSettingsPreset
    ) -> Iterator[Doubt]:
        """Doubt a start with a preset that does not fit, by who cuts already, without a free laser.

        Each may be right: somebody may mind two lasers, and a job may be started before the last
        one was completed.
        """
        yield from doubted_preset(preset, item)
        for pk, operator_id, project in self.running:
            if operator_id == operator.pk:
                said = {"who": operator.name, "project": project}
                sentence = filled_in(_("%(who)s is cutting %(project)s already."), **said)
                yield Doubt(f"operator {operator.pk} {pk}", sentence, "operator")
        count = len(self.running)
        if count >= self.lasers:
            yield Doubt(f"lasers {self.lasers} {count}", self._crowded(count))

    def _crowded(self, count: int) -> str:
        lasers = self.lasers
        jobs = ngettext("%(count)s job runs already", "%(count)s jobs run already", count)
        owned = ngettext("the shop has %(count)s laser", "the shop has %(count)s lasers", lasers)
        return gettext("%(jobs)s; %(owned)s.") % {
            "jobs": jobs % {"count": count}, "owned": owned % {"count": lasers},
        }  # fmt: skip
