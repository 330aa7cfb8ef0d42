"""Reads what a DXF drawing holds: units, extent, layers, entities.

A drawing comes from outside and may be broken or hostile. `read_apart` therefore reads it in a
process of its own, `python -m projects_app.dxf PATH`, which limits its memory and its time
before it opens the file and knows nothing of the shop; only its facts come back, as JSON.
"""

from __future__ import annotations

import io
import json
import logging
import math
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from laseros import apart

log = logging.getLogger("laseros.dxf")

HEAD_BYTES = 64 * 1024
BINARY_SENTINEL = b"AutoCAD Binary DXF\r\n\x1a\x00"

# Measured: 55 MB of lines take 40 s and 0.7 GB. All of it must end well within the 240 s after
# which django-q gives a job up (Q_CLUSTER, timeout).
MEMORY_LIMIT_BYTES = 2 * 1024**3
CPU_LIMIT_SECONDS = 120
WALL_LIMIT_SECONDS = 180

MAX_NAMES = 500
MAX_NAME_LENGTH = 120
MAX_BLOCK_DEPTH = 40
FILE_FAILED = 3  # the exit code for “the disk, not the drawing”

# $INSUNITS → name and millimetres (DXF reference, HEADER section). Others do not occur in a shop.
UNITS = {
    1: ("inch", 25.4),
    2: ("foot", 304.8),
    3: ("mile", 1_609_344.0),
    4: ("mm", 1.0),
    5: ("cm", 10.0),
    6: ("m", 1000.0),
    7: ("km", 1_000_000.0),
    8: ("microinch", 25.4e-6),
    9: ("mil", 0.0254),
    10: ("yard", 914.4),
    12: ("nm", 1e-6),
    13: ("micron", 1e-3),
    14: ("dm", 100.0),
    15: ("dam", 10_000.0),
    16: ("hm", 100_000.0),
    21: ("US survey foot", 1200 / 3937 * 1000),
    22: ("US survey inch", 100 / 3937 * 1000),
    23: ("US survey yard", 3600 / 3937 * 1000),
}
UNITLESS = "unitless"

NOTHING_TO_CUT = "The drawing holds nothing to cut: there is no line or curve in its model space."
NOT_FINITE = "The drawing holds coordinates that are not finite numbers."
NOT_UNDERSTOOD = "The drawing is damaged: its structure cannot be understood."
CUT_SHORT = "The file ends in the middle of the drawing; it was probably cut short on its way."
TOO_LARGE = "The drawing is too large or too complex: reading it takes too much memory."
TOO_SLOW = "The drawing is too large or too complex: reading it takes too long."


class UnreadableDrawing(Exception):
    """A drawing that cannot be read; its text is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class DxfFacts:
    """What a drawing holds.

    `units` is the name of $INSUNITS; `unitless` drawings are taken as millimetres. The box is of
    what can be cut: texts, dimensions and points do not widen it. `layers` are those in use, in
    blocks too; `entity_counts` counts the model space by type, a block reference as one INSERT.
    """

    units: str
    min_x_mm: float
    min_y_mm: float
    max_x_mm: float
    max_y_mm: float
    layers: list[str]
    entity_counts: dict[str, int]

    @property
    def width_mm(self) -> float:
        """The extent in x."""
        return self.max_x_mm - self.min_x_mm

    @property
    def height_mm(self) -> float:
        """The extent in y."""
        return self.max_y_mm - self.min_y_mm


_ASCII_START = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*"
    rb"(?:999[ \t]*(?:\r\n|\r|\n)[^\r\n]*(?:\r\n|\r|\n)\s*)*"
    rb"0[ \t]*(?:\r\n|\r|\n)[ \t]*SECTION[ \t]*(?:\r\n|\r|\n)"
)


def looks_like_dxf(head: bytes) -> bool:
    """Tell from its first bytes (HEAD_BYTES suffice) whether a file is a DXF, binary or ASCII."""
    return head.startswith(BINARY_SENTINEL) or _ASCII_START.match(head) is not None


def read_dxf(path: str | Path) -> DxfFacts:
    """Return what the drawing holds.

    Raises UnreadableDrawing with the reason, and OSError where the file itself cannot be read.
    Takes as much memory and time as the drawing makes it: see `read_apart`.
    """
    _check_ends(Path(path))
    try:
        document = _load(str(path))
        units = int(document.header.get("$INSUNITS", 0)) if _tells_units(Path(path)) else 0
        return _facts(document, units)
    except RecursionError as error:
        raise UnreadableDrawing(TOO_LARGE) from error
    except (UnreadableDrawing, MemoryError):
        raise
    except Exception as error:  # whatever a damaged drawing sets off in the library
        raise UnreadableDrawing(NOT_UNDERSTOOD) from error


def _check_ends(path: Path) -> None:
    """Refuse what is no DXF, and what stops before a section is closed.

    The recover mode would return the part of a truncated drawing that is left as if it were
    whole, and somebody would cut it.
    """
    with path.open("rb") as file:
        if not looks_like_dxf(file.read(HEAD_BYTES)):
            raise UnreadableDrawing("The file is not a DXF drawing.")
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - HEAD_BYTES))
        tail = file.read().rstrip(b"\0\x1a \t\r\n")
    # The marker may be missing: some programs leave it out. A closed last section is enough.
    if not re.search(rb"(?:^|[\s\0])(?:EOF|ENDSEC)$", tail):
        raise UnreadableDrawing(CUT_SHORT)


def _load(path: str) -> Any:
    """Return ezdxf's document, read strictly or else in recover mode."""
    import ezdxf
    from ezdxf import recover

    try:
        return ezdxf.readfile(path)
    except (ezdxf.DXFError, OSError, ValueError, LookupError, TypeError, AttributeError):
        content = Path(path).read_bytes().removeprefix(b"\xef\xbb\xbf").lstrip()
        document, _ = recover.read(io.BytesIO(content))
        return document


