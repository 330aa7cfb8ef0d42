"""Papers as PDF: every letter of Europe, heads on each page, nothing that breaks the layout."""

from __future__ import annotations

import datetime as dt

from laseros.pdf import Column, Paper

MADE = dt.datetime(2025, 10, 27, 8, 15, tzinfo=dt.UTC)


def paper(title: str = "Delivery note", shop: str = "Łódź & Söhne, Ωμέγα, Привет") -> Paper:
    """Return an empty paper."""
    return Paper(title, shop, made=MADE)


def test_a_paper_is_a_pdf_with_its_title_and_author() -> None:
    made = paper()
    made.heading("Größe ≤ 3 mm – “Brackets” €", large=True)
    made.paragraph("Żółć, Ærø, дверь")
    data = made.to_bytes()
    assert data.startswith(b"%PDF-")
    assert made.pages_count == 1


def test_a_long_table_runs_over_pages_and_a_blank_one_is_none() -> None:
    made = paper()
    columns = [Column("Part", 3), Column("Pieces", 1, True)]
    made.grid(columns, [(f"Bracket {n}", str(n)) for n in range(120)], has_sum=True)
    made.grid(columns, [])
    assert made.pages_count > 2
    assert made.to_bytes().startswith(b"%PDF-")


def test_what_is_longer_than_a_line_is_cut() -> None:
    made = paper("T" * 500, "S" * 500)
    assert made.fitting("S" * 500, 40).endswith("…")
    assert made.fitting("short", 40) == "short"
    made.grid([Column("A" * 300), Column("B")], [("x" * 3000, "two\nlines")])
    assert made.to_bytes().startswith(b"%PDF-")


def test_what_the_font_lacks_is_printed_as_a_sign_for_it_and_told() -> None:
    made = paper(shop="漢字")
    made.paragraph("Łódź, Ωμέγα, Привет, 5\u202f€, e\u0301, a\u200bb")
    assert made.unprintable == {"漢": None, "字": None}
    assert made.normalize_text("漢字 GmbH") == "\ufffd\ufffd GmbH"
    made.grid([Column("Part"), Column("Name")], [("1", "قوس")])
    data = made.to_bytes()
    assert data.startswith(b"%PDF-")
    assert data.unprintable == "漢字قوس"
