"""The table of rights (DESIGN, “API conventions”): every endpoint, called by everybody."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from operators_app.models import Operator, Role, Session, User
from queue_app.models import LaserRun, QueueItem
from tests.factories import PASSWORD, make_item, make_person, make_user
from tests.laseros.endpoints import (
    AS_SOMEBODY,
    OPEN,
    OWN_SIGN_IN,
    READS,
    SPECS,
    VERBS,
    Shop,
    api_endpoints,
    call,
    refresh_token_of,
    refused,
    told,
)
from tests.phone import Phone

pytestmark = pytest.mark.django_db

WHO = ("nobody", "viewer", "operator", "another operator", "manager", "admin")


def _row(*statuses: int) -> dict[str, int]:
    return dict(zip(WHO, statuses, strict=True))


# The other operator sends the first one's operator_id.
RIGHTS: dict[str, dict[str, int]] = {
    **dict.fromkeys(OPEN, _row(200, 200, 200, 200, 200, 200)),
    **dict.fromkeys(READS | VERBS | OWN_SIGN_IN, _row(401, 403, 200, 200, 200, 200)),
    **dict.fromkeys(AS_SOMEBODY, _row(401, 403, 200, 403, 200, 200)),
    "DELETE queue-item": _row(401, 403, 403, 403, 200, 200),
    "POST login": _row(401, 403, 200, 200, 200, 200),
    "POST refresh": _row(401, 403, 200, 200, 200, 200),
}


@pytest.fixture
def cast(
    victor: User, olga: Operator, otto: Operator, mary: Operator, ada: Operator
) -> dict[str, Operator | User]:
    """One person for each column of the table."""
    return dict(zip(WHO[1:], (victor, olga, otto, mary, ada), strict=True))


def test_every_endpoint_is_in_the_table() -> None:
    assert api_endpoints() == set(RIGHTS) == set(SPECS)


@pytest.mark.parametrize("name", sorted(set(RIGHTS) - {"POST login", "POST refresh"}))
def test_an_endpoint_admits_whom_the_table_names(
    name: str, cast: dict[str, Operator | User], olga: Operator
) -> None:
    shop = Shop.of(olga)
    answered = {}
    for who in WHO:
        with transaction.atomic():
            response = call(Phone.of(cast[who]) if who in cast else Phone(), name, shop)
            transaction.set_rollback(True)
        answered[who] = response.status_code
        if response.status_code != 200:
            refused(response, response.status_code)
        if response.status_code == 401:
            assert response.headers["WWW-Authenticate"] == "Bearer"
    assert answered == RIGHTS[name]


@pytest.mark.parametrize("who", WHO)
def test_login_admits_whom_the_table_names(who: str, cast: dict[str, Operator | User]) -> None:
    person = cast.get(who)
    user = person.user if isinstance(person, Operator) else person
    name = user.username if user else "nobody"
    response = Phone().post("auth/login", {"username": name, "password": PASSWORD})
    expected = RIGHTS["POST login"][who]
    assert response.status_code == expected
    if expected != 200:
        sentence = {401: "Invalid credentials", 403: "Insufficient permissions"}[expected]
        assert refused(response, expected)["error"] == sentence


@pytest.mark.parametrize("who", WHO)
def test_refresh_admits_whom_the_table_names(who: str, cast: dict[str, Operator | User]) -> None:
    raw = refresh_token_of(cast[who]) if who in cast else "made.up.token"
    response = Phone().post("auth/refresh", {"refresh_token": raw})
    assert response.status_code == RIGHTS["POST refresh"][who]
    assert told(response)["success"] is (response.status_code == 200)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMIN])
def test_a_manager_without_a_profile_cannot_sign_in_on_the_phone(db: None, role: Role) -> None:
    make_user("boss", role)
    response = Phone().post("auth/login", {"username": "boss", "password": PASSWORD})
    body = refused(response, 404, "no_operator_profile")
    assert body["error"] == "No operator profile found"


@pytest.mark.parametrize("path", ["operators/me", "operators/me/stats"])
def test_who_has_lost_the_profile_is_told_so(path: str, mary: Operator) -> None:
    phone = Phone.of(mary)
    Operator.objects.filter(pk=mary.pk).update(user=None)
    refused(phone.get(path), 404, "no_operator_profile")
    assert phone.get("queue").status_code == 200


def test_somebody_without_a_role_cannot_sign_in(db: None) -> None:
    make_person("newcomer", None)
    response = Phone().post("auth/login", {"username": "newcomer", "password": PASSWORD})
    refused(response, 403, "permission_denied")


@pytest.mark.parametrize("what", ["account", "profile"])
def test_an_inactive_person_cannot_sign_in(olga: Operator, what: str) -> None:
    assert olga.user is not None
    if what == "account":
        User.objects.filter(pk=olga.user.pk).update(is_active=False)
    else:
        Operator.objects.filter(pk=olga.pk).update(is_active=False)
    response = Phone().post("auth/login", {"username": "olga", "password": PASSWORD})
    assert refused(response, 401, "account_inactive")["error"] == "Account is inactive"
    wrong = Phone().post("auth/login", {"username": "olga", "password": "wrong"})
    assert refused(wrong, 401)["error"] == "Invalid credentials"


@pytest.mark.parametrize("path", ["/health", "/health/db"])
def test_health_is_open_to_everybody(path: str, victor: User) -> None:
    for phone in (Phone(), Phone.of(victor)):
        assert told(phone.get(path))["status"] == "healthy"


@pytest.mark.parametrize("who", WHO)
def test_the_metrics_are_for_no_role(
    who: str, cast: dict[str, Operator | User], settings: Any
) -> None:
    phone = Phone.of(cast[who]) if who in cast else Phone()
    assert phone.get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "only-for-this-test-0123456789"
    assert phone.get("/metrics").status_code == 401


@pytest.mark.parametrize("name", sorted(AS_SOMEBODY))
def test_managers_act_for_others_and_the_log_names_both(
    name: str, olga: Operator, mary: Operator, boss_phone: Phone
) -> None:
    shop = Shop.of(olga)
    assert call(boss_phone, name, shop).status_code == 200
    item = shop.waiting if name == "POST start" else shop.running
    if name == "POST start":
        item.refresh_from_db()
        assert item.operator == olga
    else:
        assert LaserRun.objects.get().operator == olga
    entry = mary.user.log_entries.get() if mary.user else None
    assert entry is not None
    assert entry.target_id == item.pk


@pytest.mark.parametrize("name", sorted(AS_SOMEBODY))
def test_an_operator_who_acts_for_another_changes_nothing(
    name: str, olga: Operator, otto: Operator
) -> None:
    shop = Shop.of(olga)
    body = refused(call(Phone.of(otto), name, shop), 403, "not_yourself")
    assert "yourself" in body["error"]
    assert not LaserRun.objects.exists()
    assert QueueItem.objects.get(pk=shop.waiting.pk).status == "queued"
    assert QueueItem.objects.get(pk=shop.running.pk).status == "in_progress"


def test_any_operator_pauses_and_completes_any_job_as_themself(
    olga: Operator, otto: Operator
) -> None:
    shop = Shop.of(otto)
    shop.running.operator = olga
    shop.running.save()
    assert call(Phone.of(otto), "POST complete", shop).status_code == 200
    assert LaserRun.objects.get().operator == otto


# --- A sign-in that no longer holds --------------------------------------------------------------


def _give_role(user: User, role: Role | None) -> None:
    user.groups.set([Group.objects.get(name=role.value)] if role else [])


def _new_password(user: User) -> None:
    user.set_password("quite another password")
    user.save()


ENDINGS: dict[str, tuple[Callable[[User], Any], int, str]] = {
    "became a viewer": (lambda user: _give_role(user, Role.VIEWER), 403, "permission_denied"),
    "lost every role": (lambda user: _give_role(user, None), 403, "permission_denied"),
    "was deactivated": (
        lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
        401,
        "account_inactive",
    ),
    "left the shop": (
        lambda user: Operator.objects.filter(user=user).update(is_active=False),
        401,
        "account_inactive",
    ),
    "changed the password": (_new_password, 401, "session_ended"),
    "lost the phone": (
        lambda user: Session.objects.filter(user=user).update(ended_at=timezone.now()),
        401,
        "session_ended",
    ),
    "stayed away too long": (
        lambda user: Session.objects.filter(user=user).update(
            expires_at=timezone.now() - dt.timedelta(seconds=1)
        ),
        401,
        "session_ended",
    ),
}


@pytest.mark.parametrize("what", ENDINGS)
def test_the_next_request_is_refused_to_whoever(what: str, olga: Operator) -> None:
    change, status, code = ENDINGS[what]
    login = told(Phone().post("auth/login", {"username": "olga", "password": PASSWORD}))
    phone = Phone(login["access_token"])
    fresh = phone.get("queue")
    assert fresh.status_code == 200
    assert olga.user is not None
    change(olga.user)
    refused(phone.get("queue", If_None_Match=fresh.headers["ETag"]), status, code)
    refresh = {"refresh_token": login["refresh_token"]}
    refused(Phone().post("auth/refresh", refresh), status, code)


def test_both_tokens_open_nothing_after_logout(olga: Operator) -> None:
    login = told(Phone().post("auth/login", {"username": "olga", "password": PASSWORD}))
    phone = Phone(login["access_token"])
    assert phone.post("auth/logout").status_code == 200
    refused(phone.get("queue"), 401, "session_ended")
    refused(phone.post("auth/logout"), 401, "session_ended")
    refresh = {"refresh_token": login["refresh_token"]}
    refused(Phone().post("auth/refresh", refresh), 401, "session_ended")


def test_logout_ends_this_session_and_no_other(olga: Operator) -> None:
    one, other = Phone.of(olga), Phone.of(olga)
    assert one.post("auth/logout").status_code == 200
    assert other.get("queue").status_code == 200


def test_a_new_manager_manages_at_the_next_request(olga: Operator, phone: Phone) -> None:
    item = make_item()
    refused(phone.delete(f"queue/{item.pk}"), 403)
    assert olga.user is not None
    _give_role(olga.user, Role.MANAGER)
    assert phone.delete(f"queue/{item.pk}").status_code == 200


# --- The admin site ------------------------------------------------------------------------------


def _browser(person: Operator | User | None) -> Client:
    client = Client()
    user = person.user if isinstance(person, Operator) else person
    if user:
        client.force_login(user, "operators_app.authentication.AccountBackend")
    return client


ADMIN_PAGES = [
    "admin:index",
    *(
        f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        for model in (User, Operator)
    ),
]


@pytest.mark.parametrize("page", ADMIN_PAGES)
def test_the_admin_shows_nobody_and_operators_the_login_page(page: str, olga: Operator) -> None:
    for person in (None, olga):
        response = _browser(person).get(reverse(page))
        assert response.status_code == 302
        assert response.headers["Location"].startswith(reverse("admin:login"))


@pytest.mark.parametrize(
    ("who", "inside"), [("viewer", True), ("operator", False), ("manager", True), ("admin", True)]
)
def test_the_admin_signs_in_all_but_operators(
    who: str, inside: bool, cast: dict[str, Operator | User]
) -> None:
    person = cast[who]
    user = person.user if isinstance(person, Operator) else person
    assert user is not None
    client = Client()
    form = {"username": user.username, "password": PASSWORD}
    response = client.post(reverse("admin:login"), form)
    assert response.status_code == (302 if inside else 200)
    assert client.get(reverse("admin:index")).status_code == (200 if inside else 302)


def _request_of(user: User) -> Any:
    request = RequestFactory().get("/admin/")
    request.user = User.objects.get(pk=user.pk)
    return request


def changes(rights: Mapping[str, bool]) -> set[str]:
    """Return which rights a person has besides looking."""
    return {name for name, given in rights.items() if given and name != "view"}


def test_a_viewer_may_change_nothing_in_the_admin(victor: User) -> None:
    request, client = _request_of(victor), _browser(victor)
    for model, model_admin in admin.site._registry.items():
        rights = model_admin.get_model_perms(request)
        assert changes(rights) == set(), model
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        expected = 200 if rights["view"] else 403
        assert client.get(reverse(f"{base}_changelist"), follow=True).status_code == expected, model
        assert client.post(reverse(f"{base}_add"), {}).status_code == 403, model


def test_a_manager_may_not_change_rights_and_an_admin_may(mary: Operator, ada: Operator) -> None:
    users = admin.site._registry[User]
    assert mary.user is not None
    assert ada.user is not None
    of_manager = users.get_model_perms(_request_of(mary.user))
    assert changes(of_manager) == set()
    assert users.get_model_perms(_request_of(ada.user))["change"]


def test_the_log_is_read_only_for_everybody(ada: Operator) -> None:
    assert ada.user is not None
    for model, model_admin in admin.site._registry.items():
        if re.search("activitylog|loginrecord", str(model._meta.model_name)):
            rights = model_admin.get_model_perms(_request_of(ada.user))
            assert changes(rights) == set(), model
