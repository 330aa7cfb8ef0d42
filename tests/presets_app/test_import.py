"""The presets' spreadsheet: through the real pages, whole or not at all."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import tablib
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from laseros.errors import InvalidInput, NotAllowed
from laseros.spreadsheets import CSV, XLSX, Unreadable
from operators_app.models import ActivityLog, LogHead, Operator, Source, User
from operators_app.verbs import Actor, edit
from presets_app.models import MachineSettingsPreset, MaterialAlias
from presets_app.resources import COLUMNS, PresetResource
from presets_app.verbs import import_presets

ADDRESS = "/admin/presets_app/machinesettingspreset/"
REAL_SHEET = Path(settings.BASE_DIR).parent / "shared/data/presets/fiber-1500w.xlsx"
STEEL = ("Steel-3mm", "Mild Steel", 3, 80, 3200, 5000, "Oxygen", 0.8, 0.5, 1)


@pytest.fixture
def desk(mary: Operator) -> Client:
    """The manager's browser."""
    browser = Client()
    assert mary.user is not None
    browser.force_login(mary.user)
    return browser


def rows_like_the_real_ones() -> list[tuple[Any, ...]]:
    """Return 25 rows of presets, over four materials."""
    names = ("Mild Steel", "Stainless Steel", "Aluminum", "Brass", "Galvanised Steel")
    return [
        (f"{name}-{mm}mm-Standard", name, mm, 55 + 5 * n, 9000 - 100 * mm, 5000, "Nitrogen",
         0.6 + n, -0.5 * n, 1)
        for n, name in enumerate(names)
        for mm in (1, 1.5, 2, 3, 4)
    ]  # fmt: skip


def workbook(rows: list[tuple[Any, ...]], headers: tuple[str, ...] = COLUMNS) -> bytes:
    """Return an .xlsx with these rows under the headers."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [headers, *rows]:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def upload(desk: Client, data: bytes, name: str = "presets.xlsx") -> Any:
    """Post a file to the import page, as far as the preview."""
    file = SimpleUploadedFile(name, data)
    return desk.post(f"{ADDRESS}import/", {"resource": "0", "format": "", "import_file": file})


def confirm(desk: Client, preview: Any) -> Any:
    """Confirm what the preview shows."""
    return desk.post(f"{ADDRESS}process_import/", preview.context["confirm_form"].initial,
                     follow=True)  # fmt: skip


def said(response: Any) -> str:
    """Return the page's messages."""
    return " ".join(str(message) for message in response.context["messages"])


def check_twice(desk: Client, data: bytes) -> None:
    before = ActivityLog.objects.count()
    preview = upload(desk, data)
    assert MachineSettingsPreset.objects.count() == 0
    assert "25 rows read: 25 new, 0 changed, 0 unchanged." in said(confirm(desk, preview))
    assert MachineSettingsPreset.objects.count() == 25
    entry = ActivityLog.objects.get(verb="import", target_type="machinesettingspreset")
    assert ActivityLog.objects.count() == before + 1
    assert entry.source == Source.IMPORT
    assert entry.after["import"]["new"] == 25
    assert set(MachineSettingsPreset.objects.values_list("seq", flat=True)) == {entry.seq}
    stamps = list(MachineSettingsPreset.objects.order_by("id").values_list("id", "updated_at"))
    again = desk.post(
        f"{ADDRESS}import/",
        {"resource": "0", "format": "0", "import_file": SimpleUploadedFile("p.xlsx", data)},
        follow=True,
    )
    assert "25 rows read: nothing new, nothing changed." in said(again)
    assert ActivityLog.objects.count() == before + 1
    assert stamps == list(
        MachineSettingsPreset.objects.order_by("id").values_list("id", "updated_at")
    )


@pytest.mark.skipif(not REAL_SHEET.exists(), reason=f"the sheet {REAL_SHEET.name} is not here")
def test_the_real_sheet_comes_in_whole_and_twice_is_once(desk: Client) -> None:
    check_twice(desk, REAL_SHEET.read_bytes())


def test_a_sheet_comes_in_whole_and_twice_is_once(desk: Client) -> None:
    check_twice(desk, workbook(rows_like_the_real_ones()))


