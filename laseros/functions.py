"""Database functions that the ORM lacks, in the words of both databases."""

from __future__ import annotations

import json
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, CharField, Field, Func
from django.db.models.sql.compiler import SQLCompiler


class IsoTime(Func):
    """A time as `laseros.clock.iso` writes it, made by the database.

    A tenth of what it costs to make a datetime of each value only to write it out again.
    """

    output_field = CharField()
    arity = 1

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> Any:
        """Times are stored as text, in UTC, to the microsecond where there is a fraction."""
        text = "REPLACE(SUBSTR(%(expressions)s, 1, 23), ' ', 'T') || 'Z'"
        return self.as_sql(
            compiler, connection, template=f"REPLACE({text}, '.000Z', 'Z')", **context
        )

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> Any:
        """Django's connections are set to UTC."""
        pattern = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'
        template = f"REPLACE(TO_CHAR(%(expressions)s, '{pattern}'), '.000Z', 'Z')"
        return self.as_sql(compiler, connection, template=template, **context)


class IdsField(Field):  # type: ignore[type-arg]  # it cannot be subscripted at run time
    """The type of a list of ids given to a query."""

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> Any:
        """Return an array for PostgreSQL, for SQLite the JSON that it reads as a table."""
        return list(value) if connection.vendor == "postgresql" else json.dumps(list(value))


class Among(Func):
    """The condition that a column is one of a list of ids: one statement for any number."""

    output_field = BooleanField()
    arity = 2

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> Any:
        """Read the list as a table."""
        joiner = " IN (SELECT value FROM json_each("
        return self.as_sql(
            compiler, connection, template="%(expressions)s))", arg_joiner=joiner, **context
        )

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> Any:
        """Compare with an array."""
        return self.as_sql(
            compiler, connection, template="%(expressions)s::bigint[])", arg_joiner=" = ANY(",
            **context,
        )  # fmt: skip
