"""Beginning and ending sign-ins.

A session is no business state: beginning and ending one's own takes no number of the log, so that
signing in does not make every phone fetch everything anew. Who signed in when stands in the login
history. Ending somebody else's is a verb like any other, and is logged.
"""

from __future__ import annotations

import uuid
from typing import Any, Unpack

from django.http import HttpRequest
from django.utils import timezone

from laseros.errors import NotAllowed, NotFound, TransitionError
from operators_app.authentication import PhoneRefreshToken, client_ip, user_agent
from operators_app.models import Role, Session, User
from operators_app.verbs.runner import Call, Outcome, Run, Target, run_verb

NO_SESSION = "There is no such sign-in."


def begin_session(user: User, request: HttpRequest) -> Session:
    """Return a new session, which lives as long as its refresh token."""
    return Session.objects.create(
        user=user,
        expires_at=timezone.now() + PhoneRefreshToken.lifetime,
        ip_address=client_ip(request),
        user_agent=user_agent(request),
        auth_hash=user.get_session_auth_hash(),
    )


def end_session(session_id: uuid.UUID) -> None:
    """End a session; its tokens open nothing from the next request on. Ending it twice is fine."""
    Session.objects.filter(pk=session_id, ended_at=None).update(ended_at=timezone.now())


def is_open(session: Session) -> bool:
    """Tell whether a session's tokens may still open something."""
    return session.ended_at is None and session.expires_at > timezone.now()


def revoke_session(session_id: uuid.UUID, **call: Unpack[Call]) -> Outcome:
    """End somebody's session, for a lost phone; it is signed out at its next request.

    Only an admin may. Returns {"id": …}. Raises NotFound, and TransitionError for a session that
    has ended or expired already.
    """
    if call["by"].role != Role.ADMIN:
        raise NotAllowed("Only an admin may end somebody's sign-in.")
    user_id = Session.objects.filter(pk=session_id).values_list("user_id", flat=True).first()
    if user_id is None:
        raise NotFound(NO_SESSION)

    def write(run: Run) -> dict[str, Any]:
        session = run.lock(Session, session_id, NO_SESSION)  # type: ignore[arg-type] # a UUID
        if not is_open(session):
            raise TransitionError("This sign-in has ended already.", "session_ended")
        run.save(session, ended_at=run.now)
        return {"id": str(session_id)}

    given = {"session": str(session_id)}
    return run_verb("revoke_session", Target("user", user_id), given, write, **call)
