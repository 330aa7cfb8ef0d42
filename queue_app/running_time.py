"""How long every job was cut, counted anew from the log alone.

Each stretch runs from the time at which its start counts to the time at which its pause or its
completion counts (queue_app.verbs.cutting keeps the same sums as it goes). For the doctor.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from operators_app.models import ActivityLog

AT_THE_MACHINE = ("start_job", "pause_job", "complete_job")


@dataclass(slots=True)
class Ran:
    """What the entries about one job add up to.

    `seconds` of the finished stretches; `since` when the present one began, None where the job
    does not run.
    """

    item_id: int
    seconds: int = 0
    since: dt.datetime | None = None

    def add(self, verb: str, moment: dt.datetime) -> None:
        """Count one more entry; a completion of a job that does not run adds nothing."""
        if verb == "start_job":
            self.since = moment
        elif self.since is not None:
            self.seconds += max(0, round((moment - self.since).total_seconds()))
            self.since = None


def all_jobs() -> Iterator[Ran]:
    """Yield every job with an entry of the machine's verbs, by id."""
    entries = ActivityLog.objects.filter(target_type="queueitem", verb__in=AT_THE_MACHINE)
    columns = ("target_id", "verb", "effective_at")
    rows = entries.order_by("target_type", "target_id", "seq").values_list(*columns).iterator()
    for item_id, told in groupby(rows, key=itemgetter(0)):
        ran = Ran(item_id)
        for _, verb, moment in told:
            ran.add(verb, moment)
        yield ran
