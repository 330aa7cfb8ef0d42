"""The endpoints by which somebody changes how they sign in: password, and second factor."""

from __future__ import annotations

from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from rest_framework.request import Request
from rest_framework.response import Response

from laseros.errors import InvalidInput
from laseros.schema import DoneAnswer, Endpoint
from operators_app.models import User
from operators_app.second_factor import (
    begin_set_up,
    digest,
    new_recovery_codes,
    prove,
    secret_of,
)
from operators_app.serializers import (
    CodeBody,
    PasswordBody,
    RecoveryCodesAnswer,
    SecondFactorAnswer,
    SecondFactorBody,
)
from operators_app.verbs.passwords import set_password
from operators_app.verbs.second_factor import set_up_second_factor
from operators_app.views import ApiView, wrong_code


class OwnSignInView(ApiView):
    """What is open to whoever has not done with signing in, too."""

    part_of_sign_in = True

    def who_knows(self, password: str, field: str) -> User:
        """Return the own account; raise InvalidInput where the password is not its own.

        Wrong ones count as failed sign-ins do, for whoever has found a phone may try.
        """
        user = authenticate(self.request._request, username=self.actor.username, password=password)
        if not isinstance(user, User) or user.pk != self.actor.user_id:
            raise InvalidInput.on(field, _("This is not your password."), "wrong_password")
        return user


class PasswordView(OwnSignInView):
    """POST /operators/me/password."""

    endpoints = {"POST": Endpoint("Change the own password", DoneAnswer, body=PasswordBody)}

    @method_decorator(sensitive_variables())
    def post(self, request: Request) -> Response:
        """Change the password; this session goes on, the others end."""
        given = self.read_body()
        user = self.who_knows(given["current_password"], "current_password")
        try:
            validate_password(given["new_password"], user)
        except ValidationError as error:
            told = [str(sentence) for sentence in error.messages]
            raise InvalidInput(told[0], {"new_password": told}) from error
        set_password(user.pk, given["new_password"], by=self.actor)
        return Response({"success": True, "message": _("Password changed successfully")})


class SecondFactorView(OwnSignInView):
    """POST /operators/me/second-factor."""

    endpoints = {
        "POST": Endpoint(
            "Begin to set up two-factor sign-in", SecondFactorAnswer, body=SecondFactorBody
        )
    }

    @method_decorator(sensitive_variables())
    def post(self, request: Request) -> Response:
        """Return a new key for the app; what was in force stays so until it is confirmed."""
        device = begin_set_up(self.who_knows(self.read_body()["password"], "password"))
        told = {"secret": secret_of(device), "otpauth_uri": device.config_url}
        return Response({"success": True, **told})


class ConfirmSecondFactorView(OwnSignInView):
    """POST /operators/me/second-factor/confirm."""

    endpoints = {"POST": Endpoint("Confirm two-factor sign-in", RecoveryCodesAnswer, body=CodeBody)}

    @method_decorator(sensitive_variables())
    def post(self, request: Request) -> Response:
        """Put the key into force with the first code of the app; tell the recovery codes."""
        verdict = prove(self.actor.user_id, self.read_body()["otp"])
        if verdict.wait_seconds:
            raise wrong_code(verdict)
        if not verdict.passed:
            raise InvalidInput.on(
                "otp", _("The code does not fit; type the next one."), "otp_invalid"
            )
        codes = new_recovery_codes()
        digests = [digest(self.actor.user_id, code) for code in codes]
        set_up_second_factor(self.actor.user_id, digests, by=self.actor)
        message = _("Two-factor sign-in set up successfully")
        return Response({"success": True, "message": message, "recovery_codes": codes})
