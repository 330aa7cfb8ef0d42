"""Signing in: tokens bound to a session, throttling, and the history of tries."""

from __future__ import annotations

import datetime as dt
import ipaddress
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.backends import AllowAllUsersModelBackend
from django.db.models import Min, OuterRef, QuerySet, Subquery, UUIDField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from laseros.api import error_response
from laseros.compiled import CompiledQuery, Given
from laseros.errors import NotAllowed, NotSignedIn
from operators_app.gate import PASSWORD, SENTENCES, SET_UP
from operators_app.models import (
    ROLES_OF_THE_API,
    FactorState,
    LogHead,
    LoginOutcome,
    LoginRecord,
    Role,
    Session,
    Source,
    User,
)
from operators_app.token_backend import own_token_backend
from operators_app.verbs.actor import Actor

if TYPE_CHECKING:  # at run time DRF is still loading this module's own settings
    from rest_framework.views import APIView


class AccountBackend(AllowAllUsersModelBackend):
    """Checks passwords of inactive accounts too, but keeps nobody inactive signed in.

    So whoever knows the password is told “Account is inactive”, as the contract wants it; the
    admin's login form refuses inactive accounts itself.
    """

    def get_user(self, user_id: Any) -> User | None:
        """Return the account of an admin session, None once it is inactive."""
        user = super().get_user(user_id)
        return user if isinstance(user, User) and user.is_active else None


def client_ip(request: HttpRequest) -> str | None:
    """Return the address a request came from.

    Behind PROXY_COUNT proxies it is that many entries from the end of X-Forwarded-For: what
    stands further left was written by the client and proves nothing.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.PROXY_COUNT:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
        address = hops[-settings.PROXY_COUNT] if len(hops) >= settings.PROXY_COUNT else address
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    return str(getattr(found, "ipv4_mapped", None) or found)


def network_of(address: str | None) -> str | None:
    """Return what counts as one address: of IPv6 the /64, all of which one customer has."""
    if address and ":" in address:
        return str(ipaddress.ip_network(f"{address}/64", strict=False).network_address)
    return address


def guarded_address(request: HttpRequest) -> str | None:
    """Return the address by which failed sign-ins are counted."""
    return network_of(client_ip(request))


def user_agent(request: HttpRequest) -> str:
    """Return the device's name as its browser or app tells it, cut to what a column holds."""
    return request.headers.get("User-Agent", "").replace("\0", "")[:300]


def remember(
    request: HttpRequest, username: str, outcome: LoginOutcome, user: User | None = None
) -> None:
    """Add one line to the login history."""
    known = user or User.objects.filter(username=username).first()
    LoginRecord.objects.create(
        user=known,
        username=username.replace("\0", "")[:150],
        ip_address=client_ip(request),
        user_agent=user_agent(request),
        channel="api" if request.path_info.startswith("/api/") else "admin",
        outcome=outcome,
    )


def lock_was_told(request: HttpRequest, username: str) -> bool:
    """Whether the history tells already that this name is locked for this address.

    Once is enough: a thousand tries against a lock shall not make a thousand rows.
    """
    told = LoginRecord.objects.filter(
        username=username,
        outcome=LoginOutcome.LOCKED_OUT,
        at__gt=timezone.now() - settings.AXES_COOLOFF_TIME,
    )
    networks = {network_of(one) for one in told.values_list("ip_address", flat=True)}
    return guarded_address(request) in networks


def refused_unheard(request: HttpRequest) -> bool:
    """Whether axes refused this try without looking at the password."""
    counted = getattr(request, "axes_failures_since_start", None) is not None
    return bool(getattr(request, "axes_locked_out", False)) and not counted


