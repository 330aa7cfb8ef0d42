"""The project's page asks by itself until its drawings are drawn; what is unreadable is plain."""

from __future__ import annotations

import pytest
from django.urls import reverse

from operators_app.models import Operator, User
from projects_app.models import Project, ReadState
from projects_app.story import MOST_ASKED
from tests.desk import Desk
from tests.factories import make_project

ASKS = 'hx-trigger="load delay:3s"'


def parts(desk: Desk, project: Project, asked: int) -> str:
    """Return what the page gets when it asks for the parts again."""
    place = reverse("admin:projects_app_project_parts", args=(project.pk,))
    return str(desk.browser.get(place, {"asked": asked}).content.decode())


@pytest.mark.parametrize("fields", [{}, {"read_state": ReadState.READY}])
def test_it_asks_again_while_a_drawing_is_not_drawn(mary: Operator, fields: dict[str, str]) -> None:
    project, desk = make_project(), Desk(mary)
    project.design_files.update(read_state=ReadState.PENDING, preview="", preview_problem="")
    project.design_files.update(**fields)
    place = reverse("admin:projects_app_project_parts", args=(project.pk,))
    page = desk.open(project).content.decode()
    assert ASKS in page
    assert f'hx-get="{place}?asked=1"' in page
    assert f'hx-get="{place}?asked=2"' in parts(desk, project, 1)
    assert ASKS not in parts(desk, project, MOST_ASKED)  # not for ever
    project.design_files.update(read_state=ReadState.READY, preview="drawn.svg")
    again = parts(desk, project, 2)
    assert ASKS not in again
    assert "<img" in again
    assert "<form" not in again  # files that were chosen stay chosen


def test_an_unreadable_drawing_is_told_plainly_and_not_waited_for(mary: Operator) -> None:
    project = make_project()
    project.design_files.update(read_state=ReadState.UNREADABLE, read_problem="It is empty.")
    page = Desk(mary).open(project).content.decode()
    assert 'story-blank is-problem">It is empty.' in page
    assert ASKS not in page


def test_a_viewer_gets_the_parts_without_what_changes_them(victor: User) -> None:
    project, desk = make_project(), Desk(victor)
    assert "Bracket-L" in parts(desk, project, 1)
    assert "hx-target" not in parts(desk, project, 1)
    for pk, asked in ((project.pk, "x"), (project.pk, "9" * 30), (0, "1")):
        place = reverse("admin:projects_app_project_parts", args=(pk,))
        assert desk.browser.get(place, {"asked": asked}).status_code == 404
