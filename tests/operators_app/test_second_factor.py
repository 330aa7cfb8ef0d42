"""The second factor in the back office: asked for after the password, and attacked."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from operators_app.gate import PAGES
from operators_app.models import LogHead, LoginOutcome, LoginRecord, Operator, Session
from operators_app.second_factor import MOST_FAILURES, check_code, recovery_codes_left
from tests.desk import Desk, address, said
from tests.factories import PASSWORD
from tests.laseros.endpoints import refused
from tests.second_factors import (
    CODE_PAGE,
    HOME,
    RECOVERY,
    SET_UP_PAGE,
    code_of,
    patient,
    sign_in,
    with_second_factor,
)

pytestmark = pytest.mark.django_db


def test_the_code_of_the_app_is_asked_for_after_the_password(mary: Operator) -> None:
    device = with_second_factor(mary)
    browser, page = sign_in("mary", wanted="/admin/presets_app/material/")
    assert page.request["PATH_INFO"] == CODE_PAGE
    typed = {"code": code_of(device), "next": "/admin/presets_app/material/"}
    answer = browser.post(CODE_PAGE, typed)
    assert answer["Location"] == "/admin/presets_app/material/"
    assert browser.get(HOME).status_code == 200
    assert Session.objects.get().second_factor == "passed"
    outcomes = LoginRecord.objects.order_by("pk").values_list("outcome", flat=True)
    assert list(outcomes) == [LoginOutcome.CODE_AWAITED, LoginOutcome.SUCCESS]


def test_a_session_that_has_only_given_the_password_opens_nothing(
    mary: Operator, olga: Operator
) -> None:
    with_second_factor(mary)
    before = LogHead.objects.get().seq
    browser, _ = sign_in("mary")
    for path in (HOME, "/", address(Operator, "changelist"), address(Operator, "add"),
                 reverse(PAGES["password_change_required"]), SET_UP_PAGE, "/admin/sign-in/",
                 "/admin/login/", "/admin/search/?s=a", "/admin/autocomplete/"):  # fmt: skip
        answer = browser.get(path)
        assert answer.status_code == 302, path
        assert answer["Location"].startswith(CODE_PAGE), path
    changes = {"name": "Stolen", "employee_id": olga.employee_id}
    browser.post(address(Operator, "change", olga.pk), changes)
    for path in ("turn-off", "recovery-codes", "end-session", "set-up"):
        answer = browser.post(f"/admin/sign-in/{path}/", {"password": PASSWORD, "code": "1"})
        assert answer["Location"] == CODE_PAGE
    assert Operator.objects.get(pk=olga.pk).name == "Olga"
    assert LogHead.objects.get().seq == before
    assert browser.get("/admin/x/", headers={"HX-Request": "true"})["HX-Redirect"] == CODE_PAGE
    json = browser.get("/admin/x/", headers={"Accept": "application/json"})
    refused(json, 403, "otp_required")


def test_the_session_gets_a_new_key_with_each_step(mary: Operator) -> None:
    """Whoever has fixed a session's key on somebody's browser is not in it afterwards."""
    device = with_second_factor(mary)
    browser = Browser()
    browser.get("/admin/login/")
    session = browser.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    sign_in("mary", browser)
    with_password = browser.session.session_key
    browser.post(CODE_PAGE, {"code": code_of(device)})
    with_code = browser.session.session_key
    assert len({planted, with_password, with_code}) == 3
    browser.get(HOME)
    assert Session.objects.get().browser_key == with_code
    for key in (planted, with_password):
        thief = Browser()
        thief.cookies["sessionid"] = str(key)
        assert thief.get(HOME).status_code == 302


def test_signing_in_again_asks_for_the_code_again(mary: Operator) -> None:
    device = with_second_factor(mary)
    browser, _ = sign_in("mary")
    browser.post(CODE_PAGE, {"code": code_of(device)})
    _, page = sign_in("mary", browser)
    assert page.request["PATH_INFO"] == CODE_PAGE


def test_a_code_is_good_once(mary: Operator) -> None:
    device = with_second_factor(mary)
    code = code_of(device)
    one, _ = sign_in("mary")
    assert one.post(CODE_PAGE, {"code": code}).status_code == 302
    other, _ = sign_in("mary")
    page = other.post(CODE_PAGE, {"code": code})
    assert "wrong or was used before" in page.content.decode()
    assert other.get(HOME).status_code == 302
    patient()
    assert other.post(CODE_PAGE, {"code": code_of(device, 1)}).status_code == 302


def test_a_recovery_code_is_good_once_and_is_not_stored_in_clear(mary: Operator) -> None:
    with_second_factor(mary)
    stored = StaticToken.objects.values_list("token", flat=True)
    assert not {code.replace("-", "") for code in RECOVERY} & set(stored)
    one, _ = sign_in("mary")
    page = one.post(f"{CODE_PAGE}?recovery=1", {"code": " AAAAA bbbbb "}, follow=True)
    assert "1 is left" in said(page)
    other, _ = sign_in("mary")
    other.post(f"{CODE_PAGE}?recovery=1", {"code": RECOVERY[0]})
    assert other.get(HOME).status_code == 302


def test_a_used_recovery_code_is_told_apart_from_a_wrong_one(mary: Operator) -> None:
    with_second_factor(mary)
    one, _ = sign_in("mary")
    one.post(f"{CODE_PAGE}?recovery=1", {"code": RECOVERY[0]})
    other, _ = sign_in("mary")
    page = other.post(f"{CODE_PAGE}?recovery=1", {"code": RECOVERY[0].upper()})
    assert "has been used already; take the next one" in page.content.decode()
    page = other.post(f"{CODE_PAGE}?recovery=1", {"code": "zzzzz-zzzzz"})
    assert "none of your recovery codes" in page.content.decode()
    assert recovery_codes_left(mary.user_id or 0) == 1


@pytest.mark.parametrize("typed", ["12345", "123 45", "1234567"])
def test_a_code_of_too_few_or_many_digits_is_no_recovery_code(mary: Operator, typed: str) -> None:
    with_second_factor(mary)
    browser, _ = sign_in("mary")
    page = browser.post(CODE_PAGE, {"code": typed})
    assert "A code has six digits" in page.content.decode()
    assert browser.get(HOME).status_code == 302


def test_a_recovery_code_of_digits_alone_is_one(mary: Operator) -> None:
    with_second_factor(mary)
    assert check_code(mary.user_id or 0, "23456-78923").is_recovery


def test_a_recovery_code_will_do_where_the_apps_is_asked_for(mary: Operator) -> None:
    with_second_factor(mary)
    browser, page = sign_in("mary")
    assert "or one of your recovery codes" in page.content.decode()
    page = browser.post(CODE_PAGE, {"code": RECOVERY[1]}, follow=True)
    assert "1 is left" in said(page)
    assert browser.get(HOME).status_code == 200


def test_one_slip_makes_nobody_wait(mary: Operator) -> None:
    device = with_second_factor(mary)
    browser, _ = sign_in("mary")
    wrong = f"{(int(code_of(device)) + 500_000) % 1_000_000:06}"
    assert "is wrong" in browser.post(CODE_PAGE, {"code": wrong}).content.decode()
    assert browser.post(CODE_PAGE, {"code": code_of(device)}).status_code == 302


def test_guessing_codes_waits_twice_as_long_each_time(
    mary: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = with_second_factor(mary)
    browser, _ = sign_in("mary")
    moment = timezone.now()  # the waits are seconds: the clock stands still
    monkeypatch.setattr(timezone, "now", lambda: moment)
    wrong = f"{(int(code_of(device)) + 500_000) % 1_000_000:06}"
    browser.post(CODE_PAGE, {"code": wrong})
    waits = []
    for failures in range(2, 13):
        page = browser.post(CODE_PAGE, {"code": wrong})
        assert "wrong" in page.content.decode()
        waits.append(check_code(mary.user_id or 0, code_of(device)).wait_seconds)
        page = browser.post(CODE_PAGE, {"code": code_of(device)})  # the right one, too early
        assert f"Too many wrong codes; wait {waits[-1]} seconds" in page.content.decode()
        device.refresh_from_db()
        assert device.throttling_failure_count == min(failures, MOST_FAILURES)
        TOTPDevice.objects.update(
            throttling_failure_timestamp=F("throttling_failure_timestamp") - dt.timedelta(hours=1)
        )
    assert waits[:4] == [2, 4, 8, 16]
    assert max(waits) == 2 ** (MOST_FAILURES - 1)  # nobody is kept out for days
    assert browser.post(CODE_PAGE, {"code": code_of(device)}).status_code == 302


def test_hundreds_of_guesses_are_hardly_heard(mary: Operator) -> None:
    device = with_second_factor(mary)
    for _ in range(200):
        assert not check_code(mary.user_id or 0, "nonsense").passed
        assert not check_code(mary.user_id or 0, "000000").passed
    device.refresh_from_db()
    assert device.throttling_failure_count <= 5


@pytest.mark.parametrize("typed", ["", "12345", "１２３４５６", "²²²²²²", "\0" * 6, "x" * 40, "-1"])
def test_odd_codes_are_refused_in_the_form(mary: Operator, typed: str) -> None:
    with_second_factor(mary)
    browser, _ = sign_in("mary")
    for page in (CODE_PAGE, f"{CODE_PAGE}?recovery=1"):
        assert browser.post(page, {"code": typed}).status_code == 200
    assert browser.get(HOME).status_code == 302


def test_the_gate_asks_the_database_nothing_more(mary: Operator) -> None:
    browser = Desk(mary).browser
    browser.get(address(Operator, "add"))
    with CaptureQueriesContext(connection) as captured:
        browser.get(address(Operator, "add"))
    assert len([one for one in captured if "rolepolicy" in one["sql"].lower()]) == 1
    assert len([one for one in captured if "auth_group" in one["sql"].lower()]) <= 2


def test_a_desktop_program_with_half_a_session_is_told_so(mary: Operator) -> None:
    with_second_factor(mary)
    browser, _ = sign_in("mary")
    refused(browser.get("/queue/api/presets"), 403, "otp_required")
