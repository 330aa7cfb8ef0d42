"""The verbs of spreadsheets: import, discard and undo, and what headings mean."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any, Unpack

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from laseros.errors import InvalidInput, NotFound, TransitionError
from operators_app.models import HeadingSynonym, ImportStatus, LogHead, SheetImport
from operators_app.sheets.headings import Rows, heading_key
from operators_app.sheets.kinds import SheetKind
from operators_app.sheets.models import DISCARDABLE
from operators_app.sheets.plan import Plan, Tick, check, missing_columns, write
from operators_app.sheets.undo import Undoing, undo, what_can_be_undone
from operators_app.verbs.edit import checked_save
from operators_app.verbs.runner import Call, Outcome, Run, Target, run_verb

MOST_SENTENCES = 20
OUTDATED = gettext_lazy(
    "Something has changed since this was shown, and the import would do something else by now: "
    "look at it again, then import it."
)
NOTHING_TO_IMPORT = gettext_lazy("Nothing of this upload can be imported; its page says why.")
NOT_TO_UNDO = gettext_lazy("This import was undone already, or never carried out.")
BEING_READ = gettext_lazy("This upload is being read; wait until that is done.")
# Why an upload waits for no answer, by its status: a sentence and a code.
WHY_NOT_READY = {
    ImportStatus.WAITING: (BEING_READ, "import_busy"),
    ImportStatus.CHECKING: (BEING_READ, "import_busy"),
    ImportStatus.FAILED: (NOTHING_TO_IMPORT, "nothing_to_import"),
    ImportStatus.WRITING: (
        gettext_lazy("This upload is being imported; wait until that is done, then undo it."),
        "import_busy",
    ),
    ImportStatus.IMPORTED: (
        gettext_lazy("This was imported already; undo the import instead."), "import_settled",
    ),
    ImportStatus.UNDONE: (
        gettext_lazy("This import was undone; upload the file again."), "import_settled",
    ),
    ImportStatus.DISCARDED: (
        gettext_lazy("This upload was discarded already."), "import_settled",
    ),
}  # fmt: skip
READY = (ImportStatus.CHECKED, ImportStatus.WRITING)


class NotReadyError(TransitionError):
    """An upload waits for no answer: it is being read or imported, or somebody settled it."""

    def __init__(self, upload: SheetImport) -> None:
        sentence, code = WHY_NOT_READY[ImportStatus(upload.status)]
        super().__init__(sentence, code, status=upload.status)


def import_rows(
    kind: SheetKind,
    rows: Rows,
    file_name: str,
    *,
    good_only: bool = False,
    upload_id: uuid.UUID | None = None,
    shown: str = "",
    tick: Tick | None = None,
    **call: Unpack[Call],
) -> Outcome:
    """Take in rows whole, or not at all, or with `good_only` without the bad ones: one log entry.

    Returns {"read", "new", "changed", "unchanged", "refused"}. Rows that change nothing are not
    written; where none does, there is no entry. `upload_id` is the upload that this settles: what
    was imported once is refused. `shown` is the digest of the plan that somebody looked at: what
    would do anything else by now, is refused. Raises InvalidInput naming rows and columns. The rows
    are checked before the lock; again under it only where anything at all was changed in between.
    """
    call["by"].require_manager()
    seen = _head()  # read before the check: what is changed during it, counts as changed after it
    plan = _checked(kind, rows, good_only, tick)

    def carry_out(run: Run) -> dict[str, Any]:
        upload = _upload(run, upload_id, READY) if upload_id else None
        last = plan if _head() == seen else _checked(kind, rows, good_only)
        if shown and (last.new or last.changed) and last.digest() != shown:
            raise TransitionError(OUTDATED, "preview_outdated")
        write(run, last)
        if run.wrote:
            run.after["import"] = {"file": file_name[:200], **last.counts}
            if upload is not None:
                run.after["import"]["upload"] = str(upload_id)
                run.save(upload, status=ImportStatus.IMPORTED.value, entry_seq=run.seq,
                         problem="", good_only=good_only, **{f"rows_{name}": count
                         for name, count in last.counts.items() if name != "read"})  # fmt: skip
        return last.counts

    given = {"rows": _digest(rows), "good_only": good_only}
    return run_verb("import", Target(kind.slug), given, carry_out, **call)


def _digest(rows: Rows) -> str:
    digest = hashlib.sha256(repr((list(rows.names), sorted(rows.factors.items()))).encode())
    for number, cells in rows.lines:
        digest.update(repr((number, cells)).encode())
    return digest.hexdigest()


def _head() -> tuple[int, uuid.UUID]:
    """Return where the log stands: every change of the shop moves it."""
    return LogHead.objects.values_list("seq", "epoch").get(pk=1)


def _checked(kind: SheetKind, rows: Rows, good_only: bool, tick: Tick | None = None) -> Plan:
    """Return what is to be written; raise InvalidInput for what cannot be."""
    missing = missing_columns(kind, rows)
    if missing:
        names = ", ".join(f"“{column.label}”" for column in missing)
        raise InvalidInput.on("columns", _("The sheet lacks %(names)s.") % {"names": names})
    plan = check(kind, rows, tick)
    if plan.refused and not good_only:
        said = plan.sentences()
        more = len(said) - 1
        told = ngettext("… and %(count)s more.", "… and %(count)s more.", more) % {"count": more}
        first = f"{said[0]} {told}" if more else said[0]
        raise InvalidInput(first, {"rows": said[:MOST_SENTENCES]})
    return plan


def _upload(
    run: Run, upload_id: uuid.UUID, ready: tuple[ImportStatus, ...] = tuple(ImportStatus)
) -> SheetImport:
    """Return the upload, locked; raise TransitionError where it is not ready."""
    upload = SheetImport.objects.select_for_update().filter(pk=upload_id).first()
    if upload is None:
        raise NotFound(_("This upload is not there any more; upload the file again."))
    if upload.status not in ready:
        raise NotReadyError(upload)
    return upload


def undo_import(upload_id: uuid.UUID, **call: Unpack[Call]) -> Outcome:
    """Put back what an import changed, and take back what it added, as one entry of the log.

    Rows that were changed since, or are in use, stay as they are. Returns {"restored", "removed",
    "switched_off", "left"}; raises TransitionError where nothing can be undone.
    """
    call["by"].require_manager()

    def carry_out(run: Run) -> dict[str, Any]:
        upload = _upload(run, upload_id)
        if upload.status != ImportStatus.IMPORTED:
            raise TransitionError(NOT_TO_UNDO, "import_settled", status=upload.status)
        found = what_can_be_undone(upload)
        if not found.rows:
            raise TransitionError(
                _("Nothing of this import can be undone: its rows were changed since, or are in "
                  "use."), "nothing_to_undo",
            )  # fmt: skip
        undo(run, found)
        run.save(upload, status=ImportStatus.UNDONE.value, undone_seq=run.seq, undone_at=run.now)
        told = _told(found)
        run.after["undo"] = {"file": upload.file_name, "entry": upload.entry_seq, **told}
        return told

    target = Target(_kind_of(upload_id))
    return run_verb("undo_import", target, {"upload": str(upload_id)}, carry_out, **call)


def discard_import(upload_id: uuid.UUID, **call: Unpack[Call]) -> Outcome:
    """Settle an upload that nobody imports: it stays in the list, its file may be thrown away.

    Returns {"file"}; raises TransitionError where it was imported, is being imported, or was
    discarded before.
    """
    call["by"].require_manager()

    def carry_out(run: Run) -> dict[str, Any]:
        upload = _upload(run, upload_id)
        if upload.status not in DISCARDABLE:
            raise NotReadyError(upload)
        run.save(upload, status=ImportStatus.DISCARDED.value, undone_seq=run.seq,
                 undone_at=run.now)  # fmt: skip
        run.after["discard"] = {"file": upload.file_name}
        return {"file": upload.file_name}

    target = Target(_kind_of(upload_id))
    return run_verb("discard_import", target, {"upload": str(upload_id)}, carry_out, **call)


def _kind_of(upload_id: uuid.UUID) -> str:
    return SheetImport.objects.filter(pk=upload_id).values_list("kind", flat=True).first() or ""


def _told(found: Undoing) -> dict[str, int]:
    return {
        "restored": len(found.restore),
        "removed": len(found.remove),
        "switched_off": len(found.switch_off),
        "left": len(found.left),
    }


def remember_headings(
    kind: SheetKind, meanings: Mapping[str, str], **call: Unpack[Call]
) -> Outcome:
    """Remember what headings of a sheet mean: {heading: name of a column, or "" to pass it over}.

    A heading that is known already is given its new meaning. Returns {"headings"}, how many were
    new or changed; raises InvalidInput where two headings would be the same column.
    """
    call["by"].require_manager()
    _one_heading_each(kind, meanings)

    def carry_out(run: Run) -> dict[str, Any]:
        known = {one.key: one for one in HeadingSynonym.objects.filter(kind=kind.slug)}
        changed = 0
        for heading, column in meanings.items():
            new = HeadingSynonym(kind=kind.slug, heading=heading)
            row = known.setdefault(heading_key(heading), new)
            changed += bool(checked_save(run, row, {"column": column}))
        return {"headings": changed}

    target = Target(HeadingSynonym._meta.model_name or "")
    given = {"kind": kind.slug, **meanings}
    return run_verb("remember_headings", target, given, carry_out, **call)


def _one_heading_each(kind: SheetKind, meanings: Mapping[str, str]) -> None:
    """Raise InvalidInput where one column would be two columns of the sheet."""
    taken: dict[str, str] = {}
    for heading, column in meanings.items():
        other = taken.setdefault(column, heading) if column else heading
        if other != heading:
            label = kind.by_name[column].label if column in kind.by_name else column
            said = _(
                "“%(one)s” and “%(other)s” cannot both be “%(column)s”: choose it for one of "
                "them, and for the other another column or “Do not read it”."
            )
            raise InvalidInput.on(
                "columns", said % {"one": other, "other": heading, "column": label}
            )
