"""Logins of operators: given, reset and taken away by a manager, who gets no further with it."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from django.urls import reverse

from laseros.errors import InvalidInput, NotAllowed, TransitionError
from operators_app.models import (
    ActivityLog,
    LogHead,
    Operator,
    PastPassword,
    Role,
    Session,
    User,
)
from operators_app.passwords import ALPHABET, NotUsedLately, new_password
from operators_app.verbs import edit
from operators_app.verbs.accounts import (
    create_operator,
    give_login,
    new_login,
    save_account,
    set_account_active,
)
from operators_app.verbs.passwords import set_password
from operators_app.verbs.sessions import sign_out_everywhere
from tests.conftest import actor
from tests.desk import Desk, address, offered
from tests.factories import PASSWORD, make_user, stamp
from tests.laseros.endpoints import refused, told
from tests.phone import Phone

pytestmark = pytest.mark.django_db

INITIAL = "k7fm-x2qp-9wda"
OWN = "my-very-own-words-7"
NEW = {
    "name": "Nina Simons", "employee_id": "OP-900", "email": "nina@example.com", "phone": "082",
    "username": "nina", "password": INITIAL, "must_change": "on",
}  # fmt: skip


def test_a_manager_creates_an_operator_who_signs_in_and_chooses_a_password(mary: Operator) -> None:
    before = LogHead.objects.get().seq
    page = Desk(mary).add(Operator, NEW)
    assert INITIAL in page.content.decode()  # to be handed over
    nina = Operator.objects.get(employee_id="OP-900")
    assert nina.user is not None
    user = User.objects.get(pk=nina.user.pk)
    assert (user.role, user.get_full_name(), user.email) == (
        Role.OPERATOR, "Nina Simons", "nina@example.com",
    )  # fmt: skip
    entry = ActivityLog.objects.latest("seq")
    assert (entry.seq, entry.verb) == (before + 1, "create_operator")
    assert INITIAL not in str(entry.__dict__)
    assert user.password not in str(entry.__dict__)

    body = told(Phone().post("auth/login", {"username": "nina", "password": INITIAL}))
    assert body["must_change_password"] is True
    phone = Phone(body["access_token"])
    for path in ("queue", "operators/me", "projects"):
        refused(phone.get(path), 403, "password_change_required")
    change = {"current_password": INITIAL, "new_password": OWN}
    wrong = {**change, "current_password": "wrong"}
    refused(phone.post("operators/me/password", wrong), 400, "wrong_password")
    same = refused(phone.post("operators/me/password", {**change, "new_password": INITIAL}), 400)
    assert "used this password lately" in same["error"]
    assert list(same["errors"]) == ["new_password"]
    assert phone.post("operators/me/password", change).status_code == 200
    assert phone.get("queue").status_code == 200  # the session goes on
    assert phone.post("auth/logout").status_code == 200
    body = told(Phone().post("auth/login", {"username": "nina", "password": OWN}))
    assert body["must_change_password"] is False


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"username": "mary"}, "This user name is taken."),
        ({"username": "MARY"}, "This user name is taken."),
        ({"username": "no blanks"}, "Enter a valid username"),
        ({"password": "short"}, "too short"),
        ({"password": ""}, "too short"),
        ({"password": "12345678"}, "entirely numeric"),
        ({"employee_id": ""}, "This field is required"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_half_made(
    mary: Operator, wrong: dict[str, str], sentence: str
) -> None:
    people = User.objects.count(), Operator.objects.count(), LogHead.objects.get().seq
    page = Desk(mary).add(Operator, {**NEW, **wrong})
    assert sentence in page.content.decode()
    assert people == (User.objects.count(), Operator.objects.count(), LogHead.objects.get().seq)


def test_an_operator_with_a_taken_number_leaves_no_account_behind(
    mary: Operator, olga: Operator
) -> None:
    profile = {"name": "Nina", "employee_id": olga.employee_id}
    with pytest.raises(InvalidInput):
        create_operator(profile, new_login("nina", INITIAL, True), by=actor(mary))
    assert not User.objects.filter(username="nina").exists()


def test_an_operator_may_be_without_a_login_and_get_one_later(mary: Operator) -> None:
    desk = Desk(mary)
    desk.add(Operator, {**NEW, "username": ""})
    nina = Operator.objects.get(employee_id="OP-900")
    assert nina.user is None
    assert offered(desk.open(nina)) == {"Give a login"}
    give = reverse("admin:operators_app_operator_give_login", args=(nina.pk,))
    alike = {"username": "nina.mokoena", "password": "nina.mokoena", "must_change": "on"}
    assert "too similar to the" in desk.browser.post(give, alike).content.decode()
    page = desk.browser.post(give, {"username": "nina", "password": INITIAL, "must_change": "on"})
    assert INITIAL in page.content.decode()
    account = User.objects.get(operator=nina)
    assert account.must_change_password
    assert "Give a login" not in offered(desk.open(nina))


def test_a_stale_page_that_gives_a_login_resets_no_password(mary: Operator) -> None:
    desk = Desk(mary)
    desk.add(Operator, {**NEW, "username": ""})
    nina = Operator.objects.get(employee_id="OP-900")
    give = reverse("admin:operators_app_operator_give_login", args=(nina.pk,))
    desk.browser.post(give, {"username": "nina", "password": INITIAL, "must_change": "on"})
    account, seq = User.objects.get(operator=nina), LogHead.objects.get().seq

    stale = {"username": "nina2", "password": OWN, "must_change": "on"}
    page = desk.browser.post(give, stale, follow=True).content.decode()
    assert "Nina Simons has the login “nina” by now; reset its password instead" in page
    assert OWN not in page
    assert "has the login “nina” by now" in desk.browser.get(give, follow=True).content.decode()
    account.refresh_from_db()
    assert account.check_password(INITIAL)
    assert LogHead.objects.get().seq == seq
    with pytest.raises(TransitionError, match="has the login “nina” by now"):
        give_login(nina.pk, new_login("nina2", OWN, True), by=actor(mary))


def test_resetting_a_password_gives_nobody_a_login(mary: Operator) -> None:
    desk = Desk(mary)
    desk.add(Operator, {**NEW, "username": ""})
    nina = Operator.objects.get(employee_id="OP-900")
    reset = reverse("admin:operators_app_operator_reset_password", args=(nina.pk,))
    sent = {"username": "nina", "password": INITIAL, "must_change": "on"}
    assert desk.browser.post(reset, sent).status_code == 403
    nina.refresh_from_db()
    assert nina.user is None


def test_a_manager_resets_an_operators_password(mary: Operator, olga: Operator) -> None:
    desk, phone = Desk(mary), Phone.of(olga)
    reset = reverse("admin:operators_app_operator_reset_password", args=(olga.pk,))
    proposed = desk.browser.get(reset).context["form"]["password"].value()
    assert set(proposed) <= set(ALPHABET + "-")
    page = desk.browser.post(reset, {"password": PASSWORD})
    assert "used this password lately" in page.content.decode()
    page = desk.browser.post(reset, {"password": INITIAL, "must_change": "on"})
    assert INITIAL in page.content.decode()
    refused(phone.get("queue"), 401, "session_ended")
    assert told(Phone().post("auth/login", {"username": "olga", "password": INITIAL}))[
        "must_change_password"
    ]


def test_a_manager_takes_an_operators_login_away_and_gives_it_back(
    mary: Operator, olga: Operator
) -> None:
    desk, phone = Desk(mary), Phone.of(olga)
    assert offered(desk.open(olga)) == {
        "Reset password", "Deactivate login", "Sign out everywhere",
    }  # fmt: skip
    desk.dialog(olga, "deactivate_login")
    refused(phone.get("queue"), 401)
    assert Session.objects.get(user=olga.user).ended_at is not None
    desk.dialog(olga, "activate_login")
    assert told(Phone().post("auth/login", {"username": "olga", "password": PASSWORD}))["success"]
    desk.dialog(olga, "sign_out_everywhere")
    assert not Session.objects.filter(user=olga.user, ended_at=None).exists()


# --- A manager who wants more --------------------------------------------------------------------


def test_a_manager_gets_at_no_other_managers_and_no_admins_login(
    mary: Operator, ada: Operator, victor: User
) -> None:
    desk = Desk(mary)
    boss = make_user("boss", Role.MANAGER)
    both = make_user("both", Role.OPERATOR)
    both.groups.add(*boss.groups.all())  # an operator, but a manager, too
    for user in (ada.user, boss, both, victor, User.objects.get(username="system")):
        assert user is not None
        assert offered(desk.open(user)) == set()
        hashed = user.password
        for action in ("reset_password", "deactivate_login", "activate_login",
                       "sign_out_everywhere", "reset_second_factor"):  # fmt: skip
            name = f"admin:operators_app_user_{action}"
            sent = {"_form_submitted": "True", "password": INITIAL, "must_change": "on"}
            answer = desk.browser.post(reverse(name, args=(user.pk,)), sent)
            assert answer.status_code == 403, (user, action)
        password = reverse("admin:auth_user_password_change", args=(user.pk,))
        assert desk.browser.post(password, {"password": INITIAL}).status_code == 403
        user.refresh_from_db()
        assert user.password == hashed
        with pytest.raises(NotAllowed):
            set_account_active(user.pk, False, by=actor(mary))
        with pytest.raises(NotAllowed):
            sign_out_everywhere(user.pk, by=actor(mary))


def test_a_manager_makes_no_account_an_operators_that_is_out_of_reach(
    mary: Operator, ada: Operator, olga: Operator, victor: User
) -> None:
    boss, free = make_user("boss", Role.MANAGER), make_user("free", Role.OPERATOR)
    system = User.objects.get(username="system")
    desk = Desk(mary)
    asked = {"app_label": "operators_app", "model_name": "operator", "field_name": "user"}
    found = desk.browser.get(reverse("admin:autocomplete"), asked).json()["results"]
    assert [one["text"] for one in found] == ["free"]
    for user in (system, boss, victor):
        with pytest.raises(InvalidInput, match="may not make this account"):
            edit(Operator, olga.pk, {"user": user}, by=actor(mary))
    with pytest.raises(InvalidInput):
        edit(Operator, olga.pk, {"user": system}, by=actor(ada))
    edit(Operator, olga.pk, {"user": free}, by=actor(mary))
    edit(Operator, ada.pk, {"user": ada.user, "phone": "1"}, by=actor(mary))
    edit(Operator, olga.pk, {"user": boss}, by=actor(ada))


def test_an_operator_chooses_a_password_in_the_browser_and_goes_on_by_phone(
    mary: Operator, olga: Operator
) -> None:
    set_password(olga.user_id or 0, INITIAL, temporary=True, by=actor(mary))
    browser = Browser()
    page = browser.post("/admin/login/", {"username": "olga", "password": INITIAL}, follow=True)
    own = reverse("admin:password_change")
    assert page.request["PATH_INFO"] == own
    assert browser.get("/admin/")["Location"].startswith(own)
    assert browser.get("/queue/board/state/").status_code in {302, 403, 404}
    typed = {"old_password": INITIAL, "new_password1": OWN, "new_password2": OWN}
    page = browser.post(own, typed, follow=True)
    assert "Sign in with it on your phone" in page.content.decode()
    assert SESSION_KEY not in browser.session
    page = browser.post("/admin/login/", {"username": "olga", "password": OWN})
    assert "operators work on the phone" in page.content.decode()


def test_fields_of_rights_that_a_manager_posts_by_hand_change_nothing(mary: Operator) -> None:
    extra = {"role": "admin", "groups": "1", "is_superuser": "on", "is_staff": "on", "user": ""}
    Desk(mary).add(Operator, {**NEW, **extra})
    nina = User.objects.get(username="nina")
    assert (nina.role, nina.is_superuser) == (Role.OPERATOR, False)
    browser = Desk(mary).browser
    for data in ({"role": "admin", "username": "nina"}, {"is_superuser": "on"}):
        assert browser.post(address(User, "change", nina.pk), data).status_code == 403
    assert browser.post(address(User, "add"), {**NEW, "role": "admin"}).status_code == 403


def test_who_is_no_manager_gives_no_logins(
    olga: Operator, otto: Operator, victor: User, mary: Operator
) -> None:
    spare = Operator.objects.create(name="Nina", employee_id="OP-900", **stamp())
    login = new_login("nina", INITIAL, True)
    viewer = Operator.objects.get(user=victor)
    for person in (otto, viewer):
        attempts: list[Any] = [
            lambda by: create_operator({"name": "N", "employee_id": "9"}, login, by=by),
            lambda by: give_login(spare.pk, login, by=by),
            lambda by: set_password(olga.user_id or 0, INITIAL, by=by),
            lambda by: set_account_active(olga.user_id or 0, False, by=by),
        ]
        for attempt in attempts:
            with pytest.raises(NotAllowed):
                attempt(actor(person))


def test_a_viewer_is_offered_nothing_and_posts_nothing(
    victor: User, olga: Operator, phone: Phone
) -> None:
    desk = Desk(victor)
    session = Session.objects.get(user=olga.user)
    spare = Operator.objects.create(name="Nina", employee_id="OP-900", **stamp())
    before = LogHead.objects.get().seq
    assert olga.user is not None
    for row in (olga, olga.user, session, spare):
        page = desk.open(row)
        assert page.status_code == 200
        assert offered(page) == set()
    sent = {"_form_submitted": "True", "password": INITIAL, "username": "n", "must_change": "on"}
    for model, row in (("operator", olga), ("user", olga.user), ("operator", spare)):
        for action in ("reset_password", "deactivate_login", "activate_login",
                       "sign_out_everywhere", "reset_second_factor"):  # fmt: skip
            name = reverse(f"admin:operators_app_{model}_{action}", args=(row.pk,))
            assert desk.browser.post(name, sent).status_code == 403
    give = reverse("admin:operators_app_operator_give_login", args=(spare.pk,))
    assert desk.browser.post(give, sent).status_code == 403
    assert desk.dialog(session, "end_session").status_code == 403
    desk.act(Session, "end_sessions", session)
    assert phone.get("queue").status_code == 200
    assert LogHead.objects.get().seq == before


# --- Passwords -----------------------------------------------------------------------------------


def test_the_last_five_passwords_do_not_come_back(mary: Operator) -> None:
    user = mary.user
    assert user is not None
    words = [f"quite-a-long-one-{n}" for n in range(6)]
    for word in words:
        set_password(user.pk, word, by=actor(mary))
    user.refresh_from_db()
    for word in words:  # the present one, and the five before it
        with pytest.raises(ValidationError):
            NotUsedLately().validate(word, user)
    NotUsedLately().validate(PASSWORD, user)  # the sixth may
    assert PastPassword.objects.filter(user=user).count() == 5
    NotUsedLately().validate("anything", None)
    NotUsedLately().validate("anything", User(username="new"))


def test_in_the_back_office_nothing_works_until_a_password_is_chosen(
    ada: Operator, mary: Operator
) -> None:
    set_password(mary.user_id or 0, INITIAL, temporary=True, by=actor(ada))
    browser = Browser()
    page = browser.post(
        "/admin/login/?next=/admin/presets_app/material/",
        {"username": "mary", "password": INITIAL}, follow=True,
    )  # fmt: skip
    own = reverse("admin:password_change")
    assert page.request["PATH_INFO"] == own
    for path in ("/admin/", address(Operator, "add"), "/admin/sign-in/set-up/", "/admin/sign-in/"):
        assert browser.get(path)["Location"].startswith(own)
    browser.post(address(Operator, "add"), NEW)
    assert not Operator.objects.filter(employee_id="OP-900").exists()
    typed = {"old_password": INITIAL, "new_password1": INITIAL, "new_password2": INITIAL}
    assert "used this password lately" in browser.post(own, typed).content.decode()
    typed |= {"new_password1": OWN, "new_password2": OWN, "next": "/admin/presets_app/material/"}
    answer = browser.post(own, typed)
    assert answer["Location"] == "/admin/presets_app/material/"
    assert browser.get(address(Operator, "add")).status_code == 200


def test_guessing_the_password_at_an_open_screen_ends_like_guessing_it_at_the_door(
    mary: Operator,
) -> None:
    browser = Browser()
    browser.post("/admin/login/", {"username": "mary", "password": PASSWORD})
    own = reverse("admin:password_change")
    typed = {"old_password": "wrong", "new_password1": OWN, "new_password2": OWN}
    assert "not your password" in browser.post(own, typed).content.decode()
    for _try in range(settings.AXES_FAILURE_LIMIT):
        browser.post(own, typed)
    assert browser.post(own, {**typed, "old_password": PASSWORD}).status_code == 429
    assert User.objects.get(username="mary").check_password(PASSWORD)


def test_whoever_was_just_made_an_admin_is_judged_as_one(
    mary: Operator, olga: Operator, ada: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(password: str) -> str:
        groups = list(Group.objects.filter(name=Role.ADMIN.value))
        save_account(olga.user_id or 0, {"groups": groups}, by=actor(ada))
        return make_password(password)

    monkeypatch.setattr("operators_app.verbs.passwords.make_password", meanwhile)
    with pytest.raises(NotAllowed):
        set_password(olga.user_id or 0, OWN, by=actor(mary))
    assert User.objects.get(username="olga").check_password(PASSWORD)


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "javascript:x()"])
def test_nobody_is_led_elsewhere_after_signing_in(
    ada: Operator, mary: Operator, wanted: str
) -> None:
    set_password(mary.user_id or 0, INITIAL, temporary=True, by=actor(ada))
    browser = Browser()
    browser.post("/admin/login/", {"username": "mary", "password": INITIAL})
    typed = {"old_password": INITIAL, "new_password1": OWN, "new_password2": OWN, "next": wanted}
    answer = browser.post(reverse("admin:password_change"), typed)
    assert answer["Location"] == "/admin/"


def test_a_new_password_ends_the_sessions_but_this_one(mary: Operator) -> None:
    one, other = Browser(), Browser()
    for browser in (one, other):
        browser.post("/admin/login/", {"username": "mary", "password": PASSWORD})
    phone = Phone.of(mary)
    typed = {"old_password": PASSWORD, "new_password1": OWN, "new_password2": OWN}
    one.post(reverse("admin:password_change"), typed)
    assert one.get("/admin/").status_code == 200
    assert other.get("/admin/").status_code == 302
    refused(phone.get("queue"), 401)
    assert Session.objects.filter(ended_at=None).count() == 1


def test_passwords_to_begin_with_differ_and_pass_the_validators() -> None:
    made = {new_password() for _ in range(100)}
    assert len(made) == 100
    assert all(len(one) == 14 for one in made)


def test_wrong_own_passwords_on_a_found_phone_are_counted(
    olga: Operator, phone: Phone, settings: Any
) -> None:
    guess = {"current_password": "wrong", "new_password": OWN}
    for _ in range(settings.AXES_FAILURE_LIMIT):
        refused(phone.post("operators/me/password", guess), 400, "wrong_password")
    right = {**guess, "current_password": PASSWORD}
    refused(phone.post("operators/me/password", right), 429)
