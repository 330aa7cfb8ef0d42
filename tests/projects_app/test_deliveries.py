"""What has gone out of a project, and what is asked before more goes out than was ordered."""

from __future__ import annotations

import pytest

from operators_app.models import ActivityLog, Operator
from operators_app.telling import tell
from operators_app.verbs import Actor
from projects_app.delivered import delivered_of
from projects_app.models import Document, ProjectPart, ProjectStatus, ReadState
from projects_app.verbs import archive_document
from projects_app.verbs.papers import make_delivery_note
from tests.desk import Desk
from tests.factories import make_project

pytestmark = pytest.mark.django_db


def test_the_notes_add_up_without_archived_ones(manager: Actor) -> None:
    project = make_project(status=ProjectStatus.COMPLETED)
    left, right = ProjectPart.objects.order_by("id")
    make_delivery_note(project.pk, {left.pk: 20}, by=manager)
    make_delivery_note(project.pk, {left.pk: 5, right.pk: 1}, by=manager)
    assert delivered_of(project.pk) == {str(left.pk): 25, str(right.pk): 1}
    assert ", 6 parts" in tell([ActivityLog.objects.latest("seq")])[0].sentence
    archive_document(Document.objects.latest("pk").pk, by=manager)
    assert delivered_of(project.pk) == {str(left.pk): 20}


def test_the_dialog_proposes_what_is_left_and_asks_before_more_goes_out(
    mary: Operator, manager: Actor
) -> None:
    project, desk = make_project(status=ProjectStatus.COMPLETED), Desk(mary)
    line = ProjectPart.objects.earliest("id")
    make_delivery_note(project.pk, {line.pk: 20}, by=manager)
    assert ", 20 delivered" in desk.open(project).content.decode()
    page = desk.open(project, "deliver_now").content.decode()
    assert f'value="{line.quantity - 20}"' in page
    sent = {"delivery_date": "2026-11-21", f"quantity_{line.pk}": "500"}
    page = desk.dialog(project, "deliver_now", **sent).content.decode()
    assert "20 have gone out already" in page
    assert Document.objects.count() == 1
    asked = page.split('name="sure"')[1].split('value="')[1].split('"')[0]
    desk.dialog(project, "deliver_now", **sent, sure=asked)
    assert delivered_of(project.pk) == {str(line.pk): 520}


def test_a_drawing_that_cannot_be_read_is_told_where_the_cut_is_prepared(mary: Operator) -> None:
    project, desk = make_project(), Desk(mary)
    page = desk.open(project).content.decode()
    assert "could not be read" not in page
    drawing = project.design_files.get()
    type(drawing).objects.filter(pk=drawing.pk).update(read_state=ReadState.UNREADABLE)
    page = desk.open(project).content.decode()
    assert f"{drawing.original_filename} could not be read" in page
    assert "Everything that the cut needs is there." not in page
