"""The presets' spreadsheet, by the verb: whole, or the good rows alone, or not at all."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import translation

from laseros.errors import InvalidInput, NotAllowed
from operators_app.models import ActivityLog, LogHead, Source
from operators_app.sheets import plan
from operators_app.verbs import Actor, edit
from presets_app.models import MachineSettingsPreset, MaterialAlias
from presets_app.resources import PresetSheet
from tests.factories import make_preset
from tests.sheets import COLUMNS, STEEL, import_presets, preset_rows


def test_only_changed_rows_are_written_and_told(manager: Actor) -> None:
    rows = [(f"Steel {mm}", "Steel", mm, 80, 3200, 5000, "O2", 1, 0, 1) for mm in range(1, 26)]
    import_presets(preset_rows(*rows), by=manager)
    rows[3] = (*rows[3][:3], 99, *rows[3][4:])
    assert import_presets(preset_rows(*rows), by=manager).data == {
        "read": 25, "new": 0, "changed": 1, "unchanged": 24, "refused": 0,
    }  # fmt: skip
    preset = MachineSettingsPreset.objects.get(preset_name="Steel 4")
    entry = ActivityLog.objects.latest("seq")
    key = f"machinesettingspreset:{preset.pk}"
    assert (entry.before[key], entry.after[key]) == ({"power": 80}, {"power": 99})
    assert (preset.seq, preset.power) == (entry.seq, 99)
    assert MachineSettingsPreset.objects.filter(seq=entry.seq).count() == 1


def test_the_same_rows_twice_change_nothing_and_leave_no_entry(manager: Actor) -> None:
    import_presets(preset_rows(STEEL), by=manager)
    before = ActivityLog.objects.count()
    stamp = MachineSettingsPreset.objects.values_list("updated_at", "seq").get()
    same = ("Steel-3mm", "mild  steel", "3,00 mm", "80 %", "3.200", "5 kHz", " O2 ", "800 mbar",
            0.5, "ja")  # fmt: skip
    assert import_presets(preset_rows(same), by=manager).data["unchanged"] == 1
    assert ActivityLog.objects.count() == before
    assert MachineSettingsPreset.objects.values_list("updated_at", "seq").get() == stamp


def test_a_preset_is_known_by_its_name_in_any_case(manager: Actor) -> None:
    import_presets(preset_rows(STEEL), by=manager)
    done = import_presets(preset_rows(("STEEL-3mm ", *STEEL[1:3], 90, *STEEL[4:])), by=manager)
    assert (done.data["new"], done.data["changed"]) == (0, 1)
    stored = MachineSettingsPreset.objects.values_list("preset_name", "power")
    assert stored.get() == ("Steel-3mm", 90)
    twice = preset_rows(("dup name", *STEEL[1:]), ("Dup  Name", *STEEL[1:]))
    with pytest.raises(InvalidInput, match="“Dup  Name” stands in row 2 already"):
        import_presets(twice, by=manager)


def test_of_two_presets_of_one_name_the_one_spelled_just_so_is_meant(manager: Actor) -> None:
    for name in ("Brass-2mm", "BRASS-2mm"):
        make_preset(name)
    import_presets(preset_rows(("BRASS-2mm", *STEEL[1:3], 11, *STEEL[4:])), by=manager)
    import_presets(preset_rows(("Brass-2mm", *STEEL[1:3], 22, *STEEL[4:])), by=manager)
    stored = MachineSettingsPreset.objects.values_list("preset_name", "power")
    assert dict(stored) == {"BRASS-2mm": 11, "Brass-2mm": 22}
    with pytest.raises(InvalidInput, match="There are 2 like “brass-2mm”, which differ in case"):
        import_presets(preset_rows(("brass-2mm", *STEEL[1:3], 33, *STEEL[4:])), by=manager)


def test_a_gas_stored_under_another_name_is_the_same_gas(manager: Actor) -> None:
    import_presets(preset_rows(STEEL), by=manager)
    preset = MachineSettingsPreset.objects.get()
    edit(MachineSettingsPreset, preset.pk, {"gas_type": "O2"}, by=manager)
    assert import_presets(preset_rows(STEEL), by=manager).data["unchanged"] == 1


def test_the_number_of_statements_does_not_grow_with_the_rows(
    manager: Actor, django_assert_max_num_queries: Any
) -> None:
    rows = [(f"Steel {n}", "Steel", 1 + n % 9, 80, 3200, None, "", None, None, "yes")
            for n in range(2000)]  # fmt: skip
    with django_assert_max_num_queries(60):
        import_presets(preset_rows(*rows), by=manager)
    assert MachineSettingsPreset.objects.count() == 2000
    changed = [(*row[:3], 81, *row[4:]) for row in rows]
    with django_assert_max_num_queries(60):
        import_presets(preset_rows(*changed), by=manager)
    assert MachineSettingsPreset.objects.filter(power=81).count() == 2000


def watch_checks(monkeypatch: pytest.MonkeyPatch, after_first: Any = None) -> list[bool]:
    """Return a list that fills with whether a lock was held at each check of the rows."""
    locked: list[bool] = []
    check = plan.check

    def watched(*args: Any) -> Any:
        locked.append(connection.in_atomic_block)
        found = check(*args)
        if after_first and len(locked) == 1:
            after_first()
        return found

    monkeypatch.setattr("operators_app.verbs.imports.check", watched)
    return locked


@pytest.mark.django_db(transaction=True)
def test_rows_are_checked_before_the_lock_and_only_then(
    manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = watch_checks(monkeypatch)
    import_presets(preset_rows(STEEL), by=manager)
    assert locked == [False]
    assert MachineSettingsPreset.objects.get().seq == LogHead.objects.get().seq


@pytest.mark.django_db(transaction=True)
def test_rows_are_checked_again_where_something_was_changed_in_between(
    manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_presets(preset_rows(STEEL), by=manager)
    preset = MachineSettingsPreset.objects.get()

    def meddle() -> None:
        edit(MachineSettingsPreset, preset.pk, {"power": 99}, by=manager)

    locked = watch_checks(monkeypatch, meddle)
    import_presets(preset_rows((*STEEL[:4], 3000, *STEEL[5:])), by=manager)
    assert locked == [False, True]
    preset.refresh_from_db()
    entry, key = ActivityLog.objects.latest("seq"), f"machinesettingspreset:{preset.pk}"
    assert (preset.power, preset.speed) == (80, 3000)
    assert entry.before[key] == {"power": 99, "speed": 3200}


def test_a_material_may_be_called_by_an_alias(manager: Actor) -> None:
    row = ("Alu 2", " aluminium ", 2, 75, 5500, 6000, "Nitrogen", 13, -1, "yes")
    import_presets(preset_rows(row), by=manager)
    assert MachineSettingsPreset.objects.get().material.name == "Aluminum"
    assert MaterialAlias.objects.filter(name="Aluminium").exists()


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("material_type", "Unobtainium", "There is no material “Unobtainium”"),
        ("material_type", None, "“Material” is missing"),
        ("thickness", 0, "greater than nought"),
        ("thickness", "thick", "“thick” is not a number."),
        ("thickness", "3 kg", "“3 kg” is not in mm; write it in mm."),
        ("thickness", float("nan"), "is not a number."),
        ("thickness", "nan", "is not a number."),
        ("thickness", "inf", "is not a number."),
        ("thickness", "1e400", "“1e400” is too large."),
        ("thickness", "1e30", "“1e30” is too large."),
        ("thickness", "9" * 40 + " cm", "cm” is too large."),
        ("power", 180, "180 is no percentage"),
        ("power", 80.5, "“80.5” has decimals; only whole numbers go here."),
        ("power", 0.8, "Where the sheet shows it as 80 %, write that."),
        ("power", "1500 W", "“1500 W” is not in %; write it in %."),
        ("power", -1, "greater than or equal to 0"),
        ("speed", "fast", "“fast” is not a number."),
        ("speed", True, "“True” is not a number."),
        ("speed", 10**12, "is too large"),
        ("speed", 1e30, "“1e+30” is too large."),
        ("speed", 10_000_001, "Tell a value from 0 to 10,000,000."),
        ("thickness", 9999, "Tell a value from 0.01 to 500."),
        ("frequency", "20000 kHz", "Tell a value from 0 to 10,000,000."),
        ("gas_pressure", -1, "greater than or equal to 0"),
        ("gas_pressure", "#DIV/0!", "“#DIV/0!” is not a number"),
        ("focus_offset", 99999, "Ensure that there are no more than"),
        ("is_active", "perhaps", "“perhaps” is neither yes nor no; write 1, yes, true"),
        ("preset_name", None, "“Name” is missing."),
        ("preset_name", "a\0b", "characters that cannot be printed"),
        ("preset_name", "x" * 101, "at most 100 characters"),
    ],
)
def test_a_bad_cell_is_named_by_row_and_column_and_nothing_is_written(
    manager: Actor, column: str, value: Any, sentence: str
) -> None:
    bad = dict(zip(COLUMNS, STEEL, strict=True)) | {"preset_name": "Bad", column: value}
    before = ActivityLog.objects.count()
    with pytest.raises(InvalidInput) as caught:
        import_presets(preset_rows(STEEL, tuple(bad.values())), by=manager)
    assert caught.value.message.startswith(f"Row 3, {column}: ")
    assert sentence in caught.value.message
    assert MachineSettingsPreset.objects.count() == 0
    assert ActivityLog.objects.count() == before


@pytest.mark.parametrize(("count", "more"), [(1, ""), (2, " … and 1 more."), (3, " … and 2 more.")])
def test_the_first_bad_row_is_told_and_how_many_more_there_are(
    count: int, more: str, manager: Actor
) -> None:
    rows = [(f"Bad {n}", *STEEL[1:3], "much", *STEEL[4:]) for n in range(count)]
    with pytest.raises(InvalidInput) as caught:
        import_presets(preset_rows(*rows), by=manager)
    sentences = caught.value.extra["errors"]["rows"]
    assert len(sentences) == count
    assert caught.value.message == sentences[0] + more


def test_the_good_rows_come_in_without_the_bad_ones(manager: Actor) -> None:
    rows = preset_rows(STEEL, ("Bad", "Unobtainium", *STEEL[2:]), STEEL)
    done = import_presets(rows, good_only=True, by=manager)
    assert done.data == {"read": 3, "new": 1, "changed": 0, "unchanged": 0, "refused": 2}
    assert MachineSettingsPreset.objects.get().preset_name == "Steel-3mm"
    assert import_presets(rows, good_only=True, by=manager).seq == 0


def test_the_log_names_the_file_and_counts_its_rows(manager: Actor) -> None:
    import_presets(preset_rows(STEEL), "a" * 300, by=manager)
    entry = ActivityLog.objects.latest("seq")
    assert entry.after["import"] == {
        "file": "a" * 200, "read": 1, "new": 1, "changed": 0, "unchanged": 0, "refused": 0,
    }  # fmt: skip
    assert entry.after["created"] == ["Steel-3mm"]
    assert entry.after["created_ids"] == [MachineSettingsPreset.objects.get().pk]


def test_blank_rows_are_passed_over_and_still_counted_as_lines(manager: Actor) -> None:
    blank = (None,) * len(COLUMNS)
    bad = ("Other", *STEEL[1:4], "fast", *STEEL[5:])
    with pytest.raises(InvalidInput, match="Row 4, speed"):
        import_presets(preset_rows(STEEL, blank, bad), by=manager)
    assert import_presets(preset_rows(STEEL, blank), by=manager).data["read"] == 1


def test_a_row_of_noughts_is_no_blank_row(manager: Actor) -> None:
    with pytest.raises(InvalidInput, match="Row 3, "):
        import_presets(preset_rows(STEEL, (None, None, 0)), by=manager)


def test_missing_columns_are_named_as_we_call_them(manager: Actor) -> None:
    rows = preset_rows(("a", "Brass"), headers=("Name", "Werkstoff"))
    lacks = "lacks “Thickness \\(mm\\)”, “Power \\(%\\)”, “Speed \\(mm/min\\)”"
    with pytest.raises(InvalidInput, match=lacks):
        import_presets(rows, by=manager)


def test_a_column_left_out_keeps_what_is_stored(manager: Actor) -> None:
    import_presets(preset_rows(STEEL), by=manager)
    again = import_presets(preset_rows(STEEL[:5], headers=COLUMNS[:5]), by=manager)
    assert again.data["unchanged"] == 1
    assert MachineSettingsPreset.objects.get().gas_type == "Oxygen"


def test_units_of_headings_and_cells_are_converted(manager: Actor) -> None:
    headers = ("Name", "Material", "Dicke (cm)", "Leistung", "Vorschub [mm/s]", "Druck (mbar)")
    row = ("Alu", "Alu", "0,3", "80 %", "20,5", "800")
    other = ("Alu inch", "Alu", '0.125 "', 80, "3 m/min", "14,5 psi")
    import_presets(preset_rows(row, other, headers=headers), by=manager)
    first, second = MachineSettingsPreset.objects.order_by("preset_name")
    assert (first.thickness, first.speed, first.gas_pressure) == (Decimal(3), 1230, Decimal("0.8"))
    assert (second.thickness, second.speed) == (Decimal("3.18"), 3000)
    assert second.gas_pressure == 1


def test_only_managers_import(operator: Actor) -> None:
    with pytest.raises(NotAllowed):
        import_presets(preset_rows(STEEL), by=operator)


def test_the_log_tells_through_what_it_came(manager: Actor) -> None:
    import_presets(preset_rows(STEEL), by=manager)
    assert ActivityLog.objects.latest("seq").source == Source.ADMIN


def test_a_stored_speed_out_of_its_range_stays_where_the_sheet_says_the_same(
    manager: Actor,
) -> None:
    import_presets(preset_rows(STEEL), by=manager)
    MachineSettingsPreset.objects.update(speed=2**31 - 1, thickness=600)
    stored = (*STEEL[:2], 600, STEEL[3], 2**31 - 1, *STEEL[5:])
    assert import_presets(preset_rows(stored), by=manager).data["unchanged"] == 1
    stronger = (*stored[:3], 99, *stored[4:])
    assert import_presets(preset_rows(stronger), by=manager).data["changed"] == 1
    preset = MachineSettingsPreset.objects.get()
    assert (preset.power, preset.speed, preset.thickness) == (99, 2**31 - 1, Decimal(600))


def test_a_range_is_told_in_its_readers_language(manager: Actor) -> None:
    rows = preset_rows((*STEEL[:4], 10_000_001, *STEEL[5:]))
    found = plan.check(PresetSheet(), rows)
    with translation.override("de"):
        assert "10.000.000" in found.sentences()[0]
    assert "10,000,000" in found.sentences()[0]