def test_only_changed_rows_are_written_and_told(desk: Client, manager: Actor) -> None:
    rows = rows_like_the_real_ones()
    import_presets(tablib.Dataset(*rows, headers=COLUMNS), "first.xlsx", by=manager)
    name, *rest = rows[3]
    rows[3] = (name, rest[0], rest[1], 99, *rest[3:])
    assert "1 changed, 24 unchanged" in said(confirm(desk, upload(desk, workbook(rows))))
    preset = MachineSettingsPreset.objects.get(preset_name=name)
    entry = ActivityLog.objects.latest("seq")
    key = f"machinesettingspreset:{preset.pk}"
    assert (entry.before[key], entry.after[key]) == ({"power": rest[2]}, {"power": 99})
    assert preset.seq == entry.seq
    assert preset.power == 99
    assert MachineSettingsPreset.objects.filter(seq=entry.seq).count() == 1


def test_the_number_of_statements_does_not_grow_with_the_rows(
    manager: Actor, django_assert_max_num_queries: Any
) -> None:
    rows = [(f"Steel {n}", "Steel", 1 + n % 9, 80, 3200, None, "", None, None, "yes")
            for n in range(2000)]  # fmt: skip
    with django_assert_max_num_queries(60):
        import_presets(tablib.Dataset(*rows, headers=COLUMNS), "many.csv", by=manager)
    assert MachineSettingsPreset.objects.count() == 2000
    changed = [(*row[:3], 81, *row[4:]) for row in rows]
    with django_assert_max_num_queries(60):
        import_presets(tablib.Dataset(*changed, headers=COLUMNS), "many.csv", by=manager)
    assert MachineSettingsPreset.objects.filter(power=81).count() == 2000


@pytest.mark.django_db(transaction=True)
def test_a_sheet_is_checked_before_the_lock_and_only_then(
    manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = watch_checks(monkeypatch)
    import_presets(tablib.Dataset(STEEL, headers=COLUMNS), "a.xlsx", by=manager)
    assert locked == [False]
    assert MachineSettingsPreset.objects.get().seq == LogHead.objects.get().seq


@pytest.mark.django_db(transaction=True)
def test_a_sheet_is_checked_again_where_something_was_changed_in_between(
    manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_presets(tablib.Dataset(STEEL, headers=COLUMNS), "a.xlsx", by=manager)
    preset = MachineSettingsPreset.objects.get()

    def meddle() -> None:
        edit(MachineSettingsPreset, preset.pk, {"power": 99}, by=manager)

    locked = watch_checks(monkeypatch, meddle)
    changed = (*STEEL[:4], 3000, *STEEL[5:])
    import_presets(tablib.Dataset(changed, headers=COLUMNS), "b.xlsx", by=manager)
    assert locked == [False, True]
    preset.refresh_from_db()
    entry, key = ActivityLog.objects.latest("seq"), f"machinesettingspreset:{preset.pk}"
    assert (preset.power, preset.speed) == (80, 3000)
    assert entry.before[key] == {"power": 99, "speed": 3200}


def watch_checks(monkeypatch: pytest.MonkeyPatch, after_first: Any = None) -> list[bool]:
    """Return a list that fills with whether a lock was held at each check of a sheet."""
    locked: list[bool] = []
    check = PresetResource.import_data

    def watched(self: PresetResource, *args: Any, **kwargs: Any) -> Any:
        locked.append(connection.in_atomic_block)
        result = check(self, *args, **kwargs)
        if after_first and len(locked) == 1:
            after_first()
        return result

    monkeypatch.setattr(PresetResource, "import_data", watched)
    return locked


def test_a_material_may_be_called_by_an_alias(manager: Actor) -> None:
    row = ("Alu 2", " aluminium ", 2, 75, 5500, 6000, "Nitrogen", 13, -1, "yes")
    import_presets(tablib.Dataset(row, headers=COLUMNS), "alu.xlsx", by=manager)
    assert MachineSettingsPreset.objects.get().material.name == "Aluminum"
    assert MaterialAlias.objects.filter(name="Aluminium").exists()


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("material_type", "Unobtainium", "There is no material “Unobtainium”"),
        ("material_type", None, "The material is missing."),
        ("thickness", 0, "greater than nought"),
        ("thickness", "thick", "“thick” is not a number."),
        ("thickness", float("nan"), "is not a number."),
        ("thickness", "1e400", "is not a number."),
        ("power", 180, "180 is no percentage"),
        ("power", 80.5, "“80.5” is not a whole number."),
        ("power", -1, "greater than or equal to 0"),
        ("speed", "fast", "“fast” is not a number."),
        ("speed", 10**12, "is too large"),
        ("gas_pressure", -1, "greater than or equal to 0"),
        ("focus_offset", 99999, "Ensure that there are no more than"),
        ("is_active", "perhaps", "“perhaps” is neither yes nor no; write 1, yes, true"),
        ("preset_name", None, "cannot be blank"),
        ("preset_name", "a\0b", "characters that cannot be printed"),
        ("preset_name", "x" * 101, "at most 100 characters"),
    ],
)
def test_a_bad_cell_is_named_by_row_and_column_and_nothing_is_written(
    manager: Actor, column: str, value: Any, sentence: str
) -> None:
    bad = dict(zip(COLUMNS, STEEL, strict=True)) | {"preset_name": "Bad", column: value}
    seq = ActivityLog.objects.count()
    with pytest.raises(InvalidInput) as caught:
        import_presets(
            tablib.Dataset(STEEL, tuple(bad.values()), headers=COLUMNS), "bad.xlsx", by=manager
        )
    assert caught.value.message.startswith(f"Row 3, {column}: ")
    assert sentence in caught.value.message
    assert MachineSettingsPreset.objects.count() == 0
    assert ActivityLog.objects.count() == seq


