"""Quotes and delivery notes as PDF, made of a project's data, in the shop's language."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from fpdf.enums import Align, XPos, YPos
from PIL import Image

from laseros.errors import NotFound
from laseros.languages import shop_language
from laseros.money import money
from laseros.numbers import plain_number
from laseros.pdf import BODY_POINTS, FACE, GREY, Column, Paper, Printed
from projects_app.models import Client, Project, Shop
from projects_app.verbs.projects import NO_PROJECT

LOGO_WIDTH_MM, LOGO_HEIGHT_MM = 60, 24
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Line:
    """A part of a project: its number and name, and how many."""

    id: int | None
    part_id: int | None
    part_number: str
    name: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What a paper is made of, as it was at one moment."""

    shop: Shop
    client: Client
    project: Project
    lines: tuple[Line, ...]
    logo: bytes | None

    @property
    def versions(self) -> tuple[int, int, int]:
        """What the rows' log entries were: where they differ by now, the paper is out of date."""
        return self.project.seq, self.client.seq, self.shop.seq


@dataclass(frozen=True, slots=True)
class Quote:
    """What a quote says besides: price without VAT, dates, a note."""

    price: Decimal
    dated: dt.date
    valid_until: dt.date
    due_date: dt.date | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a delivery note says besides: which parts, how many of each, when, a note."""

    lines: tuple[Line, ...]
    dated: dt.date
    note: str = ""


def facts_of(project_id: int) -> Facts:
    """Read what a paper is made of; raises NotFound for an unknown project."""
    projects = Project.objects.select_related("client", "material")
    project = projects.filter(pk=project_id).first()
    if project is None:
        raise NotFound(NO_PROJECT)
    shop = Shop.current()
    return Facts(shop, project.client, project, lines_of(project), _logo_of(shop))


def lines_of(project: Project) -> tuple[Line, ...]:
    """Return a project's parts; of one without a list, the project itself as its one part."""
    rows = project.project_parts.order_by("id")
    listed = rows.values_list("id", "part_id", "part__part_number", "part__name", "quantity")
    lines = tuple(Line(*row) for row in listed)
    return lines or (Line(None, None, "", project.name, project.parts_quantity or 1),)


def digest_of(lines: Sequence[Line], gone: Mapping[str, int]) -> str:
    """Return what stands for a list of parts and what has gone out of it, as somebody saw both.

    It changes with each line and with each delivery; `gone` is `delivered_of` the project.
    """
    return hashlib.sha256(repr((tuple(lines), sorted(gone.items()))).encode()).hexdigest()


def _logo_of(shop: Shop) -> bytes | None:
    with suppress(FileNotFoundError):
        if shop.logo:
            with shop.logo.open("rb") as file:
                return bytes(file.read())
    return None


