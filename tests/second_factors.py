"""The app on somebody's phone: it knows a key and shows codes."""

from __future__ import annotations

import time
from typing import Any

from django.test import Client as Browser
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from laseros import clock
from operators_app.models import Operator, Role, RolePolicy, User
from operators_app.second_factor import digest
from tests.factories import PASSWORD

HOME = "/admin/"
CODE_PAGE = "/admin/sign-in/code/"
SET_UP_PAGE = "/admin/sign-in/set-up/"
RECOVERY = ("aaaaa-bbbbb", "ccccc-ddddd")


def code_of(device: Any, steps: int = 0) -> str:
    """Return the code that the app shows, or showed or will show so many half minutes from now."""
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = time.time() + steps * device.step
    return f"{totp.token():06}"


def with_second_factor(person: Operator | User) -> Any:
    """Give somebody a second factor, with two recovery codes; return the key."""
    user = person.user if isinstance(person, Operator) else person
    assert user is not None
    device = TOTPDevice.objects.create(user=user, name="Phone", confirmed=True)
    kept = StaticDevice.objects.create(user=user, name="Recovery codes")
    StaticToken.objects.bulk_create(
        StaticToken(device=kept, token=digest(user.pk, code)) for code in RECOVERY
    )
    user.second_factor_at = clock.now()
    user.save(update_fields=["second_factor_at"])
    return device


def require_second_factor(role: Role) -> None:
    """Let a role require two-factor sign-in."""
    RolePolicy.objects.filter(group__name=role.value).update(requires_second_factor=True)


def sign_in(username: str, browser: Browser | None = None, wanted: str = HOME) -> Any:
    """Send name and password at the back office; return (browser, answer)."""
    browser = browser or Browser()
    typed = {"username": username, "password": PASSWORD}
    return browser, browser.post(f"/admin/login/?next={wanted}", typed, follow=True)


def patient() -> None:
    """Let the time pass that a wrong code makes the next one wait."""
    TOTPDevice.objects.update(throttling_failure_timestamp=None)
