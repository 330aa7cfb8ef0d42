"""The verbs at the machine: start, pause, complete (contract, section 5.2; DESIGN, “Requests
and facts”).

Minutes come from the entries of these verbs: each stretch runs from the time at which its start
counts to the time at which its pause or completion counts.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Unpack

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from laseros import clock
from laseros.compiled_rows import row_by_id
from laseros.errors import InvalidInput, NotFound, TransitionError
from laseros.languages import Text, filled_in, in_shop_language
from operators_app.models import Operator
from operators_app.verbs import Call, Outcome, Run, Target, run_verb
from presets_app.models import MachineSettingsPreset, Material
from projects_app.models import Project, ProjectStatus
from projects_app.queries import parts_ordered
from projects_app.verbs import NO_PROJECT, append_note, move_project, preset_mismatch
from queue_app.models import LaserRun, QueueItem, QueueStatus, RunStatus, count_run
from queue_app.plausible import IMPLAUSIBLE, contradicts_clock, doubt
from queue_app.queries import parts_cut
from queue_app.serializers import item_brief, run_brief
from queue_app.verbs.transitions import NO_ITEM, check_action, move_status, set_status

PAUSED_NOTE = gettext_lazy("Paused: %(reason)s")

# A fact that finds the job in one of these states is stored all the same, and flagged.
CONTRADICTIONS = {
    QueueStatus.QUEUED: "completed_without_start",
    QueueStatus.COMPLETED: "completed_twice",
    QueueStatus.CANCELLED: "completed_after_cancel",
}


def start_job(
    item_id: int, *, operator_id: int, preset_id: int, notes: str = "", **call: Unpack[Call]
) -> Outcome:
    """Start a queued or paused job with a preset.

    Returns {"queue_item": …, "warnings": […]}; a preset that is not for the sheet is a warning.
    Raises TransitionError for a job that is not queued or a preset or operator that is inactive.
    """
    call["by"].require_self(operator_id)

    def write(run: Run) -> dict[str, Any]:
        item = run.lock(QueueItem, item_id, NO_ITEM)
        operator, preset = _operator(operator_id), _preset(preset_id)
        project = item.project = run.lock(Project, item.project_id, NO_PROJECT)
        check_action(item, "start")
        run.check_unchanged(item, lambda: item_brief(item, run.by))
        _check_usable(operator, preset)
        run.clamp_to_previous(item.last_entry_at)
        move_status(
            run, item, "start", started_at=run.effective_at, last_entry_at=run.effective_at,
            first_started_at=item.first_started_at or run.effective_at, paused_at=None,
            operator_id=operator.pk, preset_id=preset.pk, notes=append_note(item.notes, notes),
        )  # fmt: skip
        if project.status != ProjectStatus.IN_PROGRESS:
            move_project(run, project, ProjectStatus.IN_PROGRESS)
        return {
            "queue_item": item_brief(item, run.by),
            "warnings": preset_mismatch(preset, project),
        }

    given = {"operator_id": operator_id, "preset_id": preset_id, "notes": notes}
    return run_verb("start_job", Target("queueitem", item_id), given, write, **call)


def pause_job(item_id: int, reason: str, **call: Unpack[Call]) -> Outcome:
    """Pause a running job: back to queued, its minutes so far kept, the reason in the notes.

    Any operator may pause any job; the log names who did. Returns {"queue_item": …}.
    """
    call["by"].require_operator()
    if not reason.strip():
        raise InvalidInput.on("reason", _("Tell why the job is paused."))

    def write(run: Run) -> dict[str, Any]:
        item = run.lock(QueueItem, item_id, NO_ITEM)
        check_action(item, "pause")
        run.check_unchanged(item, lambda: item_brief(item, run.by))
        run.clamp_to_previous(item.last_entry_at)
        move_status(
            run, item, "pause", paused_at=run.effective_at, last_entry_at=run.effective_at,
            ran_seconds=item.ran_seconds_until(run.effective_at),
            notes=append_note(item.notes, in_shop_language(PAUSED_NOTE, reason=reason)),
        )  # fmt: skip
        return {"queue_item": item_brief(item, run.by)}

    given = {"reason": reason}
    return run_verb("pause_job", Target("queueitem", item_id), given, write, **call)


@dataclass(frozen=True)
class Cut:
    """What an operator tells of a finished cut; minutes, sheets and parts as they said them."""

    actual_cut_time: int | None = None
    sheet_count: int | None = None
    parts_produced: int | None = None
    notes: str = ""


def complete_job(
    item_id: int,
    *,
    operator_id: int,
    preset_id: int,
    actual_cut_time: int | None = None,
    sheet_count: int | None = None,
    parts_produced: int | None = None,
    notes: str = "",
    minutes_confirmed: bool = False,
    **call: Unpack[Call],
) -> Outcome:
    """Complete a job and record the laser run.

    Without `performed_at` it is a request: refused unless the job runs. With it, it is a fact,
    metal has been cut: always stored, and flagged where it contradicts what the server knew; a
    second completion waits for a manager before it counts, and so does a cut whose minutes are
    implausible (queue_app.plausible) unless a manager has confirmed them. `actual_cut_time`
    (minutes) is what the entries add up to where absent. Returns {"queue_item", "laser_run",
    "warnings"}; `minutes_confirmed` only where they were.
    """
    call["by"].require_self(operator_id)
    if minutes_confirmed:
        call["by"].require_manager()
    is_fact = call.get("performed_at") is not None
    cut = Cut(actual_cut_time, sheet_count, parts_produced, notes)

    def write(run: Run) -> dict[str, Any]:
        item = run.lock(QueueItem, item_id, NO_ITEM)
        operator, preset = _operator(operator_id), _preset(preset_id)
        item.project = run.lock(Project, item.project_id, NO_PROJECT)
        if not is_fact:
            check_action(item, "complete")
            run.check_unchanged(item, lambda: item_brief(item, run.by))
        told = _complete(run, item, operator, preset, cut, doubts_minutes=not minutes_confirmed)
        return {**told, **confirmed}

    confirmed = {"minutes_confirmed": True} if minutes_confirmed else {}
    given = {"operator_id": operator_id, "preset_id": preset_id, **asdict(cut), **confirmed}
    return run_verb("complete_job", Target("queueitem", item_id), given, write, **call)


def _complete(
    run: Run, item: QueueItem, operator: Operator, preset: MachineSettingsPreset, cut: Cut, *,
    doubts_minutes: bool,
) -> dict[str, Any]:  # fmt: skip
    """End a locked item and its locked project as far as they can be, and keep the laser run."""
    project = item.project
    status = _end_item(run, item)
    ends = item.status == QueueStatus.COMPLETED and status == RunStatus.COMPLETED
    laser_run = _new_run(run, item, project, operator, preset, cut, logs=ends)
    doubts = _doubt_minutes(run, laser_run) if doubts_minutes else []
    _keep_run(run, laser_run, RunStatus.PENDING if doubts else status)
    if ends:
        _end_project(run, project)
    return {
        "queue_item": item_brief(item, run.by),
        "laser_run": run_brief(laser_run),
        "warnings": [*doubts, *_warnings(preset, project, laser_run)],
    }


def _end_item(run: Run, item: QueueItem) -> RunStatus:
    """Complete the item where it can still be completed; flag what contradicts its state."""
    status = QueueStatus(item.status)
    if status in CONTRADICTIONS:
        run.flag(CONTRADICTIONS[status])
    if not item.is_active:
        run.clamp_to_previous(item.first_started_at or item.added_at)
        told = item.laser_runs.exclude(status=RunStatus.REJECTED).exists()
        again = told or status == QueueStatus.COMPLETED
        return RunStatus.PENDING if again else RunStatus.COMPLETED
    run.clamp_to_previous(item.last_entry_at)
    set_status(
        run, item, QueueStatus.COMPLETED, completed_at=run.effective_at, paused_at=None,
        last_entry_at=run.effective_at, ran_seconds=item.ran_seconds_until(run.effective_at),
    )  # fmt: skip
    return RunStatus.COMPLETED


def _new_run(
    run: Run, item: QueueItem, project: Project, operator: Operator,
    preset: MachineSettingsPreset, cut: Cut, *, logs: bool,
) -> LaserRun:  # fmt: skip
    """Return the run as it was told; `logs`: it ended the job, whose logged minutes are its own."""
    logged = clock.whole_minutes(item.ran_seconds) if logs else 0
    material = row_by_id(Material, project.material_id) if project.material_id else None
    return LaserRun(
        project=project, queue_item=item, run_date=run.effective_at, operator=operator,
        preset=preset, entry_id=run.seq, logged_minutes=logged,
        cut_time_minutes=logged if cut.actual_cut_time is None else cut.actual_cut_time,
        material_type=material.name if material else "",
        material_thickness=project.material_thickness, sheet_count=cut.sheet_count,
        parts_produced=cut.parts_produced, notes=cut.notes,
    )  # fmt: skip


def _doubt_minutes(run: Run, laser_run: LaserRun) -> list[Text]:
    """Flag implausible minutes and tell of them; nothing where they can be believed.

    One such number would spoil the figures of everybody who cut that month, one run that waits for
    a manager spoils next to nothing: so it does not count meanwhile. Its job is done all the same.
    """
    told, logged = laser_run.cut_time_minutes, laser_run.logged_minutes
    if not contradicts_clock(told, logged):
        return []
    run.flag(IMPLAUSIBLE)
    waits = gettext_lazy("The cut counts once a manager has looked at its minutes.")
    return [doubt(told, logged), waits]


def _keep_run(run: Run, laser_run: LaserRun, status: RunStatus) -> None:
    run.save(laser_run, status=status.value)
    if status == RunStatus.COMPLETED:
        count_run(laser_run, +1)


def _end_project(run: Run, project: Project) -> None:
    """Complete the project: its one active queue item was this one.

    A fact is never refused: where the project's state does not lead to Completed, that is flagged.
    """
    if not project.moves_to(ProjectStatus.COMPLETED):
        run.flag("project_not_in_production")
        return
    day = run.effective_at.astimezone(clock.shop_zone()).date()
    move_project(run, project, ProjectStatus.COMPLETED, completion_date=day)


def _warnings(preset: MachineSettingsPreset, project: Project, laser_run: LaserRun) -> list[Text]:
    """Remark on a preset that does not fit, and on fewer parts than were ordered, in all runs."""
    told = preset_mismatch(preset, project)
    ordered, parts = parts_ordered(project), laser_run.parts_produced
    if parts is None or ordered is None or parts >= ordered:
        return told
    made = parts_cut(project.pk, also=laser_run.pk)
    if made is not None and made < ordered:
        short = ngettext_lazy(
            "%(made)s part was made, %(ordered)s were ordered.",
            "%(made)s parts were made, %(ordered)s were ordered.",
            made,
        )
        told.append(filled_in(short, made=made, ordered=ordered))
    return told


def _operator(operator_id: int) -> Operator:
    operator = row_by_id(Operator, operator_id)
    if operator is None:
        raise NotFound(_("There is no such operator."), "operator_not_found")
    return operator


def _preset(preset_id: int) -> MachineSettingsPreset:
    preset = row_by_id(MachineSettingsPreset, preset_id)
    if preset is None:
        raise NotFound(_("There is no such preset; choose one of the list."), "preset_not_found")
    return preset


def _check_usable(operator: Operator, preset: MachineSettingsPreset) -> None:
    if not operator.is_active:
        raise TransitionError(
            _("%(name)s is no longer active.") % {"name": operator.name}, "operator_inactive"
        )
    if not preset.is_active:
        raise TransitionError(
            _("The preset %(preset_name)s is switched off; choose another.")
            % {"preset_name": preset.preset_name},
            "preset_inactive",
        )
