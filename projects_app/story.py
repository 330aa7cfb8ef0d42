"""The story of a project: where it stands, what is missing, its papers, and what happened.

Higher apps add what they know of a project to `CHAPTERS`; each takes the same number of
statements, however much there is to tell.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from laseros import clock
from laseros.languages import Text
from operators_app.models import ActivityLog
from operators_app.telling import Told, tell
from projects_app.completeness import LABELS
from projects_app.delivered import NO_LIST, delivered_of, gone_of, is_all_delivered
from projects_app.lateness import days_after, late_text
from projects_app.models import (
    ENDED,
    NOT_QUEUED,
    DesignFile,
    Document,
    Project,
    ProjectPart,
    ProjectStatus,
    ReadState,
)
from projects_app.queries import missing_of
from projects_app.verbs import preset_warnings
from projects_app.verbs.papers import DELIVERABLE

PAGE_ENTRIES = 10
MOST_ASKED = 20  # times that a page asks whether drawings are drawn by now: for about a minute
# The way of a project, in words short enough for a bar.
WAY: tuple[tuple[ProjectStatus, Text], ...] = (
    (ProjectStatus.REQUEST, _("Request")),
    (ProjectStatus.QUOTE_APPROVAL, _("Quote & Approval")),
    (ProjectStatus.APPROVED_POP, _("Approved")),
    (ProjectStatus.QUEUED, _("Queued")),
    (ProjectStatus.IN_PROGRESS, _("In Progress")),
    (ProjectStatus.COMPLETED, _("Completed")),
)
# Where each thing that a cut needs is entered: the field's id.
PLACES = {
    "material_type": "id_material",
    "material_thickness": "id_material_thickness",
    "raw_plate_count": "id_material_quantity_sheets",
    "parts": "id_parts_quantity",
    "estimated_cut_time": "id_estimated_cut_time",
    "preset": "id_preset",
    "dxf_files": "id_new_drawings",
}
GONE_UNLISTED = _("%(gone)s delivered before there was a list of parts")
# What the program does for itself is no part of the story.
UNTOLD = ("record_preview",)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the way: done, where the project is now, or still ahead."""

    label: Text
    state: str


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that a cut lacks, and where it is entered."""

    label: Text
    place: str


@dataclass(slots=True)
class Chapter:
    """What a higher app tells: `targets` are the kinds and ids of rows whose entries belong here.

    `current` is a caption and an address: the job that runs or waits.
    """

    context: dict[str, Any]
    targets: dict[str, list[int]] = field(default_factory=dict)
    current: tuple[Text, str] | None = None


CHAPTERS: list[Callable[[Project], Chapter]] = []


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries of the timeline, newest first; `before` is where the next page begins."""

    entries: list[Told]
    before: int | None


def story_of(project: Project) -> dict[str, Any]:
    """Return what the project's page tells, for its template."""
    chapters = [chapter(project) for chapter in CHAPTERS]
    needs = project.status in NOT_QUEUED
    missing = [Missing(LABELS[name], PLACES[name]) for name in missing_of(project)] if needs else []
    told: dict[str, Any] = {}
    for chapter in chapters:
        told |= chapter.context
    return {
        **told,
        "steps": steps_of(ProjectStatus(project.status)),
        "is_cancelled": project.status == ProjectStatus.CANCELLED,
        "needs_data": needs,
        "missing": missing,
        "misfits": preset_warnings(project) if needs else [],
        "unreadable": unreadable_of(project) if needs else [],
        "current": next((one.current for one in chapters if one.current), None),
        "due": due_of(project),
        **parts_of(project),
        "documents": documents_of(project),
        "page": timeline(project, chapters),
    }


def steps_of(status: ProjectStatus) -> list[Step]:
    """Return the way of a project; of a cancelled one nothing is done or ahead."""
    way = [slug for slug, _label in WAY]
    here = way.index(status) if status in way else None
    states = [
        "off" if here is None else "done" if place < here else "now" if place == here else "ahead"
        for place in range(len(way))
    ]
    return [Step(label, state) for (_slug, label), state in zip(WAY, states, strict=True)]


def due_of(project: Project) -> tuple[dt.date, str] | None:
    """Return when an unfinished project is due, and in words how late it is (empty: not)."""
    if project.due_date is None or project.status in ENDED:
        return None
    late = days_after(clock.shop_today(), project.due_date) or 0
    return project.due_date, late_text(late) if late > 0 else ""


def unreadable_of(project: Project) -> list[DesignFile]:
    """Return the drawings that nothing could be read from: perhaps a laser cannot either."""
    return list(_drawings(project).filter(read_state=ReadState.UNREADABLE))


