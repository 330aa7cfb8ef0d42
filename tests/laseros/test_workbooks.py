"""Workbooks are read apart: cells arrive as they are, hostile sheets end the reader alone."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

from laseros import tables, workbooks
from laseros.spreadsheets import read_rows
from laseros.workbooks import Unreadable, read_apart

SHEET = "xl/worksheets/sheet1.xml"


def saved(book: openpyxl.Workbook) -> bytes:
    """Return a workbook's bytes."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def workbook(rows: str, change: Callable[[str, bytes], bytes] = lambda name, data: data) -> bytes:
    """Return a workbook whose sheet holds these rows, as XML; `change` may alter its parts."""
    xml = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{rows}</sheetData></worksheet>"
    )
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(saved(openpyxl.Workbook()))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            data = xml.encode() if name == SHEET else old.read(name)
            new.writestr(name, change(name, data))
    return out.getvalue()


def test_cells_arrive_as_numbers_texts_and_dates_in_their_places() -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(["name", None, "thickness"])
    sheet.append([])
    afternoon = dt.datetime(2026, 1, 31, 16, 30)  # noqa: DTZ001 - a cell knows no zone
    sheet.append([304, 2.5, True, " text ", dt.date(2026, 1, 31)])
    sheet.append([afternoon, dt.time(7, 5), "=1+1", None, 0])
    assert read_apart(saved(book)) == [
        ["name", "", "thickness", "", ""],
        ["", "", "", "", ""],
        [304, 2.5, True, " text ", "2026-01-31"],
        ["2026-01-31T16:30:00", "07:05:00", "", "", 0],
    ]
    assert type(read_apart(saved(book))[2][0]) is int


def test_a_formula_is_what_it_gave_when_the_workbook_was_saved() -> None:
    data = workbook('<row><c><f>40+2</f><v>42</v></c><c t="str"><f>X</f><v>Steel</v></c></row>')
    assert read_apart(data) == [[42, "Steel"]]


def test_an_error_in_a_cell_is_told_and_no_blank_stands_for_it() -> None:
    data = workbook('<row r="1"><c r="A1" t="e"><v>#DIV/0!</v></c><c r="B1"><v>2</v></c></row>')
    assert read_apart(data)[0][:3] == ["#DIV/0!", 2, None]


def test_what_is_no_number_at_all_does_not_become_a_blank() -> None:
    data = workbook("<row><c><v>NaN</v></c><c><v>inf</v></c><c><v>1e300</v></c></row>")
    assert read_apart(data) == [["nan", "inf", 1e300]]


def test_the_first_sheet_of_cells_is_read_where_a_chart_comes_first() -> None:
    book = openpyxl.Workbook()
    book.create_chartsheet("Chart", 0)
    book.worksheets[0].append(["here"])
    assert read_apart(saved(book)) == [["here"]]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ('<row r="1"><c r="A1"><v>1</v></c></row>'
         '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', "far too much"),
        ('<row r="1"><c r="A1"><v>1</v></c></row>'
         '<row r="1000000"><c r="A1000000"><v>1</v></c></row>', "more than 50,000 rows"),
        ('<row r="1"><c r="A1"><v>1</v></c><c r="BI1"><v>1</v></c></row>', "more than 60 columns"),
        ("<row><c><v>1</v></c></row>" * 50_002, "more than 50,000 rows"),
        ("<row><c><v>1</row", "cannot be read"),
        ('<row><c t="inlineStr"><is><t>&secret;</t></is></c></row>', "cannot be read"),
        ('<row r="1"><c r="A99999999999999999999"><v>1</v></c></row>', "more than 50,000 rows"),
    ],
    ids=["far apart", "far below", "too wide", "too long", "cut off", "an entity", "no place"],
)  # fmt: skip
def test_a_sheet_that_is_too_large_or_broken_is_refused_with_a_sentence(
    rows: str, sentence: str
) -> None:
    with pytest.raises(Unreadable, match=sentence):
        read_apart(workbook(rows))


def test_the_longest_sheet_comes_in_whole() -> None:
    assert len(read_apart(workbook("<row><c><v>1</v></c></row>" * 50_001))) == 50_001


def test_an_archive_that_understates_what_it_holds_is_refused() -> None:
    data = bytearray(workbook("<row><c><v>1</v></c></row>" * 40_000))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = archive.getinfo(SHEET).file_size.to_bytes(4, "little")
    assert data.count(size) >= 1
    with pytest.raises(Unreadable, match="cannot be read"):
        read_rows(bytes(data.replace(size, (100).to_bytes(4, "little"))), "a.xlsx")


def test_external_links_and_foreign_parts_are_left_alone() -> None:
    """A link to a file is never followed: neither its address nor what it holds is told."""
    relations = "xl/_rels/workbook.xml.rels"

    def linked(name: str, data: bytes) -> bytes:
        link = b'<Relationship Id="rId99" Target="file:///etc/passwd" TargetMode="External" Type='
        kind = b'"http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLink"'
        end = b"</Relationships>"
        return data.replace(end, link + kind + b"/>" + end) if name == relations else data

    data = workbook("<row><c><f>[1]Sheet1!A1</f><v>7</v></c></row>", linked)
    assert read_apart(data) == [[7]]


def test_a_reader_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "WALL_LIMIT_SECONDS", 0.001)
    with pytest.raises(Unreadable, match="takes too long"):
        read_apart(workbook("<row><c><v>1</v></c></row>"))


@pytest.mark.parametrize("letters", [600, 3000])
def test_a_text_that_many_cells_share_does_not_fill_the_servers_memory(letters: int) -> None:
    """The file is small: it holds the text once."""
    row = "<row>" + '<c t="s"><v>0</v></c>' * 60 + "</row>"
    file = io.BytesIO(workbook(row * 2500))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        texts = f"<si><t>{'x' * letters}</t></si>"
        space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{space}">{texts}</sst>')
    with pytest.raises(Unreadable) as refused:
        read_apart(file.getvalue())
    assert str(refused.value) == workbooks.TOO_LARGE


def test_a_table_of_figures_takes_any_name_and_no_formula() -> None:
    rows = [{"name": "Muller\x0b & Co\x1f"}, {"name": "=1+1"}]
    table = tables.Table("t", "Clients", [tables.Column("name", "client", tables.Kind.TEXT)], rows)
    sheet = openpyxl.load_workbook(io.BytesIO(tables.workbook([table], ["+ told above"]))).active
    cells = [cell for line in sheet.iter_rows(values_only=True) for cell in line]
    assert cells == ["'+ told above", "Client", "Muller & Co", "'=1+1"]
