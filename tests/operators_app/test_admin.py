"""The admin is a surface over the verbs: forms, refusals, versions, people, sign-in, the log."""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from laseros.errors import NotAllowed, NotFound, TransitionError
from operators_app.models import (
    ActivityLog,
    LogHead,
    LoginOutcome,
    LoginRecord,
    Operator,
    Role,
    Session,
    Source,
    User,
)
from operators_app.verbs import Actor, edit
from operators_app.verbs.passwords import set_password
from operators_app.verbs.sessions import revoke_session
from operators_app.wording import WORDS
from presets_app.models import Material
from projects_app.models import Client
from tests.conftest import actor
from tests.desk import Desk, address, errors, offered, said
from tests.factories import PASSWORD, make_client, make_preset, make_user
from tests.phone import Phone


def newest() -> ActivityLog:
    """Return the last entry of the log."""
    return ActivityLog.objects.latest("seq")


def test_a_form_hands_only_what_changed_to_the_verb(mary: Operator, olga: Operator) -> None:
    page = Desk(mary).save(olga, phone="082 555 0101")
    entry = newest()
    olga.refresh_from_db()
    assert olga.phone == "082 555 0101"
    assert page.status_code == 200
    assert (entry.verb, entry.target_type, entry.target_id) == ("edit", "operator", olga.pk)
    assert entry.after == {f"operator:{olga.pk}": {"phone": "082 555 0101"}}
    assert entry.source == Source.ADMIN
    assert entry.user_id == mary.user_id
    assert (olga.seq, olga.updated_at) == (entry.seq, entry.recorded_at)


def test_a_form_that_changes_nothing_writes_nothing(mary: Operator, olga: Operator) -> None:
    seq = LogHead.objects.get().seq
    Desk(mary).save(olga)
    assert LogHead.objects.get().seq == seq


def test_a_new_row_goes_through_the_verb(mary: Operator) -> None:
    Desk(mary).add(Operator, {"name": "Nina", "employee_id": "OP-900", "is_active": "on"})
    nina = Operator.objects.get(employee_id="OP-900")
    assert newest().verb == "create"
    assert nina.seq == newest().seq
    assert LogEntry.objects.get().object_id == str(nina.pk)


def test_a_stale_form_is_refused_and_what_was_typed_stays(
    mary: Operator, olga: Operator, manager: Actor
) -> None:
    desk = Desk(mary)
    opened = desk.open(olga)
    edit(Operator, olga.pk, {"phone": "111"}, by=manager)
    page = desk.save(olga, opened, email="typed@example.com")
    assert "Somebody else changed this since you opened it" in page.content.decode()
    assert "Somebody else has changed this; it stays as it is now." in page.content.decode()
    assert page.context["adminform"].form["phone"].value() == "111"
    assert page.context["adminform"].form["email"].value() == "typed@example.com"
    olga.refresh_from_db()
    assert (olga.phone, olga.email) == ("111", "olga@example.com")
    desk.save(olga, page)  # told what is there now, they may save again
    olga.refresh_from_db()
    assert (olga.phone, olga.email) == ("111", "typed@example.com")


def test_a_refused_form_keeps_its_version_and_a_damaged_one_is_refused(
    mary: Operator, olga: Operator
) -> None:
    desk = Desk(mary)
    opened = desk.open(olga)
    page = desk.save(olga, opened, employee_id="")
    assert page.context["row_version"] == opened.context["row_version"]
    page = desk.save(olga, opened, _row_version="yesterday", name="New")
    assert "The form is damaged; open it again." in errors(page)
    assert Operator.objects.get(pk=olga.pk).name == "Olga"


def test_stamps_and_codes_cannot_be_posted(mary: Operator) -> None:
    client = make_client()
    Desk(mary).save(client, name="New", seq="999", code="CL9999", updated_at_0="2020-01-01")
    client.refresh_from_db()
    assert (client.name, client.code) == ("New", "CL0001")
    assert client.seq == newest().seq


def test_what_has_history_is_not_deleted_and_the_list_reports_n_of_m(mary: Operator) -> None:
    desk = Desk(mary)
    busy, idle = Material.objects.get(name="Mild Steel"), Material.objects.get(name="Copper")
    make_preset(material=busy)
    page = desk.act(Material, "delete_selected", busy, idle)
    assert "Delete: 1 of 2 done" in said(page)
    assert "make it inactive instead" in said(page)
    assert not Material.objects.filter(pk=idle.pk).exists()
    page = desk.browser.post(address(Material, "delete", busy.pk), {"post": "yes"}, follow=True)
    assert "make it inactive instead" in said(page)
    assert newest().verb == "delete"
    assert Material.objects.filter(pk=busy.pk).exists()


