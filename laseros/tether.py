"""Becomes another program that ends when the one that started it ends, even by SIGKILL.

Run as a file: `python -I tether.py PARENT_PID PROGRAM ARGUMENT...`. It is a program of its own, and
not a `preexec_fn`, because code between fork and exec can hang where the parent has threads.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h; kept across exec, not inherited by children


def main(parent: int, command: list[str]) -> None:
    """Ask Linux for SIGTERM when `parent` dies, then become `command`."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
        if os.getppid() != parent:  # it died before it could be asked for
            return
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
