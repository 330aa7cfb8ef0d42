"""What has gone out of a project, and what is asked before more goes out than was ordered."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from laseros import clock
from laseros.errors import InvalidInput, TransitionError
from operators_app.models import ActivityLog, Operator, User
from operators_app.telling import tell
from operators_app.verbs import Actor
from projects_app.delivered import delivered_of, is_all_delivered, key_of, left_of
from projects_app.models import Document, Project, ProjectPart, ProjectStatus, ReadState
from projects_app.papers import digest_of, lines_of
from projects_app.verbs import archive_document, update_project
from projects_app.verbs.papers import make_delivery_note, make_quote
from projects_app.verbs.project_parts import remove_project_part, save_project_part
from queue_app.verbs.cutting import complete_job, start_job
from tests.desk import Desk, address, asked_of, offered, said
from tests.factories import make_item, make_part, make_preset, make_project
from tests.queue_app.cuts import cut

pytestmark = pytest.mark.django_db


def today() -> str:
    """Return the shop's day as a form sends it."""
    return clock.shop_today().isoformat()


def test_the_notes_add_up_without_archived_ones(manager: Actor) -> None:
    project = make_project(status=ProjectStatus.COMPLETED)
    left, right = ProjectPart.objects.order_by("id")
    make_delivery_note(project.pk, {left.pk: 20}, by=manager)
    make_delivery_note(project.pk, {left.pk: 5, right.pk: 1}, by=manager)
    assert delivered_of(project.pk) == {key_of(left.part_id): 25, key_of(right.part_id): 1}
    assert ", 6 parts" in tell([ActivityLog.objects.latest("seq")])[0].sentence
    archive_document(Document.objects.latest("pk").pk, by=manager)
    assert delivered_of(project.pk) == {key_of(left.part_id): 20}


def test_a_wrong_note_is_archived_on_the_project_s_page(
    mary: Operator, victor: User, manager: Actor
) -> None:
    project, desk = make_project(status=ProjectStatus.COMPLETED), Desk(mary)
    line = ProjectPart.objects.earliest("id")
    make_delivery_note(project.pk, {line.pk: 20}, by=manager)
    note = Document.objects.get()
    way = address(Document, "archive_now", note.pk)
    assert f'hx-get="{way}"' in desk.open(project).content.decode()
    assert "Its parts then no longer count as delivered." in desk.browser.get(way).content.decode()
    assert f'"{way}"' not in Desk(victor).open(project).content.decode()
    assert Desk(victor).dialog(note, "archive_now").status_code == 403
    assert delivered_of(project.pk)

    assert f"{note} was archived." in said(desk.dialog(note, "archive_now"))
    assert not delivered_of(project.pk)
    assert note.number not in desk.open(project).content.decode().split('id="timeline"')[0]
    assert offered(desk.open(note)) == {"Bring back from the archive"}
    desk.dialog(note, "bring_back_now")
    assert delivered_of(project.pk).total() == 20
    assert offered(desk.open(note)) == {"Archive"}


def test_of_a_quote_nothing_is_said_of_parts(mary: Operator, manager: Actor) -> None:
    make_quote(make_project().pk, Decimal(5), by=manager)
    page = Desk(mary).open(Document.objects.get(), "archive_now").content.decode()
    assert "no longer among its project&#x27;s papers" in page
    assert "no longer count as delivered" not in page


def test_the_dialog_proposes_what_is_left_and_asks_before_more_goes_out(
    mary: Operator, manager: Actor
) -> None:
    project, desk = make_project(status=ProjectStatus.COMPLETED), Desk(mary)
    line = ProjectPart.objects.earliest("id")
    make_delivery_note(project.pk, {line.pk: 20}, by=manager)
    assert ", 20 delivered" in desk.open(project).content.decode()
    page = desk.open(project, "deliver_now").content.decode()
    assert f'value="{line.quantity - 20}"' in page
    sent = {"delivery_date": today(), f"quantity_{line.pk}": "500"}
    page = desk.dialog(project, "deliver_now", **sent)
    assert "20 have gone out already" in page.content.decode()
    assert Document.objects.count() == 1
    desk.dialog(project, "deliver_now", **sent, sure=asked_of(page))
    assert delivered_of(project.pk) == {key_of(line.part_id): 520}


