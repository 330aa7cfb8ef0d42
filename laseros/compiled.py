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
from functools import cache
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.sql.compiler import SQLCompiler

KEPT_SHAPES = 32
QUOTING = sqlite3.connect(":memory:", check_same_thread=False)  # holds nothing, only quotes

Columns = Mapping[str, Any]  # paths of fields and expressions
Row = dict[str, Any]
M = TypeVar("M", bound=Model)


class Given(Expression):
    """Stands in a compiled query for a value that is given when it runs."""

    def __init__(self, name: str, output_field: Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:
        """Leave a place for the value; the parameter is this expression itself."""
        return "%s", [self]


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
        self._kept: WeakKeyDictionary[
            BaseDatabaseWrapper, OrderedDict[tuple[Hashable, ...], _Statement]
        ] = WeakKeyDictionary()

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
        connection = connections[DEFAULT_DB_ALIAS]
        kept = self._kept.setdefault(connection, OrderedDict())
        statement = kept.get(shape)
        if statement is None:
            rows = self.build(*shape, **self.givens).values_list(*self.columns.values())
            statement = kept[shape] = _Statement(rows, connection)
            if len(kept) > KEPT_SHAPES:
                kept.popitem(last=False)
        else:
            kept.move_to_end(shape)
        return statement


@cache
def _by_id(model: type[Model], lock: bool) -> CompiledQuery:
    key: Any = model._meta.pk
    field = key.target_field if key.is_relation else key
    columns = {one.attname: one.attname for one in model._meta.concrete_fields}

    def build(pk: Given) -> QuerySet[Model]:
        rows = model._default_manager.filter(pk=pk)
        return rows.select_for_update() if lock else rows

    return CompiledQuery(build, columns, pk=field)


def row_by_id(model: type[M], pk: int, *, lock: bool = False) -> M | None:
    """Return the row with this id, with `lock` locked until the transaction ends; None if absent.

    What `filter(pk=pk).first()` gives, without building and compiling it each time.
    """
    query = _by_id(model, lock)
    found = query.tuples(pk=pk)
    return model.from_db(DEFAULT_DB_ALIAS, list(query.columns), found[0]) if found else None


class _Statement:
    """One query compiled for one connection."""

    def __init__(self, rows: QuerySet[Any, Any], connection: BaseDatabaseWrapper) -> None:
        compiler = rows.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        # Constants are written out: a plan for values yet unknown could use no partial index.
        places = ["%s" if isinstance(one, Given) else _literal(one, connection) for one in params]
        self.sql = sql.replace("%%", "%%%%") % tuple(places)
        self.given = [one for one in params if isinstance(one, Given)]
        fields = [column[0] for column in compiler.select[: compiler.col_count]]
        self.converters = compiler.get_converters(fields)
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

    def _found(self, params: Sequence[Any]) -> list[Sequence[Any]]:
        """Run the statement; once more on a new connection where the old one turns out dead.

        That spares asking before each request whether the connection still lives.
        """
        try:
            return self._run(params)
        except (OperationalError, InterfaceError):
            if self.connection.in_atomic_block or self.connection.is_usable():
                raise
            self.connection.close()
            return self._run(params)

    def _run(self, params: Sequence[Any]) -> list[Sequence[Any]]:
        with _cursor(self.connection) as cursor:
            cursor.execute(self.sql, params)
            found: list[Sequence[Any]] = cursor.fetchall()
            return found


def _literal(value: Any, connection: BaseDatabaseWrapper) -> str:
    """Return a constant of a query as the database's own library quotes it, with % doubled."""
    if connection.vendor == "postgresql":
        from psycopg.sql import quote

        text = quote(value)
    else:
        (text,) = QUOTING.execute("SELECT quote(?)", [value]).fetchone()
    return str(text).replace("%", "%%")


def _cursor(connection: BaseDatabaseWrapper) -> Any:
    """Return a cursor of Django's making, on PostgreSQL one whose statements are prepared.

    Not while statements are logged: what the server has prepared, Django's log cannot tell.
    """
    if connection.vendor != "postgresql" or connection.queries_logged:
        return connection.cursor()
    from django.db.backends.postgresql import base

    line: Any = connection
    line.ensure_connection()
    line.health_check_done = True  # this query is the check
    preparing: Any = base.ServerBindingCursor
    return line.make_cursor(preparing(line.connection))
