"""What a flagged fact told, and what accepting or rejecting it means, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from operators_app.models import Flag
from operators_app.wording import reason_in_words
from queue_app.models import LaserRun, RunStatus
from queue_app.plausible import IMPLAUSIBLE
from queue_app.verbs.flags import CLOCK_REASONS

ACCEPTING = gettext_lazy(
    "These happened as they were told: cuts that waited for you count from now on, with all their "
    "minutes, sheets and parts. Jobs and projects stay as they are."
)
REJECTING = gettext_lazy(
    "These did not happen, or were told twice: the cuts do not count, and say nothing of their "
    "presets (where only the time was doubted, they still count). Jobs and projects stay as they "
    "are."
)


def told(flag: Flag, run: LaserRun | None, *, accepts: bool) -> SafeString:
    """Return the facts of a flag as a list, and below it what the answer means."""
    lines = [*_facts(flag, run)]
    meaning = list(_meaning(flag, run, accepts=accepts))
    return format_html(
        '<dl class="dialog-facts">{}</dl><div class="dialog-meaning">{}</div>',
        format_html_join("", "<dt>{}</dt><dd>{}</dd>", lines),
        format_html_join("", "<p>{}</p>", ((one,) for one in meaning)),
    )


def _facts(flag: Flag, run: LaserRun | None) -> Iterator[tuple[str, str]]:
    reasons = ", ".join(reason_in_words(reason) for reason in flag.entry.flagged)
    if run:
        yield _("Project"), str(run.project)
        yield _("Cut by"), _("%(who)s, %(when)s") % {"who": run.operator.name, "when": _when(run)}
        yield _("Told"), amount_of(run)
        yield _("Clock"), _("%(minutes)s min") % {"minutes": run.logged_minutes}
    yield _("Flagged for"), reasons
    if run:
        for other in _others(run):
            yield _("Counts already"), f"{other.operator.name}, {_when(other)}: {amount_of(other)}"


def _others(run: LaserRun) -> list[LaserRun]:
    runs = LaserRun.objects.filter(queue_item=run.queue_item_id, status=RunStatus.COMPLETED)
    return list(runs.exclude(pk=run.pk).select_related("operator").order_by("run_date", "pk"))


def _when(run: LaserRun) -> str:
    return date_format(localtime(run.run_date), "DATETIME_FORMAT")


def amount_of(run: LaserRun) -> str:
    """Return the minutes, sheets and parts of a run; what was not told is left out."""
    sheets, parts = run.sheet_count, run.parts_produced
    said = [_("%(minutes)s min") % {"minutes": run.cut_time_minutes}]
    if sheets is not None:
        said.append(ngettext("%(count)s sheet", "%(count)s sheets", sheets) % {"count": sheets})
    if parts is not None:
        said.append(ngettext("%(count)s part", "%(count)s parts", parts) % {"count": parts})
    return ", ".join(said)


def _meaning(flag: Flag, run: LaserRun | None, *, accepts: bool) -> Iterator[str]:
    if run is None:
        yield _("This is about no finished cut: your decision is only noted, nothing else changes.")
        return
    reasons = set(flag.entry.flagged)
    said = {
        "amount": amount_of(run), "who": run.operator.name, "preset": run.preset.preset_name,
        "status": run.project.get_status_display(),
    }  # fmt: skip
    counts = run.status == RunStatus.COMPLETED
    if accepts:
        yield _accepting(run, reasons, counts=counts) % said
    else:
        yield _rejecting(reasons, counts=counts) % said
    yield _("The project stays “%(status)s” either way.") % said
    if not accepts:
        yield _("If parts are missing, send it to be cut again.")
    yield _("You can change your mind later, on this flag’s page or on that of the run.")


def _accepting(run: LaserRun, reasons: set[str], *, counts: bool) -> str:
    if counts:
        return _("Accept: the cut goes on counting as it does now, %(amount)s for %(who)s.")
    others = bool(_others(run))
    if IMPLAUSIBLE in reasons and others:
        return _(
            "Accept: the job was really cut once more, and the minutes are right as they were "
            "told; %(amount)s count for %(who)s and for the preset %(preset)s, besides what "
            "counts already. If the minutes are wrong, close this and correct them instead."
        )
    if IMPLAUSIBLE in reasons:
        return _(
            "Accept: the minutes are right as they were told; %(amount)s count for %(who)s and for "
            "the preset %(preset)s. If they are wrong, close this and correct them instead."
        )
    if others:
        return _(
            "Accept: the job was really cut once more; %(amount)s count for %(who)s, besides what "
            "counts already."
        )
    return _("Accept: the cut counts from now on, %(amount)s for %(who)s.")


def _rejecting(reasons: set[str], *, counts: bool) -> str:
    if CLOCK_REASONS.issuperset(reasons):
        return _("Reject: only the time is doubted; the cut counts as before, %(amount)s.")
    if counts:
        return _(
            "Reject: the cut did not happen; %(amount)s count no longer for %(who)s, in past "
            "statistics neither. It says nothing of the preset %(preset)s."
        )
    return _(
        "Reject: the cut did not happen, or was told twice; it does not count, statistics stay as "
        "they are. It says nothing of the preset %(preset)s."
    )
