"""The way of one upload: kept, read and checked, shown, imported or discarded.

What takes no longer than a moment is done while the page is asked for, the rest by the job process
(`operators_app.jobs`); either calls `read_upload` and `import_upload`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from laseros.errors import LaserOSError, TransitionError
from laseros.languages import Kept, in_each_language, in_mine
from laseros.spreadsheets import UploadShelf, is_text, read_rows
from laseros.workbooks import WALL_LIMIT_SECONDS, Unreadable
from operators_app.models import HeadingSynonym, ImportStatus, SheetImport, User
from operators_app.sheets.cells import NOTHING
from operators_app.sheets.headings import Rows, rows_of
from operators_app.sheets.kinds import SheetKind, kind_of
from operators_app.sheets.models import BUSY, DISCARDABLE, DRAFTS
from operators_app.sheets.plan import Entry, Plan, Refused, check, missing_columns
from operators_app.verbs.imports import (
    NOTHING_TO_IMPORT,
    OUTDATED,
    NotReadyError,
    discard_import,
    import_rows,
)
from operators_app.verbs.runner import Call, Outcome

SMALL_BYTES = 100 * 1024  # some 2,000 rows: read within a second
SMALL_ROWS = 2000  # written within a second
FORGOTTEN_AFTER = dt.timedelta(days=7)
SHOWN = 200  # differences and bad rows that the preview shows
KEPT_BAD_ROWS = 5000  # for the sheet of them
NOT_HEARD_SECONDS = 15  # after which what nobody has taken up is offered to be done at once
NOT_DONE_SECONDS = WALL_LIMIT_SECONDS + 30  # the same for what was taken up: a reader is silent
READ_JOB = "operators_app.jobs.read_upload"
IMPORT_JOB = "operators_app.jobs.import_upload"


def begin(kind: SheetKind, file_name: str, data: bytes, user: User) -> SheetImport:
    """Keep a file and read it: at once where it is small, else by the job process."""
    shelf = UploadShelf()
    shelf.save(data, kept=_files_of_drafts())
    upload = SheetImport.objects.create(
        kind=kind.slug, file_name=clean_name(file_name), stored_as=shelf.name,
        size_bytes=len(data), language=get_language() or "en-gb", uploaded_by=user,
    )  # fmt: skip
    read_again(upload)
    return upload


def clean_name(file_name: str) -> str:
    """Return a file's name without what nobody can see."""
    kept = "".join(sign for sign in PurePath(file_name).name if sign.isprintable())
    return kept[-200:] or "?"


def read_again(upload: SheetImport) -> None:
    """Read an upload, at once or by a job, after it came or after its headings were told."""
    _say(upload, status=ImportStatus.WAITING, rows_done=0, rows_total=0, problem="")
    if upload.size_bytes <= SMALL_BYTES or _is_hopeless(upload):
        read_upload(upload)
    else:
        async_task(READ_JOB, str(upload.pk))


def _is_hopeless(upload: SheetImport) -> bool:
    """Tell whether reading will fail at its very beginning: nobody waits for a job to say so."""
    ending = PurePath(upload.file_name).suffix.lower()
    try:
        if ending not in kind_of(upload.kind).readers:
            is_text(UploadShelf(upload.stored_as).read(), upload.file_name)
    except Unreadable:
        return True
    return False


def _files_of_drafts() -> set[str]:
    drafts = SheetImport.objects.filter(status__in=DRAFTS)
    return set(drafts.values_list("stored_as", flat=True))


def is_forgotten() -> Q:
    """Return which drafts were neither read nor answered for a week: the list leaves them out."""
    return Q(status__in=DISCARDABLE, heard_at__lt=timezone.now() - FORGOTTEN_AFTER)


def discard(upload: SheetImport, call: Call) -> Outcome:
    """Import nothing of an upload, ever; throw its file away and what was read of it.

    Raises as the verb.
    """
    done = discard_import(upload.pk, **call)
    UploadShelf(upload.stored_as).remove()
    SheetImport.objects.filter(pk=upload.pk).update(report={})  # rows of the file: not for the log
    return done


