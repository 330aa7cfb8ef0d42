"""The base of every row that a phone or a spreadsheet may see."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Tracked(models.Model):
    """A row that knows when, and with which entry of the log, it last changed.

    Only verbs write it: they set `updated_at` and `seq` from their run (see operators_app.verbs).
    """

    # A row with a code of its own is never deleted, for its code would be given a second time.
    has_code: ClassVar[bool] = False

    created_at = models.DateTimeField("created", editable=False)
    updated_at = models.DateTimeField("last changed", editable=False)
    seq = models.BigIntegerField(
        "log entry",
        editable=False,
        db_index=True,
        help_text="The number of the log entry that last changed this row.",
    )

    class Meta:
        abstract = True