def test_the_question_before_deleting_names_the_rows(mary: Operator) -> None:
    material = Material.objects.get(name="Copper")
    desk = Desk(mary)
    page = desk.browser.post(
        desk.list_of(Material), {"action": "delete_selected", "_selected_action": [material.pk]}
    )
    assert "Copper" in page.content.decode()
    desk.browser.post(address(Material, "delete", material.pk), {"post": "yes"})
    assert not Material.objects.filter(pk=material.pk).exists()
    assert newest().after[f"material:{material.pk}"] is None


def test_what_has_a_code_offers_no_deletion(mary: Operator) -> None:
    desk, client = Desk(mary), make_client("Stays")
    answer = desk.browser.post(address(Client, "delete", client.pk), {"post": "yes"})
    assert answer.status_code == 403
    assert "delete_selected" not in desk.browser.get(desk.list_of(Client)).content.decode()


def test_the_history_of_a_row_is_the_log(mary: Operator, olga: Operator, manager: Actor) -> None:
    edit(Operator, olga.pk, {"phone": "111"}, by=manager)
    page = Desk(mary).browser.get(address(Operator, "history", olga.pk), follow=True)
    assert [entry.verb for entry in page.context["cl"].result_list] == ["edit"]


# --- People --------------------------------------------------------------------------------------


def test_an_admin_adds_an_account_with_a_role(ada: Operator) -> None:
    typed = {"username": "newbie", "role": "manager", "password": PASSWORD}
    page = Desk(ada).add(User, typed)
    user = User.objects.get(username="newbie")
    assert page.status_code == 200
    assert user.check_password(PASSWORD)
    assert user.role == Role.MANAGER
    assert user.is_staff
    told = str(newest().after)
    assert "•••" in told
    assert user.password not in told


def test_changing_a_role_is_one_entry_and_keeps_other_groups(ada: Operator, victor: User) -> None:
    before = LogHead.objects.get().seq
    Desk(ada).save(victor, role="operator")
    assert User.objects.get(pk=victor.pk).role == Role.OPERATOR
    entry = newest()
    assert entry.seq == before + 1
    assert entry.before == {f"user:{victor.pk}": {"groups": ["viewer"]}}
    assert entry.after == {f"user:{victor.pk}": {"groups": ["operator"]}}


def test_a_manager_sees_accounts_but_changes_none(mary: Operator, victor: User) -> None:
    desk = Desk(mary)
    page = desk.open(victor)
    assert page.status_code == 200
    assert offered(page) == set()
    assert victor.password not in page.content.decode()
    assert (
        desk.browser.post(address(User, "change", victor.pk), {"role": "admin"}).status_code == 403
    )
    assert desk.browser.get(address(User, "add")).status_code == 403
    password = reverse("admin:auth_user_password_change", args=(victor.pk,))
    assert desk.browser.post(password, {"password1": "x"}).status_code == 403
    assert User.objects.get(pk=victor.pk).role == Role.VIEWER


def test_an_admin_sets_a_password_and_the_log_has_no_hash(ada: Operator, victor: User) -> None:
    new = "another-long-password"
    password = reverse("admin:auth_user_password_change", args=(victor.pk,))
    typed = {"password": new, "must_change": "on"}
    page = Desk(ada).browser.post(password, typed)
    victor.refresh_from_db()
    entry = newest()
    assert new in page.content.decode()  # to be handed over
    assert victor.check_password(new)
    assert (entry.verb, entry.user_id, entry.target_id) == ("set_password", ada.user_id, victor.pk)
    told = {"password": "•••", "must_change_password": True}
    assert entry.after == {f"user:{victor.pk}": told}
    assert victor.password not in str(entry.__dict__)


def test_everybody_changes_their_own_password_and_stays_signed_in(victor: User) -> None:
    desk = Desk(victor)
    new = "another-long-password"
    typed = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert desk.browser.get(reverse("admin:password_change")).status_code == 200
    page = desk.browser.post(reverse("admin:password_change"), typed, follow=True)
    victor.refresh_from_db()
    assert victor.check_password(new)
    assert (newest().verb, newest().user_id) == ("set_password", victor.pk)
    assert page.status_code == 200
    assert desk.browser.get(reverse("admin:index")).status_code == 200


