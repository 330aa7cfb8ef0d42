"""What is told to the database at the beginning of each connection."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver


@receiver(connection_created, dispatch_uid="plan_without_jit")
def plan_without_jit(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Let PostgreSQL carry out its plans as they are, instead of compiling them first.

    Compiling pays for analyses of minutes; of the statistics over a year of 300,000 runs it takes
    the greater part. A statement, not an option of the connection: poolers refuse what they do not
    know when a connection begins.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET jit = off")
