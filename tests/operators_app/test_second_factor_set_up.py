"""The second factor set up, required of a role, taken away and reset."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from laseros.errors import NotAllowed, TransitionError
from operators_app import sign_in_pages
from operators_app.models import ActivityLog, Operator, Role, RolePolicy, User
from operators_app.second_factor import SET_UP_TIME
from operators_app.verbs.second_factor import (
    reset_second_factor,
    save_role_policy,
    set_up_second_factor,
)
from tests.conftest import actor
from tests.desk import Desk, address, offered, said
from tests.factories import PASSWORD
from tests.second_factors import (
    CODE_PAGE,
    HOME,
    SET_UP_PAGE,
    code_of,
    patient,
    require_second_factor,
    sign_in,
    with_second_factor,
)

pytestmark = pytest.mark.django_db


def test_the_role_requires_it_and_the_person_is_led_to_set_it_up(mary: Operator) -> None:
    browser, _ = sign_in("mary")
    assert browser.get(HOME).status_code == 200
    require_second_factor(Role.MANAGER)
    answer = browser.get(address(Operator, "changelist"))  # from the next request on
    assert answer["Location"].startswith(SET_UP_PAGE)
    assert browser.get(reverse("admin:password_change"))["Location"].startswith(SET_UP_PAGE)
    page = browser.get(SET_UP_PAGE)
    assert page.context["secret"] in page.content.decode()
    device = TOTPDevice.objects.get(confirmed=False)
    wrong = browser.post(SET_UP_PAGE, {"code": "000000" if code_of(device) != "000000" else "1"})
    assert "does not fit this key" in wrong.content.decode()
    assert wrong.context["secret"] == page.context["secret"]
    assert browser.get(HOME).status_code == 302
    patient()
    page = browser.post(SET_UP_PAGE, {"code": code_of(device)})
    assert len(page.context["codes"]) == 10
    assert browser.get(HOME).status_code == 200
    assert mary.user is not None
    mary.user.refresh_from_db()
    entry = ActivityLog.objects.latest("seq")
    assert (entry.verb, entry.target_id) == ("set_up_second_factor", mary.user_id)
    everything = str(entry.__dict__)
    for secret in (device.key, page.context["codes"][0], *StaticToken.objects.values_list("token")):
        assert str(secret) not in everything
    other, _ = sign_in("mary")
    other.post(f"{CODE_PAGE}?recovery=1", {"code": page.context["codes"][3]})
    assert other.get(HOME).status_code == 200


def test_a_key_that_somebody_saw_before_is_never_taken(mary: Operator) -> None:
    require_second_factor(Role.MANAGER)
    thief, _ = sign_in("mary")
    stolen = thief.get(SET_UP_PAGE).context["secret"]
    browser, _ = sign_in("mary")
    assert browser.get(SET_UP_PAGE).context["secret"] != stolen


def test_whoever_comes_back_within_minutes_is_shown_the_same_key(mary: Operator) -> None:
    browser, _ = sign_in("mary")
    secret = browser.get(SET_UP_PAGE).context["secret"]
    assert browser.get(SET_UP_PAGE).context["secret"] == secret
    browser.get("/admin/sign-in/")
    assert browser.get(SET_UP_PAGE).context["secret"] == secret
    device = TOTPDevice.objects.get()
    page = browser.post(SET_UP_PAGE, {"code": code_of(device), "password": PASSWORD})
    assert page.context["codes"]
    assert browser.get(SET_UP_PAGE).context["secret"] != secret


def test_a_key_that_was_shown_long_ago_is_void_and_that_is_told(mary: Operator) -> None:
    browser, _ = sign_in("mary")
    secret = browser.get(SET_UP_PAGE).context["secret"]
    old = TOTPDevice.objects.get()
    TOTPDevice.objects.update(created_at=timezone.now() - SET_UP_TIME)
    page = browser.post(SET_UP_PAGE, {"code": code_of(old), "password": PASSWORD})
    assert "no longer valid" in page.content.decode()
    assert page.context["secret"] != secret
    assert browser.get(SET_UP_PAGE).context["secret"] == page.context["secret"]


def test_a_key_that_gave_way_to_one_begun_elsewhere_is_told_to_be_void(mary: Operator) -> None:
    browser, _ = sign_in("mary")
    browser.get(SET_UP_PAGE)
    old = TOTPDevice.objects.get()
    elsewhere, _ = sign_in("mary")
    elsewhere.get(SET_UP_PAGE)
    page = browser.post(SET_UP_PAGE, {"code": code_of(old), "password": PASSWORD})
    assert "no longer valid" in page.content.decode()
    page = browser.post(
        SET_UP_PAGE, {"code": code_of(TOTPDevice.objects.get()), "password": PASSWORD}
    )
    assert page.context["codes"]


def test_a_key_that_gives_way_between_its_proof_and_its_use_is_told_to_be_void(
    mary: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, _ = sign_in("mary")
    secret = browser.get(SET_UP_PAGE).context["secret"]

    def begun_elsewhere(user_id: int, digests: list[str], **call: Any) -> Any:
        TOTPDevice.objects.all().delete()
        return set_up_second_factor(user_id, digests, **call)

    monkeypatch.setattr(sign_in_pages, "set_up_second_factor", begun_elsewhere)
    typed = {"code": code_of(TOTPDevice.objects.get()), "password": PASSWORD, "next": "/admin/x/"}
    page = browser.post(SET_UP_PAGE, typed, follow=True)
    assert page.redirect_chain == [(f"{SET_UP_PAGE}?next=%2Fadmin%2Fx%2F", 302)]
    assert "no longer valid" in said(page)
    assert page.context["secret"] != secret


def test_signing_in_anew_in_the_same_browser_shows_a_new_key(mary: Operator) -> None:
    browser, _ = sign_in("mary")
    secret = browser.get(SET_UP_PAGE).context["secret"]
    sign_in("mary", browser)
    assert browser.get(SET_UP_PAGE).context["secret"] != secret


def test_loading_the_recovery_codes_again_leaves_the_key_in_force(mary: Operator) -> None:
    browser, _ = sign_in("mary")
    browser.get(SET_UP_PAGE)
    typed = {"code": code_of(TOTPDevice.objects.get()), "password": PASSWORD}
    browser.post(SET_UP_PAGE, typed)
    page = browser.post(SET_UP_PAGE, typed, follow=True)
    assert "on already" in said(page)
    assert TOTPDevice.objects.get().confirmed


def test_unasked_it_is_set_up_with_the_password_and_turned_off_with_it(mary: Operator) -> None:
    browser, _ = sign_in("mary")
    browser.get(SET_UP_PAGE)
    device = TOTPDevice.objects.get()
    page = browser.post(SET_UP_PAGE, {"code": code_of(device), "password": "wrong"})
    assert "This is not your password." in page.content.decode()
    page = browser.post(SET_UP_PAGE, {"code": code_of(device), "password": PASSWORD})
    assert page.context["codes"]
    page = browser.post("/admin/sign-in/recovery-codes/", {"password": PASSWORD})
    assert StaticToken.objects.count() == 10
    page = browser.post("/admin/sign-in/turn-off/", {"password": "wrong"})
    assert "This is not your password." in page.content.decode()
    page = browser.post("/admin/sign-in/turn-off/", {"password": PASSWORD}, follow=True)
    assert "Two-factor sign-in is off" in said(page)
    assert not TOTPDevice.objects.exists()
    told = ActivityLog.objects.filter(user=mary.user_id).order_by("seq")
    assert [entry.verb for entry in told] == [
        "set_up_second_factor", "renew_recovery_codes", "reset_second_factor",
    ]  # fmt: skip


def test_where_the_role_requires_it_nobody_turns_it_off(mary: Operator) -> None:
    device = with_second_factor(mary)
    require_second_factor(Role.MANAGER)
    browser, _ = sign_in("mary")
    browser.post(CODE_PAGE, {"code": code_of(device)})
    assert "Turn off" not in browser.get("/admin/sign-in/").content.decode()
    page = browser.post("/admin/sign-in/turn-off/", {"password": PASSWORD}, follow=True)
    assert "Your role requires two-factor sign-in" in said(page)
    assert TOTPDevice.objects.exists()


def test_an_admin_alone_requires_it_of_a_role(mary: Operator, ada: Operator, victor: User) -> None:
    policy = RolePolicy.objects.get(group__name="operator")
    for person in (mary, victor):
        desk = Desk(person)
        assert desk.open(policy).status_code == 200
        assert desk.browser.post(
            address(RolePolicy, "change", policy.pk), {"requires_second_factor": "on"}
        ).status_code == 403  # fmt: skip
    with pytest.raises(NotAllowed):
        save_role_policy(policy.pk, True, by=actor(mary))
    Desk(ada).save(policy, requires_second_factor="on")
    policy.refresh_from_db()
    assert policy.requires_second_factor
    entry = ActivityLog.objects.latest("seq")
    assert entry.after == {f"rolepolicy:{policy.pk}": {"requires_second_factor": True}}


def test_a_lost_phone_is_reset_and_signed_out_everywhere(
    mary: Operator, ada: Operator, olga: Operator
) -> None:
    device = with_second_factor(mary)
    browser, _ = sign_in("mary")
    browser.post(CODE_PAGE, {"code": code_of(device)})
    assert mary.user is not None
    desk = Desk(ada)
    assert "Reset two-factor sign-in" in offered(desk.open(mary.user))
    desk.dialog(mary.user, "reset_second_factor")
    assert browser.get(HOME).status_code == 302
    assert not TOTPDevice.objects.exists()
    again, _ = sign_in("mary")
    assert again.get(HOME).status_code == 200
    with_second_factor(olga)
    Desk(mary).dialog(olga, "reset_second_factor")
    assert not TOTPDevice.objects.exists()


def test_a_manager_resets_no_managers_and_no_admins_second_factor(
    mary: Operator, ada: Operator
) -> None:
    with_second_factor(ada)
    assert ada.user is not None
    desk = Desk(mary)
    assert offered(desk.open(ada.user)) == offered(desk.open(ada)) == set()
    for row in (ada, ada.user):
        assert desk.dialog(row, "reset_second_factor").status_code == 403
    with pytest.raises(NotAllowed):
        reset_second_factor(ada.user.pk, by=actor(mary))
    with pytest.raises(NotAllowed):
        set_up_second_factor(ada.user.pk, [], by=actor(mary))
    with pytest.raises(TransitionError):
        set_up_second_factor(mary.user_id or 0, [], by=actor(mary))  # no key was proven
    assert TOTPDevice.objects.exists()


def test_the_only_admin_who_has_lost_all_is_helped_at_the_console(
    ada: Operator, capsys: Any
) -> None:
    with_second_factor(ada)
    call_command("reset_second_factor", "ada")
    assert "signs in with the password alone" in capsys.readouterr().out
    browser, _ = sign_in("ada")
    assert browser.get(HOME).status_code == 200
    for name, sentence in (("ada", "has no two-factor"), ("nobody", "There is no account")):
        with pytest.raises(CommandError, match=sentence):
            call_command("reset_second_factor", name)
