"""Spreadsheets as an attacker would send them, through the import's pages."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from operators_app.models import ActivityLog, Operator, SheetImport, Source
from presets_app.models import MachineSettingsPreset
from tests.operators_app.test_runner import in_threads
from tests.posting import post, zeros
from tests.projects_app.drawings import stored_files
from tests.sheets import COLUMNS, STEEL, confirm, send, settled, upload_of, workbook

pytestmark = pytest.mark.django_db

ADDRESS = "/admin/presets_app/machinesettingspreset/"
MEGABYTE = 1024 * 1024
SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def desk(mary: Operator) -> Client:
    """The manager's browser."""
    browser = Client()
    assert mary.user is not None
    browser.force_login(mary.user)
    return browser


def changed(parts: dict[str, bytes], more: dict[str, bytes] | None = None) -> bytes:
    """Return a sound workbook with some of its parts replaced, and some more."""
    out = io.BytesIO()
    sound = zipfile.ZipFile(io.BytesIO(workbook([STEEL])))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sound.namelist():
            archive.writestr(name, parts.get(name) or sound.read(name))
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    return out.getvalue()


def sheet_of(rows: str, beside: str = "") -> bytes:
    """Return a sheet with these rows after the headers, which are row 1."""
    head = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in COLUMNS)
    return (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f'{beside}<sheetData><row r="1">{head}</row>{rows}</sheetData></worksheet>'
    ).encode()


def bomb() -> bytes:
    """Return a workbook of some 200 KB whose sheet unpacks to 200 MB."""
    return changed({SHEET: b" " * (200 * MEGABYTE)})


def lying_bomb() -> bytes:
    """Return the same, saying that its sheet holds a hundred bytes."""
    data, size = bomb(), struct.pack("<I", 200 * MEGABYTE)
    assert data.count(size) >= 2
    return data.replace(size, struct.pack("<I", 100))


def million_rows() -> bytes:
    """Return a workbook with a million short rows."""
    return changed({SHEET: sheet_of("<row><c><v>1</v></c></row>" * 1_000_000)})


def far_corner() -> bytes:
    """Return a workbook with one value in the last cell that a sheet may have."""
    return changed({SHEET: sheet_of('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')})


def laughs() -> bytes:
    """Return a workbook whose sheet is an entity bomb."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(12))
    text = f"<!DOCTYPE x [{entities}]>".encode() + sheet_of(
        "<row><c t='inlineStr'><is><t>&e11;</t></is></c></row>"
    )
    return changed({SHEET: text})


def foreign_entity() -> bytes:
    """Return a workbook whose sheet asks for a file of the server."""
    text = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + sheet_of(
        "<row><c t='inlineStr'><is><t>&e;</t></is></c></row>"
    )
    return changed({SHEET: text})


def many_parts() -> bytes:
    """Return a workbook with two thousand parts."""
    return changed({}, {f"xl/media/{n}.bin": b"x" for n in range(2000)})


def no_sheet() -> bytes:
    """Return an archive with a workbook's name for its parts and nothing else."""
    return changed({SHEET: b"<worksheet/>", "xl/workbook.xml": b"<workbook/>"})


