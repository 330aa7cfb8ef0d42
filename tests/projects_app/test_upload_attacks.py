"""Drawings and documents as an attacker would send them, through the project's page."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from operators_app.models import ActivityLog, Operator
from projects_app import dxf, dxf_problems
from projects_app.models import DesignFile, Document, Project
from tests.desk import Desk, address, said
from tests.factories import make_project
from tests.operators_app.test_runner import in_threads
from tests.posting import post, zeros
from tests.projects_app.drawings import BRACKET, stored_files

pytestmark = pytest.mark.django_db

MEGABYTE = 1024 * 1024
LIMIT = 4 * MEGABYTE
HEAD = b"0\nSECTION\n2\nENTITIES\n"
END = b"\n0\nENDSEC\n0\nEOF\n"

Content = Callable[[], Iterator[bytes]]


@pytest.fixture
def desk(mary: Operator) -> Desk:
    """The manager at the admin."""
    return Desk(mary)


@pytest.fixture
def project(db: None) -> Project:
    """A project without drawings."""
    return make_project("Under attack", drawings=0)


@pytest.fixture
def spool(tmp_path: Path, settings: Any) -> Path:
    """The folder of uploads that are not looked at yet."""
    settings.FILE_UPLOAD_TEMP_DIR = folder = tmp_path / "spool"
    folder.mkdir()
    return folder


def send(
    desk: Desk, project: Project, filename: bytes, content: Content | bytes, kind: str = "drawing",
    watch: Callable[[], None] | None = None, cut: int = 0,
) -> Any:  # fmt: skip
    """Send one new file on the project's page."""
    form = {} if kind == "drawing" else {"kind": "quote"}
    made = content if callable(content) else lambda: iter([content])
    path = address(Project, "upload", project.pk, f"{kind}s")
    return post(desk.browser, path, form, b"files", filename, made, watch, cut)


def told(desk: Desk, page: Any) -> str:
    """Return what the page says to which an upload led."""
    assert page.status_code == 302
    return said(desk.browser.get(page.url))