def _say(upload: SheetImport, **told: Any) -> bool:
    """Write how far a draft has come; False: it was settled meanwhile, and is left alone."""
    told["heard_at"] = timezone.now()
    for name, value in told.items():
        setattr(upload, name, value)
    return bool(SheetImport.objects.filter(pk=upload.pk, status__in=DRAFTS).update(**told))


def rows_in(kind: SheetKind, data: bytes, file_name: str) -> Rows:
    """Return a file's rows: by the kind's own reader for its ending, else as a spreadsheet."""
    reader = kind.readers.get(PurePath(file_name).suffix.lower())
    if reader is not None:
        return reader(data, kind)
    remembered = dict(HeadingSynonym.objects.filter(kind=kind.slug).values_list("key", "column"))
    rows = rows_of(kind, read_rows(data, file_name), remembered)
    return replace(rows, has_formulas=not is_text(data, file_name))


def read_upload(upload: SheetImport) -> None:
    """Read and check an upload and keep the report of it, or why it cannot be read."""
    with translation.override(upload.language):
        if not _say(upload, status=ImportStatus.CHECKING):
            return
        kind = kind_of(upload.kind)
        try:
            rows = rows_in(kind, UploadShelf(upload.stored_as).read(), upload.file_name)
        except Unreadable as error:
            _say(upload, status=ImportStatus.FAILED, problem=str(error)[:500], report={})
            UploadShelf(upload.stored_as).remove()
            return
        missing = missing_columns(kind, rows)
        plan = Plan(kind, rows) if missing else check(kind, rows, _ticker(upload))
        report = {**report_of(plan), "missing": [column.name for column in missing]}
        counts = {f"rows_{name}": count for name, count in plan.counts.items() if name != "read"}
        _say(upload, status=ImportStatus.CHECKED, report=report, **counts)


def _ticker(upload: SheetImport) -> Any:
    def tick(done: int, total: int) -> None:
        if total > SMALL_ROWS:
            _say(upload, rows_done=done, rows_total=total)

    return tick


def is_unattended(upload: SheetImport) -> bool:
    """Tell whether an upload waits for a job process that does not come."""
    begun = upload.status == ImportStatus.CHECKING or upload.rows_total > 0
    silent = timezone.now() - upload.heard_at
    most = NOT_DONE_SECONDS if begun else NOT_HEARD_SECONDS
    return upload.status in BUSY and silent > dt.timedelta(seconds=most)


def may_be_imported(upload: SheetImport) -> bool:
    """Tell whether an upload was read and changes anything."""
    settled = upload.status == ImportStatus.CHECKED and not upload.report.get("missing")
    return settled and bool(upload.rows_new or upload.rows_changed)


def require_read(upload: SheetImport) -> None:
    """Raise TransitionError for an upload that is not at its preview, waiting for an answer."""
    if upload.status != ImportStatus.CHECKED:
        raise NotReadyError(upload)


def confirm(upload: SheetImport, good_only: bool, call: Call, shown: str = "") -> None:
    """Import what was shown: at once, or by a job where there are many rows. Raises as the verb.

    `shown` is the digest of the plan that the page showed: somebody else may have answered its
    questions since.
    """
    require_read(upload)
    if shown and shown != upload.report.get("plan"):
        raise TransitionError(OUTDATED, "preview_outdated")
    if not may_be_imported(upload):
        raise TransitionError(NOTHING_TO_IMPORT, "nothing_to_import")
    _say(upload, good_only=good_only)
    if upload.rows_new + upload.rows_changed <= SMALL_ROWS:
        import_upload(upload, call)
        return
    _say(upload, status=ImportStatus.WRITING, rows_done=0, rows_total=0)
    by = call["by"]
    async_task(IMPORT_JOB, str(upload.pk), by.user_id, by.session_id, get_language())


