"""Draws simple sheet-metal parts, as a customer's CAD would send them: DXF in millimetres.

For the demo shop and for tests. The same measures give the same bytes. What is cut outside lies
on the layer OUTER, holes and cutouts on INNER.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from math import cos, sin, tau
from typing import Any

import ezdxf
from ezdxf.units import MM

OUTER = "OUTER"
INNER = "INNER"
QUARTER = 0.41421356237309503  # the bulge of a quarter of a circle: tan(90°/4)

Point = tuple[float, float]


def bracket(
    *,
    length_mm: float = 120,
    width_mm: float = 40,
    hole_diameter_mm: float = 6.5,
    slots: int = 2,
    corner_radius_mm: float = 4,
) -> bytes:
    """Return a flat bracket: a hole near each corner, and slots in a row along the middle."""
    document = _new()
    _rectangle(document, OUTER, (0, 0), length_mm, width_mm, corner_radius_mm)
    inset = max(hole_diameter_mm, corner_radius_mm + hole_diameter_mm / 2)
    for x in (inset, length_mm - inset):
        for y in (inset, width_mm - inset):
            _circle(document, INNER, (x, y), hole_diameter_mm / 2)
    slot_width_mm = min(hole_diameter_mm, width_mm / 5)
    pitch = (length_mm - 4 * inset) / max(slots, 1)
    for number in range(slots):
        left = 2 * inset + pitch * (number + 0.15)
        low = (width_mm - slot_width_mm) / 2
        size = (max(pitch * 0.7, slot_width_mm), slot_width_mm)
        _rectangle(document, INNER, (left, low), *size, slot_width_mm / 2)
    return _bytes(document)


def panel(
    *,
    length_mm: float = 400,
    width_mm: float = 250,
    corner_radius_mm: float = 10,
    columns: int = 2,
    rows: int = 1,
    hole_diameter_mm: float = 5,
) -> bytes:
    """Return a panel with rounded corners, a grid of rounded cutouts, and four fixing holes."""
    document = _new()
    _rectangle(document, OUTER, (0, 0), length_mm, width_mm, corner_radius_mm)
    edge = max(corner_radius_mm, 2 * hole_diameter_mm)
    for x in (edge, length_mm - edge):
        for y in (edge, width_mm - edge):
            _circle(document, INNER, (x, y), hole_diameter_mm / 2)
    cell = (length_mm - 4 * edge) / columns, (width_mm - 4 * edge) / rows
    size = cell[0] * 0.8, cell[1] * 0.8
    for column in range(columns):
        for row in range(rows):
            corner = 2 * edge + cell[0] * (column + 0.1), 2 * edge + cell[1] * (row + 0.1)
            _rectangle(document, INNER, corner, *size, min(*size, 2 * corner_radius_mm) / 4)
    return _bytes(document)


def flange(
    *,
    outer_diameter_mm: float = 150,
    inner_diameter_mm: float = 80,
    bolt_holes: int = 6,
    hole_diameter_mm: float = 9,
) -> bytes:
    """Return a ring around the origin with bolt holes on a circle; none of them: a washer."""
    document = _new()
    _circle(document, OUTER, (0, 0), outer_diameter_mm / 2)
    _circle(document, INNER, (0, 0), inner_diameter_mm / 2)
    radius = (outer_diameter_mm + inner_diameter_mm) / 4
    for number in range(bolt_holes):
        angle = tau * number / bolt_holes
        centre = round(radius * cos(angle), 6), round(radius * sin(angle), 6)
        _circle(document, INNER, centre, hole_diameter_mm / 2)
    return _bytes(document)


def gusset(*, leg_mm: float = 100, chamfer_mm: float = 12, hole_diameter_mm: float = 0) -> bytes:
    """Return a triangular stiffener with blunted tips and a relief in its right angle."""
    document = _new()
    c = chamfer_mm
    outline = [(c, 0), (leg_mm, 0), (leg_mm, c), (c, leg_mm), (0, leg_mm), (0, c)]
    _polyline(document, OUTER, [(x, y, 0) for x, y in outline])
    if hole_diameter_mm:
        _circle(document, INNER, (leg_mm / 3, leg_mm / 3), hole_diameter_mm / 2)
    return _bytes(document)


def _new() -> Any:
    document = ezdxf.new("R2010", units=MM)
    document.layers.add(OUTER, color=7)
    document.layers.add(INNER, color=1)
    return document


def _circle(document: Any, layer: str, centre: Point, radius_mm: float) -> None:
    document.modelspace().add_circle(centre, radius_mm, dxfattribs={"layer": layer})


def _rectangle(
    document: Any,
    layer: str,
    corner: Point,
    length_mm: float,
    width_mm: float,
    radius_mm: float,
) -> None:
    """Draw a rectangle with rounded corners; a radius of half its width makes a slot of it."""
    (x, y), r = corner, min(radius_mm, length_mm / 2, width_mm / 2)
    right, top, bulge = x + length_mm, y + width_mm, QUARTER if r else 0
    vertices = [
        (x + r, y, 0),
        (right - r, y, bulge),
        (right, y + r, 0),
        (right, top - r, bulge),
        (right - r, top, 0),
        (x + r, top, bulge),
        (x, top - r, 0),
        (x, y + r, bulge),
    ]
    _polyline(document, layer, vertices if r else vertices[::2])


def _polyline(document: Any, layer: str, vertices: Iterable[tuple[float, float, float]]) -> None:
    """Draw a closed outline of (x, y, bulge)."""
    document.modelspace().add_lwpolyline(
        vertices, format="xyb", close=True, dxfattribs={"layer": layer}
    )


def _bytes(document: Any) -> bytes:
    """Return the file, without the dates and random ids that would make each one differ."""
    document.ezdxf_metadata()["CREATED_BY_EZDXF"] = "Laser OS"
    classes = document.classes
    classes.add_required_classes(document.dxfversion)  # from a set: in another order each time
    classes.classes = dict(sorted(classes.classes.items()))
    text, before = io.StringIO(), ezdxf.options.write_fixed_meta_data_for_testing
    ezdxf.options.write_fixed_meta_data_for_testing = True
    try:
        document.write(text)
    finally:
        ezdxf.options.write_fixed_meta_data_for_testing = before
    return text.getvalue().encode()
