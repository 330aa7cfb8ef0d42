"""Many rows into a table at once: COPY on PostgreSQL, prepared inserts on SQLite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.utils import ProgrammingError

from benchmarks.rows import Values


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Values]) -> None:
    """Insert the rows; columns that are not named get the model's defaults."""
    constants = _constants(model, columns)
    tail = tuple(constants.values())
    names = ", ".join(f'"{name}"' for name in [*columns, *constants])
    table = model._meta.db_table
    whole = (row + tail for row in rows) if tail else rows
    if connection.vendor == "sqlite":
        marks = ", ".join("?" * (len(columns) + len(tail)))
        statement = f'INSERT INTO "{table}" ({names}) VALUES ({marks})'  # noqa: S608
        connection.connection.executemany(statement, whole)
        return
    with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
        for row in whole:
            copy.write_row(row)


def _constants(model: type[models.Model], columns: Sequence[str]) -> dict[str, Any]:
    """Return the other columns with the values that the model gives them."""
    return {
        str(field.column): field.get_db_prep_save(field.get_default(), connection)
        for field in model._meta.concrete_fields
        if field.column not in columns and not isinstance(field, models.AutoField)
    }


@contextmanager
def unchecked() -> Iterator[None]:
    """Do everything within as one transaction, without checking each reference.

    Where PostgreSQL does not allow that to this user, references are checked as always.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous = OFF")
            cursor.execute("PRAGMA cache_size = -400000")
        with connection.constraint_checks_disabled(), transaction.atomic():
            yield
        connection.close()
        return
    with transaction.atomic():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL session_replication_role = replica")
        except ProgrammingError:
            pass
        yield


def settle(tables: Sequence[type[models.Model]]) -> None:
    """Let ids go on after those inserted, and the planner know what there is."""
    from laseros.management.commands.run import sample_tables

    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(tables)):
            cursor.execute(statement)
        if connection.vendor == "postgresql" and not connection.in_atomic_block:
            cursor.execute("VACUUM ANALYZE")
        elif connection.vendor == "sqlite":
            sample_tables()
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
