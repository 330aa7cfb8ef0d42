"""Rows read, inserted and changed one at a time, with SQL made once (see laseros.compiled).

What a model's manager and its `save` do, less the building and compiling of each statement. No
signal is sent and no overridden `save` is called.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import AutoField, Model, QuerySet
from django.db.models.sql import InsertQuery
from django.db.transaction import TransactionManagementError

from laseros.compiled import CompiledQuery, CompiledUpdate, Given, Kept, Sql

M = TypeVar("M", bound=Model)


def row_by_id(model: type[M], pk: int, *, lock: bool = False) -> M | None:
    """Return the row with this id or None; with `lock` it is locked until the transaction ends.

    Raises TransactionManagementError for a lock outside of a transaction, which would hold nothing.
    """
    if lock and not connection.in_atomic_block:
        raise TransactionManagementError("A row is locked within a transaction only.")
    query = _by_id(model, lock)
    found = query.tuples(pk=pk)
    return model.from_db(DEFAULT_DB_ALIAS, list(query.columns), found[0]) if found else None


@cache
def _by_id(model: type[Model], lock: bool) -> CompiledQuery:
    columns = {one.attname: one.attname for one in model._meta.concrete_fields}

    def build(pk: Given) -> QuerySet[Model]:
        rows = model._default_manager.filter(pk=pk)
        return rows.select_for_update() if lock else rows

    return CompiledQuery(build, columns, pk=_key(model))


def update_row(row: Model, fields: Iterable[str]) -> None:
    """Write these fields of a row; raise DatabaseError where the row is gone."""
    _check_related(row)
    kinds = [row._meta.get_field(name) for name in fields]
    names = tuple(sorted(one.attname for one in kinds))  # type: ignore[union-attr]
    values = {one.attname: one.pre_save(row, False) for one in kinds}  # type: ignore[union-attr]
    if not _update(type(row)).run(*names, row_id=row.pk, **values):
        raise DatabaseError(f"{row._meta.label} {row.pk} is gone: nothing was changed.")


@cache
def _update(model: type[Model]) -> CompiledUpdate:
    def build(*names: str, row_id: Given, **values: Given) -> tuple[QuerySet[Model], Any]:
        changes = {name: values[name] for name in names}
        return model._base_manager.filter(pk=row_id), changes

    fields = {one.attname: one for one in model._meta.concrete_fields}
    return CompiledUpdate(build, row_id=_key(model), **fields)


def insert_row(row: Model) -> None:
    """Insert an unsaved row, and give it the id that the database made."""
    _check_related(row)
    _insertion(type(row)).get((row.pk is not None,)).run(row)


@cache
def _insertion(model: type[Model]) -> Kept[_Insertion]:
    return Kept(lambda shape, connection: _Insertion(model, bool(shape[0]), connection))


class _Insertion:
    """The INSERT of one row of a model, with an id of its own or without, for one connection."""

    def __init__(self, model: type[Model], has_id: bool, connection: BaseDatabaseWrapper) -> None:
        self.fields = [
            one for one in model._meta.concrete_fields if has_id or not isinstance(one, AutoField)
        ]
        query = InsertQuery(model)
        query.insert_values(self.fields, [model()], raw=True)
        compiler: Any = query.get_compiler(connection=connection)
        self.returning = [] if has_id else [model._meta.pk]
        compiler.returning_fields = self.returning
        ((text, _),) = compiler.as_sql()
        self.sql, self.connection = Sql(text, connection), connection

    def run(self, row: Model) -> None:
        params = [
            one.get_db_prep_save(one.pre_save(row, True), self.connection) for one in self.fields
        ]
        with self.sql.execute(params) as cursor:
            if self.returning:
                row.pk = cursor.fetchone()[0]
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def _check_related(row: Any) -> None:
    """Raise ValueError where the row refers to one that is not saved: no key would be written."""
    row._prepare_related_fields_for_save(operation_name="save")


def _key(model: type[Model]) -> Any:
    key: Any = model._meta.pk
    return key.target_field if key.is_relation else key
