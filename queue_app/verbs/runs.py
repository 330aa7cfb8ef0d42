"""What a manager does about a finished cut that was told wrong: correct, reject, restore it.

The word of whoever cut stays in the log, before → after; tallies and statistics follow the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from laseros.errors import InvalidInput, NotFound, TransitionError
from laseros.languages import Text, in_shop_language
from operators_app.models import Flag, FlagStatus, Operator
from operators_app.verbs import Call, Outcome, Run, Target, as_columns, run_verb, telling
from presets_app.models import MachineSettingsPreset
from projects_app.verbs import append_note
from queue_app.models import LaserRun, RunStatus
from queue_app.plausible import MOST_TOLD
from queue_app.serializers import run_brief
from queue_app.verbs.flags import NUMBER_REASONS, set_run_status, settle

NO_RUN = gettext_lazy("There is no such laser run; look at the list again.")
STILL_WAITS = gettext_lazy(
    "The cut still counts only once a manager has accepted it: see what it is flagged for."
)
CORRECTED_NOTE = gettext_lazy("Corrected: %(reason)s")
REJECTED_NOTE = gettext_lazy("Rejected: %(reason)s")
RESTORED_NOTE = gettext_lazy("Restored: %(reason)s")

NUMBERS = frozenset({"cut_time_minutes", "sheet_count", "parts_produced"})
MOST_NOTES = 500  # as the model has it
MAY_LACK = frozenset({"sheet_count", "parts_produced"})
CORRECTABLE = NUMBERS | {"preset_id", "operator_id", "notes"}


def correct_run(
    run_id: int, changes: Mapping[str, Any], reason: str, **call: Unpack[Call]
) -> Outcome:
    """Correct minutes, sheets, parts, preset, operator or notes of a run.

    `changes` maps columns to values (minutes in `cut_time_minutes`). Whoever corrects the minutes
    of a run that waited only for them or its time to be looked at has settled that: its flag is
    accepted, it counts from now on. Returns {"laser_run", "warnings"}; a run that still waits is
    one. Raises InvalidInput for a value that cannot be, where nothing differs, and without a
    reason.
    """
    call["by"].require_manager()
    _check_reason(reason)
    changes = as_columns(LaserRun, changes)
    _check_names(changes)

    def write(run: Run) -> dict[str, Any]:
        laser_run = _locked(run, run_id)
        new = {name: value for name, value in changes.items() if getattr(laser_run, name) != value}
        _check_values(laser_run, new)
        _check_rows(new)
        if not new:
            raise InvalidInput(_("Nothing differs from what the run tells; change a value."), {})
        flag = _flag_of(laser_run)
        waits = flag is not None and flag.status == FlagStatus.OPEN
        settles = "cut_time_minutes" in new
        if flag and waits and settles and NUMBER_REASONS.issuperset(flag.entry.flagged):
            settle(run, flag, FlagStatus.ACCEPTED, reason)
            waits = False
        pending = laser_run.status == RunStatus.PENDING
        status = RunStatus.COMPLETED if pending and not waits else RunStatus(laser_run.status)
        notes = _noted(new.get("notes", laser_run.notes), CORRECTED_NOTE, reason)
        set_run_status(run, laser_run, status, **{**new, "notes": notes})
        still = [STILL_WAITS] if status == RunStatus.PENDING else []
        return {**_told(laser_run), "warnings": still}

    given = {"changes": telling(changes), "reason": reason}
    return run_verb("correct_run", Target("laserrun", run_id), given, write, **call)


def reject_run(run_id: int, reason: str, **call: Unpack[Call]) -> Outcome:
    """Let a run count no longer: it did not happen, or was reported twice.

    Its flag, where it has one, is rejected with it. Job and project stay as they are. Returns
    {"laser_run": …}; raises TransitionError for a run that is rejected already.
    """
    refusal = _("This run is rejected already."), "already_rejected"
    return _decide("reject_run", run_id, reason, RunStatus.REJECTED, refusal, call)


def restore_run(run_id: int, reason: str, **call: Unpack[Call]) -> Outcome:
    """Let a rejected run count again; its flag, where it has one, is accepted.

    Returns {"laser_run": …}; raises TransitionError for a run that is not rejected.
    """
    refusal = _("This run was not rejected; there is nothing to restore."), "not_rejected"
    return _decide("restore_run", run_id, reason, RunStatus.COMPLETED, refusal, call)


def _decide(
    verb: str, run_id: int, reason: str, status: RunStatus, refusal: tuple[str, str], call: Call
) -> Outcome:
    call["by"].require_manager()
    _check_reason(reason)
    rejects = status == RunStatus.REJECTED

    def write(run: Run) -> dict[str, Any]:
        laser_run = _locked(run, run_id)
        if (laser_run.status == RunStatus.REJECTED) == rejects:
            raise TransitionError(*refusal, status=laser_run.status)
        if flag := _flag_of(laser_run):
            settle(run, flag, FlagStatus.REJECTED if rejects else FlagStatus.ACCEPTED, reason)
        note = REJECTED_NOTE if rejects else RESTORED_NOTE
        set_run_status(run, laser_run, status, notes=_noted(laser_run.notes, note, reason))
        return _told(laser_run)

    return run_verb(verb, Target("laserrun", run_id), {"reason": reason}, write, **call)


def _locked(run: Run, run_id: int) -> LaserRun:
    laser_run = run.lock(LaserRun, run_id, NO_RUN)
    run.check_unchanged(laser_run, lambda: run_brief(laser_run))
    return laser_run


def _told(laser_run: LaserRun) -> dict[str, Any]:
    return {"laser_run": run_brief(laser_run)}


def _flag_of(laser_run: LaserRun) -> Flag | None:
    flags = Flag.objects.select_for_update(of=("self",)).select_related("entry")
    return flags.filter(pk=laser_run.entry_id).first()


def _noted(notes: str, line: Text, reason: str) -> str:
    return append_note(notes, in_shop_language(line, reason=reason))


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInput.on("reason", _("Tell why the run is changed: it stays in the log."))


def _check_names(changes: Mapping[str, Any]) -> None:
    for name in sorted(set(changes) - CORRECTABLE):
        raise InvalidInput.on(name, _("This cannot be corrected: %(name)s.") % {"name": name})


def _check_values(laser_run: LaserRun, changes: Mapping[str, Any]) -> None:
    for name in sorted(NUMBERS & changes.keys()):
        value = changes[name]
        if value is None and name in MAY_LACK:
            continue
        if not isinstance(value, int) or not 0 <= value <= MOST_TOLD:
            told = {"label": LaserRun._meta.get_field(name).verbose_name, "most": MOST_TOLD}  # type: ignore[union-attr]
            raise InvalidInput.on(
                name, _("%(label)s: tell a whole number from 0 to %(most)s.") % told
            )

    # What the verbs have added to the notes may be longer than what a person may write.
    most = max(MOST_NOTES, len(laser_run.notes))
    if len(changes.get("notes", "")) > most:
        raise InvalidInput.on(
            "notes", _("The notes are too long; tell them in %(most)s letters.") % {"most": most}
        )


def _check_rows(changes: Mapping[str, Any]) -> None:
    preset, operator = changes.get("preset_id", 0), changes.get("operator_id", 0)
    presets, operators = MachineSettingsPreset.objects, Operator.objects
    if "preset_id" in changes and not presets.filter(pk__in=[preset]).exists():
        raise NotFound(_("There is no such preset; choose one of the list."), "preset_not_found")
    if "operator_id" in changes and not operators.filter(pk__in=[operator]).exists():
        raise NotFound(_("There is no such operator."), "operator_not_found")
