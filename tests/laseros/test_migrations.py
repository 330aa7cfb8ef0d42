"""Every migration of the shop, backwards and forwards again on a filled database.

A new migration is covered as soon as its file is there. One that cannot be taken back without loss
stands in LOSES, with the reason.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django_q.models import Schedule

from operators_app.models import ActivityLog, LogHead, Operator, Role, SheetImport, User
from operators_app.sheets.kinds import kind_of
from operators_app.verbs import Actor, delete, edit
from operators_app.verbs.imports import remember_headings
from operators_app.verbs.passwords import set_password
from presets_app.models import MachineSettingsPreset, Material, MaterialAlias
from projects_app.models import DesignFile
from projects_app.verbs.shop import save_shop
from queue_app.models import ProductionReport, QueueCount
from queue_app.verbs import save_report_times
from tests.conftest import actor
from tests.demo import put_demo
from tests.factories import make_item
from tests.second_factors import require_second_factor, with_second_factor

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_complete_again")]

Rows = list[dict[str, Any]]
Snapshot = dict[str, Rows]

OURS = [config.label for config in apps.get_app_configs() if config.label.endswith("_app")]

# Migrations that people's data does not survive backwards: (app, name): why; those before them are
# not tried. The first one of each app makes its tables, and needs no line here.
LOSES: dict[tuple[str, str], str] = {}

# What a migration makes anew without anybody missing the old: numbers nobody refers to, times.
NOT_COMPARED = {
    "django_q.Schedule": {"id", "next_run"},
    "queue_app.MaterialTally": {"id"},
    "queue_app.PresetTally": {"id"},
}


def earliest(app: str) -> str:
    """Return the migration up to which an app's later ones can all be taken back without loss."""
    names = sorted(key[1] for key in MigrationLoader(None).disk_migrations if key[0] == app)
    return max((name for name in names if (app, name) in LOSES), default=names[0])


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
    """Make it the demo shop, and change some of what the migrations had put in."""
    put_demo()
    boss = Actor.of_user(User.objects.get(username="admin"))
    steel = Material.objects.get(name="Mild Steel")
    edit(Material, steel.pk, {"name": "Black Steel", "colour": "#101010"}, by=boss)
    alias = MaterialAlias.objects.get(name="Baustahl")
    delete(MaterialAlias, alias.pk, by=boss)
    edit(Material, None, {"name": "Titanium", "density": "4.5"}, by=boss)
    preset = MachineSettingsPreset.objects.latest("pk")
    edit(MachineSettingsPreset, preset.pk, {"lightburn": "<CutSetting/>"}, by=boss)
    save_shop({"vat_percent": "20", "quote_prefix": "QU", "laser_count": 3}, by=boss)
    save_report_times({"daily_at": "17:30", "weekly_on": False}, by=boss)


def test_all_migrations_of_an_app_can_be_taken_back_and_applied_again(settings: Any) -> None:
    settings.DEBUG = True
    fill()
    shop = snapshot()
    assert len(shop["queue_app.LaserRun"]) > 20
    assert DesignFile.objects.exclude(preview="").exists()
    assert ProductionReport.objects.exists()
    for app in OURS:
        migrate(app, earliest(app))
        applied = MigrationLoader(connection).applied_migrations
        assert max(name for label, name in applied if label == app) == earliest(app)
        migrate()
        now = snapshot()
        for label, rows in shop.items():
            assert now[label] == rows, f"{label} after taking back those of {app}"
    assert_healthy()


@pytest.mark.parametrize(("name", "what"), [
    ("0004", "past passwords (1)"),
    ("0004", "people's two-factor sign-in (1)"),
    ("0004", "that a password must be changed (1)"),
    ("0004", "what roles require (1)"),
    ("0006", "imports (1)"),
    ("0006", "what headings mean (1)"),
])  # fmt: skip
def test_what_the_log_does_not_tell_is_not_taken_back(name: str, what: str, ada: Operator) -> None:
    assert ada.user is not None
    match what.split()[-2]:
        case "passwords":
            set_password(ada.user.pk, "another-1234", by=actor(ada))
        case "sign-in":
            with_second_factor(ada)
        case "changed":
            User.objects.filter(pk=ada.user.pk).update(must_change_password=True)
        case "require":
            require_second_factor(Role.VIEWER)
        case "imports":
            SheetImport.objects.create(kind="client", uploaded_by=ada.user, entry_seq=1)
            SheetImport.objects.create(kind="client", uploaded_by=ada.user)  # a draft
        case "mean":
            remember_headings(kind_of("client"), {"Kunde": "name"}, by=actor(ada))
    before = snapshot()
    target = f"{int(name) - 1:04}"
    with pytest.raises(CommandError, match=f"would lose {re.escape(what)}"):
        migrate("operators_app", target)
    migrate()
    assert snapshot() == before


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
