"""Beginning and ending sign-ins.

A session is no business state: it takes no number of the log, so that signing in does not make
every phone fetch everything anew. Who signed in when stands in the login history.
"""

from __future__ import annotations

import uuid

from django.http import HttpRequest
from django.utils import timezone

from operators_app.authentication import PhoneRefreshToken, client_ip, user_agent
from operators_app.models import Session, User


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
