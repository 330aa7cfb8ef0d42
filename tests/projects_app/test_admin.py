"""Clients, parts and projects in the admin, with their parts, drawings and documents."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from laseros import clock
from laseros.errors import InvalidInput, NotAllowed, TransitionError
from operators_app.models import ActivityLog, LogHead, Operator, User
from operators_app.verbs import Actor
from projects_app.models import (
    Client,
    Part,
    Project,
    ProjectPart,
    ProjectStatus,
)
from projects_app.verbs import update_project
from tests.conftest import actor
from tests.desk import Desk, address, asked_of, offered, said
from tests.factories import ASKED, make_client, make_part, make_project

CORRECT = "Correct the day of payment"


def tomorrow() -> str:
    """Return the first day that lies in the future."""
    return (clock.shop_today() + dt.timedelta(days=1)).isoformat()


def test_a_client_and_a_part_are_given_their_codes(mary: Operator) -> None:
    desk = Desk(mary)
    desk.add(Client, {"name": "ABC Manufacturing", "is_active": "on"})
    desk.add(Part, {"name": "Bracket", "is_active": "on"})
    assert Client.objects.get().code == "CL0001"
    assert Part.objects.get().part_number == "PT00001"
    assert ActivityLog.objects.latest("seq").verb == "create_part"


def test_a_project_is_begun_and_gets_its_code(mary: Operator) -> None:
    client = make_client()
    page = Desk(mary).add(Project, {"client": client.pk, "name": "Brackets", "quoted_price": "100"})
    project = Project.objects.get()
    assert page.status_code == 200
    assert project.project_code == f"JB-{clock.shop_today():%Y-%m}-CL0001-001"
    assert project.status == ProjectStatus.QUOTE_APPROVAL
    assert project.created_by_id == mary.user_id


def test_a_verb_that_refuses_a_new_project_keeps_what_was_typed(mary: Operator) -> None:
    client = make_client()
    Client.objects.update(is_active=False)
    seq = LogHead.objects.get().seq
    page = Desk(mary).add(Project, {"client": client.pk, "name": "Typed at length"})
    assert "is archived; make the client active first" in page.content.decode()
    assert page.context["adminform"].form["name"].value() == "Typed at length"
    assert not Project.objects.exists()
    assert LogHead.objects.get().seq == seq


def test_a_refused_inline_rolls_back_the_whole_form(mary: Operator) -> None:
    project = make_project(drawings=0)
    foreign = make_part("Plate", make_client("Other"))
    page = Desk(mary).save(project, name="Renamed", **{
        "project_parts-0-quantity": "77",
        "project_parts-TOTAL_FORMS": "3", "project_parts-2-part": str(foreign.pk),
        "project_parts-2-quantity": "1",
    })  # fmt: skip
    project.refresh_from_db()
    (refused,) = page.context["inline_admin_formsets"]
    assert "another client" in str(refused.formset.errors[2]["part"])
    assert not page.context["adminform"].form.errors
    assert page.context["adminform"].form["name"].value() == "Renamed"
    assert project.name == "Steel Brackets"
    assert not project.project_parts.filter(quantity=77).exists()


def test_saving_leads_on_to_the_row_or_to_another_one(mary: Operator) -> None:
    client, desk = make_client(), Desk(mary)
    page = desk.add(Project, {"client": client.pk, "name": "One", "_continue": "1"})
    project = Project.objects.get()
    assert page.redirect_chain[-1][0] == address(Project, "change", project.pk)
    page = desk.save(project, name="Renamed", _addanother="1")
    assert page.redirect_chain[-1][0] == address(Project, "add")
    assert [entry.object_id for entry in LogEntry.objects.all()] == [str(project.pk)] * 2


def test_parts_come_in_with_the_form(mary: Operator) -> None:
    project = make_project(
        parts=[("Bracket-L", 25)], status=ProjectStatus.REQUEST, quoted_price=None,
        pop_received=False, pop_received_date=None,
    )  # fmt: skip
    part = make_part()
    page = Desk(mary).save(project, due_date="2025-12-24", **{
        "project_parts-TOTAL_FORMS": "2", "project_parts-0-quantity": "30",
        "project_parts-1-part": str(part.pk), "project_parts-1-quantity": "5",
    })  # fmt: skip
    assert page.redirect_chain
    project.refresh_from_db()
    assert project.due_date == dt.date(2025, 12, 24)
    assert sorted(project.project_parts.values_list("quantity", flat=True)) == [5, 30]
    assert project.seq == LogHead.objects.get().seq


def test_a_part_is_taken_out_and_the_project_is_stamped(mary: Operator) -> None:
    project = make_project()
    Desk(mary).save(project, **{"project_parts-0-DELETE": "on"})
    project.refresh_from_db()
    assert [line.part.name for line in project.project_parts.all()] == ["Bracket-R"]
    entry = ActivityLog.objects.latest("seq")
    assert (entry.verb, project.seq) == ("remove_project_part", entry.seq)


def test_the_same_part_twice_is_refused(mary: Operator) -> None:
    project = make_project()
    first = ProjectPart.objects.earliest("id")
    page = Desk(mary).save(project, **{
        "project_parts-TOTAL_FORMS": "3", "project_parts-2-part": str(first.part_id),
        "project_parts-2-quantity": "1",
    })  # fmt: skip
    assert page.context["errors"]
    assert project.project_parts.count() == 2


def test_status_counters_and_dates_of_the_life_cycle_cannot_be_posted(mary: Operator) -> None:
    project = make_project(status=ProjectStatus.REQUEST, pop_received=False,
                           pop_received_date=None)  # fmt: skip
    Desk(mary).save(project, name="New", status="completed", pop_received="on", client="999",
                    pop_received_date="2025-01-01", completion_date="2025-01-01",
                    project_code="X", seq="7")  # fmt: skip
    project.refresh_from_db()
    assert (project.name, project.status) == ("New", ProjectStatus.REQUEST)
    assert (project.pop_received, project.completion_date) == (False, None)
    assert project.project_code.startswith("JB-")


def test_a_stale_project_form_is_refused(mary: Operator, manager: Actor) -> None:
    project = make_project()
    desk = Desk(mary)
    opened = desk.open(project)
    update_project(project.pk, {"quoted_price": Decimal(1)}, by=manager)
    page = desk.save(project, opened, notes="typed")
    assert "Somebody else changed this" in page.content.decode()
    assert page.context["adminform"].form["notes"].value() == "typed"
    project.refresh_from_db()
    assert (project.notes, project.quoted_price) == ("", Decimal(1))


def test_record_pop_on_a_list_reports_n_of_m_and_each_refusal(mary: Operator) -> None:
    open_ones = [
        make_project(f"P{n}", status=ProjectStatus.QUOTE_APPROVAL, pop_received=False,
                     pop_received_date=None) for n in range(2)
    ]  # fmt: skip
    cancelled = [make_project(f"C{n}", status=ProjectStatus.CANCELLED) for n in range(12)]
    page = Desk(mary).act(Project, "record_pop", *open_ones, *cancelled)
    told = said(page)
    assert "2 of 14 done" in told
    assert told.count("no longer awaited") == 10
    assert "and 2 more were refused" in told
    assert {p.status for p in Project.objects.filter(name__startswith="P")} == {"approved_pop"}


@pytest.mark.parametrize("status", [ProjectStatus.QUEUED, ProjectStatus.IN_PROGRESS])
def test_the_pop_of_a_project_in_production_is_refused_and_told(
    mary: Operator, status: ProjectStatus
) -> None:
    unpaid: Any = {"pop_received": False, "pop_received_date": None}
    job = make_project("job", status=status, **unpaid)
    waiting = make_project("waiting", status=ProjectStatus.REQUEST, **unpaid)
    told = said(Desk(mary).act(Project, "record_pop", job, waiting))
    assert "Record POP, received today: 1 of 2 done" in told
    assert f"{job}: This project is “{status.label}”" in told
    job.refresh_from_db()
    assert (job.status, job.pop_received) == (status, False)
    assert "Record POP" not in offered(Desk(mary).open(job))


def test_the_dialogs_record_the_pop_with_its_date_and_cancel_with_a_reason(mary: Operator) -> None:
    project = make_project(status=ProjectStatus.QUOTE_APPROVAL, pop_received=False,
                           pop_received_date=None, pop_deadline=None)  # fmt: skip
    desk = Desk(mary)
    page = desk.dialog(project, "record_pop_on", received_date=tomorrow())
    assert "lies in the future" in page.content.decode()
    day = clock.shop_today() - dt.timedelta(days=1)
    desk.dialog(project, "record_pop_on", received_date=day)
    project.refresh_from_db()
    assert project.pop_received_date == day
    assert project.pop_deadline == day + dt.timedelta(days=3)
    desk.dialog(project, "cancel_with_reason", reason="client withdrew")
    project.refresh_from_db()
    assert project.status == ProjectStatus.CANCELLED
    assert "client withdrew" in project.notes


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        (ProjectStatus.REQUEST, {"Make quote", "Record POP", "Cancel project"}),
        (ProjectStatus.APPROVED_POP, {"Make quote", "Add to queue", CORRECT, "Cancel project"}),
        (ProjectStatus.QUEUED, {"Make delivery note", CORRECT, "Cancel project"}),
        # cut again: only what is Completed
        (ProjectStatus.IN_PROGRESS, {"Make delivery note", CORRECT, "Cancel project"}),
        (ProjectStatus.COMPLETED, {"Make delivery note", "Cut again", CORRECT}),
        (ProjectStatus.CANCELLED, set()),
    ],
)
def test_only_legal_actions_are_offered(mary: Operator, status: str, wanted: set[str]) -> None:
    paid = status not in {ProjectStatus.REQUEST, ProjectStatus.CANCELLED}
    project = make_project(status=status, pop_received=paid,
                           pop_received_date=dt.date(2025, 10, 1) if paid else None)  # fmt: skip
    assert offered(Desk(mary).open(project)) == wanted


@pytest.mark.parametrize(("days", "told"), [
    (-3, "is before the project was asked for"),
    (-500, "is more than a year away"),
])  # fmt: skip
def test_a_far_off_payment_and_one_before_the_project_are_asked_about(
    mary: Operator, days: int, told: str
) -> None:
    project = make_project(**ASKED | {"quoted_price": 5})
    Project.objects.update(code_month=clock.shop_today().replace(day=1))
    desk, sent = Desk(mary), {"received_date": clock.shop_today() + dt.timedelta(days=days)}
    page = desk.dialog(project, "record_pop_on", **sent)
    assert told in page.content.decode()
    desk.dialog(project, "record_pop_on", **sent, sure=asked_of(page))
    project.refresh_from_db()
    assert project.pop_received_date == sent["received_date"]


def test_a_payment_of_a_project_taken_over_may_be_older_than_its_row(mary: Operator) -> None:
    project = make_project(**ASKED | {"quoted_price": 5})
    earlier = clock.shop_today() - dt.timedelta(days=40)
    Project.objects.update(code_month=earlier.replace(day=1))
    Desk(mary).dialog(project, "record_pop_on", received_date=earlier)
    project.refresh_from_db()
    assert project.pop_received_date == earlier


def test_a_mistyped_day_of_payment_is_corrected_and_never_emptied(
    mary: Operator, olga: Operator
) -> None:
    today = clock.shop_today()
    project, desk = make_project(pop_received_date=today - dt.timedelta(days=9)), Desk(mary)
    page = desk.dialog(project, "correct_pop", received_date=tomorrow())
    assert "lies in the future" in page.content.decode()
    assert "was corrected" in said(desk.dialog(project, "correct_pop", received_date=today))
    project.refresh_from_db()
    assert project.pop_received_date == today
    entry = ActivityLog.objects.latest("seq")
    assert entry.verb == "update_project"
    assert str(today) in str(entry.after)
    with pytest.raises(InvalidInput, match="cannot be taken back"):
        update_project(project.pk, {"pop_received_date": None}, by=actor(mary))
    with pytest.raises(NotAllowed):
        update_project(project.pk, {"pop_received_date": today}, by=actor(olga))
    unpaid = make_project(**ASKED)
    with pytest.raises(TransitionError, match="No payment of this project was recorded yet"):
        update_project(unpaid.pk, {"pop_received_date": today}, by=actor(mary))


def test_a_payment_without_a_quote_is_asked_about_once(mary: Operator) -> None:
    project, desk = make_project(status=ProjectStatus.REQUEST, quoted_price=None), Desk(mary)
    sent = {"received_date": clock.shop_today()}
    page = desk.dialog(project, "record_pop_on", **sent)
    assert "No quote was set for this project." in page.content.decode()
    project.refresh_from_db()
    assert project.status == ProjectStatus.REQUEST
    desk.dialog(project, "record_pop_on", **sent, sure=asked_of(page))
    project.refresh_from_db()
    assert project.status == ProjectStatus.APPROVED_POP


def test_payments_of_a_list_without_quotes_are_asked_about_too(mary: Operator) -> None:
    bare = make_project("Bare", status=ProjectStatus.REQUEST, quoted_price=None)
    desk = Desk(mary)
    page = desk.act(Project, "record_pop", bare).content.decode()
    assert "No quote was set for these projects." in page
    assert "Bare" in page
    desk.act(Project, "record_pop", bare, confirmed="yes")
    bare.refresh_from_db()
    assert bare.status == ProjectStatus.APPROVED_POP


def test_a_due_date_that_has_gone_by_is_saved_with_a_warning(mary: Operator) -> None:
    project, desk = make_project(), Desk(mary)
    today = clock.shop_today()
    gone = today - dt.timedelta(days=3)
    assert "has gone by already" in said(desk.save(project, due_date=gone))
    project.refresh_from_db()
    assert project.due_date == gone
    assert "has gone by already" not in said(desk.save(project, name="Renamed"))
    assert "has gone by already" not in said(desk.save(project, due_date=today))
    new = {"client": project.client_id, "name": "New", "due_date": gone}
    assert "has gone by already" in said(desk.add(Project, new))


def test_a_dialog_opened_by_its_address_has_a_page_around_it(mary: Operator) -> None:
    project, desk = make_project(status=ProjectStatus.REQUEST), Desk(mary)
    place = address(Project, "record_pop_on", project.pk)
    page = desk.browser.get(place).content.decode()
    assert "Queue board" in page  # the menu
    assert f'href="{address(Project, "change", project.pk)}"' in page
    assert "hx-post" not in page.split('id="dialog"')[1]
    piece = desk.browser.get(place, headers={"HX-Request": "true"}).content.decode()
    assert piece.strip().startswith('<div id="dialog">')
    sent = desk.browser.post(place, {"_form_submitted": "True", "received_date": tomorrow()})
    assert "Queue board" in sent.content.decode()
    assert "lies in the future" in sent.content.decode()
    done = desk.dialog(project, "record_pop_on", received_date=clock.shop_today())
    assert done.redirect_chain[-1][0] == address(Project, "change", project.pk)


def test_what_is_dangerous_stands_in_the_menu_at_the_end(mary: Operator) -> None:
    *everyday, rare = Desk(mary).open(make_project()).context["actions_detail"]
    assert [action["title"] for action in everyday] == ["Make quote"]  # the next step stands below
    assert (rare["title"], [one["title"] for one in rare["items"]]) == (
        "More",
        [CORRECT, "Cancel project"],
    )


def test_a_row_leads_to_the_entry_that_changed_it_last(mary: Operator) -> None:
    project = make_project()
    page = Desk(mary).save(project, name="Renamed", _continue="1").content.decode()
    project.refresh_from_db()
    assert address(ActivityLog, "change", project.seq) in page


def test_the_way_to_a_project_names_the_projects_once(mary: Operator) -> None:
    page = Desk(mary).open(make_project()).content.decode()
    way = page[page.index("<h1") : page.index("</h1>")]
    assert re.sub(r"<[^>]+>|chevron_right|\s+", " ", way).split()[:2] == [
        "Projects",
        "JB-2025-10-CL0001-001",
    ]


def test_a_get_changes_nothing_and_a_viewer_may_not(mary: Operator, victor: User) -> None:
    project = make_project()
    name = reverse("admin:projects_app_project_cancel_with_reason", args=(project.pk,))
    assert Desk(mary).browser.get(name).status_code == 200
    assert Desk(victor).browser.post(name, {"_form_submitted": "True"}).status_code == 403
    assert Desk(victor).open(project).context["actions_detail"] == []
    Desk(victor).act(Project, "cancel_projects", project, confirmed="yes")
    project.refresh_from_db()
    assert project.status == ProjectStatus.APPROVED_POP
