"""The small named cast that every test may call upon."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.utils import translation
from hypothesis import settings as hypothesis_settings

from operators_app.models import Operator, Role, User
from operators_app.verbs import Actor
from tests.factories import make_person
from tests.phone import Phone

hypothesis_settings.register_profile("busy machine", deadline=None)  # tests are not timed
hypothesis_settings.load_profile("busy machine")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests with real transactions back what the migrations put into the database.

    Tests on the demo use the database: pytest-django must know that before it puts the tests in
    order, or they come after those with real transactions, which leave an empty one.
    """
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker is None and "demo" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.django_db)
        elif marker and marker.kwargs.get("transaction"):
            kept = pytest.mark.django_db(transaction=True, serialized_rollback=True)
            item.add_marker(kept, append=False)


@pytest.fixture(autouse=True)
def _quick_and_apart(settings: Any, tmp_path: Any) -> Iterator[None]:
    """Hash passwords quickly, keep files in the test's own folder, forget cached answers."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MEDIA_ROOT = tmp_path / "files"
    cache.clear()
    yield
    cache.clear()
    translation.deactivate()  # a request leaves its reader's language to the thread


@pytest.fixture
def olga(db: None) -> Operator:
    """An operator."""
    return make_person("olga", Role.OPERATOR)


@pytest.fixture
def otto(db: None) -> Operator:
    """Another operator."""
    return make_person("otto", Role.OPERATOR)


@pytest.fixture
def mary(db: None) -> Operator:
    """A manager, with an operator profile."""
    return make_person("mary", Role.MANAGER)


@pytest.fixture
def ada(db: None) -> Operator:
    """An admin, with an operator profile."""
    return make_person("ada", Role.ADMIN)


@pytest.fixture
def victor(db: None) -> User:
    """A viewer."""
    user = make_person("victor", Role.VIEWER).user
    assert user is not None
    return user


@pytest.fixture
def manager(mary: Operator) -> Actor:
    """The manager as an actor."""
    return actor(mary)


@pytest.fixture
def operator(olga: Operator) -> Actor:
    """The operator as an actor."""
    return actor(olga)


def actor(person: Operator) -> Actor:
    """Return the actor for a person of the cast."""
    assert person.user is not None
    return Actor.of_user(User.objects.get(pk=person.user.pk))


@pytest.fixture
def phone(olga: Operator) -> Phone:
    """The operator's phone, signed in."""
    return Phone.of(olga)


@pytest.fixture
def boss_phone(mary: Operator) -> Phone:
    """The manager's phone, signed in."""
    return Phone.of(mary)


def on_postgres() -> bool:
    """Tell whether these tests run on PostgreSQL."""
    return "postgresql" in django_settings.DATABASES["default"]["ENGINE"]
