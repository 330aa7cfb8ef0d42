"""What a manager says of a fact that contradicted what the server knew."""

from __future__ import annotations

from typing import Any, Unpack

from django.utils.translation import gettext as _

from laseros.errors import TransitionError
from operators_app.models import Flag, FlagStatus
from operators_app.verbs import Call, Outcome, Run, Target, run_verb
from queue_app.models import LaserRun, RunStatus, count_run
from queue_app.plausible import IMPLAUSIBLE
from queue_app.serializers import run_brief

# These doubt a clock, not the cut.
CLOCK_REASONS = frozenset({"performed_in_the_future", "performed_before_previous_entry"})
# These doubt the minutes of the cut, not the cut: whoever corrects those has settled them.
NUMBER_REASONS = CLOCK_REASONS | {IMPLAUSIBLE}


def resolve_flag(entry_seq: int, *, accept: bool, note: str = "", **call: Unpack[Call]) -> Outcome:
    """Accept or reject a flagged fact.

    Accepted, a laser run that waited counts from now on; rejected, it counts no longer, unless
    only its time was doubted. The fact itself stays in the log, and job and project stay as they
    are: what is missing then is cut again. The way back are `reject_run` and `restore_run`.
    A version that the caller saw is that of the laser run. Returns {"flag": …}; raises
    TransitionError for one resolved already.
    """
    call["by"].require_manager()

    def write(run: Run) -> dict[str, Any]:
        flag = run.lock(Flag, entry_seq, _("There is no such flagged fact."))
        if flag.status != FlagStatus.OPEN:
            raise TransitionError(
                _("This was %(status)s already.") % {"status": flag.get_status_display().lower()},
                "already_resolved",
            )
        laser_run = LaserRun.objects.select_for_update().filter(entry_id=entry_seq).first()
        if laser_run:
            run.check_unchanged(laser_run, lambda: run_brief(laser_run))
        status = FlagStatus.ACCEPTED if accept else FlagStatus.REJECTED
        settle(run, flag, status, note)
        if laser_run and (accept or not CLOCK_REASONS.issuperset(flag.entry.flagged)):
            set_run_status(run, laser_run, RunStatus.COMPLETED if accept else RunStatus.REJECTED)
        return {"flag": {"entry": entry_seq, "status": status.value, "note": note}}

    given = {"accept": accept, "note": note}
    return run_verb("resolve_flag", Target("flag", entry_seq), given, write, **call)


def settle(run: Run, flag: Flag, status: FlagStatus, note: str) -> None:
    """Write what a manager decided on a locked flag, and who, when and why."""
    run.save(
        flag, status=status.value, note=note, resolved_by_id=run.by.user_id, resolved_at=run.now,
    )  # fmt: skip


def set_run_status(run: Run, laser_run: LaserRun, status: RunStatus, **changes: Any) -> None:
    """Let a locked laser run count or not, with what else changes of it, and keep the tallies."""
    if laser_run.status == RunStatus.COMPLETED:
        count_run(laser_run, -1)
    run.save(laser_run, status=status.value, **changes)
    if laser_run.status == RunStatus.COMPLETED:
        count_run(laser_run, +1)
