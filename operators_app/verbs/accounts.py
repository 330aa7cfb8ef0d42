"""The verbs of accounts: who may sign in, and with which role.

An admin has all of them. A manager gives logins to operators, and takes them away.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict, Unpack

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from laseros.errors import Changed, NotAllowed, TransitionError
from operators_app.models import Operator, Role, Session, User
from operators_app.verbs.actor import SYSTEM_USERNAME
from operators_app.verbs.edit import apply, telling
from operators_app.verbs.runner import CHANGED_SINCE, Call, Outcome, Run, Target, run_verb
from operators_app.verbs.signed_in import (
    NO_ACCOUNT,
    ask_phones,
    end_sessions,
    manageable_account,
)

HAS_LOGIN = gettext_lazy(
    "%(name)s has the login “%(username)s” by now; reset its password instead, if that is meant."
)


class Login(TypedDict):
    """An operator's new login; `password` is the hash, for making it is slow."""

    username: str
    password: str
    must_change_password: bool


def new_login(username: str, raw_password: str, must_change: bool) -> Login:
    """Return a login with its password hashed, which is slow on purpose: before any lock."""
    hashed = make_password(raw_password)
    return Login(username=username, password=hashed, must_change_password=must_change)


def save_account(
    user_id: int | None,
    changes: Mapping[str, Any],
    *,
    seen: Mapping[str, Any] | None = None,
    **call: Unpack[Call],
) -> Outcome:
    """Change an account, or create one (`user_id` None); `groups` is the list of its roles.

    `seen` is what the caller saw in the account's columns, and in "role": what is to be changed
    must still be so. Returns {"id": …}. Raises NotAllowed for everybody but an admin,
    TransitionError for the system's own account and where no active admin would remain, Changed
    where somebody else was quicker.
    """
    if call["by"].role != Role.ADMIN:
        raise NotAllowed(_("Only an admin may change accounts and their rights."))

    def write(run: Run) -> dict[str, Any]:
        user = User() if user_id is None else run.lock(User, user_id, NO_ACCOUNT)
        _require_as_seen(user, changes, seen or {})
        _change(run, user, changes)
        run.concern(user)
        return {"id": user.pk}

    verb = "create" if user_id is None else "edit"
    return run_verb(verb, Target("user", user_id), telling(changes), write, **call)


def set_account_active(user_id: int, active: bool, **call: Unpack[Call]) -> Outcome:
    """Let somebody sign in again, or no more; then their sessions end.

    An admin may for everybody, a manager for operators. Returns {"id": …}.
    """

    def write(run: Run) -> dict[str, Any]:
        _change(run, manageable_account(run, user_id), {"is_active": active})
        return {"id": user_id}

    target = Target("user", user_id)
    return run_verb("set_account_active", target, {"active": active}, write, **call)


def create_operator(profile: Mapping[str, Any], login: Login, **call: Unpack[Call]) -> Outcome:
    """Create an operator and the login with which they sign in on the phone.

    `profile` has the operator's columns. The account has the role of an operator and no other.
    Returns {"id": …, "user_id": …}. Raises NotAllowed for who is no manager, InvalidInput.
    """
    call["by"].require_manager()

    def write(run: Run) -> dict[str, Any]:
        user = _new_login(run, str(profile.get("name", "")), str(profile.get("email", "")), login)
        operator = Operator()
        apply(run, operator, {**profile, "user": user})
        run.concern(operator)
        return {"id": operator.pk, "user_id": user.pk}

    given = {**telling(profile), **telling(login)}
    return run_verb("create_operator", Target("operator"), given, write, **call)


def give_login(operator_id: int, login: Login, **call: Unpack[Call]) -> Outcome:
    """Give an operator who has none a login. Returns {"id": …, "user_id": …}.

    Raises TransitionError for one who has a login by now: its password is not touched.
    """
    call["by"].require_manager()

    def write(run: Run) -> dict[str, Any]:
        operator = run.lock(Operator, operator_id, _("There is no such operator."))
        if operator.user is not None:
            told = {"name": operator.name, "username": operator.user.username}
            raise TransitionError(HAS_LOGIN % told, "has_login")
        user = _new_login(run, operator.name, operator.email, login)
        run.save(operator, user_id=user.pk)
        return {"id": operator_id, "user_id": user.pk}

    return run_verb("give_login", Target("operator", operator_id), telling(login), write, **call)


def _new_login(run: Run, name: str, email: str, login: Login) -> User:
    first, _space, last = name.strip().rpartition(" ")
    user = User()
    apply(run, user, {
        **login, "first_name": first[:150], "last_name": last[:150], "email": email,
        "groups": list(Group.objects.filter(name=Role.OPERATOR.value)),
    })  # fmt: skip
    return user


def _change(run: Run, user: User, changes: Mapping[str, Any]) -> None:
    """Write an account's changes, and let its sessions follow them."""
    if user.username == SYSTEM_USERNAME:
        raise TransitionError(
            _("This account is the program's own; it does the automatic work."), "system_account"
        )
    admins_before = _active_admins()
    apply(run, user, changes)
    if admins_before and not _active_admins():
        raise TransitionError(
            _("No active admin would be left; make somebody else an admin first."), "last_admin"
        )
    if not user.is_active:
        end_sessions(Session.objects.filter(user=user), run)
    if "groups" in changes:
        user.forget_role()
        ask_phones(User.objects.filter(pk=user.pk), user.needs_second_factor)


def _require_as_seen(user: User, changes: Mapping[str, Any], seen: Mapping[str, Any]) -> None:
    """Raise Changed where somebody else has changed what is about to be changed."""
    names = {"role" if name == "groups" else name for name in changes} & set(seen)
    if any(str(getattr(user, name) or "") != str(seen[name] or "") for name in names):
        raise Changed(CHANGED_SINCE, current_data={"id": user.pk})


def _active_admins() -> bool:
    admins = User.objects.filter(Q(is_superuser=True) | Q(groups__name=Role.ADMIN.value))
    return admins.filter(is_active=True).exists()
