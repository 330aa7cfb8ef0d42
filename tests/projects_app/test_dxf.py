"""Reading drawings: real ones and drawn ones."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from ezdxf.math import ConstructionArc, rational_bspline_from_arc
from hypothesis import given
from hypothesis import strategies as st

from projects_app import drawing, dxf_extent, dxf_problems
from projects_app.dxf import looks_like_dxf, read_apart, read_dxf
from tests.projects_app.drawings import (
    BRACKET,
    REAL,
    WHY_NOT_REAL,
    Box,
    box,
    dxf_bytes,
    entities_only,
    read,
    reason,
    sheet,
)

# The real drawings, by the name's end: box in mm as their makers' programs tell it ($EXTMIN and
# $EXTMAX where given), and the types of what is in them.
REAL_BOXES: dict[str, Box] = {
    "laser4diy/baseplate": (0, 0, 275, 390),
    "laser4diy/cutout_frontplate": (20.399, 67.768, 525.399, 282.768),
    "laser4diy/laserenclosure4_v8_compartmentleft": (0, 0, 490.524, 392),
    "laser4diy/laserenclosure4_v8_cornerbracket_8pcs": (0, 0, 120, 19.262),
    "laser4diy/laserenclosure4_v8_labyrinth": (0, 0, 205.524, 195),
    "laser4diy/laserenclosure4_v8_lidchannel_2pcs": (-3, 0, 447, 39.803),
    "laser4diy/laserenclosure4_v8_mainsheet": (-10, 0, 766.524, 790),
    "voron/250_Back_Panel": (-354.523, -41.5, 28.477, 361.5),
    "voron/250_Bottom_Panel": (10.4, -379.6, 379.6, -10.4),
    "voron/250_Deck_Panel": (-311.5, -351.5, 57.5, 17.5),
}
REAL_FILES = [path for path in sorted(REAL.rglob("*")) if path.suffix.lower() == ".dxf"]
needs_real = pytest.mark.skipif(not REAL_FILES, reason=WHY_NOT_REAL)


def box_of(tmp_path: Path, document: Any) -> Box:
    """Return the box of a drawing of ezdxf."""
    return box(read(tmp_path, dxf_bytes(document)))


# --- Real drawings -------------------------------------------------------------------------------


@needs_real
def test_all_fifteen_real_drawings_are_there() -> None:
    assert len(REAL_FILES) == 15


@needs_real
@pytest.mark.parametrize("path", REAL_FILES, ids=lambda path: path.name)
def test_a_real_drawing_reads_with_the_box_its_maker_tells(path: Path) -> None:
    facts = read_dxf(path)
    name = f"{path.parent.name}/{path.stem}".removesuffix("_cut").removesuffix("_bend")
    assert box(facts) == pytest.approx(REAL_BOXES[name], abs=0.001)
    assert facts.units == "mm"
    assert sum(facts.entity_counts.values()) > 0
    assert facts.layers


@needs_real
def test_the_bent_and_the_flat_variant_differ_by_their_bend_lines_only() -> None:
    stem = "laserenclosure4_v8_compartmentleft"
    bend, cut = (read_dxf(REAL / "laser4diy" / f"{stem}_{kind}.dxf") for kind in ("bend", "cut"))
    assert set(bend.layers) - set(cut.layers) == {"BEND", "BEND_EXTENT"}
    assert cut.entity_counts == {"CIRCLE": 18, "LWPOLYLINE": 8}
    assert bend.entity_counts == {**cut.entity_counts, "LINE": 6}


@needs_real
def test_a_real_drawing_cut_short_is_not_taken_for_a_smaller_one(tmp_path: Path) -> None:
    whole = (REAL / "laser4diy" / "cutout_frontplate.dxf").read_bytes()
    for share in (0.3, 0.6, 0.9, 0.999):
        assert reason(tmp_path, whole[: int(len(whole) * share)]) == dxf_problems.CUT_SHORT


@needs_real
def test_what_the_other_process_reads_is_the_same() -> None:
    path = REAL / "voron" / "250_Back_Panel.DXF"
    assert read_apart(path) == read_dxf(path)


# --- What is measured ----------------------------------------------------------------------------


def test_the_parts_that_the_demo_draws_have_their_measures_and_are_the_same_each_time(
    tmp_path: Path,
) -> None:
    parts = {
        (120, 40): drawing.bracket(length_mm=120, width_mm=40, hole_diameter_mm=6, slots=3),
        (300, 200): drawing.panel(length_mm=300, width_mm=200, columns=3, rows=2),
        (150, 150): drawing.flange(outer_diameter_mm=150, bolt_holes=8),
        (80, 80): drawing.gusset(leg_mm=80, hole_diameter_mm=10),
    }
    for size, content in parts.items():
        facts = read(tmp_path, content)
        assert (facts.width_mm, facts.height_mm) == pytest.approx(size)
        assert facts.layers == ["INNER", "OUTER"]
    assert parts[120, 40].count(b"LWPOLYLINE") == 4
    assert parts[80, 80] == drawing.gusset(leg_mm=80, hole_diameter_mm=10)


@pytest.mark.parametrize(
    ("units", "name", "mm"),
    [(0, "unitless", 1), (1, "inch", 25.4), (4, "mm", 1), (5, "cm", 10), (6, "m", 1000)],
)
def test_the_box_is_in_millimetres_whatever_the_drawing_is_in(
    tmp_path: Path, units: int, name: str, mm: float
) -> None:
    document = sheet(units)
    document.modelspace().add_line((1, 2), (3, 5))
    facts = read(tmp_path, dxf_bytes(document))
    assert facts.units == name
    assert box(facts) == pytest.approx((mm, 2 * mm, 3 * mm, 5 * mm))


def test_unknown_units_are_told_as_unitless(tmp_path: Path) -> None:
    content = BRACKET.replace(b"$INSUNITS\n 70\n4\n", b"$INSUNITS\n 70\n99\n")
    assert content != BRACKET
    assert read(tmp_path, content).units == "unitless"


def test_a_drawing_of_entities_only_is_read_and_is_unitless(tmp_path: Path) -> None:
    facts = read(tmp_path, entities_only("0 LINE 8 CUT 10 1 20 2 11 7 21 4"))
    assert (facts.units, facts.layers, facts.entity_counts) == ("unitless", ["CUT"], {"LINE": 1})
    assert box(facts) == (1, 2, 7, 4)


def test_a_header_without_units_is_unitless(tmp_path: Path) -> None:
    content = BRACKET.replace(b"  9\n$INSUNITS\n 70\n4\n", b"")
    assert content != BRACKET
    facts = read(tmp_path, content)
    assert (facts.units, facts.width_mm) == ("unitless", 120)


def test_a_binary_drawing_reads_like_its_ascii_twin(tmp_path: Path) -> None:
    document = sheet()
    document.modelspace().add_lwpolyline([(0, 0, 1), (10, 0, 1)], format="xyb", close=True)
    binary = dxf_bytes(document, "bin")
    assert looks_like_dxf(binary)
    assert read(tmp_path, binary) == read(tmp_path, dxf_bytes(document))
    assert reason(tmp_path, binary[: len(binary) // 2]) == dxf_problems.CUT_SHORT


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"\r\n  ", b"999\nmade by hand\n"])
def test_what_stands_before_the_first_section_does_no_harm(tmp_path: Path, before: bytes) -> None:
    content = before + entities_only("0 LINE 8 0 10 1 20 2 11 7 21 4").replace(b"\n", b"\r\n")
    assert looks_like_dxf(content)
    assert box(read(tmp_path, content)) == (1, 2, 7, 4)


def test_arcs_bulges_and_ellipses_are_measured_to_their_extremes(tmp_path: Path) -> None:
    document = sheet()
    document.modelspace().add_arc((0, 0), 10, 30, 100)
    cos30 = 10 * math.cos(math.radians(30))
    low, left = 10 * math.sin(math.radians(30)), 10 * math.cos(math.radians(100))
    assert box_of(tmp_path, document) == pytest.approx((left, low, cos30, 10))
    document = sheet()
    document.modelspace().add_arc((0, 0), 10, 350, 10)
    assert box_of(tmp_path, document)[2] == pytest.approx(10)
    document = sheet()
    document.modelspace().add_lwpolyline([(0, 0, 1), (10, 0, 0)], format="xyb")
    assert box_of(tmp_path, document) == pytest.approx((0, -5, 10, 0))
    document = sheet()
    document.modelspace().add_ellipse((0, 0), major_axis=(30, 40), ratio=0.5)
    half = math.hypot(30, 20), math.hypot(40, 15)
    assert box_of(tmp_path, document) == pytest.approx((-half[0], -half[1], *half))


@given(
    start=st.floats(0, 360), sweep=st.floats(1, 359), radius=st.floats(0.1, 1000),
    mirrored=st.booleans(),
)  # fmt: skip
def test_an_arc_lies_within_its_box_and_touches_it(
    start: float, sweep: float, radius: float, mirrored: bool
) -> None:
    arc = sheet().modelspace().add_arc((3, 4), radius, start, start + sweep)
    if mirrored:
        arc.dxf.extrusion = (0, 0, -1)
    found = dxf_extent._box_of(dxf_extent._outline(arc))
    points = list(arc.flattening(radius * 1e-6))
    xs, ys = [point.x for point in points], [point.y for point in points]
    assert found == pytest.approx((min(xs), min(ys), max(xs), max(ys)), abs=radius * 1e-4)


def test_a_circle_drawn_as_a_spline_is_as_large_as_the_circle(tmp_path: Path) -> None:
    document = sheet()
    for part in (ConstructionArc((5, 5), 20, 0, 180), ConstructionArc((5, 5), 20, 180, 360)):
        curve = rational_bspline_from_arc(
            part.center, part.radius, part.start_angle, part.end_angle
        )
        document.modelspace().add_spline().apply_construction_tool(curve)
    assert box_of(tmp_path, document) == pytest.approx((-15, -15, 25, 25), abs=0.01)


def test_block_references_count_where_they_stand(tmp_path: Path) -> None:
    document = sheet()
    block = document.blocks.new("PLATE")
    block.add_lwpolyline([(0, 0), (10, 0), (10, 5), (0, 5)], close=True)
    block.add_line((0, 0), (1, 1), dxfattribs={"layer": "INSIDE"})
    outer = document.blocks.new("OUTER_BLOCK")
    outer.add_blockref("PLATE", (100, 0), dxfattribs={"rotation": 90})
    document.modelspace().add_blockref(
        "OUTER_BLOCK", (0, 0), dxfattribs={"xscale": 2, "yscale": 2, "layer": "CUT"}
    )
    facts = read(tmp_path, dxf_bytes(document))
    assert box(facts) == pytest.approx((190, 0, 200, 20))
    assert facts.layers == ["CUT", "INSIDE"]
    assert facts.entity_counts == {"INSERT": 1}


def test_a_grid_of_references_counts_whole(tmp_path: Path) -> None:
    document = sheet()
    document.blocks.new("HOLE").add_circle((0, 0), 1)
    grid = {"row_count": 3, "column_count": 4, "row_spacing": 10, "column_spacing": 20}
    document.modelspace().add_blockref("HOLE", (0, 0), dxfattribs=grid)
    assert box_of(tmp_path, document) == pytest.approx((-1, -1, 61, 21))


def test_a_mirrored_circle_stands_where_it_is_seen(tmp_path: Path) -> None:
    document = sheet()
    attributes = {"extrusion": (0, 0, -1)}
    document.modelspace().add_circle((100, 10), 5, dxfattribs=attributes)
    assert box_of(tmp_path, document) == pytest.approx((-105, 5, -95, 15))


def test_old_polylines_hatches_and_filled_areas_are_measured(tmp_path: Path) -> None:
    document = sheet()
    space = document.modelspace()
    space.add_polyline2d([(0, 0), (10, 0), (10, 10)], close=True)
    space.add_polyline3d([(0, 0, 0), (0, 20, 5)])
    space.add_solid([(30, 0), (31, 0), (30, 1), (31, 1)])
    space.add_hatch().paths.add_polyline_path([(-5, 0), (-4, 0), (-4, 1)], is_closed=True)
    assert box_of(tmp_path, document) == pytest.approx((-5, 0, 31, 20))


def test_texts_points_and_dimensions_do_not_widen_the_box(tmp_path: Path) -> None:
    document = sheet()
    space = document.modelspace()
    space.add_circle((0, 0), 1)
    space.add_text("do not cut this").set_placement((500, 500))
    space.add_mtext("nor this").set_location((-500, 0))
    space.add_point((0, 900))
    space.add_linear_dim(base=(0, 300), p1=(0, 0), p2=(300, 0)).render()
    facts = read(tmp_path, dxf_bytes(document))
    assert box(facts) == (-1, -1, 1, 1)
    assert facts.entity_counts["TEXT"] == 1


def test_an_entity_of_another_program_is_counted_and_passed_over(tmp_path: Path) -> None:
    content = entities_only("0 GADGET 8 X 10 900 20 0", "0 LINE 8 0 10 1 20 2 11 7 21 4")
    facts = read(tmp_path, content)
    assert box(facts) == (1, 2, 7, 4)
    assert facts.entity_counts == {"GADGET": 1, "LINE": 1}


def test_a_circle_of_no_size_does_not_spoil_the_drawing(tmp_path: Path) -> None:
    content = entities_only("0 CIRCLE 8 0 10 1 20 2 40 0", "0 LINE 8 0 10 0 20 0 11 1 21 1")
    assert box(read(tmp_path, content)) == pytest.approx((0, 0, 1, 2))
