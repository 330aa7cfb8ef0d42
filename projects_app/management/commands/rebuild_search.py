"""`manage.py rebuild_search`: writes anew what projects and clients are found by."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from laseros.shop import readable_shop
from operators_app.models import LogHead
from projects_app.search_texts import write_all


class Command(BaseCommand):
    """Writes the texts of the search anew, after rows were written past the program."""

    help = "Writes anew what projects and clients are found by; for when the doctor asks for it."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write them, while no verb changes what they are made of."""
        with readable_shop(), transaction.atomic():
            LogHead.objects.select_for_update().get(pk=1)
            write_all()
        self.stdout.write("The search finds everything again.")
