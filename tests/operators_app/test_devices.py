"""Where somebody is signed in, as the back office shows and ends it; pages that refuse."""

from __future__ import annotations

import pytest
from django.test import Client as Browser
from django.urls import reverse

from operators_app.devices import device_name
from operators_app.models import ActivityLog, Operator, Session, User
from tests.desk import Desk, address
from tests.factories import PASSWORD
from tests.laseros.endpoints import refused
from tests.phone import Phone

pytestmark = pytest.mark.django_db

# --- Sessions and devices ------------------------------------------------------------------------

CHROME = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Mobile Safari/537.36"
)


@pytest.mark.parametrize(
    ("told_by_it", "name"),
    [
        (CHROME, "Chrome on Android"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0",
         "Firefox on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
         "like Gecko) Version/17.5 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/126.0 Safari/537.36 Edg/126.0", "Edge on Windows"),
        ("LaserPhone/2.1 (build 7)", "LaserPhone"),
        ("curl/8.5.0", "curl"),
        ("", "Unknown device"),
        ("\xff\xfe<b>", "\xff\xfe<b>"),
    ],
)  # fmt: skip
def test_a_device_is_called_what_people_call_it(told_by_it: str, name: str) -> None:
    assert device_name(told_by_it) == name


def test_phones_and_browsers_stand_in_one_list_and_a_browser_is_ended(
    ada: Operator, mary: Operator, phone: Phone
) -> None:
    browser = Browser(headers={"User-Agent": CHROME})
    browser.post("/admin/login/", {"username": "mary", "password": PASSWORD})
    assert browser.get("/admin/").status_code == 200
    desk = Desk(ada)
    text = desk.browser.get(address(Session, "changelist")).content.decode()
    assert "Chrome on Android" in text
    assert "Back office" in text
    assert "Phone" in text
    desk.act(Session, "end_sessions", Session.objects.get(user=mary.user))
    assert browser.get("/admin/").status_code == 302
    assert phone.get("queue").status_code == 200


def test_signing_out_ends_the_line_in_the_list(mary: Operator) -> None:
    browser = Browser()
    browser.post("/admin/login/", {"username": "mary", "password": PASSWORD})
    browser.post("/admin/logout/")
    assert Session.objects.get().ended_at is not None


def test_somebody_signs_their_own_other_device_out_and_nobody_elses(
    mary: Operator, ada: Operator
) -> None:
    desk, phone, other = Desk(mary), Phone.of(mary), Phone.of(ada)
    for person in ("mary", "ada"):
        for session in Session.objects.filter(user__username=person, channel="api"):
            desk.browser.post("/admin/sign-in/end-session/", {"session": str(session.pk)})
    desk.browser.post("/admin/sign-in/end-session/", {"session": "nonsense"})
    refused(phone.get("queue"), 401)
    assert other.get("queue").status_code == 200
    assert desk.browser.get("/admin/sign-in/").status_code == 200


def test_the_log_names_the_browser_that_a_change_came_from(mary: Operator, olga: Operator) -> None:
    Desk(mary).save(olga, phone="082")
    entry = ActivityLog.objects.latest("seq")
    assert entry.session == Session.objects.get(user=mary.user)


# --- Pages that refuse ---------------------------------------------------------------------------


def test_the_page_that_refuses_says_who_is_signed_in_and_lets_them_out(victor: User) -> None:
    page = Desk(victor).browser.get(address(Operator, "add"))
    text = page.content.decode()
    assert page.status_code == 403
    assert "victor" in text
    assert "(Viewer)" in text
    assert reverse("admin:logout") in text
    assert "csrfmiddlewaretoken" in text


def test_an_operator_at_the_back_office_is_told_one_thing(olga: Operator) -> None:
    page = Browser().post("/admin/login/", {"username": "olga", "password": PASSWORD})
    text = page.content.decode()
    assert "operators work on the phone" in text
    assert "Please correct" not in text
    page = Browser().post("/admin/login/", {"username": "", "password": ""})
    assert "Please correct the errors below." in page.content.decode()


def test_an_old_link_leads_to_the_list_with_a_sentence(mary: Operator) -> None:
    page = Desk(mary).browser.get(address(Operator, "change", 10**6), follow=True)
    assert page.redirect_chain[-1][0] == address(Operator, "changelist")
    assert "There is no such operator any more" in page.content.decode()
