"""The back office's home page: how many statements it takes, and what it costs beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.inside import cpu
from benchmarks.report import Report, at_most
from benchmarks.rows import Shop

MOST_STATEMENTS = 12
MOST_TIMES = 3
TIMES = 5


def home(shop: Shop, report: Report, rounds: int) -> None:
    """Measure the page, made anew, against its own statements sent by hand.

    So the figure is what the ORM, the forecast of the queue and the rendering take beside the
    database; the statements themselves are in both, and written down.
    """
    from django.conf import settings
    from django.core.management import call_command

    if not (settings.STATIC_ROOT / "staticfiles.json").exists():
        call_command("collectstatic", interactive=False, verbosity=0)
    page()  # what is worked out once is no part of the page
    statements = statements_of(page)
    taken = [
        (cpu(page, TIMES), cpu(lambda: send(statements), TIMES)) for _ in range(rounds)
    ]  # fmt: skip
    report.add("home page", "SQL statements", [float(len(statements))], at_most(MOST_STATEMENTS))
    ratios = [whole / floor for whole, floor in taken]
    report.add("home page", "× its statements, CPU", ratios, at_most(MOST_TIMES))
    report.add("  home page", "ms CPU", [whole * 1e3 for whole, _ in taken])
    report.add("  home page, its statements", "ms CPU", [floor * 1e3 for _, floor in taken])


def statements_of(work: Callable[[], Any]) -> list[tuple[str, Any]]:
    """Return the statements that `work` sends, with their values."""
    from django.db import connection

    sent: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        work()
    return sent


def send(statements: Sequence[tuple[str, Any]]) -> None:
    """Send statements as they are and fetch what they give."""
    from django.db import connection

    for sql, params in statements:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            cursor.fetchall()


def page() -> bytes:
    """Return the page, rendered for an admin."""
    from django.contrib import admin
    from django.test import RequestFactory

    from operators_app.models import User

    request: Any = RequestFactory(HTTP_HOST="127.0.0.1").get("/admin/")
    request.user = User(pk=0, username="bench", is_active=True, is_superuser=True)
    request.session = {}
    response: Any = admin.site.index(request)
    made: bytes = response.render().content if hasattr(response, "render") else response.content
    return made
