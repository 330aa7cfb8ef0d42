"""The proofs of the verb runner: replay, refusals, races, and a `seq` without gaps."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Unpack

import pytest
from django.db import connection, transaction

from laseros.errors import KeyReused, NotFound, TransitionError
from operators_app.models import ActivityLog, AppendOnlyError, LogHead, Operator
from operators_app.signals import log_appended
from operators_app.verbs import Actor, Call, Outcome, Run, Target, derived_op_id, run_verb

THREADS = 32


def count_up(pk: int, *, step: int = 1, pause: float = 0, **call: Unpack[Call]) -> Outcome:
    """A verb for these tests: adds `step` to the number kept in an operator's phone."""

    def write(run: Run) -> dict[str, Any]:
        row = run.lock(Operator, pk, "There is no such operator.")
        number = int(row.phone or 0)
        if number < 0:
            raise TransitionError("The number is frozen.", "frozen")
        time.sleep(pause)
        run.save(row, phone=str(number + step))
        return {"number": number + step}

    return run_verb("count_up", Target("operator", pk), {"step": step}, write, **call)


def in_threads(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run `work` in so many threads at once and return what each gave or raised."""
    barrier = threading.Barrier(count)

    def one(index: int) -> Any:
        try:
            barrier.wait(timeout=30)
            return work(index)
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def assert_no_gaps(first: int) -> None:
    """The log's numbers follow each other, and the head tells the last."""
    numbers = list(
        ActivityLog.objects.filter(seq__gte=first).order_by("seq").values_list("seq", flat=True)
    )
    assert numbers == list(range(first, first + len(numbers)))
    assert LogHead.objects.get().seq == numbers[-1]


def test_a_verb_writes_the_row_and_one_entry_with_the_same_seq(
    olga: Operator, manager: Actor
) -> None:
    outcome = count_up(olga.pk, by=manager)
    olga.refresh_from_db()
    entry = ActivityLog.objects.get(seq=outcome.seq)
    assert olga.phone == "1"
    assert olga.seq == entry.seq == LogHead.objects.get().seq
    assert entry.before == {f"operator:{olga.pk}": {"phone": ""}}
    assert entry.after == {f"operator:{olga.pk}": {"phone": "1"}}
    assert entry.user_id == manager.user_id
    assert olga.updated_at == entry.recorded_at


def test_a_replay_returns_the_stored_result_and_writes_nothing(
    olga: Operator, manager: Actor
) -> None:
    key = uuid.uuid4()
    first = count_up(olga.pk, by=manager, op_id=key)
    count_up(olga.pk, by=manager)
    again = count_up(olga.pk, by=manager, op_id=key)
    assert again.replayed
    assert (again.data, again.seq) == (first.data, first.seq)
    assert Operator.objects.get(pk=olga.pk).phone == "2"
    assert LogHead.objects.get().seq == first.seq + 1


def test_a_replay_comes_before_the_rules(olga: Operator, manager: Actor) -> None:
    key = uuid.uuid4()
    count_up(olga.pk, by=manager, op_id=key)
    Operator.objects.filter(pk=olga.pk).update(phone="-1")
    assert count_up(olga.pk, by=manager, op_id=key).data == {"number": 1}
    with pytest.raises(TransitionError):
        count_up(olga.pk, by=manager)


def test_the_same_key_with_another_request_is_refused(
    olga: Operator, otto: Operator, manager: Actor
) -> None:
    key = uuid.uuid4()
    count_up(olga.pk, by=manager, op_id=key)
    with pytest.raises(KeyReused):
        count_up(olga.pk, step=2, by=manager, op_id=key)
    with pytest.raises(KeyReused):
        count_up(otto.pk, by=manager, op_id=key)


def test_the_fingerprint_is_of_the_body_as_received(olga: Operator, manager: Actor) -> None:
    key = uuid.uuid4()
    count_up(olga.pk, by=manager, op_id=key, body={})
    assert count_up(olga.pk, step=1, by=manager, op_id=key, body={}).replayed
    with pytest.raises(KeyReused):  # the same meaning, but not the same words
        count_up(olga.pk, step=1, by=manager, op_id=key, body={"step": 1})


def test_the_same_key_by_another_user_is_their_own(
    olga: Operator, manager: Actor, operator: Actor
) -> None:
    key = uuid.uuid4()
    count_up(olga.pk, by=manager, op_id=key)
    assert not count_up(olga.pk, by=operator, op_id=key).replayed
    assert Operator.objects.get(pk=olga.pk).phone == "2"


def test_a_refusal_is_not_stored_and_may_be_tried_again(olga: Operator, manager: Actor) -> None:
    key = uuid.uuid4()
    seq = LogHead.objects.get().seq
    Operator.objects.filter(pk=olga.pk).update(phone="-1")
    with pytest.raises(TransitionError):
        count_up(olga.pk, by=manager, op_id=key)
    with pytest.raises(NotFound):
        count_up(0, by=manager)
    assert LogHead.objects.get().seq == seq
    Operator.objects.filter(pk=olga.pk).update(phone="5")
    assert count_up(olga.pk, by=manager, op_id=key).data == {"number": 6}


def test_what_changes_nothing_leaves_no_entry(olga: Operator, manager: Actor) -> None:
    seq = LogHead.objects.get().seq
    count_up(olga.pk, step=1, by=manager)
    assert count_up(olga.pk, step=0, by=manager).seq == 0
    assert LogHead.objects.get().seq == seq + 1
    key = uuid.uuid4()  # whoever brings a key of their own is remembered all the same
    count_up(olga.pk, step=0, by=manager, op_id=key)
    assert count_up(olga.pk, step=0, by=manager, op_id=key).replayed


def test_a_verb_within_a_verb_has_a_key_of_its_own_and_is_replayed_with_it(
    olga: Operator, otto: Operator, manager: Actor
) -> None:
    def both(**call: Unpack[Call]) -> Outcome:
        def write(run: Run) -> dict[str, Any]:
            run.save(run.lock(Operator, olga.pk, "?"), email="o@example.com")
            inner = count_up(otto.pk, **run.sub_call("count_up"))
            return {"inner": inner.data}

        return run_verb("both", Target("operator", olga.pk), {}, write, **call)

    key = uuid.uuid4()
    seq = LogHead.objects.get().seq
    assert both(by=manager, op_id=key).data == {"inner": {"number": 1}}
    assert both(by=manager, op_id=key).replayed
    assert Operator.objects.get(pk=otto.pk).phone == "1"
    assert ActivityLog.objects.get(op_id=derived_op_id(key, "count_up")).verb == "count_up"
    assert_no_gaps(seq + 1)


def test_entries_are_never_changed_or_deleted(olga: Operator, manager: Actor) -> None:
    entry = ActivityLog.objects.get(seq=count_up(olga.pk, by=manager).seq)
    for attempt in (
        entry.save,
        entry.delete,
        ActivityLog.objects.all().delete,
        lambda: ActivityLog.objects.update(verb="x"),
    ):
        with pytest.raises(AppendOnlyError):
            attempt()


@pytest.mark.django_db(transaction=True)
def test_32_threads_on_one_row_lose_nothing(olga: Operator, manager: Actor) -> None:
    start = LogHead.objects.get().seq
    results = in_threads(THREADS, lambda _: count_up(olga.pk, pause=0.002, by=manager))
    assert [one for one in results if isinstance(one, Exception)] == []
    assert Operator.objects.get(pk=olga.pk).phone == str(THREADS)
    assert sorted(one.data["number"] for one in results) == list(range(1, THREADS + 1))
    assert_no_gaps(start + 1)


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_the_race_is_real(olga: Operator) -> None:
    """The same reading and writing outside the runner loses updates: the lock saves them."""

    def unlocked(_: int) -> None:
        number = int(Operator.objects.get(pk=olga.pk).phone or 0)
        time.sleep(0.02)
        Operator.objects.filter(pk=olga.pk).update(phone=str(number + 1))

    in_threads(8, unlocked)
    assert int(Operator.objects.get(pk=olga.pk).phone) < 8


@pytest.mark.django_db(transaction=True)
def test_one_key_sent_by_32_threads_at_once_is_carried_out_once(
    olga: Operator, manager: Actor
) -> None:
    key = uuid.uuid4()
    results = in_threads(THREADS, lambda _: count_up(olga.pk, by=manager, op_id=key))
    assert {one.seq for one in results} == {results[0].seq}
    assert sum(not one.replayed for one in results) == 1
    assert Operator.objects.get(pk=olga.pk).phone == "1"


@pytest.mark.django_db(transaction=True)
def test_seq_has_no_gap_under_concurrent_writers_and_rollbacks(
    olga: Operator, otto: Operator, manager: Actor
) -> None:
    start = LogHead.objects.get().seq

    def one(index: int) -> None:
        who = olga if index % 2 else otto
        for _ in range(3):
            if index % 4 == 3:  # a quarter of them take a number and roll back
                with pytest.raises(ZeroDivisionError), transaction.atomic():
                    count_up(who.pk, by=manager)
                    raise ZeroDivisionError
            else:
                count_up(who.pk, by=manager)

    results = in_threads(16, one)
    assert [r for r in results if r is not None] == []
    assert ActivityLog.objects.filter(seq__gt=start).count() == 12 * 3
    assert_no_gaps(start + 1)


@pytest.mark.django_db(transaction=True)
def test_a_reader_never_steps_over_an_entry(olga: Operator, manager: Actor) -> None:
    """Whoever reads the entries after the last one they saw, sees every entry exactly once."""
    start = seen = LogHead.objects.get().seq
    got: list[int] = []
    done = threading.Event()

    def read() -> None:
        nonlocal seen
        while not (done.is_set() and seen == LogHead.objects.get().seq):
            rows = ActivityLog.objects.filter(seq__gt=seen).order_by("seq")
            for number in rows.values_list("seq", flat=True):
                got.append(number)
                seen = number
        connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    in_threads(8, lambda _: [count_up(olga.pk, by=manager) for _ in range(4)])
    done.set()
    reader.join(timeout=30)
    assert got == list(range(start + 1, start + 33))


@pytest.mark.django_db(transaction=True)
def test_the_nudge_comes_after_the_commit_and_not_for_a_rollback(
    olga: Operator, manager: Actor
) -> None:
    heard: list[int] = []

    def hear(seq: int, **kwargs: Any) -> None:
        heard.append(seq)

    log_appended.connect(hear)
    try:
        with transaction.atomic():
            outcome = count_up(olga.pk, by=manager)
            assert heard == []
        assert heard == [outcome.seq]
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            count_up(olga.pk, by=manager)
            raise ZeroDivisionError
        assert heard == [outcome.seq]
    finally:
        log_appended.disconnect(hear)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="NOTIFY is PostgreSQL's")
def test_other_processes_are_notified_on_postgresql(olga: Operator, manager: Actor) -> None:
    import psycopg

    info = connection.get_connection_params()
    wanted = {k: info[k] for k in ("dbname", "host", "port", "user", "password") if info.get(k)}
    with psycopg.connect(**wanted, autocommit=True) as listener:
        listener.execute("LISTEN laseros_log")
        outcome = count_up(olga.pk, by=manager)
        heard = [note.payload for note in listener.notifies(timeout=5, stop_after=1)]
    assert heard == [str(outcome.seq)]
