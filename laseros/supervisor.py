"""Keeps the programs of one computer running together, and ends them together.

Each program gets a session of its own. So Ctrl-C in the terminal reaches only the supervisor, which
ends its programs in good order, and whatever a program has started can be ended with it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

TETHER = Path(__file__).with_name("tether.py")
TICK_SECONDS = 0.1
STOP_SECONDS = 8  # below the 10 s after which a container's host loses patience
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60  # who ran this long is restarted without a growing pause

Say = Callable[[str], None]


class CannotStart(Exception):
    """The programs cannot be started; the message is one sentence for a person."""


class Program:
    """One program that is to run for good, and the processes that it starts itself."""

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self.name = name
        self.command = list(command)
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.restart_at = 0.0
        self.pause_seconds = 1.0

    def start(self) -> None:
        """Start the program in a session of its own, tied to this process's life."""
        tether = [sys.executable, "-I", str(TETHER), str(os.getpid())]
        self.process = subprocess.Popen(  # noqa: S603
            [*tether, *self.command], stdin=subprocess.DEVNULL, start_new_session=True
        )
        self.started_at = time.monotonic()

    def has_ended(self) -> bool:
        """Tell whether the program has ended by itself. Its process number stays reserved."""
        if self.process is None:
            return True
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self.process.pid, flags) is not None

    def ask_to_end(self) -> None:
        """Ask the program to finish what it does and to end."""
        if self.process is not None:
            self.process.terminate()

    def clear_away(self) -> int:
        """Kill what is left of the program and its children; return its exit code."""
        if self.process is None:
            return 0
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        code = self.process.wait()
        self.process = None
        return code

    def tend(self, say: Say) -> None:
        """Start the program again when it has ended, after pauses that grow while it fails."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.restart_at:
                self.start()
        elif self.has_ended():
            steady = now - self.started_at >= STEADY_SECONDS
            self.pause_seconds = 1.0 if steady else self.pause_seconds
            how = _how_it_ended(self.clear_away())
            say(f"{self.name} {how}; it is started again in {self.pause_seconds:.0f} s.")
            self.restart_at = now + self.pause_seconds
            self.pause_seconds = min(self.pause_seconds * 2, LONGEST_PAUSE_SECONDS)


class Supervisor:
    """Runs programs until a signal asks it to stop."""

    def __init__(self, programs: Sequence[Program], say: Say) -> None:
        self.programs = programs
        self.say = say
        self.stop_requests = 0

    def run(self, is_ready: Callable[[], bool], ready_within: float, welcome: str) -> None:
        """Start the programs, say `welcome` once they are ready, keep them alive until a signal.

        Raises CannotStart when the first program ends, or does not get ready, at the start.
        """
        self._listen()
        try:
            for program in self.programs:
                program.start()
            if self._wait_until(is_ready, ready_within):
                self.say(welcome)
            while not self.stop_requests:
                for program in self.programs:
                    program.tend(self.say)
                time.sleep(TICK_SECONDS)
        finally:
            self._stop()

    def _listen(self) -> None:
        """Count the signals that ask to stop, instead of dying of the first one."""

        def count(signum: int, frame: FrameType | None) -> None:
            self.stop_requests += 1

        for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # nohup leaves SIGHUP ignored, for the program to outlive its terminal
            if wanted != signal.SIGHUP or signal.getsignal(wanted) is not signal.SIG_IGN:
                signal.signal(wanted, count)

    def _wait_until(self, is_ready: Callable[[], bool], seconds: float) -> bool:
        """Wait until the programs are ready; return False when asked to stop in the meantime."""
        server, *others = self.programs
        deadline = time.monotonic() + seconds
        while not self.stop_requests:
            if server.has_ended():
                raise CannotStart(
                    f"{server.name} {_how_it_ended(server.clear_away())} while it was starting; "
                    "its own messages above say why."
                )
            if is_ready():
                return not self.stop_requests
            if time.monotonic() > deadline:
                raise CannotStart(f"{server.name} did not get ready within {seconds:.0f} s.")
            for program in others:
                program.tend(self.say)
            time.sleep(TICK_SECONDS)
        return False

    def _stop(self) -> None:
        """End all programs: ask first, and kill what has not ended after a while."""
        asked = self.stop_requests
        for program in self.programs:
            program.ask_to_end()
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline and self.stop_requests <= max(asked, 1):
            if all(program.has_ended() for program in self.programs):
                break
            time.sleep(TICK_SECONDS)
        for program in self.programs:
            program.clear_away()


def _how_it_ended(code: int) -> str:
    """Return words for an exit code."""
    if code < 0:
        return f"was killed ({signal.Signals(-code).name})"
    return f"ended (exit code {code})"
