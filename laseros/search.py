"""Texts that are searched: folded once when they are stored, the same way as what is asked for.

Case, accents, spaces and punctuation do not count: “MÜLLER-Träger” is stored as “ muller trager”,
so that one LIKE, on PostgreSQL served by a trigram index, finds it whatever was typed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Lookup, TextField
from django.db.models.sql.compiler import SQLCompiler

LONGEST_QUERY = 200
MOST_WORDS = 8
# Letters that Unicode does not take apart into a plain one and its accent.
PLAIN = str.maketrans({
    "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ŧ": "t", "þ": "th", "æ": "ae",
    "œ": "oe",
})  # fmt: skip
SHORT = 2  # letters; what is no longer is looked for at the beginnings of words only


def folded(text: str) -> str:
    """Return the letters and digits of a text without case and accents, other signs as one space.

    Idempotent; “” where there is neither letter nor digit.
    """
    bare = unicodedata.normalize("NFKD", text.casefold()).translate(PLAIN)
    return " ".join(
        "".join(
            sign if sign.isalnum() else " " for sign in bare if not unicodedata.combining(sign)
        ).split()
    )


def search_text(fields: Iterable[str]) -> str:
    """Return what is stored of a row's fields: no phrase goes across two, every word has a blank
    before it.
    """
    return "\n".join(f" {known}" for known in map(folded, fields) if known)


def search_words(query: str) -> list[str]:
    """Return what must all be found: the words of a query, folded; “10-CL0001” is one.

    Raises nothing; what is beyond LONGEST_QUERY signs and MOST_WORDS words does not count.
    """
    words = dict.fromkeys(map(folded, query[:LONGEST_QUERY].split()))
    return [word for word in words if word][:MOST_WORDS]


def all_in(words: Iterable[str], text: str) -> bool:
    """Tell whether a folded text has all the words, short ones at a beginning (see `Holds`)."""
    return all((f" {word}" if len(word) <= SHORT else word) in f" {text}" for word in words)


@TextField.register_lookup
class Holds(Lookup):
    """`text__holds=word`: a `search_text` has a folded word in it, a short one as a beginning.

    A word of one or two letters has no trigram of its own, but the beginning of a word has one.
    """

    lookup_name = "holds"

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:
        """Compare with LIKE: folded words have none of its signs."""
        text, given = self.process_lhs(compiler, connection)
        return f"{text} LIKE %s", [*given, f"%{self._wanted()}%"]

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:
        """Compare byte by byte: LIKE would fold the case of each letter again."""
        text, given = self.process_lhs(compiler, connection)
        return f"INSTR({text}, %s) > 0", [*given, self._wanted()]

    def _wanted(self) -> str:
        word = folded(str(self.rhs))
        return f" {word}" if len(word) <= SHORT else word
