"""What is logged, and in which form."""

from __future__ import annotations

from typing import Any

FORMATTERS = {"text": "laseros.log_lines.TextLines", "json": "laseros.log_lines.JsonLines"}
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


def configuration(form: str, level: str) -> dict[str, Any]:
    """Return the description for `logging.config.dictConfig`: one handler, everything through it.

    `level` is that of the program's own words; of the libraries only warnings are of interest.
    """
    others = {"handlers": [], "propagate": True}
    calm = level if level == "ERROR" else "WARNING"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": FORMATTERS[form]}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["console"], "level": calm},
        "loggers": {
            "laseros": {**others, "level": level},
            "django": {**others, "level": calm},
            # What its request's line does not tell is where a bug was.
            "django.request": {**others, "level": "ERROR", "filters": ["traceback"]},
            "axes": {"level": "ERROR"},
            "gunicorn.error": {**others, "level": calm},
            # Its failures are told by laseros.jobs; only what goes wrong in the cluster is left.
            "django-q": {**others, "level": calm, "filters": ["cluster"]},
        },
        "filters": {
            "cluster": {"()": "laseros.log_lines.NoJobResults"},
            "traceback": {"()": "laseros.log_lines.OnlyTracebacks"},
        },
    }
