"""`manage.py load_demo`: a shop to look at, for a database that has none yet."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from queue_app import demo


class Command(BaseCommand):
    """Loads the demo shop; loading it again changes nothing."""

    help = (
        "Loads the demo shop into a database that holds no shop yet, DEBUG being on. "
        "Loading it twice changes nothing."
    )

    def handle(self, *args: Any, verbosity: int = 1, **options: Any) -> None:
        """Load; what forbids it is told in one sentence."""
        try:
            demo.load(self.say if verbosity else lambda text: None)
        except demo.CannotLoad as error:
            raise CommandError(str(error)) from error

    def say(self, text: str) -> None:
        """Print a line now: loading takes a while, and somebody waits."""
        self.stdout.write(text)
        self.stdout.flush()
