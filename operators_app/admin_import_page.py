"""What the page of an import shows: its state, its questions, its rows, and who imported it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from laseros.errors import InvalidInput
from laseros.languages import Text, in_mine
from operators_app.models import ActivityLog, ImportStatus, SheetImport
from operators_app.sheets import uploads
from operators_app.sheets.headings import heading_key
from operators_app.sheets.kinds import SheetKind, kind_of
from operators_app.sheets.models import BUSY
from operators_app.verbs import Call
from operators_app.verbs.imports import remember_headings

STEPS = ("state", "answers", "confirm", "here", "undo", "refused")
LEFT_ALONE = "_"  # what the form says of what nobody has decided on
MOST_NAMED = 10


def page_of(
    upload: SheetImport, may: bool, said: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return what the page shows to who may, or may not, import.

    `said` are answers that had to be refused, by the names of their fields.
    """
    kind = kind_of(upload.kind)
    opts = kind.model._meta
    report = upload.report
    seqs = (upload.entry_seq or 0, upload.undone_seq or 0)
    entries = ActivityLog.objects.select_related("user").in_bulk(seqs, field_name="seq")
    place = f"admin:{opts.app_label}_{opts.model_name}"
    questions = questions_of(upload, kind) if may else []
    unknown = [{"name": name} for name in unknown_names(upload)] if may else []
    for question in (*questions, *unknown):
        question["said"] = (said or {}).get(field_of(question), LEFT_ALONE)
    asked = {question["heading"] for question in questions}
    return {
        "title": upload.file_name, "upload": upload, "kind": kind, "counts": upload.counts,
        "may_import": may, "busy": upload.status in BUSY,
        "can_confirm": may and uploads.may_be_imported(upload),
        "has_entries": PurePath(upload.file_name).suffix.lower() in kind.readers,
        "unread_code": unread_code(upload, kind) if questions else "",
        "key_heading": dict(report.get("columns", ())).get(kind.key_column, ""),
        "missing": [kind.by_name[name].label for name in report.get("missing", ())],
        "rows": rows_shown(kind, report.get("rows", ())),
        "refused": uploads.refused_in(report, uploads.SHOWN),
        "kept_bad_rows": uploads.KEPT_BAD_ROWS, "questions": questions,
        "unknown": unknown, "meanings": kind.meanings(),
        "passed_over": [text for text, problem, ignored in report.get("left_out", ())
                        if text not in asked],
        "good": upload.rows_new + upload.rows_changed,
        "list_url": reverse(f"{place}_changelist"), "import_url": reverse(f"{place}_import"),
        "steps": {step: reverse(f"admin:operators_app_sheetimport_{step}", args=(upload.pk,))
                  for step in STEPS},
        "entry": entries.get(seqs[0]), "entry_url": _entry(upload.entry_seq),
        "ended": entries.get(seqs[1]), "ended_url": _entry(upload.undone_seq),
    }  # fmt: skip


def field_of(question: Mapping[str, Any]) -> str:
    """Return the name of a question's field, which says what is asked: pages may be old."""
    return f"name:{question['name']}" if "name" in question else f"heading:{question['heading']}"


class Answers:
    """What somebody said of the headings and names that nobody knew."""

    def __init__(self, upload: SheetImport, posted: Mapping[str, str]) -> None:
        self.kind, self.posted = kind_of(upload.kind), posted
        self.headings = [one["heading"] for one in questions_of(upload, self.kind)]
        self.names = unknown_names(upload)

    def remember(self, call: Call) -> str:
        """Remember the answers to what is still asked; return them in words. Raises as verbs."""
        meanings = dict(self.kind.meanings())
        known = {"": None, **{str(pk): pk for pk in meanings}}
        headings = {
            one: said
            for one in self.headings
            if (said := self.posted.get(f"heading:{one}", LEFT_ALONE)) != LEFT_ALONE
        }
        names = {
            one: self._meant(one, said, known)
            for one in self.names
            if (said := self.posted.get(f"name:{one}", LEFT_ALONE)) != LEFT_ALONE
        }
        if headings:
            remember_headings(self.kind, headings, **call)
        if names:
            self.kind.explain(names, call)
        told = [
            *(_("“%(heading)s” is not read") % {"heading": one} if not column else
              _("“%(heading)s” is “%(column)s”")
              % {"heading": one, "column": self.kind.by_name[column].label}
              for one, column in headings.items()),
            *(_("“%(name)s” is a new material") % {"name": one} if pk is None else
              _("“%(name)s” is another name of %(material)s")
              % {"name": one, "material": meanings[pk]} for one, pk in names.items()),
        ]  # fmt: skip
        return _("Remembered: %(answers)s.") % {"answers": ", ".join(told)} if told else ""

    @staticmethod
    def _meant(name: str, said: str, known: Mapping[str, int | None]) -> int | None:
        """Return which row a name was said to mean, None where it is to be a new one."""
        if said not in known:
            told = _("What “%(name)s” was said to mean is not there any more: choose again.")
            raise InvalidInput.on(f"name:{name}", told % {"name": name})
        return known[said]

    def late(self) -> str:
        """Return what is said of answers to what was answered since the page was opened."""
        asked = {f"heading:{one}" for one in self.headings} | {f"name:{one}" for one in self.names}
        late = [name.partition(":")[2] for name, said in self.posted.items()
                if name.startswith(("heading:", "name:")) and name not in asked
                and said != LEFT_ALONE]  # fmt: skip
        return (
            late
            and _(
                "Answered already, and left as it was: %(names)s. Headings are changed under "
                "“Headings”, names at their material."
            )
            % {"names": ", ".join(_("“%(name)s”") % {"name": one} for one in late)}
        ) or ""


