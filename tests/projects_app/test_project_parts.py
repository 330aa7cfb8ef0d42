"""The list of parts that a project makes."""

from __future__ import annotations

import pytest

from laseros.errors import InvalidInput, NotAllowed
from operators_app.models import Operator
from operators_app.verbs import Actor
from projects_app.models import Part, ProjectPart
from projects_app.verbs import create_part
from projects_app.verbs.project_parts import remove_project_part, save_project_part
from tests.desk import Desk, errors
from tests.factories import make_project

pytestmark = pytest.mark.django_db


def new_part(manager: Actor, name: str = "Lid") -> Part:
    """Return a part that no project has."""
    return Part.objects.get(pk=create_part({"name": name}, by=manager).data["id"])


def test_a_part_is_added_and_the_project_looks_different(manager: Actor) -> None:
    project, part = make_project(), new_part(manager)
    told = save_project_part(project.pk, None, {"part": part, "quantity": 7}, by=manager)
    line = ProjectPart.objects.get(pk=told.data["id"])
    assert (line.project_id, line.part_id, line.quantity) == (project.pk, part.pk, 7)
    project.refresh_from_db()
    assert project.seq == line.seq == told.seq


def test_a_line_that_stays_as_it_is_changes_nothing(manager: Actor) -> None:
    project = make_project()
    line = project.project_parts.first()
    assert line is not None
    told = save_project_part(project.pk, line.pk, {"quantity": line.quantity}, by=manager)
    assert told.seq == 0
    told = save_project_part(project.pk, line.pk, {"quantity": line.quantity + 1}, by=manager)
    project.refresh_from_db()
    assert project.seq == told.seq > 0


def test_a_line_stays_in_its_project(manager: Actor) -> None:
    line = make_project("a").project_parts.first()
    assert line is not None
    with pytest.raises(InvalidInput) as refused:
        save_project_part(make_project("b").pk, line.pk, {"quantity": 1}, by=manager)
    assert refused.value.extra["errors"] == {"project": ["A line stays in its project."]}
    with pytest.raises(InvalidInput):
        remove_project_part(make_project("c").pk, line.pk, by=manager)
    assert ProjectPart.objects.filter(pk=line.pk).exists()


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_quantity_below_one_is_refused(quantity: int, manager: Actor) -> None:
    project, part = make_project(), new_part(manager)
    with pytest.raises(InvalidInput) as refused:
        save_project_part(project.pk, None, {"part": part, "quantity": quantity}, by=manager)
    assert list(refused.value.extra["errors"]) == ["quantity"]
    assert not ProjectPart.objects.filter(part=part).exists()


def test_more_pieces_than_anybody_orders_are_refused(manager: Actor, mary: Operator) -> None:
    project, part = make_project(), new_part(manager)
    told = {"part": part, "quantity": 999_999_999}
    with pytest.raises(InvalidInput, match="Tell at most 1000000 pieces"):
        save_project_part(project.pk, None, told, by=manager)
    save_project_part(project.pk, None, {**told, "quantity": 1_000_000}, by=manager)
    page = Desk(mary).save(project, parts_quantity="999999999")
    refused = page.context["adminform"].form.errors["parts_quantity"]
    assert refused == ["Tell at most 1000000 pieces."]


def test_the_list_of_parts_tells_at_its_line_that_it_is_too_many(mary: Operator) -> None:
    project = make_project()
    page = Desk(mary).save(project, **{"project_parts-0-quantity": "999999999"})
    assert "Tell at most 1000000 pieces." in errors(page)
    assert not ProjectPart.objects.filter(quantity__gt=1_000_000).exists()


def test_a_quantity_that_is_stored_already_stays(manager: Actor) -> None:
    project = make_project()
    line = project.project_parts.first()
    assert line is not None
    ProjectPart.objects.filter(pk=line.pk).update(quantity=999_999_999)
    part = new_part(manager)
    save_project_part(project.pk, line.pk, {"part": part, "quantity": 999_999_999}, by=manager)
    line.refresh_from_db()
    assert (line.part_id, line.quantity) == (part.pk, 999_999_999)


def test_a_part_is_taken_out_and_the_project_looks_different(manager: Actor) -> None:
    project = make_project()
    line = project.project_parts.first()
    assert line is not None
    told = remove_project_part(project.pk, line.pk, by=manager)
    assert told.data == {"id": line.pk}
    assert not ProjectPart.objects.filter(pk=line.pk).exists()
    assert Part.objects.filter(pk=line.part_id).exists()
    project.refresh_from_db()
    assert project.seq == told.seq


def test_an_operator_changes_no_list_of_parts(operator: Actor) -> None:
    project = make_project()
    line = project.project_parts.first()
    assert line is not None
    with pytest.raises(NotAllowed):
        save_project_part(project.pk, line.pk, {"quantity": 1}, by=operator)
    with pytest.raises(NotAllowed):
        remove_project_part(project.pk, line.pk, by=operator)
