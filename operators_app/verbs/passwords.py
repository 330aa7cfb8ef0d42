"""The verb of passwords: its entry in the log names who changed whose, never the hash."""

from __future__ import annotations

from typing import Any, Unpack

from django.contrib.auth.hashers import make_password
from django.db.models import Q
from django.utils.translation import gettext as _

from laseros.errors import TransitionError
from operators_app.models import PastPassword, Session, User
from operators_app.passwords import KEPT
from operators_app.verbs.actor import SYSTEM_USERNAME
from operators_app.verbs.runner import Call, Outcome, Run, Target, run_verb
from operators_app.verbs.signed_in import end_sessions, own_or_manageable_account


def set_password(
    user_id: int, password: str | None, *, temporary: bool = False, **call: Unpack[Call]
) -> Outcome:
    """Set the password of an account; None makes it one that nobody can sign in with.

    Everybody may set their own, an admin everybody's, a manager an operator's. A `temporary` one
    must be changed at the next sign-in. All sessions of the account end, but not the one in which
    somebody sets their own. The password must have passed the validators; the old one's hash is
    kept for them.
    """
    by = call["by"]
    hashed = make_password(password)  # slow on purpose, so before the lock

    def write(run: Run) -> dict[str, Any]:
        user = own_or_manageable_account(run, user_id)
        if user.username == SYSTEM_USERNAME:
            raise TransitionError(_("Nobody signs in as the program itself."), "system_account")
        _keep_past(user)
        run.save(user, password=hashed, must_change_password=temporary)
        sessions = Session.objects.filter(user=user)
        if by.user_id == user_id:
            own = Q(pk=by.session_id)
            sessions.filter(own).update(auth_hash=user.get_session_auth_hash())
            sessions = sessions.exclude(own)
        end_sessions(sessions, run)
        return {"id": user_id}

    given = {"temporary": temporary}
    return run_verb("set_password", Target("user", user_id), given, write, **call)


def _keep_past(user: User) -> None:
    """Remember the hash of the password that is being replaced, and forget the oldest."""
    if user.has_usable_password():
        PastPassword.objects.create(user=user, password=user.password)
    kept = PastPassword.objects.filter(user=user).values_list("pk", flat=True)[:KEPT]
    PastPassword.objects.filter(user=user).exclude(pk__in=list(kept)).delete()
