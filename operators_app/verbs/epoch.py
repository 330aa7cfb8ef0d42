"""The epoch in which the log counts."""

from __future__ import annotations

import uuid

from django.db import transaction

from operators_app.models import LogHead


def renew_epoch() -> uuid.UUID:
    """Begin a new epoch, as after a restore: numbers seen before mean nothing any more.

    Tags of cached answers and cursors of the old epoch no longer match, so every phone and
    device fetches everything anew instead of trusting a number that was given twice.
    """
    with transaction.atomic():
        head = LogHead.objects.select_for_update().get(pk=1)
        head.epoch = uuid.uuid4()
        head.save(update_fields=["epoch"])
    return head.epoch