def may_import(request: Any, upload: SheetImport) -> bool:
    """Tell whether whoever asks may import rows of this kind."""
    sheet_admin: Any = admin.site.get_model_admin(kind_of(upload.kind).model)
    return bool(sheet_admin.has_import_permission(request))


def questions_of(upload: SheetImport, kind: SheetKind) -> list[dict[str, Any]]:
    """Return the headings that nobody has decided on, with what they may mean.

    Headings that are the same to us are asked about once.
    """
    if upload.status != ImportStatus.CHECKED:
        return []
    taken = {name for name, _title in upload.report.get("columns", ())}
    free = [column for column in kind.columns if column.name not in taken]
    asked: dict[str, dict[str, Any]] = {}
    for text, problem, ignored in upload.report.get("left_out", ()):
        key = "" if ignored else heading_key(text)
        if key and key not in asked:
            asked[key] = {"heading": text, "problem": in_mine(problem), "columns": free}
    return list(asked.values())


def unread_code(upload: SheetImport, kind: SheetKind) -> Text:
    """Return what the column is called by which rows are recognised, where it is not read."""
    read = {name for name, _title in upload.report.get("columns", ())}
    if not kind.code_column or kind.code_column in read:
        return ""
    return kind.by_name[kind.code_column].label  # type: ignore[no-any-return]


def _entry(seq: int | None) -> str:
    """Return the address of an entry of the log."""
    return reverse("admin:operators_app_activitylog_change", args=(seq,)) if seq else ""


def unknown_names(upload: SheetImport) -> list[str]:
    """Return the names that nobody knows in the rows of an upload that waits to be confirmed."""
    waits = upload.status == ImportStatus.CHECKED
    return list(upload.report.get("unknown", ())) if waits else []


def rows_shown(kind: SheetKind, rows: Any) -> list[dict[str, Any]]:
    """Return the preview's rows: a cell for each column, as (label, old value or None, new one)."""
    return [{**row, "cells": list(_cells(kind, row))} for row in rows]


def _cells(kind: SheetKind, row: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield what a row's preview shows; a new one's name stands above it already."""
    for column in kind.columns:
        if column.name not in row["cells"] or (
            row["what"] == "new" and column.name == kind.key_column
        ):
            continue
        was, now = (None if one is None else column.cell.told(one)
                    for one in row["cells"][column.name])  # fmt: skip
        yield column.label, was, now


def undone_in_words(told: dict[str, int], left: Sequence[str]) -> str:
    """Return what undoing an import did, a sentence for each kind of row, and which are `left`."""
    said = [
        (told["restored"], ngettext("%(count)s row has its old values again.",
                                    "%(count)s rows have their old values again.",
                                    told["restored"])),
        (told["removed"], ngettext("%(count)s row was deleted.", "%(count)s rows were deleted.",
                                   told["removed"])),
        (told["switched_off"], ngettext("%(count)s row was switched off.",
                                        "%(count)s rows were switched off.",
                                        told["switched_off"])),
        (told["left"], ngettext("%(count)s row stays as it is: %(names)s.",
                                "%(count)s rows stay as they are: %(names)s.", told["left"])),
    ]  # fmt: skip
    names = ", ".join([*left[:MOST_NAMED], *(["…"] if len(left) > MOST_NAMED else [])])
    return " ".join(sentence % {"count": count, "names": names}
                    for count, sentence in said if count)  # fmt: skip
