"""Every migration of the shop, backwards and forwards again on a filled database.

A new migration is covered as soon as its file is there. One that cannot be taken back without loss
stands in LOSES, with the reason.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django_q.models import Schedule

from operators_app.models import ActivityLog, LogHead, User
from operators_app.verbs import Actor, delete, edit
from presets_app.models import Material, MaterialAlias
from queue_app.models import QueueCount
from tests.factories import make_item

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_complete_again")]

Rows = list[dict[str, Any]]
Snapshot = dict[str, Rows]

OURS = [config.label for config in apps.get_app_configs() if config.label.endswith("_app")]

# Migrations that people's data does not survive backwards: (app, name): why. The first one of each
# app makes its tables, and needs no line here.
LOSES: dict[tuple[str, str], str] = {}

# What a migration makes anew without anybody missing the old: numbers nobody refers to, times.
NOT_COMPARED = {
    "django_q.Schedule": {"id", "next_run"},
    "queue_app.MaterialTally": {"id"},
    "queue_app.PresetTally": {"id"},
}


def steps() -> list[tuple[str, str]]:
    """Return each migration that can be taken back without loss, the latest of an app first."""
    keys = [key for key in MigrationLoader(None).disk_migrations if key[0] in OURS]
    firsts = {min(key for key in keys if key[0] == label) for label in OURS}
    return sorted(set(keys) - firsts - set(LOSES), reverse=True)


def before(app: str, name: str) -> str:
    """Return the migration to go back to, for `name` to be taken back."""
    names = sorted(key[1] for key in MigrationLoader(None).disk_migrations if key[0] == app)
    return names[names.index(name) - 1]


def snapshot() -> Snapshot:
    """Return every row of every table."""
    told: Snapshot = {}
    for model in apps.get_models(include_auto_created=True):
        hidden = NOT_COMPARED.get(model._meta.label, set())
        names = [f.attname for f in model._meta.concrete_fields if f.attname not in hidden]
        told[model._meta.label] = sorted(model._base_manager.values(*names), key=repr)
    return told


def migrate(*arguments: str) -> None:
    """Migrate, as by hand; afterwards what this process remembers of ids holds again."""
    call_command("migrate", *arguments, verbosity=0, interactive=False)
    ContentType.objects.clear_cache()


def assert_healthy() -> None:
    """Assert that the doctor finds nothing."""
    said = io.StringIO()
    try:
        call_command("doctor", stdout=said)
    except SystemExit:
        pytest.fail(said.getvalue())


@pytest.fixture
def _complete_again() -> Iterator[None]:
    """Leave the other tests a database with all migrations."""
    yield
    migrate()


def fill() -> None:
    """Load the demo shop, and change some of what the migrations had put in."""
    call_command("load_demo", verbosity=0)
    boss = Actor.of_user(User.objects.get(username="admin"))
    steel = Material.objects.get(name="Mild Steel")
    edit(Material, steel.pk, {"name": "Black Steel", "colour": "#101010"}, by=boss)
    alias = MaterialAlias.objects.get(name="Baustahl")
    delete(MaterialAlias, alias.pk, by=boss)
    edit(Material, None, {"name": "Titanium", "density": "4.5"}, by=boss)


def test_each_migration_can_be_taken_back_and_applied_again(settings: Any) -> None:
    settings.DEBUG = True
    fill()
    shop = snapshot()
    assert len(shop["queue_app.LaserRun"]) > 20
    for app, name in steps():
        migrate(app, before(app, name))
        assert (app, name) not in MigrationLoader(connection).applied_migrations
        migrate()
        now = snapshot()
        for label, rows in shop.items():
            assert now[label] == rows, f"{label} after taking back {app}.{name}"
    assert_healthy()


def test_a_database_taken_back_to_nothing_begins_as_a_new_one() -> None:
    make_item()
    for label in reversed(OURS):
        migrate(label, "zero")
    left = connection.introspection.table_names()
    assert [table for table in left if table.startswith(tuple(OURS))] == []
    migrate()
    assert [user.username for user in User.objects.all()] == ["system"]
    assert LogHead.objects.get().seq == ActivityLog.objects.count()
    names = list(Material.objects.values_list("name", flat=True))
    assert "Mild Steel" in names
    assert len(names) == len(set(names))
    rights = list(Permission.objects.values_list("content_type", "codename"))
    assert len(rights) == len(set(rights))
    assert Schedule.objects.count() == Schedule.objects.values("name").distinct().count()
    assert set(QueueCount.objects.values_list("count", flat=True)) == {0}
    assert_healthy()
