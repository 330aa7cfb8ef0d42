"""What stands between the right password and the back office, and the browser's sign-in itself.

Whoever has given the right password may have to give a code, to choose a password of their own, or
to set up two-factor sign-in. Until then their session opens nothing but the page that asks for it.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from laseros.api import error_response
from laseros.outages import outage
from laseros.views import unavailable
from operators_app.models import FactorState, Session, User

PASSWORD, CODE, SET_UP = "password_change_required", "otp_required", "second_factor_required"
SENTENCES = {
    PASSWORD: _("Choose a password of your own first; nothing else works until then."),
    CODE: _("Type the code from your app first; nothing else works until then."),
    SET_UP: _("Your role requires two-factor sign-in; set it up first."),
}
PAGES = {
    PASSWORD: "admin:password_change",
    CODE: "admin:second_factor_code",
    SET_UP: "admin:second_factor_set_up",
}
ALWAYS_OPEN = ("admin:logout", "admin:jsi18n")
ELSEWHERE = ("/api/", "/static/", "/health", "/metrics", "/i18n/")

NOT_SAVED = _(
    "You were not signed in any more, and nothing of what you sent was saved. Sign in, then go "
    "back with your browser to what you typed, and send it again."
)

FACTOR = "second_factor"  # in a browser's session: since when the factor is set up that it passed
SIGN_IN = "sign_in"  # in a browser's session: {"id": of our Session, "key", "seen"}
NEW_KEY = "new_key"  # in a browser's session: the number of the key that it is being shown
SEEN_SECONDS = 300

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def pending_step(request: HttpRequest) -> str:
    """Return what whoever has signed in must do before anything else; nothing: all is done."""
    user = request.user
    if not user.is_authenticated:
        return ""
    if user.second_factor_at and request.session.get(FACTOR) != _mark(user):
        return CODE
    if user.must_change_password:
        return PASSWORD
    if not user.second_factor_at and user.needs_second_factor:
        return SET_UP
    return ""


def _mark(user: User) -> str:
    return user.second_factor_at.isoformat() if user.second_factor_at else ""


def pass_second_factor(request: HttpRequest, user: User) -> None:
    """Note that this browser has shown the second factor; its session goes on under a new key."""
    request.session.cycle_key()
    request.session[FACTOR] = _mark(user)
    Session.objects.filter(Q(pk=sign_in_id(request))).update(second_factor=FactorState.PASSED)


def sign_in_id(request: HttpRequest) -> uuid.UUID | None:
    """Return the id of the browser's own sign-in."""
    told = request.session.get(SIGN_IN) if hasattr(request, "session") else None
    return uuid.UUID(told["id"]) if told else None


def note_sign_in(request: HttpRequest, session: Session) -> None:
    """Let the browser's session know its sign-in; no code has been given in it yet."""
    request.session.pop(FACTOR, None)
    request.session.pop(NEW_KEY, None)  # whoever was here before may have seen it
    request.session[SIGN_IN] = {
        "id": str(session.pk), "key": session.browser_key, "seen": int(time.time()),
    }  # fmt: skip


class SignInGate:
    """Leads whoever has not done with signing in to what is left, whatever page they ask for."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(ELSEWHERE):
            return self.get_response(request)
        try:
            step = pending_step(request) if SESSION_KEY in request.session else ""
        except Exception as error:  # there is no view yet that would answer for it
            told = outage(error)
            if told is None:
                raise
            return unavailable(told)
        if step and not _is_open(request, step):
            return _lead(request, step)
        response = self.get_response(request)
        if response.status_code < 500:
            _keep_up(request)
        if _was_not_taken(request, response):
            messages.warning(request, NOT_SAVED)
        return response


def _was_not_taken(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Tell whether somebody who was signed out meanwhile sent a page, and is led to sign in."""
    sign_in = reverse("admin:login")
    to, _question, _rest = response.headers.get("Location", "").partition("?")
    sent_page = request.method == "POST" and not request.headers.get("HX-Request")
    return sent_page and to == sign_in and request.path not in {sign_in, reverse("admin:logout")}


def _is_open(request: HttpRequest, step: str) -> bool:
    """Tell whether this address is part of signing in, as far as this person has come."""
    if request.path == reverse("admin:login"):
        return request.method == "POST"
    return request.path in {reverse(name) for name in (*ALWAYS_OPEN, PAGES[step])}


def _lead(request: HttpRequest, step: str) -> HttpResponseBase:
    """Lead to the page of the step; tell programs in the API's envelope."""
    page = reverse(PAGES[step])
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": page})
    accepts = request.headers.get("Accept", "")
    if "/api/" in request.path or ("json" in accepts and "html" not in accepts):
        return error_response(403, str(SENTENCES[step]), step)
    wanted = request.GET.get("next", "") if request.path == reverse("admin:login") else ""
    if not wanted and request.method == "GET" and request.path != reverse("admin:login"):
        wanted = request.get_full_path()
    return HttpResponseRedirect(f"{page}?{urlencode({'next': wanted})}" if wanted else page)


def _keep_up(request: HttpRequest) -> None:
    """Follow the browser's session to a new key, and note every few minutes that it is in use."""
    if not request.session.accessed or not (told := request.session.get(SIGN_IN)):
        return
    key, now = request.session.session_key, int(time.time())
    if told["key"] == key and now - told["seen"] < SEEN_SECONDS:
        return
    request.session[SIGN_IN] = {**told, "key": key, "seen": now}
    Session.objects.filter(pk=told["id"]).update(
        browser_key=key or "", last_seen_at=timezone.now(),
        expires_at=request.session.get_expiry_date(),
    )  # fmt: skip
