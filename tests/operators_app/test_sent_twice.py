"""What a page sends twice, or when nobody is signed in any more."""

from __future__ import annotations

import pytest
from django.urls import reverse

from operators_app.models import Operator
from projects_app.models import Document, ProjectStatus
from tests.desk import Desk, address, said
from tests.factories import make_client, make_project

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("action", "typed"), [
    ("make_quote_now", {"price": "900", "quote_date": "2026-11-21", "valid_until": "2026-12-21"}),
    ("deliver_now", {"delivery_date": "2026-11-21"}),
])  # fmt: skip
def test_a_dialog_that_is_sent_twice_is_carried_out_once(
    mary: Operator, action: str, typed: dict[str, str]
) -> None:
    is_quote = action == "make_quote_now"
    status = ProjectStatus.REQUEST if is_quote else ProjectStatus.COMPLETED
    project, desk = make_project(status=status, parts=[("Lid", 10)]), Desk(mary)
    shown = desk.open(project, action)
    form, key = shown.context["form"], str(shown.context["op_id"])
    assert f'name="op_id" value="{key}"' in shown.content.decode()
    as_shown = {name: str(form[name].value() or "") for name in form.fields}
    sent = {**as_shown, **typed, "op_id": key}
    told = [said(desk.dialog(project, action, **sent)) for _click in range(2)]
    assert told[0] == told[1]
    assert ".pdf" in told[0]
    assert Document.objects.count() == 1
    assert str(desk.open(project, action).context["op_id"]) != key


def test_whoever_was_signed_out_is_told_that_nothing_was_saved(mary: Operator) -> None:
    client, browser = make_client(), Desk(mary).browser
    browser.logout()
    page = browser.post(address(type(client), "change", client.pk), {"name": "X"}, follow=True)
    assert "nothing of what you sent was saved" in page.content.decode()
    page = browser.get(address(type(client), "change", client.pk), follow=True)
    assert "nothing of what you sent was saved" not in page.content.decode()


def test_a_page_may_ask_whether_anybody_would_take_what_it_sends(mary: Operator) -> None:
    browser, where = Desk(mary).browser, reverse("admin:signed_in")
    assert browser.get(where).status_code == 204
    browser.logout()
    assert browser.get(where).status_code == 302
