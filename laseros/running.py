"""Tells whether Laser OS runs on a database file.

The launcher holds a shared lock on the file's folder. The system lets go of it when the launcher
ends in whatever way, so nothing is left behind that could be wrong.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def marked_as_running(file: Path) -> Iterator[None]:
    """Let others know, within the block, that Laser OS runs on this database file."""
    folder = os.open(file.parent, os.O_RDONLY)  # programs started meanwhile do not inherit it
    try:
        with contextlib.suppress(OSError):  # a file system without locks: then nobody is told
            fcntl.flock(folder, fcntl.LOCK_SH | fcntl.LOCK_NB)
        yield
    finally:
        os.close(folder)


def is_running(file: Path) -> bool:
    """Tell whether the launcher runs on this database file, or on another one beside it."""
    try:
        folder = os.open(file.parent, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(folder)
    return False
