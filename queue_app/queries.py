"""Reads of the queue: a list in a fixed number of statements, whatever its length."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from projects_app.queries import PartsAndFiles, parts_and_files
from queue_app.models import ACTIVE, IS_ACTIVE, QueueItem

ITEM_COLUMNS = (
    "id", "project_id", "project__project_code", "project__name", "project__client__name",
    "status", "priority", "scheduled_date", "estimated_cut_time", "project__estimated_cut_time",
    "project__material__name", "project__material_thickness",
    "project__material_quantity_sheets", "project__drawing_creation_time", "preset_id",
    "preset__preset_name", "project__preset_id", "project__preset__preset_name", "notes",
    "added_by__username", "added_at", "first_started_at", "started_at", "paused_at",
    "completed_at", "ran_seconds", "assigned_to_id", "assigned_to__name", "operator_id",
    "operator__name", "updated_at", "seq",
)  # fmt: skip

Rows = list[dict[str, Any]]


def active_items() -> QuerySet[QueueItem]:
    """Return what stands in the queue, in its order."""
    return QueueItem.objects.filter(IS_ACTIVE).order_by("rank", "id")


def position_of(item: QueueItem) -> int | None:
    """Return the item's place among the active ones (1 = first), None once it left the queue."""
    if not item.is_active:
        return None
    earlier = Q(rank__lt=item.rank) | Q(rank=item.rank, id__lt=item.pk)
    return QueueItem.objects.filter(IS_ACTIVE).filter(earlier).count() + 1


def queue_rows(status: str, limit: int, offset: int) -> tuple[Rows, dict[int, int], PartsAndFiles]:
    """Return a page of queue items as plain rows, the positions of those active, and their parts
    and drawings.

    What is active comes in the queue's order, what has left it newest first; `all` gives the
    active ones before the others.
    """
    if status == "active":
        rows = _page(active_items(), limit, offset)
        positions = {row["id"]: offset + n for n, row in enumerate(rows, start=1)}
    else:
        order = list(active_items().values_list("id", flat=True))
        positions = {pk: n for n, pk in enumerate(order, start=1)}
        rows = _rows_of(status, len(order), limit, offset)
    return rows, positions, parts_and_files({row["project_id"] for row in rows})


def _rows_of(status: str, active: int, limit: int, offset: int) -> Rows:
    if status in ACTIVE:
        return _page(active_items().filter(status=status), limit, offset)
    if status != "all":
        return _page(_past(status), limit, offset)
    first = _page(active_items(), limit, offset)
    left = limit - len(first)
    rest = max(0, offset - active)
    return first + _page(_past("completed", "cancelled"), left, rest)


def _past(*statuses: str) -> QuerySet[QueueItem]:
    return QueueItem.objects.filter(status__in=statuses).order_by("-last_entry_at", "-id")


def _page(items: QuerySet[QueueItem], limit: int, offset: int) -> Rows:
    return list(items.values(*ITEM_COLUMNS)[offset : offset + limit])


def queue_row(pk: int) -> tuple[dict[str, Any], int | None, PartsAndFiles] | None:
    """Return one queue item as a plain row, its position, its parts and drawings."""
    row = QueueItem.objects.filter(pk=pk).values(*ITEM_COLUMNS, "rank").first()
    if row is None:
        return None
    item = QueueItem(pk=pk, status=row["status"], rank=row.pop("rank"))
    return row, position_of(item), parts_and_files([row["project_id"]])