def lockout_response(
    request: HttpRequest,
    original_response: HttpResponse | None = None,
    credentials: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Answer 429 with Retry-After to a try that was refused unheard.

    The failure that reaches the limit is still answered as a failure; the next one is refused.
    """
    if original_response is not None and not refused_unheard(request):
        return original_response
    seconds = _seconds_left(request, str((credentials or {}).get("username", "")))
    wait = _("Too many failed sign-ins; wait %(minutes)s minutes and try again.") % {
        "minutes": -(-seconds // 60)
    }
    if request.path_info.startswith("/api/"):
        response = error_response(429, wait)
    else:
        context = {**admin.site.each_context(request), "sentence": wait}
        response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return response


def _seconds_left(request: HttpRequest, username: str) -> int:
    """Return for how long this name stays locked for this address; at least one second."""
    last = (
        AccessAttempt.objects.filter(username=username, ip_address=guarded_address(request))
        .order_by("-attempt_time")
        .values_list("attempt_time", flat=True)
        .first()
    )
    end = (last or timezone.now()) + settings.AXES_COOLOFF_TIME
    return max(1, round((end - timezone.now()).total_seconds()))


class PhoneAccessToken(AccessToken):
    """Opens the API for a short time."""

    lifetime = dt.timedelta(minutes=settings.ACCESS_TOKEN_MINUTES)
    expired = gettext_lazy("Token has expired")
    invalid = gettext_lazy("Invalid token")
    _token_backend = own_token_backend


class PhoneRefreshToken(RefreshToken):
    """Gives new access tokens for as long as its session lives."""

    lifetime = dt.timedelta(days=settings.REFRESH_TOKEN_DAYS)
    expired = gettext_lazy("Refresh token has expired")
    invalid = gettext_lazy("Invalid refresh token")
    _token_backend = own_token_backend


def issue(token_class: type[Token], actor_claims: Mapping[str, Any], session: Session) -> str:
    """Return a signed token of the session; `actor_claims` are added as they are."""
    token = token_class()
    token["sid"] = str(session.pk)
    for name, value in actor_claims.items():
        token[name] = value
    return str(token)


def read_token(
    raw: str, token_class: type[PhoneAccessToken] | type[PhoneRefreshToken]
) -> PhoneAccessToken | PhoneRefreshToken:
    """Return the verified token; raise NotSignedIn with the contract's texts (section 8.1)."""
    try:
        return token_class(raw)  # type: ignore[arg-type]
    except ExpiredTokenError as error:
        raise NotSignedIn(token_class.expired, "token_expired") from error
    except (TokenError, ValueError, TypeError) as error:
        if "wrong type" in str(error):
            raise NotSignedIn(_("Invalid token type"), "token_wrong_type") from error
        raise NotSignedIn(token_class.invalid, "token_invalid") from error


def session_of(token: Token) -> uuid.UUID:
    """Return the id of the session that a verified token belongs to."""
    try:
        return uuid.UUID(token.get("sid"))
    except (ValueError, TypeError, AttributeError) as error:
        raise NotSignedIn(_("Invalid token"), "token_invalid") from error


def _session(session: Given) -> QuerySet[Session]:
    return Session.objects.filter(pk=session, ended_at=None)


def _role() -> Subquery:
    groups = User.groups.through.objects.filter(
        user_id=OuterRef("user_id"), group__name__in=Role.values
    )
    # The roles' names happen to sort by rank: admin, manager, operator, viewer.
    return Subquery(groups.values("user_id").values(first=Min("group__name")))


# The one query that reads a session's validity together with the head of the log.
SESSION = CompiledQuery(
    _session,
    {
        "user_id": "user_id",
        "username": "user__username",
        "password": "user__password",
        "is_active": "user__is_active",
        "is_superuser": "user__is_superuser",
        "must_change_password": "user__must_change_password",
        "second_factor": "second_factor",
        "operator_id": "user__operator__id",
        "operator_is_active": "user__operator__is_active",
        "expires_at": "expires_at",
        "auth_hash": "auth_hash",
        "role": _role(),
        "seq": Subquery(LogHead.objects.filter(pk=1).values("seq")),
        "epoch": Subquery(LogHead.objects.filter(pk=1).values("epoch")),
    },
    session=UUIDField(),
)


def actor_of_session(session_id: uuid.UUID) -> Actor:
    """Return whoever signed in with this session, in one query.

    Raises NotSignedIn once the session ended or expired, the account or the operator became
    inactive, or the password changed.
    """
    rows = SESSION.rows(session=session_id)
    if not rows:
        raise NotSignedIn(_("This sign-in has ended; sign in again."), "session_ended")
    row = rows[0]
    if not row["is_active"] or row["operator_is_active"] is False:
        raise NotSignedIn(_("Account is inactive"), "account_inactive")
    auth_hash = User(password=row["password"]).get_session_auth_hash()
    is_current = constant_time_compare(row["auth_hash"], auth_hash)
    if row["expires_at"] <= timezone.now() or not is_current:
        raise NotSignedIn(_("This sign-in has ended; sign in again."), "session_ended")
    role = Role.ADMIN if row["is_superuser"] else Role(row["role"]) if row["role"] else None
    return Actor(
        user_id=row["user_id"],
        username=row["username"],
        role=role,
        operator_id=row["operator_id"],
        source=Source.API,
        session_id=session_id,
        pending=_pending(row),
        seq=row["seq"] or 0,
        epoch=str(row["epoch"]),
    )


def _pending(session: Mapping[str, Any]) -> str:
    """Return the code of what this person must do before the phone is of any use."""
    if session["must_change_password"]:
        return PASSWORD
    return SET_UP if session["second_factor"] == FactorState.AWAITED else ""


class TokenAuthentication(BaseAuthentication):
    """Reads `Authorization: Bearer <access token>`; the request's user is an Actor."""

    def authenticate(self, request: Request) -> tuple[Any, Token]:
        """Return (actor, token); raise NotSignedIn for anything else, with the contract's texts."""
        header = request.headers.get("Authorization", "")
        if not header:
            raise NotSignedIn(_("Token is missing"), "token_missing")
        scheme, _space, raw = header.partition(" ")
        if scheme.lower() != "bearer" or not raw or " " in raw:
            raise NotSignedIn(_("Invalid token format"), "token_malformed")
        token = read_token(raw, PhoneAccessToken)
        return actor_of_session(session_of(token)), token

    def authenticate_header(self, request: Request) -> str:
        """Tell clients which scheme is spoken here."""
        return "Bearer"


class MayUseApi(BasePermission):
    """Admits the roles that may use the API at all; what each may do there, the verbs know.

    Who has still to choose a password, or to set up two-factor sign-in, gets no further than the
    views that are for this (`part_of_sign_in`).
    """

    message = gettext_lazy("Insufficient permissions")

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Return whether this actor's role may use the API; raise NotAllowed for the half-way."""
        actor = request.user
        if getattr(actor, "role", None) not in ROLES_OF_THE_API:
            return False
        pending = getattr(actor, "pending", "")
        if pending and not getattr(view, "part_of_sign_in", False):
            raise NotAllowed(str(SENTENCES[pending]), pending)
        return True
