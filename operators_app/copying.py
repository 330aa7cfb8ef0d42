"""Copies a whole installation from an SQLite file into an empty PostgreSQL database.

Rows are streamed as they are stored, table by table, into COPY: ids, times and pickled results
stay as they are, and a million rows need no more memory than ten thousand. (Django's dumpdata and
loaddata hold the whole shop in memory, stamp some times anew, and match people by name.)
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import DataError, Error, IntegrityError, connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder

from operators_app.models import ActivityLog, LogHead, Source, User
from operators_app.verbs.actor import SYSTEM_USERNAME
from operators_app.verbs.epoch import renew_epoch

BATCH_ROWS = 10_000
PROGRESS_ROWS = 100_000

Say = Callable[[str], None]
Row = Sequence[Any]


class CannotCopy(Exception):
    """The copy was not made, and the target is as before; the message is for a person."""


def copy(file: Path, say: Say) -> int:
    """Copy everything in the SQLite file into the default database; return the number of rows.

    The target has all tables, but no shop yet. `say` gets lines on the progress. All of it is one
    transaction. The copy counts in an epoch of its own: two databases that both went on from the
    same number would each give the next one to another change, and a phone could not tell them
    apart; with the new epoch it fetches everything anew, once.

    Raises CannotCopy.
    """
    with _opened(file) as source, transaction.atomic():
        _check_version(source)
        _check_vacant()
        tables = _tables()
        _empty(tables)
        counts = {model: _copy_table(source, model, say) for model in tables}
        _check_references()
        for model, count in counts.items():
            _check_count(source, model, count)
        _let_ids_go_on(source, tables)
        renew_epoch()
        _check_unchanged(file)
    ContentType.objects.clear_cache()
    return sum(counts.values())


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for reading only, and see it as it is now until the end."""
    if not file.is_file():
        raise CannotCopy(f"There is no database file {file}; name the one to copy with --from.")
    try:
        with closing(_connect(file)) as source:
            source.execute("BEGIN")
            yield source
    except sqlite3.Error as error:
        raise CannotCopy(f"The database file {file} cannot be read ({error}).") from error


def _connect(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True, isolation_level=None)


def _check_version(source: sqlite3.Connection) -> None:
    """Raise CannotCopy unless both databases have the same migrations."""
    known = {config.label for config in apps.get_app_configs()}
    rows = source.execute("SELECT app, name FROM django_migrations").fetchall()
    there = {(app, name) for app, name in rows if app in known}
    here = {key for key in MigrationRecorder(connection).applied_migrations() if key[0] in known}
    if here - there:
        raise CannotCopy(
            "The database to copy was last used by an older version of the program; run this "
            "version's “manage.py migrate” with it first."
        )
    if there - here:
        raise CannotCopy(
            "The database to copy was last used by a newer version of the program; copy it with "
            "that version."
        )


def _check_vacant() -> None:
    """Raise CannotCopy where the target holds a shop.

    Whatever a shop holds was entered by somebody: there is an account or an entry in the log.
    The head is locked as a verb locks it, so that nothing is entered meanwhile.
    """
    LogHead.objects.select_for_update().filter(pk=1).first()
    people = User.objects.exclude(username=SYSTEM_USERNAME)
    entries = ActivityLog.objects.exclude(source=Source.SYSTEM)
    if people.exists() or entries.exists():
        raise CannotCopy(
            "The database to copy into holds a shop already, and nothing is overwritten; name a "
            "new, empty database in DATABASE_URL."
        )


def _tables() -> list[type[models.Model]]:
    """Return a model for each table."""
    every = apps.get_models(include_auto_created=True)
    return [model for model in every if model._meta.managed and not model._meta.proxy]


def _empty(tables: Sequence[type[models.Model]]) -> None:
    """Delete what the migrations have put in: the source has the same, with numbers of its own."""
    with connection.cursor() as cursor:
        for model in tables:
            cursor.execute(f'DELETE FROM "{model._meta.db_table}"')  # noqa: S608