def import_upload(upload: SheetImport, call: Call) -> Outcome:
    """Import an upload as it was shown; a refusal is raised, and kept with a report made anew.

    Where somebody else settled the upload meanwhile, or has it read again, its page is left alone.
    """
    kind = kind_of(upload.kind)
    _say(upload, rows_total=upload.counts["read"])
    try:
        rows = rows_in(kind, UploadShelf(upload.stored_as).read(), upload.file_name)
        done = import_rows(
            kind, rows, upload.file_name, good_only=upload.good_only, upload_id=upload.pk,
            shown=upload.report.get("plan", ""), tick=_ticker(upload), **call,
        )  # fmt: skip
    except NotReadyError:
        raise
    except (LaserOSError, Unreadable) as error:
        said = error.message if isinstance(error, LaserOSError) else str(error)
        read_upload(upload)
        _say(upload, problem=said[:500])
        raise
    if done.seq:
        UploadShelf(upload.stored_as).remove()
    else:  # others have made the same changes meanwhile: show that there are none left
        read_upload(upload)
    upload.refresh_from_db()
    return done


# --- The report ----------------------------------------------------------------------------------


def report_of(plan: Plan) -> dict[str, Any]:
    """Return what the preview shows, as texts; why something is refused, in each language."""
    rows = plan.rows
    used = [plan.kind.by_name[name] for name in rows.names]
    shown = [(entry, "new") for entry in plan.new] + [(entry, "changed") for entry in plan.changed]
    shown.sort(key=lambda one: one[0].number)
    return {
        "plan": plan.digest(),
        "columns": [[column.name, rows.titles.get(column.name, "")] for column in used],
        "unknown": plan.kind.unknown(plan),
        "left_out": [
            [one.text, in_each_language(one.problem), one.ignored] for one in rows.left_out
        ],
        "rows": [_told(plan.kind, entry, what) for entry, what in shown[:SHOWN]],
        "refused": [
            [one.number, _why(one), [_text(cell) for cell in one.cells]]
            for one in plan.refused[:KEPT_BAD_ROWS]
        ],
    }


def _why(refused: Refused) -> list[list[Kept]]:
    return [[in_each_language(told) for told in problem] for problem in refused.problems]


def refused_in(
    report: dict[str, Any], most: int | None = None
) -> list[tuple[int, list[tuple[str, str]], list[Any]]]:
    """Return a report's refused rows as the reader is told of them: number, reasons, cells.

    Only the first ones, where `most` says how many.

    What was kept before reports spoke every language is told in the one it was kept in.
    """
    return [
        (number, [(in_mine(column), in_mine(said)) for column, said in problems], cells)
        for number, problems, cells in report.get("refused", ())[:most]
    ]


def _told(kind: SheetKind, entry: Entry, what: str) -> dict[str, Any]:
    cells: dict[str, list[Any]] = {}
    for name, (was, now) in entry.changes.items():
        cell, lookup = kind.by_name[name].cell, kind.lookups.get(name, NOTHING)
        cells[name] = [cell.show(was, lookup) if what == "changed" else None,
                       cell.show(now, lookup)]  # fmt: skip
    # A new client's code comes with the import: until then the name alone is told.
    name = cells[kind.key_column][1] if what == "new" else str(entry.row)
    told = {"row": entry.number, "what": what, "name": name, "cells": cells}
    switched_on = entry.changes.get("is_active") == (False, True)
    revived = switched_on and entry.row.updated_at in kind.undone_at
    return told | ({"revived": True} if revived else {})


def _text(cell: Any) -> Any:
    return "" if cell is None else cell if isinstance(cell, (int, float)) else str(cell)[:500]


def find_upload(pk: Any, *, with_report: bool = True) -> SheetImport:
    """Return an upload; raises Unreadable where it is gone.

    Its report may be large: whoever asks only how far it is does without.
    """
    found = SheetImport.objects.select_related("uploaded_by")
    try:
        return (found if with_report else found.defer("report")).get(pk=uuid.UUID(str(pk)))
    except (SheetImport.DoesNotExist, ValueError) as error:
        raise Unreadable(_("This upload is not there any more; upload the file again.")) from error
