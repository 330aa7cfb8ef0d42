"""The pages of the presets' spreadsheet: what workshops send, preview, choice, and export."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt
from django.conf import settings
from django.test import Client
from django.utils import translation
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from operators_app.models import ActivityLog, Operator, SheetImport, Source, User
from operators_app.verbs import Actor
from presets_app.models import MachineSettingsPreset
from tests.desk import address
from tests.factories import make_preset
from tests.projects_app.drawings import stored_files
from tests.sheets import (
    STEEL,
    confirm,
    import_presets,
    messages,
    preset_rows,
    send,
    told,
    upload_of,
    workbook,
)

pytestmark = pytest.mark.django_db

LIST = "/admin/presets_app/machinesettingspreset/"
REAL = Path(settings.BASE_DIR).parent / "shared/data/presets"
needs_real = pytest.mark.skipif(not REAL.exists(), reason="the workshop's own sheets are not here")

# What workshops do to their sheets, all at once.
HAND_KEPT: list[tuple[Any, ...]] = [
    ("Cutting parameters", None, None, None, None, None, None, None, None, None),
    ("updated by hand", None, "ask Mary", None, None, None, None, None, None, None),
    (),
    ("Name", "Werkstoff", "Dicke (mm)", "Leistung %", "Vorschub mm/min", "Freq. Hz", "Gas",
     "Druck (bar)", "Fokus mm", "Use?"),
    ("St 3 std", "Baustahl", "3,0", "80 %", "3.200", 5000, "O2", "0,8", "0,5", "ja"),
    ("St 3 fine", "mild steel ", 3, 70, 2600, 5000, "Sauerstoff", 0.8, "0.5", "Y"),
    (),
    ("Alu 2", "Aluminium", 2, 75, 5500, 6000, "N2", 13, -1, "x"),
    ("St 3 std", "Baustahl", 3, 82, 3200, 5000, "O2", 0.8, 0.5, "ja"),
    ("SS bad power", "Edelstahl", 2, 180, 5600, 5000, "N2", 14, -1, "ja"),
    ("SS bad speed", "Edelstahl", 2, 80, "fast", "5000", "N2", 14, -1, "nein"),
    ("=1+1", "Brass", 1, 85, 7500, 6000, "N2", 12, -0.5, "ja"),
    ("Unobtainium 9", "Unobtainium", 9, 100, 10, 100, "Argon", 1, 0, "ja"),
]  # fmt: skip
BAD = [
    "Row 9, Name: “St 3 std” stands in row 5 already; keep one of them.",
    "Row 10, Leistung %: 180 is no percentage, from 0 to 100.",
    "Row 11, Vorschub mm/min: “fast” is not a number.",
    "Row 12, Name: “Name” is missing, or is a formula without a result.",
    "Row 13, Werkstoff: There is no material “Unobtainium”; add it, or add it as another name of "
    "one.",
]


@pytest.fixture
def desk(mary: Operator) -> Client:
    """The manager's browser."""
    browser = Client()
    assert mary.user is not None
    browser.force_login(mary.user)
    return browser


