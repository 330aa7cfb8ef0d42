"""The log's nudge, what it tells of itself, and the login history's listeners."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import Signal, receiver
from django.http import HttpRequest

from laseros import metrics

# Sent after a commit with the `seq` of the new entry: a live channel of this process wakes up.
log_appended = Signal()

# Sent by a verb that wrote anything, inside its transaction: sender=Run, run=Run. What is derived
# from the rows is brought into line here.
rows_written = Signal()


@metrics.gauge("laseros_log_seq", "The number of the newest entry of the activity log.", "")
def newest() -> dict[str, int]:
    """Return the log's head."""
    from operators_app.models import LogHead

    return {"": LogHead.objects.values_list("seq", flat=True).get(pk=1)}


@receiver(user_logged_in, dispatch_uid="login_history_success")
def remember_success(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Note a sign-in, in the admin or on the phone; one in a browser is listed from then on.

    Where a code is asked for besides, the sign-in succeeds only with it.
    """
    from operators_app.authentication import remember
    from operators_app.gate import note_sign_in
    from operators_app.models import LoginOutcome
    from operators_app.verbs.sessions import begin_browser_session

    if request.path_info.startswith("/api/"):
        remember(request, user.get_username(), LoginOutcome.SUCCESS, user)
        return
    awaited = user.second_factor_at is not None
    outcome = LoginOutcome.CODE_AWAITED if awaited else LoginOutcome.SUCCESS
    remember(request, user.get_username(), outcome, user)
    if request.session.session_key is None:
        request.session.create()
    note_sign_in(request, begin_browser_session(user, request, awaited))


@receiver(user_logged_out, dispatch_uid="end_of_browser_session")
def end_sign_in(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    """Let the list of sign-ins know that somebody has left the back office."""
    from operators_app.gate import sign_in_id
    from operators_app.verbs.sessions import end_session

    if (session_id := sign_in_id(request)) is not None:
        end_session(session_id)


@receiver(user_login_failed, dispatch_uid="login_history_failure")
def remember_failure(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
) -> None:
    """Note a failed try; of those that were refused unheard, the first of each lock."""
    from operators_app.authentication import lock_was_told, refused_unheard, remember
    from operators_app.models import LoginOutcome

    if request is None:
        return
    username = str(credentials.get("username", ""))
    if not refused_unheard(request):
        remember(request, username, LoginOutcome.WRONG_PASSWORD)
    elif not lock_was_told(request, username):
        remember(request, username, LoginOutcome.LOCKED_OUT)