def _copy_table(source: sqlite3.Connection, model: type[models.Model], say: Say) -> int:
    """Copy one table; return the number of its rows."""
    name, count = model._meta.verbose_name_plural, 0
    columns = ", ".join(f'"{column}"' for column in _columns(model))
    rows = source.execute(f'SELECT {columns} FROM "{model._meta.db_table}"')  # noqa: S608
    while batch := list(islice(rows, BATCH_ROWS)):
        _put(model, columns, batch)
        count += len(batch)
        if count % PROGRESS_ROWS == 0:
            say(f"  {name}: {count:,}…")
    if count:
        say(f"  {name}: {count:,}")
    return count


def _columns(model: type[models.Model]) -> list[str]:
    return [str(field.column) for field in model._meta.concrete_fields]


def _put(model: type[models.Model], columns: str, rows: list[Row]) -> None:
    """Insert rows; where PostgreSQL refuses one, find it by halves and raise CannotCopy."""
    statement = f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN'
    try:
        with (
            transaction.atomic(), connection.cursor() as cursor, connection.wrap_database_errors,
            cursor.copy(statement) as target,
        ):  # fmt: skip
            for row in rows:
                target.write_row(row)
    except (DataError, IntegrityError) as error:
        if len(rows) == 1:
            raise CannotCopy(_refusal(model, rows[0], error)) from error
        middle = len(rows) // 2
        _put(model, columns, rows[:middle])
        _put(model, columns, rows[middle:])


def _refusal(model: type[models.Model], row: Row, error: Error) -> str:
    """Return a sentence that names the row and, as far as it is known, the column."""
    told = error.__cause__.diag if isinstance(error.__cause__, psycopg.Error) else None
    said = (told and told.message_primary) or str(error)
    values = dict(zip(_columns(model), row, strict=True))
    key = str(model._meta.pk.column)
    nul = (column for column, value in values.items() if isinstance(value, str) and "\0" in value)
    place = ((told and told.context) or "").partition(", column ")[2].partition(":")[0]
    column = next(nul, place)
    where = f"“{column}” of " if column else ""
    return (
        f"PostgreSQL does not take {where}the {model._meta.verbose_name} with the {key} "
        f"{values[key]}: {said}. Correct it in the shop as it is, then copy again."
    )


def _check_references() -> None:
    """Raise CannotCopy where a row refers to one that is not there."""
    try:
        connection.check_constraints()
    except IntegrityError as error:
        detail = str(error).replace("\n", " ")
        raise CannotCopy(f"The database to copy contradicts itself: {detail}") from error


def _check_count(source: sqlite3.Connection, model: type[models.Model], copied: int) -> None:
    """Raise CannotCopy where a table has not arrived whole."""
    table = f'"{model._meta.db_table}"'
    (there,) = source.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
        here = cursor.fetchone()[0]
    if not there == here == copied:
        raise CannotCopy(f"Of the {there} rows of {table} only {here} have arrived; copy again.")


def _let_ids_go_on(source: sqlite3.Connection, tables: Sequence[type[models.Model]]) -> None:
    """Let new rows get ids above all that were ever given, deleted rows' included."""
    given = dict(source.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
    with connection.cursor() as cursor:
        for model in tables:
            if isinstance(model._meta.pk, models.AutoField) and (last := given.get(
                model._meta.db_table
            )):  # fmt: skip
                sequence = [f'"{model._meta.db_table}"', model._meta.pk.column, last]
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", sequence)


def _check_unchanged(file: Path) -> None:
    """Raise CannotCopy where somebody went on working in the old database meanwhile."""
    with closing(_connect(file)) as now:
        (seq,) = now.execute("SELECT seq FROM operators_app_loghead").fetchone()
    if seq != LogHead.objects.get(pk=1).seq:
        raise CannotCopy(
            "The shop was changed while it was copied; stop Laser OS there, then copy again."
        )
