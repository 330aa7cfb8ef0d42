"""System checks for what would be a mistake in operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import Error as DatabaseError

from operators_app.models import User


def published_passwords() -> list[str]:
    """Return the names of active accounts that still have the demo's published password."""
    users = User.objects.filter(username__in=settings.DEMO_ACCOUNTS, is_active=True)
    try:
        return [user.username for user in users if user.check_password(settings.DEMO_PASSWORD)]
    except DatabaseError:  # before the first migration
        return []


@register(Tags.database)
def no_published_password(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Refuse the demo's published password where DEBUG is off."""
    names = [] if settings.DEBUG or not databases else published_passwords()
    if not names:
        return []
    return [
        Error(
            f"Anybody knows the password of {', '.join(names)}: it is the demo's.",
            hint="Give these accounts passwords of their own, or deactivate them; or begin with "
            "an empty database.",
            id="laseros.E001",
        )
    ]
