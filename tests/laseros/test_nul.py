"""NUL in what a page is asked with: PostgreSQL takes no text that has one."""

from __future__ import annotations

from typing import Any

import pytest

from operators_app.models import Operator
from tests.desk import Desk
from tests.factories import make_client, make_project

pytestmark = pytest.mark.django_db

OF_PARTS = "app_label=projects_app&model_name=projectpart&field_name=part"


@pytest.fixture
def browser(mary: Operator) -> Any:
    """The manager's browser, with something to be found."""
    make_project(client=make_client("A b"))
    return Desk(mary).browser


@pytest.mark.parametrize("address", [
    "/admin/search/?q=a%00b", "/admin/search/?q=a%00b&part=1",
    "/admin/projects_app/project/?q=%00", "/admin/projects_app/project/?status__exact=%00",
    "/admin/projects_app/part/?name=a%00b", "/admin/presets_app/material/?q=a%00b",
    "/admin/operators_app/activitylog/?verb=a%00b", f"/admin/autocomplete/?term=a%00b&{OF_PARTS}",
    "/admin/projects_app/client/export/?q=a%00b&_format=csv", "/queue/api/presets?%00=%%0000",
])  # fmt: skip
def test_a_page_takes_it_for_a_blank(browser: Any, address: str) -> None:
    assert browser.get(address).status_code in {200, 302}


def test_what_stands_around_it_is_looked_for(browser: Any) -> None:
    answer = browser.get("/admin/search/?q=a%00b&part=1")
    assert answer.context["query"] == "a b"
    assert [client.name for client in answer.context["found"].clients] == ["A b"]