def test_a_part_that_is_listed_again_is_still_delivered(mary: Operator, manager: Actor) -> None:
    project = make_project(status=ProjectStatus.COMPLETED, parts=[("Left", 25), ("Right", 5)])
    left, right = ProjectPart.objects.order_by("id")
    make_delivery_note(project.pk, {left.pk: 25, right.pk: 5}, by=manager)
    remove_project_part(project.pk, left.pk, by=manager)
    again = {"part": left.part, "quantity": 25}
    save_project_part(project.pk, None, again, by=manager)
    page = Desk(mary).open(project).content.decode()
    assert "Everything has been delivered." in page
    assert ", 25 delivered" in page


def test_what_went_out_before_the_parts_were_listed_counts(mary: Operator, manager: Actor) -> None:
    project = make_project(status=ProjectStatus.COMPLETED, parts=[], parts_quantity=30)
    desk = Desk(mary)
    make_delivery_note(project.pk, {None: 30}, by=manager)
    for name, quantity in (("Left", 25), ("Right", 5)):
        told = {"part": make_part(name), "quantity": quantity}
        line = save_project_part(project.pk, None, told, by=manager).data["id"]
    assert "Everything has been delivered." in desk.open(project).content.decode()
    sent = {"delivery_date": today(), f"quantity_{line}": "5"}
    page = desk.dialog(project, "deliver_now", **sent)
    assert "30 have gone out already that no list of parts tells apart" in page.content.decode()
    desk.dialog(project, "deliver_now", **sent, sure=asked_of(page))
    assert delivered_of(project.pk)["all"] == 30
    save_project_part(project.pk, line, {"quantity": 11}, by=manager)
    assert "Everything has been delivered." not in desk.open(project).content.decode()


def test_what_went_out_without_a_list_is_told_on_the_page(mary: Operator, manager: Actor) -> None:
    project = make_project(status=ProjectStatus.COMPLETED, parts=[], parts_quantity=20)
    desk = Desk(mary)
    assert "delivered" not in desk.open(project).content.decode()
    make_delivery_note(project.pk, {None: 8}, by=manager)
    assert "<p>8 of 20 delivered</p>" in desk.open(project).content.decode()
    update_project(project.pk, {"parts_quantity": None}, by=manager)
    assert "<p>8 delivered</p>" in desk.open(project).content.decode()
    told = {"part": make_part("Lid"), "quantity": 20}
    save_project_part(project.pk, None, told, by=manager)
    page = desk.open(project).content.decode()
    assert "<p>8 delivered before there was a list of parts</p>" in page
    assert "Everything has been delivered." not in page


def test_nobody_knows_whether_all_of_an_unknown_number_was_delivered(
    mary: Operator, manager: Actor
) -> None:
    project = make_project(status=ProjectStatus.COMPLETED, parts=[], parts_quantity=None)
    make_delivery_note(project.pk, {None: 8}, by=manager)
    page = Desk(mary).open(project)
    assert "Everything has been delivered." not in page.content.decode()
    assert page.context["story"]["next"][0]["title"] == "Make delivery note"


@pytest.mark.parametrize("parts", [[("Lid", 30)], [("Left", 25), ("Right", 5)]])
def test_nothing_is_proposed_once_all_went_out_before_the_parts_were_listed(
    mary: Operator, manager: Actor, parts: list[tuple[str, int]]
) -> None:
    project = make_project(status=ProjectStatus.COMPLETED, parts=[], parts_quantity=30)
    make_delivery_note(project.pk, {None: 30}, by=manager)
    for name, quantity in parts:
        told = {"part": make_part(name), "quantity": quantity}
        save_project_part(project.pk, None, told, by=manager)
    form = Desk(mary).open(project, "deliver_now").context["form"]
    proposed = [field.initial for name, field in form.fields.items() if "quantity" in name]
    assert proposed == [0] * len(parts)


