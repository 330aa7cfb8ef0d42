"""What an entry of the log holds besides the change, and what makes two requests the same."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from laseros.errors import KeyReused
from operators_app.models import ActivityLog, Operator, Session
from operators_app.verbs import Actor
from queue_app import verbs as queue
from tests.factories import PASSWORD, make_item, make_preset
from tests.laseros.endpoints import refused, told
from tests.phone import Phone

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(olga: Operator) -> Phone:
    """The operator's phone, signed in as a phone does it."""
    phone = Phone()
    sent = {"username": "olga", "password": PASSWORD}
    phone.token = told(phone.post("auth/login", sent, User_Agent="Phone 7"))["access_token"]
    return phone


def test_an_entry_tells_from_which_device_it_came(signed_in: Phone) -> None:
    item = make_item(status="in_progress")
    told(signed_in.post(f"queue/{item.pk}/pause", {"reason": "Lunch"}))
    entry, session = ActivityLog.objects.latest("seq"), Session.objects.get()
    assert (entry.session_id, entry.source) == (session.pk, "api")
    assert (session.ip_address, session.user_agent) == ("127.0.0.1", "Phone 7")


def test_times_and_days_are_kept_as_the_api_tells_them(operator: Actor) -> None:
    item = make_item(status="in_progress")
    queue.pause_job(item.pk, "Lunch", by=operator)
    queue.update_item(item.pk, {"scheduled_date": "2025-11-03"}, by=operator)
    change, pause = ActivityLog.objects.order_by("-seq")[:2]
    key = f"queueitem:{item.pk}"
    item.refresh_from_db()
    assert item.paused_at is not None
    assert pause.after[key]["paused_at"] == (
        item.paused_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
    assert pause.before[key]["paused_at"] is None
    assert change.after[key] == {"scheduled_date": "2025-11-03"}


def test_the_order_of_keys_does_not_make_another_request(signed_in: Phone, olga: Operator) -> None:
    item, key, preset = make_item(), uuid.uuid4(), make_preset("P").pk
    body = {"operator_id": olga.pk, "preset_id": preset, "notes": "x"}
    first = told(signed_in.post(f"queue/{item.pk}/start", body, key))
    backwards = dict(reversed(body.items()))
    assert told(signed_in.post(f"queue/{item.pk}/start", backwards, key)) == first


def test_the_same_words_to_another_verb_are_another_request(
    signed_in: Phone, olga: Operator
) -> None:
    item, key = make_item(), uuid.uuid4()
    body = {"operator_id": olga.pk, "preset_id": make_preset("P").pk}
    told(signed_in.post(f"queue/{item.pk}/start", body, key))
    refused(signed_in.post(f"queue/{item.pk}/complete", body, key), 422)
    item.refresh_from_db()
    assert item.status == "in_progress"


def test_another_time_of_doing_it_is_another_request(operator: Actor, olga: Operator) -> None:
    item, key, cut = make_item(status="in_progress"), uuid.uuid4(), make_preset("P").pk
    given: Any = {"operator_id": olga.pk, "preset_id": cut, "by": operator, "op_id": key}
    queue.complete_job(item.pk, **given)
    with pytest.raises(KeyReused):
        queue.complete_job(item.pk, **given, performed_at=item.added_at)
