"""How the log is written: a JSON object a line in production, a readable line in development.

The standard library's logging does it all, for it is what Django, gunicorn and django-q2 speak, and
each request pays for its line. A line holds what the message says, the fields given as
`extra={"told": {...}}`, and what is known of the work at hand (`laseros.work`). Nothing else of a
record is written: what a library attaches to one (a request with its headers) may hold secrets.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
from collections.abc import Mapping
from typing import Any

import orjson

from laseros import work

# Line breaks of any kind, terminal commands, and halves of characters.
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
ROW = re.compile(r"(?m)^(\s*DETAIL: +).*$")
BARE_WORD = re.compile("[!#-<>-~]+")


class Lines(logging.Formatter):
    """What both forms share."""

    def formatException(self, info: Any) -> str:  # noqa: N802 - the library's name
        """Return the traceback without the row that PostgreSQL tells with a broken constraint."""
        return ROW.sub(r"\1(left out)", super().formatException(info))


class JsonLines(Lines):
    """Writes a JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {"time": _time(record), "level": record.levelname.lower(), "logger": record.name,
                "event": record.getMessage(), **_told(record)}  # fmt: skip
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack"] = record.stack_info
        try:
            return orjson.dumps(line, default=str).decode()
        except TypeError:  # half a character, or a number beyond 64 bits
            return json.dumps(line, default=str)


class TextLines(Lines):
    """Writes a line for people; what belongs to it, such as a traceback, follows indented."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and those that follow it."""
        told = dict(_told(record))
        blocks = [str(told.pop("exception", ""))]
        if record.exc_info:
            blocks.append(self.formatException(record.exc_info))
        if record.stack_info:
            blocks.append(record.stack_info)
        fields = "".join([f" {name}={_word(value)}" for name, value in told.items()])
        event = printable(record.getMessage())
        line = f"{_time(record)} {record.levelname} {record.name}: {event}{fields}"
        return "\n    ".join([line, *map(printable, "\n".join(filter(None, blocks)).splitlines())])


class OnlyTracebacks(logging.Filter):
    """Leaves out a record that tells of no exception."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is to be written."""
        return bool(record.exc_info)


class NoJobResults(logging.Filter):
    """Leaves out what a failed job said: the line of laseros.jobs has it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is to be written."""
        return not record.getMessage().startswith("Failed '")


def printable(text: str) -> str:
    """Return a text that stays within its line, whatever a client put into it."""
    return UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _time(record: logging.LogRecord) -> str:
    moment = dt.datetime.fromtimestamp(record.created, dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _told(record: logging.LogRecord) -> Mapping[str, Any]:
    """Return the fields of a record: its own, then those of the work at hand."""
    own: Mapping[str, Any] = record.__dict__.get("told", {})
    now = work.current()
    return {**own, **now.known()} if now else own


def _word(value: Any) -> str:
    """Return a field's value; a text that could be taken for more than one is quoted."""
    text = str(value)
    return text if BARE_WORD.fullmatch(text) else json.dumps(text)
