"""A real browser at a started server: for what only scripts, styles and fingers can show.

Every test here is skipped, saying so, where there is no Chromium. The page may ask nobody but the
server, and a script that fails, fails the test.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.signals import request_finished, request_started
from django.db import connections
from django.test import Client
from playwright._impl._api_structures import SetCookieParam
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from playwright.sync_api import TimeoutError as Timeout

from operators_app.models import User
from tests.demo import put_demo

# Playwright marks an event loop of its own as running in the test's thread. Django would refuse to
# work there, and give each side another connection to the database; the test has only one thread.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
connections._connections = threading.local()  # type: ignore[attr-defined]

expect.set_options(timeout=15_000)  # a busy machine takes its time

HERE = Path(__file__).resolve().parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
DESKTOP = {"width": 1366, "height": 768}
TABLET = {"width": 820, "height": 1180}
PHONE = {"width": 390, "height": 844}

SignIn = Callable[..., Page]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test of this folder real transactions; skip it where no browser is.

    They come last, for they leave a database without what the migrations had put in: pytest groups
    tests by the browser, wherever pytest-django had them.
    """
    missing = pytest.mark.skip(reason="no Chromium was found: install Debian's package chromium")
    ours = [item for item in items if HERE in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.django_db(transaction=True, serialized_rollback=True))
        if CHROMIUM is None:
            item.add_marker(missing)
    items[:] = [item for item in items if HERE not in item.path.parents] + ours


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Start Debian's Chromium, which as root has no sandbox."""
    quiet = ["--disable-gpu", "--disable-background-networking", "--disable-component-update",
             "--disable-sync", "--no-first-run"]  # fmt: skip
    alone = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"executable_path": CHROMIUM, "args": [*quiet, *alone]}


@pytest.fixture
def demo_shop(transactional_db: None, settings: Any) -> None:
    """The demo shop, as if it had been loaded for this test."""
    settings.DEBUG = True
    put_demo()
    settings.DEBUG = False


@pytest.fixture
def quiet_end(transactional_db: None, live_server: Any) -> Iterator[None]:
    """Wait at the end until the server is done with what the pages asked for.

    The tables are emptied next. A request still under way would meet that in a deadlock, or write
    into the next test. Only the server knows: a browser forgets what a closed page had asked for.
    """
    under_way: set[int] = set()

    def began(**_kwargs: Any) -> None:
        under_way.add(threading.get_ident())

    def ended(**_kwargs: Any) -> None:
        under_way.discard(threading.get_ident())

    request_started.connect(began)
    request_finished.connect(ended)
    yield
    end, quiet = time.monotonic() + 15, 0
    while quiet < 3 and time.monotonic() < end:
        time.sleep(0.02)
        quiet = 0 if under_way else quiet + 1
    request_started.disconnect(began)
    request_finished.disconnect(ended)
    assert quiet, "The server is still busy with what a page asked for."


@pytest.fixture
def sign_in(quiet_end: None, browser: Browser, live_server: Any) -> Iterator[SignIn]:
    """Return what opens a browser of its own in which somebody is signed in.

    `sign_in("manager")` gives a page on the home page; `None` is nobody, on the sign-in page.
    `viewport`, `color_scheme`, `has_touch`, `locale` and the like go to the browser.
    """
    contexts: list[BrowserContext] = []
    failures: list[str] = []

    def open_page(username: str | None, path: str = "/admin/", **options: Any) -> Page:
        chosen = {"viewport": DESKTOP, "locale": "en-GB", "reduced_motion": "reduce", **options}
        context = browser.new_context(base_url=live_server.url, **chosen)
        contexts.append(context)
        context.set_default_timeout(15_000)
        context.route("**/*", lambda route: _only_own(route, live_server.url, failures))
        if username:
            context.add_cookies([_session_of(username, live_server.url)])
        page = context.new_page()
        page.on("pageerror", lambda error: failures.append(f"script: {error}"))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert failures == []


def _only_own(route: Route, server: str, failures: list[str]) -> None:
    """Let the page ask its own server only."""
    if route.request.url.startswith((server, "data:", "blob:")):
        route.continue_()
    else:
        failures.append(f"asked for {route.request.url}")
        route.abort()


def _session_of(username: str, url: str) -> SetCookieParam:
    """Return the cookie of a back-office session of this account."""
    client = Client()
    client.force_login(User.objects.get(username=username))
    session = client.session
    assert isinstance(session, SessionStore)
    assert session.session_key
    return {"name": django_settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": url}


def has_no_sideways_scroll(page: Page) -> bool:
    """Tell whether the page fits its window's width, once charts and the like have found theirs."""
    root = "document.documentElement"
    try:
        page.wait_for_function(f"{root}.scrollWidth <= {root}.clientWidth", timeout=5_000)
    except Timeout:
        return False
    return True
