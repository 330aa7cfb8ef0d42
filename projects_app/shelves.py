"""Files that are stored before a row names them: outside of any transaction, for it is slow."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from django.core.files.base import File
from django.db import DatabaseError, models
from django.utils.translation import gettext_lazy

from laseros.errors import Unavailable
from laseros.outages import NO_ROOM, is_full

NOT_STORED = gettext_lazy(
    "The server's disk did not take the file; tell whoever looks after Laser OS."
)

log = logging.getLogger("laseros.files")


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that is stored under a random name, which a row may come to have in this column.

    Whoever stored it calls `discard` in the end, whether the verb went well or not.
    """

    model: type[models.Model]
    column: str
    name: str

    def discard(self) -> None:
        """Delete the file again unless a row refers to it by now."""
        try:
            rows = self.model._default_manager.filter(**{self.column: self.name})
            wanted = rows.exists()
        except DatabaseError:
            wanted = True  # unknown: a file too many harms less than a drawing lost
        if not wanted:
            getattr(self.model(), self.column).storage.delete(self.name)


def store(row: models.Model, column: str, file: File[bytes], called: str) -> Stored:
    """Store a file where this row would have it; raise Unavailable where the disk refuses it."""
    field: Any = row._meta.get_field(column)
    name = field.generate_filename(row, called)
    try:
        return Stored(type(row), column, field.storage.save(name, file))
    except OSError as error:
        with suppress(OSError):
            field.storage.delete(name)  # the part of it that had room
        log.exception("A file could not be stored")
        why = NO_ROOM if is_full(error) else NOT_STORED
        raise Unavailable(why, "disk_full" if is_full(error) else "not_stored") from error


@contextmanager
def shelf(row: models.Model, column: str, file: File[bytes], called: str) -> Iterator[str]:
    """Store a file for as long as a verb takes, and give its name; raises what `store` raises."""
    stored = store(row, column, file, called)
    try:
        yield stored.name
    finally:
        stored.discard()
