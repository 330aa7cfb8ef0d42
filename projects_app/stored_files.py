"""The stored files of drawings and documents, seen from the disk: whole, or belonging to nothing.

A file is stored before the row that names it is committed; a process that is killed in between
leaves one that no row names. It is waste, no damage: nothing is ever looked up on the disk. It is
not swept away by the clock, for after a restored backup the files that no row names may be the
only ones there are: a person decides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import islice

from django.core.files.storage import Storage
from django.utils import timezone

from projects_app.models import DesignFile, Document

FOLDERS: tuple[tuple[type[DesignFile | Document], str], ...] = (
    (DesignFile, "designs"), (Document, "documents"),
)  # fmt: skip
# An upload is stored for seconds before its row is committed.
SURELY_LEFT = dt.timedelta(days=1)
BATCH = 900


def storage_of(model: type[DesignFile | Document]) -> Storage:
    """Return where the files of a model are stored."""
    storage: Storage = model._meta.get_field("file").storage
    return storage


def damaged(model: type[DesignFile | Document]) -> Iterator[tuple[int, str, str]]:
    """Yield id, file and fault for each row whose file is missing or of another size."""
    storage = storage_of(model)
    rows = model._base_manager.order_by("pk").values_list("pk", "file", "file_size")
    for pk, name, size in rows.iterator():
        try:
            found = storage.size(name)
        except OSError:
            yield pk, name, "is missing"
            continue
        if found != size:
            yield pk, name, f"has {found} bytes instead of {size}"


def left_over(model: type[DesignFile | Document], folder: str) -> Iterator[str]:
    """Yield the files of a folder that no row names, and that are no upload of today."""
    storage = storage_of(model)
    try:
        names = iter(f"{folder}/{name}" for name in storage.listdir(folder)[1])
    except FileNotFoundError:
        return
    since = timezone.now() - SURELY_LEFT
    while batch := list(islice(names, BATCH)):
        known = model._base_manager.filter(file__in=batch).values_list("file", flat=True)
        for name in sorted(set(batch) - set(known)):
            if storage.get_modified_time(name) < since:
                yield name


def sweep() -> tuple[int, int]:
    """Delete the files that no row names; return how many, and how many bytes they had."""
    count = size = 0
    for model, folder in FOLDERS:
        storage = storage_of(model)
        for name in left_over(model, folder):
            size += storage.size(name)
            storage.delete(name)
            count += 1
    return count, size
