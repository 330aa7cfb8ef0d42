"""The number of SQL statements: the same for five rows and for five hundred, and small."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from laseros import clock
from operators_app.models import ActivityLog, LogHead, Operator
from operators_app.verbs import Actor
from presets_app.models import MachineSettingsPreset
from projects_app.models import DesignFile, Part, Project, ProjectPart
from queue_app import verbs
from queue_app.models import LaserRun, QueueItem
from tests.factories import make_item, make_preset, make_project, stamp
from tests.laseros.endpoints import READS, SPECS, Shop, api_endpoints, call
from tests.phone import Phone

pytestmark = pytest.mark.django_db

PROJECT_STATES = ("approved_pop", "queued", "in_progress", "completed", "cancelled", "request",
                  "quote_approval")  # fmt: skip
ITEM_STATES = ("queued", "in_progress", "completed", "cancelled")

ADDRESSES = [
    *(f"queue?status={status}" for status in ("active", *ITEM_STATES, "all")),
    *(f"projects?status={status}" for status in (*PROJECT_STATES, "unscheduled", "all")),
    "presets", "presets?material_type=steel", "presets?thickness=3", "operators/me",
    "operators/me/stats",
]  # fmt: skip


def copies(row: models.Model, times: int, /, **columns: Callable[[int], Any]) -> None:
    """Insert copies of a row in one statement, with columns that depend on the copy's number."""
    kept = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if f.name != "id"}
    rows = [
        type(row)(**{**kept, **{name: value(n) for name, value in columns.items()}})
        for n in range(times)
    ]
    type(row)._default_manager.bulk_create(rows)


def grow(olga: Operator, number: int) -> None:
    """Add `number` rows of everything that a list shows, spread over all states."""
    project = make_project(f"Seed {number}")
    serial = Project.objects.count() * 1000
    preset = MachineSettingsPreset.objects.first()
    assert preset is not None
    copies(preset, number, preset_name=lambda n: f"Preset {serial + n}")
    copies(
        project, number, project_code=lambda n: f"JB-{serial + n}",
        code_number=lambda n: serial + n,
        status=lambda n: PROJECT_STATES[n % len(PROJECT_STATES)],
    )  # fmt: skip
    made = list(Project.objects.filter(code_number__gte=serial, code_number__lt=serial + number))
    part = Part.objects.first()
    drawing = DesignFile.objects.filter(project=project).get()
    line = ProjectPart(project=project, part=part, quantity=3, **stamp())
    copies(line, number, project_id=lambda n: made[n].pk)
    copies(drawing, number, project_id=lambda n: made[n].pk)
    now = clock.now()
    item = QueueItem(
        project=project, added_by=project.created_by, added_at=now, last_entry_at=now,
        scheduled_date=clock.shop_today(), operator=olga, preset=preset, rank=1.0, **stamp(),
    )  # fmt: skip
    copies(
        item, number, project_id=lambda n: made[n].pk, rank=lambda n: float(n),
        status=lambda n: ITEM_STATES[n % len(ITEM_STATES)],
    )  # fmt: skip
    _grow_runs(olga, project, preset, number)


def _grow_runs(
    olga: Operator, project: Project, preset: MachineSettingsPreset, number: int
) -> None:
    first = (ActivityLog.objects.order_by("-seq").values_list("seq", flat=True).first() or 0) + 1
    now = clock.now()
    entries = [
        ActivityLog(
            seq=first + n, verb="complete_job", target_type="queueitem", user=olga.user,
            source="api", op_id=uuid.uuid4(), fingerprint="0" * 64, performed_at=now,
            effective_at=now, recorded_at=now,
        )
        for n in range(number)
    ]  # fmt: skip
    ActivityLog.objects.bulk_create(entries)
    LogHead.objects.update(seq=first + number)
    run = LaserRun(
        project=project, queue_item=QueueItem.objects.latest("id"), run_date=now, operator=olga,
        preset=preset, cut_time_minutes=45, logged_minutes=44, material_type="Mild Steel",
        material_thickness=Decimal(3), parts_produced=50, **stamp(),
    )  # fmt: skip
    copies(
        run, number, entry_id=lambda n: first + n, run_date=lambda n: now - dt.timedelta(hours=n)
    )


def statements(phone: Phone, path: str, **headers: str) -> list[str]:
    """Return the SQL of one request that is answered 200 or 304."""
    with CaptureQueriesContext(connection) as captured:
        response = phone.get(path, **headers)
    assert response.status_code in {200, 304}, response.content
    return [one["sql"] for one in captured.captured_queries]


