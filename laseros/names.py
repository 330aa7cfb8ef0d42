"""Names as people compare them: case and blanks make no other name."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _


def name_key(name: str) -> str:
    """Return the form in which names are compared: case and spacing do not count."""
    return " ".join(name.split()).casefold()


def check_new_name(row: models.Model, field: str) -> None:
    """Raise ValidationError for a new name that another row has in another case.

    The very same name is for the column's own constraint. What is stored already stays valid. No
    database folds letters as `name_key` does: all names are read.
    """
    name, others = getattr(row, field), type(row)._default_manager.order_by()
    if others.filter(pk=row.pk, **{field: name}).exists():
        return
    key = name_key(name)
    for other in others.exclude(pk=row.pk).values_list(field, flat=True):
        if other != name and name_key(other) == key:
            said = _("“%(name)s” is there already; case and spaces alone make no other name.")
            raise ValidationError({field: said % {"name": other}})
