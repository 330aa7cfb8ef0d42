"""Papers as PDF: the shop's name at the head, the page's number at the foot, tables.

Set in Open Sans: the fonts that every PDF reader has by itself know no ł, no Ж and no ≤. Signs that
it lacks, such as Chinese or Arabic ones, are printed as �, and told to whoever makes the paper.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import ttf_opensans
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.enums import Align, MethodReturnValue, TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace

from laseros import clock

FACE = "Open Sans"
FONTS = Path(ttf_opensans.__file__).parent / "ttf"
STYLES = {"": "OpenSans-Regular.ttf", "B": "OpenSans-SemiBold.ttf"}
MARGIN_MM = 15
BODY_POINTS = 9
GREY = (100, 100, 100)
MOST_LINES = 12  # of a cell
SURELY_FEW = 60  # letters: they fit into that many lines of any column
UNKNOWN = "\N{REPLACEMENT CHARACTER}"
PALE = (243, 244, 246)


class Column(NamedTuple):
    """A column of a table: its head, its share of the width, whether it holds numbers."""

    head: str
    share: float = 1
    is_number: bool = False


class Printed(bytes):
    """A finished paper; `unprintable` are the signs of its texts that the font lacks."""

    unprintable: str = ""


class Paper(FPDF):
    """A paper of the shop, of as many A4 pages as it takes; all text in the reader's language.

    `made` is when it was made, by the server's clock; it stands at the foot.
    """

    def __init__(
        self, title: str, shop_name: str, *, made: dt.datetime | None = None, wide: bool = False
    ) -> None:
        super().__init__(orientation="landscape" if wide else "portrait", format="A4")
        self.paper_title = title
        self.shop_name = shop_name
        self.made = made or clock.now()
        self.unprintable: dict[str, None] = {}  # in the order in which they came
        for style, file in STYLES.items():
            self.add_font(FACE, style, FONTS / file)
        self.set_margin(MARGIN_MM)
        self.set_auto_page_break(True, margin=20)
        self.set_title(title)
        self.set_author(shop_name)
        self.set_creation_date(self.made)
        self.set_font(FACE, size=BODY_POINTS)
        self.add_page()

    def normalize_text(self, text: str) -> str:
        """Return a text with � for what the font lacks; fpdf asks for every text it writes."""
        return "".join(map(self._printable, unicodedata.normalize("NFC", text)))

    def _printable(self, sign: str) -> str:
        if ord(sign) in self.current_font.cmap or sign in "\n\r\t\u00ad":
            return sign
        kind = unicodedata.category(sign)
        if kind in ("Zs", "Cf", "Mn"):  # a space of some width; what is not seen by itself
            return " " if kind == "Zs" else ""
        self.unprintable[sign] = None
        return UNKNOWN

    def header(self) -> None:
        """Write the shop's name, the paper's title and a line below both."""
        self.set_font(FACE, "B", 10)
        half = self.epw / 2
        self.cell(half, 6, self.fitting(self.shop_name, half))
        self.set_font(FACE, "", 10)
        title = self.fitting(self.paper_title, half)
        self.cell(half, 6, title, align=Align.R, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_draw_color(*GREY)
        self.line(self.l_margin, self.y + 1, self.w - self.r_margin, self.y + 1)
        self.ln(6)
        self.set_font(FACE, size=BODY_POINTS)

    def footer(self) -> None:
        """Write when the paper was made, and which page of how many this is."""
        self.set_y(-14)
        self.set_font(FACE, size=8)
        self.set_text_color(*GREY)
        made = date_format(self.made.astimezone(clock.shop_zone()), "DATETIME_FORMAT")
        self.cell(self.epw / 2, 5, _("Made on %(moment)s") % {"moment": made})
        page = _("Page %(number)s of %(count)s") % {"number": self.page_no(), "count": "{nb}"}
        self.cell(self.epw / 2, 5, page, align=Align.R)
        self.set_text_color(0)

    def fitting(self, text: str, width_mm: float) -> str:
        """Return the text, cut with … where it is longer than one line of this width."""
        if self.get_string_width(text) <= width_mm - 2 * self.c_margin:
            return text
        while text and self.get_string_width(f"{text}…") > width_mm - 2 * self.c_margin:
            text = text[:-1]
        return f"{text}…"

    def heading(self, text: str, *, large: bool = False) -> None:
        """Write a heading; never as the last line of a page."""
        if self.will_page_break(30):
            self.add_page()
        self.ln(0 if large else 3)
        self.set_font(FACE, "B", 16 if large else 11)
        self.multi_cell(self.epw, 8 if large else 6, text, align=Align.L, new_x=XPos.LMARGIN,
                        new_y=YPos.NEXT)  # fmt: skip
        self.set_font(FACE, size=BODY_POINTS)
        self.ln(1)

    def paragraph(self, text: str, *, quiet: bool = False) -> None:
        """Write lines of running text; `quiet` in grey."""
        self.set_text_color(*(GREY if quiet else (0, 0, 0)))
        self.multi_cell(self.epw, 4.6, text, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_text_color(0)
        self.ln(1)

    def grid(
        self, columns: Sequence[Column], rows: Iterable[Sequence[str]], *, has_sum: bool = False
    ) -> None:
        """Write a table; its head stands on every page, a sum is its last row, in bold.

        Of a longer text a cell holds its first lines: a row must fit on a page.
        """
        total = sum(column.share for column in columns)
        widths = [self.epw * column.share / total for column in columns]
        lines = [[self._few_lines(*cell) for cell in zip(row, widths, strict=True)] for row in rows]
        strong = FontFace(emphasis="BOLD")
        self.set_draw_color(210)
        with self.table(
            col_widths=[column.share for column in columns],
            text_align=[Align.R if column.is_number else Align.L for column in columns],
            headings_style=FontFace(emphasis="BOLD", fill_color=PALE),
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            line_height=4.6,
            padding=(0.7, 1),
        ) as table:
            heads = [
                self._few_lines(c.head, width) for c, width in zip(columns, widths, strict=True)
            ]
            table.row(heads)
            for number, line in enumerate(lines, 1):
                is_sum = has_sum and number == len(lines)
                table.row(line, style=strong if is_sum else None)
        self.ln(2)

    def _few_lines(self, text: str, width_mm: float) -> str:
        if len(text) <= SURELY_FEW and "\n" not in text:
            return text
        lines = self.multi_cell(
            width_mm - 2, text=text, dry_run=True, output=MethodReturnValue.LINES
        )
        return text if len(lines) <= MOST_LINES else "\n".join([*lines[:MOST_LINES], "…"])

    def to_bytes(self) -> Printed:
        """Return the finished file; nothing can be added any more."""
        data = Printed(self.output())
        data.unprintable = "".join(self.unprintable)
        for font in self.fonts.values():
            font.close()
        return data
