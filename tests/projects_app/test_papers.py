"""Quotes and delivery notes: numbered without gaps, made of the data, stored as documents."""

from __future__ import annotations

import datetime as dt
import errno
import io
import uuid
from decimal import Decimal
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.utils import translation
from PIL import Image
from pypdf import PdfReader

from laseros import clock
from laseros.errors import InvalidInput, NotAllowed, TransitionError
from laseros.pdf import Printed
from operators_app.models import ActivityLog, Operator, User
from operators_app.verbs import Actor, edit
from projects_app import papers
from projects_app.admin_papers import mail_link
from projects_app.models import (
    Client,
    Document,
    ProjectPart,
    ProjectStatus,
    Shop,
)
from projects_app.verbs import archive_document, update_project
from projects_app.verbs import papers as verbs
from projects_app.verbs.papers import make_delivery_note, make_quote
from projects_app.verbs.shop import save_shop
from tests.conftest import actor
from tests.desk import Desk, address, asked_of, errors, offered, said
from tests.factories import ASKED, make_client, make_part, make_project, stamp
from tests.projects_app.drawings import stored_files

pytestmark = pytest.mark.django_db

PRICE = Decimal("15000.00")


def year() -> int:
    """Return the shop's year."""
    return clock.shop_today().year


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 20)) -> bytes:
    """Return an image file."""
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, kind)
    return out.getvalue()


def pages(document: Document) -> list[str]:
    """Return the text of each page of a stored PDF."""
    with document.file.open("rb") as file:
        return [page.extract_text() for page in PdfReader(io.BytesIO(file.read())).pages]


def text_of(document: Document) -> str:
    """Return a stored PDF's text."""
    return "\n".join(pages(document))


# --- Quotes --------------------------------------------------------------------------------------


def test_a_quote_sets_the_price_and_moves_a_request_on(manager: Actor) -> None:
    project = make_project(**ASKED)
    told = make_quote(project.pk, PRICE, by=manager).data
    project.refresh_from_db()
    document = Document.objects.get()
    assert (project.status, project.quoted_price) == (ProjectStatus.QUOTE_APPROVAL, PRICE)
    assert project.quote_date == clock.shop_today()
    assert told["document"]["id"] == document.pk
    assert (document.kind, document.number) == ("quote", f"Q-{year()}-0001")
    assert document.original_filename == f"Q-{year()}-0001.pdf"
    assert document.content_type == "application/pdf"
    entry = ActivityLog.objects.latest("seq")
    assert (entry.verb, entry.target_id) == ("make_quote", project.pk)


def test_a_quote_tells_client_parts_sheet_sums_and_terms(manager: Actor, ada: Operator) -> None:
    save_shop(
        {"name": "Kerf & Søn", "address": "1 Laser Lane\nCape Town", "vat_percent": Decimal(15),
         "quote_terms": "50 % in advance.", "bank_details": "IBAN 12 34", "tax_number": "TX-7",
         "paper_footer": "Registered in Cape Town"},
        by=actor(ada),
    )  # fmt: skip
    client = make_client("Müller & Søn — Łódź")
    edit(Client, client.pk, {"address": "Straße 5\n90-001 Łódź"}, by=manager)
    project = make_project("Größe ≤ 3", client=client, **ASKED)
    due = dt.date(2026, 12, 24)
    update_project(project.pk, {"due_date": due}, by=manager)
    make_quote(project.pk, PRICE, valid_until=clock.shop_today(), note="As told.", by=manager)
    text = text_of(Document.objects.get())
    for said_there in (
        "Müller & Søn — Łódź", "Jane Smith", "Straße 5", "90-001 Łódź", "Größe ≤ 3",
        "Mild Steel, 3 mm", "Bracket-L", "25", "24 Dec 2026", "ZAR 15,000.00", "VAT 15 %",
        "ZAR 2,250.00", "ZAR 17,250.00", "50 % in advance.", "IBAN 12 34", "TX-7", "As told.",
        "Kerf & Søn", "1 Laser Lane", "Registered in Cape Town", "Page 1 of 1",
        project.project_code, f"Q-{year()}-0001",
    ):  # fmt: skip
        assert said_there in text, said_there


