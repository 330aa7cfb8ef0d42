"""The endpoints of the queue (contract, section 5.2) and of the own statistics (5.5)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.request import Request
from rest_framework.response import Response

from laseros.errors import NotFound
from laseros.schema import Endpoint
from operators_app.verbs import Call, Outcome
from operators_app.views import ApiView, VerbView
from queue_app import serializers as shapes
from queue_app import verbs
from queue_app.models import QueueCount
from queue_app.operator_stats import operator_stats, recent_jobs, shop_minute, todays_schedule
from queue_app.queries import queue_row, queue_rows
from queue_app.verbs.transitions import NO_ITEM


class QueueView(VerbView):
    """GET and POST /queue."""

    endpoints = {
        "GET": Endpoint("The queue", shapes.QueueListAnswer, query=shapes.QueueListQuery),
        "POST": Endpoint(
            "Add a project to the queue", shapes.ItemPlacedAnswer, body=shapes.AddProjectBody
        ),
    }
    message = gettext_lazy("Project added to queue successfully")

    def get(self, request: Request) -> Response:
        """Return a page of the queue, in its order, with the counts."""

        def build() -> dict[str, Any]:
            query = self.read_query()
            rows = queue_rows(query["status"], query["limit"], query["offset"])
            items = [shapes.told_item(row, self.actor) for row in rows]
            return {"queue_items": items, "stats": QueueCount.stats()}

        return self.answer_cached(build)

    def post(self, request: Request) -> Response:
        """Add a project to the queue."""
        return self.respond(request)

    def carry_out(self, given: dict[str, Any], call: Call, **kwargs: Any) -> Outcome:
        """Call add_to_queue."""
        return verbs.add_to_queue(given.pop("project_id"), **given, **call)


class AddToQueueView(VerbView):
    """POST /projects/{id}/add-to-queue."""

    endpoints = {
        "POST": Endpoint("Add this project to the queue", shapes.ItemPlacedAnswer, shapes.AddBody)
    }
    message = gettext_lazy("Project added to queue successfully")

    def post(self, request: Request, pk: int) -> Response:
        """Add the project to the queue."""
        return self.respond(request, pk=pk)

    def carry_out(self, given: dict[str, Any], call: Call, **kwargs: Any) -> Outcome:
        """Call add_to_queue."""
        return verbs.add_to_queue(kwargs["pk"], **given, **call)


class QueueItemView(VerbView):
    """GET, PATCH and DELETE /queue/{id}."""

    endpoints = {
        "GET": Endpoint("One queue item", shapes.QueueItemAnswer),
        "PATCH": Endpoint("Change a queue item", shapes.ItemPlacedAnswer, shapes.ItemPatchBody),
        "DELETE": Endpoint(
            "Cancel a queue item (managers)", shapes.ItemPlacedAnswer, shapes.CancelBody
        ),
    }

    def get(self, request: Request, pk: int) -> Response:
        """Return one queue item in detail."""

        def build() -> dict[str, Any]:
            row = queue_row(pk)
            if row is None:
                raise NotFound(NO_ITEM)
            return {"queue_item": shapes.told_item(row, self.actor)}

        return self.answer_cached(build)

    def patch(self, request: Request, pk: int) -> Response:
        """Change priority, date, estimate or notes."""
        self.message = _("Queue item updated successfully")
        return self.respond(request, pk=pk)

    def delete(self, request: Request, pk: int) -> Response:
        """Cancel the queue item; its project is Approved again, or Completed, before a recut."""
        self.message = _("Queue item cancelled successfully")
        return self.respond(request, pk=pk)

    def carry_out(self, given: dict[str, Any], call: Call, **kwargs: Any) -> Outcome:
        """Call update_item or cancel_item."""
        if self.request.method == "DELETE":
            return verbs.cancel_item(kwargs["pk"], **call)
        return verbs.update_item(kwargs["pk"], given, **call)


class StartView(VerbView):
    """POST /queue/{id}/start."""

    endpoints = {"POST": Endpoint("Start a job", shapes.StartedAnswer, shapes.StartBody)}
    message = gettext_lazy("Job started successfully")

    def post(self, request: Request, pk: int) -> Response:
        """Start the job."""
        return self.respond(request, pk=pk)

    def carry_out(self, given: dict[str, Any], call: Call, **kwargs: Any) -> Outcome:
        """Call start_job."""
        return verbs.start_job(kwargs["pk"], **given, **call)


class PauseView(VerbView):
    """POST /queue/{id}/pause."""

    endpoints = {"POST": Endpoint("Pause a job", shapes.ItemChangedAnswer, shapes.PauseBody)}
    message = gettext_lazy("Job paused successfully")

    def post(self, request: Request, pk: int) -> Response:
        """Pause the job."""
        return self.respond(request, pk=pk)

    def carry_out(self, given: dict[str, Any], call: Call, **kwargs: Any) -> Outcome:
        """Call pause_job."""
        return verbs.pause_job(kwargs["pk"], **given, **call)


class CompleteView(VerbView):
    """POST /queue/{id}/complete."""

    endpoints = {"POST": Endpoint("Complete a job", shapes.CompletedAnswer, shapes.CompleteBody)}
    message = gettext_lazy("Job completed successfully")

    def post(self, request: Request, pk: int) -> Response:
        """Complete the job and record the run."""
        return self.respond(request, pk=pk)

    def carry_out(self, given: dict[str, Any], call: Call, **kwargs: Any) -> Outcome:
        """Call complete_job."""
        return verbs.complete_job(kwargs["pk"], **given, **call)


class MyStatsView(ApiView):
    """GET /operators/me/stats."""

    endpoints = {"GET": Endpoint("The own statistics and today's schedule", shapes.StatsAnswer)}

    def get(self, request: Request) -> Response:
        """Return figures, latest jobs and schedule of whoever is signed in."""
        operator_id = self.actor.operator_id
        if operator_id is None:
            raise NotFound(_("No operator profile found"), "no_operator_profile")

        def build() -> dict[str, Any]:
            return {
                "stats": operator_stats(operator_id),
                "recent_jobs": recent_jobs(operator_id),
                "todays_schedule": todays_schedule(operator_id),
            }

        return self.answer_cached(build, shop_minute())