@pytest.mark.parametrize(("count", "more"), [(1, ""), (2, " … and 1 more."), (3, " … and 2 more.")])
def test_the_first_bad_row_is_told_and_how_many_more_there_are(
    count: int, more: str, manager: Actor
) -> None:
    rows = [(f"Bad {n}", *STEEL[1:3], "much", *STEEL[4:]) for n in range(count)]
    with pytest.raises(InvalidInput) as caught:
        import_presets(tablib.Dataset(*rows, headers=COLUMNS), "bad.xlsx", by=manager)
    sentences = caught.value.extra["errors"]["rows"]
    assert len(sentences) == count
    assert caught.value.message == sentences[0] + more


def test_the_log_names_the_file_and_counts_its_rows(manager: Actor) -> None:
    import_presets(tablib.Dataset(STEEL, headers=COLUMNS), "a" * 300, by=manager)
    told = ActivityLog.objects.latest("seq").after["import"]
    assert told == {"file": "a" * 200, "read": 1, "new": 1, "changed": 0, "unchanged": 0}


def test_the_preview_shows_bad_rows_and_offers_no_confirmation(desk: Client) -> None:
    bad = ("Bad", "Unobtainium", 3, 180, "fast", 5000, "", None, None, 1)
    page = upload(desk, workbook([STEEL, bad, STEEL]))
    text = page.content.decode()
    assert page.status_code == 200
    assert "confirm_form" not in page.context or not page.context["confirm_form"]
    for sentence in (
        "There is no material “Unobtainium”",
        "180 is no percentage",
        "“fast” is not a number",
        "“Steel-3mm” stands in row 2 already",
    ):
        assert sentence in text


def test_blank_rows_are_passed_over_and_still_counted_as_lines(manager: Actor) -> None:
    blank = (None,) * len(COLUMNS)
    with pytest.raises(InvalidInput, match="Row 4, speed"):
        import_presets(
            tablib.Dataset(STEEL, blank, ("Other", *STEEL[1:4], "fast", *STEEL[5:]),
                           headers=COLUMNS),
            "gaps.xlsx", by=manager,
        )  # fmt: skip
    outcome = import_presets(tablib.Dataset(STEEL, blank, headers=COLUMNS), "g.xlsx", by=manager)
    assert outcome.data == {"read": 1, "new": 1, "changed": 0, "unchanged": 0}


def test_missing_and_unknown_columns_are_named(manager: Actor) -> None:
    with pytest.raises(InvalidInput, match="lacks the columns “thickness”, “power” and “speed”;"):
        import_presets(
            tablib.Dataset(("a", "Brass"), headers=("preset_name", "material_type")), "", by=manager
        )
    with pytest.raises(InvalidInput, match="unknown column “Colour”"):
        import_presets(tablib.Dataset((*STEEL, 1), headers=(*COLUMNS, "Colour")), "", by=manager)


def test_a_column_left_out_keeps_what_is_stored(manager: Actor) -> None:
    import_presets(tablib.Dataset(STEEL, headers=COLUMNS), "a.xlsx", by=manager)
    outcome = import_presets(tablib.Dataset(STEEL[:5], headers=COLUMNS[:5]), "b.xlsx", by=manager)
    assert outcome.data["unchanged"] == 1
    assert MachineSettingsPreset.objects.get().gas_type == "Oxygen"