def test_notes_that_told_lines_instead_of_parts_still_count(manager: Actor) -> None:
    project = make_project(status=ProjectStatus.COMPLETED)
    left, right = ProjectPart.objects.order_by("id")
    make_delivery_note(project.pk, {left.pk: 20}, by=manager)
    entry = ActivityLog.objects.latest("seq")
    result = {**entry.result, "delivered": {str(left.pk): 20, str(right.pk): 3}}
    ActivityLog._base_manager.filter(pk=entry.pk).update(result=result)
    assert delivered_of(project.pk) == {key_of(left.part_id): 20, key_of(right.part_id): 3}


def test_a_drawing_that_cannot_be_read_is_told_where_the_cut_is_prepared(mary: Operator) -> None:
    project, desk = make_project(), Desk(mary)
    page = desk.open(project).content.decode()
    assert "could not be read" not in page
    drawing = project.design_files.get()
    type(drawing).objects.filter(pk=drawing.pk).update(read_state=ReadState.UNREADABLE)
    page = desk.open(project).content.decode()
    assert f"{drawing.original_filename} could not be read" in page
    assert "Everything that the cut needs is there." not in page


def shown_to(desk: Desk, project: Project) -> dict[str, str]:
    """Return what the dialog of a delivery note would send as it is shown."""
    form = desk.open(project, "deliver_now").context["form"]
    return {name: str(form[name].value() or "") for name in form.fields}


def test_a_note_is_not_made_of_a_list_that_was_not_shown(mary: Operator, manager: Actor) -> None:
    project = make_project(status=ProjectStatus.COMPLETED, parts=[("Left", 25), ("Right", 5)])
    left, right = ProjectPart.objects.order_by("id")
    desk = Desk(mary)
    sent = {**shown_to(desk, project), f"quantity_{left.pk}": "3", f"quantity_{right.pk}": "4"}
    remove_project_part(project.pk, right.pk, by=manager)
    told: dict[str, Any] = {"part": make_part("Lid"), "quantity": 7}
    lid = save_project_part(project.pk, None, told, by=manager).data["id"]

    page = desk.dialog(project, "deliver_now", **sent)
    assert "has changed since this was shown" in page.content.decode()
    assert not Document.objects.exists()
    form = page.context["form"]
    quantities = {name: form[name].value() for name in form.fields if "quantity" in name}
    assert quantities == {f"quantity_{left.pk}": "3", f"quantity_{lid}": 7}
    again = {name: str(form[name].value() or "") for name in form.fields}
    desk.dialog(project, "deliver_now", **again)
    assert delivered_of(project.pk) == {key_of(left.part_id): 3, key_of(told["part"].pk): 7}


def test_a_quantity_that_changed_meanwhile_is_looked_at_first(
    mary: Operator, manager: Actor
) -> None:
    project, desk = make_project(status=ProjectStatus.COMPLETED), Desk(mary)
    sent = shown_to(desk, project)
    line = ProjectPart.objects.earliest("id")
    save_project_part(project.pk, line.pk, {"quantity": 40}, by=manager)
    page = desk.dialog(project, "deliver_now", **sent).content.decode()
    assert "has changed since this was shown" in page
    assert not Document.objects.exists()


def test_no_note_is_made_of_a_line_that_is_gone(manager: Actor) -> None:
    project = make_project(status=ProjectStatus.COMPLETED)
    left, right = ProjectPart.objects.order_by("id")
    remove_project_part(project.pk, right.pk, by=manager)
    with pytest.raises(TransitionError, match="has changed since this was shown"):
        make_delivery_note(project.pk, {left.pk: 1, right.pk: 1}, by=manager)
    assert not Document.objects.exists()


