"""Queries compiled once, and the database functions that go with them."""

from __future__ import annotations

import datetime as dt
import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from typing import Any

import pytest
from django.db import (
    DatabaseError,
    IntegrityError,
    OperationalError,
    connection,
    connections,
    transaction,
)
from django.db.models import BigAutoField, CharField, QuerySet
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from laseros import clock
from laseros.compiled import KEPT_SHAPES, CompiledQuery, CompiledUpdate, Given, _literal
from laseros.compiled_rows import insert_row, row_by_id, update_row
from laseros.functions import Among, IdsField, IsoTime
from operators_app.models import Operator
from presets_app.models import Material
from tests.factories import make_item, stamp

pytestmark = pytest.mark.django_db

NAMES = {"id": "id", "name": "name"}


def named(name: Given) -> QuerySet[Material]:
    return Material.objects.filter(name=name)


def by_id(pk: Given) -> QuerySet[Material]:
    return Material.objects.filter(pk=pk)


def among(ids: Given) -> QuerySet[Material]:
    return Material.objects.filter(Among("id", ids)).order_by("id")


def test_each_run_has_values_of_its_own() -> None:
    query = CompiledQuery(named, NAMES, name=CharField())
    for name in ("Stainless Steel", "Copper", "Stainless Steel"):
        assert [row["name"] for row in query.rows(name=name)] == [name]


@pytest.mark.parametrize("name", ["50 %", "%s", "it's", "a\\b", "ü'; DROP TABLE x; --", "{}"])
def test_no_text_is_taken_for_sql(name: str) -> None:
    Material.objects.create(name=name, key=name, **stamp())

    def constant() -> QuerySet[Material]:
        return Material.objects.filter(name=name)

    assert CompiledQuery(named, {"name": "name"}, name=CharField()).tuples(name=name) == [(name,)]
    assert CompiledQuery(constant, {"name": "name"}).tuples() == [(name,)]


def test_the_query_is_built_once_for_each_shape() -> None:
    built = []

    def page(limit: int) -> QuerySet[Material]:
        built.append(limit)
        return Material.objects.order_by("id")[:limit]

    query = CompiledQuery(page, NAMES)
    for limit in (1, 2, 1, 2, 2):
        assert len(query.rows(limit)) == limit
    assert built == [1, 2]


def test_only_the_latest_shapes_are_kept() -> None:
    built = []

    def page(limit: int) -> QuerySet[Material]:
        built.append(limit)
        return Material.objects.order_by("id")[:limit]

    query = CompiledQuery(page, NAMES)
    for limit in range(1, KEPT_SHAPES + 2):
        query.rows(limit)
    query.rows(KEPT_SHAPES + 1)
    query.rows(1)
    assert built == [*range(1, KEPT_SHAPES + 2), 1]


def test_threads_that_compile_at_once_get_their_own_constants() -> None:
    values = [f"value {number}" for number in range(4000)]
    with ThreadPoolExecutor(8) as threads:
        quoted = list(threads.map(lambda value: _literal(value, connection), values))
    assert quoted == [f"'{value}'" for value in values]


@pytest.mark.django_db(transaction=True)
def test_the_connection_of_a_thread_ends_with_it() -> None:
    query = CompiledQuery(named, NAMES, name=CharField())
    seen: list[weakref.ref[Any]] = []

    def work() -> None:
        query.rows(name="Copper")
        seen.append(weakref.ref(connections["default"]))
        connection.close()

    thread = Thread(target=work)
    thread.start()
    thread.join()
    gc.collect()
    assert [one() for one in seen] == [None]


def test_one_statement_serves_any_number_of_ids() -> None:
    query = CompiledQuery(among, {"id": "id"}, ids=IdsField())
    every = list(Material.objects.order_by("id").values_list("id", flat=True))
    assert query.tuples(ids=[]) == []
    assert [pk for (pk,) in query.tuples(ids=[every[-1], every[0], 10**9])] == [every[0], every[-1]]
    assert [pk for (pk,) in query.tuples(ids=every)] == every


def test_a_row_by_its_id_is_the_models_own_instance() -> None:
    for material in Material.objects.all():
        found = row_by_id(Material, material.pk)
        assert found == material
        assert vars(found).keys() == vars(material).keys()
        assert found.updated_at == material.updated_at
        found.colour = "#000000"
        found.save(update_fields=["colour"])
        assert Material.objects.get(pk=material.pk).colour == "#000000"
    assert row_by_id(Material, 10**9) is None
    assert row_by_id(Material, 2**63, lock=True) is None


@pytest.mark.django_db(transaction=True)
def test_a_row_is_locked_within_a_transaction_only() -> None:
    pk = Material.objects.values_list("pk", flat=True)[0]
    with transaction.atomic():
        assert row_by_id(Material, pk, lock=True)
    with pytest.raises(TransactionManagementError):
        row_by_id(Material, pk, lock=True)


@pytest.mark.parametrize("pk", [2**63, -(2**63) - 1, 10**30])
def test_a_number_that_no_column_holds_finds_nothing(pk: int) -> None:
    assert CompiledQuery(by_id, NAMES, pk=BigAutoField()).rows(pk=pk) == []


