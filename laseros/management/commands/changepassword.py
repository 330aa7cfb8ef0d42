"""Django's `changepassword`, through the verb: the log tells of it, and the last five count.

It stands here because Django takes the command of the app that is installed first.
"""

from __future__ import annotations

import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from laseros.errors import LaserOSError
from laseros.shop import readable_shop
from operators_app.models import User
from operators_app.verbs import Actor
from operators_app.verbs.passwords import set_password

MOST_TRIES = 3


class Command(BaseCommand):
    """`manage.py changepassword NAME`."""

    help = "Give an account a new password; it is signed out everywhere."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask whose, and whether the owner must change it."""
        parser.add_argument("username", nargs="?", help="The user name; else that of the computer.")
        parser.add_argument(
            "--temporary", action="store_true", help="It must be changed at the next sign-in."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask for the password twice, then carry out the verb in the name of the system."""
        username = options["username"] or getpass.getuser()
        with readable_shop():
            user = User.objects.filter(username=username).first()
            if user is None:
                raise CommandError(f"There is no account “{username}”.")
            password = self._new_password(user)
            try:
                set_password(user.pk, password, temporary=options["temporary"], by=Actor.system())
            except LaserOSError as refusal:
                raise CommandError(refusal.message) from refusal
        self.stdout.write(f"“{username}” has a new password, and is signed out everywhere.")

    def _new_password(self, user: User) -> str:
        for _try in range(MOST_TRIES):
            password = getpass.getpass(f"New password of “{user.username}”: ")
            if getpass.getpass("Once more: ") != password:
                self.stderr.write("These were not the same; type it again.")
                continue
            try:
                validate_password(password, user)
            except ValidationError as error:
                self.stderr.write("\n".join(error.messages))
            else:
                return password
        raise CommandError("The password stays as it was.")
