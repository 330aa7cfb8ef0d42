"""Takes somebody's second factor away, where nobody is left who could do it in the back office."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from laseros.errors import LaserOSError
from laseros.shop import readable_shop
from operators_app.models import User
from operators_app.verbs import Actor
from operators_app.verbs.second_factor import reset_second_factor


class Command(BaseCommand):
    """`manage.py reset_second_factor NAME`."""

    help = "Let somebody who has lost phone and recovery codes sign in with the password alone."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask whose."""
        parser.add_argument("username", help="The user name.")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        """Carry out the verb in the name of the system: it stands in the log."""
        with readable_shop():
            user = User.objects.filter(username=username).first()
            if user is None:
                raise CommandError(f"There is no account “{username}”.")
            try:
                reset_second_factor(user.pk, by=Actor.system())
            except LaserOSError as refusal:
                raise CommandError(refusal.message) from refusal
        self.stdout.write(
            f"“{username}” signs in with the password alone, and is signed out everywhere."
        )
