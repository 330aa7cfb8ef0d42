"""Reads of the queue: a list in a fixed number of statements, whatever its length."""

from __future__ import annotations

import hashlib

from django.db.models import (
    BigAutoField,
    BigIntegerField,
    Case,
    Count,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from laseros.compiled import Columns, CompiledQuery, Given, Row
from laseros.functions import IsoTime
from projects_app.models import Shop
from projects_app.queries import parts_and_files
from queue_app.models import ACTIVE, IS_ACTIVE, LaserRun, QueueItem, RunStatus

# What a row of a queue item holds: by the API's names, and what told_item makes some of them from.
ITEM_COLUMNS: Columns = {
    "id": "id",
    "project_id": "project_id",
    "project_code": "project__project_code",
    "project_name": "project__name",
    "status": "status",
    "priority": "priority",
    "scheduled_date": "scheduled_date",
    "estimated_cut_time": "estimated_cut_time",
    "project_estimate": "project__estimated_cut_time",
    "material_type": "project__material__name",
    "material_thickness": "project__material_thickness",
    "raw_plate_count": "project__material_quantity_sheets",
    "drawing_time": "project__drawing_creation_time",
    "preset_id": "preset_id",
    "preset_name": "preset__preset_name",
    "project_preset_id": "project__preset_id",
    "project_preset_name": "project__preset__preset_name",
    "notes": "notes",
    "added_at": IsoTime("added_at"),
    "first_started_at": IsoTime("first_started_at"),
    "started_at": IsoTime("started_at"),
    "paused_at": IsoTime("paused_at"),
    "completed_at": IsoTime("completed_at"),
    "ran_seconds": "ran_seconds",
    "assigned_to_id": "assigned_to_id",
    "assigned_to_name": "assigned_to__name",
    "operator_id": "operator_id",
    "operator_name": "operator__name",
    "updated_at": IsoTime("updated_at"),
    "seq": "seq",
}


def active_items() -> QuerySet[QueueItem]:
    """Return what stands in the queue, in its order."""
    return QueueItem.objects.filter(IS_ACTIVE).order_by("rank", "id")


WORKING_TIME = ("laser_count", "workday_start", "workday_hours", "workdays")


def queue_version() -> str:
    """Return a text that changes with whatever an order of the queue is decided by.

    Which jobs stand in it, in which order, and all that a job shows (its `seq`); besides the
    project's dates, which the queue's items do not show, and the shop's lasers and working time
    (not its `seq`, which every paper's number moves). One statement.
    """
    shop = [Subquery(Shop.objects.order_by().values(name)[:1]) for name in WORKING_TIME]
    seen = active_items().values_list(
        "id", "rank", "seq", "project__due_date", "project__pop_deadline", *shop
    )
    return hashlib.blake2b(repr(list(seen)).encode(), digest_size=16).hexdigest()


def _place() -> Case:
    earlier = QueueItem.objects.filter(IS_ACTIVE).filter(
        Q(rank__lt=OuterRef("rank")) | Q(rank=OuterRef("rank"), id__lt=OuterRef("id"))
    )
    one_group = earlier.order_by().annotate(queue=Value(1)).values("queue")
    count = Subquery(one_group.annotate(count=Count("id")).values("count"))
    return Case(When(IS_ACTIVE, then=Coalesce(count, 0) + 1))


DETAIL_COLUMNS: Columns = {
    **ITEM_COLUMNS,
    "client_name": "project__client__name",
    "added_by": "added_by__username",
    "queue_position": _place(),
}


def _one(pk: Given) -> QuerySet[QueueItem]:
    return QueueItem.objects.filter(pk=pk)


ONE = CompiledQuery(_one, DETAIL_COLUMNS, pk=BigAutoField())
PLACE = CompiledQuery(_one, {"queue_position": _place()}, pk=BigAutoField())


def position_of(item: QueueItem) -> int | None:
    """Return the item's place among the active ones (1 = first), None once it left the queue."""
    ((place,),) = PLACE.tuples(pk=item.pk)
    return place  # type: ignore[no-any-return]


def _order() -> QuerySet[QueueItem]:
    return active_items()


ORDER = CompiledQuery(_order, {"id": "id"})


def queue_rows(status: str, limit: int, offset: int) -> list[Row]:
    """Return a page of queue items as plain rows, each with its position (None for what has left
    the queue), its parts and drawings.

    What is active comes in the queue's order, what has left it newest first; `all` gives the
    active ones before the others.
    """
    if status == "active":
        rows = PAGE.rows(status, limit, offset)
        places = {row["id"]: offset + n for n, row in enumerate(rows, start=1)}
    else:
        places = {pk: n for n, (pk,) in enumerate(ORDER.tuples(), start=1)}
        rows = _rows_of(status, len(places), limit, offset)
    for row in rows:
        row["queue_position"] = places.get(row["id"])
    return with_lists(rows)


def with_lists(rows: list[Row], *, in_detail: bool = False) -> list[Row]:
    """Add parts and drawings to rows of queue items, in two statements."""
    parts, files = parts_and_files({row["project_id"] for row in rows}, in_detail=in_detail)
    for row in rows:
        row["parts"], row["dxf_files"] = parts[row["project_id"]], files[row["project_id"]]
    return rows


def _rows_of(status: str, active: int, limit: int, offset: int) -> list[Row]:
    if status != "all":
        return PAGE.rows(status, limit, offset)
    first = PAGE.rows("active", limit, offset)
    left = limit - len(first)
    return first + (PAGE.rows("past", left, max(0, offset - active)) if left else [])


def _page(status: str, limit: int, offset: int) -> QuerySet[QueueItem]:
    return _items_of(status)[offset : offset + limit]


def _items_of(status: str) -> QuerySet[QueueItem]:
    if status == "active":
        return active_items()
    if status in ACTIVE:
        return active_items().filter(status=status)
    statuses = ("completed", "cancelled") if status == "past" else (status,)
    return QueueItem.objects.filter(status__in=statuses).order_by("-last_entry_at", "-id")


PAGE = CompiledQuery(_page, ITEM_COLUMNS)


def queue_row(pk: int) -> Row | None:
    """Return one queue item in detail as a plain row, with its position, parts and drawings."""
    rows = with_lists(ONE.rows(pk=pk), in_detail=True)
    return rows[0] if rows else None


def _changed(limit: int, *, after: Given) -> QuerySet[QueueItem]:
    return QueueItem.objects.filter(seq__gt=after).order_by("seq", "id")[:limit]


CHANGED = CompiledQuery(_changed, ITEM_COLUMNS, after=BigIntegerField())


def changed_items(after: int, limit: int) -> list[Row]:
    """Return the queue items that look different since the log stood at `after`, oldest change
    first, as plain rows with their parts and drawings.

    Where there are `limit` of them, more may follow: ask again after the last one's `seq`, keeping
    in mind that one entry of the log can change many rows. The position is left out (None): it
    changes with the rows before it.
    """
    rows = CHANGED.rows(limit, after=after)
    for row in rows:
        row["queue_position"] = None
    return with_lists(rows)


RANKS = CompiledQuery(_order, {"id": "id", "rank": "rank"})


def active_ranks() -> list[tuple[int, float]]:
    """Return id and rank of what stands in the queue, in its order: one small read for a move."""
    return [(pk, rank) for pk, rank in RANKS.tuples()]


def parts_cut(project_id: int, *, also: int = 0) -> int | None:
    """Return how many parts the runs of a project that count have cut, whichever parts they are.

    None where there is no such run, or where one of them does not tell. `also` is one to count
    though it waits for a manager.
    """
    runs = LaserRun.objects.filter(project=project_id)
    told = runs.filter(Q(status=RunStatus.COMPLETED) | Q(pk=also))
    counts = list(told.order_by().values_list("parts_produced", flat=True))
    known = [count for count in counts if count is not None]
    return sum(known) if known and len(known) == len(counts) else None
