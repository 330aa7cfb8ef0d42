"""The verbs of two-factor sign-in. Keys and codes are in none of their entries."""

from __future__ import annotations

from typing import Any, Unpack

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from laseros.errors import NotAllowed, NotFound, TransitionError
from operators_app.models import Channel, FactorState, Role, RolePolicy, Session, User
from operators_app.verbs.runner import Call, Outcome, Run, Target, run_verb
from operators_app.verbs.signed_in import (
    NO_ACCOUNT,
    ask_phones,
    end_sessions,
    own_or_manageable_account,
    people_of,
)

ONLY_ONESELF = gettext_lazy("Everybody sets up their own two-factor sign-in.")


def set_up_second_factor(user_id: int, digests: list[str], **call: Unpack[Call]) -> Outcome:
    """Put the key into force that its owner has just proven (`second_factor.prove`).

    `digests` are what is stored of the recovery codes. An older key and its codes are void. Phones
    that are signed in with a password alone sign in anew; browsers are asked for a code. Returns
    {"id": …}. Raises TransitionError where no key has been proven.
    """
    _require_oneself(user_id, call)

    def write(run: Run) -> dict[str, Any]:
        user = run.lock(User, user_id, NO_ACCOUNT)
        proven = TOTPDevice.objects.filter(user=user, confirmed=False, last_t__gte=0)
        device = proven.order_by("-pk").first()
        if device is None:
            raise TransitionError(
                _("First scan the code with your app, then type the six digits it shows."),
                "second_factor_not_proven",
            )
        TOTPDevice.objects.filter(user=user).exclude(pk=device.pk).delete()
        TOTPDevice.objects.filter(pk=device.pk).update(confirmed=True)
        _store_codes(user, digests)
        run.save(user, second_factor_at=run.now)
        own = Q(pk=run.by.session_id)
        phones = Session.objects.filter(user=user, channel=Channel.API)
        end_sessions(phones.exclude(own), run)
        Session.objects.filter(own).update(second_factor=FactorState.PASSED)
        return {"id": user_id}

    return run_verb("set_up_second_factor", Target("user", user_id), {}, write, **call)


def renew_recovery_codes(user_id: int, digests: list[str], **call: Unpack[Call]) -> Outcome:
    """Replace the recovery codes; the old ones are void. Returns {"id": …}."""
    _require_oneself(user_id, call)

    def write(run: Run) -> dict[str, Any]:
        user = run.lock(User, user_id, NO_ACCOUNT)
        if user.second_factor_at is None:
            raise TransitionError(
                _("There is no two-factor sign-in yet; set it up first."), "no_second_factor"
            )
        _store_codes(user, digests)
        run.after[f"user:{user_id}"] = {"recovery_codes": len(digests)}
        _seq = run.seq  # an entry is due
        return {"id": user_id}

    return run_verb("renew_recovery_codes", Target("user", user_id), {}, write, **call)


def reset_second_factor(user_id: int, **call: Unpack[Call]) -> Outcome:
    """Take somebody's second factor away: for a lost phone, or because they want none.

    Others' as `may_manage_login` tells; then their sessions end, too. One's own only where the
    role does not require it. Returns {"id": …}. Raises NotFound, NotAllowed, TransitionError.
    """
    by = call["by"]

    def write(run: Run) -> dict[str, Any]:
        user = own_or_manageable_account(run, user_id)
        if user.second_factor_at is None:
            raise TransitionError(_("This account has no two-factor sign-in."), "no_second_factor")
        if by.user_id == user_id and user.needs_second_factor:
            raise TransitionError(
                _("Your role requires two-factor sign-in; for a new phone, set it up anew."),
                "second_factor_required",
            )
        TOTPDevice.objects.filter(user=user).delete()
        StaticDevice.objects.filter(user=user).delete()
        run.save(user, second_factor_at=None)
        if by.user_id != user_id:
            end_sessions(Session.objects.filter(user=user), run)
        return {"id": user_id}

    return run_verb("reset_second_factor", Target("user", user_id), {}, write, **call)


def save_role_policy(policy_id: int, requires_second_factor: bool, **call: Unpack[Call]) -> Outcome:
    """Require two-factor sign-in of a role, or no longer; counts from the next request on.

    Only an admin may. Returns {"id": …}.
    """
    call["by"].require_admin()

    def write(run: Run) -> dict[str, Any]:
        policy = run.lock(RolePolicy, policy_id, _("There is no such role."))
        if run.save(policy, requires_second_factor=requires_second_factor):
            ask_phones(people_of(Role(policy.group.name)), requires_second_factor)
        return {"id": policy_id}

    given = {"requires_second_factor": requires_second_factor}
    return run_verb("save_role_policy", Target("rolepolicy", policy_id), given, write, **call)


def _require_oneself(user_id: int, call: Call) -> None:
    if call["by"].user_id != user_id:
        if not User.objects.filter(pk=user_id).exists():
            raise NotFound(NO_ACCOUNT)
        raise NotAllowed(ONLY_ONESELF)


def _store_codes(user: User, digests: list[str]) -> None:
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="Recovery codes")
    StaticToken.objects.bulk_create(StaticToken(device=device, token=one) for one in digests)
