"""Tells a server that lets us down from a program that is wrong: with a sentence for people."""

from __future__ import annotations

import errno
import logging
import sqlite3

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext_lazy

from laseros.errors import Unavailable

# What a full disk, a used-up quota and a limit on the size of files are called.
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
POSTGRES_FULL = "53100"

NO_ANSWER = gettext_lazy("The database does not answer just now; try again in a moment.")
NO_ROOM = gettext_lazy(
    "The server's disk is full, and nothing was saved; have room made there, then try again."
)

log = logging.getLogger("laseros.outages")


def outage(error: BaseException | None) -> Unavailable | None:
    """Return what to tell the user where the database or the disk let us down, else None."""
    if is_full(error):
        log.error("The disk is full: %s", error)
        return Unavailable(NO_ROOM, "disk_full")
    if isinstance(error, (OperationalError, InterfaceError)):
        log.error("The database did not answer", exc_info=error)
        return Unavailable(NO_ANSWER)
    return None


def is_full(error: BaseException | None) -> bool:
    """Tell whether there was no room: for a file, or for the database."""
    if isinstance(error, OSError):
        return error.errno in FULL
    cause = error.__cause__ if isinstance(error, OperationalError) else None
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return getattr(cause, "sqlstate", None) == POSTGRES_FULL
