"""The runner that every change of the shop's state goes through (DESIGN, “The one idea”)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Required, TypedDict, TypeVar, cast

from django.db import connection, models, transaction
from django.db.models import QuerySet
from django.db.models.deletion import Collector
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from laseros import clock, work
from laseros.api import to_json
from laseros.compiled import CompiledQuery, Given
from laseros.compiled_rows import insert_row, row_by_id, update_row
from laseros.errors import Changed, KeyReused, NotFound
from laseros.languages import Text, shop_language, speaks_shop_language
from laseros.tracking import Tracked, shown_in
from operators_app.models import ActivityLog, Flag, LogHead
from operators_app.signals import log_appended, rows_written
from operators_app.verbs.actor import Actor

Row = TypeVar("Row", bound=models.Model)
Json = dict[str, Any]

# A phone's clock may run a little ahead; only more than this contradicts the server.
CLOCK_SKEW = dt.timedelta(minutes=1)
MOST_KEYS = 900  # in one statement
NOTIFY_CHANNEL = "laseros_log"
SECRET_FIELDS = {"password", "auth_hash"}
CHANGED_SINCE = gettext_lazy(
    "Somebody else changed this since you opened it; look at it again, then repeat your change."
)
# Told by the entry itself: its number and its time.
STAMPS = frozenset({"created_at", "updated_at", "seq"})


class Call(TypedDict, total=False):
    """What every verb takes besides its own arguments.

    by: who does it. op_id: the Idempotency-Key; made here where absent. performed_at: when it
    was done, by the clock of whoever did it. body: the request as received, for the fingerprint.
    updated_at: the row's version that the caller saw.
    """

    by: Required[Actor]
    op_id: uuid.UUID | None
    performed_at: dt.datetime | None
    body: Mapping[str, Any] | None
    updated_at: dt.datetime | None


class Target(NamedTuple):
    """What a verb is about: a table's name in the singular, and the row's id if it has one."""

    type: str
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a verb gave: the body for the caller, its place in the log, whether it was a replay."""

    data: Json
    seq: int
    replayed: bool = False


def derived_op_id(op_id: uuid.UUID, verb: str) -> uuid.UUID:
    """Return the key under which a verb calls another, so that a replay repeats neither."""
    return uuid.uuid5(op_id, verb)


