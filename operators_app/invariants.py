"""What must be true of the log, of the stamps on all rows, and of people."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection
from django.db.models import AutoField, Count, Exists, Max, Min, OuterRef, Q
from django_otp.plugins.otp_totp.models import TOTPDevice

from laseros.doctor import RESTORE, invariant, shop_models
from laseros.tracking import Tracked
from operators_app import log_replay
from operators_app.models import (
    ActivityLog,
    Flag,
    FlagStatus,
    LogHead,
    Operator,
    Role,
    RolePolicy,
    User,
)
from operators_app.verbs import SYSTEM_USERNAME


@invariant
def head_is_last_entry() -> Iterator[str]:
    """The log's head tells the number of the last entry."""
    head = LogHead.objects.values_list("seq", flat=True).first()
    last = ActivityLog.objects.aggregate(last=Max("seq"))["last"] or 0
    if head is None:
        yield f"The log has no head, so that nothing can be changed. {RESTORE}."
    elif head != last:
        yield f"The log's head says {head}, but its last entry is {last}. {RESTORE}."


@invariant
def log_without_gaps() -> Iterator[str]:
    """The log's entries are numbered without gaps from 1 on."""
    ends = ActivityLog.objects.aggregate(first=Min("seq"), last=Max("seq"), count=Count("seq"))
    if not ends["count"] or (ends["first"] == 1 and ends["count"] == ends["last"]):
        return
    before = ActivityLog.objects.filter(seq=OuterRef("seq") - 1)
    orphans = ActivityLog.objects.filter(~Exists(before), seq__gt=1).order_by("seq")
    for seq in orphans.values_list("seq", flat=True).iterator():
        yield f"The log lacks the entry before {seq}. {RESTORE}."
    if ends["first"] < 1:
        yield f"The log begins with the number {ends['first']} instead of 1. {RESTORE}."


@invariant
def keys_used_once() -> Iterator[str]:
    """Nobody's Idempotency-Key stands for two entries."""
    twice = ActivityLog.objects.order_by().values("user", "op_id").annotate(times=Count("seq"))
    for row in twice.filter(times__gt=1).iterator():
        yield (
            f"The key {row['op_id']} of user {row['user']} stands for {row['times']} entries of "
            f"the log. {RESTORE}."
        )


@invariant
def stamps_name_entries() -> Iterator[str]:
    """Every row that a phone sees names the log entry that changed it last."""
    head = LogHead.objects.values_list("seq", flat=True).first() or 0
    for model in shop_models():
        if issubclass(model, Tracked):
            wrong = model._base_manager.filter(Q(seq__lt=1) | Q(seq__gt=head))
            for pk, seq in wrong.values_list("pk", "seq").iterator():
                yield (
                    f"The {model._meta.verbose_name} {pk} names the log entry {seq}, but the log "
                    f"ends at {head}; phones would miss its changes. {RESTORE}."
                )


@invariant
def counters_are_ahead() -> Iterator[str]:
    """The next row of every table gets a number that no row has yet."""
    if connection.vendor != "postgresql":
        return  # SQLite's counters follow by themselves
    for model in apps.get_models(include_auto_created=True):
        key = model._meta.pk
        if not isinstance(key, AutoField) or model is LogHead:  # the head is one row for ever
            continue
        table, column = model._meta.db_table, str(key.column)
        last = model._base_manager.aggregate(last=Max("pk"))["last"] or 0
        if last >= _next_number(table, column):
            yield (
                f"The counter of the table {table} stands behind its rows, as after copying rows "
                f"by hand; new ones cannot be saved. Run `.venv/bin/python manage.py "
                f"sqlsequencereset {model._meta.app_label}` and send what it prints to psql."
            )


def _next_number(table: str, column: str) -> int:
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [quote(table), column])
        sequence = cursor.fetchone()[0]
        cursor.execute(f"SELECT last_value, is_called FROM {sequence}")  # noqa: S608
        last, called = cursor.fetchone()
    return int(last) + bool(called)


@invariant
def rows_hold_what_the_log_says() -> Iterator[str]:
    """Replaying the log gives the tables."""
    yield from log_replay.differences()


@invariant
def flags_stand_for_contradictions() -> Iterator[str]:
    """Every fact that contradicts something has its flag, and no other entry has one."""
    contradicting = ActivityLog.objects.exclude(flagged=[])
    for seq in contradicting.filter(flag=None).values_list("seq", flat=True).iterator():
        yield f"The log entry {seq} is flagged, but no manager is asked about it. {RESTORE}."
    for seq in Flag.objects.filter(entry__flagged=[]).values_list("pk", flat=True).iterator():
        yield f"A manager is asked about the log entry {seq}, which contradicts nothing. {RESTORE}."


@invariant
def flags_are_open_or_resolved() -> Iterator[str]:
    """A resolved flag tells who resolved it and when, an open one nobody."""
    is_open, said = Q(status=FlagStatus.OPEN), Q(resolved_at=None) | Q(resolved_by=None)
    unsaid = Q(resolved_at=None, resolved_by=None)
    wrong = Flag.objects.filter(is_open & ~unsaid | ~is_open & said)
    for pk in wrong.values_list("pk", flat=True).iterator():
        yield f"The flag of the log entry {pk} does not fit who resolved it and when. {RESTORE}."


@invariant
def roles_are_there() -> Iterator[str]:
    """There are groups for all roles, the system's own account, and somebody who is an admin."""
    missing = set(Role.values) - set(Group.objects.values_list("name", flat=True))
    for name in sorted(missing):
        yield f"The group “{name}” is gone, and its rights with it. {RESTORE}."
    told = set(RolePolicy.objects.values_list("group__name", flat=True))
    for name in sorted(set(Role.values) - missing - told):
        yield f"It is not said whether the role “{name}” requires two-factor sign-in. {RESTORE}."
    people = User.objects.exclude(username=SYSTEM_USERNAME)
    if people.count() == User.objects.count():
        yield f"The account “{SYSTEM_USERNAME}” is gone; it does the automatic work. {RESTORE}."
    admins = people.filter(Q(is_superuser=True) | Q(groups__name=Role.ADMIN.value))
    if people.exists() and not admins.filter(is_active=True).exists():
        yield (
            "No active account is an admin, so that nobody can change accounts. Make one: "
            "`.venv/bin/python manage.py createsuperuser`."
        )


@invariant
def second_factors_can_be_shown() -> Iterator[str]:
    """Whoever is asked for a code has an app with a key, and nobody else has one in force."""
    keys = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
    people = User.objects.annotate(has_key=Exists(keys))
    for name in people.filter(second_factor_at__isnull=False, has_key=False).values_list(
        "username", flat=True
    ):
        yield (
            f"“{name}” is asked for a code, but there is no key for it, so that they cannot sign "
            f"in. Run `.venv/bin/python manage.py reset_second_factor {name}`."
        )
    for name in people.filter(second_factor_at=None, has_key=True).values_list(
        "username", flat=True
    ):
        yield f"There is a key for “{name}”, but no code is asked for. {RESTORE}."


@invariant
def the_program_cannot_sign_in() -> Iterator[str]:
    """Nobody can sign in as the program itself, nor be an operator as it."""
    system = User.objects.filter(username=SYSTEM_USERNAME).first()
    if system and (system.is_active or system.has_usable_password()):
        yield (
            f"The account “{SYSTEM_USERNAME}” could be signed in with. Somebody changed it: look "
            "at the login history, then restore the last backup."
        )
    for operator in Operator.objects.filter(user__username=SYSTEM_USERNAME):
        yield f"{operator} is the program itself. Give the operator another account, or none."
