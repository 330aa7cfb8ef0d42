"""The work at hand, a request or a job: what the log and the metrics tell of it.

A verb does not know the request that called it, so it leaves word here: which verb it was, how it
ended, and its place in the activity log.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Concatenate, Literal, NamedTuple, ParamSpec, Protocol, TypeVar

from django.utils.functional import SimpleLazyObject

from laseros import metrics
from laseros.errors import LaserOSError

HANDED_ON = re.compile("[A-Za-z0-9._-]{8,64}")


class Step(NamedTuple):
    """One verb that was carried out: `code` says why it was refused; `seq` 0 means no entry."""

    verb: str
    outcome: Literal["done", "replayed", "refused", "failed"]
    code: str = ""
    seq: int = 0


@dataclass(slots=True)
class Work:
    """A request or a job: `name` is what its id is called, `asker` knows who is signed in.

    `code` says why the API refused it, a verb's reasons included.
    """

    id: str
    name: str = "request_id"
    asker: object = None
    steps: list[Step] = field(default_factory=list)
    code: str = ""

    def known(self) -> dict[str, Any]:
        """Return what every line of this work tells: its id, the user, the latest verb."""
        told: dict[str, Any] = {self.name: self.id}
        if user := _user_id(self.asker):
            told["user"] = user
        if self.steps:
            told |= {key: value for key, value in self.steps[-1]._asdict().items() if value}
            if len(self.steps) > 1:
                told["verbs"] = len(self.steps)
        if self.code:
            told["code"] = self.code
        return told


_work: ContextVar[Work | None] = ContextVar("laseros_work", default=None)
_inner: ContextVar[list[Step] | None] = ContextVar("laseros_inner_verbs", default=None)


def current() -> Work | None:
    """Return the work at hand, None where a person at a terminal does it."""
    return _work.get()


def begin(work: Work | None) -> None:
    """Let `work` be the work at hand of this thread, until another one begins; None for none."""
    _work.set(work)


def request_id() -> str:
    """Return the id of the request at hand, "" where there is none."""
    work = _work.get()
    return work.id if work and work.name == "request_id" else ""


def new_id(handed_on: str = "") -> str:
    """Return a short id for a request: the one a proxy has given it, where that is harmless."""
    return handed_on if HANDED_ON.fullmatch(handed_on) else os.urandom(8).hex()


def _user_id(asker: Any) -> int | None:
    """Return who is signed in, as far as it is known already: the log asks no database."""
    if asker is None:
        return None
    seen = asker.__dict__
    user = seen.get("_cached_user") or seen.get("user")
    if user is None or isinstance(user, SimpleLazyObject):
        return None
    return getattr(user, "user_id", None) or getattr(user, "pk", None)


class Ended(Protocol):
    """What a verb gives (operators_app.verbs.Outcome)."""

    @property
    def seq(self) -> int:
        """Its place in the activity log."""

    @property
    def replayed(self) -> bool:
        """Whether it had been done before."""


Given = ParamSpec("Given")
Result = TypeVar("Result", bound=Ended)


def observed(
    run: Callable[Concatenate[str, Given], Result],
) -> Callable[Concatenate[str, Given], Result]:
    """Let the log and the metrics know how each verb ends that `run` carries out.

    What a verb called within another did counts with the outer one, and only if that succeeds:
    else it was rolled back.
    """

    @functools.wraps(run)
    def wrapper(verb: str, /, *args: Given.args, **kwargs: Given.kwargs) -> Result:
        inner: list[Step] = []
        outer = _inner.get()
        token = _inner.set(inner)
        try:
            result = run(verb, *args, **kwargs)
        except Exception as error:
            refused = isinstance(error, LaserOSError)
            code = error.code if isinstance(error, LaserOSError) else ""
            _leave([Step(verb, "refused" if refused else "failed", code)], outer)
            raise
        finally:
            _inner.reset(token)
        outcome: Literal["done", "replayed"] = "replayed" if result.replayed else "done"
        _leave([*inner, Step(verb, outcome, seq=result.seq)], outer)
        return result

    return wrapper


def _leave(steps: list[Step], outer: list[Step] | None) -> None:
    """Leave word of finished verbs: with the verb around them, else with the work at hand."""
    if outer is not None:
        outer.extend(steps)
        return
    if work := _work.get():
        work.steps.extend(steps)
    for step in steps:
        metrics.count_verb(step.verb, step.outcome, step.code)
