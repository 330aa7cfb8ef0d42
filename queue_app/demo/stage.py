"""The stage on which the demo's story is told: who acts, under which keys, at what time."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.files.base import ContentFile
from django_q.models import OrmQ

from laseros import clock
from operators_app.models import Source, User
from operators_app.verbs import Actor, Call
from presets_app.models import Material
from projects_app import dxf_picture
from projects_app.dxf import DxfFacts, read_dxf
from projects_app.models import DesignFile
from projects_app.verbs import add_design_file, record_reading
from projects_app.verbs.files import READ_JOB
from projects_app.verbs.previews import record_preview
from queue_app.demo.designs import Design

NAMESPACE = uuid.UUID("5f1c36a8-0d0a-5a53-9d3e-2f7f0c1b64d1")
FIRST_STEP = uuid.uuid5(NAMESPACE, "1")  # in the log, it tells that the demo was loaded

BEHIND_A_DESK = frozenset({"admin", "manager"})


class Stage:
    """Carries out the steps of the story in the order of time, and keeps what they made."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.actors: dict[str, Actor] = {}
        self.materials: dict[str, Material] = {}
        self.presets: dict[str, int] = {}
        self.moment = clock.now()
        self._calls = 0
        self._steps: list[tuple[dt.datetime, int, Callable[[], None]]] = []
        self._drawn: dict[str, tuple[bytes, DxfFacts, bytes]] = {}
        self._files: dict[int, list[str]] = {}

    def enter(self, username: str) -> None:
        """Let somebody act from now on."""
        source = Source.ADMIN if username in BEHIND_A_DESK else Source.API
        self.actors[username] = Actor.of_user(User.objects.get(username=username), source)

    def call(self, who: str, performed_at: dt.datetime | None = None) -> Call:
        """Return what a verb needs besides its arguments; the key is the same at every load."""
        self._calls += 1
        by = Actor.system() if who == "system" else self.actors[who]
        op_id = uuid.uuid5(NAMESPACE, str(self._calls))
        return Call(by=by, op_id=op_id, performed_at=performed_at)

    def operator_id(self, who: str) -> int:
        """Return somebody's operator profile."""
        found = self.actors[who].operator_id
        if found is None:
            raise LookupError(f"{who} has no operator profile.")
        return found

    def at(self, moment: dt.datetime, step: Callable[[], None]) -> None:
        """Have a step carried out when the story comes to `moment`."""
        self._steps.append((moment, len(self._steps), step))

    def play(self) -> None:
        """Carry out all steps, earliest first, each at its time."""
        for moment, _, step in sorted(self._steps):
            self.moment = moment
            with clock.pretend(moment):
                step()

    # --- Drawings --------------------------------------------------------------------------------

    def upload(self, project_id: int, design: Design, part_id: int) -> None:
        """Upload a part's drawing and record at once what is in it and how it looks.

        The processes with their limits are for what strangers send; this drawing is our own.
        """
        content, facts, picture = self._draw(design)
        file = ContentFile(content, name=design.file_name)
        call = self.call("manager")
        made = add_design_file(project_id, file, part_id=part_id, **call).data["design_file"]["id"]
        stored = DesignFile.objects.values_list("file", flat=True).get(pk=made)
        self._files[made] = [stored]
        record_reading(made, facts, **self._job())
        drawn = record_preview(made, picture, **self._job())
        self._files[made].append(drawn.data["preview"])

    def _job(self) -> Call:
        """Return what a verb needs when a background job calls it."""
        call = self.call("system")
        call["by"] = Actor.system(Source.JOB)
        return call

    def _draw(self, design: Design) -> tuple[bytes, DxfFacts, bytes]:
        if design.file_name not in self._drawn:
            content = design.draw()
            with TemporaryDirectory() as folder:
                path = Path(folder) / "drawing.dxf"
                path.write_bytes(content)
                facts, picture = read_dxf(path), dxf_picture.draw(path)
            self._drawn[design.file_name] = content, facts, picture
        return self._drawn[design.file_name]

    def forget_reading_jobs(self) -> None:
        """Take back the jobs that would read the demo's drawings: they have been read."""
        jobs = [
            job.pk
            for job in OrmQ.objects.all()
            if job.task.get("func") == READ_JOB and job.task["args"][0] in self._files
        ]
        OrmQ.objects.filter(pk__in=jobs).delete()

    def delete_stored_files(self) -> None:
        """Delete the drawings' files from the storage, after a load that came to nothing."""
        storage = DesignFile._meta.get_field("file").storage
        for names in self._files.values():
            for name in names:
                storage.delete(name)
