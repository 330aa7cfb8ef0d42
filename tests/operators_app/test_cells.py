"""What cells mean: numbers as people write them, headings with their units."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from laseros.csv_text import decoded, separator_of
from laseros.spreadsheets import neutral, plain
from operators_app.sheets.cells import Names, Number, YesNo
from operators_app.sheets.headings import letter_of, split_unit

LENGTH = Number("mm", {"cm": "10"})
SPEED = Number("mm/min", {"mm/s": "60"}, whole=True)


@pytest.mark.parametrize(("cell", "written", "value"), [
    (LENGTH, "3,0", Decimal("3.0")), (LENGTH, "1.234,5", Decimal("1234.5")),
    (LENGTH, "1,234.5", Decimal("1234.5")), (LENGTH, "3.200", Decimal("3.2")),
    (LENGTH, "−0,5 mm", Decimal("-0.5")), (LENGTH, "0,3 CM", Decimal(3)),
    (LENGTH, 0.1 + 0.2, Decimal("0.3")), (LENGTH, "1e1", Decimal(10)), (LENGTH, " – ", None),
    (LENGTH, "", None), (SPEED, "3.200", 3200), (SPEED, "3,200", 3200), (SPEED, "3 200", 3200),
    (SPEED, "3'200 mm/min", 3200), (SPEED, 3200.0, 3200), (SPEED, "53,33 mm/s", 3200),
    (SPEED, "1.000.000", 1_000_000),
])  # fmt: skip
def test_a_number_is_read_as_people_write_it(cell: Number, written: Any, value: Any) -> None:
    assert cell.read(written) == value


@pytest.mark.parametrize("written", ["3.200,5", "3,200.5", "3200,5 mm/min", 3200.5])
def test_a_fraction_where_whole_numbers_go_is_called_that(written: Any) -> None:
    with pytest.raises(ValueError, match="has decimals; only whole numbers go here"):
        SPEED.read(written)


@pytest.mark.parametrize("written", ["3,2,1x", "1..2", "x3", "3 apples", True, float("inf"), "--3"])
def test_what_is_no_number_is_told(written: Any) -> None:
    with pytest.raises(ValueError, match="is not"):
        LENGTH.read(written)


@pytest.mark.parametrize(("heading", "key", "unit"), [
    ("Thickness (mm)", "thickness", "mm"), ("Vorschub [mm/s]", "vorschub", "mm/s"),
    ("Power %", "power", "%"), ("Freq. Hz", "freq", "hz"), ("Use?", "use", ""),
    ("gas_pressure", "gas pressure", ""), ("  SPEED,mm/min ", "speed", "mm/min"), ("mm", "mm", ""),
    ("Leistung%", "leistung", "%"), ("Name (as told)", "name", "as told"),
])  # fmt: skip
def test_a_heading_is_its_words_and_its_unit(heading: str, key: str, unit: str) -> None:
    assert split_unit(heading) == (key, unit)


@pytest.mark.parametrize(("value", "shown"), [
    ("=1+1", "'=1+1"), ("+27 00 555 0211", "+27 00 555 0211"),
    ("+49 (30) 12-34", "'+49 (30) 12-34"), ("+49-171-5550", "'+49-171-5550"),
    ("+49 30;A1", "'+49 30;A1"), ("+A1", "'+A1"),
    ("-49 30", "'-49 30"), ("+1\t2", "'+1\t2"), ("+", "'+"), ("'+49 30", "''+49 30"),
    ("@x", "'@x"), ("\tx", "'\tx"), ("'=x", "''=x"),
    ("-5", "-5"), ("-0,5", "-0,5"), (-5, -5), ("plain", "plain"), ("'", "'"), ("", ""),
])  # fmt: skip
def test_what_was_neutralised_comes_back_the_same(value: Any, shown: Any) -> None:
    assert neutral(value) == shown
    assert plain(shown) == value


def test_names_yes_and_no_and_letters() -> None:
    assert Names().read("Ti; Titan,  Ti") == ("Ti", "Titan")
    assert Names().read(" ") is None
    assert [YesNo().read(value) for value in ("Ja", "x", None, 1.0)] == [True] * 4
    assert [YesNo().read(value) for value in ("nein", 0, "-", False)] == [False] * 4
    assert [letter_of(index) for index in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]


def test_text_is_decoded_and_split_as_it_was_saved() -> None:
    assert decoded("Größe".encode("cp1252")) == "Größe"
    assert decoded("Größe".encode("utf-16")) == "Größe"
    assert separator_of("title\n\na;1,5;2,5\nb;3,5;4,5\n") == ";"
    assert separator_of('a,"x;y;z"\nb,2\n') == ","
