"""Two-factor sign-in: codes from an app on the phone (TOTP), and recovery codes for a lost one.

The keys and counters are django-otp's. Wrong codes are counted for each account's app, whichever
way they come in, and each makes the next try wait twice as long.
"""

from __future__ import annotations

import base64
import datetime as dt
import math
import re
from dataclasses import dataclass, replace
from typing import Any

import segno
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from operators_app.models import User
from operators_app.passwords import random_letters

RECOVERY_CODES = 10
RECOVERY_LETTERS = 10
A_CODE = re.compile("[0-9]{6}", re.ASCII)
USED = "Used recovery codes"
SET_UP_TIME = dt.timedelta(minutes=15)  # for how long a browser is shown the same new key
# The wait grows to 2^9 seconds and no further: whoever has stolen a password may try a code every
# eight minutes, and its owner is not kept out for days.
MOST_FAILURES = 10


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a code was right; if not, for how many seconds none is looked at, or what it was."""

    passed: bool
    wait_seconds: int = 0
    is_recovery: bool = False
    is_miscounted: bool = False  # digits only, as the app's codes, but not six
    was_used: bool = False  # it is a recovery code that has signed its owner in already


def check_code(user_id: int, typed: str) -> Verdict:
    """Judge a code from the app, or a recovery code; either is good once."""
    code = _plain(typed)
    if A_CODE.fullmatch(code):
        return _judge(TOTPDevice.objects.filter(user_id=user_id, confirmed=True), code)
    if code.isascii() and code.isdigit() and len(code) != RECOVERY_LETTERS:
        return Verdict(False, is_miscounted=True)
    return _judge_recovery(user_id, digest(user_id, code))


def _judge_recovery(user_id: int, token: str) -> Verdict:
    """Judge a recovery code; a used one is kept apart, so that its owner can be told so."""
    with transaction.atomic():
        verdict = _judge(StaticDevice.objects.filter(user_id=user_id, confirmed=True), token)
        if verdict.passed:
            used, _made = StaticDevice.objects.get_or_create(
                user_id=user_id, confirmed=False, defaults={"name": USED}
            )
            StaticToken.objects.create(device=used, token=token)
    if verdict.passed or verdict.wait_seconds:
        return replace(verdict, is_recovery=True)
    used_up = StaticToken.objects.filter(
        token=token, device__user_id=user_id, device__confirmed=False
    )
    return replace(verdict, is_recovery=True, was_used=used_up.exists())


def _judge(devices: QuerySet[Any], token: str) -> Verdict:
    """Ask the account's device, locked: of two requests with one code only one passes."""
    with transaction.atomic():
        device = devices.select_for_update().order_by("-pk").first()
        if device is None:
            return Verdict(False)
        allowed, why = device.verify_is_allowed()
        if not allowed:
            left = (why["locked_until"] - timezone.now()).total_seconds()
            return Verdict(False, max(1, math.ceil(left)))
        passed = bool(device.verify_token(token))
        if device.throttling_failure_count == 1:  # a slip of the finger makes nobody wait
            device.throttling_failure_timestamp = None
            device.save(update_fields=["throttling_failure_timestamp"])
        if device.throttling_failure_count > MOST_FAILURES:
            device.throttling_failure_count = MOST_FAILURES
            device.save(update_fields=["throttling_failure_count"])
        return Verdict(passed)


def what_was_wrong(verdict: Verdict) -> str:
    """Return the sentence for a code that was refused."""
    if verdict.wait_seconds:
        return too_early(verdict.wait_seconds)
    if verdict.is_miscounted:
        return _("A code has six digits; type the one that your app shows now.")
    if verdict.was_used:
        return _("This recovery code has been used already; take the next one of your list.")
    if verdict.is_recovery:
        return _("That is none of your recovery codes; mind each letter, or take the next one.")
    return _("The code is wrong or was used before; type the next one.")


def too_early(seconds: int) -> str:
    """Return the sentence for a code that comes too soon after wrong ones."""
    sentence = ngettext(
        "Too many wrong codes; wait %(count)d second and try again.",
        "Too many wrong codes; wait %(count)d seconds and try again.",
        seconds,
    )
    return sentence % {"count": seconds}


def begin_set_up(user: User) -> TOTPDevice:
    """Return a new key for the person's app, not in force yet; an older such key is void.

    Who asks for it is shown a key that nobody else has seen: only the browser in whose session
    its number is kept may take it up again (`begun_set_up`).
    """
    with transaction.atomic():
        TOTPDevice.objects.filter(user_id=user.pk, confirmed=False).delete()
        return TOTPDevice.objects.create(user_id=user.pk, name="Authenticator", confirmed=False)


def begun_set_up(user_id: int, device_id: int | None) -> TOTPDevice | None:
    """Return a key that was shown some minutes ago, and is still the one to be put into force."""
    since = timezone.now() - SET_UP_TIME
    found = TOTPDevice.objects.filter(user_id=user_id, confirmed=False, created_at__gt=since)
    return found.select_related("user").filter(pk=device_id).first()


def prove(user_id: int, typed: str, device_id: int | None = None) -> Verdict:
    """Judge the first code of a new key: with it the person shows that the app has the key.

    Of the key that was made last, unless another is named.
    """
    code = _plain(typed)
    if not A_CODE.fullmatch(code):
        return Verdict(False)
    begun = TOTPDevice.objects.filter(user_id=user_id, confirmed=False)
    return _judge(begun.filter(pk=device_id) if device_id else begun, code)


def new_recovery_codes() -> list[str]:
    """Return codes such as `k7fmx-2qp9w` (49 bits), to be shown once."""
    half = RECOVERY_LETTERS // 2
    return [f"{random_letters(half)}-{random_letters(half)}" for _ in range(RECOVERY_CODES)]


def digest(user_id: int, code: str) -> str:
    """Return what is stored of a recovery code: nothing that it could be read from."""
    told = f"{user_id}:{_plain(code)}"
    return salted_hmac("laseros.recovery", told, algorithm="sha256").hexdigest()[:16]


def _plain(typed: str) -> str:
    """Return a code without what people put between its letters."""
    return re.sub(r"[\s-]", "", typed).lower()


def secret_of(device: TOTPDevice) -> str:
    """Return the key as people type it into an app: base 32."""
    return base64.b32encode(device.bin_key).decode()


def qr_code(device: TOTPDevice) -> SafeString:
    """Return the key as an SVG for the app's camera, dark on white whatever the page's colours."""
    code = segno.make(device.config_url, error="m")
    svg = code.svg_inline(scale=5, border=4, dark="#000", light="#fff", omitsize=True)
    return mark_safe(svg)  # noqa: S308 - squares, drawn by segno


def recovery_codes_left(user_id: int) -> int:
    """Return how many recovery codes have not been used yet."""
    codes = StaticToken.objects.filter(device__user_id=user_id, device__confirmed=True)
    return int(codes.count())