def as_ods(rows: list[tuple[Any, ...]]) -> bytes:
    """Return an .ods with these rows."""
    book, table = OpenDocumentSpreadsheet(), Table(name="Sheet")
    for row in rows:
        line = TableRow()
        for value in row:
            if isinstance(value, (int, float)):
                cell = TableCell(valuetype="float", value=value)
            else:
                cell = TableCell(valuetype="string")
                cell.addElement(P(text="" if value in (None, "=1+1") else value))
            line.addElement(cell)
        table.addElement(line)
    book.spreadsheet.addElement(table)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_xls(rows: list[tuple[Any, ...]]) -> bytes:
    """Return an .xls with these rows."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet")
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            if value not in (None, "=1+1"):
                sheet.write(y, x, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_csv(rows: list[tuple[Any, ...]], encoding: str, separator: str) -> bytes:
    """Return text with these rows."""
    out = io.StringIO()
    for row in rows:
        cells = ["" if value in (None, "=1+1") else value for value in row]
        csv.writer(out, delimiter=separator).writerow(cells)
    return out.getvalue().encode(encoding)


FORMATS = {
    "sheet.xlsx": lambda: workbook(HAND_KEPT[1:], HAND_KEPT[0]),
    "sheet.xls": lambda: as_xls(HAND_KEPT),
    "sheet.ods": lambda: as_ods(HAND_KEPT),
    "cp1252.csv": lambda: as_csv(HAND_KEPT, "cp1252", ";"),
    "utf8.csv": lambda: as_csv(HAND_KEPT, "utf-8", ","),
    "utf8-mark.csv": lambda: as_csv(HAND_KEPT, "utf-8-sig", "\t"),
    "utf16.csv": lambda: as_csv(HAND_KEPT, "utf-16", ";"),
    "utf16-no-mark.txt": lambda: as_csv(HAND_KEPT, "utf-16-le", "\t"),
    "sep.csv": lambda: b"sep=|\r\n" + as_csv(HAND_KEPT, "utf-8", "|"),
    "really-xlsx.xls": lambda: workbook(HAND_KEPT[1:], HAND_KEPT[0]),
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_hand_kept_sheet_is_understood_in_every_format(desk: Client, name: str) -> None:
    page = send(desk, FORMATS[name](), name)
    assert page.context["counts"] == {"read": 8, "new": 3, "changed": 0, "unchanged": 0,
                                      "refused": 5}  # fmt: skip
    is_text = name.endswith((".csv", ".txt"))
    bad = [one.replace(", or is a formula without a result", "") for one in BAD] if is_text else BAD
    assert told(page) == bad
    for sentence in bad:
        assert sentence.partition(": ")[2] in page.content.decode()
    done = confirm(desk, page, "good")
    assert "Undo this import" in done.content.decode()
    assert list(MachineSettingsPreset.objects.order_by("id").values_list(
        "preset_name", "material__name", "gas_type", "power", "speed")) == [
        ("St 3 std", "Mild Steel", "Oxygen", 80, 3200),
        ("St 3 fine", "Mild Steel", "Oxygen", 70, 2600),
        ("Alu 2", "Aluminum", "Nitrogen", 75, 5500),
    ]  # fmt: skip


@needs_real
@pytest.mark.parametrize(("name", "new", "bad"), [
    ("workshop-hand-kept.xlsx", 4, [9, 10, 11, 12, 13, 15]), ("workshop-hand-kept.csv", 2, []),
    ("fiber-1500w.xlsx", 25, []),
])  # fmt: skip
def test_the_workshops_own_sheets_come_in_and_twice_is_once(
    desk: Client, name: str, new: int, bad: list[int]
) -> None:
    data = (REAL / name).read_bytes()
    page = send(desk, data, name)
    assert page.context["counts"]["new"] == new
    assert [row[0] for row in page.context["refused"]] == bad
    confirm(desk, page, "good")
    assert MachineSettingsPreset.objects.count() == new
    before = ActivityLog.objects.count()
    again = send(desk, data, name)
    assert again.context["counts"]["unchanged"] == new
    assert not again.context["can_confirm"]
    confirm(desk, again, "good")
    assert ActivityLog.objects.count() == before


def test_an_import_is_one_entry_with_its_source_and_its_upload(desk: Client) -> None:
    before = ActivityLog.objects.count()
    page = send(desk, workbook([STEEL, ("Brass", "Messing", *STEEL[2:])]))
    assert MachineSettingsPreset.objects.count() == 0
    assert len(stored_files()) == 1
    page = confirm(desk, page)
    entry = ActivityLog.objects.get(verb="import", target_type="machinesettingspreset")
    assert ActivityLog.objects.count() == before + 1
    assert entry.source == Source.IMPORT
    upload = SheetImport.objects.get()
    assert (upload.entry_seq, upload.rows_new, upload.status) == (entry.seq, 2, "imported")
    assert set(MachineSettingsPreset.objects.values_list("seq", flat=True)) == {entry.seq}
    assert stored_files() == []


def test_the_same_file_again_says_that_nothing_is_new(desk: Client) -> None:
    data = workbook([STEEL])
    confirm(desk, send(desk, data))
    page = send(desk, data)
    assert "Nothing new, nothing changed" in page.content.decode()
    assert not page.context["can_confirm"]


def test_the_rest_of_a_sheet_again_says_what_is_there_and_what_is_wrong(
    desk: Client, manager: Actor
) -> None:
    import_presets(preset_rows(STEEL, ("Other", *STEEL[1:])), by=manager)
    bad = [("A", "Unobtainium", *STEEL[2:]), ("B", *STEEL[1:3], 180, *STEEL[4:])]
    page = send(desk, workbook([STEEL, ("Other", *STEEL[1:]), *bad])).content.decode()
    assert "No row can be imported" not in page
    said = " ".join(page.split())
    assert "2 rows are in the shop already; 2 are wrong, which is told below." in said
    assert "No row can be imported" in send(desk, workbook(bad)).content.decode()


def test_nothing_is_imported_where_that_is_the_choice(desk: Client) -> None:
    page = confirm(desk, send(desk, workbook([STEEL])), "nothing")
    assert "was discarded: nothing was imported." in messages(page)
    assert not MachineSettingsPreset.objects.exists()
    upload = SheetImport.objects.get()
    assert upload.status == "discarded"
    assert stored_files() == []
    told = desk.get(address(SheetImport, "change", upload.pk))
    assert "nothing of it was imported, and the file was thrown away." in told.content.decode()
    assert f"/activitylog/{upload.undone_seq}/change/" in told.content.decode()
    for choice in ("nothing", "all"):  # from a page that was opened before
        again = desk.post(told.context["steps"]["confirm"], {"choice": choice}, follow=True)
        assert "discarded already" in messages(again) or "not there any more" in messages(again)
    assert SheetImport.objects.get().status == "discarded"


def test_a_choice_of_all_is_refused_where_rows_are_bad(desk: Client) -> None:
    page = confirm(desk, send(desk, workbook([STEEL, ("Bad", *STEEL[1:3], 180, *STEEL[4:])])))
    assert "180 is no percentage" in page.content.decode()
    assert not MachineSettingsPreset.objects.exists()


def test_the_preview_strikes_out_what_a_row_replaces(desk: Client, manager: Actor) -> None:
    import_presets(preset_rows(STEEL), by=manager)
    changed = ("Steel-3mm", "Brass", 3, 81, 3200, None, "Oxygen", 0.8, "0.50", 1)
    page = send(desk, workbook([changed])).content.decode()
    assert "<del>80</del> → <ins>81</ins>" in page
    assert "<del>Mild Steel</del> → <ins>Brass</ins>" in page
    assert "<del>5000</del> → <ins>–</ins>" in page
    assert page.count("<del>") == 3
    assert MachineSettingsPreset.objects.get().power == 80


def test_the_preview_speaks_our_words_and_shows_markup_harmless(desk: Client) -> None:
    page = send(desk, workbook([("<b>x</b>", *STEEL[1:])])).content.decode()
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<b>x</b>" not in page
    for label in ("Material", "Gas", "Thickness (mm)", "Speed (mm/min)"):
        assert f"<dt>{label}</dt>" in page
    for word in ("preset_name", "Preset_name", "material_type", "Traceback"):
        assert word not in page


def test_bad_rows_come_as_a_sheet_with_the_reasons(desk: Client) -> None:
    page = send(desk, workbook(HAND_KEPT[1:], HAND_KEPT[0]))
    answer = desk.get(page.context["steps"]["refused"])
    rows = list(
        openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True)
    )
    assert rows[0][:2] == ("Name", "Werkstoff")
    assert rows[0][-2:] == ("Row", "What is wrong")
    assert rows[2][0] == "SS bad power"
    assert rows[2][-2:] == (10, "Leistung %: 180 is no percentage, from 0 to 100.")


@pytest.mark.parametrize(("data", "name", "sentence"), [
    (b"PK\x03\x04 no zip at all", "a.xlsx", "This is not an .xlsx workbook."),
    (b"hello", "a.xlsx", "This is not an .xlsx workbook."),
    (b"hello", "a.ods", "This is not an .ods workbook."),
    (b"%PDF-1.7 hello", "a.pdf", "This is no spreadsheet"),
    (b"%PDF-1.7 hello", "a", "This is no spreadsheet"),
    (b"\xff\xfe\xe9", "a.csv", "This text cannot be read"),
    (b"\x81\x8d", "a.csv", "This text cannot be read"),
    (b"a\0b;c", "a.csv", "This is not a CSV file."),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "a.xlsx",
     "protected with a password"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 no workbook", "a.xls", "This workbook cannot be read"),
    (b"\n\n", "a.csv", "The sheet is empty"),
    (b"", "a.csv", "The file is empty."),
    (b"x\n" * 50_002, "a.csv", "more than 50,000 rows"),
])  # fmt: skip
def test_what_is_no_spreadsheet_is_refused_with_a_sentence(
    desk: Client, data: bytes, name: str, sentence: str
) -> None:
    page = send(desk, data, name)
    assert page.status_code == 200
    assert sentence in page.content.decode()
    assert stored_files() == []


def test_a_file_too_large_is_refused_with_a_sentence(desk: Client, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 1024 * 1024
    page = send(desk, b"x" * (1024 * 1024 + 1))
    assert "The file is larger than 1 MB." in page.content.decode()


def test_a_viewer_exports_and_imports_nothing(desk: Client, victor: User) -> None:
    page = send(desk, workbook([STEEL]))
    viewer = Client()
    viewer.force_login(victor)
    assert viewer.get(f"{LIST}import/").status_code == 403
    assert send(viewer, workbook([STEEL])).status_code == 403
    for name in ("confirm", "answers", "here"):
        assert viewer.post(page.context["steps"][name], {"choice": "all"}).status_code == 403
    assert viewer.get(page.context["steps"]["undo"]).status_code == 403
    seen = viewer.get(f"/admin/operators_app/sheetimport/{upload_of(page).pk}/change/")
    assert seen.status_code == 200
    assert "<form" not in seen.content.decode().partition('id="content"')[2]
    assert viewer.get(f"{LIST}export/").status_code == 200
    titles = [one["title"] for one in viewer.get(LIST).context["actions_list"]]
    assert titles == ["Export"]


def test_the_export_is_the_list_as_it_was_filtered(desk: Client) -> None:
    make_preset("Thin", thickness=1)
    make_preset("Thick one", thickness=8)
    make_preset("Thick two", thickness=8, is_active=False)
    page = desk.get(LIST, {"q": "thick", "is_active__exact": "1"})
    (export,) = [one for one in page.context["actions_list"] if one["title"] == "Export"]
    for one in export["items"]:
        answer = desk.get(one["path"])
        assert answer["Content-Disposition"].startswith('attachment; filename="presets-')
        if one["path"].endswith("csv"):
            assert answer.content.decode("utf-8-sig").splitlines() == [
                "Name,Material,Thickness (mm),Power (%),Speed (mm/min),Frequency (Hz),Gas,"
                "Gas pressure (bar),Focus offset (mm),Active",
                "Thick one,Mild Steel,8,80,1200,5000,Air,1.5,0,1",
            ]
        elif one["path"].endswith("xlsx"):
            sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
            assert [row[0] for row in sheet.iter_rows(values_only=True)] == ["Name", "Thick one"]
        else:
            assert re.findall('Desc="(.*?)"', answer.content.decode()) == ["Thick one"]


def test_an_export_comes_back_unchanged_and_holds_no_formula(desk: Client, manager: Actor) -> None:
    names = ('=HYPERLINK("http://example.invalid")', "+49 30", "@x", "'=x", "-5 mm", "'")
    import_presets(
        preset_rows(STEEL, *((name, *STEEL[1:8], -0.5, 1) for name in names)), by=manager
    )
    stored = sorted(MachineSettingsPreset.objects.values_list("preset_name", flat=True))
    for kind in ("xlsx", "csv"):
        answer = desk.get(f"{LIST}export/", {"_format": kind})
        if kind == "csv":
            assert b"'=HYPERLINK" in answer.content
            assert b"\n+49 30," in answer.content
            assert b",-0.5," in answer.content
        else:
            sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
            assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
            assert "+49 30" in [row[0].value for row in sheet.iter_rows()]  # a phone's number
        page = send(desk, answer.content, f"p.{kind}")
        assert page.context["counts"] == {"read": 7, "new": 0, "changed": 0, "unchanged": 7,
                                          "refused": 0}  # fmt: skip
    assert sorted(MachineSettingsPreset.objects.values_list("preset_name", flat=True)) == stored


def test_an_empty_sheet_to_fill_in_is_understood(desk: Client) -> None:
    answer = desk.get(f"{LIST}import/empty.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    book.active.append(list(STEEL))
    out = io.BytesIO()
    book.save(out)
    assert send(desk, out.getvalue()).context["counts"]["new"] == 1


def test_headings_of_a_german_export_are_understood(desk: Client, manager: Actor) -> None:
    import_presets(preset_rows(STEEL), by=manager)
    with translation.override("de"):  # the request would leave its language to other tests
        answer = desk.get(f"{LIST}export/?_format=csv", headers={"accept-language": "de"})
    assert send(desk, answer.content, "p.csv").context["counts"]["unchanged"] == 1
