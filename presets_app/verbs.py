"""The verbs of materials and presets. Single rows are changed by `operators_app.verbs.edit`."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any, Unpack

import tablib

from laseros.errors import InvalidInput
from operators_app.models import LogHead
from operators_app.verbs import Call, Outcome, Run, Target, run_verb
from presets_app.resources import PresetResource, SheetResult

MOST_SENTENCES = 20


def import_presets(dataset: tablib.Dataset, file_name: str, **call: Unpack[Call]) -> Outcome:
    """Take in a sheet of presets whole, or not at all: one entry of the log for all its rows.

    Returns {"read", "new", "changed", "unchanged"}. Rows that change nothing are not written;
    where none does, there is no entry. Raises InvalidInput naming rows and columns. The sheet is
    checked before the lock; again under it only where anything at all was changed in between.
    """
    call["by"].require_manager()
    seen = _head()  # read before the check: what is changed during it, counts as changed after it
    checked = _check(dataset)

    def write(run: Run) -> dict[str, Any]:
        sheet, counts = checked if _head() == seen else _check(dataset)
        sheet.write(run)
        if run.wrote:
            run.after["import"] = {"file": file_name[:200], **counts}
        return counts

    digest = hashlib.sha256(repr((dataset.headers, list(dataset))).encode()).hexdigest()
    target = Target("machinesettingspreset")
    return run_verb("import", target, {"sheet": digest}, write, **call)


def _head() -> tuple[int, uuid.UUID]:
    """Return where the log stands: every change of the shop moves it."""
    return LogHead.objects.values_list("seq", "epoch").get(pk=1)


def _check(dataset: tablib.Dataset) -> tuple[PresetResource, dict[str, Any]]:
    """Return the sheet, ready to be written, and the counts; raise InvalidInput for bad rows."""
    sheet = PresetResource(preview=False)
    result: SheetResult = sheet.import_data(dataset)
    said = result.sentences()
    if said:
        more = f" … and {len(said) - 1} more." if len(said) > 1 else ""
        raise InvalidInput(f"{said[0]}{more}", {"rows": said[:MOST_SENTENCES]})
    return sheet, dict(result.counts)
