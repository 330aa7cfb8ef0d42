"""Draws a picture (SVG) of what a DXF drawing would have cut.

As with reading (projects_app.dxf), the drawing may be broken or hostile: `draw_apart` draws it in
a process of its own, `python -m projects_app.dxf_picture PATH`, with limits and without knowledge
of the shop. Texts, dimensions and points are left out: a laser does not follow them.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from laseros import apart
from laseros.apart import gettext_noop
from projects_app.dxf import FILE_FAILED, load_drawing, run_apart
from projects_app.dxf_problems import TOO_LARGE, TOO_SLOW, UnreadableDrawing

WALL_LIMIT_SECONDS = 150
MOST_BYTES = 3 * 1024**2  # of a picture: more than a browser draws in a blink
WIDTH_MM, HEIGHT_MM = 200, 150
# Lines as thick as a hair on a screen, however small or large the picture is shown.
THICKNESS = re.compile(r"stroke-width: [\d.]+;")
THIN_AT_ANY_SIZE = "stroke-width: 1.2px; vector-effect: non-scaling-stroke;"
LEFT_OUT = frozenset({
    "TEXT", "MTEXT", "ATTRIB", "ATTDEF", "DIMENSION", "ARC_DIMENSION", "LEADER", "MLEADER",
    "MULTILEADER", "TOLERANCE", "POINT", "IMAGE", "WIPEOUT", "VIEWPORT", "OLE2FRAME",
    "ACAD_TABLE", "XLINE", "RAY", "PDFUNDERLAY", "DWFUNDERLAY", "DGNUNDERLAY",
})  # fmt: skip

CANNOT_BE_DRAWN = gettext_noop("The drawing was read, but no picture could be drawn of it.")
TOO_DETAILED = gettext_noop("The drawing has too many details for a picture; download it instead.")


def draw(path: str | Path) -> bytes:
    """Return the picture. Raises UnreadableDrawing; takes the memory that the drawing makes it."""
    from ezdxf.addons.drawing import Frontend, RenderContext, layout, svg
    from ezdxf.addons.drawing.config import (
        BackgroundPolicy,
        ColorPolicy,
        Configuration,
        HatchPolicy,
        LineweightPolicy,
    )

    document = load_drawing(path)
    backend = svg.SVGBackend()
    config = Configuration(
        background_policy=BackgroundPolicy.OFF, color_policy=ColorPolicy.BLACK,
        hatch_policy=HatchPolicy.SHOW_OUTLINE, lineweight_policy=LineweightPolicy.ABSOLUTE,
        lineweight_scaling=0, min_lineweight=0.3,
    )  # fmt: skip
    Frontend(RenderContext(document), backend, config=config).draw_layout(
        document.modelspace(), filter_func=lambda entity: entity.dxftype() not in LEFT_OUT
    )
    page = layout.Page(0, 0, layout.Units.mm, layout.Margins.all(2), WIDTH_MM, HEIGHT_MM)
    text: str = backend.get_string(page, settings=layout.Settings(output_layers=False))
    picture = THICKNESS.sub(THIN_AT_ANY_SIZE, text).encode()
    if len(picture) > MOST_BYTES:
        raise UnreadableDrawing(TOO_DETAILED)
    return picture


def draw_apart(path: str | Path, *, wall_seconds: float = WALL_LIMIT_SECONDS) -> bytes:
    """Return the picture of a drawing, drawn by a process that cannot outgrow the limits.

    Raises UnreadableDrawing with the reason; OSError where the file itself could not be read or
    the process was ended from outside: then it is worth trying again.
    """
    try:
        return run_apart("projects_app.dxf_picture", path, wall_seconds)
    except UnreadableDrawing as error:  # it was read: only the picture is too much
        took_too_much = str(error) in {TOO_LARGE, TOO_SLOW}
        raise UnreadableDrawing(TOO_DETAILED if took_too_much else str(error)) from error


def main(arguments: list[str]) -> int:
    """Print the picture of the drawing at the path given, or the problem as JSON."""
    import ezdxf.addons.drawing.svg
    import ezdxf.recover  # noqa: F401 - before the limits, which are for the drawing

    path, memory_bytes, cpu_seconds = arguments
    apart.limit(int(memory_bytes), int(cpu_seconds))
    told: Any
    try:
        told = draw(path)
    except UnreadableDrawing as error:
        told = {"problem": str(error)}
    except (MemoryError, RecursionError):
        told = {"problem": TOO_LARGE}
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return FILE_FAILED
    except Exception as error:  # whatever a damaged drawing sets off in the library
        sys.stderr.write(f"({error!r})\n")
        told = {"problem": CANNOT_BE_DRAWN}
    sys.stdout.buffer.write(told if isinstance(told, bytes) else json.dumps(told).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
