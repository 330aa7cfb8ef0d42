"""Reads what a DXF drawing holds: units, extent, layers, entities.

A drawing comes from outside and may be broken or hostile. `read_apart` therefore reads it in a
process of its own, `python -m projects_app.dxf PATH`, which limits its memory and its time
before it opens the file and knows nothing of the shop; only its facts come back, as JSON.
"""

from __future__ import annotations

import io
import json
import logging
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from laseros import apart
from laseros.apart import gettext_noop
from projects_app.dxf_extent import Box, around, boxes, check_finite
from projects_app.dxf_problems import (
    CUT_SHORT,
    NOT_UNDERSTOOD,
    NOTHING_TO_CUT,
    TOO_LARGE,
    TOO_SLOW,
    UnreadableDrawing,
)

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


def load_drawing(path: str | Path) -> Any:
    """Return ezdxf's document of a whole drawing, for other processes that limit themselves.

    Raises UnreadableDrawing for what ends too early, and whatever a damaged one sets off.
    """
    _check_ends(Path(path))
    return _load(str(path))


def _check_ends(path: Path) -> None:
    """Refuse what is no DXF, and what stops before a section is closed.

    The recover mode would return the part of a truncated drawing that is left as if it were
    whole, and somebody would cut it.
    """
    with path.open("rb") as file:
        if not looks_like_dxf(file.read(HEAD_BYTES)):
            raise UnreadableDrawing(gettext_noop("The file is not a DXF drawing."))
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
    for box in boxes(modelspace, layers):
        whole = around(whole, box) if whole else box
    if not whole:
        raise UnreadableDrawing(NOTHING_TO_CUT)
    extent = [round(value * mm, 6) + 0.0 for value in whole]  # + 0.0: no “-0”
    check_finite([*extent, extent[2] - extent[0], extent[3] - extent[1]])
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
    said = run_apart("projects_app.dxf", path, wall_seconds, memory_bytes, cpu_seconds)
    return DxfFacts(**json.loads(said))


def run_apart(
    module: str,
    path: str | Path,
    wall_seconds: float,
    memory_bytes: int = MEMORY_LIMIT_BYTES,
    cpu_seconds: int = CPU_LIMIT_SECONDS,
) -> bytes:
    """Return what a module, run with limits in a process of its own, says of a drawing.

    Raises UnreadableDrawing with the problem that it tells as JSON, or where it takes too much;
    OSError where the file could not be read or the process was ended from outside.
    """
    arguments = (Path(path).absolute(), memory_bytes, cpu_seconds)
    try:
        said = apart.run(module, *arguments, wall_seconds=wall_seconds)
    except apart.TooSlow as error:
        raise UnreadableDrawing(TOO_SLOW) from error
    except apart.TooLarge as error:
        raise UnreadableDrawing(TOO_LARGE) from error
    if said.startswith(b"{") and (problem := json.loads(said).get("problem")):
        log.info("%s", problem)
        raise UnreadableDrawing(problem)
    return said


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