def test_only_managers_import(desk: Client, operator: Actor, victor: User) -> None:
    with pytest.raises(NotAllowed):
        import_presets(tablib.Dataset(STEEL, headers=COLUMNS), "a.xlsx", by=operator)
    browser = Client()
    browser.force_login(victor)
    assert browser.get(f"{ADDRESS}import/").status_code == 403
    assert upload(browser, workbook([STEEL])).status_code == 403
    assert browser.post(f"{ADDRESS}process_import/", {}).status_code == 403
    assert browser.get(f"{ADDRESS}export/").status_code == 200


def bomb() -> bytes:
    """Return a zip of some kilobytes that unpacks to 200 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (200 * 1024 * 1024))
    return out.getvalue()


def zipped(text: bytes) -> bytes:
    """Return a zip that is no workbook."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", text)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"PK\x03\x04 no zip at all", "This is not an .xlsx workbook."),
        (b"hello", "This is not an .xlsx workbook."),
        (zipped(b"<broken"), "This workbook cannot be read"),
        (workbook([], headers=()), "The sheet is empty"),
    ],
)
def test_what_is_no_workbook_is_refused_with_a_sentence(
    desk: Client, data: bytes, sentence: str
) -> None:
    page = upload(desk, data)
    assert page.status_code == 200
    assert sentence in page.content.decode()


def test_a_zip_bomb_is_not_unpacked() -> None:
    with pytest.raises(Unreadable, match="far too much"):
        XLSX().create_dataset(bomb())


def test_a_file_too_large_is_refused_with_a_sentence(desk: Client, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 1024 * 1024
    page = upload(desk, b"x" * (1024 * 1024 + 1))
    assert "The file is larger than 1 MB." in page.content.decode()


def test_a_sheet_with_endless_blank_rows_is_cut_to_what_it_holds() -> None:
    book = openpyxl.Workbook()
    book.active.append(COLUMNS)
    book.active.append(STEEL)
    book.active.cell(1_000_000, 1).number_format = "0.00"
    out = io.BytesIO()
    book.save(out)
    assert len(XLSX().create_dataset(out.getvalue())) == 1


def test_too_many_rows_are_refused() -> None:
    text = "\n".join(["preset_name", *("x" for _ in range(50_001))])
    with pytest.raises(Unreadable, match="more than 50000 rows"):
        CSV().create_dataset(text.encode())


def test_a_csv_with_semicolons_and_a_mark_at_its_beginning_is_read(desk: Client) -> None:
    text = "\n".join(";".join("" if v is None else str(v) for v in row) for row in (COLUMNS, STEEL))
    confirm(desk, upload(desk, text.encode("utf-8-sig"), "presets.csv"))
    assert MachineSettingsPreset.objects.get().preset_name == "Steel-3mm"
    assert "not UTF-8" in upload(desk, b"\xff\xfe\xe9", "p.csv").content.decode()


def test_the_confirmation_opens_no_other_file_and_works_once(desk: Client) -> None:
    preview = upload(desk, workbook([STEEL]))
    initial = preview.context["confirm_form"].initial
    for name in ("passwd", "../../etc/passwd", "0" * 32):
        page = desk.post(
            f"{ADDRESS}process_import/", {**initial, "import_file_name": name}, follow=True
        )
        assert "upload it again" in said(page)
    confirm(desk, preview)
    assert "upload it again" in said(confirm(desk, preview))
    assert MachineSettingsPreset.objects.count() == 1


def test_an_export_comes_back_unchanged_and_holds_no_formula(desk: Client, manager: Actor) -> None:
    evil = ('=HYPERLINK("http://example.invalid")', *STEEL[1:])
    import_presets(tablib.Dataset(STEEL, evil, headers=COLUMNS), "a.xlsx", by=manager)
    for number, file_format, name in ((0, XLSX, "p.xlsx"), (1, CSV, "p.csv")):
        answer = desk.post(f"{ADDRESS}export/", {"resource": "0", "format": str(number)})
        assert answer.status_code == 200
        assert answer["Content-Disposition"].startswith("attachment")
        assert b"'=HYPERLINK" in answer.content or number == 0
        table = file_format().create_dataset(answer.content)
        assert table.headers == list(COLUMNS)
        assert import_presets(table, name, by=manager).data["unchanged"] == 2
    sheet = openpyxl.load_workbook(io.BytesIO(desk.post(
        f"{ADDRESS}export/", {"resource": "0", "format": "0"}).content)).active  # fmt: skip
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