def test_a_long_list_runs_over_pages_with_its_heading_on_each(manager: Actor) -> None:
    project = make_project(parts=[(f"Part no. {n} of the series", n) for n in range(1, 121)])
    make_quote(project.pk, PRICE, by=manager)
    told = pages(Document.objects.get())
    assert len(told) >= 3
    for number, page in enumerate(told, 1):
        assert f"Page {number} of {len(told)}" in page
    assert sum("Quantity" in page for page in told) == sum("Part no." in page for page in told)
    assert "Part no. 120 of the series" in "\n".join(told)


def test_numbers_go_on_without_gaps_and_are_never_given_twice(manager: Actor) -> None:
    project = make_project()
    make_quote(project.pk, PRICE, by=manager)
    archive_document(Document.objects.get().pk, by=manager)
    with pytest.raises(TransitionError):
        make_quote(make_project(status=ProjectStatus.CANCELLED).pk, PRICE, by=manager)
    make_quote(project.pk, PRICE + 1, by=manager)
    assert list(Document.objects.values_list("number", flat=True)) == [
        f"Q-{year()}-0001", f"Q-{year()}-0002"
    ]  # fmt: skip
    assert Shop.current().next_quote_number == 3
    assert len(stored_files()) == 2


def test_a_number_that_was_given_is_not_given_again(manager: Actor, ada: Operator) -> None:
    project = make_project()
    make_quote(project.pk, PRICE, by=manager)
    with pytest.raises(InvalidInput, match="0001 was given already; the next number is 2 at least"):
        save_shop({"next_quote_number": 1}, by=actor(ada))
    save_shop({"next_delivery_note_number": 1, "quote_prefix": "AN"}, by=actor(ada))
    save_shop({"quote_prefix": "Q"}, by=actor(ada))
    Shop.objects.update(next_quote_number=1)
    with pytest.raises(TransitionError, match="was given already; set the next one"):
        make_quote(project.pk, PRICE, by=manager)
    assert len(stored_files()) == 1


def test_a_replay_gives_the_same_quote(manager: Actor) -> None:
    project, key = make_project(**ASKED), uuid.uuid4()
    first = make_quote(project.pk, PRICE, by=manager, op_id=key)
    again = make_quote(project.pk, PRICE, by=manager, op_id=key)
    assert again.replayed
    assert again.data == first.data
    assert (Document.objects.count(), len(stored_files())) == (1, 1)


def test_a_paper_is_made_anew_where_its_data_changed_meanwhile(
    manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, write, times = make_project(**ASKED), papers.quote_pdf, []

    def slow(*args: Any) -> bytes:
        times.append(1)
        if len(times) == 1:
            update_project(project.pk, {"name": "Renamed"}, by=manager)
        return write(*args)

    monkeypatch.setattr(verbs, "quote_pdf", slow)
    make_quote(project.pk, PRICE, by=manager)
    assert len(times) == 2
    assert "Renamed" in text_of(Document.objects.get())
    assert len(stored_files()) == 1


def test_nothing_is_rendered_while_anything_is_locked(
    manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, depth = make_project(), []
    outside = len(connections["default"].savepoint_ids)

    def watched(*args: Any) -> bytes:
        depth.append(len(connections["default"].savepoint_ids) - outside)
        return Printed(b"%PDF-1.4\n%%EOF\n")

    monkeypatch.setattr(verbs, "quote_pdf", watched)
    make_quote(project.pk, PRICE, by=manager)
    assert depth == [0]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"price": Decimal(-1)}, "must not be negative"),
        ({"price": PRICE, "valid_until": dt.date(2020, 1, 1)}, "would have expired"),
        ({"price": PRICE, "quote_date": dt.date.max}, "Choose a day from the year 2000"),
        ({"price": PRICE, "quote_date": dt.date(1, 1, 1)}, "Choose a day from the year 2000"),
        ({"price": PRICE, "valid_until": dt.date(2200, 1, 1)}, "Choose a day from the year 2000"),
        ({"price": Decimal(10) ** 30}, "no more than"),
    ],
)
def test_a_senseless_quote_is_refused(manager: Actor, given: dict[str, Any], sentence: str) -> None:
    project = make_project()
    with pytest.raises(InvalidInput, match=sentence):
        make_quote(project.pk, **given, by=manager)


