"""The demo's story: the shop opens, orders come and go, and here we are."""

from __future__ import annotations

import datetime as dt
from functools import partial

from queue_app.demo.cutting import Job
from queue_app.demo.office import MINUTE, Books, Order
from queue_app.demo.people import add_people
from queue_app.demo.plan import Ending, Planner
from queue_app.demo.presets import add_presets
from queue_app.demo.stage import Stage

BEFORE_THE_FIRST_ORDER = dt.timedelta(days=3)


def tell(stage: Stage, planner: Planner) -> None:
    """Carry out the whole story, in the order of time."""
    plans = planner.plans()
    opening = min(plan.created_at for plan in plans) - BEFORE_THE_FIRST_ORDER
    stage.at(opening, partial(_open, stage))
    stage.at(opening + 45 * MINUTE, partial(add_presets, stage))
    books = Books(stage, expected=len(plans))
    for plan in plans:
        order = Order(books, plan)
        job = Job(order)
        order.stage_all()
        job.stage_all()
        if plan.ending == Ending.QUEUED and plan.due < planner.today and plan.queued_at:
            stage.at(planner.now - 40 * MINUTE, partial(job.to_position, 3))
    stage.play()


def _open(stage: Stage) -> None:
    stage.say("Loading the demo shop: people and presets…")
    add_people(stage)