@dataclass(slots=True)
class Run:
    """One verb being carried out, inside its transaction, with the log's head locked."""

    verb: str
    target: Target
    by: Actor
    op_id: uuid.UUID
    now: dt.datetime
    performed_at: dt.datetime
    effective_at: dt.datetime
    updated_at: dt.datetime | None = None
    before: Json = field(default_factory=dict)
    after: Json = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    _seq: int | None = None
    _changed: dict[str, dict[int, set[str] | None]] = field(default_factory=dict)

    @property
    def seq(self) -> int:
        """This entry's number, taken from the locked head when first asked for."""
        if self._seq is None:
            self._seq = LogHead.advance()
        return self._seq

    @property
    def wrote(self) -> bool:
        """Whether anything was written, so that an entry of the log is due."""
        return self._seq is not None

    def sub_call(self, verb: str) -> Call:
        """Return what to pass on to another verb that is called within this one."""
        return Call(by=self.by, op_id=derived_op_id(self.op_id, verb), performed_at=None)

    def concern(self, row: models.Model) -> None:
        """Let the entry be about a row that did not exist when the verb was called."""
        self.target = Target(self.target.type, row.pk)

    def lock(self, model: type[Row], pk: int, missing: Text) -> Row:
        """Return the row, locked; raise NotFound saying `missing` where there is none."""
        row = row_by_id(model, pk, lock=True)
        if row is None:
            raise NotFound(missing)
        return row

    def check_unchanged(self, row: Tracked, current: Callable[[], Json]) -> None:
        """Raise Changed where the caller saw another version of the row than there is now."""
        seen = self.updated_at
        if seen and clock.to_milliseconds(seen) != clock.to_milliseconds(row.updated_at):
            raise Changed(CHANGED_SINCE, current_data=current())

    def save(self, row: models.Model, **changes: Any) -> list[str]:
        """Write the fields that differ, note before → after, stamp the row; return their names.

        An unsaved row is inserted whole. A row whose fields all have these values is not written.
        """
        if row._state.adding:
            return self._insert(row, changes)
        changed = [name for name, value in changes.items() if getattr(row, name) != value]
        if not changed:
            return []
        self._note(self.before, row, changed)
        for name in changed:
            setattr(row, name, changes[name])
        self._note(self.after, row, changed)
        update_row(row, [*changed, *self._stamp(row)])
        looks = self._changed.setdefault(row._meta.label_lower, {})
        if (before := looks.setdefault(row.pk, set())) is not None:
            before.update(changed)
        return changed

    def _insert(self, row: models.Model, values: Mapping[str, Any]) -> list[str]:
        """Insert a row and note all that it holds, so that replaying the log gives the row."""
        for name, value in values.items():
            setattr(row, name, value)
        self._stamp(row)
        insert_row(row)
        fields = [
            f for f in row._meta.concrete_fields if f.name not in STAMPS and not f.primary_key
        ]
        names = [f.attname for f in fields]
        self._note(self.after, row, [name for name in names if getattr(row, name) is not None])
        return names

    def remove(self, row: models.Model) -> None:
        """Delete a row without history, keeping in the log what it and what goes with it held.

        Raises ProtectedError where something still refers to it.
        """
        collector = Collector(using="default", origin=row)
        collector.collect([row])
        gone = [one for rows in collector.data.values() for one in rows]
        gone += [one for rows in collector.fast_deletes for one in rows]
        for one in gone:
            fields = [f.attname for f in one._meta.concrete_fields if not f.primary_key]
            self._note(self.before, one, fields)
            self.after[_key(one)] = None
        _ = self.seq
        collector.delete()

    def note_written(self, model: type[models.Model], pk: int, before: Json, after: Json) -> None:
        """Note before → after of a row that was written in bulk, with this run's stamps."""
        key = f"{model._meta.model_name}:{pk}"
        self.before.setdefault(key, {}).update(before)
        self.after.setdefault(key, {}).update(after)
        looks = self._changed.setdefault(model._meta.label_lower, {})
        if (names := looks.setdefault(pk, set())) is not None:
            names.update(after)

    def touch(self, row: Tracked) -> None:
        """Give a new `seq` to a row that looks different though none of its own columns changed."""
        row.seq = self.seq
        update_row(row, ["seq"])
        self._changed.setdefault(row._meta.label_lower, {})[row.pk] = None

    def touch_embedding(self) -> None:
        """Give a new `seq` to every row that shows something of what was changed (Tracked.embeds).

        One statement for each table that shows it, some where a sheet changed thousands of rows;
        `updated_at` stays, for nobody's edit of those
        rows is in conflict with this.
        """
        for label, rows in self._changed.items():
            for model, path, fields in shown_in().get(label, ()):
                keys = [pk for pk, names in rows.items() if names is None or names & fields]
                for start in range(0, len(keys), MOST_KEYS):
                    some = keys[start : start + MOST_KEYS]
                    showing = model._default_manager.filter(**{f"{path}__in": some})
                    showing.exclude(seq=self.seq).update(seq=self.seq)

    def _stamp(self, row: models.Model) -> list[str]:
        seq = self.seq
        if not isinstance(row, Tracked):
            return []
        row.updated_at, row.seq = self.now, seq
        if row._state.adding:
            row.created_at = self.now
        return ["updated_at", "seq"]

    def _note(self, side: Json, row: models.Model, names: list[str]) -> None:
        told = side.setdefault(_key(row), {})
        for name in names:
            told[name] = "•••" if name in SECRET_FIELDS else _plain(getattr(row, name))

    def flag(self, *reasons: str) -> None:
        """Mark this fact as contradicting what the server knew."""
        self.flags.extend(reasons)

    def clamp_to_now(self) -> None:
        """Count what was performed in the future from now; flag it.

        What was sent is kept in `performed_at`; only `effective_at`, which minutes are counted
        from, moves.
        """
        if self.performed_at > self.now:
            self.effective_at = self.now
            if self.performed_at - self.now > CLOCK_SKEW:
                self.flag("performed_in_the_future")

    def clamp_to_previous(self, previous: dt.datetime) -> None:
        """Count what was performed before the row's previous entry from that entry; flag it."""
        if self.effective_at < previous:
            self.effective_at = previous
            if self.performed_at < previous:
                self.flag("performed_before_previous_entry")


