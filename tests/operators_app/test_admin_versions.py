"""Two tabs on the same row: nothing of the other one's is lost, nothing typed is lost."""

from __future__ import annotations

from decimal import Decimal

import pytest

from operators_app.models import Operator
from operators_app.verbs import Actor
from projects_app.models import Client, Project
from projects_app.verbs import update_project
from tests.desk import Desk, errors, values
from tests.factories import make_client, make_project

pytestmark = pytest.mark.django_db


def test_saving_again_after_a_conflict_writes_only_what_this_tab_changed(
    mary: Operator, manager: Actor
) -> None:
    project, desk = make_project(notes="First\nSecond"), Desk(mary)
    opened = desk.open(project)
    others = {"due_date": "2026-12-24", "material_thickness": Decimal(5), "name": "Theirs"}
    update_project(project.pk, others, by=manager)
    refused = desk.save(project, page=opened, name="Mine")
    assert "Somebody else changed this" in errors(refused)
    assert "By now this is “Theirs”" in refused.content.decode()
    form = refused.context["adminform"].form
    assert form["name"].value() == "Mine"
    assert form["material_thickness"].value() == "5.00"
    project.refresh_from_db()
    assert project.name == "Theirs"
    desk.save(project, page=refused)
    project.refresh_from_db()
    assert (project.name, project.material_thickness) == ("Mine", Decimal(5))
    assert str(project.due_date) == "2026-12-24"
    assert project.notes == "First\nSecond"


def test_only_what_somebody_else_changed_is_told_of(mary: Operator, manager: Actor) -> None:
    project, desk = make_project(), Desk(mary)
    opened = desk.open(project)
    update_project(project.pk, {"description": "Theirs"}, by=manager)
    refused = desk.save(project, page=opened, name="Mine").content.decode()
    form = refused[refused.index('id="project_form"') :]  # above it everything is told once, too
    assert "By now this is" not in form
    assert form.count("it stays as it is now") == 1


def test_a_form_without_what_was_seen_is_compared_with_what_is_stored(mary: Operator) -> None:
    client, desk = make_client(), Desk(mary)
    sent = values(desk.open(client))
    for seen in ("", "{", "[]"):
        name = f"Renamed {len(seen)}"
        sent = {**values(desk.open(client)), "_row_seen": seen, "name": name}
        desk.browser.post(f"/admin/projects_app/client/{client.pk}/change/", sent)
        assert Client.objects.get().name == name
    assert Project.objects.count() == 0
