"""`manage.py doctor`: says what is wrong with the database and the files, and what to do."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error
from django.utils.text import capfirst

from laseros.doctor import examine, invariants, one_moment, purpose
from laseros.management.commands.run import database_name, is_outdated, reason
from laseros.shop import require_shop


class Command(BaseCommand):
    """Says nothing where all is well; else what is wrong, and the exit code is 1."""

    help = (
        "Checks everything that must be true of the database and the files. Says nothing where "
        "all is well; else what is wrong and what to do. Changes nothing; may run at any time."
    )
    requires_system_checks = []

    def handle(self, *args: Any, verbosity: int = 1, **options: Any) -> None:
        """Check; exit with 1 where something is wrong."""
        if verbosity > 1:
            self.stdout.write(f"Looking at {database_name()}.")
        try:
            require_shop()
            healthy = self.check_all(verbosity)
        except Error as error:
            self.stdout.write(f"{capfirst(database_name())} cannot be read: {reason(error)}.")
            healthy = False
        if not healthy:
            sys.exit(1)

    def check_all(self, verbosity: int) -> bool:
        """Print what is wrong; with verbosity 2 also what was looked at. Return whether all's well.

        Raises Error where the database cannot be read.
        """
        if is_outdated():
            self.stdout.write(
                "The database is not of this version of the program: migrations wait. Start Laser "
                "OS once (make run), or run `.venv/bin/python manage.py migrate`."
            )
            return False
        healthy = True
        with one_moment():
            for check in invariants():
                if verbosity > 1:
                    self.stdout.write(f"Checking: {purpose(check)}")
                for sentence in examine(check):
                    healthy = False
                    self.stdout.write(sentence)
        return healthy
