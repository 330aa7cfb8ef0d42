"""What the demo shop's clients have cut: parts with drawings, and products made of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from projects_app.drawing import bracket, flange, gusset, panel

SHEET_MM2 = 2500 * 1250
NESTING = 0.72  # how much of a sheet becomes parts
CUT_PER_OUTLINE = 1.7  # holes and cutouts, beside the outline


@dataclass(frozen=True)
class Design:
    """A part: its name, how it is drawn, and the size of its blank."""

    name: str
    draw: Callable[[], bytes]
    length_mm: float
    width_mm: float

    @property
    def file_name(self) -> str:
        """The drawing's name, such as `shelf-bracket-180.dxf`."""
        return f"{self.name.lower().replace(' ', '-')}-{self.length_mm:.0f}.dxf"


def _flat(
    name: str, shape: Callable[..., bytes], length: float, width: float, **rest: Any
) -> Design:
    """Return a bracket or a panel."""
    draw = partial(shape, length_mm=length, width_mm=width, **rest)
    return Design(name, draw, length, width)


def _ring(name: str, outer: float, inner: float, holes: int = 0, hole: float = 9) -> Design:
    draw = partial(
        flange, outer_diameter_mm=outer, inner_diameter_mm=inner, bolt_holes=holes,
        hole_diameter_mm=hole,
    )  # fmt: skip
    return Design(name, draw, outer, outer)


def _corner(name: str, leg: float, chamfer: float, hole: float = 0) -> Design:
    draw = partial(gusset, leg_mm=leg, chamfer_mm=chamfer, hole_diameter_mm=hole)
    return Design(name, draw, leg, leg)


@dataclass(frozen=True)
class Product:
    """Something that is ordered in sets: (part, how many in a set), of one sheet metal."""

    name: str
    description: str
    material: str
    thicknesses: tuple[str, ...]
    parts: tuple[tuple[Design, int], ...]
    sets: tuple[int, int]

    def sheets(self, sets: int) -> int:
        """Return how many raw plates so many sets take."""
        area = sum(count * part.length_mm * part.width_mm for part, count in self.parts)
        return max(1, math.ceil(sets * area / (SHEET_MM2 * NESTING)))

    def minutes(self, sets: int, speed: int) -> int:
        """Return the estimated cut time at a speed in mm/min, in steps of five minutes."""
        cut_mm = sum(
            count * 2 * (part.length_mm + part.width_mm) * CUT_PER_OUTLINE
            for part, count in self.parts
        )
        pieces = sets * sum(count for _, count in self.parts)
        raw = 6 + 5 * self.sheets(sets) + sets * cut_mm / speed + pieces * 0.12
        return max(15, 5 * round(raw / 5))


def millimetres(thickness: str) -> Decimal:
    """Return a thickness as a column holds it."""
    return Decimal(thickness)


SHELF_BRACKET = _flat("Shelf Bracket", bracket, 180, 40, slots=3)
ANGLE_BRACKET = _flat("Angle Bracket", bracket, 120, 60, hole_diameter_mm=8.5)
BASE_PLATE = _flat(
    "Base Plate", bracket, 200, 120, hole_diameter_mm=11, slots=3, corner_radius_mm=8
)
HINGE_PLATE = _flat("Hinge Plate", bracket, 90, 50, hole_diameter_mm=5.5, slots=1)
TIE_PLATE = _flat("Tie Plate", bracket, 240, 60, hole_diameter_mm=11, slots=2, corner_radius_mm=6)
RAIL_CLAMP = _flat("Rail Clamp", bracket, 150, 80, hole_diameter_mm=9)
TRAY_HANGER = _flat("Tray Hanger", bracket, 260, 45, hole_diameter_mm=7, slots=5)
MOTOR_MOUNT = _flat("Motor Mount", bracket, 190, 150, hole_diameter_mm=10.5, slots=4)

CONTROL_PANEL = _flat("Control Panel", panel, 400, 300, columns=3, rows=2)
VENT_PANEL = _flat("Vent Panel", panel, 600, 400, columns=8, rows=3)
FASCIA = _flat("Fascia", panel, 900, 300, columns=6, rows=1, corner_radius_mm=15)
DOOR_SKIN = _flat("Door Skin", panel, 700, 500, columns=2, rows=2)
COVER_PLATE = _flat("Cover Plate", panel, 300, 200, columns=1, rows=1, corner_radius_mm=8)
LAMP_TRAY = _flat("Lamp Tray", panel, 500, 160, columns=5, rows=1, corner_radius_mm=5)
SPLASHBACK = _flat("Splashback", panel, 1200, 600, columns=2, rows=1, corner_radius_mm=6)
SWITCH_PLATE = _flat("Switch Plate", panel, 160, 100, columns=3, hole_diameter_mm=4)
SCREEN = _flat("Privacy Screen", panel, 1100, 700, columns=6, rows=4, corner_radius_mm=12)

FLANGE_50 = _ring("Flange DN50", 165, 61, 4, 18)
FLANGE_80 = _ring("Flange DN80", 200, 90, 8, 18)
FLANGE_100 = _ring("Flange DN100", 220, 115, 8, 18)
TANK_RING = _ring("Tank Ring", 300, 160, 12, 14)
SPACER_RING = _ring("Spacer Ring", 110, 70)
WASHER = _ring("Heavy Washer", 60, 22)
LAMP_RING = _ring("Lamp Ring", 250, 200, 8, 5)

