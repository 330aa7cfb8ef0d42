"""The second factor on the phone, and many requests at once."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from operators_app.models import Operator, Role, RolePolicy
from operators_app.second_factor import check_code
from operators_app.verbs.second_factor import save_role_policy
from tests.conftest import actor
from tests.desk import Desk
from tests.factories import PASSWORD
from tests.laseros.endpoints import refused, told
from tests.operators_app.test_runner import in_threads
from tests.phone import Phone
from tests.second_factors import (
    RECOVERY,
    code_of,
    patient,
    require_second_factor,
    with_second_factor,
)

pytestmark = pytest.mark.django_db


def login(**also: Any) -> Any:
    """Sign in on the phone."""
    return Phone().post("auth/login", {"username": "olga", "password": PASSWORD, **also})


def test_a_phone_sends_the_code_with_the_password(olga: Operator) -> None:
    device = with_second_factor(olga)
    refused(login(), 401, "otp_required")
    refused(login(otp=""), 401, "otp_required")
    code = code_of(device)
    wrong = "000000" if code != "000000" else "111111"
    refused(login(otp=wrong), 401, "otp_invalid")
    refused(login(otp=wrong), 401, "otp_invalid")
    TOTPDevice.objects.update(throttling_failure_count=10)  # a busy machine outlasts two failures
    too_early = login(otp=code)
    refused(too_early, 429, "too_many_attempts")
    assert int(too_early["Retry-After"]) >= 1
    patient()
    body = told(login(otp=code))
    assert Phone(body["access_token"]).get("queue").status_code == 200
    refused(login(otp=code), 401, "otp_invalid")  # used
    assert told(login(otp=RECOVERY[0]))["success"]
    used = refused(login(otp=RECOVERY[0]), 401, "otp_invalid")
    assert "has been used already" in used["error"]


def test_without_the_password_nothing_is_told_of_a_second_factor(olga: Operator) -> None:
    with_second_factor(olga)
    for otp in ("", "123456"):
        body = {"username": "olga", "password": "wrong", "otp": otp}
        refused(Phone().post("auth/login", body), 401, "invalid_credentials")


@pytest.mark.parametrize("otp", [123456, ["1"], {}, "x" * 41])
def test_a_code_that_is_no_text_is_named(olga: Operator, otp: Any) -> None:
    assert list(refused(login(otp=otp), 400)["errors"]) == ["otp"]


def test_a_phone_sets_it_up_where_the_role_requires_it(olga: Operator) -> None:
    require_second_factor(Role.OPERATOR)
    body = told(login())
    assert body["second_factor_set_up_required"] is True
    phone = Phone(body["access_token"])
    refused(phone.get("queue"), 403, "second_factor_required")
    refused(phone.get("operators/me"), 403, "second_factor_required")
    refused(phone.post("operators/me/second-factor", {"password": "wrong"}), 400, "wrong_password")
    begun = told(phone.post("operators/me/second-factor", {"password": PASSWORD}))
    assert begun["secret"] in begun["otpauth_uri"]
    device = TOTPDevice.objects.get()
    refused(phone.post("operators/me/second-factor/confirm", {"otp": "1"}), 400, "otp_invalid")
    refused(phone.get("queue"), 403, "second_factor_required")
    sent = {"otp": code_of(device)}
    codes = told(phone.post("operators/me/second-factor/confirm", sent))["recovery_codes"]
    assert phone.get("queue").status_code == 200
    refused(login(), 401, "otp_required")
    assert told(login(otp=codes[0]))["second_factor_set_up_required"] is False


def test_a_new_rule_counts_for_phones_that_are_signed_in(
    olga: Operator, ada: Operator, mary: Operator, phone: Phone, boss_phone: Phone
) -> None:
    policy = RolePolicy.objects.get(group__name="operator")
    save_role_policy(policy.pk, True, by=actor(ada))
    refused(phone.get("queue"), 403, "second_factor_required")
    assert boss_phone.get("queue").status_code == 200
    save_role_policy(policy.pk, False, by=actor(ada))
    assert phone.get("queue").status_code == 200


def test_a_new_role_brings_its_rule_along(olga: Operator, ada: Operator, phone: Phone) -> None:
    require_second_factor(Role.MANAGER)
    assert olga.user is not None
    Desk(ada).save(olga.user, role="manager")
    refused(phone.get("queue"), 403, "second_factor_required")


def test_the_phones_clock_may_be_half_a_minute_off(olga: Operator) -> None:
    device = with_second_factor(olga)
    assert told(login(otp=code_of(device, -1)))["success"]
    refused(login(otp=code_of(device, 5)), 401, "otp_invalid")


@pytest.mark.django_db(transaction=True)
def test_of_many_requests_with_one_code_at_once_one_passes(mary: Operator) -> None:
    code = code_of(with_second_factor(mary))
    user_id = mary.user_id or 0
    verdicts = in_threads(8, lambda _: check_code(user_id, code).passed)
    assert sorted(verdicts) == [False] * 7 + [True]


@pytest.mark.django_db(transaction=True)
def test_of_many_requests_with_one_recovery_code_at_once_one_passes(mary: Operator) -> None:
    with_second_factor(mary)
    user_id = mary.user_id or 0
    verdicts = in_threads(8, lambda _: check_code(user_id, RECOVERY[0]).passed)
    assert sorted(verdicts) == [False] * 7 + [True]


def test_two_requests_with_one_code_are_two_tries(olga: Operator) -> None:
    device = with_second_factor(olga)
    totp = TOTP(device.bin_key)
    totp.time = time.time()
    verdicts = [check_code(olga.user_id or 0, code_of(device)).passed for _ in range(2)]
    assert verdicts == [True, False]
