"""`manage.py renew_epoch`, to be run after a backup was restored."""

from typing import Any

from django.core.management.base import BaseCommand

from laseros.shop import readable_shop
from operators_app.verbs.epoch import renew_epoch


class Command(BaseCommand):
    """Tells every phone to fetch everything anew."""

    help = "Run this after restoring a backup: phones then fetch everything anew."

    def handle(self, *args: Any, **options: Any) -> None:
        """Begin a new epoch."""
        with readable_shop():
            epoch = renew_epoch()
        self.stdout.write(f"A new epoch has begun: {epoch}.")
