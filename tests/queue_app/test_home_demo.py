"""The home page of the demo shop: every figure leads to just the rows that it counts."""

from __future__ import annotations

import re

import pytest
from django.db.models import Sum
from django.test import Client

from operators_app.models import Role, User
from tests.queue_app.conftest import Demo
from tests.queue_app.home_page import (
    HOME,
    browser_of,
    rows_of,
    seen,
)

PAGES = pytest.mark.parametrize("role", [Role.ADMIN, Role.MANAGER, Role.VIEWER])


def test_every_figure_of_the_demo_equals_its_list(demo: Demo) -> None:
    browser = browser_of(User.objects.get(username="admin"))
    now = seen(browser)
    assert len(now.sections) >= 5
    for section in now.sections:
        assert rows_of(browser, section.url) == section.total, section.key
    assert rows_of(browser, now.bench.running_url) == now.bench.running_total
    assert rows_of(browser, now.bench.paused_url) == now.bench.paused_total
    assert rows_of(browser, now.load.url) == now.load.jobs
    for bar in now.load.days:
        assert rows_of(browser, bar.url) == bar.day.jobs


def test_every_figure_of_the_charts_equals_its_list(demo: Demo) -> None:
    browser = browser_of(User.objects.get(username="admin"))
    charts = {chart.key: chart for chart in seen(browser).charts}
    for day, runs, *minutes in charts["minutes"].rows:
        assert rows_of(browser, runs.url) == runs.text, day
        for cell in filter(lambda one: one.url, minutes):
            assert _minutes_of(browser, cell.url) == cell.text
    for _week, *counts, _share in charts["on_time"].rows:
        for cell in counts:
            assert rows_of(browser, cell.url) == cell.text
    for _name, _planned, taken, _difference in charts["estimates"].rows:
        assert _minutes_of(browser, taken.url) == taken.text
    assert all(chart.rows for chart in charts.values())
    runs, projects = charts["minutes"], charts["on_time"]
    assert rows_of(browser, runs.url) == sum(int(row[1].text) for row in runs.rows)
    assert rows_of(browser, projects.url) == sum(int(row[1].text) for row in projects.rows)
    assert _minutes_of(browser, charts["estimates"].url) == sum(
        int(row[2].text) for row in charts["estimates"].rows
    )


def _minutes_of(browser: Client, url: str) -> int:
    runs = browser.get(url).context["cl"].queryset
    return int(runs.aggregate(sum=Sum("cut_time_minutes"))["sum"])


@PAGES
def test_every_link_of_the_page_opens(demo: Demo, role: Role) -> None:
    browser = browser_of(User.objects.get(username=role.value))
    page = browser.get(HOME).content.decode()
    body = page[page.index('id="home-body"') :]
    addresses = set(re.findall(r'(?:href|hx-get)="(/admin/[^"]*)"', body))
    assert len(addresses) > 20
    for address in addresses:
        answer = browser.get(address.replace("&amp;", "&"))
        assert answer.status_code == 200, address


def test_a_viewer_sees_the_same_without_buttons(demo: Demo) -> None:
    manager = seen(browser_of(User.objects.get(username="manager")))
    viewer = seen(browser_of(User.objects.get(username="viewer")))
    assert [one.key for one in viewer.sections] == [one.key for one in manager.sections]
    lines = [line for section in viewer.sections for line in section.lines]
    jobs = [*viewer.bench.running, *viewer.bench.paused]
    assert jobs
    assert not any(one.buttons for one in [*lines, *jobs])
    every = [line for section in manager.sections for line in section.lines]
    assert all(one.buttons for one in [*every, *manager.bench.running])
