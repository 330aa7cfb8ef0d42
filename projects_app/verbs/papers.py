"""The verbs that make quotes and delivery notes: a number, a PDF, a document, in one go.

The PDF is made outside of the lock, for it is slow, with the number that comes next. Where the
number was taken meanwhile, or what the paper says has changed, it is made anew: so the numbers
have no gaps, and a paper never tells what was no longer so when it was stored.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple, Unpack

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from laseros import clock
from laseros.errors import InvalidInput, TransitionError, Unavailable
from laseros.pdf import Printed
from laseros.ranges import check_day, check_pieces
from operators_app.verbs import Call, Outcome, Run, Target, require_valid, run_verb
from projects_app.delivered import NO_LIST, delivered_of, key_of
from projects_app.models import (
    NOT_QUEUED,
    Client,
    Document,
    DocumentKind,
    Project,
    ProjectStatus,
    Shop,
    paper_number,
    paper_number_beginning,
)
from projects_app.papers import (
    Delivery,
    Facts,
    Quote,
    delivery_note_pdf,
    digest_of,
    facts_of,
    lines_of,
    quote_pdf,
)
from projects_app.serializers import project_brief
from projects_app.verbs.files import columns_of, document_brief, shelve_document
from projects_app.verbs.projects import NO_PROJECT, advance_to_quote

MOST_TRIES = 5
MOST_SIGNS = 40
PRICE: Any = Project._meta.get_field("quoted_price")
DELIVERABLE = (ProjectStatus.QUEUED, ProjectStatus.IN_PROGRESS, ProjectStatus.COMPLETED)
LIST_CHANGED = gettext_lazy(
    "The list of parts, or what has gone out of it, has changed since this was shown: look at it "
    "again, then make the note."
)
NOTHING_TOLD = gettext_lazy("Enter how many parts of a kind are delivered.")


class Series(NamedTuple):
    """A kind of paper and the shop's columns that number it."""

    kind: DocumentKind
    prefix: str
    upcoming: str

    def next_number(self, shop: Shop) -> str:
        """Return the number that the next paper gets."""
        year = clock.shop_today().year
        return paper_number(getattr(shop, self.prefix), year, getattr(shop, self.upcoming))

    def last_given(self, shop: Shop) -> tuple[int, str]:
        """Return the greatest number given this year under the shop's prefix, and its paper's."""
        beginning = paper_number_beginning(getattr(shop, self.prefix), clock.shop_today().year)
        given = Document.objects.filter(number__startswith=beginning)
        numbers = [(int(text.removeprefix(beginning)), text)
                   for text in given.values_list("number", flat=True)
                   if text.removeprefix(beginning).isdecimal()]  # fmt: skip
        return max(numbers, default=(0, ""))


QUOTES = Series(DocumentKind.QUOTE, "quote_prefix", "next_quote_number")
DELIVERY_NOTES = Series(
    DocumentKind.DELIVERY_NOTE, "delivery_note_prefix", "next_delivery_note_number"
)


class _Paper(NamedTuple):
    """A paper to be made: how it is written, and what else changes with it."""

    series: Series
    facts: Facts
    number: str
    render: Callable[[Facts, str], Printed]
    settle: Callable[[Run, Project], None]


class _OutOfDateError(Exception):
    """What the paper says is no longer so, or its number was taken."""


def make_quote(
    project_id: int,
    price: Decimal,
    *,
    quote_date: dt.date | None = None,
    valid_until: dt.date | None = None,
    note: str = "",
    **call: Unpack[Call],
) -> Outcome:
    """Set the quoted price and make the quote as PDF; a Request moves to Quote & Approval.

    `price` is without VAT. Without dates: today, and the shop's days of validity later. Returns
    {"document": …, "project": …}. Raises InvalidInput for a price below nought or dates in the
    wrong order or out of their range, TransitionError for a project that is in the queue or beyond.
    """
    call["by"].require_manager()
    if price < 0:
        raise InvalidInput.on("price", _("A price must not be negative."))
    require_valid("price", PRICE.run_validators, price)
    dated = quote_date or clock.shop_today()
    require_valid("quote_date", check_day, dated)
    until = valid_until or dated + dt.timedelta(days=Shop.current().quote_validity_days)
    require_valid("valid_until", check_day, until)
    if until < dated:
        raise InvalidInput.on("valid_until", _("The quote would have expired before its date."))

    def render(facts: Facts, number: str) -> Printed:
        quote = Quote(price, dated, until, facts.project.due_date, note)
        return quote_pdf(facts, number, quote)

    def settle(run: Run, project: Project) -> None:
        _check_status(project, NOT_QUEUED)
        run.save(project, quoted_price=price, quote_date=dated)
        advance_to_quote(run, project)

    given = {
        "price": price, "quote_date": quote_date, "valid_until": valid_until, "note": note,
    }  # fmt: skip
    return _make("make_quote", QUOTES, project_id, given, render, settle, call)


