"""LightBurn's libraries: read whole, written again to the letter, harmless whatever they hold."""

from __future__ import annotations

from decimal import Decimal
from xml.etree.ElementTree import Element

import pytest

from laseros.workbooks import Unreadable
from presets_app import lightburn
from presets_app.lightburn import Entry, entries_of, library_of

LIBRARY = """<?xml version="1.0" encoding="UTF-8"?>
<LightBurnLibrary DisplayName="CO2 &amp; fibre">
    <Material name="Birch &quot;BB&quot;">
        <Entry Thickness="3.0000" Desc="Clean cut" NoThickTitle="">
            <CutSetting type="Cut">
                <index Value="0"/>
                <name Value="C00"/>
                <minPower Value="15"/>
                <maxPower Value="67.5"/>
                <speed Value="12.345"/>
                <priority Value="0"/>
                <!-- twice where it is wet -->
                <SubLayer type="Scan" index="1">
                    <interval Value="0.1"/>
                </SubLayer>
            </CutSetting>
        </Entry>
        <Entry Thickness="3.0000" Desc="Clean cut" NoThickTitle="">
            <CutSetting type="Cut">
                <speed Value="20"/>
                <maxPower Value="80"/>
            </CutSetting>
        </Entry>
    </Material>
    <Material name="Birch &quot;BB&quot;">
        <Entry Thickness="-1.0000" Desc="Photo&#10;dark" NoThickTitle="Engrave">
            <CutSetting_Img type="Image">
                <maxPower Value="20"/>
                <speed Value="300"/>
                <frequency Value="20000"/>
                <ditherMode Value="stucki"/>
            </CutSetting_Img>
        </Entry>
    </Material>
</LightBurnLibrary>
"""


def test_a_library_is_written_again_to_the_letter() -> None:
    assert library_of(entries_of(LIBRARY.encode())) == LIBRARY


def test_what_is_kept_of_an_entry_gives_the_entry_again() -> None:
    entries = entries_of(LIBRARY.encode())
    assert [Entry.kept(entry.keep()) for entry in entries] == entries
    assert [(entry.block, entry.place) for entry in entries] == [(0, 0), (0, 1), (1, 2)]


def test_what_presets_have_a_field_for_is_read_in_their_units() -> None:
    first, _second, third = (entry.element() for entry in entries_of(LIBRARY.encode()))
    assert lightburn.thickness_of(first) == Decimal("3.00")
    assert lightburn.per_minute(lightburn.value_of(first, "speed")) == 741
    assert lightburn.whole(lightburn.value_of(first, "maxPower")) == 68
    assert lightburn.thickness_of(third) is None
    assert lightburn.value_of(third, "frequency") == "20000"
    assert lightburn.value_of(third, "interval") == ""
    assert lightburn.title_of(third, "Birch") == "Birch Engrave Photo dark"


@pytest.mark.parametrize("speed", [0, 1, 59, 60, 100, 741, 1000, 123_457, 2**31 - 1])
def test_a_speed_comes_back_as_it_was(speed: int) -> None:
    assert lightburn.per_minute(lightburn.per_second(speed)) == speed


@pytest.mark.parametrize("value", ["", "fast", "nan", "inf", "1e99", "12,5"])
def test_what_is_no_number_is_left_for_the_person_to_see(value: str) -> None:
    assert lightburn.per_minute(value) == value


def test_a_changed_value_stands_in_the_place_of_the_old_one() -> None:
    entry = entries_of(LIBRARY.encode())[1]
    element = entry.element()
    lightburn.set_value(element, "speed", "25")
    lightburn.set_value(element, "frequency", "5000")
    text = lightburn.written(element)
    assert text == entry.text.replace('"20"/>', '"25"/>').replace(
        '<maxPower Value="80"/>', '<maxPower Value="80"/>\n                '
        '<frequency Value="5000"/>'
    )  # fmt: skip


def test_signs_of_every_kind_come_back() -> None:
    odd = "a&b<c>\"d\"'e'\tf\ng ünï 中 🔥"
    text = lightburn.written(Element("Entry", {"Desc": odd}))
    assert lightburn._parsed(text).get("Desc") == odd


def laughs() -> bytes:
    """Return a billion laughs."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))
    return f"<!DOCTYPE x [{entities}]><LightBurnLibrary>&l9;</LightBurnLibrary>".encode()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (laughs(), "DTD"),
        (b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><LightBurnLibrary>&f;'
         b"</LightBurnLibrary>", "DTD"),
        (b'<!DOCTYPE LightBurnLibrary SYSTEM "http://127.0.0.1/x.dtd"><LightBurnLibrary/>', "DTD"),
        (b"<LightBurnProject/>", "begins with <LightBurnProject>"),
        (b"PK\x03\x04 a workbook", "line 1 is no XML"),
        (b"", "is no XML"),
        (b"\x00", "is no XML"),
        (b"<LightBurnLibrary><Material></LightBurnLibrary>", "line 1 is no XML"),
        (b'<?xml version="1.0" encoding="nonsense"?><LightBurnLibrary/>', "is no XML"),
        (b"<LightBurnLibrary>" + b"<a>" * 100_000, "nested too deep"),
        (b" " * (11 * 1024 * 1024), "larger than 10 MB"),
        (b"<LightBurnLibrary><Material name='x'>" + b"<Entry/>" * 20_001
         + b"</Material></LightBurnLibrary>", "20001 entries"),
    ],
    ids=["laughs", "file", "dtd", "root", "zip", "empty", "nul", "broken", "encoding", "deep",
         "large", "many"],
)  # fmt: skip
def test_what_is_no_library_gets_a_sentence(data: bytes, told: str) -> None:
    with pytest.raises(Unreadable, match=told):
        entries_of(data)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "iso-8859-1"])
def test_a_library_in_another_encoding_is_read(encoding: str) -> None:
    text = LIBRARY.replace("UTF-8", encoding.replace("-sig", "")).replace("Clean", "Größe")
    assert "Größe" in entries_of(text.encode(encoding))[0].text


def test_an_empty_library_has_no_entries() -> None:
    assert entries_of(b"<LightBurnLibrary/>") == []
    assert entries_of(library_of([]).encode()) == []
