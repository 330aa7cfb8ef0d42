"""Shapes of requests and answers: signing in, the own profile, and what all bodies share."""

from __future__ import annotations

import datetime as dt
from typing import Any

from rest_framework import serializers

from laseros import clock
from laseros.schema import DoneAnswer, SuccessAnswer
from operators_app.fields import CountField, IdField, MomentField, TextField
from operators_app.models import Operator, Role

MAX_LIMIT = 200


class VerbBody(serializers.Serializer[Any]):
    """What every change may carry besides its own fields."""

    performed_at = MomentField(
        required=False, allow_null=True, help_text="When it was done, by the phone's clock."
    )
    updated_at = MomentField(
        required=False, allow_null=True, help_text="The version seen; if it is older now: 409."
    )


class PageQuery(serializers.Serializer[Any]):
    """Which stretch of a list."""

    limit = serializers.IntegerField(
        default=50, min_value=1, help_text=f"At most {MAX_LIMIT}; more is taken as {MAX_LIMIT}."
    )
    offset = CountField(default=0)

    def validate_limit(self, value: int) -> int:
        """Give no more than a phone can use."""
        return min(value, MAX_LIMIT)


class LoginBody(serializers.Serializer[Any]):
    """Name and password; where two-factor sign-in is set up, the code as well."""

    username = TextField(max_length=150)
    password = TextField(max_length=1000, trim_whitespace=False)
    otp = TextField(
        max_length=40, required=False, allow_blank=True, allow_null=True,
        help_text="The six digits of the app, or a recovery code. Without it: 401 otp_required.",
    )  # fmt: skip


class PasswordBody(serializers.Serializer[Any]):
    """The own password, and the one to put in its place."""

    current_password = TextField(max_length=1000, trim_whitespace=False)
    new_password = TextField(max_length=1000, trim_whitespace=False)


class SecondFactorBody(serializers.Serializer[Any]):
    """The own password, once more."""

    password = TextField(max_length=1000, trim_whitespace=False)


class CodeBody(serializers.Serializer[Any]):
    """The first code of the app."""

    otp = TextField(max_length=40)


class RefreshBody(serializers.Serializer[Any]):
    """The refresh token."""

    refresh_token = TextField(max_length=4096)


class OperatorBrief(serializers.Serializer[Any]):
    """Who signed in."""

    id = IdField()
    name = serializers.CharField()
    employee_id = serializers.CharField()
    email = serializers.CharField()
    role = serializers.ChoiceField(choices=Role.choices)


class OperatorProfile(serializers.Serializer[Any]):
    """The own profile."""

    id = IdField()
    name = serializers.CharField()
    employee_id = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField()
    is_active = serializers.BooleanField()
    role = serializers.ChoiceField(choices=Role.choices)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    seq = serializers.IntegerField()


class RefreshAnswer(SuccessAnswer):
    """A new access token."""

    access_token = serializers.CharField()
    token_type = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds.")


class LoginAnswer(RefreshAnswer):
    """Both tokens, and who signed in."""

    refresh_token = serializers.CharField()
    operator = OperatorBrief()
    must_change_password = serializers.BooleanField(
        help_text="Then everything but operators/me/password is answered 403 "
        "password_change_required."
    )
    second_factor_set_up_required = serializers.BooleanField(
        help_text="Then everything but operators/me/second-factor is answered 403 "
        "second_factor_required."
    )


class SecondFactorAnswer(SuccessAnswer):
    """A new key for the app; in force once its first code was confirmed."""

    secret = serializers.CharField(help_text="To be typed into an app, base 32.")
    otpauth_uri = serializers.CharField(help_text="To be opened with an app, or as a QR code.")


class RecoveryCodesAnswer(DoneAnswer):
    """Two-factor sign-in is set up; each recovery code stands in once for a lost phone."""

    recovery_codes = serializers.ListField(
        child=serializers.CharField(), help_text="They are told here and never again."
    )


class ProfileAnswer(SuccessAnswer):
    """The own profile in its envelope."""

    operator = OperatorProfile()


class LogoutAnswer(DoneAnswer):
    """Signed out."""


def operator_brief(operator: Operator, role: Role) -> dict[str, Any]:
    """Return who signed in, as the contract's login answers (section 5.1)."""
    return {
        "id": operator.pk,
        "name": operator.name,
        "employee_id": operator.employee_id,
        "email": operator.email,
        "role": role.value,
    }


def operator_profile(operator: Operator, role: Role) -> dict[str, Any]:
    """Return the own profile (contract, section 5.5)."""
    return {
        **operator_brief(operator, role),
        "phone": operator.phone,
        "is_active": operator.is_active,
        "created_at": clock.iso(operator.created_at),
        "updated_at": clock.iso(operator.updated_at),
        "seq": operator.seq,
    }


def iso_or_none(moment: dt.datetime | None) -> str | None:
    """Return a time as the API writes it."""
    return clock.iso(moment) if moment else None