def test_the_verb_refuses_a_list_that_was_changed_since_it_was_seen(manager: Actor) -> None:
    project = make_project(status=ProjectStatus.COMPLETED)
    left, right = ProjectPart.objects.order_by("id")
    shown = digest_of(lines_of(project), {})
    save_project_part(project.pk, right.pk, {"quantity": 40}, by=manager)
    with pytest.raises(TransitionError, match="has changed since this was shown"):
        make_delivery_note(project.pk, {left.pk: 1}, shown=shown, by=manager)
    assert not Document.objects.exists()
    shown = digest_of(lines_of(project), {})
    make_delivery_note(project.pk, {left.pk: 1}, shown=shown, by=manager)
    with pytest.raises(TransitionError, match="or what has gone out of it, has changed"):
        make_delivery_note(project.pk, {left.pk: 1}, shown=shown, by=manager)
    assert Document.objects.count() == 1


def test_a_note_that_is_sent_twice_is_made_once(mary: Operator) -> None:
    project, desk = make_project(status=ProjectStatus.COMPLETED), Desk(mary)
    sent = shown_to(desk, project)
    desk.dialog(project, "deliver_now", **sent)
    page = desk.dialog(project, "deliver_now", **sent)
    assert "or what has gone out of it, has changed" in page.content.decode()
    assert Document.objects.count() == 1


def test_who_ticked_is_asked_anew_where_more_went_out_meanwhile(
    mary: Operator, manager: Actor
) -> None:
    project, desk = make_project(status=ProjectStatus.COMPLETED, parts=[("Lid", 10)]), Desk(mary)
    line = ProjectPart.objects.get()
    make_delivery_note(project.pk, {line.pk: 5}, by=manager)
    sent = {**shown_to(desk, project), f"quantity_{line.pk}": "6"}
    sure = {"sure": asked_of(desk.dialog(project, "deliver_now", **sent))}
    make_delivery_note(project.pk, {line.pk: 5}, by=manager)
    page = desk.dialog(project, "deliver_now", **{**sent, **sure})
    again = {**shown_to(desk, project), f"quantity_{line.pk}": "6", **sure}
    assert (
        "10 have gone out already" in desk.dialog(project, "deliver_now", **again).content.decode()
    )
    assert page.context["form"]["sure"].value() == ""
    assert delivered_of(project.pk).total() == 10


def test_what_the_dialog_proposes_is_not_asked_about(mary: Operator, manager: Actor) -> None:
    project = make_project(status=ProjectStatus.COMPLETED, parts=[], parts_quantity=30)
    make_delivery_note(project.pk, {None: 5}, by=manager)
    told: dict[str, Any] = {"part": make_part("Old"), "quantity": 20}
    old = save_project_part(project.pk, None, told, by=manager).data["id"]
    make_delivery_note(project.pk, {old: 20}, by=manager)
    remove_project_part(project.pk, old, by=manager)
    told = {"part": make_part("Lid"), "quantity": 30}
    lid = save_project_part(project.pk, None, told, by=manager).data["id"]
    desk = Desk(mary)
    sent = shown_to(desk, project)
    assert sent[f"quantity_{lid}"] == "25"
    desk.dialog(project, "deliver_now", **sent)
    assert delivered_of(project.pk)[key_of(told["part"].pk)] == 25


@pytest.mark.parametrize(("said", "told"), [
    ({"delivery_date": dt.date(1, 1, 1)}, "Choose a day from the year 2000"),
    ({"quantities": {None: 1_000_001}}, "Tell at most 1000000 pieces."),
])  # fmt: skip
def test_the_verb_refuses_what_nobody_means(
    manager: Actor, said: dict[str, Any], told: str
) -> None:
    project = make_project(status=ProjectStatus.COMPLETED, parts=[])
    with pytest.raises(InvalidInput, match=told):
        make_delivery_note(project.pk, **{"quantities": {None: 1}, **said}, by=manager)
    assert not Document.objects.exists()