def test_papers_are_a_managers(operator: Actor) -> None:
    project = make_project()
    with pytest.raises(NotAllowed):
        make_quote(project.pk, PRICE, by=operator)
    with pytest.raises(NotAllowed):
        make_delivery_note(project.pk, {None: 1}, by=operator)


def test_a_quote_is_in_the_shops_language_whoever_makes_it(manager: Actor) -> None:
    project = make_project()
    with translation.override("de"):
        make_quote(project.pk, PRICE, by=manager)
    assert "ZAR 15,000.00" in text_of(Document.objects.get())


# --- Delivery notes ------------------------------------------------------------------------------


def test_a_delivery_note_tells_what_goes_out(manager: Actor) -> None:
    project = make_project(status=ProjectStatus.COMPLETED)
    left, right = ProjectPart.objects.order_by("id")
    make_delivery_note(project.pk, {left.pk: 24, right.pk: 0}, note="By van", by=manager)
    text = text_of(Document.objects.get())
    assert Document.objects.get().number == f"DN-{year()}-0001"
    for told in ("Bracket-L", "24", "By van", "Received in good order", "Delivered"):
        assert told in text
    assert "Bracket-R" not in text
    assert "ZAR" not in text


def test_a_project_without_a_list_delivers_itself(manager: Actor) -> None:
    project = make_project("Signs", parts=[], status=ProjectStatus.COMPLETED)
    make_delivery_note(project.pk, {None: 7}, by=manager)
    assert "Signs" in text_of(Document.objects.get())


def test_nothing_is_not_delivered(manager: Actor) -> None:
    project = make_project(status=ProjectStatus.COMPLETED)
    line = ProjectPart.objects.earliest("id")
    with pytest.raises(InvalidInput, match="Enter how many"):
        make_delivery_note(project.pk, {line.pk: 0}, by=manager)
    with pytest.raises(InvalidInput, match="must not be negative"):
        make_delivery_note(project.pk, {line.pk: -1}, by=manager)
    with pytest.raises(TransitionError):
        make_delivery_note(make_project(**ASKED).pk, {None: 1}, by=manager)


# --- On the page ---------------------------------------------------------------------------------