GUSSET_80 = _corner("Gusset", 80, 10)
GUSSET_120 = _corner("Gusset", 120, 14, 12)
GUSSET_200 = _corner("Corner Gusset", 200, 20, 18)

MS, SS, AL, BR, GS = "Mild Steel", "Stainless Steel", "Aluminum", "Brass", "Galvanised Steel"

SHELVING = Product(
    "Shelving brackets", "Heavy-duty brackets with adjusting slots, deburred.", MS, ("3", "2"),
    ((SHELF_BRACKET, 2), (ANGLE_BRACKET, 2)), (40, 90),
)  # fmt: skip
GATE_KIT = Product(
    "Gate hinge kits", "Plates and stiffeners for swing gates, ready to weld.", MS, ("6", "5"),
    ((HINGE_PLATE, 4), (GUSSET_80, 4)), (14, 40),
)  # fmt: skip
TRAILER_FRAME = Product(
    "Trailer frame plates", "Gussets and tie plates for a two-axle frame.", MS, ("8", "6"),
    ((GUSSET_200, 4), (TIE_PLATE, 6)), (6, 14),
)  # fmt: skip
COLUMN_BASES = Product(
    "Column base plates", "Base plates with slotted holes for levelling.", MS, ("10", "8"),
    ((BASE_PLATE, 1), (GUSSET_120, 4)), (12, 26),
)  # fmt: skip
MACHINE_MOUNTS = Product(
    "Machine mounts", "Motor mounts and heavy washers, flatness 0.3 mm.", MS, ("5", "4"),
    ((MOTOR_MOUNT, 1), (WASHER, 4)), (25, 55),
)  # fmt: skip
CABINET = Product(
    "Switch cabinet set", "Door, control panel, covers; sinks by others.", MS, ("2", "1.5"),
    ((DOOR_SKIN, 1), (CONTROL_PANEL, 1), (COVER_PLATE, 2)), (8, 20),
)  # fmt: skip
CABLE_TRAY = Product(
    "Cable tray hangers", "Hangers with five slots each, bundled in tens.", GS, ("2",),
    ((TRAY_HANGER, 1),), (80, 180),
)  # fmt: skip
DUCT_VENTS = Product(
    "Duct vent panels", "Vent panels with spacer rings for air ducts.", GS, ("1",),
    ((VENT_PANEL, 1), (SPACER_RING, 2)), (16, 40),
)  # fmt: skip
PIPE_FLANGES = Product(
    "Pipe flanges", "Slip-on flanges, to be faced by the client.", MS, ("10",),
    ((FLANGE_80, 2), (FLANGE_50, 2)), (8, 18),
)  # fmt: skip
FOOD_FLANGES = Product(
    "Stainless flanges", "Flanges for food-grade pipework, film on one side.", SS, ("4", "3"),
    ((FLANGE_100, 2), (FLANGE_50, 2)), (8, 20),
)  # fmt: skip
TANK_LIDS = Product(
    "Tank lid rings", "Lid rings and clamps for 600 L tanks.", SS, ("3",),
    ((TANK_RING, 2), (RAIL_CLAMP, 6)), (6, 14),
)  # fmt: skip
KITCHEN = Product(
    "Splashbacks", "Kitchen splashbacks with socket cutouts, brushed, film on.", SS, ("1.5", "1"),
    ((SPLASHBACK, 1), (SWITCH_PLATE, 2)), (6, 18),
)  # fmt: skip
BALUSTRADE = Product(
    "Balustrade clamps", "Rail clamps and base plates for a glass balustrade.", SS, ("3", "4"),
    ((RAIL_CLAMP, 2), (BASE_PLATE, 1)), (15, 35),
)  # fmt: skip
LAMPS = Product(
    "Lamp bodies", "Trays and rings for pendant lamps, no scratches on the face.", AL, ("2", "1"),
    ((LAMP_TRAY, 1), (LAMP_RING, 2)), (20, 60),
)  # fmt: skip
SIGNS = Product(
    "Shopfront fascias", "Fascia panels for back-lit letters.", AL, ("3", "2"),
    ((FASCIA, 1), (COVER_PLATE, 1)), (6, 18),
)  # fmt: skip
INSTRUMENTS = Product(
    "Instrument panels", "Control panels with tight cutouts, tolerance 0.1 mm.", AL, ("3",),
    ((CONTROL_PANEL, 1), (SWITCH_PLATE, 2)), (12, 30),
)  # fmt: skip
NAMEPLATES = Product(
    "Brass switch plates", "Polished switch plates, tissue between layers.", BR, ("1", "2"),
    ((SWITCH_PLATE, 1),), (40, 120),
)  # fmt: skip
BRASS_RINGS = Product(
    "Brass spacer rings", "Rings for valve stems.", BR, ("2",), ((SPACER_RING, 1),), (40, 90),
)  # fmt: skip
SCREENS = Product(
    "Privacy screens", "Garden screens, powder-coated by others.", MS, ("2",),
    ((SCREEN, 1), (ANGLE_BRACKET, 4)), (4, 12),
)  # fmt: skip
WASHERS = Product(
    "Heavy washers", "Washers in four bags of equal count.", MS, ("5", "6"),
    ((WASHER, 1),), (200, 400),
)  # fmt: skip
