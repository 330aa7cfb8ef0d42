"""Background work of projects. Jobs run at least once: each may find its work done already."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from django.utils import timezone
from django.utils.translation import gettext_noop
from django_q.tasks import async_task

from operators_app.models import Source
from operators_app.verbs import Actor
from projects_app.dxf import read_apart
from projects_app.dxf_picture import draw_apart
from projects_app.dxf_problems import UnreadableDrawing
from projects_app.models import DesignFile, ReadState
from projects_app.verbs.files import READ_JOB, record_reading
from projects_app.verbs.previews import DRAW_JOB, record_preview

Made = TypeVar("Made")

# A job is tried three times, each try handed out again after 300 s (Q_CLUSTER): what waits longer
# than that has been forgotten.
FORGOTTEN_AFTER = dt.timedelta(minutes=20)

UNDRAWN = DesignFile.objects.filter(
    read_state=ReadState.READY, preview="", preview_problem="", is_archived=False
)
MOST_DRAWN = 200  # at a time: more are drawn when the clock calls again

FILE_MISSING = gettext_noop(
    "The stored file is missing on the server's disk; upload the drawing again."
)


def read_design_file(design_file_id: int) -> None:
    """Read a drawing and record what is in it, or why it cannot be read.

    Does nothing for one that is gone or was read already. Raises OSError and DatabaseError, which
    the disk or the database may have got over at the next try.
    """
    drawing = DesignFile.objects.filter(pk=design_file_id, read_state=ReadState.PENDING).first()
    if drawing is None:
        return
    reading = _made_of(drawing, read_apart)
    record_reading(drawing.pk, reading, by=Actor.system(Source.JOB))
    if not isinstance(reading, UnreadableDrawing):
        async_task(DRAW_JOB, drawing.pk)


def draw_design_file(design_file_id: int) -> None:
    """Draw the picture of a drawing that was read, or record why there is none.

    Does nothing for one that is gone or has its picture. Raises Unavailable, OSError and
    DatabaseError, which the disk or the database may have got over at the next try.
    """
    drawing = UNDRAWN.filter(pk=design_file_id).first()
    if drawing is None:
        return
    picture = _made_of(drawing, draw_apart)
    record_preview(drawing.pk, picture, by=Actor.system(Source.JOB))


def requeue_unread() -> int:
    """Ask again for drawings that nobody has read: their job's process was ended, or it failed.

    Those that were read but have no picture are drawn, too. Called by a schedule. Asking once too
    often does no harm. Returns how many were to be read.
    """
    forgotten = {"created_at__lt": timezone.now() - FORGOTTEN_AFTER}
    waiting = DesignFile.objects.filter(read_state=ReadState.PENDING, **forgotten)
    ids = list(waiting.order_by("pk").values_list("pk", flat=True))
    for pk in ids:
        async_task(READ_JOB, pk)
    for pk in UNDRAWN.filter(**forgotten).order_by("pk").values_list("pk", flat=True)[:MOST_DRAWN]:
        async_task(DRAW_JOB, pk)
    return len(ids)


def _made_of(drawing: DesignFile, make: Callable[[Path], Made]) -> Made | UnreadableDrawing:
    """Return what is made of a drawing's file, or why nothing can be."""
    try:
        with _on_disk(drawing) as path:
            return make(path)
    except FileNotFoundError:
        return UnreadableDrawing(FILE_MISSING)
    except UnreadableDrawing as error:
        return error


@contextmanager
def _on_disk(drawing: DesignFile) -> Iterator[Path]:
    """Give the path of a drawing's file; where the storage is elsewhere, of a copy of it."""
    try:
        path = Path(drawing.file.path)
    except NotImplementedError:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "drawing.dxf"
            with drawing.file.open("rb") as source, path.open("wb") as copy:
                shutil.copyfileobj(source, copy)
            yield path
        return
    path.open("rb").close()  # raises FileNotFoundError where it is gone
    yield path