class Letter(Paper):
    """A paper to a client: the shop's letterhead on its first page, its foot on each."""

    def __init__(self, title: str, facts: Facts) -> None:
        self.facts = facts
        super().__init__(title, facts.shop.name)

    def header(self) -> None:
        """Write the letterhead; on further pages a line that says whose paper it is."""
        if self.page_no() > 1:
            super().header()
            return
        top = self.y
        bottom = max(self._write_logo(top), self._write_shop(top))
        self.set_draw_color(*GREY)
        self.line(self.l_margin, bottom + 3, self.w - self.r_margin, bottom + 3)
        self.set_xy(self.l_margin, bottom + 9)

    def _write_logo(self, top: float) -> float:
        if self.facts.logo is None:
            return top
        with Image.open(io.BytesIO(self.facts.logo)) as image:
            scale = min(LOGO_WIDTH_MM / image.width, LOGO_HEIGHT_MM / image.height)
            size = image.width * scale, image.height * scale
            self.image(image, self.l_margin, top, *size, alt_text=self.facts.shop.name)
        return top + size[1]

    def _write_shop(self, top: float) -> float:
        shop, width = self.facts.shop, self.epw / 2
        tax = _("Tax number: %(number)s") % {"number": shop.tax_number} if shop.tax_number else ""
        said = "\n".join(filter(None, (shop.address, shop.phone, shop.email, tax)))
        self.set_xy(self.w - self.r_margin - width, top)
        self.set_font(FACE, "B", 12)
        self.multi_cell(width, 6, shop.name, align=Align.R, new_x=XPos.LEFT, new_y=YPos.NEXT)
        self.set_font(FACE, "", 8)
        self.multi_cell(width, 4, said, align=Align.R, new_x=XPos.LEFT, new_y=YPos.NEXT)
        return float(self.y)

    def footer(self) -> None:
        """Write the shop's own line and which page of how many this is."""
        self.set_y(-14)
        self.set_font(FACE, size=8)
        self.set_text_color(*GREY)
        width = self.epw * 0.75
        self.cell(width, 5, self.fitting(self.facts.shop.paper_footer, width))
        page = _("Page %(number)s of %(count)s") % {"number": self.page_no(), "count": "{nb}"}
        self.cell(self.epw - width, 5, page, align=Align.R)
        self.set_text_color(0)

    def address_and_facts(self, said: Sequence[tuple[str, str]]) -> None:
        """Write the client on the left, captions with values on the right."""
        client, top, half = self.facts.client, self.y, self.epw / 2
        self.set_font(FACE, size=10)
        address = "\n".join(filter(None, (client.name, client.contact_person, client.address)))
        self.multi_cell(half - 5, 5, address, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        bottom = self.y
        self.set_y(top)
        for caption, value in said:
            self.set_x(self.l_margin + half)
            self.set_font(FACE, size=BODY_POINTS)
            self.set_text_color(*GREY)
            self.cell(half * 0.42, 5, self.fitting(caption, half * 0.42))
            self.set_text_color(0)
            self.multi_cell(half * 0.58, 5, value, align=Align.L, new_x=XPos.LMARGIN,
                            new_y=YPos.NEXT)  # fmt: skip
        self.set_y(max(bottom, self.y) + 6)

    def parts(self, lines: Sequence[Line], caption: str) -> None:
        """Write the list of parts, its heading on every page."""
        columns = [
            Column("", 0.6, True), Column(_("Number"), 1.6), Column(_("Part"), 6),
            Column(caption, 1.6, True),
        ]  # fmt: skip
        rows = [
            (str(place), line.part_number, line.name, number_format(line.quantity, 0,
             force_grouping=True))
            for place, line in enumerate(lines, 1)
        ]  # fmt: skip
        self.grid(columns, rows)

    def amounts(self, said: Sequence[tuple[str, str]]) -> None:
        """Write sums to the right, the last one in bold; together on one page."""
        if self.will_page_break(7 * len(said)):
            self.add_page()
        for place, (caption, amount) in enumerate(said, 1):
            self.set_font(FACE, "B" if place == len(said) else "", 11)
            self.cell(self.epw * 0.7, 7, caption, align=Align.R)
            self.cell(self.epw * 0.3, 7, amount, align=Align.R, new_x=XPos.LMARGIN,
                      new_y=YPos.NEXT)  # fmt: skip
        self.set_font(FACE, size=BODY_POINTS)
        self.ln(4)


def in_shop_words(write: Callable[..., Printed]) -> Callable[..., Printed]:
    """Let a paper be written in the shop's language, whoever asks for it."""

    def written(*args: object) -> Printed:
        with shop_language():
            return write(*args)

    return written


@in_shop_words
def quote_pdf(facts: Facts, number: str, quote: Quote) -> Printed:
    """Return a quote."""
    letter = Letter(_("Quote %(number)s") % {"number": number}, facts)
    _begin(letter, facts, [
        (_("Date"), _day(quote.dated)),
        (_("Valid until"), _day(quote.valid_until)),
        (_("Our reference"), facts.project.project_code),
        (_("Delivery"), _day(quote.due_date) if quote.due_date else _("by agreement")),
    ])  # fmt: skip
    letter.parts(facts.lines, _("Quantity"))
    letter.amounts(_sums(quote.price, facts.shop.vat_percent))
    for text in (quote.note, facts.shop.quote_terms):
        if text:
            letter.paragraph(text)
    if facts.shop.bank_details:
        letter.heading(_("Bank details"))
        letter.paragraph(facts.shop.bank_details)
    return letter.to_bytes()


@in_shop_words
def delivery_note_pdf(facts: Facts, number: str, delivery: Delivery) -> Printed:
    """Return a delivery note, with a line for the receiver's signature."""
    letter = Letter(_("Delivery note %(number)s") % {"number": number}, facts)
    _begin(letter, facts, [
        (_("Date"), _day(delivery.dated)),
        (_("Our reference"), facts.project.project_code),
    ])  # fmt: skip
    letter.parts(delivery.lines, _("Delivered"))
    if delivery.note:
        letter.paragraph(delivery.note)
    if letter.will_page_break(35):
        letter.add_page()
    letter.ln(20)
    letter.set_draw_color(*GREY)
    letter.line(letter.l_margin, letter.y, letter.l_margin + 90, letter.y)
    letter.ln(1)
    letter.paragraph(_("Received in good order: date, name, signature"), quiet=True)
    return letter.to_bytes()


def _begin(letter: Letter, facts: Facts, said: Sequence[tuple[str, str]]) -> None:
    """Write to whom the paper goes, its title, and what it is about."""
    project = facts.project
    letter.address_and_facts(said)
    letter.heading(letter.paper_title, large=True)
    letter.heading(project.name)
    if project.description:
        letter.paragraph(project.description)
    if sheet := project.sheet:
        letter.paragraph(_("Material: %(sheet)s") % {"sheet": sheet})


def _sums(price: Decimal, vat_percent: Decimal) -> list[tuple[str, str]]:
    if not vat_percent:
        return [(_("Total"), money(price))]
    vat = (price * vat_percent / 100).quantize(CENT, ROUND_HALF_UP)
    rate = plain_number(vat_percent)
    return [
        (_("Price without VAT"), money(price)),
        (_("VAT %(rate)s %%") % {"rate": rate}, money(vat)),
        (_("Total"), money(price + vat)),
    ]


def _day(day: dt.date) -> str:
    return date_format(day, "DATE_FORMAT")