def _tells_units(path: Path) -> bool:
    """Whether the file's header names its units: the library says metres where it does not."""
    content = path.read_bytes()
    return content.find(b"$INSUNITS", 0, max(0, content.find(b"ENDSEC"))) >= 0


def _facts(document: Any, insunits: int) -> DxfFacts:
    modelspace = document.modelspace()
    units, mm = UNITS.get(insunits, (UNITLESS, 1.0))
    counts: Counter[str] = Counter(entity.dxftype() for entity in modelspace)
    layers: set[str] = set()
    whole: Box | None = None
    for box in _boxes(modelspace, layers):
        whole = _around(whole, box) if whole else box
    if not whole:
        raise UnreadableDrawing(NOTHING_TO_CUT)
    extent = [round(value * mm, 6) + 0.0 for value in whole]  # + 0.0: no “-0”
    _check_finite([*extent, extent[2] - extent[0], extent[3] - extent[1]])
    return DxfFacts(
        units=units,
        min_x_mm=extent[0],
        min_y_mm=extent[1],
        max_x_mm=extent[2],
        max_y_mm=extent[3],
        layers=_names(layers),
        entity_counts={_name(kind): n for kind, n in sorted(counts.items())[:MAX_NAMES]},
    )


def _names(names: Iterable[str]) -> list[str]:
    return sorted({_name(name) for name in names})[:MAX_NAMES]


def _name(name: str) -> str:
    """Return a name as any database can hold it: no control characters, no half characters."""
    whole = str(name).encode("utf-8", "replace").decode("utf-8")
    return "".join(one if one.isprintable() else "�" for one in whole)[:MAX_NAME_LENGTH]


# --- The extent ----------------------------------------------------------------------------------

Box = tuple[float, float, float, float]


def _boxes(entities: Iterable[Any], layers: set[str], depth: int = 0) -> Iterator[Box]:
    """Yield (min x, min y, max x, max y) of all that can be cut, block references resolved.

    Notes in `layers` where the entities are. Raises UnreadableDrawing for what is not finite.
    """
    if depth > MAX_BLOCK_DEPTH:
        raise UnreadableDrawing("The drawing's blocks refer to each other without end.")
    for entity in entities:
        if not entity.is_supported_dxf_attrib("layer"):
            continue  # a type of another program: no line that a laser could follow
        if entity.dxf.layer != "0" or not depth:  # "0" in a block: the layer of its reference
            layers.add(entity.dxf.layer)
        if entity.dxftype() == "INSERT":
            for one in entity.multi_insert() if entity.mcount > 1 else [entity]:
                yield from _boxes(one.virtual_entities(), layers, depth + 1)
        elif points := _outline(entity):
            yield _box_of(points)


def _around(one: Box, other: Box) -> Box:
    return (
        min(one[0], other[0]),
        min(one[1], other[1]),
        max(one[2], other[2]),
        max(one[3], other[3]),
    )


def _check_finite(numbers: Iterable[float]) -> None:
    if not all(map(math.isfinite, numbers)):
        raise UnreadableDrawing(NOT_FINITE)


def _box_of(points: list[tuple[float, float]]) -> Box:
    _check_finite(number for point in points for number in point)
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _outline(entity: Any) -> list[tuple[float, float]]:
    """Return points that span the entity's extent; none for what cannot be cut."""
    kind = entity.dxftype()
    if kind == "LINE":
        found: Iterable[Any] = (entity.dxf.start, entity.dxf.end)
    elif kind in {"CIRCLE", "ARC", "ELLIPSE"}:
        found = _of_ellipse(entity)
    elif kind in {"LWPOLYLINE", "POLYLINE", "MLINE"}:
        return _of_polyline(entity)
    elif kind in {"SPLINE", "HELIX", "HATCH", "MPOLYGON"}:
        found = _of_curves(entity)
    elif kind in {"SOLID", "TRACE", "3DFACE"}:
        found = entity.wcs_vertices()
    else:
        return []
    return [(point.x, point.y) for point in found]


