"""The demo's office: clients ask, are given a quote, pay; drawings come; or all is called off."""

from __future__ import annotations

import datetime as dt
from typing import Any

from projects_app.models import Part
from projects_app.verbs import (
    cancel_project,
    create_client,
    create_part,
    create_project,
    record_pop,
    set_quote,
    update_project,
)
from projects_app.verbs.project_parts import save_project_part
from queue_app.demo.clients import ClientSheet
from queue_app.demo.designs import Design
from queue_app.demo.plan import Ending, Plan, Twist
from queue_app.demo.presets import standard_of
from queue_app.demo.stage import Stage

MINUTE = dt.timedelta(minutes=1)
SPEAK_AFTER = 10


class Books:
    """Whom and what the office knows already: clients, their parts, their earlier orders."""

    def __init__(self, stage: Stage, expected: int) -> None:
        self.stage = stage
        self.expected = expected
        self.orders = 0
        self._clients: dict[str, int] = {}
        self._parts: dict[tuple[str, str], int] = {}
        self._names: dict[tuple[str, str], int] = {}

    def client(self, sheet: ClientSheet) -> int:
        """Return a client's id; one that orders for the first time is entered."""
        if sheet.name not in self._clients:
            number = len(self._clients) + 1
            fields = {
                "name": sheet.name,
                "contact_person": sheet.contact_person,
                "email": sheet.email,
                "phone": f"+27 00 555 {200 + number:04}",
                "address": sheet.address,
            }
            call = self.stage.call("manager")
            self._clients[sheet.name] = create_client(fields, **call).data["id"]
        return self._clients[sheet.name]

    def part(self, sheet: ClientSheet, design: Design) -> int:
        """Return a client's part; one that is ordered for the first time is entered."""
        key = sheet.name, design.file_name
        if key not in self._parts:
            size = f"{design.length_mm:.0f} × {design.width_mm:.0f} mm"
            fields = {"name": design.name, "description": size, "client_id": self.client(sheet)}
            call = self.stage.call("manager")
            self._parts[key] = create_part(fields, **call).data["id"]
        return self._parts[key]

    def name_of(self, plan: Plan) -> str:
        """Return what to call an order; a repeated one says so."""
        key = plan.client.name, plan.product.name
        times = self._names[key] = self._names.get(key, 0) + 1
        return plan.product.name if times == 1 else f"{plan.product.name}, batch {times}"

    def count_order(self) -> None:
        """Say from time to time how far the loading has come."""
        self.orders += 1
        if self.orders % SPEAK_AFTER == 0:
            self.stage.say(f"Loading the demo shop: projects {self.orders}/{self.expected}…")


class Order:
    """One order, as the office deals with it."""

    def __init__(self, books: Books, plan: Plan) -> None:
        self.books = books
        self.stage = books.stage
        self.plan = plan
        self.id = 0
        self.parts: dict[str, int] = {}

    def stage_all(self) -> None:
        """Have each step of the office carried out at its time."""
        plan = self.plan
        self._at(plan.created_at, self.create)
        if self._brings_drawings:
            self._at((plan.quoted_at or plan.created_at + 70 * MINUTE) - 25 * MINUTE, self.draw)
        self._at(plan.quoted_at, self.quote)
        self._at(plan.paid_at, self.receive_payment)
        self._at(plan.prepared_at, self.prepare)
        self._at(plan.cancelled_at, self.cancel)
        if plan.ending == Ending.COMPLETED and plan.ended_at and plan.twist != Twist.RECUT:
            self._at(plan.ended_at + 85 * MINUTE, self.bill)

    def _at(self, moment: dt.datetime | None, step: Any) -> None:
        if moment:
            self.stage.at(moment, step)

    @property
    def _brings_drawings(self) -> bool:
        """Whether the client has sent drawings: with a mere question, only one of two does."""
        if self.plan.ending in {Ending.REQUEST, Ending.CANCELLED} and not self.plan.quoted_at:
            return self.plan.sets % 2 == 0
        return "dxf_files" not in self.plan.lacks

    def create(self) -> None:
        """Enter the order with its parts."""
        plan = self.plan
        fields = {
            "description": plan.product.description,
            "material": self.stage.materials[plan.product.material],
            "material_thickness": plan.thickness,
            "parts_quantity": plan.pieces,
            "due_date": plan.due,
        }
        client_id = self.books.client(plan.client)
        name = self.books.name_of(plan)
        call = self.stage.call("manager")
        made = create_project(client_id=client_id, name=name, fields=fields, **call)
        self.id = made.data["project"]["id"]
        for design, count in plan.product.parts:
            part_id = self.books.part(plan.client, design)
            self.parts[design.file_name] = part_id
            line = {"part": Part.objects.get(pk=part_id), "quantity": count * plan.sets}
            save_project_part(self.id, None, line, **self.stage.call("manager"))
        self.books.count_order()

    def draw(self) -> None:
        """Put in the client's drawings, one for each part."""
        for design, _ in self.plan.product.parts:
            self.stage.upload(self.id, design, self.parts[design.file_name])

    def quote(self) -> None:
        """Send the quote."""
        set_quote(self.id, self.plan.price, **self.stage.call("manager"))

    def receive_payment(self) -> None:
        """Note the proof of payment."""
        record_pop(self.id, **self.stage.call("manager"))

    def prepare(self) -> None:
        """Enter what the cut needs: an operator looks at the drawings and estimates."""
        preset = standard_of(self.plan.product.material, self.plan.thickness)
        fields: dict[str, Any] = {
            "material_quantity_sheets": self.plan.sheets,
            "estimated_cut_time": self.plan.minutes,
            "preset_id": self.stage.presets[preset.name],
        }
        for name in self.plan.lacks:
            fields.pop("preset_id" if name == "preset" else name, None)
        update_project(self.id, fields, **self.stage.call(self.plan.cutter))
        drawing_time = {"drawing_creation_time": 10 + 10 * len(self.parts)}
        update_project(self.id, drawing_time, **self.stage.call("manager"))

    def cancel(self) -> None:
        """Call the order off."""
        cancel_project(self.id, self.plan.reason, **self.stage.call("manager"))

    def bill(self) -> None:
        """Enter the final price."""
        price = {"final_price": self.plan.price}
        update_project(self.id, price, **self.stage.call("manager"))
