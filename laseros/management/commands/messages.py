"""Collects the texts of all apps and templates into laseros/locale, and compiles the catalogues."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandParser, call_command
from django.core.management.commands import makemessages

# Whatever lies elsewhere is no text of the program, or has a catalogue of its own.
PASSED_OVER = ["var", "tests", "benchmarks", "mobile", "laseros/locale"]


class Command(makemessages.Command):
    """`make messages`: needs GNU gettext, which whoever only runs Laser OS does not."""

    help = "Collects the texts to be translated, and compiles the catalogues. Needs GNU gettext."
    # A guessed translation of a similar text is a wrong one that looks right.
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]

    def add_arguments(self, parser: CommandParser) -> None:
        """Set what Django's command would have to be told each time."""
        super().add_arguments(parser)
        languages = [code for code, _ in settings.LANGUAGES if not code.startswith("en")]
        parser.set_defaults(
            locale=languages, ignore_patterns=PASSED_OVER, no_obsolete=True, no_location=True,
            no_wrap=True,
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Collect, then compile what has been translated."""
        super().handle(*args, **options)
        call_command(
            "compilemessages", locale=options["locale"], ignore_patterns=[".*", *PASSED_OVER[:-1]],
            verbosity=0,
        )  # fmt: skip

    def write_po_file(self, potfile: str, locale: str) -> None:
        """Write a catalogue without the time of writing: what is the same shall look the same."""
        super().write_po_file(potfile, locale)
        path = Path(potfile).parent / locale / "LC_MESSAGES" / f"{self.domain}.po"
        lines = re.sub(r'"POT-Creation-Date: .*\\n"\n', "", path.read_text("utf-8"))
        path.write_text(lines, "utf-8")
