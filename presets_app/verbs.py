"""The verbs of materials and presets. Single rows are changed by `operators_app.verbs.edit`."""

from __future__ import annotations

import hashlib
from typing import Any, Unpack

import tablib

from laseros.errors import InvalidInput
from operators_app.verbs import Call, Outcome, Run, Target, run_verb
from presets_app.resources import PresetResource, SheetResult

MOST_SENTENCES = 20


def import_presets(dataset: tablib.Dataset, file_name: str, **call: Unpack[Call]) -> Outcome:
    """Take in a sheet of presets whole, or not at all: one entry of the log for all its rows.

    Returns {"read", "new", "changed", "unchanged"}. Rows that change nothing are not written;
    where none does, there is no entry. Raises InvalidInput naming rows and columns. The sheet is
    checked before the lock, and again under it against the presets as they are then.
    """
    call["by"].require_manager()
    _refuse(PresetResource().import_data(dataset))

    def write(run: Run) -> dict[str, Any]:
        result = PresetResource(run).import_data(dataset)
        _refuse(result)
        counts: dict[str, Any] = result.counts
        if run.wrote:
            run.after["import"] = {"file": file_name[:200], **counts}
        return counts

    digest = hashlib.sha256(repr((dataset.headers, list(dataset))).encode()).hexdigest()
    target = Target("machinesettingspreset")
    return run_verb("import", target, {"sheet": digest}, write, **call)


def _refuse(result: SheetResult) -> None:
    """Raise InvalidInput where rows were refused."""
    said = result.sentences()
    if said:
        more = f" … and {len(said) - 1} more." if len(said) > 1 else ""
        raise InvalidInput(f"{said[0]}{more}", {"rows": said[:MOST_SENTENCES]})
