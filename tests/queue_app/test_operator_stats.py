"""The own statistics: exact to the minute, by the shop's calendar, from the tally that is kept."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest
from django.db import connection
from django.db.models import Avg, Count, Sum
from django.test.utils import CaptureQueriesContext

from laseros import clock
from operators_app.models import Flag, Operator
from operators_app.verbs import Actor
from presets_app.models import MachineSettingsPreset
from queue_app import invariants
from queue_app.models import LaserRun, MaterialTally, PresetTally
from queue_app.operator_stats import operator_stats
from queue_app.verbs import complete_job, resolve_flag, start_job
from tests.factories import make_item, make_preset, make_project
from tests.queue_app.conftest import Demo

pytestmark = pytest.mark.django_db


def added_up(operator: Operator) -> dict[str, Any]:
    """Return the figures as the runs themselves add up to."""
    runs = LaserRun.objects.filter(operator=operator, status="completed").order_by()
    today = clock.shop_today()

    def since(day: dt.date) -> int:
        return runs.filter(run_date__gte=clock.day_start(day)).count()

    def most(column: str) -> Any:
        rows = runs.exclude(**{column: ""}).values_list(column).annotate(times=Count("id"))
        return min(rows, key=lambda row: (-row[1], row[0]), default=(None,))[0]

    minutes = runs.aggregate(all=Sum("cut_time_minutes"))["all"] or 0
    average = runs.aggregate(all=Avg("cut_time_minutes"))["all"] or 0
    return {
        "total_jobs_completed": runs.count(),
        "total_cut_time_hours": round(minutes / 60, 1),
        "jobs_this_month": since(today.replace(day=1)),
        "jobs_this_week": since(today - dt.timedelta(days=today.weekday())),
        "jobs_today": since(today),
        "average_cut_time_minutes": round(float(average), 1),
        "most_used_material": most("material_type"),
        "most_used_preset": most("preset__preset_name"),
    }


def tally_is_true() -> bool:
    """Whether the tally says what the runs add up to."""
    return list(invariants.tallies_are_true()) == []


def cut(
    person: Operator, actor: Actor, preset: MachineSettingsPreset, minutes: int, **told: Any
) -> int:
    """Start and complete a job of its own; return the number of the completion's entry."""
    item = make_item(make_project(material=preset.material))
    start_job(item.pk, operator_id=person.pk, preset_id=preset.pk, by=actor)
    done = complete_job(
        item.pk, operator_id=person.pk, preset_id=preset.pk, actual_cut_time=minutes, by=actor,
        **told,
    )  # fmt: skip
    return done.seq


def test_who_has_cut_nothing_has_noughts(olga: Operator) -> None:
    assert operator_stats(olga.pk) == added_up(olga)
    assert operator_stats(olga.pk)["most_used_preset"] is None


def test_completions_are_counted_to_the_minute(
    olga: Operator, otto: Operator, operator: Actor, manager: Actor
) -> None:
    dice = random.Random(7)
    presets = [make_preset(f"Preset {n}") for n in range(3)]
    for _ in range(12):
        cut(olga, operator, dice.choice(presets), dice.randrange(200))
    cut(otto, manager, presets[0], 11)
    assert operator_stats(olga.pk) == added_up(olga)
    assert operator_stats(otto.pk) == added_up(otto)
    assert operator_stats(otto.pk)["total_jobs_completed"] == 1
    assert tally_is_true()


def test_a_second_completion_counts_once_a_manager_has_accepted_it(
    olga: Operator, operator: Actor, manager: Actor
) -> None:
    preset = make_preset()
    cut(olga, operator, preset, 30)
    item_id = LaserRun.objects.get().queue_item_id
    for _ in range(2):
        complete_job(
            item_id, operator_id=olga.pk, preset_id=preset.pk, actual_cut_time=20, by=operator,
            performed_at=clock.now(),
        )  # fmt: skip
    assert operator_stats(olga.pk)["total_jobs_completed"] == 1
    first, second = Flag.objects.order_by("pk")
    resolve_flag(first.pk, accept=True, by=manager)
    resolve_flag(second.pk, accept=False, by=manager)
    assert operator_stats(olga.pk)["total_jobs_completed"] == 2
    assert operator_stats(olga.pk) == added_up(olga)
    assert tally_is_true()


def test_a_rejected_cut_is_counted_out(olga: Operator, operator: Actor, manager: Actor) -> None:
    preset, item = make_preset(), make_item()
    done = complete_job(
        item.pk, operator_id=olga.pk, preset_id=preset.pk, actual_cut_time=20, by=operator,
        performed_at=clock.now(),
    )  # fmt: skip
    assert operator_stats(olga.pk)["total_jobs_completed"] == 1
    resolve_flag(done.seq, accept=False, by=manager)
    assert operator_stats(olga.pk) == added_up(olga)
    assert operator_stats(olga.pk)["total_jobs_completed"] == 0
    assert operator_stats(olga.pk)["most_used_material"] is None
    assert tally_is_true()


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/New_York"])
def test_days_begin_where_the_shop_is(
    zone: str, olga: Operator, operator: Actor, settings: Any
) -> None:
    settings.TIME_ZONE = zone
    preset = make_preset()
    midnight = clock.day_start(clock.shop_today())
    for before in (1, 0):
        with clock.pretend(midnight - dt.timedelta(minutes=before)):
            cut(olga, operator, preset, 5)
    assert operator_stats(olga.pk) == added_up(olga)
    assert operator_stats(olga.pk)["jobs_today"] == 1


def test_a_renamed_preset_is_told_by_its_new_name(olga: Operator, operator: Actor) -> None:
    preset = make_preset("Old")
    cut(olga, operator, preset, 5)
    MachineSettingsPreset.objects.filter(pk=preset.pk).update(preset_name="New")
    assert operator_stats(olga.pk)["most_used_preset"] == "New"


def test_figures_take_three_statements_however_many_runs_there_are(
    olga: Operator, operator: Actor
) -> None:
    def statements() -> int:
        operator_stats(olga.pk)
        with CaptureQueriesContext(connection) as captured:
            operator_stats(olga.pk)
        return len(captured)

    cut(olga, operator, make_preset("A"), 5)
    few = statements()
    for n in range(5):
        cut(olga, operator, make_preset(f"B{n}"), 5)
    assert statements() == few == 3


def test_a_wrong_tally_is_told(olga: Operator, operator: Actor) -> None:
    cut(olga, operator, make_preset(), 5)
    MaterialTally.objects.update(minutes=6)
    (told,) = invariants.tallies_are_true()
    assert "made 1 cuts of “Mild Steel” in 5 min, but the tally says 1 in 6" in told
    PresetTally.objects.all().delete()
    assert len(list(invariants.tallies_are_true())) == 2


def test_the_demo_shop_has_true_figures(demo: Demo) -> None:
    assert tally_is_true()
    for operator in Operator.objects.all():
        assert operator_stats(operator.pk) == added_up(operator)
