"""The demo shop for many tests: made by its verbs once in a process, then put back as it was."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Sequence
from io import StringIO
from typing import Any, NamedTuple

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, models, transaction

from operators_app.models import LogHead

Model = type[models.Model]


class Kept(NamedTuple):
    """The demo as it was loaded: what was said, each table's rows, and the folder of its files."""

    said: str
    rows: dict[Model, Sequence[tuple[Any, ...]]]
    files: tempfile.TemporaryDirectory[str]


_kept: list[Kept] = []


def load_demo() -> str:
    """Load the demo; return what the command said."""
    said = StringIO()
    call_command("load_demo", stdout=said)
    return said.getvalue()


def put_demo() -> str:
    """Make database and MEDIA_ROOT a demo shop; return what loading it said.

    The second time in a process it is a copy of the first, some minutes old, in an epoch of its
    own: whatever was remembered of the other does not hold.
    """
    if not _kept:
        _kept.append(_keep(load_demo()))
    else:
        _put_back(_kept[0])
    return _kept[0].said


def _tables() -> list[Model]:
    every = apps.get_models(include_auto_created=True)
    return [model for model in every if model._meta.managed and not model._meta.proxy]


def _named(model: Model) -> tuple[str, list[str]]:
    """Return a model's table and columns, quoted."""
    quote = connection.ops.quote_name
    columns = [quote(str(field.column)) for field in model._meta.concrete_fields]
    return quote(model._meta.db_table), columns


def _keep(said: str) -> Kept:
    rows: dict[Model, Sequence[tuple[Any, ...]]] = {}
    as_stored = "+" if connection.vendor == "sqlite" else ""  # no column of a type to convert from
    with connection.cursor() as cursor:
        for model in _tables():
            table, columns = _named(model)
            told = ", ".join(f"{as_stored}{column}" for column in columns)
            cursor.execute(f"SELECT {told} FROM {table}")
            rows[model] = cursor.fetchall()
    files = tempfile.TemporaryDirectory(prefix="laseros-demo-")
    shutil.copytree(settings.MEDIA_ROOT, files.name, dirs_exist_ok=True)
    return Kept(said, rows, files)


def _put_back(kept: Kept) -> None:
    with transaction.atomic(), connection.cursor() as cursor:  # references are checked at its end
        for model in kept.rows:
            cursor.execute(f"DELETE FROM {_named(model)[0]}")
        for model, rows in kept.rows.items():
            table, columns = _named(model)
            places = ", ".join(["%s"] * len(columns))
            statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"
            if rows:
                cursor.executemany(statement, rows)
        for statement in connection.ops.sequence_reset_sql(no_style(), list(kept.rows)):
            cursor.execute(statement)
    LogHead._base_manager.update(epoch=uuid.uuid4())
    shutil.copytree(kept.files.name, settings.MEDIA_ROOT, dirs_exist_ok=True)