ATTACKS: dict[str, Callable[[], bytes]] = {
    "zip bomb": bomb,
    "zip bomb that lies": lying_bomb,
    "million rows": million_rows,
    "far corner": far_corner,
    "entities": laughs,
    "a file of the server": foreign_entity,
    "two thousand parts": many_parts,
    "no sheet": no_sheet,
    "zeros": lambda: bytes(MEGABYTE),
    "zip of zeros": lambda: b"PK\x03\x04" + bytes(MEGABYTE),
    "cut short": lambda: workbook([STEEL])[:-200],
    "nothing": lambda: b"\0",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_hostile_workbook_gets_a_sentence_and_leaves_nothing(desk: Client, name: str) -> None:
    before = ActivityLog.objects.count()
    page = settled(desk, send(desk, ATTACKS[name]()))
    assert page.status_code == 200
    upload = upload_of(page)
    assert upload.status == "failed"
    sentence = upload.problem
    assert sentence in page.content.decode()
    assert sentence.endswith((".", "!")), sentence
    assert "Traceback" not in sentence
    assert "root:" not in sentence
    assert len(sentence) < 300
    assert not page.context["can_confirm"]
    assert not MachineSettingsPreset.objects.exists()
    assert ActivityLog.objects.count() == before
    assert stored_files() == []


@pytest.mark.parametrize("name", ["zip bomb that lies", "far corner"])
def test_the_server_itself_takes_little_memory_for_it(desk: Client, name: str) -> None:
    data = ATTACKS[name]()
    send(desk, b"nothing")  # what is loaded but once
    tracemalloc.start()
    try:
        settled(desk, send(desk, data))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < len(data) * 4 + 8 * MEGABYTE


def test_links_to_other_workbooks_and_places_are_not_followed(desk: Client) -> None:
    link = b"""<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">
        <externalBook r:id="rId1"/></externalLink>"""
    target = b"""<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
        <Relationship Id="rId1" TargetMode="External" Target="file:///etc/passwd"
        Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLinkPath"/>
        </Relationships>"""
    cells = "".join(
        f'<c t="str"><f>[1]Sheet1!A1&amp;WEBSERVICE("http://127.0.0.1:9")</f><v>{value}</v></c>'
        if isinstance(value, str)
        else f"<c><v>{value}</v></c>"
        for value in STEEL
    )
    data = changed(
        {SHEET: sheet_of(f"<row>{cells}</row>")},
        {
            "xl/externalLinks/externalLink1.xml": link,
            "xl/externalLinks/_rels/externalLink1.xml.rels": target,
            "xl/connections.xml": b"<connections><connection id='1'/></connections>",
        },
    )
    confirm(desk, send(desk, data))
    preset = MachineSettingsPreset.objects.get()
    assert (preset.preset_name, preset.gas_type) == ("Steel-3mm", "Oxygen")


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
def test_a_spreadsheet_far_too_large_is_refused(desk: Client, name: str) -> None:
    page = post(
        desk, f"{ADDRESS}import/", {}, b"file", name.encode(),
        lambda: zeros((60 if name == "a.csv" else 11) * MEGABYTE),
    )  # fmt: skip
    assert "The file is larger than 10 MB." in page.content.decode()
    assert stored_files() == []


@pytest.mark.parametrize(
    "filename",
    [b"../../etc/passwd.xlsx", b"C:\\\\x.xlsx", b"a\0b.xlsx", b"<script>alert(1)</script>.xlsx",
     b"x" * 400 + b".xlsx", "\u202exslx.a.xlsx".encode(), b"no-ending", b"/etc/passwd"],
    ids=repr,
)  # fmt: skip
def test_a_name_that_is_a_path_or_worse_is_only_a_name(desk: Client, filename: bytes) -> None:
    book = workbook([STEEL])  # made once: it holds the second it was made in
    answer = post(desk, f"{ADDRESS}import/", {}, b"file", filename, lambda: iter([book]))
    page = desk.get(answer["Location"])
    assert page.status_code == 200
    assert b"<script>alert" not in page.content
    (kept,) = stored_files()
    assert kept.parent.name == "imports"
    assert len(kept.name) == 32
    page = confirm(desk, page)
    assert MachineSettingsPreset.objects.count() == 1
    assert stored_files() == []
    assert "\0" not in str(ActivityLog.objects.latest("seq").result)
    assert b"<script>alert" not in page.content


def confirmed_at_once(browsers: list[Client], pages: list[Any]) -> list[str]:
    """Confirm a preview in each browser at the same moment; return what each page says."""

    def one(n: int) -> str:
        page = confirm(browsers[n], pages[n])
        text: str = page.content.decode()  # its context may be another thread's
        return next((words for words in OUTCOMES if words in text), text)

    return in_threads(len(browsers), one)


# The first may also be seen by one who came too late, on the page of the import that was done.
OUTCOMES = ("This was done already.", "upload it again", "Nothing new", "Undo this import")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("previews", [1, 4])
def test_a_sheet_taken_in_by_many_at_once_is_taken_in_once(
    desk: Client, mary: Operator, previews: int
) -> None:
    assert mary.user is not None
    browsers = [Client() for _ in range(4)]
    for browser in browsers:
        browser.force_login(mary.user)
    pages = [send(desk, workbook([STEEL])) for _ in range(previews)] * (4 // previews)
    assert set(confirmed_at_once(browsers, pages)) <= set(OUTCOMES)
    assert MachineSettingsPreset.objects.count() == 1
    assert ActivityLog.objects.filter(source=Source.IMPORT).count() == 1
    assert SheetImport.objects.filter(status="imported").count() == 1
