"""The demo's story: the shop opens, orders come and go, and here we are."""

from __future__ import annotations

import datetime as dt
from functools import partial

from projects_app.verbs.shop import save_shop
from queue_app.demo.cutting import Job
from queue_app.demo.office import MINUTE, Books, Order
from queue_app.demo.people import add_people
from queue_app.demo.plan import Ending, Planner
from queue_app.demo.presets import add_presets
from queue_app.demo.stage import Stage
from queue_app.models import ReportKind
from queue_app.statistics.periods import Period, week_of
from queue_app.verbs import make_report

SHOP = {
    "name": "Kerf & Kettle Laser Works",
    "address": "14 Foundry Lane\nSaltriver 0000",
    "email": "office@laseros.example",
    "phone": "+27 00 555 0100",
}
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
    stage.at(planner.now - MINUTE, partial(_report, stage, planner.today))
    stage.play()


def _report(stage: Stage, today: dt.date) -> None:
    """Let the reports of the last days and of the last week be there."""
    for days in (3, 2, 1):
        day = today - dt.timedelta(days=days)
        make_report(ReportKind.DAILY, Period(day, day), **stage.call("system"))
    week = week_of(today - dt.timedelta(days=7))
    make_report(ReportKind.WEEKLY, week, **stage.call("system"))


def _open(stage: Stage) -> None:
    stage.say("Loading the demo shop: people and presets…")
    add_people(stage)
    save_shop(SHOP, **stage.call("admin"))
