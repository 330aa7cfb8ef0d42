"""The base of the API's views, and the endpoints of signing in (contract, sections 5.1 and 5.5)."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable
from typing import Any, ClassVar, cast

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from laseros import __version__
from laseros.api import holds, invalid, to_json
from laseros.errors import (
    InvalidInput,
    LaserOSError,
    NotAllowed,
    NotFound,
    NotSignedIn,
    TooManyAttempts,
)
from laseros.languages import Text
from laseros.schema import Endpoint
from operators_app.authentication import (
    PhoneAccessToken,
    PhoneRefreshToken,
    actor_of_session,
    issue,
    read_token,
    remember,
    session_of,
)
from operators_app.gate import CODE
from operators_app.models import (
    ROLES_OF_THE_API,
    FactorState,
    LoginOutcome,
    Operator,
    Role,
    Session,
    User,
)
from operators_app.second_factor import Verdict, check_code, what_was_wrong
from operators_app.serializers import (
    LoginAnswer,
    LoginBody,
    LogoutAnswer,
    ProfileAnswer,
    RefreshAnswer,
    RefreshBody,
    operator_brief,
    operator_profile,
)
from operators_app.verbs import Actor, Call, Outcome
from operators_app.verbs.sessions import begin_session, end_session

CACHED_SECONDS = 300
A_UUID = re.compile("[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE | re.ASCII)


class TooLarge(LaserOSError):
    """The body is larger than the API takes."""

    status = 413
    code = "too_large"


class ApiView(APIView):
    """Reads requests strictly and answers in the envelope; `endpoints` describes each method."""

    endpoints: ClassVar[dict[str, Endpoint]] = {}
    part_of_sign_in = False  # open to whoever has still to choose a password, say

    @property
    def actor(self) -> Actor:
        """Whoever is signed in."""
        return cast(Actor, self.request.user)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Answer in JSON whatever the Accept header says: there is nothing to choose from."""
        (renderer,) = self.get_renderers()
        return renderer, renderer.media_type

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the sign-in first, then the body's size."""
        super().initial(request, *args, **kwargs)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > settings.MAX_API_BODY_BYTES:
            raise TooLarge(_("The request is larger than 1 MB; send less."))

    def read_body(self) -> dict[str, Any]:
        """Return the validated body of this method; raise ValidationError naming the fields."""
        return _validated(self._endpoint().body, self.request.data)

    def read_required(self, sentence: Text) -> dict[str, Any]:
        """Return the validated body; where it is not whole, refuse with the contract's sentence."""
        try:
            return self.read_body()
        except exceptions.ValidationError as error:
            raise InvalidInput(sentence, invalid(error).extra["errors"]) from error

    def read_query(self) -> dict[str, Any]:
        """Return the validated query parameters of this method."""
        return _validated(self._endpoint().query, self.request.query_params)

    def _endpoint(self) -> Endpoint:
        method = str(self.request.method)
        return self.endpoints["GET" if method == "HEAD" else method]

    def answer_cached(self, build: Callable[[], dict[str, Any]], *depends: object) -> Response:
        """Answer 304 to whoever has the newest body, else the body, built at most once per `seq`.

        The tag is made of the log's head (read with the session), the program's version, the full
        address, the user and role, the language, and whatever else the answer `depends` on.
        """
        actor = self.actor
        parts = (
            actor.epoch, actor.seq, __version__, self.request.get_full_path(),
            actor.user_id, actor.role, get_language(), *depends,
        )  # fmt: skip
        tag = hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()
        headers = {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache"}
        held = self.request.headers.get("If-None-Match", "")
        if holds(held, headers["ETag"]):
            return Response(status=304, headers=headers)
        body = cache.get(tag)
        if body is None:
            body = to_json({"success": True, **build()})
            cache.set(tag, body, CACHED_SECONDS)
        if held.strip() == "*":  # any version will do, but only of what is there
            return Response(status=304, headers=headers)
        return Response(body, headers=headers)


class VerbView(ApiView):
    """Carries out one verb per method: validate, call, answer."""

    message: Text = gettext_lazy("Done")

    def carry_out(self, given: dict[str, Any], call: Call, **kwargs: Any) -> Outcome:
        """Call the verb with the validated body and the address's arguments."""
        raise exceptions.MethodNotAllowed(str(self.request.method))

    def respond(self, request: Request, **kwargs: Any) -> Response:
        """Read the request, carry out the verb, answer with its result."""
        given = self.read_body()
        call = Call(
            by=self.actor,
            op_id=_idempotency_key(request),
            performed_at=given.pop("performed_at", None),
            updated_at=given.pop("updated_at", None),
            body=cast(dict[str, Any], request.data),
        )
        outcome = self.carry_out(given, call, **kwargs)
        return Response({"success": True, "message": str(self.message), **outcome.data})


def _validated(shape: type[serializers.Serializer[Any]] | None, data: Any) -> dict[str, Any]:
    if shape is None:
        return {}
    serializer = shape(data=data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _idempotency_key(request: Request) -> uuid.UUID | None:
    raw = request.headers.get("Idempotency-Key")
    if raw is None:
        return None
    if not A_UUID.fullmatch(raw):  # uuid.UUID alone would take braces, underscores, other digits
        raise InvalidInput.on(
            "Idempotency-Key",
            _("The Idempotency-Key must be a UUID; make one for each new request."),
        )
    return uuid.UUID(raw)


class LoginView(ApiView):
    """POST /auth/login."""

    authentication_classes = []
    permission_classes = []
    endpoints = {"POST": Endpoint("Sign in", LoginAnswer, body=LoginBody)}

    def post(self, request: Request) -> Response:
        """Check name, password and code, and begin a session; texts as in section 8.1."""
        given = self.read_required(_("Username and password required"))
        http = request._request
        user = authenticate(http, username=given["username"], password=given["password"])
        if not isinstance(user, User):
            raise NotSignedIn(_("Invalid credentials"), "invalid_credentials")
        operator, role = self._admit(user)
        factor = self._second_factor(user, given.get("otp") or "")
        user_logged_in.send(sender=type(user), request=http, user=user)
        session = begin_session(user, http, factor)
        claims = {"operator_id": operator.pk, "operator_name": operator.name, "role": role.value}
        return Response(
            {
                "success": True,
                "access_token": issue(PhoneAccessToken, claims, session),
                "refresh_token": issue(PhoneRefreshToken, claims, session),
                **_token_facts(),
                "operator": operator_brief(operator, role),
                "must_change_password": user.must_change_password,
                "second_factor_set_up_required": factor == FactorState.AWAITED,
            }
        )

    def _second_factor(self, user: User, code: str) -> FactorState:
        """Return how the second factor stands; refuse whoever has one and does not show it."""
        if user.second_factor_at is None:
            return FactorState.AWAITED if user.needs_second_factor else FactorState.NOT_ASKED
        http = self.request._request
        if not code:
            remember(http, user.get_username(), LoginOutcome.CODE_AWAITED, user)
            raise NotSignedIn(_("Send the code of your app as well, as “otp”."), CODE)
        verdict = check_code(user.pk, code)
        if not verdict.passed:
            remember(http, user.get_username(), LoginOutcome.WRONG_CODE, user)
            raise wrong_code(verdict)
        return FactorState.PASSED

    def _admit(self, user: User) -> tuple[Operator, Role]:
        """Return profile and role of whoever may use the phone; refuse everybody else."""
        operator = Operator.objects.filter(user=user).first()
        role = user.role
        refused: tuple[LoginOutcome, LaserOSError] | None = None
        if not user.is_active or (operator and not operator.is_active):
            refused = (
                LoginOutcome.INACTIVE,
                NotSignedIn(_("Account is inactive"), "account_inactive"),
            )
        elif role not in ROLES_OF_THE_API:
            refused = (LoginOutcome.NOT_PERMITTED, NotAllowed(_("Insufficient permissions")))
        elif operator is None:
            refused = (LoginOutcome.NO_PROFILE, _no_profile())
        if refused:
            remember(self.request._request, user.get_username(), refused[0], user)
            raise refused[1]
        return cast(Operator, operator), cast(Role, role)


def wrong_code(verdict: Verdict) -> LaserOSError:
    """Return the refusal of a code that is wrong, was used, or comes too early after others."""
    if verdict.wait_seconds:
        return TooManyAttempts(what_was_wrong(verdict), verdict.wait_seconds)
    return NotSignedIn(what_was_wrong(verdict), "otp_invalid")


class RefreshView(ApiView):
    """POST /auth/refresh."""

    authentication_classes = []
    permission_classes = []
    endpoints = {"POST": Endpoint("Get a new access token", RefreshAnswer, body=RefreshBody)}

    def post(self, request: Request) -> Response:
        """Give a new access token of the same session; the refresh token stays valid."""
        raw = self.read_required(_("Refresh token required"))["refresh_token"]
        token = read_token(raw, PhoneRefreshToken)
        actor = actor_of_session(session_of(token))
        if actor.role not in ROLES_OF_THE_API:
            raise NotAllowed(_("Insufficient permissions"))
        session = Session(pk=actor.session_id)
        Session.objects.filter(pk=session.pk).update(last_seen_at=timezone.now())
        claims = {
            "operator_id": actor.operator_id,
            "operator_name": token.get("operator_name", ""),
            "role": str(actor.role),
        }
        access = issue(PhoneAccessToken, claims, session)
        return Response({"success": True, "access_token": access, **_token_facts()})


class LogoutView(ApiView):
    """POST /auth/logout."""

    part_of_sign_in = True
    endpoints = {"POST": Endpoint("Sign out", LogoutAnswer)}

    def post(self, request: Request) -> Response:
        """End the session: its access and refresh tokens open nothing from now on."""
        end_session(cast(uuid.UUID, self.actor.session_id))
        return Response({"success": True, "message": _("Logged out successfully")})


class MeView(ApiView):
    """GET /operators/me."""

    endpoints = {"GET": Endpoint("The own profile", ProfileAnswer)}

    def get(self, request: Request) -> Response:
        """Return the operator profile of whoever is signed in."""
        return self.answer_cached(lambda: {"operator": self._profile()})

    def _profile(self) -> dict[str, Any]:
        operator = Operator.objects.filter(user_id=self.actor.user_id).first()
        if operator is None:
            raise _no_profile()
        return operator_profile(operator, cast(Role, self.actor.role))


def _no_profile() -> NotFound:
    return NotFound(_("No operator profile found"), "no_operator_profile")


def _token_facts() -> dict[str, Any]:
    return {
        "token_type": "Bearer",
        "expires_in": int(PhoneAccessToken.lifetime.total_seconds()),
    }
