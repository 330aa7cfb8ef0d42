"""What a role may not do is not shown to it: no link or button leads to a refusal."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urldefrag, urljoin

import pytest
from django.test import Client
from django.urls import reverse

from operators_app.models import Role
from tests.factories import make_item, make_user
from tests.fillers import FILLERS

pytestmark = pytest.mark.django_db

# What changes something: a form's button, the choice of a list's action.
CHANGES = re.compile(r'name="(?:_save|_continue|_addanother|action)"')
ADDRESS = re.compile(r'(?:href|hx-get|action)="([^"#][^"]*)"')
# Each row of a list, and each choice of a filter, leads to the same kind of page as the first.
MOST_OF_A_KIND = 2
NOT_FOLLOWED = re.compile(r"/logout/|/static/|/i18n/|/download|/export|^(mailto|tel|otpauth|data):")


def crawl(browser: Client) -> tuple[dict[str, tuple[int, str]], set[str]]:
    """Open all that is linked from the home page on.

    Returns {address: (status, where it stood)}, and the addresses that offer a change.
    """
    found: dict[str, tuple[int, str]] = {}
    changing: set[str] = set()
    kinds: dict[str, int] = {}
    waiting = [(reverse("admin:index"), "")]
    while waiting:
        address, origin = waiting.pop()
        kind = re.sub(r"\d+|[0-9a-f-]{36}", "#", address.partition("?")[0])
        kinds[kind] = kinds.get(kind, 0) + 1
        if address in found or kinds[kind] > MOST_OF_A_KIND:
            continue
        page = browser.get(address, follow=True)
        found[address] = (page.status_code, origin)
        if page.status_code == 200 and "text/html" in page.headers.get("Content-Type", ""):
            here, text = page.request["PATH_INFO"], page.content.decode()
            if CHANGES.search(text):
                changing.add(here)
            for link in set(ADDRESS.findall(text)):
                there = urldefrag(urljoin(here, unescape(link)))[0]
                if there.startswith("/admin/") and not NOT_FOLLOWED.search(there):
                    waiting.append((there, here))
    return found, changing


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MANAGER])
def test_nothing_is_shown_that_is_then_refused(role: Role) -> None:
    make_item()
    for fill in FILLERS.values():
        fill(1)
    browser = Client()
    browser.force_login(make_user("somebody", role))
    found, changing = crawl(browser)
    assert len(found) > 40
    # What takes a POST only is answered 405 to this crawler.
    assert {a: told for a, told in found.items() if told[0] not in {200, 405}} == {}
    if role == Role.VIEWER:
        assert [address for address in found if re.search("/add/|/delete/", address)] == []
        assert changing == set()
