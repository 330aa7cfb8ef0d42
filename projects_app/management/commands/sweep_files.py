"""`manage.py sweep_files`: deletes stored files that belong to no drawing and no document."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat

from laseros.shop import readable_shop
from projects_app.stored_files import CannotSweep, sweep


class Command(BaseCommand):
    """Deletes what interrupted uploads have left behind."""

    help = (
        "Deletes stored files older than a day that belong to no drawing, no document and no "
        "logo, as "
        "interrupted uploads leave them. Not right after restoring a backup: first see that "
        "database and files fit together (manage.py doctor)."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep, and tell how much it was."""
        try:
            with readable_shop():
                count, size = sweep()
        except CannotSweep as error:
            raise CommandError(f"Nothing was deleted: {error}") from error
        what = "1 file was" if count == 1 else f"{count} files were"
        self.stdout.write(f"{what} deleted, {filesizeformat(size)}.")
