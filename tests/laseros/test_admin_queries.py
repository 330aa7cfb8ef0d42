"""Every page of the admin opens for whom it should, in as many statements for 5 as for 500 rows."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from operators_app.models import Operator, Role, User
from tests.factories import make_user
from tests.fillers import FILLERS

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label_lower)
EVERY_MODEL = pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label_lower)
SEES_ALL = (Role.ADMIN, Role.MANAGER, Role.VIEWER)
NEW_ROWS = {
    "operators_app.operator", "presets_app.material", "presets_app.machinesettingspreset",
    "projects_app.client", "projects_app.part", "projects_app.project",
    "operators_app.headingsynonym",
}  # fmt: skip
ADDS: dict[Role, set[str]] = {
    Role.ADMIN: {*NEW_ROWS, "operators_app.user"},
    Role.MANAGER: NEW_ROWS,
    Role.VIEWER: set(),
}


def browser_of(user: User) -> Client:
    """Return a browser in which this person is signed in."""
    browser = Client()
    browser.force_login(user)
    return browser


def address(model: type[Model], page: str, *args: Any) -> str:
    """Return the address of a page of a model's admin."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def desk(ada: Operator) -> Client:
    """The admin's browser."""
    assert ada.user is not None
    return browser_of(ada.user)


def test_every_model_of_the_admin_has_a_filler() -> None:
    assert set(MODELS) == set(FILLERS)


@EVERY_MODEL
@pytest.mark.django_db
def test_a_list_takes_as_many_statements_for_5_rows_as_for_500(
    model: type[Model], desk: Client
) -> None:
    counts = []
    for rows in (5, 495):
        FILLERS[model](rows)
        desk.get(address(model, "changelist"), follow=True)  # what is cached, is cached now
        with CaptureQueriesContext(
            connection,
        ) as captured:
            answer = desk.get(address(model, "changelist"), follow=True)
        assert answer.status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert counts[0] < 20


@EVERY_MODEL
@pytest.mark.django_db
def test_every_page_opens_for_everybody_and_new_rows_for_those_who_may(model: type[Model]) -> None:
    row = FILLERS[model](3)[0]
    label = model._meta.label_lower
    for role in SEES_ALL:
        browser = browser_of(make_user(f"one-{role}", role))
        assert browser.get(address(model, "changelist"), follow=True).status_code == 200, role
        found = browser.get(address(model, "changelist"), {"q": "x"}, follow=True)
        assert found.status_code == 200, role
        assert browser.get(address(model, "change", row.pk)).status_code == 200, role
        adds = 200 if label in ADDS[role] else 403
        assert browser.get(address(model, "add")).status_code == adds, role


@EVERY_MODEL
@pytest.mark.django_db
def test_a_viewer_sends_nothing_and_an_operator_stays_outside(model: type[Model]) -> None:
    row = FILLERS[model](1)[0]
    viewer = browser_of(make_user("viewing", Role.VIEWER))
    for page in (address(model, "add"), address(model, "change", row.pk),
                 address(model, "delete", row.pk)):  # fmt: skip
        assert viewer.post(page, {"post": "yes"}).status_code == 403
    answer = viewer.post(
        address(model, "changelist"),
        {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"},
    )
    assert answer.status_code in {200, 302, 403}
    assert model._default_manager.filter(pk=row.pk).exists()
    cutter = browser_of(make_user("cutting", Role.OPERATOR))
    answer = cutter.get(address(model, "changelist"))
    assert answer.status_code == 302
    assert "/admin/login/" in answer["Location"]


@pytest.mark.django_db
def test_the_sidebar_shows_what_the_role_may_see() -> None:
    def titles(role: Role) -> set[str]:
        page = browser_of(make_user(f"side-{role}", role)).get(reverse("admin:index"))
        return {item["title"] for group in page.context["sidebar_navigation"]
                for item in group["items"]}  # fmt: skip

    assert {"Accounts", "Failed sign-ins", "Cutting queue"} <= titles(Role.ADMIN)
    assert titles(Role.VIEWER) == titles(Role.MANAGER)  # a viewer sees everything