def test_the_dialog_makes_a_quote_and_says_where_it_is(mary: Operator) -> None:
    project, desk = make_project(**ASKED), Desk(mary)
    edit(Client, project.client_id, {"email": "jane@example.com"}, by=actor(mary))
    today = clock.shop_today().isoformat()
    page = desk.dialog(project, "make_quote_now", price="15000", quote_date=today,
                       valid_until=today)  # fmt: skip
    document = Document.objects.get()
    told = said(page)
    assert f"Q-{year()}-0001.pdf was made." in told
    assert address(Document, "open", document.pk) in told
    assert "mailto:jane@example.com?subject=Quote%20Q-" in told
    opened: Any = desk.browser.get(address(Document, "open", document.pk))
    assert opened["Content-Type"] == "application/pdf"
    assert opened["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in opened["Content-Security-Policy"]
    assert b"".join(opened.streaming_content).startswith(b"%PDF-")


def test_a_price_of_nought_and_far_off_days_are_asked_about(mary: Operator) -> None:
    project, desk, today = make_project(**ASKED), Desk(mary), clock.shop_today()
    far = today + dt.timedelta(days=1200)
    sent = {"price": "0.00", "quote_date": far, "valid_until": far}
    page = desk.dialog(project, "make_quote_now", **sent)
    assert "This price is 0." in page.content.decode()
    assert page.content.decode().count("is more than a year away") == 2
    assert list(page.context["form"].fields)[-1] == "sure"
    assert not Document.objects.exists()
    desk.dialog(project, "make_quote_now", **sent, sure=asked_of(page))
    assert Document.objects.count() == 1


def test_what_the_shop_s_own_validity_proposes_is_not_asked_about(mary: Operator) -> None:
    project, today = make_project(**ASKED), clock.shop_today()
    Shop.objects.update(quote_validity_days=500)
    dates = {"quote_date": today, "valid_until": today + dt.timedelta(days=500)}
    Desk(mary).dialog(project, "make_quote_now", price="5", **dates)
    assert Document.objects.count() == 1


def test_signs_that_the_font_lacks_are_told_to_whoever_makes_the_paper(mary: Operator) -> None:
    project, today = make_project(**ASKED), clock.shop_today().isoformat()
    edit(Client, project.client_id, {"name": "北京 Łódź GmbH"}, by=actor(mary))
    dates = {"quote_date": today, "valid_until": today}
    page = Desk(mary).dialog(project, "make_quote_now", price="15000", **dates)
    assert "lacks these signs and prints � for each: 北京." in said(page)
    document = Document.objects.get()
    with document.file.open() as file:
        text = PdfReader(file).pages[0].extract_text()
    assert "�� Łódź GmbH" in text
    assert "warnings" in ActivityLog.objects.latest("seq").result


def test_the_dialog_proposes_what_is_known(mary: Operator) -> None:
    project = make_project()
    page = Desk(mary).open(project, "make_quote_now").content.decode()
    assert 'value="15000.00"' in page
    assert "Price (ZAR)" in page
    Shop.objects.update(vat_percent=15)
    asked = Desk(mary).open(project, "make_quote_now").content.decode()
    assert "Price without VAT (ZAR)" in asked


def test_the_delivery_dialog_lists_the_parts(mary: Operator) -> None:
    project, desk = make_project(status=ProjectStatus.COMPLETED), Desk(mary)
    page = desk.open(project, "deliver_now").content.decode()
    assert "Bracket-L" in page
    assert 'value="25"' in page
    left, right = ProjectPart.objects.order_by("id")
    desk.dialog(project, "deliver_now", delivery_date=clock.shop_today(),
                **{f"quantity_{left.pk}": "25", f"quantity_{right.pk}": "20"})  # fmt: skip
    assert "20" in text_of(Document.objects.get())


def test_papers_are_offered_when_they_make_sense(mary: Operator, victor: User) -> None:
    desk = Desk(mary)
    assert "Make quote" in offered(desk.open(make_project(**ASKED)))
    done = make_project(status=ProjectStatus.COMPLETED)
    assert "Make delivery note" in offered(desk.open(done))
    assert "Make quote" not in offered(desk.open(done))
    assert offered(Desk(victor).open(done)) == set()
    refused = Desk(victor).dialog(done, "deliver_now", delivery_date=clock.shop_today())
    assert not Document.objects.exists()
    assert refused.status_code == 403


def test_an_e_mail_is_begun_only_where_there_is_an_address() -> None:
    project = make_project()
    paper = Document(kind="quote", number="Q-1", project=project)
    assert mail_link(paper, project, project.client, Shop.current()) == ""
    project.client.email = "a b@example.com?bcc=x@example.com"
    link = mail_link(paper, project, project.client, Shop.current())
    assert "?bcc" not in link
    assert link.count("?") == 1


# --- The shop's settings -------------------------------------------------------------------------


def test_a_logo_is_redrawn_kept_and_printed(ada: Operator, manager: Actor) -> None:
    desk = Desk(ada)
    logo = SimpleUploadedFile("logo.jpg", picture("JPEG", (3000, 1500)))
    desk.save(Shop.current(), logo_upload=logo)
    shop = Shop.current()
    with shop.logo.open("rb") as stored, Image.open(stored) as kept:
        assert (kept.format, kept.size) == ("PNG", (1200, 600))
    answer = desk.browser.get(address(Shop, "logo"))
    assert answer["Content-Type"] == "image/png"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert b"".join(answer).startswith(b"\x89PNG")
    make_quote(make_project().pk, PRICE, by=manager)
    with Document.objects.get().file.open("rb") as file:
        assert len(PdfReader(file).pages[0].images) == 1


@pytest.mark.django_db(transaction=True)
def test_a_logo_that_was_replaced_or_taken_away_leaves_no_file(ada: Operator) -> None:
    desk = Desk(ada)
    for _time in range(2):
        desk.save(Shop.current(), logo_upload=SimpleUploadedFile("logo.png", picture()))
    assert len(stored_files()) == 1
    desk.save(Shop.current(), logo_remove="on")
    assert Shop.current().logo.name == ""
    assert stored_files() == []


@pytest.mark.django_db(transaction=True)
def test_a_logo_is_stored_before_the_database_is_locked(
    ada: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    save, seen = FileSystemStorage.save, []

    def watched(*args: Any, **kwargs: Any) -> str:
        seen.append(connection.in_atomic_block)
        return str(save(*args, **kwargs))

    monkeypatch.setattr(FileSystemStorage, "save", watched)
    Desk(ada).save(Shop.current(), logo_upload=SimpleUploadedFile("logo.png", picture()))
    assert seen == [False]
    assert Shop.current().logo.name


@pytest.mark.django_db(transaction=True)
def test_a_logo_that_the_verb_refuses_leaves_no_file(ada: Operator, manager: Actor) -> None:
    make_quote(make_project().pk, PRICE, by=manager)
    before = len(stored_files())
    page = Desk(ada).save(Shop.current(), next_quote_number="1",
                          logo_upload=SimpleUploadedFile("logo.png", picture()))  # fmt: skip
    assert "was given already" in errors(page)
    assert len(stored_files()) == before


def test_a_full_disk_is_told_in_the_shops_form(
    ada: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(FileSystemStorage, "_save", Mock(side_effect=full))
    logo = SimpleUploadedFile("logo.png", picture())
    page = Desk(ada).save(Shop.current(), name="Typed", logo_upload=logo)
    assert "disk is full, and nothing was saved" in errors(page)
    assert page.context["adminform"].form["name"].value() == "Typed"
    assert Shop.current().name != "Typed"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"%PDF-1.4 no picture", "is neither a PNG nor a JPEG picture; save it as one of these"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is neither a PNG nor a JPEG"),
        (picture()[:60], "is damaged"),
        (picture("GIF"), "is neither a PNG nor a JPEG"),
        (picture(size=(6000, 6000)), "too many pixels"),
        (b"\x89PNG" + b"0" * (5 * 1024**2 + 1), "larger than 5 MB"),
    ],
    ids=["a PDF", "a drawing", "cut short", "a GIF", "huge", "heavy"],
)
def test_what_is_no_logo_gets_a_sentence(ada: Operator, content: bytes, sentence: str) -> None:
    page = Desk(ada).save(
        Shop.current(), name="Typed", logo_upload=SimpleUploadedFile("logo.png", content)
    )
    assert sentence in errors(page)
    assert page.context["adminform"].form["name"].value() == "Typed"
    assert Shop.current().name != "Typed"
    assert stored_files() == []


def test_prefixes_must_differ_and_be_plain(ada: Operator) -> None:
    by = actor(ada)
    for changes in ({"quote_prefix": "DN"}, {"quote_prefix": "q/"}, {"next_quote_number": 0}):
        with pytest.raises(InvalidInput):
            save_shop(changes, by=by)


def test_the_lines_of_a_project_are_its_parts(manager: Actor) -> None:
    project = make_project(parts=[])
    part = make_part("Lid")
    assert [line.id for line in papers.lines_of(project)] == [None]
    line = ProjectPart.objects.create(project=project, part=part, quantity=3, **stamp())
    assert papers.lines_of(project) == (papers.Line(line.pk, part.pk, "PT00001", "Lid", 3),)


def test_a_quotes_entry_tells_its_price_though_it_was_known_before(mary: Operator) -> None:
    project = make_project(status=ProjectStatus.REQUEST, quoted_price=Decimal(1200))
    make_quote(project.pk, Decimal(1200), by=actor(mary))
    page = Desk(mary).open(project).content.decode()
    assert "made the quote Q-" in page
    assert ".pdf, ZAR 1,200.00" in page