@pytest.mark.parametrize(("gone", "left"), [
    ({}, {1: 25, 2: 5}),
    ({"part 1": 20}, {1: 5, 2: 5}),
    ({"part 1": 20, "all": 9}, {1: 5, 2: 5}),  # of which part the nine were is not known
    ({"part 1": 20, "all": 10}, {1: 0, 2: 0}),
    ({"part 1": 30, "part 2": 5}, {1: 0, 2: 0}),
])  # fmt: skip
def test_what_is_left_counts_what_went_out_before_there_was_a_list(
    gone: dict[str, int], left: dict[int, int]
) -> None:
    assert left_of({1: 25, 2: 5}, Counter(gone)) == left
    assert is_all_delivered({1: 25, 2: 5}, Counter(gone)) is not any(left.values())
    assert left_of({1: 25}, Counter({"part 1": 5, "all": 8})) == {1: 12}
    assert left_of({None: 25}, Counter({"part 1": 5, "all": 8})) == {None: 12}


def test_nothing_ordered_is_not_all_delivered() -> None:
    assert not is_all_delivered({1: 0}, Counter())


def test_what_was_not_cut_goes_out_only_after_a_question(mary: Operator) -> None:
    project, desk = make_project(status=ProjectStatus.QUEUED), Desk(mary)
    sent = shown_to(desk, project)
    page = desk.dialog(project, "deliver_now", **sent)
    assert "Nothing of this project has been cut yet by the runs" in page.content.decode()
    assert not Document.objects.exists()
    desk.dialog(project, "deliver_now", **{**sent, "sure": asked_of(page)})
    assert Document.objects.count() == 1


def test_what_a_run_has_cut_goes_out_without_a_question(
    mary: Operator, olga: Operator, operator: Actor
) -> None:
    project, desk = make_project(), Desk(mary)
    cut: Any = {"operator_id": olga.pk, "preset_id": make_preset("P").pk}
    job = make_item(project).pk
    start_job(job, **cut, by=operator)
    complete_job(job, **cut, by=operator)
    Project.objects.update(status=ProjectStatus.QUEUED)  # and is to be cut again
    desk.dialog(project, "deliver_now", **shown_to(desk, project))
    assert Document.objects.count() == 1


def boxes_of(form: Any) -> dict[str, Any]:
    """Return the dialog's boxes of numbers: what is proposed, and what is known besides."""
    return {
        field.label: (field.initial, str(field.help_text))
        for name, field in form.fields.items()
        if name.startswith("quantity_")
    }


def cut_parts(project: Project, olga: Operator, *counts: int | None) -> None:
    """Store a run of the project for each count of parts."""
    for count in counts:
        cut(olga, project=project, parts_produced=count)


def test_more_than_was_cut_goes_out_only_after_a_question(
    mary: Operator, olga: Operator, manager: Actor
) -> None:
    parts = [("Left", 10), ("Right", 8)]
    project, desk = make_project(status=ProjectStatus.COMPLETED, parts=parts), Desk(mary)
    left, right = ProjectPart.objects.order_by("id")
    cut_parts(project, olga, 7, 5)
    typed = {f"quantity_{left.pk}": "10", f"quantity_{right.pk}": "8"}
    page = desk.dialog(project, "deliver_now", **{**shown_to(desk, project), **typed})
    told = "With this note 18 will have gone out, but the runs have cut only 12."
    assert told in page.content.decode()
    assert not Document.objects.exists()

    cut_parts(project, olga, 1)
    sent = {**shown_to(desk, project), **typed, "sure": asked_of(page)}
    page = desk.dialog(project, "deliver_now", **sent)
    assert "have cut only 13" in page.content.decode(), "the tick was for other numbers"
    desk.dialog(project, "deliver_now", **{**sent, "sure": asked_of(page)})
    assert delivered_of(project.pk).total() == 18


@pytest.mark.parametrize("counts", [(), (12, None), (12, 6)])
def test_where_it_is_not_known_or_enough_were_cut_nothing_is_asked(
    mary: Operator, olga: Operator, counts: tuple[int | None, ...]
) -> None:
    parts = [("Left", 10), ("Right", 8)]
    project, desk = make_project(status=ProjectStatus.COMPLETED, parts=parts), Desk(mary)
    cut_parts(project, olga, *counts)
    desk.dialog(project, "deliver_now", **shown_to(desk, project))
    assert delivered_of(project.pk).total() == 18


