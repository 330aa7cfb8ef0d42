"""What the tests of the home page share: who looks at it, what it shows, what it is made of."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.test import Client

from laseros import clock
from operators_app.models import Operator, User
from projects_app.models import Project
from queue_app.models import LaserRun, QueueItem
from tests import fillers
from tests.factories import make_project, stamp

HOME, PART = "/admin/", "/admin/home/"


def browser_of(user: User | Operator | None) -> Client:
    """Return a browser in which this person is signed in."""
    user = user.user if isinstance(user, Operator) else user
    assert user is not None
    browser = Client()
    browser.force_login(user)
    return browser


def seen(browser: Client) -> Any:
    """Return what the home page shows to whoever sits there."""
    page = browser.get(HOME)
    assert page.status_code == 200
    return page.context["home"]


def sections(browser: Client) -> dict[str, Any]:
    """Return the page's sections by their keys."""
    return {section.key: section for section in seen(browser).sections}


def rows_of(browser: Client, url: str) -> int:
    """Return how many rows the list at this address has."""
    page = browser.get(url)
    assert page.status_code == 200, url
    return int(page.context["cl"].result_count)


def days(number: int) -> dt.date:
    """Return the shop's date so many days from today."""
    return clock.shop_today() + dt.timedelta(days=number)


def quiet_project(name: str = "Steel Brackets", **fields: Any) -> Project:
    """Return a project that needs nobody: no date is near."""
    dates = {"due_date": days(60), "pop_deadline": days(60), **fields}
    return make_project(name, **dates)


def make_run(item: QueueItem, person: Operator, **fields: Any) -> LaserRun:
    """Return a run of a job, with an entry of the log."""
    (entry,) = fillers.entries(1)
    values = {
        "project": item.project, "queue_item": item, "run_date": clock.now(), "operator": person,
        "preset": item.project.preset, "cut_time_minutes": 40, "logged_minutes": 40,
        "material_type": "Mild Steel", "entry": entry, **stamp(), **fields,
    }  # fmt: skip
    return LaserRun.objects.create(**values)
