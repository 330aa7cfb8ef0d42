"""The API under requests made from its own schema, sound and broken, as everybody who may ask.

The short form of `make fuzz`: the same requests each time, each undone before the next.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, models, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode

from laseros.wsgi import application
from operators_app.models import ROLES_OF_THE_API, Operator, Role
from presets_app.models import MachineSettingsPreset
from projects_app.models import DesignFile, Project
from queue_app.models import QueueItem
from tests.factories import make_person
from tests.laseros.endpoints import Shop
from tests.laseros.fuzzing import CHECKS
from tests.phone import Phone

pytestmark = pytest.mark.django_db

ROLES = [*Role.values, "nobody"]
MODES = list(GenerationMode)  # what the schema allows, and what it does not
# How many requests to each operation; from everybody else 3, for they are all refused.
EXAMPLES = dict.fromkeys(map(str, ROLES_OF_THE_API), 10)
CHAINS = 14
quietly = settings(
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)

# Which rows an id in an address (by the word before it) or in a body means.
ROWS: dict[str, type[models.Model]] = {
    "queue": QueueItem,
    "projects": Project,
    "files": DesignFile,
    "project_id": Project,
    "operator_id": Operator,
    "preset_id": MachineSettingsPreset,
}


def served(environ: Any, start_response: Any) -> Iterable[bytes]:
    """Serve one request, whole: the fuzzer does not close what it is given."""
    body = application(environ, start_response)
    try:
        return [b"".join(body)]
    finally:
        getattr(body, "close", lambda: None)()


@pytest.fixture(autouse=True)
def _in_this_thread(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Let the server use the test's transaction, as Django's test client does, and say little."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    with caplog.at_level(logging.ERROR, "django.request"):
        yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def api() -> Any:
    """The schema as it is served, with what is to be checked."""
    told = {
        "seed": 1,
        "checks": {"enabled": False, **{name: {"enabled": True} for name in CHECKS}},
        "generation": {"deterministic": True, "with-security-parameters": False},
    }
    return schemathesis.openapi.from_wsgi(
        "/api/schema?format=json", served, config=SchemathesisConfig.from_dict(told)
    )


@contextmanager
def undone() -> Iterator[None]:
    """Take back what is done in here, and forget the answers that were kept of it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    cache.clear()


class Caller:
    """Somebody with a role (or nobody) in a shop with some work, and what they were answered."""

    def __init__(self, role: str) -> None:
        who = make_person("worker", Role(role) if role in Role.values else None)
        Shop.of(who)
        self.headers = {"Authorization": f"Bearer {Phone.of(who).token}"} if role in Role else {}
        self.answers: Counter[tuple[str, int]] = Counter()

    def lend(self, case: Any) -> None:
        """Let seven in eight of the ids that were thought up be those of rows."""
        if "id" in (case.path_parameters or {}):
            word = case.path.split("/")[3]
            case.path_parameters["id"] = self._known(case.path_parameters["id"], word)
        if isinstance(case.body, dict):
            for name in ROWS.keys() & case.body.keys():
                case.body[name] = self._known(case.body[name], name)

    def _known(self, value: Any, name: str) -> Any:
        if type(value) is not int or value % 8 == 3:
            return value
        known = list(ROWS[name]._default_manager.order_by("pk").values_list("pk", flat=True))
        return value if value in known else known[value % len(known)]

    def note(self, case: Any, response: Any) -> None:
        """Remember what was answered."""
        self.answers[case.operation.label, response.status_code] += 1

    def send(self, case: Any) -> None:
        """Send the request; the answer must be as the schema says."""
        with undone():
            self.lend(case)
            response = case.call_and_validate(headers=self.headers)
        self.note(case, response)


def operations(api: Any) -> list[Any]:
    """Return the operations of the schema."""
    return [found.ok() for found in api.get_all_operations()]


@pytest.mark.parametrize("role", ROLES)
def test_every_answer_is_as_described(role: str, api: Any) -> None:
    caller = Caller(role)
    for operation in operations(api):
        cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in MODES))
        settings(quietly, max_examples=EXAMPLES.get(role, 3))(given(case=cases)(caller.send))()
    answered = {status for _, status in caller.answers}
    allowed = {200, 304, 400, 404, 409} if role in EXAMPLES else set()
    assert allowed <= answered
    assert {"viewer": 403, "nobody": 401}.get(role, 200) in answered
    assert len({label for label, _ in caller.answers}) == len(operations(api))


def test_answers_to_values_at_the_edge_are_as_described(api: Any) -> None:
    caller = Caller("operator")
    for operation in operations(api):
        options = api.config.generation_for(operation=operation, phase="coverage")
        for case in api.iter_coverage_cases(
            operation, generation_modes=MODES, generation_config=options
        ):
            caller.send(case)
    assert {200, 400, 401, 403, 404, 405} <= {status for _, status in caller.answers}


@pytest.mark.parametrize("role", sorted(ROLES_OF_THE_API))
def test_answers_along_the_links_are_as_described(role: str, api: Any) -> None:
    caller = Caller(role)

    class Chain(api.as_state_machine()):  # type: ignore[misc]
        """Adds, starts, pauses, completes and cancels, as the links lead."""

        def setup(self) -> None:
            self.stack = ExitStack()
            self.stack.enter_context(undone())

        def teardown(self) -> None:
            self.stack.close()
            super().teardown()

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": caller.headers}

        def before_call(self, case: Any) -> None:
            caller.lend(case)

        def after_call(self, response: Any, case: Any) -> None:
            super().after_call(response, case)
            caller.note(case, response)

    Chain.run(settings=settings(quietly, max_examples=CHAINS))
    done = {label for label, status in caller.answers if status == 200}
    assert len(done) >= 6, done


LIFE = ("add_to_queue", "start", "pause", "start", "complete")


@pytest.mark.parametrize("role", sorted(ROLES_OF_THE_API))
def test_a_job_is_led_through_its_life_by_the_links(role: str, api: Any) -> None:
    caller = Caller(role)
    known = {one.definition.raw["operationId"]: one for one in operations(api)}

    @settings(quietly, max_examples=2 * CHAINS)
    @given(data=st.data())
    def live(data: st.DataObject) -> None:
        with undone():
            operation = known["get_projects"]
            case = operation.Case()
            for step in LIFE:
                response = case.call_and_validate(headers=caller.headers)
                caller.note(case, response)
                if response.status_code != 200:
                    return
                links = operation.definition.raw["responses"]["200"]["links"]
                (name,) = (one for one in links if one.endswith(step))
                operation = known[name]
                place = links[name]["parameters"]["id"].removeprefix("$response.body#/")
                case = data.draw(operation.as_strategy())
                case.path_parameters["id"] = value_at(response.json(), place)
                caller.lend(case)
            caller.note(case, case.call_and_validate(headers=caller.headers))

    live()
    assert caller.answers["POST /api/mobile/queue/{id}/complete", 200]


def value_at(body: Any, place: str) -> Any:
    """Return what stands at a pointer, such as queue_items/0/id."""
    for step in place.split("/"):
        body = body[int(step)] if isinstance(body, list) else body[step]
    return body