def _of_ellipse(entity: Any) -> list[Any]:
    """Return the ends of an arc of a circle or an ellipse, and its extremes in x and y."""
    from ezdxf.math import ConstructionEllipse

    _check_finite(
        number
        for name in ("radius", "start_angle", "end_angle", "ratio", "start_param", "end_param")
        if entity.is_supported_dxf_attrib(name)
        for number in [entity.dxf.get(name, 0)]
    )
    if entity.dxftype() == "ELLIPSE":
        ellipse = entity.construction_tool()
    else:
        dxf, whole = entity.dxf, entity.dxftype() == "CIRCLE"
        if not dxf.radius:
            return [entity.ocs().to_wcs(dxf.center)]
        ellipse = ConstructionEllipse.from_arc(
            center=dxf.center,
            radius=dxf.radius,
            extrusion=dxf.extrusion,
            start_angle=0 if whole else dxf.start_angle,
            end_angle=360 if whole else dxf.end_angle,
        )
    start, major, minor = ellipse.start_param, ellipse.major_axis, ellipse.minor_axis
    span = (ellipse.end_param - start) % math.tau or math.tau
    angles = [start, start + span]
    for across, along in ((minor.x, major.x), (minor.y, major.y)):
        extreme = math.atan2(across, along)
        for angle in (extreme, extreme + math.pi):
            if (angle - start) % math.tau <= span:
                angles.append(angle)
    return [ellipse.center + major * math.cos(a) + minor * math.sin(a) for a in angles]


def _of_polyline(entity: Any) -> list[tuple[float, float]]:
    """Return the vertices of a polyline, with the extremes of its arcs (bulges)."""
    kind = entity.dxftype()
    if kind == "LWPOLYLINE":
        _check_finite(number for point in entity.get_points("xyb") for number in point)
        if not entity.has_arc:
            return [(point.x, point.y) for point in entity.vertices_in_wcs()]
    if kind == "POLYLINE" and not entity.is_2d_polyline:
        return [(vertex.dxf.location.x, vertex.dxf.location.y) for vertex in entity.vertices]
    return [point for piece in entity.virtual_entities() for point in _outline(piece)]


def _of_curves(entity: Any) -> list[Any]:
    """Return the corners of the box around an entity that is made of curves."""
    from ezdxf import path

    if entity.dxftype() in {"SPLINE", "HELIX"}:
        vertices = [*entity.control_points, *entity.fit_points]
        _check_finite(number for vertex in vertices for number in vertex)
        _check_finite([*entity.knots, *entity.weights])
    hatched = entity.dxftype() in {"HATCH", "MPOLYGON"}
    paths = list(path.from_hatch(entity)) if hatched else [path.make_path(entity)]
    # Here, for the box passes over what is not a number.
    _check_finite(n for one in paths for point in one.control_vertices() for n in point.xyz)
    box = path.bbox(paths)
    return [box.extmin, box.extmax] if box.has_data else []


# --- In a process of its own ---------------------------------------------------------------------


def read_apart(
    path: str | Path,
    *,
    memory_bytes: int = MEMORY_LIMIT_BYTES,
    cpu_seconds: int = CPU_LIMIT_SECONDS,
    wall_seconds: float = WALL_LIMIT_SECONDS,
) -> DxfFacts:
    """Return what the drawing holds, read by a process that cannot outgrow the limits.

    Raises UnreadableDrawing with the reason; OSError where the file itself could not be read or
    the process was ended from outside: then it is worth trying again.
    """
    arguments = (Path(path).absolute(), memory_bytes, cpu_seconds)
    try:
        said = apart.run("projects_app.dxf", *arguments, wall_seconds=wall_seconds)
    except apart.TooSlow as error:
        raise UnreadableDrawing(TOO_SLOW) from error
    except apart.TooLarge as error:
        raise UnreadableDrawing(TOO_LARGE) from error
    told = json.loads(said)
    if problem := told.get("problem"):
        log.info("%s", problem)
        raise UnreadableDrawing(problem)
    return DxfFacts(**told)


def main(arguments: list[str]) -> int:
    """Print the facts, or the problem, of the drawing at the path given, as JSON."""
    import ezdxf.path
    import ezdxf.recover  # noqa: F401 - before the limits, which are for the drawing

    path, memory_bytes, cpu_seconds = arguments
    apart.limit(int(memory_bytes), int(cpu_seconds))
    try:
        told: dict[str, Any] = asdict(read_dxf(path))
    except UnreadableDrawing as error:
        told = {"problem": str(error)}
        sys.stderr.write(f"({error.__cause__!r})\n" if error.__cause__ else "")
    except MemoryError:
        told = {"problem": TOO_LARGE}
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return FILE_FAILED
    sys.stdout.write(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
