"""The stored files of drawings, documents and the shop: whole, or belonging to nothing.

A file is stored before the row that names it is committed; a process that is killed in between
leaves one that no row names. It is waste, no damage: nothing is ever looked up on the disk. It is
not swept away by the clock, for after a restored backup the files that no row names may be the
only ones there are: a person decides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, NamedTuple

from django.core.files.storage import Storage
from django.db.models import Max, QuerySet
from django.utils import timezone

from operators_app.models import ActivityLog
from projects_app.models import DesignFile, Document, Shop

AGAIN = "Take it from the last backup of the files; or archive the row and upload the file again"


class Place(NamedTuple):
    """Where files of one kind are: the column that names them, and their folder.

    `size` is the column with a file's size, where it is known; `remedy` helps against a missing
    one.
    """

    model: type[DesignFile | Document | Shop]
    column: str
    folder: str
    size: str = ""
    remedy: str = AGAIN

    @property
    def storage(self) -> Storage:
        """Where the files are stored."""
        storage: Storage = self.model._meta.get_field(self.column).storage  # type: ignore[union-attr]
        return storage

    def rows(self) -> QuerySet[Any]:
        """Return the rows that name a file."""
        return self.model._base_manager.exclude(**{self.column: ""})


PLACES = (
    Place(DesignFile, "file", "designs", "file_size"),
    Place(Document, "file", "documents", "file_size"),
    Place(DesignFile, "preview", "previews", remedy="Take it from the last backup of the files"),
    Place(Shop, "logo", "shop", remedy="Upload the logo again in the shop's settings"),
)
# An upload is stored for seconds before its row is committed.
SURELY_LEFT = dt.timedelta(days=1)
BATCH = 900


def damaged(place: Place) -> Iterator[tuple[int, str, str]]:
    """Yield id, file and fault for each row whose file is missing or of another size."""
    columns = ("pk", place.column, place.size or "pk")
    for pk, name, size in place.rows().order_by("pk").values_list(*columns).iterator():
        try:
            found = place.storage.size(name)
        except OSError:
            yield pk, name, "is missing"
            continue
        if place.size and found != size:
            yield pk, name, f"has {found} bytes instead of {size}"


def left_over(place: Place) -> Iterator[str]:
    """Yield the files of a folder that no row names, and that are no upload of today."""
    storage, column = place.storage, place.column
    try:
        names = iter(f"{place.folder}/{name}" for name in storage.listdir(place.folder)[1])
    except FileNotFoundError:
        return
    since = timezone.now() - SURELY_LEFT
    while batch := list(islice(names, BATCH)):
        known = place.rows().filter(**{f"{column}__in": batch}).values_list(column, flat=True)
        for name in sorted(set(batch) - set(known)):
            if _is_older(storage, name, since):
                yield name


def _is_older(storage: Storage, name: str, since: dt.datetime) -> bool:
    try:
        return storage.get_modified_time(name) < since
    except FileNotFoundError:  # an upload that was refused meanwhile
        return False


class CannotSweep(Exception):
    """The files may be wanted: the message, for a person, says why."""


def _check_newest(names: Iterable[tuple[Storage, str]]) -> None:
    """Raise CannotSweep where a file is newer than the last that this database knows of.

    Work goes on after an interrupted upload. So the database is not that of the files, or older:
    the one from before a move, or a restored backup.
    """
    last = ActivityLog.objects.aggregate(last=Max("recorded_at"))["last"]
    for storage, name in names:
        if last is None or storage.get_modified_time(name) > last:
            raise CannotSweep(
                f"The file {name} is newer than all that this database knows of, as after "
                "restoring a backup, or with another DATABASE_URL than the shop's. See that "
                "database and files belong together; sweep again when work has gone on."
            )


def sweep() -> tuple[int, int]:
    """Delete the files that no row names; return how many, and how many bytes they had.

    Raises CannotSweep, and then has deleted nothing.
    """
    found = [(place.storage, name) for place in PLACES for name in left_over(place)]
    _check_newest(found)
    count = size = 0
    for storage, name in found:
        with suppress(FileNotFoundError):
            size += storage.size(name)
            storage.delete(name)
            count += 1
    return count, size
