"""Accounts and rights are an admin's, and nobody can lock the shop out of itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group

from laseros.errors import NotAllowed, TransitionError
from operators_app.models import Operator, Role, User
from operators_app.verbs import Actor, delete, edit, save_account
from tests.conftest import actor

pytestmark = pytest.mark.django_db


def groups(*roles: Role) -> dict[str, object]:
    """Return the change that gives these roles."""
    return {"groups": list(Group.objects.filter(name__in=[role.value for role in roles]))}


def test_a_manager_changes_no_account_by_any_verb(mary: Operator, manager: Actor) -> None:
    group = Group.objects.get(name="manager")
    attempts: list[Callable[[], object]] = [
        lambda: save_account(mary.user_id, groups(Role.ADMIN), by=manager),
        lambda: save_account(None, {"username": "x"}, by=manager),
        lambda: edit(User, mary.user_id, groups(Role.ADMIN), by=manager),
        lambda: delete(User, mary.user_id or 0, by=manager),
        lambda: edit(Group, group.pk, {"name": "x"}, by=manager),
    ]
    for attempt in attempts:
        with pytest.raises(NotAllowed):
            attempt()
    assert User.objects.get(operator=mary).role == Role.MANAGER


def test_an_admin_gives_a_role(ada: Operator, olga: Operator) -> None:
    save_account(olga.user_id, groups(Role.MANAGER), by=actor(ada))
    assert User.objects.get(operator=olga).role == Role.MANAGER


def test_the_last_active_admin_stays(ada: Operator, mary: Operator) -> None:
    for changes in (groups(Role.VIEWER), {"is_active": False}):
        with pytest.raises(TransitionError) as refused:
            save_account(ada.user_id, changes, by=actor(ada))
        assert refused.value.code == "last_admin"
    save_account(mary.user_id, groups(Role.ADMIN), by=actor(ada))
    save_account(ada.user_id, groups(Role.VIEWER), by=actor(ada))


def test_the_programs_own_account_stays_as_it_is(ada: Operator) -> None:
    system = User.objects.get(username="system")
    with pytest.raises(TransitionError):
        save_account(system.pk, {"username": "renamed"}, by=actor(ada))