@pytest.mark.parametrize(("parts", "made", "proposed"), [
    ([("Lid", 20)], 25, [20]),
    ([("Lid", 20)], 12, [12]),
    ([], 25, [20]),
    ([("Left", 10), ("Right", 8)], 20, [10, 8]),
    ([("Left", 10), ("Right", 8)], 12, [None, None]),  # of which part they are is not known
])  # fmt: skip
def test_no_more_is_proposed_than_was_ordered_and_cut(
    mary: Operator, olga: Operator, parts: list[tuple[str, int]], made: int, proposed: list[Any]
) -> None:
    project = make_project(status=ProjectStatus.COMPLETED, parts=parts, parts_quantity=20)
    cut_parts(project, olga, made)
    desk = Desk(mary)
    boxes = boxes_of(desk.open(project, "deliver_now").context["form"])
    assert [count for count, _help in boxes.values()] == proposed
    page = desk.dialog(project, "deliver_now", **shown_to(desk, project)).content.decode()
    assert ("Enter how many parts" in page) is (None in proposed)
    assert "tick below" not in page


def test_of_an_unknown_order_what_was_cut_is_proposed_and_not_doubted(
    mary: Operator, olga: Operator, manager: Actor
) -> None:
    project = make_project(status=ProjectStatus.COMPLETED, parts=[], parts_quantity=None)
    cut_parts(project, olga, 12)
    desk = Desk(mary)
    desk.dialog(project, "deliver_now", **{**shown_to(desk, project), "quantity_all": "5"})
    assert delivered_of(project.pk) == {"all": 5}
    boxes = boxes_of(desk.open(project, "deliver_now").context["form"])
    assert list(boxes.values()) == [(7, "5 delivered")]


def test_the_dialog_tells_what_was_ordered_and_has_gone_out(mary: Operator, manager: Actor) -> None:
    parts = [("Left", 10), ("Right", 8)]
    project = make_project(status=ProjectStatus.COMPLETED, parts=parts)
    left = ProjectPart.objects.earliest("id")
    make_delivery_note(project.pk, {left.pk: 6}, by=manager)
    page = Desk(mary).open(project, "deliver_now")
    assert list(boxes_of(page.context["form"]).values()) == [
        (4, "of 10 ordered, 6 delivered"), (8, "of 8 ordered"),
    ]  # fmt: skip
    assert "of 10 ordered, 6 delivered" in page.content.decode()


def test_what_is_known_of_no_part_alone_is_told_above_the_boxes(
    mary: Operator, olga: Operator, manager: Actor
) -> None:
    project = make_project(status=ProjectStatus.COMPLETED, parts=[], parts_quantity=18)
    make_delivery_note(project.pk, {None: 4}, by=manager)
    for name, quantity in (("Left", 10), ("Right", 8)):
        told = {"part": make_part(name), "quantity": quantity}
        save_project_part(project.pk, None, told, by=manager)
    cut_parts(project, olga, 12)
    page = Desk(mary).open(project, "deliver_now").content.decode()
    assert "Of all parts together the runs have cut 12; how many of each they do not tell." in page
    assert "4 delivered before there was a list of parts" in page


def test_a_far_off_day_of_delivery_is_asked_about(mary: Operator) -> None:
    project, desk = make_project(status=ProjectStatus.COMPLETED), Desk(mary)
    for day in ("2000-01-01", "2190-01-01"):
        sent = {**shown_to(desk, project), "delivery_date": day}
        page = desk.dialog(project, "deliver_now", **sent).content.decode()
        assert "is more than a year away" in page
    assert not Document.objects.exists()


def test_nothing_told_is_refused_before_a_tick_is_asked_for(mary: Operator) -> None:
    project, desk = make_project(status=ProjectStatus.QUEUED), Desk(mary)
    shown = shown_to(desk, project)
    sent = {name: "" if name.startswith("quantity_") else shown[name] for name in shown}
    page = desk.dialog(project, "deliver_now", **sent)
    assert "Enter how many parts of a kind are delivered." in page.content.decode()
    assert "Nothing of this project has been cut" not in page.content.decode()
    assert list(page.context["form"].fields)[-1] == "sure"
