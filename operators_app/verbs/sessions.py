"""Beginning and ending sign-ins.

A session is no business state: beginning and ending one's own takes no number of the log, so that
signing in does not make every phone fetch everything anew. Who signed in when stands in the login
history. Ending somebody else's is a verb like any other, and is logged.
"""

from __future__ import annotations

import uuid
from typing import Any, Unpack

from django.contrib.sessions.models import Session as BrowserSession
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from laseros.errors import NotAllowed, NotFound, TransitionError
from operators_app.authentication import PhoneRefreshToken, client_ip, user_agent
from operators_app.models import Channel, FactorState, Session, User
from operators_app.verbs.runner import Call, Outcome, Run, Target, run_verb
from operators_app.verbs.signed_in import end_sessions, manageable_account, may_manage_login

NO_SESSION = gettext_lazy("There is no such sign-in.")
NOT_YOURS = gettext_lazy("Only an admin may end this sign-in; a manager may end an operator’s.")


def begin_session(
    user: User, request: HttpRequest, second_factor: str = FactorState.NOT_ASKED
) -> Session:
    """Return a new session of a phone, which lives as long as its refresh token."""
    return Session.objects.create(
        user=user,
        expires_at=timezone.now() + PhoneRefreshToken.lifetime,
        ip_address=client_ip(request),
        user_agent=user_agent(request),
        auth_hash=user.get_session_auth_hash(),
        second_factor=second_factor,
        last_seen_at=timezone.now(),
    )


def begin_browser_session(user: User, request: HttpRequest, awaited: bool) -> Session:
    """Return a new session of a browser, beside the one that Django keeps by its key."""
    now = timezone.now()
    return Session.objects.create(
        user=user,
        expires_at=request.session.get_expiry_date(),
        ip_address=client_ip(request),
        user_agent=user_agent(request),
        channel=Channel.ADMIN,
        second_factor=FactorState.AWAITED if awaited else FactorState.NOT_ASKED,
        last_seen_at=now,
        browser_key=request.session.session_key or "",
    )


def end_session(session_id: uuid.UUID) -> None:
    """End a session; its tokens open nothing from the next request on. Ending it twice is fine."""
    Session.objects.filter(pk=session_id, ended_at=None).update(ended_at=timezone.now())


def is_open(session: Session) -> bool:
    """Tell whether a session may still open something."""
    return session.ended_at is None and session.expires_at > timezone.now()


def still_open() -> Q:
    """Return which sessions may still open something: `is_open`, for a query."""
    return Q(ended_at=None, expires_at__gt=timezone.now())


def open_sessions(user_id: int) -> QuerySet[Session]:
    """Return where somebody is signed in, the device used last first; at most fifty."""
    found = Session.objects.filter(still_open(), user_id=user_id)
    return found.order_by("-last_seen_at", "-created_at")[:50]


def revoke_session(session_id: uuid.UUID, **call: Unpack[Call]) -> Outcome:
    """End somebody's session, for a lost phone; it is signed out at its next request.

    Everybody may end their own, others' as `may_manage_login` tells. Returns {"id": …}. Raises
    NotFound, and TransitionError for a session that has ended or expired already.
    """
    by = call["by"]
    owner = Session.objects.filter(pk=session_id).values_list("user_id", flat=True).first()
    if owner is None:
        raise NotFound(NO_SESSION) if by.manages else NotAllowed(NOT_YOURS)

    def write(run: Run) -> dict[str, Any]:
        session = run.lock(Session, session_id, NO_SESSION)  # type: ignore[arg-type] # a UUID
        if by.user_id != owner and not may_manage_login(by, User.objects.get(pk=owner)):
            raise NotAllowed(NOT_YOURS)
        if not is_open(session):
            raise TransitionError(_("This sign-in has ended already."), "session_ended")
        BrowserSession.objects.filter(session_key=session.browser_key or None).delete()
        run.save(session, ended_at=run.now)
        return {"id": str(session_id)}

    given = {"session": str(session_id)}
    return run_verb("revoke_session", Target("user", owner), given, write, **call)


def sign_out_everywhere(user_id: int, **call: Unpack[Call]) -> Outcome:
    """End all sessions of somebody, on phones and in browsers. Returns {"id": …, "ended": …}.

    Who may, `may_manage_login` tells.
    """

    def write(run: Run) -> dict[str, Any]:
        manageable_account(run, user_id)
        sessions = Session.objects.filter(user_id=user_id, ended_at=None)
        count = sessions.count()
        end_sessions(sessions, run)
        run.after[f"user:{user_id}"] = {"sessions_ended": count}
        _seq = run.seq  # an entry is due
        return {"id": user_id, "ended": count}

    return run_verb("sign_out_everywhere", Target("user", user_id), {}, write, **call)
