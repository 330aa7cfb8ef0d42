"""What happens in the demo shop, and when: sixty orders over nine weeks, the same on the same date.

Nothing is written here. The past lies on working days, nine weeks back to yesterday; what is going
on now is told in minutes before the present, so that the shop is at work whenever it is loaded.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from random import Random

from laseros import clock
from queue_app.demo.clients import CLIENTS, ClientSheet
from queue_app.demo.designs import AL, BR, GS, MS, SS, Product, millimetres
from queue_app.demo.presets import standard_of

SEED = 20251027
HISTORY_DAYS = 60
FINISHED = 26  # before today; two more are finished today

SHEET_PRICE_PER_MM = {MS: 420, SS: 1450, AL: 830, BR: 2600, GS: 490}
SETUP_PRICE, MINUTE_PRICE = 450, 24


class Ending(StrEnum):
    """How far an order has come by now."""

    REQUEST = "request"
    QUOTED = "quoted"
    APPROVED = "approved"
    QUEUED = "queued"
    PAUSED = "paused"
    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Twist(StrEnum):
    """What does not go as usual with an order."""

    NONE = ""
    PAUSE = "paused on the way"
    RECUT = "some parts are cut again"
    FORGOTTEN = "started without telling, and accepted"
    OFFLINE = "completed by a phone without network, while paused"
    TWICE = "completed by two phones"
    WITHDRAWN = "taken out of the queue again"


# By the number of the finished order, counted from the oldest; every fifth other one is paused.
TWISTS = {
    3: Twist.RECUT, 9: Twist.RECUT, 15: Twist.RECUT, 20: Twist.RECUT,
    12: Twist.FORGOTTEN, 24: Twist.TWICE, 25: Twist.OFFLINE,
}  # fmt: skip

# Of the queued orders: days from today at which they are due and scheduled (None: not yet),
# priority, and whose they are.
QUEUED: list[tuple[int, int | None, str, str]] = [
    (-2, -1, "high", ""),
    (-1, 0, "high", "operator1"),
    (0, 0, "normal", ""),
    (1, 0, "normal", "operator2"),
    (1, 0, "high", ""),
    (2, 1, "normal", "operator1"),
    (3, 1, "normal", ""),
    (4, 2, "normal", ""),
    (5, 2, "low", "operator3"),
    (6, 3, "normal", ""),
    (8, None, "normal", ""),
    (12, None, "low", ""),
]

# What approved orders lack: nothing, for the first four.
LACKING: list[tuple[str, ...]] = [
    (), (), (), (), ("dxf_files",), ("preset", "estimated_cut_time"), ("material_quantity_sheets",),
]  # fmt: skip

CANCELLED_BECAUSE = [
    "The client found the parts in their own stock.",
    "The client chose aluminium extrusions instead.",
    "No answer to the quote for three weeks.",
]


@dataclass
class Plan:
    """One order. Moments that are None do not come (or have not come yet)."""

    ending: Ending
    client: ClientSheet
    product: Product
    thickness: Decimal
    sets: int
    created_at: dt.datetime
    due: dt.date
    cut_minutes: int
    cutter: str
    twist: Twist = Twist.NONE
    lacks: tuple[str, ...] = ()
    quoted_at: dt.datetime | None = None
    paid_at: dt.datetime | None = None
    prepared_at: dt.datetime | None = None
    queued_at: dt.datetime | None = None
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    cancelled_at: dt.datetime | None = None
    reason: str = ""
    scheduled: dt.date | None = None
    priority: str = "normal"
    assigned_to: str = ""

    @property
    def sheets(self) -> int:
        """Raw plates."""
        return self.product.sheets(self.sets)

    @property
    def minutes(self) -> int:
        """The estimate."""
        speed = standard_of(self.product.material, self.thickness).speed
        return self.product.minutes(self.sets, speed)

    @property
    def pieces(self) -> int:
        """Parts ordered."""
        return self.sets * sum(count for _, count in self.product.parts)

    @property
    def price(self) -> Decimal:
        """The quoted price: setting up, plates, minutes, in tens."""
        plate = SHEET_PRICE_PER_MM[self.product.material] * float(self.thickness)
        raw = SETUP_PRICE + self.sheets * plate + self.minutes * MINUTE_PRICE
        return Decimal(10 * round(raw / 10))


class Planner:
    """Plans the orders, by chance that falls the same way each time."""

    def __init__(self) -> None:
        self.now = clock.now()
        self.today = clock.shop_today()
        self._chance = Random(SEED)  # noqa: S311 - nothing secret
        self._newcomers = self._chance.sample(CLIENTS, k=len(CLIENTS))

    def plans(self) -> list[Plan]:
        """Return all orders."""
        return [
            *self._finished_before_today(),
            *self._at_the_machines(),
            *self._in_the_queue(),
            *self._before_the_queue(),
            *self._cancelled(),
        ]

    # --- Days and hours --------------------------------------------------------------------------

    def workday(self, day: dt.date, offset: int) -> dt.date:
        """Return the working day that is so many working days after (or before) a day."""
        step = dt.timedelta(days=1 if offset > 0 else -1)
        for _ in range(abs(offset)):
            day += step
            while day.weekday() > 4:
                day += step
        return day

    def _at(self, day: dt.date, earliest: int, latest: int) -> dt.datetime:
        """Return some time of the shop's day between two hours."""
        second = self._chance.randrange(earliest * 3600, latest * 3600)
        hour, rest = divmod(second, 3600)
        time = dt.time(hour, rest // 60, rest % 60)
        return dt.datetime.combine(day, time, tzinfo=clock.shop_zone()).astimezone(dt.UTC)

    def _ago(self, minutes: int) -> dt.datetime:
        return self.now - dt.timedelta(minutes=minutes, seconds=self._chance.randrange(60))

    # --- Orders ----------------------------------------------------------------------------------

    def _order(self, ending: Ending, created_on: dt.date, due: dt.date) -> Plan:
        """Return an order of some client for what that client usually has cut."""
        client = self._client()
        product = self._chance.choice([client.orders[0], *client.orders])
        plan = Plan(
            ending,
            client,
            product,
            millimetres(self._chance.choice([product.thicknesses[0], *product.thicknesses])),
            self._chance.randint(*product.sets),
            created_at=self._at(created_on, 8, 11),
            due=due,
            cut_minutes=0,
            cutter=self._chance.choice(["operator1"] * 4 + ["operator2"] * 3 + ["operator3"] * 2),
        )
        plan.cut_minutes = round(plan.minutes * self._chance.uniform(0.86, 1.2))
        return plan

    def _client(self) -> ClientSheet:
        """Return who orders: everybody once, and from then on the regulars more often."""
        if self._newcomers:
            return self._newcomers.pop()
        weights = range(2 * len(CLIENTS), len(CLIENTS), -1)
        return self._chance.choices(CLIENTS, weights)[0]

    def _paid(self, ending: Ending, last_office_day: dt.date, due: dt.date) -> Plan:
        """Return an order that was paid and made ready on an office day."""
        created_on = self.workday(last_office_day, -self._chance.randint(5, 9))
        plan = self._order(ending, created_on, due)
        plan.quoted_at = self._at(self.workday(created_on, 1), 9, 16)
        plan.paid_at = self._at(last_office_day, 9, 12)
        plan.prepared_at = self._at(last_office_day, 12, 14)
        return plan

    def _to_be_cut(self, ending: Ending, on: dt.date, due: dt.date, office: int = 1) -> Plan:
        """Return an order that enters the queue `office` working days before it is to be cut."""
        plan = self._paid(ending, self.workday(on, -office), due)
        plan.queued_at = self._at(self.workday(on, -office), 14, 17)
        plan.scheduled = on
        return plan

    def _finished_before_today(self) -> list[Plan]:
        first = self.today - dt.timedelta(days=HISTORY_DAYS)
        days = [first + dt.timedelta(days=n) for n in range(HISTORY_DAYS)]
        days = [day for day in days if day.weekday() < 5]
        plans = []
        for number in range(FINISHED):
            day = days[number * len(days) // FINISHED]
            due = self.workday(day, self._chance.choice([-1, 0, 1, 2, 2, 3, 4, 5]))
            plan = self._to_be_cut(Ending.COMPLETED, day, due, self._chance.choice([1, 1, 2]))
            plan.started_at = self._at(day, 8, 12)
            plan.ended_at = plan.started_at + dt.timedelta(minutes=plan.cut_minutes)
            usual = Twist.PAUSE if number % 5 == 2 else Twist.NONE
            plan.twist = TWISTS.get(number, usual)
            plans.append(plan)
        return plans

    def _at_the_machines(self) -> list[Plan]:
        """Return what was finished today, what runs, and what is paused."""
        plans = []
        for ended, cutter in [(150, "operator1"), (95, "operator2")]:
            plan = self._to_be_cut(Ending.COMPLETED, self.today, self.workday(self.today, 1))
            plan.cutter, plan.ended_at = cutter, self._ago(ended)
            plan.started_at = plan.ended_at - dt.timedelta(minutes=plan.cut_minutes)
            plans.append(plan)
        paused = self._to_be_cut(Ending.PAUSED, self.today, self.workday(self.today, 1))
        paused.started_at, paused.ended_at = self._ago(105), self._ago(68)
        running = self._to_be_cut(Ending.RUNNING, self.today, self.today)
        running.sets, running.started_at = running.product.sets[1], self._ago(17)
        paused.cutter, running.cutter, running.priority = "operator3", "operator1", "high"
        return [*plans, paused, running]

    def _in_the_queue(self) -> list[Plan]:
        plans = []
        for number, (due, scheduled, priority, person) in enumerate(QUEUED):
            office_day = self.workday(self.today, -1 - (len(QUEUED) - number) // 3)
            plan = self._paid(Ending.QUEUED, office_day, self._day(due))
            plan.queued_at = self._at(office_day, 14, 17)
            plan.scheduled = None if scheduled is None else self._day(scheduled)
            plan.priority, plan.assigned_to = priority, person
            plans.append(plan)
        return plans

    def _day(self, offset: int) -> dt.date:
        return self.workday(self.today, offset)

    def _before_the_queue(self) -> list[Plan]:
        """Return what is approved, quoted, and only asked for."""
        plans = []
        for number, lacks in enumerate(LACKING):
            day = self._day(-1 - number % 4)
            plan = self._paid(Ending.APPROVED, day, self._day(1 + 2 * number))
            plan.lacks = lacks
            if number == 1:
                plan.twist, plan.queued_at = Twist.WITHDRAWN, self._at(day, 14, 17)
            plans.append(plan)
        for number in range(4):
            plan = self._order(Ending.QUOTED, self._day(-3 - number), self._day(6 + 3 * number))
            plan.quoted_at = self._at(self._day(-2 - number), 12, 16)
            plans.append(plan)
        for number in range(4):
            due = self._day(9 + number)
            plans.append(self._order(Ending.REQUEST, self._day(-1 - number // 2), due))
        return plans

    def _cancelled(self) -> list[Plan]:
        """Return one cancelled from the queue, one when quoted, one when asked for."""
        queued = self._paid(Ending.CANCELLED, self._day(-19), self._day(-10))
        queued.queued_at = self._at(self._day(-19), 14, 16)
        quoted = self._order(Ending.CANCELLED, self._day(-15), self._day(-5))
        quoted.quoted_at = self._at(self._day(-14), 9, 15)
        asked = self._order(Ending.CANCELLED, self._day(-12), self._day(-4))
        plans = [queued, quoted, asked]
        for plan, day, reason in zip(plans, (-17, -9, -8), CANCELLED_BECAUSE, strict=True):
            plan.cancelled_at, plan.reason = self._at(self._day(day), 10, 15), reason
        quoted.reason, asked.reason = asked.reason, quoted.reason
        return plans