def _drawings(project: Project) -> QuerySet[DesignFile]:
    drawings = project.design_files.filter(is_archived=False)
    return drawings.select_related("part").order_by("id")


def parts_of(project: Project, asked: int = 0) -> dict[str, Any]:
    """Return the list of parts with their drawings, and the drawings of no part.

    While one of them waits to be read or drawn, `ask_again` is the address that tells this anew;
    after `MOST_ASKED` times it has been `asked`, there is none any more.
    """
    gone = delivered_of(project.pk) if project.status in DELIVERABLE else Counter[str]()
    lines, loose = lines_of(project, gone), list(_drawings(project).filter(part__isnull=True))
    ordered: dict[int | None, int] = {
        line.part_id: line.quantity for line, _drawn, _gone in lines if line.pk
    }
    is_listed = bool(ordered)
    if project.parts_quantity and not is_listed:
        ordered[None] = project.parts_quantity
    shown = [*loose, *(drawing for _line, drawings, _count in lines for drawing in drawings)]
    ask_again = ""
    if asked < MOST_ASKED and any(waits_to_be_drawn(drawing) for drawing in shown):
        address = reverse("admin:projects_app_project_parts", args=(project.pk,))
        ask_again = f"{address}?asked={asked + 1}"
    return {
        "lines": lines, "loose_drawings": loose, "ask_again": ask_again,
        "is_delivered": is_all_delivered(ordered, gone),
        "gone_unlisted": _gone_unlisted(gone, ordered.get(None), is_listed=is_listed),
    }  # fmt: skip


def _gone_unlisted(gone: Counter[str], ordered: int | None, *, is_listed: bool) -> Text:
    """Say how many have gone out that no line of the list tells; nothing where none have."""
    told = {"gone": gone[NO_LIST] if is_listed else gone.total(), "ordered": ordered}
    if not told["gone"]:
        return ""
    if is_listed:
        return GONE_UNLISTED % told
    return (_("%(gone)s of %(ordered)s delivered") if ordered else _("%(gone)s delivered")) % told


def waits_to_be_drawn(drawing: DesignFile) -> bool:
    """Tell whether a background job is still to read a drawing, or to draw its picture."""
    is_drawn = bool(drawing.preview or drawing.preview_problem)
    unread = drawing.read_state == ReadState.PENDING
    return unread or (drawing.read_state == ReadState.READY and not is_drawn)


def lines_of(
    project: Project, gone: Counter[str]
) -> list[tuple[ProjectPart, list[DesignFile], int]]:
    """Return the list of parts, each with its drawings and how many of it are `gone` out."""
    drawings: dict[int | None, list[DesignFile]] = {}
    for drawing in _drawings(project):
        drawings.setdefault(drawing.part_id, []).append(drawing)
    lines = project.project_parts.select_related("part").order_by("id")
    listed = [(line, drawings.pop(line.part_id, []), gone_of(line.part_id, gone)) for line in lines]
    for part_id, others in drawings.items():
        if part_id is not None:
            listed.append((ProjectPart(part=others[0].part), others, gone_of(part_id, gone)))
    return listed


def documents_of(project: Project) -> QuerySet[Document]:
    """Return the papers, newest first."""
    papers = project.documents.filter(is_archived=False).select_related("uploaded_by")
    return papers.order_by("-id")


def timeline(
    project: Project, chapters: Iterable[Chapter] | None = None, *, before: int | None = None
) -> Page:
    """Return a page of what happened to a project and all that belongs to it, newest first."""
    if chapters is None:
        chapters = [chapter(project) for chapter in CHAPTERS]
    targets: dict[str, list[int]] = {
        "project": [project.pk],
        "designfile": list(project.design_files.values_list("pk", flat=True)),
        "document": list(project.documents.values_list("pk", flat=True)),
    }
    for chapter in chapters:
        targets |= chapter.targets
    found = [_entries(kind, ids, before) for kind, ids in targets.items() if ids]
    newest = found[0].union(*found[1:], all=True).order_by("-seq")[: PAGE_ENTRIES + 1]
    numbers = [row["seq"] for row in newest]
    shown = numbers[:PAGE_ENTRIES]
    entries = ActivityLog.objects.filter(seq__in=shown).order_by("-seq")
    more = len(numbers) > PAGE_ENTRIES
    return Page(tell(entries), shown[-1] if more else None)


def _entries(kind: str, ids: list[int], before: int | None) -> QuerySet[ActivityLog, Any]:
    """Return the numbers of the entries about some rows: read from the index of targets."""
    entries = ActivityLog.objects.filter(target_type=kind, target_id__in=ids)
    entries = entries.exclude(verb__in=UNTOLD).order_by()
    return (entries.filter(seq__lt=before) if before else entries).values("seq")
