"""The verb of accounts: who may sign in, and with which role. Only an admin has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

from django.db.models import Q

from laseros.errors import NotAllowed, TransitionError
from operators_app.models import Role, User
from operators_app.verbs.actor import SYSTEM_USERNAME
from operators_app.verbs.edit import apply, telling
from operators_app.verbs.runner import Call, Outcome, Run, Target, run_verb


def save_account(user_id: int | None, changes: Mapping[str, Any], **call: Unpack[Call]) -> Outcome:
    """Change an account, or create one (`user_id` None); `groups` is the list of its roles.

    Returns {"id": …}. Raises NotAllowed for everybody but an admin, TransitionError for the
    system's own account and where no active admin would remain.
    """
    if call["by"].role != Role.ADMIN:
        raise NotAllowed("Only an admin may change accounts and their rights.")

    def write(run: Run) -> dict[str, Any]:
        user = User() if user_id is None else run.lock(User, user_id, "There is no such account.")
        if user.username == SYSTEM_USERNAME:
            raise TransitionError(
                "This account is the program's own; it does the automatic work.", "system_account"
            )
        admins_before = _active_admins()
        apply(run, user, changes)
        if admins_before and not _active_admins():
            raise TransitionError(
                "No active admin would be left; make somebody else an admin first.", "last_admin"
            )
        return {"id": user.pk}

    verb = "create" if user_id is None else "edit"
    return run_verb(verb, Target("user", user_id), telling(changes), write, **call)


def _active_admins() -> bool:
    admins = User.objects.filter(Q(is_superuser=True) | Q(groups__name=Role.ADMIN.value))
    return admins.filter(is_active=True).exists()
