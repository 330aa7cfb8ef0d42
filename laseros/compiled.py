"""ORM queries whose SQL is made once, for the reads that every request needs.

Building and compiling a query costs the ORM more than running it costs the database: more than a
millisecond for the query that reads a session. A `CompiledQuery` keeps the ORM as the place where
a query is told (columns, joins and converters follow the models) and pays for it once for each
connection. On PostgreSQL the statement is also prepared by the server, which saves planning its
joins anew each time.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any, Generic, TypeVar

from django.db import (
    DEFAULT_DB_ALIAS,
    InterfaceError,
    NotSupportedError,
    OperationalError,
    connections,
)
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Field, QuerySet
from django.db.models.sql import Query, UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

KEPT_SHAPES = 32
KEPT_ON = "_laseros_kept"  # the attribute of a connection under which it has what was compiled

Columns = Mapping[str, Any]  # paths of fields and expressions
Row = dict[str, Any]


class Given(Expression):
    """Stands in a compiled query for a value that is given when it runs."""

    def __init__(self, name: str, output_field: Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:
        """Leave a place for the value; the parameter is this expression itself."""
        return "%s", [self]


S = TypeVar("S")


class Kept(Generic[S]):
    """What was compiled for each connection: the latest KEPT_SHAPES shapes.

    The connection has it, for it refers to the connection: kept anywhere else it would keep the
    connection of a thread open after the thread's end.
    """

    def __init__(self, make: Callable[[tuple[Hashable, ...], BaseDatabaseWrapper], S]) -> None:
        self._make = make

    def get(self, shape: tuple[Hashable, ...]) -> S:
        """Return what was compiled for this shape and this thread's connection, by now."""
        connection = connections[DEFAULT_DB_ALIAS]
        every = connection.__dict__.setdefault(KEPT_ON, {})
        kept: OrderedDict[tuple[Hashable, ...], S] = every.setdefault(self, OrderedDict())
        made = kept.get(shape)
        if made is None:
            made = kept[shape] = self._make(shape, connection)
            if len(kept) > KEPT_SHAPES:
                kept.popitem(last=False)
        else:
            kept.move_to_end(shape)
        return made


class CompiledQuery:
    """A query over given values, compiled at its first use on each connection.

    `build` returns a queryset. It gets whatever decides the `shape` of the query (a page's limit
    and offset), and by name a Given for each of the `fields`. `columns` are what is read: a field's
    path or an expression, by the name that the row shall have for it. The latest KEPT_SHAPES shapes
    are kept for each connection.
    """

    def __init__(
        self, build: Callable[..., QuerySet[Any, Any]], columns: Columns, **fields: Field[Any, Any]
    ) -> None:
        self.build, self.columns = build, columns
        self.givens = {name: Given(name, field) for name, field in fields.items()}
        self._statements: Kept[_Statement] = Kept(self._compile)

    def tuples(self, *shape: Hashable, **values: Any) -> list[Sequence[Any]]:
        """Return the rows, each with its values in the order of `columns`."""
        return list(self._statement(shape).fetch(values))

    def rows(self, *shape: Hashable, **values: Any) -> list[Row]:
        """Return the rows as dicts, by the names of `columns`."""
        return [
            dict(zip(self.columns, row, strict=True))
            for row in self._statement(shape).fetch(values)
        ]

    def _statement(self, shape: tuple[Hashable, ...]) -> _Statement:
        return self._statements.get(shape)

    def _compile(self, shape: tuple[Hashable, ...], connection: BaseDatabaseWrapper) -> _Statement:
        rows = self.build(*shape, **self.givens).values_list(*self.columns.values())
        return _Statement(rows.query, connection)


class CompiledUpdate:
    """An UPDATE with given values, compiled at its first use on each connection.

    `build` gets the same as a CompiledQuery's, and returns a queryset and the changes: a field's
    name → a Given or an expression.
    """

    def __init__(
        self,
        build: Callable[..., tuple[QuerySet[Any, Any], Mapping[str, Any]]],
        **fields: Field[Any, Any],
    ) -> None:
        self.build = build
        self.givens = {name: Given(name, field) for name, field in fields.items()}
        self._statements: Kept[_Statement] = Kept(self._compile)

    def run(self, *shape: Hashable, **values: Any) -> int:
        """Change the rows; return how many there were."""
        return self._statements.get(shape).change(values)

    def _compile(self, shape: tuple[Hashable, ...], connection: BaseDatabaseWrapper) -> _Statement:
        rows, changes = self.build(*shape, **self.givens)
        query = rows.order_by().query.chain(UpdateQuery)
        query.add_update_values(changes)  # type: ignore[attr-defined]
        return _Statement(query, connection)


