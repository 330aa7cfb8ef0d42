"""Background work of projects. Jobs run at least once: each may find its work done already."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.utils import timezone
from django_q.tasks import async_task

from operators_app.models import Source
from operators_app.verbs import Actor
from projects_app.dxf import DxfFacts, UnreadableDrawing, read_apart
from projects_app.models import DesignFile, ReadState
from projects_app.verbs.files import READ_JOB, record_reading

# A job is tried three times, each try handed out again after 300 s (Q_CLUSTER): what waits longer
# than that has been forgotten.
FORGOTTEN_AFTER = dt.timedelta(minutes=20)

FILE_MISSING = "The stored file is missing on the server's disk; upload the drawing again."


def read_design_file(design_file_id: int) -> None:
    """Read a drawing and record what is in it, or why it cannot be read.

    Does nothing for one that is gone or was read already. Raises OSError and DatabaseError, which
    the disk or the database may have got over at the next try.
    """
    drawing = DesignFile.objects.filter(pk=design_file_id, read_state=ReadState.PENDING).first()
    if drawing is None:
        return
    reading: DxfFacts | UnreadableDrawing
    try:
        with _on_disk(drawing) as path:
            reading = read_apart(path)
    except FileNotFoundError:
        reading = UnreadableDrawing(FILE_MISSING)
    except UnreadableDrawing as error:
        reading = error
    record_reading(drawing.pk, reading, by=Actor.system(Source.JOB))


def requeue_unread() -> int:
    """Ask again for drawings that nobody has read: their job's process was ended, or it failed.

    Called by a schedule. Asking once too often does no harm. Returns how many were asked for.
    """
    waiting = DesignFile.objects.filter(
        read_state=ReadState.PENDING, created_at__lt=timezone.now() - FORGOTTEN_AFTER
    )
    ids = list(waiting.order_by("pk").values_list("pk", flat=True))
    for pk in ids:
        async_task(READ_JOB, pk)
    return len(ids)


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
