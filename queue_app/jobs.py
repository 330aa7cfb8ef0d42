"""Background jobs. Each is run at least once, so each leaves alone what is done already."""

from __future__ import annotations

from operators_app.models import Source
from operators_app.verbs import Actor
from queue_app.reports.due import missing
from queue_app.reports.models import ReportTimes
from queue_app.verbs.reports import make_report


def make_due_reports() -> int:
    """Make the production reports whose time has come; return how many.

    Called by a schedule every few minutes: after a night without the server, what it missed is
    made at the next call.
    """
    due = missing(ReportTimes.current())
    by = Actor.system(Source.JOB)
    for kind, period in due:
        make_report(kind, period, by=by)
    return len(due)