def test_what_runs_is_logged_as_ever() -> None:
    query = CompiledQuery(named, NAMES, name=CharField())
    query.rows(name="Stainless Steel")
    with CaptureQueriesContext(connection) as captured:
        query.rows(name="Stainless Steel")
    assert len(captured) == 1
    assert "Stainless" in captured[0]["sql"]


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite prepares by itself")
def test_postgresql_prepares_what_comes_again() -> None:
    query = CompiledQuery(named, NAMES, name=CharField())
    for _ in range(4):
        query.rows(name="Stainless Steel")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%$1%%'")
        assert cursor.fetchone()[0] >= 1


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite compiles no plans")
def test_postgresql_carries_plans_out_without_compiling_them() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no connection to lose")
def test_a_connection_that_died_is_replaced_unless_a_transaction_died_with_it() -> None:
    query = CompiledQuery(named, NAMES, name=CharField())

    def cut() -> None:
        connection.ensure_connection()
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid]
            )
        other.close()

    cut()
    assert len(query.rows(name="Copper")) == 1
    with pytest.raises(OperationalError), transaction.atomic():
        query.rows(name="Copper")
        cut()
        query.rows(name="Copper")
    assert len(query.rows(name="Copper")) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite prepares anew by itself")
def test_a_table_that_was_altered_meanwhile_is_read_all_the_same() -> None:
    query = CompiledQuery(named, NAMES, name=CharField())
    for _ in range(4):
        query.rows(name="Copper")

    def widen(length: int) -> None:
        other = connection.copy()
        with other.cursor() as cursor:
            table = Material._meta.db_table
            cursor.execute(f"ALTER TABLE {table} ALTER COLUMN name TYPE varchar({length})")
        other.close()

    length = Material._meta.get_field("name").max_length or 0
    widen(length + 1)
    try:
        assert len(query.rows(name="Copper")) == 1
    finally:
        connection.close()
        widen(length)


@pytest.mark.parametrize("micro", [0, 999, 1000, 123_000, 123_456, 999_000, 999_999])
@pytest.mark.parametrize("day", [dt.date(1999, 12, 31), dt.date(2028, 2, 29)])
def test_the_database_writes_times_as_the_clock_does(
    micro: int, day: dt.date, olga: Operator
) -> None:
    moment = dt.datetime.combine(day, dt.time(23, 59, 59, micro), tzinfo=dt.UTC)
    item = make_item(added_by=olga.user, started_at=moment, paused_at=None)

    def one(pk: Given) -> QuerySet[Any]:
        return type(item).objects.filter(pk=pk)

    columns = {"started": IsoTime("started_at"), "paused": IsoTime("paused_at")}
    ((started, paused),) = CompiledQuery(one, columns, pk=BigAutoField()).tuples(pk=item.pk)
    assert (started, paused) == (clock.iso(moment), None)


def test_a_row_is_inserted_as_save_would_insert_it() -> None:
    plain = Material(name="Titanium", key="titanium", **stamp())
    insert_row(plain)
    assert plain.pk
    assert not plain._state.adding
    assert Material.objects.get(name="Titanium") == plain
    told = Material(pk=plain.pk + 10, name="Zinc", key="zinc", **stamp())
    insert_row(told)
    kept = Material.objects.get(pk=told.pk)
    assert (kept.name, kept.is_active, kept.density) == ("Zinc", True, None)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_row(Material(name="Zinc", key="zinc", **stamp()))


def test_only_the_fields_that_are_named_are_written() -> None:
    row = Material.objects.get(name="Copper")
    row.name, row.colour, row.density = "Bronze", "#123456", None
    update_row(row, ["colour", "density"])
    kept = Material.objects.get(pk=row.pk)
    assert (kept.name, kept.colour, kept.density) == ("Copper", "#123456", None)


def test_a_row_that_is_gone_cannot_be_written() -> None:
    row = Material(pk=10**9, name="Nothing", key="nothing", **stamp())
    with pytest.raises(DatabaseError, match="gone"):
        update_row(row, ["name"])


def test_a_row_is_not_written_without_the_row_that_it_refers_to(olga: Operator) -> None:
    item = make_item(added_by=olga.user)
    assert item.added_by_id
    item.assigned_to = Operator(name="Nobody yet", employee_id="OP999")
    with pytest.raises(ValueError, match="unsaved related object"):
        update_row(item, ["assigned_to"])
    item.pk = None
    with pytest.raises(ValueError, match="unsaved related object"):
        insert_row(item)


def test_an_update_tells_how_many_rows_it_changed() -> None:
    def dim(was: Given, colour: Given) -> tuple[QuerySet[Material], dict[str, Any]]:
        return Material.objects.filter(colour=was), {"colour": colour}

    update = CompiledUpdate(dim, was=CharField(), colour=CharField())
    every = Material.objects.update(colour="#111111")
    assert update.run(was="#111111", colour="#222222") == every > 1
    assert update.run(was="#111111", colour="#222222") == 0
