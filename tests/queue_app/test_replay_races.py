"""Everybody at once: whatever verbs meet, log, model, tables, API and doctor agree.

One shop is kept through all rounds, so that the later ones meet jobs with some history.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from laseros import clock
from laseros.errors import LaserOSError, TransitionError
from operators_app.verbs import Outcome
from projects_app.models import Project
from tests.phone import Phone
from tests.queue_app import agreement
from tests.queue_app.conftest import doctor
from tests.queue_app.crowd import VERBS, Bench, Crowd, Stage, Step, crowd, open_shop
from tests.queue_app.replay import Shop

pytestmark = pytest.mark.django_db(transaction=True)
HANDS = 16
BENCHES = 6
ANY_STEP = ("move", 0, 1, 0, 0, None, None, True)

# What has to happen first, so that a verb is legal.
LEADS_TO = {
    "add": [], "start": ["add"], "pause": ["add", "start"], "complete": ["add", "start"],
    "fact": ["add", "start", "pause"], "move": ["add"], "update": ["add", "start"],
    "assign": ["add"], "cancel": ["add", "start", "pause"], "recut": ["add", "fact"],
    "resolve": ["add", "fact", "fact"], "cancel_project": ["add"], "update_project": ["add"],
    "correct": ["add", "fact"], "reject": ["add", "fact"], "restore": ["add", "fact", "reject"],
    "pop": [], "preset": ["add", "start"],
}  # fmt: skip
NAMESPACE = uuid.UUID("8a1f4a54-6d1f-5c0e-9a52-1f4f6f0f7a11")


def test_every_verb_meets_every_other_on_one_job() -> None:
    stage, shop = open_shop(), Shop()
    with crowd(2) as two:
        for first in VERBS:
            bench = None
            for second in VERBS:
                bench = ready(stage, bench, first)
                results = two.take([Step(first, bench), Step(second, bench)])
                assert any(isinstance(one, Outcome) for one in results), (first, second, results)
                agreement.assert_tables_agree(shop.read_on())
    assert_all_agree(shop, stage)


@transaction.atomic
def ready(stage: Stage, bench: Bench | None, verb: str) -> Bench:
    """Return a bench on which the verb is legal: the last one where it can be used again."""
    status = bench and Project.objects.values_list("status", flat=True).get(pk=bench.project_id)
    if bench is None or status in {"request", "quote_approval", "approved_pop", "cancelled"}:
        return Bench(stage, stage.project(paid=verb != "pop")).do(*LEADS_TO[verb])
    if verb in {"add", "pop"}:
        return ready(stage, None, verb)
    return bench.do(*(["fact"] if status != "completed" else []), "recut", *LEADS_TO[verb][1:])


# What moves a job comes oftener than what ends it; else all would soon be over.
VERB = st.sampled_from(
    [*VERBS, *["start"] * 4, *["pause"] * 5, *["resolve"] * 4, *["move", "add"] * 2]
)
KEYS = st.none() | st.integers(0, 5)
MINUTES_AGO = st.sampled_from([None, None, None, 0.0, 0.5, 7.25, 90.0, 3000.0, -0.5, -45.0])
FRESH = st.tuples(
    VERB, st.integers(0, BENCHES - 1), st.integers(1, BENCHES + 1),
    st.integers(0, 1), st.integers(0, 1), KEYS, MINUTES_AGO, st.booleans(),
)  # fmt: skip
# Each hand does something new, or repeats what another one does, or did in an earlier round.
ROUND = st.lists(FRESH | FRESH | st.integers(0, 40), min_size=HANDS, max_size=HANDS)
# By how many minutes the server's clock is set back for a round.
SET_BACK = st.sampled_from([0, 0, 0, 0, 60])


class Game:
    """Rounds of random steps in one shop, in which every agreement is looked at."""

    def __init__(self, people: Crowd) -> None:
        self.people, self.stage, self.shop = people, open_shop(), Shop()
        self.benches = [Bench(self.stage, self.stage.project()) for _ in range(BENCHES)]
        self.taken: list[Step] = []
        self.given: dict[tuple[int, uuid.UUID], Outcome] = {}
        self.round = 0

    def play(self, plan: list[Any], set_back: int) -> None:
        """Play a round and compare."""
        self.round += 1
        with transaction.atomic():
            self.benches = [self.usable(bench) for bench in self.benches]
        steps = [self.step(one) for one in plan]
        shown = clock.now() - dt.timedelta(minutes=set_back) if set_back else None
        results = self.people.take(steps, shown)
        agreement.assert_tables_agree(self.shop.read_on())
        for step, result in zip(steps, results, strict=True):
            self.check(step, result)
        if self.round % 50 == 0:
            assert_all_agree(self.shop, self.stage)

    def usable(self, bench: Bench) -> Bench:
        """Return the bench; some jobs that are over are cut again, a cancelled project is
        replaced."""
        status = self.shop.projects.get(bench.project_id)
        if status == "cancelled":
            return Bench(self.stage, self.stage.project(paid=self.round % 2 == 0)).look()
        return bench.do(*(["recut"] if status == "completed" and self.round % 2 else []))

    def step(self, plan: Any) -> Step:
        """Return what a hand is to do: something new, or again what was done so many steps ago."""
        step = self.again(plan) if isinstance(plan, int) else self.anew(*plan)
        self.taken.append(step)
        return step

    def again(self, ago: int) -> Step:
        """Return an earlier step, of this round or another, as a phone that heard no answer."""
        return self.taken[-1 - ago % len(self.taken)] if self.taken else self.anew(*ANY_STEP)

    def anew(
        self, verb: str, number: int, position: int, preset: int, who: int, key: int | None,
        minutes_ago: float | None, by_boss: bool,
    ) -> Step:  # fmt: skip
        """Return a new step."""
        bench = replace(self.benches[number], position=position, preset=preset, who=who)
        performed_at = None
        if minutes_ago is not None or verb == "fact":  # a time that a repetition tells again
            performed_at = clock.now() - dt.timedelta(minutes=minutes_ago or 0)
        op_id = None if key is None else uuid.uuid5(NAMESPACE, f"{self.round} {key}")
        return Step(verb, bench, op_id, performed_at, by_boss)

    def check(self, step: Step, result: Outcome | LaserOSError) -> None:
        """A key gives one outcome for ever; a fact is refused by no rule; a move leads there."""
        if isinstance(result, Outcome) and step.key:
            first = self.given.setdefault((step.by.user_id, step.key), result)
            assert (first.seq, first.data) == (result.seq, result.data)
        is_fact = step.verb in {"fact", "complete"} and step.performed_at is not None
        assert not (is_fact and isinstance(result, TransitionError)), result
        if step.verb == "move" and isinstance(result, Outcome) and result.seq:
            place = min(step.bench.position, self.shop.lengths[result.seq])
            assert result.data["queue_item"]["queue_position"] == place


def test_sixteen_hands_for_two_hundred_rounds(settings: Any) -> None:
    settings.AUTO_QUEUE_ON_POP = True
    with crowd(HANDS) as people:
        game = Game(people)

        @given(ROUND, SET_BACK)
        @hypothesis_settings(
            max_examples=200, derandomize=True, database=None, deadline=None,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        def play(plan: list[Any], set_back: int) -> None:
            game.play(plan, set_back)

        play()
        assert game.round == 200
        assert_all_agree(game.shop, game.stage)


def assert_all_agree(shop: Shop, stage: Stage) -> None:
    """The model, the tables and the API agree, and the doctor says nothing."""
    shop.read_on()
    agreement.assert_tables_agree(shop)
    phones = [Phone.of(operator) for operator in stage.operators]
    agreement.assert_api_agrees(shop, phones[0])
    for operator, phone in zip(stage.operators, phones, strict=True):
        agreement.assert_statistics_agree(shop, operator.pk, phone)
    assert doctor() == ""