def make_delivery_note(
    project_id: int,
    quantities: Mapping[int | None, int],
    *,
    shown: str = "",
    delivery_date: dt.date | None = None,
    note: str = "",
    **call: Unpack[Call],
) -> Outcome:
    """Make a delivery note as PDF. `quantities` maps the lines of the list of parts to numbers.

    A project without a list has the one line None. Lines without parts are left out. `shown` is the
    digest of what somebody saw of the list and its deliveries (`digest_of`): of two notes at once
    one is refused. Returns {"document": …, "project": …}. Raises InvalidInput where nothing is
    delivered, or more than anybody orders, TransitionError for a project that was not released for
    cutting, for another list than was seen, and for a line that is in it no more.
    """
    call["by"].require_manager()
    if any(number < 0 for number in quantities.values()):
        raise InvalidInput.on("quantities", _("A quantity must not be negative."))
    if not any(quantities.values()):
        raise InvalidInput.on("quantities", NOTHING_TOLD)
    require_valid("quantities", check_pieces, *quantities.values())
    dated = delivery_date or clock.shop_today()
    require_valid("delivery_date", check_day, dated)

    def render(facts: Facts, number: str) -> Printed:
        lines = tuple(
            replace(line, quantity=quantities[line.id])
            for line in facts.lines
            if quantities.get(line.id)
        )
        return delivery_note_pdf(facts, number, Delivery(lines, dated, note))

    def settle(run: Run, project: Project) -> None:
        _check_status(project, DELIVERABLE)
        told = {line for line, number in quantities.items() if number}
        lines = lines_of(project)
        is_as_shown = not shown or shown == digest_of(lines, delivered_of(project.pk))
        if not is_as_shown or not told <= {line.id for line in lines}:
            raise TransitionError(LIST_CHANGED, "list_changed")

    given = {
        "quantities": {str(line or NO_LIST): number for line, number in quantities.items()},
        "delivery_date": delivery_date, "note": note,
    }  # fmt: skip
    verb = "make_delivery_note"
    return _make(verb, DELIVERY_NOTES, project_id, given, render, settle, call)


def _check_status(project: Project, legal: Collection[ProjectStatus]) -> None:
    if project.status not in legal:
        raise TransitionError(
            _("This project is “%(status)s”; this paper is not made of it.")
            % {"status": project.get_status_display()},
            status=project.status,
        )


def _make(
    verb: str,
    series: Series,
    project_id: int,
    given: Mapping[str, Any],
    render: Callable[[Facts, str], Printed],
    settle: Callable[[Run, Project], None],
    call: Call,
) -> Outcome:
    for _number in range(MOST_TRIES):
        facts = facts_of(project_id)
        paper = _Paper(series, facts, series.next_number(facts.shop), render, settle)
        with suppress(_OutOfDateError):
            return _store(verb, paper, given, call)
    raise Unavailable(_("Too much is changing just now; try again in a moment."), "busy")


def _store(verb: str, paper: _Paper, given: Mapping[str, Any], call: Call) -> Outcome:
    content = paper.render(paper.facts, paper.number)
    shelved = shelve_document(ContentFile(content, name=f"{paper.number}.pdf"))

    def write(run: Run) -> dict[str, Any]:
        project, shop = _lock_unchanged(run, paper)
        paper.settle(run, project)
        columns = columns_of(run, shelved.checked)
        document = Document(project=project, kind=paper.series.kind.value, **columns)
        run.save(
            document, file=shelved.stored.name, content_type=shelved.checked.content_type,
            number=paper.number,
        )  # fmt: skip
        upcoming = paper.series.upcoming
        run.save(shop, **{upcoming: getattr(shop, upcoming) + 1})
        run.touch(project)
        return {
            "document": document_brief(document), "project": project_brief(project),
            "warnings": _remarks(content), **_told_besides(given, paper.facts),
        }  # fmt: skip

    try:
        return run_verb(verb, Target("project", paper.facts.project.pk), given, write, **call)
    finally:
        shelved.stored.discard()


def _told_besides(given: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
    """Return what the log tells of a paper: a quote's price, how many of each part go out."""
    if "price" in given:
        return {"price": str(given["price"])}
    quantities = given["quantities"]
    told = {key_of(line.part_id): quantities.get(str(line.id or NO_LIST)) for line in facts.lines}
    return {"delivered": {part: number for part, number in told.items() if number}}


def _remarks(content: Printed) -> list[str]:
    """Return what whoever makes a paper should know before it is sent."""
    if not content.unprintable:
        return []
    sentence = _(
        "The papers’ font lacks these signs and prints � for each: %(signs)s. Write them in Latin, "
        "Greek or Cyrillic letters, or write on the paper by hand."
    )
    return [sentence % {"signs": content.unprintable[:MOST_SIGNS]}]


def _lock_unchanged(run: Run, paper: _Paper) -> tuple[Project, Shop]:
    """Return project and shop, locked; raise _OutOfDateError where the paper tells otherwise."""
    project = run.lock(Project, paper.facts.project.pk, NO_PROJECT)
    client = run.lock(Client, project.client_id, NO_PROJECT)
    shop = run.lock(Shop, 1, _("The shop is missing from the database."))
    run.check_unchanged(project, lambda: project_brief(project))
    now = (project.seq, client.seq, shop.seq)
    if now != paper.facts.versions or paper.series.next_number(shop) != paper.number:
        raise _OutOfDateError
    if Document.objects.filter(number=paper.number).exists():
        raise TransitionError(
            _("The number %(number)s was given already; set the next one in the shop's settings.")
            % {"number": paper.number},
            "number_taken",
        )
    return project, shop
