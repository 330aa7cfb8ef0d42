"""Drawings that cannot be read, and the limits within which reading stays."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ezdxf.math import BSpline
from hypothesis import given
from hypothesis import strategies as st

from projects_app import dxf, dxf_problems
from projects_app.dxf import looks_like_dxf, read_apart, read_dxf
from projects_app.dxf_problems import UnreadableDrawing
from tests.projects_app.drawings import (
    PDF,
    box,
    dxf_bytes,
    entities_only,
    read,
    reason,
    sheet,
)

# --- What cannot be read -------------------------------------------------------------------------


def test_a_drawing_without_lines_holds_nothing_to_cut(tmp_path: Path) -> None:
    assert reason(tmp_path, dxf_bytes(sheet())) == dxf_problems.NOTHING_TO_CUT
    document = sheet()
    document.modelspace().add_text("only words")
    assert reason(tmp_path, dxf_bytes(document)) == dxf_problems.NOTHING_TO_CUT


def spoilt(kind: str, bad: float) -> Any:
    """Return a drawing of a sound line and an entity in which one number is none."""
    document = sheet()
    space = document.modelspace()
    space.add_line((0, 0), (9, 9))
    entity: Callable[[], Any] = {
        "line": lambda: space.add_line((bad, 0), (1, 1)),
        "centre": lambda: space.add_circle((0, bad), 5),
        "radius": lambda: space.add_circle((0, 0), bad),
        "angle": lambda: space.add_arc((0, 0), 5, bad, 90),
        "ellipse": lambda: space.add_ellipse((bad, 0), (3, 0), 0.5),
        "spline": lambda: space.add_spline().apply_construction_tool(
            BSpline([(0, 0), (1, 1), (2, bad), (3, 0)])
        ),
        "polyline": lambda: space.add_lwpolyline([(0, 0), (bad, 0), (5, 5)]),
        "bulge": lambda: space.add_lwpolyline([(0, 0, bad), (9, 0, 0)], format="xyb"),
        "old polyline": lambda: space.add_polyline2d([(0, 0), (bad, 0), (5, 5)]),
    }[kind]
    entity()
    return document


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    "kind",
    ["line", "centre", "radius", "angle", "ellipse", "spline", "polyline", "bulge", "old polyline"],
)
def test_coordinates_that_are_no_numbers_are_told_and_not_swallowed(
    tmp_path: Path, kind: str, bad: float
) -> None:
    assert reason(tmp_path, dxf_bytes(spoilt(kind, bad))) == dxf_problems.NOT_FINITE


def test_a_number_too_large_for_a_machine_is_told(tmp_path: Path) -> None:
    content = entities_only("0 LINE 8 0 10 1e999 20 0 11 1 21 1")
    assert reason(tmp_path, content) == dxf_problems.NOT_FINITE


def test_a_size_beyond_all_numbers_is_told(tmp_path: Path) -> None:
    content = entities_only("0 LINE 8 0 10 -1e308 20 0 11 1e308 21 1")
    assert reason(tmp_path, content) == dxf_problems.NOT_FINITE


def test_blocks_that_refer_to_each_other_are_told(tmp_path: Path) -> None:
    document = sheet()
    one, other = document.blocks.new("ONE"), document.blocks.new("OTHER")
    one.add_blockref("OTHER", (1, 0))
    other.add_blockref("ONE", (1, 0))
    document.modelspace().add_blockref("ONE", (0, 0))
    assert "without end" in reason(tmp_path, dxf_bytes(document))


def test_a_slightly_damaged_drawing_is_recovered(tmp_path: Path) -> None:
    document = sheet()
    document.modelspace().add_circle((0, 0), 5)
    content = dxf_bytes(document).replace(
        b"  0\nENDSEC\n  0\nSECTION\n  2\nBLOCKS", b"  0\nSECTION\n  2\nBLOCKS"
    )
    assert content != dxf_bytes(document)
    assert box(read(tmp_path, content)) == (-5, -5, 5, 5)


def test_names_that_no_database_holds_are_made_holdable(tmp_path: Path) -> None:
    content = entities_only("0 LINE 8 LAYER 10 1 20 2 11 7 21 4")
    for raw in (b"a\0b", b"Gr\xfcn", b"a\x07b", b"n" * 300):
        [layer] = read(tmp_path, content.replace(b"LAYER", raw)).layers
        assert "\0" not in layer
        assert layer.encode().decode() == layer
        assert len(layer) <= 120


@pytest.mark.parametrize(
    "content",
    [
        b"",
        bytes(5000),
        PDF,
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"<svg xmlns='http://www.w3.org/2000/svg'></svg>",
        b"AC1032" + bytes(200),
        b"SECTION\n",
        b"0\nEOF\n",
        b"10\nSECTION\n",
        b"PK\x03\x04" + bytes(200),
        "0\nSECTION\n".encode("utf-16"),
    ],
    ids=["empty", "zeros", "pdf", "png", "svg", "dwg", "bare", "eof", "code10", "zip", "utf16"],
)
def test_what_is_no_dxf_does_not_look_like_one(tmp_path: Path, content: bytes) -> None:
    assert not looks_like_dxf(content)
    assert "not a DXF" in reason(tmp_path, content)


@given(rest=st.binary(max_size=400))
def test_garbage_behind_a_sound_beginning_is_unreadable_and_never_an_error(rest: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "garbage.dxf"
        for start in (b"  0\nSECTION\n  2\nENTITIES\n", dxf.BINARY_SENTINEL):
            path.write_bytes(start + rest + b"\n  0\nENDSEC\n  0\nEOF\n")
            with pytest.raises(UnreadableDrawing):
                read_dxf(path)


# --- Limits --------------------------------------------------------------------------------------


def bomb() -> bytes:
    """Return a small drawing that grows to ten thousand million circles when resolved."""
    document = sheet()
    document.blocks.new("B0").add_circle((0, 0), 1)
    for level in range(1, 11):
        block = document.blocks.new(f"B{level}")
        for number in range(10):
            block.add_blockref(f"B{level - 1}", (number, level))
    document.modelspace().add_blockref("B10", (0, 0))
    return dxf_bytes(document)


def test_a_drawing_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "bomb.dxf"
    path.write_bytes(bomb())
    with pytest.raises(UnreadableDrawing, match="too long"):
        read_apart(path, cpu_seconds=1)
    with pytest.raises(UnreadableDrawing, match="too long"):
        read_apart(path, wall_seconds=0.05)


def test_a_drawing_that_takes_too_much_memory_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "large.dxf"
    line = "0 LINE 8 0 10 1 20 2 11 7 21 4"
    path.write_bytes(entities_only(*[line] * 30_000))
    with pytest.raises(UnreadableDrawing, match="too much memory"):
        read_apart(path, memory_bytes=64 * 1024**2)


def test_the_limits_end_well_before_the_job_is_given_up() -> None:
    from django.conf import settings

    timeout: Any = settings.Q_CLUSTER["timeout"]
    assert timeout >= dxf.WALL_LIMIT_SECONDS + 30


def test_a_file_that_is_not_there_is_the_disks_fault_not_the_drawings(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        read_apart(tmp_path / "gone.dxf")


def test_the_reading_process_is_told_nothing_of_the_shop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, Any] = {}

    def run(command: list[str], **kwargs: Any) -> Any:
        seen.update(kwargs, command=command)
        raise OSError("enough seen")

    monkeypatch.setenv("SECRET_KEY", "a secret")
    monkeypatch.setattr("subprocess.run", run)
    with pytest.raises(OSError, match="enough seen"):
        read_apart(tmp_path / "; rm -rf $HOME.dxf")
    assert "SECRET_KEY" not in seen["env"]
    assert "shell" not in seen
    assert seen["command"][3] == str(tmp_path / "; rm -rf $HOME.dxf")
