"""Statistics: what estimates count for, and that each figure leads to the list it is made of."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape

import pytest
from django.test import Client as Browser
from django.urls import reverse

from operators_app.models import Operator
from presets_app.models import MachineSettingsPreset
from queue_app.models import QueueStatus, RunStatus
from queue_app.statistics import overview
from queue_app.statistics.operators import OPERATORS
from tests.factories import make_client, make_item, make_preset, make_project
from tests.queue_app.cuts import DAY, WEEK, browser_of, cut, finished, page_of, rows_of, twice


@pytest.fixture
def office(mary: Operator) -> Browser:
    """The manager's browser."""
    return browser_of(mary.user)


# --- Estimates ---


def test_a_job_is_estimated_once_however_often_it_was_cut(olga: Operator) -> None:
    twice(olga, 45, 40)
    row = rows_of("operators")["Olga"]
    assert (row["jobs"], row["minutes"], row["estimated"]) == (2, 85, 50)
    assert row["against"] == pytest.approx(35 / 50)
    assert row["recuts"] is None


def test_a_recut_is_told_apart_and_measured_only_against_an_estimate_of_its_own(
    olga: Operator,
) -> None:
    first, _item = twice(olga, 60)
    other, _item = twice(olga, 50)
    for project, own in ((first, None), (other, 10)):
        recut = make_item(project, status=QueueStatus.COMPLETED, estimated_cut_time=own)
        cut(olga, project=project, item=recut, cut_time_minutes=12)
    row = rows_of("operators")["Olga"]
    assert (row["minutes"], row["recuts"], row["estimated"]) == (134, 24, 110)
    assert row["against"] == pytest.approx((10 + 0 + 2) / 110)
    heads = [head for head, _ in overview.tables(WEEK)["operators"].heads]
    assert "Of these recuts (min)" in heads


def test_a_job_after_one_that_was_called_off_is_no_recut(olga: Operator) -> None:
    project = make_project(estimated_cut_time=50, drawings=0, parts=[])
    make_item(project, status=QueueStatus.CANCELLED)
    cut(olga, project=project, cut_time_minutes=55)
    row = rows_of("operators")["Olga"]
    assert (row["recuts"], row["estimated"]) == (None, 50)


# --- Lists ---


# Columns that count rows of the list that they lead to.
COUNTS = ("jobs", "bad", "unpriced")


def test_every_figure_with_a_link_is_the_length_of_its_list(
    office: Browser, olga: Operator, otto: Operator
) -> None:
    make_preset("Other")
    for person, material in ((olga, "Brass"), (olga, ""), (otto, "Brass & Co")):
        cut(person, material_type=material, preset=MachineSettingsPreset.objects.last())
    cut(otto, day=DAY - dt.timedelta(days=1))
    cut(otto, status=RunStatus.REJECTED)
    cut(otto, cut_time_minutes=900)
    for name, price in (("Acme", "10"), ("Other", None)):
        finished(make_client(name), price, quoted_price=None)
    page = page_of(office)
    links = re.findall(r'<td class="number"><a href="([^"]+)">([^<]+)</a>', page)
    known = [(unescape(href), text) for href, text in links]
    followed = 0
    for table in overview.tables(WEEK).values():
        assert table.total
        rows = [(row, table.links(row)) for row in table.rows]
        for row, led in [*rows, (table.total, table.total_links)]:
            for name in COUNTS:
                if row.get(name) is None or name not in led:
                    continue
                answer = office.get(led[name])
                assert answer.status_code == 200, led[name]
                assert answer.context["cl"].result_count == row[name], led[name]
                assert (led[name], str(row[name])) in known
                followed += 1
    assert followed >= 20


def test_every_number_of_a_table_leads_to_its_list(office: Browser, olga: Operator) -> None:
    project, _item = twice(olga, 45, 40)
    recut = make_item(project, status=QueueStatus.COMPLETED)
    cut(olga, project=project, item=recut)
    finished(make_client("Acme"), "10")
    for table in overview.tables(WEEK).values():
        numbers = [c for c in table.sums if c.is_number and c.text]
        assert numbers
        assert all(cell.link for cell in numbers), table.key
    led = OPERATORS.total_links(WEEK)
    lengths = {
        name: office.get(led[name]).context["cl"].result_count
        for name in ("jobs", "recuts", "estimated", "on_time")
    }
    assert lengths == {"jobs": 3, "recuts": 1, "estimated": 2, "on_time": 3}


def test_the_figures_above_the_tables_lead_to_their_lists(office: Browser, olga: Operator) -> None:
    twice(olga, 45, 40)
    finished(make_client("Late"), "10", due_date=DAY - dt.timedelta(days=1))
    finished(make_client("Early"), "10", due_date=DAY)
    query = {"from": WEEK.first.isoformat(), "to": WEEK.last.isoformat()}
    page = office.get(reverse("statistics"), query)
    found = {card.title: card for card in page.context["cards"]}
    assert {title: card.text for title, card in found.items()} == {
        "Runs that count": "2", "Minutes cut": "85", "Sheets": "4", "Projects in time": "50.0 %",
        "Turnover (ZAR)": "20.00",
    }  # fmt: skip
    assert found["Projects in time"].note == "1 of 2 with a due date"
    lengths = [office.get(card.link).context["cl"].result_count for card in found.values()]
    assert lengths == [2, 2, 2, 2, 2]  # a share leads to all that were judged, as in the tables
