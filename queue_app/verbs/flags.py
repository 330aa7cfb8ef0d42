"""What a manager says of a fact that contradicted what the server knew."""

from __future__ import annotations

from typing import Any, Unpack

from laseros.errors import TransitionError
from operators_app.models import Flag, FlagStatus
from operators_app.verbs import Call, Outcome, Run, Target, run_verb
from queue_app.models import LaserRun, RunStatus, count_run

# These doubt a clock, not the cut.
CLOCK_REASONS = frozenset({"performed_in_the_future", "performed_before_previous_entry"})


def resolve_flag(entry_seq: int, *, accept: bool, note: str = "", **call: Unpack[Call]) -> Outcome:
    """Accept or reject a flagged fact.

    Accepted, a laser run that waited counts from now on; rejected, it counts no longer, unless
    only its time was doubted. The fact itself stays in the log, and job and project stay as they
    are: what is missing then is cut again. Returns {"flag": …}; raises TransitionError for one
    resolved already.
    """
    call["by"].require_manager()

    def write(run: Run) -> dict[str, Any]:
        flag = run.lock(Flag, entry_seq, "There is no such flagged fact.")
        if flag.status != FlagStatus.OPEN:
            raise TransitionError(
                f"This was {flag.get_status_display().lower()} already.", "already_resolved"
            )
        status = FlagStatus.ACCEPTED if accept else FlagStatus.REJECTED
        run.save(
            flag, status=status.value, note=note, resolved_by_id=run.by.user_id,
            resolved_at=run.now,
        )  # fmt: skip
        laser_run = LaserRun.objects.select_for_update().filter(entry_id=entry_seq).first()
        if laser_run and (accept or not CLOCK_REASONS.issuperset(flag.entry.flagged)):
            _set_status(run, laser_run, RunStatus.COMPLETED if accept else RunStatus.REJECTED)
        return {"flag": {"entry": entry_seq, "status": status.value, "note": note}}

    given = {"accept": accept, "note": note}
    return run_verb("resolve_flag", Target("flag", entry_seq), given, write, **call)


def _set_status(run: Run, laser_run: LaserRun, status: RunStatus) -> None:
    """Let a locked laser run count or not, and keep the tally."""
    counted = (laser_run.status == RunStatus.COMPLETED, status == RunStatus.COMPLETED)
    run.save(laser_run, status=status.value)
    if counted[0] != counted[1]:
        count_run(laser_run, +1 if counted[1] else -1)
