"""For migrations that make tables: they are not taken back over what people did there.

What the log tells is filled in again from it (`log_columns`); what it does not, such as the hashes
of past passwords, would be gone for ever.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django.core.management.base import CommandError
from django.db import migrations


class Kept(NamedTuple):
    """Rows that are somebody's work: of a model, those that are not `unless`; and what they are."""

    model: str
    what: str
    unless: dict[str, Any]


def refuse_to_lose(app_label: str, *kept: Kept) -> migrations.RunPython:
    """Return an operation, to stand last, that refuses to be taken back while there are such rows.

    It raises CommandError with a sentence that tells what would be lost, and what to do instead.
    """

    def refuse(apps: Any, schema_editor: Any) -> None:
        found = []
        for one in kept:
            rows = apps.get_model(app_label, one.model)._base_manager
            unless = rows.filter(**one.unless).values("pk") if one.unless else rows.none()
            if count := rows.exclude(pk__in=unless).count():
                found.append(f"{one.what} ({count})")
        if found:
            raise CommandError(
                f"Taking this migration back would lose {', '.join(found)}. Nothing was lost: run "
                "“migrate” to go on as before, or restore a backup of the time to which you want "
                "to go back."
            )

    return migrations.RunPython(migrations.RunPython.noop, refuse)
