"""Choosing a part in a project's form."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.test import Client as Browser
from django.urls import reverse

from operators_app.models import Operator
from projects_app.models import Part
from tests.desk import Desk, address
from tests.factories import make_client, make_part, make_project


def offered(browser: Browser, url: str, term: str = "") -> list[str]:
    """Return what a form's search finds."""
    told = {"term": term, "app_label": "projects_app", "model_name": "projectpart",
            "field_name": "part"}  # fmt: skip
    return [one["text"] for one in browser.get(f"{url}&{urlencode(told)}").json()["results"]]


def test_a_project_is_offered_its_clients_parts_and_the_shops(mary: Operator) -> None:
    project, desk = make_project(parts=[]), Desk(mary)
    make_part("A flange")
    make_part("Z bracket", project.client)
    make_part("B plate", make_client("Other"))
    make_part("C old", project.client, is_active=False)
    page = desk.open(project).content.decode()
    url = f"{reverse('admin:autocomplete')}?of_client={project.client_id}"
    assert f'data-ajax--url="{url}"' in page
    assert offered(desk.browser, url) == ["Z bracket (PT00002)", "A flange (PT00001)"]
    assert offered(desk.browser, url, "flange") == ["A flange (PT00001)"]


@pytest.mark.parametrize("client", ["x", "", "9" * 30, "²"])
def test_a_search_for_nobodys_parts_finds_all(mary: Operator, client: str) -> None:
    make_part("A flange", make_client())
    url = f"{reverse('admin:autocomplete')}?of_client={client}"
    assert offered(Desk(mary).browser, url) == ["A flange (PT00001)"]


def test_a_clients_first_part_is_made_from_the_project_and_comes_back(mary: Operator) -> None:
    project, desk = make_project(parts=[]), Desk(mary)
    page = desk.open(project).content.decode()
    way = f"{address(Part, 'add')}?_to_field=id&amp;_popup=1&amp;client={project.client_id}"
    assert way in page
    assert "New part" in page
    begun = desk.browser.get(way.replace("&amp;", "&"))
    assert begun.context["adminform"].form["client"].value() == str(project.client_id)
    done = desk.add(Part, {"name": "First", "client": project.client_id, "is_active": "on",
                           "_popup": "1", "_to_field": "id"})  # fmt: skip
    part = Part.objects.get()
    assert part.client_id == project.client_id
    assert f"&quot;value&quot;: &quot;{part.pk}&quot;" in done.content.decode()
