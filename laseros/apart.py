"""Runs what reads files from outside in a process of its own, which cannot outgrow its limits.

The process is `python -m MODULE …`. It calls `limit` before it looks at the file, knows nothing of
the shop (no secrets, no database), and hands back only what it prints.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

log = logging.getLogger("laseros.apart")

KILLED = {-signal.SIGKILL, -signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS}


def gettext_noop(text: str) -> str:
    """Mark a text for the catalogue: the process has no Django, so who shows it translates it."""
    return text


class TooSlow(Exception):
    """The process used up its time."""


class TooLarge(Exception):
    """The process wanted more memory than it may have, or broke over what it read."""


def run(module: str, *arguments: object, given: bytes = b"", wall_seconds: float) -> bytes:
    """Return what the module prints when it is run with these arguments and this input.

    Raises TooSlow, TooLarge, and OSError with the process's last words where it failed otherwise.
    """
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program; arguments are arguments of their own
            [sys.executable, "-m", module, *map(str, arguments)],
            cwd=Path(__file__).resolve().parent.parent,
            env={"PATH": os.defpath, "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            input=given,
            capture_output=True,
            timeout=wall_seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise TooSlow from error
    if done.returncode == -signal.SIGXCPU:
        raise TooSlow
    if done.returncode in KILLED:  # the system's own guard against eating the memory
        raise TooLarge
    said = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode:
        last = said.splitlines()[-1:] or ["no word"]
        raise OSError(f"The reading process ended with {done.returncode}: {last[0]}")
    if said:
        log.info("%s: %s", module, said[:500])
    return done.stdout


def limit(memory_bytes: int, cpu_seconds: int) -> None:
    """Bind this process: memory, processor time, no files written, no memory image."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
