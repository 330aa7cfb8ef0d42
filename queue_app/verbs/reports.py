"""The verbs of production reports: keep one, and say when they are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

from django.utils.translation import gettext as _

from laseros import clock
from operators_app.verbs import Call, Outcome, Run, Target, run_verb
from operators_app.verbs.edit import apply, telling
from queue_app.reports.figures import figures_of
from queue_app.reports.models import ProductionReport, ReportKind, ReportTimes
from queue_app.statistics.periods import Period


def make_report(kind: ReportKind, period: Period, **call: Unpack[Call]) -> Outcome:
    """Make and keep the report of a day or a week; where it is kept already, leave it as it is.

    Returns {"id": …}. The figures are reckoned before anything is locked.
    """
    call["by"].require_manager()
    figures = figures_of(period)

    def write(run: Run) -> dict[str, Any]:
        kept = ProductionReport.objects.filter(kind=kind, first_day=period.first).first()
        if kept is None:
            kept = ProductionReport(
                kind=kind.value, first_day=period.first, last_day=period.last, made_at=run.now
            )
            run.save(kept, figures=figures)
            run.concern(kept)
        return {"id": kept.pk}

    given = {"kind": kind.value, "first_day": period.first.isoformat()}
    return run_verb("make_report", Target("productionreport"), given, write, **call)


def save_report_times(changes: Mapping[str, Any], **call: Unpack[Call]) -> Outcome:
    """Change when reports are made; `changes` maps field names to values.

    Switching a kind on lets it begin with today: what was not wanted then is not made up for.
    Returns {"id": 1}. Raises NotAllowed, InvalidInput, and Changed where somebody else was quicker.
    """
    call["by"].require_manager()

    def write(run: Run) -> dict[str, Any]:
        times = run.lock(ReportTimes, 1, _("The report times are missing from the database."))
        run.check_unchanged(times, lambda: {"id": 1})
        was_on = {"daily_since": times.daily_on, "weekly_since": times.weekly_on}
        apply(run, times, changes)
        is_on = {"daily_since": times.daily_on, "weekly_since": times.weekly_on}
        begun = {name: clock.shop_today() for name in is_on if is_on[name] and not was_on[name]}
        if begun:
            run.save(times, **begun)
        return {"id": 1}

    return run_verb("edit", Target("reporttimes", 1), telling(changes), write, **call)