def test_lists_take_as_many_statements_for_500_rows_as_for_5(olga: Operator, phone: Phone) -> None:
    make_preset()
    grow(olga, 21)
    few = {path: len(statements(phone, path)) for path in ADDRESSES}
    grow(olga, 500)
    cache.clear()
    for lengthen in (str, _longer):
        many = {path: len(statements(phone, lengthen(path))) for path in ADDRESSES}
        # Where the active jobs fill the page, those that have left the queue are not asked for.
        assert many.pop("queue?status=all") <= few["queue?status=all"]
        assert many == {path: few[path] for path in many}
    assert max(few.values()) <= 8, few


def _longer(path: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}limit=200"


def test_details_take_as_many_statements_with_500_parts_as_with_5(phone: Phone) -> None:
    item = make_item(make_project(parts=[(f"Part {n}", 1) for n in range(5)], drawings=5))
    paths = [f"projects/{item.project_id}", f"queue/{item.pk}"]
    few = {path: len(statements(phone, path)) for path in paths}
    part = Part.objects.latest("id")
    copies(part, 500, number=lambda n: 1000 + n, part_number=lambda n: f"PT{1000 + n}")
    added = list(Part.objects.filter(number__gte=1000).values_list("id", flat=True))
    line = ProjectPart(project=item.project, part=part, quantity=1, **stamp())
    copies(line, 500, part_id=lambda n: added[n])
    copies(DesignFile.objects.latest("id"), 500)
    cache.clear()
    assert {path: len(statements(phone, path)) for path in paths} == few


def test_every_list_is_counted_here() -> None:
    counted = {address.split("?")[0] for address in ADDRESSES} | {"projects/{project}"}
    counted |= {"queue/{waiting}", "files/{drawing}/download"}  # the last one is a single row
    gets = {name for name in api_endpoints() if name.startswith("GET ")}
    assert {SPECS[name].path for name in gets if name in READS} == counted


@pytest.mark.parametrize("name", sorted(READS))
def test_a_304_takes_at_most_two_statements(name: str, olga: Operator, phone: Phone) -> None:
    shop = Shop.of(olga)
    tag = call(phone, name, shop).headers["ETag"]
    with CaptureQueriesContext(connection) as captured:
        response = call(phone, name, shop, If_None_Match=tag)
    assert response.status_code == 304
    assert len(captured) <= 2


@pytest.mark.parametrize("name", sorted(READS - {"GET file-download"}))
def test_a_200_without_a_change_takes_at_most_two_statements(
    name: str, olga: Operator, phone: Phone, monkeypatch: Any
) -> None:
    monkeypatch.setattr("queue_app.views.shop_minute", lambda: "12:00")
    shop = Shop.of(olga)
    first = call(phone, name, shop)
    with CaptureQueriesContext(connection) as captured:
        again = call(phone, name, shop)
    assert (again.status_code, again.content) == (200, first.content)
    assert len(captured) <= 2


def test_moving_an_item_writes_one_row_of_the_queue(manager: Actor) -> None:
    seed = make_item()
    for name in range(40):
        make_item(make_project(f"Job {name}", parts=[], drawings=0))
    for position in (20, 1, 41, 2, 99):
        with CaptureQueriesContext(connection) as captured:
            verbs.move_item(seed.pk, position, by=manager)
        written = [
            one["sql"] for one in captured if one["sql"].startswith('UPDATE "queue_app_queueitem"')
        ]
        assert len(written) == 1
    assert written[0].endswith(f'WHERE "queue_app_queueitem"."id" = ({seed.pk})')


def test_the_verbs_of_cutting_take_as_many_statements_in_a_long_queue(
    olga: Operator, phone: Phone
) -> None:
    def main_job() -> int:
        shop = Shop.of(olga)
        with CaptureQueriesContext(connection) as captured:
            for name in ("PATCH queue-item", "POST start", "POST pause", "POST queue"):
                assert call(phone, name, shop).status_code == 200
        return len(captured)

    few = main_job()
    grow(olga, 500)
    MachineSettingsPreset.objects.filter(preset_name="Steel-3mm-Standard").update(preset_name="Old")
    assert main_job() == few


def test_statistics_do_not_depend_on_how_much_was_cut(olga: Operator, phone: Phone) -> None:
    nothing = len(statements(phone, "operators/me/stats"))
    make_preset()
    grow(olga, 50)
    cache.clear()
    assert len(statements(phone, "operators/me/stats")) == nothing
