"""What the verbs of people have in common: whose sign-in one may change, and what sessions do."""

from __future__ import annotations

from django.contrib.sessions.models import Session as BrowserSession
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from laseros.compiled_rows import row_by_id
from laseros.errors import NotAllowed, NotFound
from operators_app.models import Channel, FactorState, Role, Session, User
from operators_app.verbs.actor import SYSTEM_USERNAME, Actor
from operators_app.verbs.runner import Run

NO_ACCOUNT = gettext_lazy("There is no such account.")


def end_sessions(sessions: QuerySet[Session], run: Run) -> None:
    """End those that are open, in browsers too; each is signed out at its next request."""
    is_open = sessions.filter(ended_at=None)
    keys = [key for key in is_open.values_list("browser_key", flat=True) if key]
    BrowserSession.objects.filter(session_key__in=keys).delete()
    is_open.update(ended_at=run.now)


def ask_phones(users: QuerySet[User], required: bool) -> None:
    """Let phones that are signed in with a password alone set up the second factor, or go on.

    For accounts without a second factor; where there is one, every session has passed it.
    """
    phones = Session.objects.filter(user__in=users, channel=Channel.API, ended_at=None)
    old, new = FactorState.NOT_ASKED, FactorState.AWAITED
    if not required:
        old, new = new, old
    phones.filter(second_factor=old).update(second_factor=new)


def people_of(role: Role) -> QuerySet[User]:
    """Return the accounts whose role this is: of several roles the highest counts."""
    higher = [one.value for one in Role][: list(Role).index(role)]
    held = Q(groups__name=role.value)
    if role == Role.ADMIN:
        return User.objects.filter(held | Q(is_superuser=True)).distinct()
    return User.objects.filter(held, is_superuser=False).exclude(groups__name__in=higher)


def may_manage_login(by: Actor, user: User) -> bool:
    """Tell whether `by` may reset this account's sign-in, and end its sessions.

    An admin everybody's, a manager that of operators: nobody who may do as much as a manager.
    """
    if by.role == Role.ADMIN:
        return True
    return by.role == Role.MANAGER and user.role == Role.OPERATOR


def linkable_accounts(by: Actor) -> QuerySet[User]:
    """Return the accounts that `by` may make an operator's: never the program's own.

    An admin any other, a manager those of operators and the own one: whoever signs in with an
    account is that operator on the phone.
    """
    accounts = User.objects.exclude(username=SYSTEM_USERNAME)
    if by.role == Role.ADMIN:
        return accounts
    operators = people_of(Role.OPERATOR).values("pk")
    return accounts.filter(Q(pk__in=operators) | Q(pk=by.user_id))


def manageable_account(run: Run, user_id: int) -> User:
    """Return somebody's account, locked; raise NotFound, and NotAllowed for who may not reset it.

    Judged under the lock: whoever has just been made a manager is no operator any more.
    """
    user = row_by_id(User, user_id, lock=True)
    if run.by.manages and user is None:
        raise NotFound(NO_ACCOUNT)
    if user is None or not may_manage_login(run.by, user):
        raise NotAllowed(
            _("Only an admin may change how somebody signs in; a manager may do so for operators.")
        )
    return user


def own_or_manageable_account(run: Run, user_id: int) -> User:
    """Return the own account, or another as `manageable_account` does; locked."""
    if run.by.user_id == user_id:
        return run.lock(User, user_id, NO_ACCOUNT)
    return manageable_account(run, user_id)
