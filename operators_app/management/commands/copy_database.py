"""`manage.py copy_database`: move from SQLite to PostgreSQL."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection
from environs import ValidationError

from laseros import environment
from laseros.management.commands.run import check_database, database_name, reason
from laseros.running import is_running
from laseros.supervisor import CannotStart
from operators_app.copying import CannotCopy, copy


class Command(BaseCommand):
    """Copies everything from an SQLite database into the empty one of DATABASE_URL."""

    help = (
        "Copies everything from an SQLite database into the empty PostgreSQL database of "
        "DATABASE_URL. Stop Laser OS first. The files of LASEROS_DATA stay where they are."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the one option."""
        parser.add_argument(
            "--from", dest="source", default="", metavar="sqlite:////folder/file",
            help="the database to copy; without it, the one in LASEROS_DATA",
        )  # fmt: skip

    def handle(self, *args: Any, source: str = "", **options: Any) -> None:
        """Copy; what stands in the way is told in one sentence, and then nothing was copied."""
        try:
            file = source_file(source)
            if connection.vendor != "postgresql":
                raise CannotCopy("Name the PostgreSQL database to copy into in DATABASE_URL.")
            if is_running(file):
                raise CannotCopy("Laser OS is running: stop it first (Ctrl-C), then copy.")
            check_database()
            self.say(f"Preparing {database_name()}…")
            call_command("migrate", interactive=False, verbosity=0)
            self.say(f"Copying {file}…")
            count = copy(file, self.say)
        except (CannotCopy, CannotStart) as error:
            raise CommandError(f"Nothing was copied: {error}") from error
        except Error as error:
            raise CommandError(
                f"Nothing was copied: {database_name()} refused it ({reason(error)})."
            ) from error
        self.say(
            f"Copied and compared: {count:,} rows. From now on start Laser OS with this "
            f"DATABASE_URL; keep {file.name} as a backup, and do not work in it any more."
        )

    def say(self, text: str) -> None:
        """Print a line now: copying takes a while, and somebody waits."""
        self.stdout.write(text)
        self.stdout.flush()


def source_file(url: str) -> Path:
    """Return the SQLite file that is meant; raise CannotCopy for anything else."""
    try:
        found = environment.database(url, Path(settings.DATA_DIR) / "laseros.sqlite3")
    except ValidationError as error:
        raise CannotCopy(f"--from: {error}") from error
    if not found["ENGINE"].endswith("sqlite3"):
        raise CannotCopy("--from must name an SQLite database, like sqlite:////folder/file.")
    return Path(found["NAME"])
