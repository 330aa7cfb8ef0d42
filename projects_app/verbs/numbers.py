"""The numbers that clients and parts are given once, one after the other."""

from __future__ import annotations

from django.db.models import Max

from projects_app.models import Client, Part


def number_client(client: Client, number: int) -> None:
    """Give a new client this number and the code made of it (CL0001)."""
    client.number, client.code = number, f"CL{number:04}"


def number_part(part: Part, number: int) -> None:
    """Give a new part this number, also as its part number (PT00001)."""
    part.number, part.part_number = number, f"PT{number:05}"


def next_number(model: type[Client] | type[Part]) -> int:
    """Return the next number; the log's head must be locked, so that nobody else is given it."""
    return int(model._default_manager.aggregate(last=Max("number"))["last"] or 0) + 1