def test_the_systems_own_account_is_shown_but_not_changed(ada: Operator) -> None:
    system, desk = User.objects.get(username="system"), Desk(ada)
    page = desk.open(system)
    assert "Automatic work runs in the name of this account" in page.content.decode()
    answer = desk.browser.post(address(User, "change", system.pk), {"is_active": "on"})
    assert answer.status_code == 403
    password = reverse("admin:auth_user_password_change", args=(system.pk,))
    assert desk.browser.get(password).status_code == 403
    system.refresh_from_db()
    assert not system.is_active


def test_the_last_admin_stays_one(ada: Operator, mary: Operator) -> None:
    desk, user, other = Desk(ada), ada.user, mary.user
    assert user is not None
    assert other is not None
    page = desk.save(user, role="manager", first_name="Typed")
    assert "No active admin would be left" in page.content.decode()
    assert page.context["adminform"].form["first_name"].value() == "Typed"
    assert (User.objects.get(pk=user.pk).role, user.first_name) == (Role.ADMIN, "")
    desk.save(other, role="admin")
    desk.save(user, role="manager")
    assert User.objects.get(pk=user.pk).role == Role.MANAGER


def test_an_account_is_never_deleted(ada: Operator) -> None:
    user, desk = make_user("nobody", None), Desk(ada)
    answer = desk.browser.post(address(User, "delete", user.pk), {"post": "yes"})
    assert answer.status_code == 403
    assert "delete_selected" not in desk.browser.get(desk.list_of(User)).content.decode()
    assert User.objects.filter(pk=user.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_a_new_password_is_hashed_before_anything_is_locked(
    ada: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_password, locked = User.set_password, []

    def watched(self: User, raw: str | None) -> None:
        locked.append(connection.in_atomic_block)
        set_password(self, raw)

    monkeypatch.setattr(User, "set_password", watched)
    typed = {"username": "newbie", "role": "viewer", "password": PASSWORD}
    page = Desk(ada).add(User, typed)
    user = User.objects.get(username="newbie")
    assert page.context["back"] == address(User, "change", user.pk)
    assert set(locked) == {False}


# --- Sessions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["list", "page"])
def test_an_admin_ends_the_session_of_a_lost_phone(
    ada: Operator, olga: Operator, phone: Phone, way: str
) -> None:
    session, desk = Session.objects.get(user=olga.user), Desk(ada)
    assert phone.get("queue").status_code == 200
    assert offered(desk.open(session)) == {"End session"}
    page = (
        desk.act(Session, "end_sessions", session)
        if way == "list"
        else desk.dialog(session, "end_session")
    )
    assert "1 of 1 done: olga since" in said(page) or "done for olga since" in said(page)
    answer = phone.get("queue")
    assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")
    entry = newest()
    assert (entry.verb, entry.target_type, entry.target_id) == (
        "revoke_session", "user", olga.user_id,
    )  # fmt: skip
    assert entry.user_id == ada.user_id
    assert list(entry.after) == [f"session:{session.pk}"]
    assert offered(desk.open(session)) == set()
    assert "has ended already" in said(desk.act(Session, "end_sessions", session))
    assert newest().seq == entry.seq


def test_a_manager_ends_the_session_of_an_operator_and_no_admins(
    mary: Operator, ada: Operator, phone: Phone
) -> None:
    desk, bosses = Desk(mary), Phone.of(ada)
    session = Session.objects.get(user__username="olga")
    other = Session.objects.get(user__username="ada")
    assert offered(desk.open(session)) == {"End session"}
    assert offered(desk.open(other)) == set()
    listed = desk.browser.get(desk.list_of(Session)).content.decode()
    assert f'hx-get="{address(Session, "end_session", session.pk)}"' in listed
    assert address(Session, "end_session", other.pk) not in listed
    assert "0 of 1 done" in said(desk.act(Session, "end_sessions", other))
    assert desk.dialog(other, "end_session").status_code == 403
    assert bosses.get("queue").status_code == 200
    with pytest.raises(NotAllowed):
        revoke_session(other.pk, by=actor(mary))
    assert "1 of 1 done" in said(desk.act(Session, "end_sessions", session))
    assert phone.get("queue").status_code == 401


def test_a_session_that_is_none_or_expired_is_not_ended(ada: Operator, phone: Phone) -> None:
    with pytest.raises(NotFound):
        revoke_session(uuid.uuid4(), by=actor(ada))
    Session.objects.update(expires_at=timezone.now())
    with pytest.raises(TransitionError):
        revoke_session(Session.objects.get().pk, by=actor(ada))


def test_a_replay_ends_a_session_once(ada: Operator, phone: Phone) -> None:
    key, session = uuid.uuid4(), Session.objects.get()
    first = revoke_session(session.pk, by=actor(ada), op_id=key)
    again = revoke_session(session.pk, by=actor(ada), op_id=key)
    assert (again.replayed, again.data) == (True, first.data)


# --- Signing in ----------------------------------------------------------------------------------


def sign_in(username: str, password: str = PASSWORD, browser: Browser | None = None) -> Any:
    """Send the sign-in form."""
    return (browser or Browser()).post(
        reverse("admin:login"), {"username": username, "password": password}
    )


def outcomes() -> list[str]:
    """Return the login history, the oldest first."""
    return list(LoginRecord.objects.order_by("id").values_list("outcome", flat=True))


def test_who_may_enters_and_who_may_not_is_told_why_and_remembered(
    mary: Operator, olga: Operator, victor: User
) -> None:
    assert sign_in("mary").status_code == 302
    assert "operators work on the phone" in sign_in("olga").content.decode()
    User.objects.filter(pk=victor.pk).update(is_active=False)
    assert "Account is inactive" in sign_in("victor").content.decode()
    assert "Invalid credentials" in sign_in("mary", "wrong").content.decode()
    assert outcomes() == [
        LoginOutcome.SUCCESS,
        LoginOutcome.NOT_PERMITTED,
        LoginOutcome.INACTIVE,
        LoginOutcome.WRONG_PASSWORD,
    ]


def test_an_account_without_a_role_stays_outside(db: None) -> None:
    make_user("nobody", None)
    assert "may not enter" in sign_in("nobody").content.decode()


def test_too_many_tries_get_a_page_of_their_own_and_an_admin_unlocks(
    mary: Operator, ada: Operator, settings: Any
) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        assert sign_in("mary", "wrong").status_code == 200
    page = sign_in("mary")
    assert page.status_code == 429
    assert int(page["Retry-After"]) > 0
    assert "Too many failed sign-ins" in page.content.decode()
    assert "--color-primary-600" in page.content.decode()
    from axes.models import AccessAttempt

    answer = Desk(ada).act(AccessAttempt, "unlock_chosen", AccessAttempt.objects.get())
    assert "Unlock: 1 of 1 done: mary from 127.0.0.1." in said(answer)
    assert sign_in("mary").status_code == 302


# --- The log -------------------------------------------------------------------------------------


def test_an_entry_shows_before_and_after_and_escapes_it(
    mary: Operator, olga: Operator, manager: Actor
) -> None:
    edit(Operator, olga.pk, {"phone": "<b>1</b>"}, by=manager)
    text = Desk(mary).open(newest()).content.decode()
    assert "&lt;b&gt;1&lt;/b&gt;" in text
    assert "<b>1</b>" not in text


@pytest.mark.parametrize("query", ["verb=edit", "source=admin", "flagged=yes", "q=operator"])
def test_the_log_is_filtered_and_searched(
    mary: Operator, olga: Operator, manager: Actor, query: str
) -> None:
    edit(Operator, olga.pk, {"phone": "1"}, by=manager)
    page = Desk(mary).browser.get(f"{address(ActivityLog, 'changelist')}?{query}")
    assert page.status_code == 200
    shown = [entry.verb for entry in page.context["cl"].result_list]
    assert shown == ([] if query.startswith("flagged") else ["edit"])


def test_the_choice_of_verbs_is_whole_and_does_not_read_the_log(
    mary: Operator,
) -> None:
    sources = [
        path.read_text()
        for app in apps.get_app_configs()
        if Path(app.path).parent == settings.BASE_DIR
        for path in Path(app.path).rglob("*.py")
    ]
    called = {verb for text in sources for verb in re.findall(r'run_verb\(\s*"(\w+)"', text)}
    assert {"start_job", "record_pop"} <= called
    assert called <= set(WORDS)
    with CaptureQueriesContext(connection) as captured:
        Desk(mary).browser.get(address(ActivityLog, "changelist"))
    assert not [query for query in captured if "DISTINCT" in query["sql"]]


def test_an_operator_without_profile_is_told_to_get_one(ada: Operator) -> None:
    typed = {"username": "newbie", "role": "operator", "password": PASSWORD}
    page = Desk(ada).add(User, typed)
    assert "newbie needs an operator profile as well" in said(page)


def test_the_programs_own_account_gets_no_password(ada: Operator) -> None:
    system = User.objects.get(username="system")
    with pytest.raises(TransitionError):
        set_password(system.pk, PASSWORD, by=actor(ada))
