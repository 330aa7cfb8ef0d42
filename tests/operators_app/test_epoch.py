"""After a restore nobody trusts a number that was given twice."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from operators_app.models import LogHead
from tests.phone import Phone


@pytest.mark.django_db
def test_a_new_epoch_makes_every_phone_fetch_anew(phone: Phone) -> None:
    tag = phone.get("queue")["ETag"]
    assert phone.get("queue", If_None_Match=tag).status_code == 304
    before = LogHead.objects.get()
    call_command("renew_epoch", verbosity=0)
    after = LogHead.objects.get()
    assert (after.seq, after.epoch != before.epoch) == (before.seq, True)
    assert phone.get("queue", If_None_Match=tag).status_code == 200
