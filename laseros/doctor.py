"""What must be true of the database and the files, and how `manage.py doctor` finds out.

Each app tells its own truths in `invariants.py`: functions marked with `invariant` that yield one
sentence for everything that is wrong, and what to do about it. They count in the database or read
row by row, for a shop may have a million of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice

from django.apps import apps
from django.db import connection, models, transaction
from django.utils.module_loading import autodiscover_modules

Invariant = Callable[[], Iterable[str]]

# Of one kind; the others are only counted.
MOST_SENTENCES = 20
RESTORE = "Restore the last backup, or have somebody look who knows the program"

_invariants: list[Invariant] = []


def invariant(check: Invariant) -> Invariant:
    """Have the doctor call `check`; the first line of its docstring says what is true."""
    _invariants.append(check)
    return check


def invariants() -> list[Invariant]:
    """Return what all apps know to be true, those of the lower apps first."""
    autodiscover_modules("invariants")
    return list(_invariants)


def examine(check: Invariant) -> list[str]:
    """Return what is wrong in sentences; of many of one kind the first ones and their number.

    A check that cannot be carried out at all is a finding, too: the others still have their say.
    """
    try:
        with transaction.atomic():  # PostgreSQL: a statement that fails spoils no other check
            found = iter(check())
            told = list(islice(found, MOST_SENTENCES))
            more = sum(1 for _ in found)
    except Exception as error:
        return [f"“{purpose(check)}” could not be checked: {type(error).__name__}: {error}"]
    return [*told, f"… and {more} more of this kind."] if more else told


def purpose(check: Invariant) -> str:
    """Return what a check sees to."""
    return (check.__doc__ or check.__name__).partition("\n")[0]


def shop_models() -> list[type[models.Model]]:
    """Return the models of the shop's own apps."""
    return [one for one in apps.get_models() if one._meta.app_label.endswith("_app")]


@contextmanager
def one_moment() -> Iterator[None]:
    """Let all that is read within the block be of the same moment, and keep no writer waiting.

    Else work that goes on meanwhile would look like damage. Within a transaction nothing is
    changed: that has its own moment.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        connection.ensure_connection()
        mode = connection.transaction_mode  # type: ignore[attr-defined]
        connection.transaction_mode = None  # type: ignore[attr-defined] # IMMEDIATE would lock
        try:
            with transaction.atomic():
                yield
        finally:
            connection.transaction_mode = mode  # type: ignore[attr-defined]
    else:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
