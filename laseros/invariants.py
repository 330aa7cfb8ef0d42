"""What must be true whatever the shop does: sound tables, whole references, readable jobs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection, models
from django.db.models import Exists, OuterRef
from django.db.models.functions import Length
from django.utils.module_loading import import_string
from django_q.models import OrmQ, Schedule
from django_q.signing import SignedPackage

from laseros.doctor import RESTORE, invariant, shop_models
from laseros.tracking import Tracked


@invariant
def sound_database_file() -> Iterator[str]:
    """The database file is undamaged."""
    if connection.vendor != "sqlite":
        return  # PostgreSQL's pages are its own business
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check(20)")
        for (told,) in cursor.fetchall():
            if told != "ok":
                yield f"The database file is damaged ({told}). {RESTORE}."


@invariant
def whole_references() -> Iterator[str]:
    """Every row that is referred to exists."""
    for model in _with_links():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey):
                yield from _dangling(model, field)


def _with_links() -> Iterator[type[models.Model]]:
    """Yield the shop's models, and the tables of their many-to-many relations."""
    for model in shop_models():
        yield model
        for relation in model._meta.many_to_many:
            if relation.remote_field.through:
                yield relation.remote_field.through


def _dangling(model: type[models.Model], field: models.ForeignKey[Any, Any]) -> Iterator[str]:
    named: Any = field.target_field
    there = named.model._base_manager.filter(**{named.attname: OuterRef(field.attname)})
    rows = model._base_manager.exclude(**{field.attname: None}).exclude(Exists(there))
    for pk, key in rows.values_list("pk", field.attname).iterator():
        yield (
            f"The {model._meta.verbose_name} {pk} names the {field.verbose_name} {key}, which "
            f"does not exist. {RESTORE}."
        )


@invariant
def legal_choices() -> Iterator[str]:
    """Where there is a choice, one of the choices was made."""
    for model in shop_models():
        for field in model._meta.concrete_fields:
            if not field.choices:
                continue
            legal = {value for value, _ in field.flatchoices}
            for value in model._base_manager.order_by().values_list(field.attname).distinct():
                left_out = field.blank and value[0] in field.empty_values
                if value[0] not in legal and not left_out:
                    yield (
                        f"A {model._meta.verbose_name} has the {field.verbose_name} “{value[0]}”, "
                        f"which there is not. {RESTORE}."
                    )


@invariant
def texts_of_legal_length() -> Iterator[str]:
    """No text is longer than its column, and none is missing that must be there."""
    for model in shop_models():
        for field in model._meta.concrete_fields:
            if not isinstance(field, models.CharField) or not field.max_length:
                continue
            rows = model._base_manager.alias(length=Length(field.attname))
            wrong = models.Q(length__gt=field.max_length)
            if issubclass(model, Tracked) and not field.blank:
                wrong |= models.Q(length=0)
            for pk in rows.filter(wrong).values_list("pk", flat=True).iterator():
                yield (
                    f"The {model._meta.verbose_name} {pk} has no {field.verbose_name}, or one of "
                    f"more than {field.max_length} characters. Change it in the back office."
                )


@invariant
def readable_jobs() -> Iterator[str]:
    """Every job that waits, and every job by the clock, can be carried out."""
    for pk, payload in OrmQ.objects.order_by("pk").values_list("pk", "payload").iterator():
        try:
            name = SignedPackage.loads(payload)["func"]
            if isinstance(name, str):
                import_string(name)
        except Exception as error:
            yield (
                f"The waiting job {pk} cannot be carried out ({type(error).__name__}): it was made "
                "with another SECRET_KEY or by another version. Set the former SECRET_KEY; or "
                f'remove the job: `.venv/bin/python manage.py shell -c "from django_q.models '
                f'import OrmQ; OrmQ.objects.filter(pk={pk}).delete()"`.'
            )
    for name, func in Schedule.objects.values_list("name", "func"):
        try:
            import_string(func)
        except ImportError:
            yield (
                f"The job by the clock “{name}” calls {func}, which this version of the program "
                "does not have. Run `.venv/bin/python manage.py migrate`."
            )
