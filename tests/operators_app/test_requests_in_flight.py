"""A sign-in that ends while a request is on its way: that one finishes, the next is refused."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction

from operators_app import authentication
from operators_app.models import ActivityLog, LogHead, Operator, Role, Session, User
from operators_app.verbs import Actor
from operators_app.verbs.accounts import save_account
from operators_app.verbs.passwords import set_password
from operators_app.verbs.sessions import end_session, revoke_session
from queue_app.models import QueueItem
from tests.conftest import actor
from tests.factories import PASSWORD, make_item, make_preset
from tests.operators_app.test_runner import assert_no_gaps
from tests.phone import Phone

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_SECONDS = 60
End = Callable[[Operator, Actor], Any]


def group(role: Role) -> Any:
    """Return the group of a role."""
    return Group.objects.get(name=role.value)


def _logout(person: Operator, admin: Actor) -> None:
    end_session(Session.objects.get(user=person.user).pk)


ENDS: dict[str, End] = {
    "logout": _logout,
    "lost phone": lambda person, admin: revoke_session(
        Session.objects.get(user=person.user).pk, by=admin
    ),
    "deactivation": lambda person, admin: save_account(
        person.user_id, {"is_active": False}, by=admin
    ),
    "role": lambda person, admin: save_account(
        person.user_id, {"groups": [group(Role.VIEWER)]}, by=admin
    ),
    "password": lambda person, admin: set_password(
        int(person.user_id or 0), "another-password", by=admin
    ),
}


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Tell when a request has passed its sign-in."""
    passed = threading.Event()
    check = authentication.actor_of_session

    def watched(*args: Any, **kwargs: Any) -> Actor:
        found = check(*args, **kwargs)
        passed.set()
        return found

    monkeypatch.setattr(authentication, "actor_of_session", watched)
    return passed


def send(phone: Phone, path: str, body: dict[str, Any], key: uuid.UUID) -> Any:
    """Send a request in a thread that closes its connection."""
    try:
        return phone.post(path, body, key)
    finally:
        connection.close()


def while_in_flight(
    request: Callable[[], Any], passed: threading.Event, end: Callable[[], Any]
) -> Any:
    """Return the answer to a request that was signed in, and waited for the head, as `end` ran."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            LogHead.objects.select_for_update().get(pk=1)
            waiting: Future[Any] = pool.submit(request)
            assert passed.wait(PATIENCE_SECONDS)
            end()
            assert not waiting.done()
        return waiting.result(PATIENCE_SECONDS)


@pytest.mark.parametrize("event", ENDS)
def test_a_request_in_flight_finishes_whole_and_the_next_is_refused(
    olga: Operator, ada: Operator, signed_in: threading.Event, event: str
) -> None:
    item, preset, phone = make_item(), make_preset("In flight"), Phone.of(olga)
    admin, key = actor(ada), uuid.uuid4()
    start = LogHead.objects.get().seq
    path, body = f"queue/{item.pk}/start", {"operator_id": olga.pk, "preset_id": preset.pk}
    answer = while_in_flight(
        lambda: send(phone, path, body, key), signed_in, lambda: ENDS[event](olga, admin)
    )
    assert answer.status_code == 200, answer.content
    item.refresh_from_db()
    entries = ActivityLog.objects.filter(seq__gt=start)
    assert item.status == answer.json()["queue_item"]["status"] == "in_progress"
    assert entries.filter(verb="start_job", op_id=key).count() == 1
    assert_no_gaps(start + 1)
    refused = 403 if event == "role" else 401
    for response in (phone.get("queue"), phone.post(path, body, key),
                     phone.post(f"queue/{item.pk}/pause", {"reason": "Lunch"})):  # fmt: skip
        assert response.status_code == refused, response.content
    assert QueueItem.objects.get(pk=item.pk).seq == item.seq


@pytest.mark.parametrize("event", ["logout", "password"])
def test_whoever_signs_in_again_gets_the_stored_result(
    olga: Operator, ada: Operator, signed_in: threading.Event, event: str
) -> None:
    item, preset, phone = make_item(), make_preset("In flight"), Phone.of(olga)
    admin, key = actor(ada), uuid.uuid4()
    path, body = f"queue/{item.pk}/start", {"operator_id": olga.pk, "preset_id": preset.pk}
    answer = while_in_flight(
        lambda: send(phone, path, body, key), signed_in, lambda: ENDS[event](olga, admin)
    )
    password = PASSWORD if event == "logout" else "another-password"
    said = {"username": "olga", "password": password}
    again = Phone(Phone().post("auth/login", said).json()["access_token"])
    seq = LogHead.objects.get().seq
    repeated = again.post(path, body, key)
    assert (repeated.status_code, repeated.json()) == (200, answer.json())
    assert LogHead.objects.get().seq == seq


def test_a_request_that_fails_in_flight_leaves_nothing(
    olga: Operator, ada: Operator, signed_in: threading.Event
) -> None:
    item, preset, phone = make_item(), make_preset("In flight"), Phone.of(olga)
    start = LogHead.objects.get().seq
    body = {"operator_id": olga.pk, "preset_id": preset.pk}

    def end() -> None:
        QueueItem.objects.filter(pk=item.pk).update(status="cancelled")
        ENDS["logout"](olga, actor(ada))

    answer = while_in_flight(
        lambda: send(phone, f"queue/{item.pk}/start", body, uuid.uuid4()), signed_in, end
    )
    assert answer.status_code == 409
    assert LogHead.objects.get().seq == start
    assert phone.get("queue").status_code == 401


def test_ending_one_session_leaves_the_other_whole(olga: Operator, ada: Operator) -> None:
    said = {"username": "olga", "password": PASSWORD}
    lost, kept = (Phone().post("auth/login", said).json() for _ in range(2))
    session = Session.objects.earliest("created_at")
    revoke_session(session.pk, by=actor(ada))
    for tokens, status in ((lost, 401), (kept, 200)):
        assert Phone(tokens["access_token"]).get("queue").status_code == status
        refresh = {"refresh_token": tokens["refresh_token"]}
        assert Phone().post("auth/refresh", refresh).status_code == status
    assert User.objects.get(username="olga").is_active
