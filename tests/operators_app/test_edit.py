"""The verbs of master data, accounts, passwords and sign-ins, called without the admin."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from laseros.errors import InvalidInput, KeyReused, LaserOSError
from operators_app.models import ActivityLog, Operator, Role, Session, User
from operators_app.verbs import Actor, delete, edit, save_account
from operators_app.verbs.passwords import set_password
from operators_app.verbs.sessions import end_session, revoke_session
from presets_app.models import MachineSettingsPreset, Material, MaterialAlias
from projects_app.models import Client
from tests.conftest import actor
from tests.factories import make_preset, make_project
from tests.operators_app.test_accounts import groups
from tests.phone import Phone

pytestmark = pytest.mark.django_db


def refusal(verb: Callable[..., Any], *args: Any, by: Actor) -> LaserOSError:
    """Return how the verb refuses; its sentence must be one."""
    with pytest.raises(LaserOSError) as raised, transaction.atomic():
        verb(*args, by=by)
    assert re.fullmatch(r"([a-z_]+: )?[A-Z].{10,}\.", raised.value.message), raised.value.message
    return raised.value


def latest() -> ActivityLog:
    """Return the newest entry of the log."""
    return ActivityLog.objects.latest("seq")


# --- Master data ---------------------------------------------------------------------------------


def test_a_new_row_is_logged_as_created_with_what_it_holds(manager: Actor) -> None:
    told = edit(Material, None, {"name": "Bronze"}, by=manager).data
    bronze = Material.objects.get(name="Bronze")
    assert told == {"id": bronze.pk}
    entry = latest()
    assert (entry.verb, entry.target_type, entry.target_id) == ("create", "material", bronze.pk)
    assert entry.after[f"material:{bronze.pk}"]["name"] == "Bronze"
    assert bronze.seq == entry.seq


def test_a_changed_row_is_logged_with_before_and_after(manager: Actor) -> None:
    preset = make_preset("P")
    edit(MachineSettingsPreset, preset.pk, {"power": 70}, by=manager)
    entry, key = latest(), f"machinesettingspreset:{preset.pk}"
    assert (entry.verb, entry.target_id) == ("edit", preset.pk)
    assert (entry.before, entry.after) == ({key: {"power": 80}}, {key: {"power": 70}})


def test_a_rule_of_the_model_is_told_by_field_and_nothing_is_written(manager: Actor) -> None:
    preset = make_preset("P")
    told = refusal(edit, MachineSettingsPreset, preset.pk, {"power": -1, "speed": 5}, by=manager)
    assert isinstance(told, InvalidInput)
    assert set(told.extra["errors"]) == {"power"}
    assert told.message.startswith("power: ")
    preset.refresh_from_db()
    assert (preset.power, preset.speed) == (80, 1200)


def test_an_old_value_that_breaks_a_newer_rule_stays_until_it_is_changed(
    ada: Operator, olga: Operator
) -> None:
    User.objects.filter(operator=olga).update(email="at the front desk")
    save_account(olga.user_id, {"first_name": "Olga"}, by=actor(ada))
    assert User.objects.get(operator=olga).first_name == "Olga"
    told = refusal(save_account, olga.user_id, {"email": "upstairs"}, by=actor(ada))
    assert set(told.extra["errors"]) == {"email"}


def test_a_row_without_history_is_deleted_and_what_it_held_is_kept(manager: Actor) -> None:
    bronze = edit(Material, None, {"name": "Bronze"}, by=manager).data["id"]
    assert delete(Material, bronze, by=manager).data == {"id": bronze}
    assert not Material.objects.filter(pk=bronze).exists()
    entry, key = latest(), f"material:{bronze}"
    assert (entry.verb, entry.target_type, entry.target_id) == ("delete", "material", bronze)
    assert (entry.before[key]["name"], entry.after) == ("Bronze", {key: None})


def test_a_row_that_is_not_tracked_is_deleted_too(manager: Actor) -> None:
    alias = MaterialAlias.objects.first()
    assert alias is not None
    delete(MaterialAlias, alias.pk, by=manager)
    assert not MaterialAlias.objects.filter(pk=alias.pk).exists()


def test_what_has_history_or_a_code_stays(manager: Actor) -> None:
    project = make_project()
    assert project.material_id
    told = refusal(delete, Material, project.material_id, by=manager)
    assert told.code == "has_history"
    assert "This material has history" in told.message
    told = refusal(delete, Client, project.client_id, by=manager)
    assert told.code == "is_kept"
    assert "The client stays" in told.message
    assert Material.objects.filter(pk=project.material_id).exists()


def test_what_is_not_there_is_named(manager: Actor) -> None:
    for told in (refusal(edit, Client, 99, {"name": "x"}, by=manager),
                 refusal(delete, Material, 99, by=manager)):  # fmt: skip
        assert told.code == "not_found"
        assert "None" not in told.message


# --- Accounts ------------------------------------------------------------------------------------


def test_a_changed_role_is_logged_and_an_unchanged_one_is_not(
    ada: Operator, olga: Operator
) -> None:
    by, key = actor(ada), f"user:{olga.user_id}"
    save_account(olga.user_id, groups(Role.MANAGER), by=by)
    entry = latest()
    assert (entry.before, entry.after) == (
        {key: {"groups": ["operator"]}}, {key: {"groups": ["manager"]}})  # fmt: skip
    assert save_account(olga.user_id, groups(Role.MANAGER), by=by).seq == 0
    assert latest() == entry


def test_a_new_account_is_logged_without_its_password(ada: Operator) -> None:
    told = save_account(None, {"username": "nina", "password": "!Hidden"}, by=actor(ada))
    nina = User.objects.get(username="nina")
    assert told.data == {"id": nina.pk}
    entry = latest()
    assert entry.verb == "create"
    assert "Hidden" not in repr((entry.before, entry.after, entry.result))


def test_a_superuser_counts_as_an_admin(ada: Operator) -> None:
    User.objects.create_superuser("root", password="x")
    save_account(ada.user_id, {"is_active": False}, by=actor(ada))
    assert not User.objects.get(operator=ada).is_active


def test_refusals_about_accounts(ada: Operator, olga: Operator, manager: Actor) -> None:
    by, system = actor(ada), User.objects.get(username="system")
    group = Group.objects.get(name="viewer")
    session = uuid.uuid4()
    told = {
        refusal(save_account, olga.user_id, {}, by=manager).code,
        refusal(edit, Group, group.pk, {"name": "x"}, by=manager).code,
        refusal(set_password, ada.user_id, "another-one", by=manager).code,
        refusal(revoke_session, session, by=actor(olga)).code,
    }
    assert told == {"permission_denied"}
    told = {
        refusal(save_account, system.pk, {"email": "a@example.com"}, by=by).code,
        refusal(set_password, system.pk, "another-one", by=by).code,
    }
    assert told == {"system_account"}
    assert refusal(save_account, ada.user_id, {"is_active": False}, by=by).code == "last_admin"
    assert refusal(revoke_session, session, by=by).code == "not_found"


# --- Passwords and sign-ins ----------------------------------------------------------------------


def test_everybody_sets_their_own_password_and_an_admin_everybodys(
    ada: Operator, olga: Operator, operator: Actor
) -> None:
    assert set_password(operator.user_id, "long-and-new-7", by=operator).data == {
        "id": operator.user_id}  # fmt: skip
    assert User.objects.get(operator=olga).check_password("long-and-new-7")
    set_password(operator.user_id, "given-by-ada-8", by=actor(ada))
    assert User.objects.get(operator=olga).check_password("given-by-ada-8")
    key = f"user:{olga.user_id}"
    entry = latest()
    assert (entry.before[key], entry.after[key]) == ({"password": "•••"}, {"password": "•••"})


def test_an_account_without_a_password_cannot_be_signed_in_to(
    ada: Operator, olga: Operator
) -> None:
    set_password(olga.user_id or 0, None, by=actor(ada))
    assert not User.objects.get(operator=olga).has_usable_password()


def test_a_session_ended_twice_keeps_its_first_end(olga: Operator) -> None:
    Phone.of(olga)
    session = Session.objects.get()
    end_session(session.pk)
    first = Session.objects.get().ended_at
    end_session(session.pk)
    assert first is not None
    assert Session.objects.get().ended_at == first


@pytest.mark.parametrize("how", ["ended", "expired"])
def test_a_session_that_is_over_is_not_revoked(how: str, ada: Operator, olga: Operator) -> None:
    Phone.of(olga)
    session = Session.objects.get()
    if how == "ended":
        end_session(session.pk)
    else:
        Session.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert refusal(revoke_session, session.pk, by=actor(ada)).code == "session_ended"


def test_a_revoked_session_is_over_at_once_and_logged(ada: Operator, olga: Operator) -> None:
    phone = Phone.of(olga)
    session = Session.objects.get()
    assert revoke_session(session.pk, by=actor(ada)).data == {"id": str(session.pk)}
    assert phone.get("queue").status_code == 401
    assert Session.objects.get().ended_at == latest().recorded_at


def test_a_key_that_revoked_one_session_revokes_no_other(ada: Operator, olga: Operator) -> None:
    Phone.of(olga)
    Phone.of(olga)
    first, second = Session.objects.all()
    key = uuid.uuid4()
    revoke_session(first.pk, by=actor(ada), op_id=key)
    with pytest.raises(KeyReused):
        revoke_session(second.pk, by=actor(ada), op_id=key)
    assert Session.objects.get(pk=second.pk).ended_at is None
