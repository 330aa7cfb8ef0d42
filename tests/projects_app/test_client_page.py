"""A client's page tells of the client's projects, and begins a new one."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext

from operators_app.models import Operator, User
from projects_app.models import Client, Project
from tests.desk import Desk, address
from tests.factories import make_client, make_project


def test_the_newest_projects_are_told_with_a_way_to_all(mary: Operator, victor: User) -> None:
    client, desk = make_client("Acme"), Desk(mary)
    made = [make_project(f"Job {number}", client=client) for number in range(7)]
    foreign = make_project("Foreign", client=make_client("Other"))
    page = desk.open(client).content.decode()
    told = [address(Project, "change", row.pk) in page for row in made]
    assert told == [False] * 2 + [True] * 5
    assert address(Project, "change", foreign.pk) not in page
    every = f"{address(Project, 'changelist')}?client__id__exact={client.pk}"
    assert every in page
    listed = desk.browser.get(every).content.decode()
    assert "Job 0" in listed
    assert "Foreign" not in listed
    new = f"{address(Project, 'add')}?client={client.pk}"
    assert new in page
    assert desk.browser.get(new).context["adminform"].form.initial["client"] == str(client.pk)
    seen = Desk(victor).open(client).content.decode()
    assert address(Project, "change", made[-1].pk) in seen
    assert new not in seen


def test_an_archived_client_gets_no_new_project(mary: Operator) -> None:
    client = make_client("Acme")
    Client.objects.filter(pk=client.pk).update(is_active=False)
    page = Desk(mary).open(client).content.decode()
    assert "No projects yet." in page
    assert f"{address(Project, 'add')}?client=" not in page


def test_more_projects_take_no_more_statements(mary: Operator) -> None:
    client, desk, counts = make_client("Acme"), Desk(mary), []
    for _turn in range(3):
        make_project(client=client)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            desk.open(client)
        counts.append(len(asked))
    assert counts[1] == counts[2]
