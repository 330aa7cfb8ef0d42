"""A shop opened by its own verbs, and many hands that work in it at once."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import connection

from laseros import clock
from laseros.errors import LaserOSError
from operators_app.models import Flag, FlagStatus, Operator, Role
from operators_app.verbs import Actor, Call, Outcome, edit
from presets_app.models import MachineSettingsPreset, Material
from projects_app.verbs import (
    add_design_file,
    cancel_project,
    create_client,
    create_part,
    create_project,
    record_pop,
    update_project,
)
from projects_app.verbs.project_parts import save_project_part
from queue_app import verbs
from queue_app.models import LaserRun, QueueItem
from tests.factories import make_user
from tests.projects_app.drawings import upload

Act = Callable[["Bench", Call], Outcome]


@dataclass
class Stage:
    """The people and the master data of the shop."""

    boss: Actor
    worker: Actor
    operators: list[Operator]
    presets: list[int]
    client: int
    part: int

    def project(self, paid: bool = True) -> int:
        """Return a new project with all that a cut needs."""
        call = Call(by=self.boss)
        fields = {
            "material": Material.objects.get(name="Mild Steel"), "material_thickness": Decimal(3),
            "material_quantity_sheets": 2, "estimated_cut_time": 30, "quoted_price": Decimal(900),
            "preset": MachineSettingsPreset.objects.get(pk=self.presets[0]),
        }  # fmt: skip
        made = create_project(client_id=self.client, name="Brackets", fields=fields, **call)
        pk: int = made.data["project"]["id"]
        save_project_part(pk, None, {"part_id": self.part, "quantity": 4}, **call)
        add_design_file(pk, upload(), **call)
        if paid:
            record_pop(pk, **call)
        return pk


def open_shop() -> Stage:
    """Return a shop with an admin, a manager, an operator, two presets, a client and a part.

    Everything but the accounts is entered by verbs, so that the log tells it.
    """
    make_user("ada", Role.ADMIN)
    people = [_hire("mary", Role.MANAGER), _hire("olga", Role.OPERATOR)]
    boss, worker = (Actor.of_user(one.user) for one in people if one.user)
    call = Call(by=boss)
    steel = Material.objects.get(name="Mild Steel")
    values = {"material": steel, "thickness": Decimal(3), "power": 80, "speed": 900}
    presets = [
        edit(MachineSettingsPreset, None, {"preset_name": name, **values}, **call).data["id"]
        for name in ("Steel A", "Steel B")
    ]
    client = create_client({"name": "ABC"}, **call).data["id"]
    part = create_part({"name": "Bracket"}, **call).data["id"]
    return Stage(boss, worker, people, presets, client, part)


def _hire(name: str, role: Role) -> Operator:
    user = make_user(name, role)
    profile = {"user": user, "name": name.capitalize(), "employee_id": f"OP-{name}"}
    made = edit(Operator, None, profile, by=Actor.system())
    return Operator.objects.select_related("user").get(pk=made.data["id"])


@dataclass(frozen=True)
class Bench:
    """What a verb is tried on: a project, its latest job, and the last thing flagged about it."""

    stage: Stage
    project_id: int
    item_id: int = 0
    flag: int = 0
    position: int = 1
    preset: int = 0
    who: int = 1

    def at_machine(self) -> dict[str, Any]:
        """Return what start and complete ask for: who, and with which preset."""
        return {
            "operator_id": self.stage.operators[self.who].pk,
            "preset_id": self.stage.presets[self.preset],
        }

    def look(self) -> Bench:
        """Return the bench with the project's latest job, and what is flagged about it: the last
        fact that waits for a manager, else the last one that did."""
        item = QueueItem.objects.filter(project=self.project_id).order_by("-id").first()
        pk = item.pk if item else 0
        flags = Flag.objects.filter(entry__target_type="queueitem", entry__target_id=pk)
        waits = [
            (status == FlagStatus.OPEN, seq) for seq, status in flags.values_list("pk", "status")
        ]
        return replace(self, item_id=pk, flag=max(waits, default=(False, 0))[1])

    def do(self, *names: str) -> Bench:
        """Have these verbs carried out one after the other; return the bench after it."""
        bench = self.look()
        for name in names:
            outcome = Step(name, bench).take()
            assert isinstance(outcome, Outcome), outcome
            bench = bench.look()
        return bench


def _assign(bench: Bench, call: Call) -> Outcome:
    return verbs.assign_item(bench.item_id, bench.stage.operators[bench.who], **call)


def _touch_preset(bench: Bench, call: Call) -> Outcome:
    changes = {"speed": 900 + bench.position}
    return edit(MachineSettingsPreset, bench.stage.presets[bench.preset], changes, **call)


def _run_of(bench: Bench) -> int:
    run = LaserRun.objects.filter(queue_item=bench.item_id).order_by("id").first()
    return run.pk if run else 0


def _correct(bench: Bench, call: Call) -> Outcome:
    changes = {
        "cut_time_minutes": 7 + bench.position, "preset_id": bench.stage.presets[bench.preset],
        "operator_id": bench.stage.operators[bench.who].pk,
    }  # fmt: skip
    return verbs.correct_run(_run_of(bench), changes, "mistyped", **call)


# Every verb that concerns a job or its project, by name; a “fact” is told with its time.
VERBS: dict[str, Act] = {
    "add": lambda b, call: verbs.add_to_queue(b.project_id, **call),
    "start": lambda b, call: verbs.start_job(b.item_id, **b.at_machine(), **call),
    "pause": lambda b, call: verbs.pause_job(b.item_id, "break", **call),
    "complete": lambda b, call: verbs.complete_job(b.item_id, **b.at_machine(), **call),
    "fact": lambda b, call: verbs.complete_job(
        b.item_id, **b.at_machine(), actual_cut_time=(7, 99_999)[b.position == 6], **call
    ),
    "move": lambda b, call: verbs.move_item(b.item_id, b.position, **call),
    "update": lambda b, call: verbs.update_item(
        b.item_id, {"priority": ("low", "high")[b.position % 2], "notes": "soon"}, **call
    ),
    "assign": _assign,
    "cancel": lambda b, call: verbs.cancel_item(b.item_id, "late", **call),
    "recut": lambda b, call: verbs.recut(b.project_id, "scrap", **call),
    "resolve": lambda b, call: verbs.resolve_flag(b.flag, accept=bool(b.position % 2), **call),
    "correct": _correct,
    "reject": lambda b, call: verbs.reject_run(_run_of(b), "not cut", **call),
    "restore": lambda b, call: verbs.restore_run(_run_of(b), "was cut", **call),
    "cancel_project": lambda b, call: cancel_project(b.project_id, "too dear", **call),
    "update_project": lambda b, call: update_project(
        b.project_id, {"estimated_cut_time": 30 + b.position}, **call
    ),
    "pop": lambda b, call: record_pop(b.project_id, **call),
    "preset": _touch_preset,
}
BY_OPERATORS = frozenset({"add", "start", "pause", "complete", "fact", "update", "update_project"})


@dataclass(frozen=True)
class Step:
    """One call of a verb: on what, by whom, with which key, and when it was done.

    A “fact” without a time was done just now.
    """

    verb: str
    bench: Bench
    key: uuid.UUID | None = None
    performed_at: dt.datetime | None = None
    by_boss: bool = True

    @property
    def by(self) -> Actor:
        """Return who calls; what operators may not do, and for others, the manager does."""
        worker = not self.by_boss and self.verb in BY_OPERATORS and self.bench.who == 1
        return self.bench.stage.worker if worker else self.bench.stage.boss

    def take(self) -> Outcome | LaserOSError:
        """Call the verb; return what it gave, or its refusal. Anything else is raised."""
        now = clock.now() if self.verb == "fact" else None
        call = Call(by=self.by, op_id=self.key, performed_at=self.performed_at or now)
        try:
            return VERBS[self.verb](self.bench, call)
        except LaserOSError as refusal:
            return refusal


class Crowd:
    """Threads that stay, each with its own connection: they take their steps all at once."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._pool = ThreadPoolExecutor(size)
        self._barrier = threading.Barrier(size)

    def take(self, steps: Sequence[Step], clock_says: dt.datetime | None = None) -> list[Any]:
        """Have each thread take one step at the same time; return what came of each.

        `clock_says` is what the server's clock shows meanwhile, where it goes wrong.
        """
        assert len(steps) == self.size

        def one(step: Step) -> Any:
            self._barrier.wait(timeout=60)
            with clock.pretend(clock_says) if clock_says else nullcontext():
                return step.take()

        return [done.result(timeout=120) for done in [self._pool.submit(one, s) for s in steps]]

    def go_home(self) -> None:
        """Close the threads' connections and end them."""

        def leave(_: int) -> None:
            self._barrier.wait(timeout=60)
            connection.close()

        list(self._pool.map(leave, range(self.size)))
        self._pool.shutdown()


@contextmanager
def crowd(size: int) -> Iterator[Crowd]:
    """Give a crowd, and send it home in the end."""
    people = Crowd(size)
    try:
        yield people
    finally:
        people.go_home()
