"""The demo's published password opens no shop that is at work."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import Tags, run_checks

from operators_app.models import User

pytestmark = pytest.mark.django_db


def problems() -> list[str]:
    """Return the ids of what the database's checks find."""
    return [str(one.id) for one in run_checks(tags=[Tags.database], databases=["default"])]


def test_the_published_password_is_refused_with_debug_off(settings: Any) -> None:
    manager = User.objects.create_user("manager", password=settings.DEMO_PASSWORD)
    assert problems() == ["laseros.E001"]
    settings.DEBUG = True
    assert problems() == []
    settings.DEBUG = False
    User.objects.filter(pk=manager.pk).update(is_active=False)
    assert problems() == []
    User.objects.filter(pk=manager.pk).update(is_active=True)
    manager.set_password("one of its own")
    manager.save()
    assert problems() == []
