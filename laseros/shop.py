"""Lets a management command work only where there is a shop, and say so in a sentence where not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management.base import CommandError
from django.db import Error, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils.text import capfirst

from laseros.management.commands.run import database_name, reason


def require_shop() -> None:
    """Raise CommandError where the database holds no shop; make no database file.

    Raises Error where the database cannot be read.
    """
    if not _may_hold_one() or not MigrationRecorder(connection).has_table():
        raise CommandError(
            f"There is no shop in {database_name()}: check LASEROS_DATA and DATABASE_URL, or "
            "restore the backup."
        )


@contextmanager
def readable_shop() -> Iterator[None]:
    """Require a shop; raise CommandError, too, where the database fails within the block."""
    try:
        require_shop()
        _require_whole()
        yield
    except Error as error:
        raise CommandError(
            f"{capfirst(database_name())} cannot be read: {reason(error)}. Nothing was "
            "changed; manage.py doctor says more, and a backup can be restored."
        ) from error


def _may_hold_one() -> bool:
    """Tell, without connecting, whether it is worth it: SQLite makes the file that it misses."""
    if connection.vendor != "sqlite":
        return True
    file = Path(connection.settings_dict["NAME"])
    return file.is_file() and file.stat().st_size > 0


def _require_whole() -> None:
    """Raise CommandError where SQLite finds its file damaged."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA quick_check(1)")
        (told,) = cursor.fetchone()
    if told != "ok":
        raise CommandError(
            f"{capfirst(database_name())} is damaged; nothing was changed. Restore the last backup."
        )