class _Statement:
    """One query compiled for one connection."""

    def __init__(self, query: Query, connection: BaseDatabaseWrapper) -> None:
        compiler = query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        # Constants are written out: a plan for values yet unknown could use no partial index.
        places = ["%s" if isinstance(one, Given) else _literal(one, connection) for one in params]
        self.sql = Sql(sql.replace("%%", "%%%%") % tuple(places), connection)
        self.given = [one for one in params if isinstance(one, Given)]
        columns = compiler.select[: compiler.col_count] if compiler.select else []
        self.converters = compiler.get_converters([column[0] for column in columns])
        self.compiler, self.connection = compiler, connection

    def _is_beyond(self, given: Given, value: Any) -> bool:
        """Whether no column can hold this number (the ORM's own lookups find nothing for such)."""
        kind = given.output_field.get_internal_type()
        if not isinstance(value, int) or kind not in self.connection.ops.integer_field_ranges:
            return False
        low, high = self.connection.ops.integer_field_range(kind)
        return not low <= value <= high

    def fetch(self, values: Mapping[str, Any]) -> Iterable[Sequence[Any]]:
        if any(self._is_beyond(one, values[one.name]) for one in self.given):
            return []
        params = [
            one.output_field.get_db_prep_value(values[one.name], self.connection)
            for one in self.given
        ]
        found = self._found(params)
        if not self.converters:
            return found
        converted: Iterable[Sequence[Any]] = self.compiler.apply_converters(found, self.converters)
        return converted

    def change(self, values: Mapping[str, Any]) -> int:
        params = [
            one.output_field.get_db_prep_save(values[one.name], self.connection)
            for one in self.given
        ]
        with self.sql.execute(params) as cursor:
            return int(cursor.rowcount)

    def _found(self, params: Sequence[Any]) -> list[Sequence[Any]]:
        """Run the statement; once more on a new connection where the old one turns out dead.

        That spares asking before each request whether the connection still lives. A statement that
        PostgreSQL has prepared, and whose tables a migration has altered since, would be refused
        for as long as the connection lives.
        """
        try:
            return self._run(params)
        except NotSupportedError:
            if self.connection.in_atomic_block:
                raise
        except (OperationalError, InterfaceError):
            if self.connection.in_atomic_block or self.connection.is_usable():
                raise
        self.connection.close()
        return self._run(params)

    def _run(self, params: Sequence[Any]) -> list[Sequence[Any]]:
        with self.sql.execute(params) as cursor:
            found: list[Sequence[Any]] = cursor.fetchall()
            return found


def _literal(value: Any, connection: BaseDatabaseWrapper) -> str:
    """Return a constant of a query as the database's own library quotes it, with % doubled."""
    if connection.vendor == "postgresql":
        from psycopg.sql import quote

        text = quote(value)
    else:
        # A connection of its own: one for all threads would give a thread another one's value.
        with closing(sqlite3.connect(":memory:")) as quoting:
            (text,) = quoting.execute("SELECT quote(?)", [value]).fetchone()
    return str(text).replace("%", "%%")


class Sql:
    """A statement's text with %s for its parameters, ready to be run again and again."""

    def __init__(self, text: str, connection: BaseDatabaseWrapper) -> None:
        self.text, self.connection = text, connection
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                self.native: str = cursor.convert_query(text)  # else Django does it each time

    def execute(self, params: Sequence[Any]) -> Any:
        """Run it on a cursor of Django's making; return the cursor, to be closed.

        While statements are logged they run as ever: what the server of PostgreSQL has prepared,
        Django's log cannot tell.
        """
        line: Any = self.connection
        if line.queries_logged:
            cursor, text = line.cursor(), self.text
        elif line.vendor == "sqlite":
            line.ensure_connection()
            cursor, text = line.make_cursor(line.connection.cursor()), self.native
        else:
            cursor, text = line.make_cursor(_preparing(line)), self.text
        cursor.execute(text, params)
        return cursor


def _preparing(line: Any) -> Any:
    from django.db.backends.postgresql.base import ServerBindingCursor

    line.ensure_connection()
    line.health_check_done = True  # this query is the check
    cursor: Any = ServerBindingCursor
    return cursor(line.connection)
