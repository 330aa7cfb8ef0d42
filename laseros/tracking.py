"""The base of every row that a phone or a spreadsheet may see."""

from __future__ import annotations

import functools
from collections import defaultdict
from dataclasses import dataclass
from typing import ClassVar

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Embed:
    """What a row shows of another one: a preset's name stands in the answer about a project.

    `model` is the other row's label (`app.model`), `path` the lookup that leads to it, `fields`
    the columns shown. When one of them changes, this row looks different and gets a new `seq`.
    """

    model: str
    path: str
    fields: frozenset[str]


def shows(model: str, path: str, *fields: str) -> Embed:
    """Return an Embed."""
    return Embed(model, path, frozenset(fields))


class Tracked(models.Model):
    """A row that knows when, and with which entry of the log, it last changed.

    Only verbs write it: they set `updated_at` and `seq` from their run (see operators_app.verbs).
    `updated_at` tells when its own columns changed, for whoever is about to change them; `seq`
    also grows when what it shows of other rows changed, for whoever fetches what is new.
    """

    # Never deleted, only archived: its code is given once, or a phone without a network names it.
    is_kept: ClassVar[bool] = False
    embeds: ClassVar[tuple[Embed, ...]] = ()

    created_at = models.DateTimeField(_("created"), editable=False)
    updated_at = models.DateTimeField(_("last changed"), editable=False)
    seq = models.BigIntegerField(
        _("log entry"),
        editable=False,
        db_index=True,
        help_text=_("The number of the log entry that last changed this row."),
    )

    class Meta:
        abstract = True


Shown = tuple[type[Tracked], str, frozenset[str]]


@functools.cache
def shown_in() -> dict[str, list[Shown]]:
    """Return, for each label, the models that show something of it, how, and which columns."""
    found: dict[str, list[Shown]] = defaultdict(list)
    for model in apps.get_models():
        if issubclass(model, Tracked):
            for embed in model.embeds:
                found[embed.model].append((model, embed.path, embed.fields))
    return dict(found)
