"""Numbers as people read them, in their language's way of writing them."""

from __future__ import annotations

from decimal import Decimal

from django.utils.formats import number_format
from django.utils.functional import lazy


def plain_number(number: Decimal) -> str:
    """Return a number without noughts at its end: 3.00 is 3."""
    return number_format(Decimal(f"{number.normalize():f}"))


# The same for what is read later, in another language: a warning that is kept.
plain_number_lazy = lazy(plain_number, str)


def sheet_text(material: str, thickness: Decimal | None) -> str:
    """Return a sheet's material and its thickness in mm, as in “Mild Steel, 1.5 mm”.

    What is not known is left out.
    """
    thick = f"{plain_number(thickness)}\u00a0mm" if thickness else ""
    return ", ".join(filter(None, (material, thick)))
