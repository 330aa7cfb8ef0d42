"""The extent of what a laser can cut in a drawing: boxes around lines, arcs and curves."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

from laseros.apart import gettext_noop
from projects_app.dxf_problems import NOT_FINITE, UnreadableDrawing

MAX_BLOCK_DEPTH = 40

Box = tuple[float, float, float, float]


def boxes(entities: Iterable[Any], layers: set[str], depth: int = 0) -> Iterator[Box]:
    """Yield (min x, min y, max x, max y) of all that can be cut, block references resolved.

    Notes in `layers` where the entities are. Raises UnreadableDrawing for what is not finite.
    """
    if depth > MAX_BLOCK_DEPTH:
        raise UnreadableDrawing(
            gettext_noop("The drawing's blocks refer to each other without end.")
        )
    for entity in entities:
        if not entity.is_supported_dxf_attrib("layer"):
            continue  # a type of another program: no line that a laser could follow
        if entity.dxf.layer != "0" or not depth:  # "0" in a block: the layer of its reference
            layers.add(entity.dxf.layer)
        if entity.dxftype() == "INSERT":
            for one in entity.multi_insert() if entity.mcount > 1 else [entity]:
                yield from boxes(one.virtual_entities(), layers, depth + 1)
        elif points := _outline(entity):
            yield _box_of(points)


def around(one: Box, other: Box) -> Box:
    """Return the box around two."""
    return (
        min(one[0], other[0]),
        min(one[1], other[1]),
        max(one[2], other[2]),
        max(one[3], other[3]),
    )


def check_finite(numbers: Iterable[float]) -> None:
    """Raise UnreadableDrawing where one of the numbers is infinite, or none at all."""
    if not all(map(math.isfinite, numbers)):
        raise UnreadableDrawing(NOT_FINITE)


def _box_of(points: list[tuple[float, float]]) -> Box:
    check_finite(number for point in points for number in point)
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

    check_finite(
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
        check_finite(number for point in entity.get_points("xyb") for number in point)
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
        check_finite(number for vertex in vertices for number in vertex)
        check_finite([*entity.knots, *entity.weights])
    hatched = entity.dxftype() in {"HATCH", "MPOLYGON"}
    paths = list(path.from_hatch(entity)) if hatched else [path.make_path(entity)]
    # Here, for the box passes over what is not a number.
    check_finite(n for one in paths for point in one.control_vertices() for n in point.xyz)
    box = path.bbox(paths)
    return [box.extmin, box.extmax] if box.has_data else []