def size_of(folder: Path) -> int:
    """Return how many bytes the files in a folder hold."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def nothing_stored(project: Project) -> Iterator[None]:
    """Fail the test where a row, a file or an entry of the log was left."""
    before = ActivityLog.objects.count()
    yield
    assert stored_files() == []
    assert not DesignFile.objects.exists()
    assert not Document.objects.exists()
    assert ActivityLog.objects.count() == before


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize(("kind", "megabytes"), [("drawing", 200), ("document", 10)])
def test_what_is_far_too_large_is_refused_and_never_held(
    desk: Desk, project: Project, spool: Path, settings: Any, kind: str, megabytes: int
) -> None:
    settings.MAX_UPLOAD_BYTES = LIMIT
    on_disk, in_memory = [0], [0]

    def watch() -> None:
        on_disk.append(size_of(spool))
        in_memory.append(tracemalloc.get_traced_memory()[1])

    with tracing(kind == "drawing"):  # once is enough: it makes all else slow
        content = partial(zeros, megabytes * MEGABYTE)
        page = send(desk, project, b"huge.dxf", content, kind, watch)
    assert "huge.dxf: The file is larger than 4.0" in told(desk, page)
    assert LIMIT <= max(on_disk) <= LIMIT + MEGABYTE
    assert max(in_memory) < 16 * MEGABYTE
    del page
    assert list(spool.iterdir()) == []


@contextmanager
def tracing(wanted: bool) -> Iterator[None]:
    """Trace the memory that Python takes."""
    if wanted:
        tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.parametrize("path", ["/admin/login/", "/admin/projects_app/project/add/"])
def test_of_nobodys_files_nothing_is_kept(path: str, spool: Path, db: None) -> None:
    seen = [0]

    def watch() -> None:
        seen[0] = max(seen[0], size_of(spool))

    for browser in (Client(), Client(enforce_csrf_checks=True)):
        content = partial(zeros, 8 * MEGABYTE)
        response = post(browser, path, {"username": "x"}, b"file", b"x.dxf", content, watch)
        assert response.status_code in {200, 302, 403}
    assert seen == [0]
    assert list(spool.iterdir()) == []


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (lambda: zeros(3 * MEGABYTE), "not a DXF drawing"),
        (lambda: zeros(100), "not a DXF drawing"),
        (lambda: iter([b""]), "empty"),
        (lambda: iter([b"0\n", bytes(dxf.HEAD_BYTES), HEAD, END]), "not a DXF drawing"),
    ],
)
def test_a_drawing_of_zeros_is_refused_with_a_sentence(
    desk: Desk, project: Project, content: Content, sentence: str
) -> None:
    assert sentence in told(desk, send(desk, project, b"zeros.dxf", content))


@pytest.mark.parametrize(
    ("middle", "end", "sentence"),
    [
        (lambda: zeros(8 * MEGABYTE), b"", dxf_problems.CUT_SHORT),
        (lambda: zeros(4 * MEGABYTE), END, "damaged"),
        (lambda: iter([b"0\n" * 100_000]), END, "."),
        (lambda: iter([b"  0\nLINE\n" * 20_000]), END, "."),
    ],
)
def test_a_sound_beginning_with_zeros_behind_it_is_found_unreadable(
    desk: Desk, project: Project, middle: Content, end: bytes, sentence: str
) -> None:
    page = send(desk, project, b"half.dxf", lambda: iter([HEAD, *middle(), end]))
    assert page.status_code == 302
    row = DesignFile.objects.get()
    with pytest.raises(dxf_problems.UnreadableDrawing) as refusal:
        dxf.read_apart(row.file.path)
    assert sentence in str(refusal.value)
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize(
    ("filename", "shown"),
    [
        (b"../../etc/passwd.dxf", "passwd.dxf"),
        (b"/etc/cron.d/job.dxf", "job.dxf"),
        (b"C:\\\\jobs\\\\plate.dxf", "plate.dxf"),
        (b"..\\\\..\\\\boot.dxf", "boot.dxf"),
        (b"ev\0il.dxf", "evil.dxf"),
        (b"evil.dxf\0.dxf", "evil.dxf.dxf"),
        ("in‮fxd.dxf".encode(), "infxd.dxf"),
        (b"<img src=x onerror=alert(1)>.dxf", "<img src=x onerror=alert(1)>.dxf"),
        (b"%2e%2e%2fpasswd.dxf", "%2e%2e%2fpasswd.dxf"),
        (b"&#46;&#46;/x.dxf", "x.dxf"),
        (b"a" * 500 + b".dxf", "a" * 196 + ".dxf"),
        (b"con.dxf", "con.dxf"),
        (b".htaccess.dxf", "htaccess.dxf"),
    ],
    ids=repr,
)
def test_a_name_that_is_a_path_or_worse_is_only_a_name(
    desk: Desk, project: Project, filename: bytes, shown: str
) -> None:
    assert "Upload: 1 of 1 done" in told(desk, send(desk, project, filename, BRACKET))
    row = DesignFile.objects.get()
    assert row.original_filename == shown
    (stored,) = stored_files()
    assert stored.parent.name == "designs"
    assert stored.stem.isalnum()
    assert stored.read_bytes() == BRACKET
    text = desk.open(project).content.decode()
    assert "<img src=x" not in text


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize("filename", [b"a.dxf\0.exe", b"dxf", b"x.dxf.exe", b"x"])
def test_a_name_of_something_else_is_refused(desk: Desk, project: Project, filename: bytes) -> None:
    assert "must end in .dxf" in told(desk, send(desk, project, filename, BRACKET))


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize("filename", [b"..", b".", b"x.dxf/", b"\xff.dxf", b"a" * 3000])
def test_a_part_of_the_form_that_names_no_file_is_none(
    desk: Desk, project: Project, filename: bytes
) -> None:
    assert send(desk, project, filename, BRACKET).status_code in {302, 400}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("content", [BRACKET, b"0\nnothing"])
def test_one_file_uploaded_by_many_at_once_leaves_no_orphan(
    desk: Desk, mary: Operator, content: bytes
) -> None:
    project = make_project("Under attack", drawings=0)
    desks = [Desk(mary) for _ in range(4)]
    answers = in_threads(4, lambda n: send(desks[n], project, b"same.dxf", content).status_code)
    sound = content == BRACKET
    assert answers == [302] * 4
    rows = DesignFile.objects.filter(project=project)
    assert rows.count() == (4 if sound else 0)
    names = {Path(row.file.path) for row in rows}
    assert names == set(stored_files())
    assert len(names) == rows.count()
    assert {row.sha256 for row in rows} <= {rows[0].sha256 if sound else ""}


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize("cut", [1, 24, 30, 1000, 3 * MEGABYTE - 5, 3 * MEGABYTE + 500])
def test_a_form_whose_line_is_cut_changes_nothing(
    desk: Desk, project: Project, spool: Path, cut: int
) -> None:
    desk.browser.handler.enforce_csrf_checks = True  # else the form would be read by its view
    before = Project.objects.values().get()
    page = send(desk, project, b"half.dxf", lambda: iter([HEAD, bytes(3 * MEGABYTE)]), cut=cut)
    assert page.status_code == 403
    assert Project.objects.values().get() == before
    assert list(spool.iterdir()) == []
