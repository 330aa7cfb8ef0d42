"""Ready-made rows for tests, stamped as a verb would stamp them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group

from laseros import clock
from operators_app.models import Operator, Role, User

PASSWORD = "a-password-for-tests"


def stamp() -> dict[str, Any]:
    """Return the columns that a verb would set."""
    now = clock.now()
    return {"created_at": now, "updated_at": now, "seq": 0}


def make_user(username: str, role: Role | None) -> User:
    """Return an account with the role's group."""
    user = User.objects.create_user(username, f"{username}@example.com", PASSWORD)
    if role:
        user.groups.add(Group.objects.get(name=role.value))
    return User.objects.get(pk=user.pk)


def make_person(username: str, role: Role | None) -> Operator:
    """Return an operator profile with its account."""
    user = make_user(username, role)
    return Operator.objects.create(
        user=user, name=username.capitalize(), employee_id=f"OP-{user.pk:03}", email=user.email,
        **stamp(),
    )  # fmt: skip
