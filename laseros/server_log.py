"""The server's own log, written as the program's is."""

from __future__ import annotations

import logging.config
from typing import Any

from django.conf import settings
from gunicorn.glogging import Logger


class ServerLogger(Logger):  # type: ignore[misc]  # an untyped library
    """Gunicorn's words go through the program's one handler.

    Requests are told by laseros.middleware; what is too malformed to become one, gunicorn tells.
    """

    def setup(self, cfg: Any) -> None:
        """Set up logging as the settings say, in the master process too."""
        self.cfg = cfg
        self._access_log_enabled = False
        logging.config.dictConfig(settings.LOGGING)
