"""The verb of passwords: its entry in the log names who changed whose, never the hash."""

from __future__ import annotations

from typing import Any, Unpack

from django.contrib.auth.hashers import make_password

from laseros.errors import NotAllowed, TransitionError
from operators_app.models import Role, User
from operators_app.verbs.actor import SYSTEM_USERNAME
from operators_app.verbs.runner import Call, Outcome, Run, Target, run_verb


def set_password(user_id: int, password: str | None, **call: Unpack[Call]) -> Outcome:
    """Set the password of an account; None makes it one that nobody can sign in with.

    Everybody may set their own, an admin everybody's. All phone sessions of the account end with
    it, for their tokens are bound to the old one. The password must have passed the validators.
    """
    by = call["by"]
    if by.user_id != user_id and by.role != Role.ADMIN:
        raise NotAllowed("Only an admin may set somebody else's password.")
    hashed = make_password(password)  # slow on purpose, so before the lock

    def write(run: Run) -> dict[str, Any]:
        user = run.lock(User, user_id, "There is no such account.")
        if user.username == SYSTEM_USERNAME:
            raise TransitionError("Nobody signs in as the program itself.", "system_account")
        run.save(user, password=hashed)
        return {"id": user_id}

    return run_verb("set_password", Target("user", user_id), {}, write, **call)
