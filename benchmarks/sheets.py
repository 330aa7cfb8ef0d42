"""The import of 10,000 presets, against python-calamine and one bulk upsert."""

from __future__ import annotations

import io
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from benchmarks import fill
from benchmarks.report import Report, at_most
from benchmarks.rows import Shop
from benchmarks.servers import Broken

ROWS = 10_000
HEADERS = (
    "preset_name", "material_type", "thickness", "power", "speed", "frequency", "gas_type",
    "gas_pressure", "focus_offset", "is_active",
)  # fmt: skip
UPDATED = (
    "material", "thickness", "power", "speed", "frequency", "gas_type", "gas_pressure",
    "focus_offset", "is_active", "updated_at", "seq",
)  # fmt: skip
NAME = "import of 10,000 presets"


def importing(shop: Shop, report: Report, rounds: int) -> None:
    """Measure sheets whose rows are all new, all unchanged, all changed; then undo it."""
    first, second = apart(lambda: sheet(shop, 900)), apart(lambda: sheet(shop, 1000))
    kinds = {"all new": first, "none changed": first, "all changed": second}
    ratios: dict[str, list[float]] = {kind: [] for kind in kinds}
    took: dict[str, list[float]] = {kind: [] for kind in kinds}
    try:
        memory = apart_anew(first)
        fill.reset(shop)
        for _ in range(rounds):
            for kind, data in kinds.items():
                low = _cpu(lambda data=data: floor(shop, data))  # type: ignore[misc]
                took[kind].append(_cpu(lambda data=data: import_sheet(data)))  # type: ignore[misc]
                ratios[kind].append(took[kind][-1] / low)
            fill.reset(shop)
    finally:
        fill.reset(shop)
    for kind in kinds:
        report.add(f"{NAME}, {kind}", "× floor, CPU", ratios[kind], at_most(6))
        report.add(f"  {NAME}, {kind}", "s CPU", took[kind])
    report.add(NAME, "MB above idle", [memory], at_most(150))


def sheet(shop: Shop, speed: int) -> bytes:
    """Return a workbook of presets; `speed` is what differs between two of them."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet()
    page.append(HEADERS)
    for n in range(1, ROWS + 1):
        material = shop.materials[shop.material(n)]
        page.append((f"Import {n:05}", material, 1 + n % 8, n % 100, speed, 5000, "Air", 1.5, 0, 1))
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def import_sheet(data: bytes) -> None:
    """Import a workbook as the program does."""
    from operators_app.sheets.kinds import kind_of
    from operators_app.sheets.uploads import rows_in
    from operators_app.verbs import Actor
    from operators_app.verbs.imports import import_rows

    kind = kind_of("machinesettingspreset")
    import_rows(kind, rows_in(kind, data, "bench.xlsx"), "bench.xlsx", by=Actor.system())


def floor(shop: Shop, data: bytes) -> None:
    """Parse a workbook and write its rows in one bulk upsert, which is undone."""
    from django.db import transaction

    from presets_app.models import MachineSettingsPreset

    with transaction.atomic():
        MachineSettingsPreset.objects.bulk_create(
            _parsed(shop, data), batch_size=1000, update_conflicts=True,
            unique_fields=["preset_name"], update_fields=UPDATED,
        )  # fmt: skip
        transaction.set_rollback(True)


def _parsed(shop: Shop, data: bytes) -> Iterator[Any]:
    from django.utils import timezone
    from python_calamine import CalamineWorkbook

    from presets_app.models import MachineSettingsPreset

    now, materials = timezone.now(), {name: pk for pk, name in shop.materials.items()}
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    rows: list[list[Any]] = book.get_sheet_by_index(0).to_python()
    for name, material, *values in rows[1:]:
        fields = dict(zip(HEADERS[2:], values, strict=True))
        yield MachineSettingsPreset(
            preset_name=name, material_id=materials[material], created_at=now, updated_at=now,
            seq=shop.last_seq, **{**fields, "is_active": bool(fields["is_active"])},
        )  # fmt: skip


def _cpu(work: Callable[[], None]) -> float:
    """Return the CPU of `work`: this process, those it runs, and its database sessions."""
    from benchmarks.servers import backend_cpu

    def used() -> float:
        return sum(os.times()[:4]) + backend_cpu(os.environ.get("PGAPPNAME", ""))

    begun = used()
    work()
    return used() - begun


def apart(work: Callable[[], Any]) -> Any:
    """Return what `work` returns, done in a process of its own: its memory is not this one's."""
    from django.db import connections

    connections.close_all()
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=lambda: theirs.send(work()))
    child.start()
    theirs.close()
    try:
        told = ours.recv()
    except EOFError:
        raise Broken("A process of the bench ended before its work was done.") from None
    child.join()
    return told


def apart_anew(data: bytes) -> float:
    """Return the MB above idle that an import takes at its peak, in a new process."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_measure_peak, args=(theirs, data))
    child.start()
    theirs.close()
    told: float = ours.recv()
    child.join()
    return told


def _measure_peak(line: Any, data: bytes) -> None:
    """Send the MB above idle: of this process, and all of the one that reads the workbook."""
    import django

    django.setup()
    from operators_app.sheets.kinds import kinds
    from operators_app.sheets.uploads import rows_in  # noqa: F401 - what a server has at rest
    from presets_app.models import Material

    kinds()
    Material.objects.count()
    idle = _kilobytes("self", "VmRSS")
    with _watching_readers() as readers:
        import_sheet(data)
    line.send((_kilobytes("self", "VmHWM") - idle + max(readers, default=0)) / 1024)


@contextmanager
def _watching_readers() -> Iterator[list[int]]:
    """Gather the peaks, in KB, of the processes that this one runs meanwhile."""
    peaks: list[int] = []
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            for task in Path("/proc/self/task").iterdir():
                with suppress(OSError, StopIteration):  # it has ended
                    for pid in (task / "children").read_text().split():
                        # Until it has become the reader, it is a copy of this process.
                        if b"laseros.workbooks" in Path(f"/proc/{pid}/cmdline").read_bytes():
                            peaks.append(_kilobytes(pid, "VmHWM"))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    yield peaks
    done.set()
    watcher.join()


def _kilobytes(process: str, name: str) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(name))