@work.observed
def run_verb(
    verb: str,
    target: Target,
    given: Mapping[str, Any],
    write: Callable[[Run], Json],
    *,
    by: Actor,
    op_id: uuid.UUID | None = None,
    performed_at: dt.datetime | None = None,
    body: Mapping[str, Any] | None = None,
    updated_at: dt.datetime | None = None,
) -> Outcome:
    """Carry out `write` as one transaction with one entry of the log, or replay what it gave.

    `write` gets the Run and returns the JSON body for the caller. `given` are the verb's own
    arguments: with the target they make the fingerprint where no request body came along.
    Raises KeyReused where `op_id` came before with another request, and whatever `write` raises;
    then nothing is stored. Where `write` changed nothing and the caller brought no key of their
    own, no entry is written.
    """
    said = dict(body) if body is not None else {**given, "performed_at": performed_at}
    print_ = fingerprint(verb, target, said)
    with transaction.atomic():
        row_by_id(LogHead, 1, lock=True)
        if op_id and (done := DONE.tuples(user=by.user_id, op_id=op_id)):
            return _replay(done[0][0], print_)
        now = clock.now()
        when = performed_at or now
        run = Run(verb, target, by, op_id or uuid.uuid4(), now, when, when, updated_at)
        run.clamp_to_now()
        told = write(run)
        data = json.loads(to_json(told))
        run.touch_embedding()
        if run.wrote:
            rows_written.send(sender=Run, run=run)
        if run.wrote or op_id:
            _append(run, print_, _kept(told, data))
        return Outcome(data, run._seq or 0)


def _kept(told: Json, data: Json) -> Json:
    """Return what a verb gave as the log keeps it: its warnings in the shop's language."""
    if speaks_shop_language():
        return data
    with shop_language():
        return cast(Json, json.loads(to_json(told)))


def fingerprint(verb: str, target: Target, said: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the request: verb, target, and the body before any default."""
    text = json.dumps([verb, target, said], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _done(user: Given, op_id: Given) -> QuerySet[ActivityLog]:
    return ActivityLog.objects.filter(user_id=user, op_id=op_id)


DONE = CompiledQuery(_done, {"seq": "seq"}, user=models.BigAutoField(), op_id=models.UUIDField())


def was_done(user_id: int, op_id: uuid.UUID) -> bool:
    """Tell whether this person's request of that key was carried out: it will be replayed."""
    return bool(DONE.tuples(user=user_id, op_id=op_id))


def _replay(seq: int, print_: str) -> Outcome:
    earlier = ActivityLog.objects.get(seq=seq)
    if earlier.fingerprint != print_:
        raise KeyReused(
            _(
                "This Idempotency-Key was used before for another request; send a new key with a "
                "new request."
            )
        )
    return Outcome(earlier.result, earlier.seq, replayed=True)


def _append(run: Run, print_: str, data: Json) -> None:
    entry = ActivityLog(
        seq=run.seq,
        verb=run.verb,
        target_type=run.target.type,
        target_id=run.target.id,
        user_id=run.by.user_id,
        session_id=run.by.session_id,
        source=run.by.source,
        op_id=run.op_id,
        fingerprint=print_,
        result=data,
        before=run.before,
        after=run.after,
        performed_at=run.performed_at,
        effective_at=run.effective_at,
        recorded_at=run.now,
        flagged=run.flags,
    )
    insert_row(entry)
    if run.flags:
        Flag.objects.create(entry=entry)
    _nudge(entry.seq)


def _nudge(seq: int) -> None:
    """Wake whoever tails the log, after the commit; PostgreSQL tells the other processes too."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [NOTIFY_CHANNEL, str(seq)])
    transaction.on_commit(lambda: log_appended.send(sender=ActivityLog, seq=seq), robust=True)


def _key(row: models.Model) -> str:
    return f"{row._meta.model_name}:{row.pk}"


def _plain(value: Any) -> Any:
    """Return a value as the log keeps it: JSON's own words, else its text."""
    if value is None or isinstance(value, (bool, int, float, str, list, dict)):
        return value
    return clock.iso(value) if isinstance(value, dt.datetime) else str(value)
