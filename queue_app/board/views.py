"""The addresses of the board, under the queue's in the admin."""

from __future__ import annotations

from typing import Any

import orjson
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotModified,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from laseros.api import holds, to_json
from laseros.errors import Changed, NotFound
from laseros.ranges import FIRST_DAY, LAST_DAY
from operators_app.admin_actions import KeyForm, verb_call
from operators_app.admin_base import may_manage
from operators_app.models import Operator
from operators_app.verbs import Call, Outcome, was_done
from projects_app.models import Shop
from queue_app.board.actions import ACTIONS, OrderForm, PlaceForm, read_change
from queue_app.board.doors import admit, admit_signed_in, answer, checked, json_door
from queue_app.board.proposal import Comparison
from queue_app.board.stale import with_who
from queue_app.board.state import Moment, board_state
from queue_app.board.words import board_words
from queue_app.forecast import WorkingTime
from queue_app.models import Priority, QueueItem, QueueStatus
from queue_app.verbs import place_item, reorder_queue, update_item
from queue_app.verbs.transitions import NO_ITEM

PREFIX = "queue_app_queueitem_"
FIGURES = ("status", "late", "past_pop", "unknown")  # what the figures above the rows filter by


def may_look(request: HttpRequest) -> bool:
    """Tell whether this person may see the queue."""
    return bool(admin.site.get_model_admin(QueueItem).has_view_permission(request))


def may_change(request: HttpRequest) -> bool:
    """Tell whether this person may change the queue."""
    site = admin.site.get_model_admin(QueueItem)
    return may_manage(request) and bool(site.has_change_permission(request))


@gzip_page
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Show the board, with its first state; raises PermissionDenied."""
    if not may_look(request):
        raise PermissionDenied
    changes = may_change(request)
    operators = Operator.objects.filter(is_active=True).values("id", "name")
    context = {
        **admin.site.each_context(request),
        "title": _("Queue board"),
        "is_fullwidth": "1",
        "may_change": changes,
        "figures": FIGURES,
        "status_running": QueueStatus.IN_PROGRESS.label,
        "operators": list(operators),
        "priorities": Priority.choices,
        "first_day": FIRST_DAY.isoformat(),
        "last_day": LAST_DAY.isoformat(),
        "state": orjson.loads(board_state(Moment())),
        "words": board_words(),
        "addresses": _addresses(),
    }
    return render(request, "queue_app/board.html", context)


def _addresses() -> dict[str, str]:
    """Return where the page's script finds things; “0” stands for a job's id."""
    named = {
        "state": reverse(f"admin:{PREFIX}board_state"),
        "group": reverse(f"admin:{PREFIX}board_group"),
        "place": reverse(f"admin:{PREFIX}board_place", args=(0,)),
        "change": reverse(f"admin:{PREFIX}board_change", args=(0,)),
        "job": reverse(f"admin:{PREFIX}change", args=(0,)),
        "project": reverse("admin:projects_app_project_change", args=(0,)),
    }
    return named | {name: reverse(f"admin:{PREFIX}board_act", args=(0, name)) for name in ACTIONS}


@gzip_page
@json_door(lambda request: True, "GET", "HEAD")
def state(request: HttpRequest) -> HttpResponse:
    """Answer the board's state, or 304 to whoever has it: asked every second or two.

    The tag is given only to those who may look. Rights change through the log, which moves the
    tag; so whoever brings the newest one need not be asked for their rights again.
    """
    admit_signed_in(request)
    moment = Moment()
    tag = f'"{moment.tag(request.user.pk)}"'
    if holds(request.headers.get("If-None-Match", ""), tag):
        return HttpResponseNotModified(headers={"ETag": tag, "Cache-Control": "private, no-cache"})
    admit(request, may_look)
    return answer(board_state(moment), ETag=tag)


@json_door(may_change, "POST")
def place(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a job to the place that the person chose."""
    said = checked(PlaceForm(request.POST))
    where = {name: said[name] for name in ("after", "before", "rank")}
    try:
        outcome = place_item(pk, **where, **_call(request, said))
    except Changed as stale:
        raise with_who(stale, pk, {**where, "seq": said["seq"]}) from stale
    return _done(outcome, _("Moved."), rank=outcome.data["rank"])


@json_door(may_change, "POST")
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one field of a job in place."""
    said, changes, seen = read_change(request.POST)
    return _done(update_item(pk, changes, seen=seen, **_call(request, said)), _("Saved."))


@json_door(may_change, "GET", "POST")
def act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Show the dialog of an action (GET), or carry it out."""
    if name not in ACTIONS:
        raise NotFound(_("There is no such action."))
    action = ACTIONS[name]
    item = QueueItem.objects.select_related("project").filter(pk=pk).first()
    if item is None:
        raise NotFound(NO_ITEM)
    if _opened_alone(request):
        return _to_board(q=item.project.project_code)
    if request.method == "GET":
        context = {
            "action": action, "caption": action.caption(item), "item": item,
            "form": action.form(request, pk),
            "question": action.question(item) if action.question else "",
        }  # fmt: skip
        return render(request, "queue_app/board_dialog.html", context)
    key = checked(KeyForm(request.POST))
    form: Any = action.form(request, pk, data=request.POST)
    form.asks = not was_done(int(request.user.pk or 0), key["op_id"])
    said = checked(form)
    return _done(action.carry_out(pk, said, _call(request, key)), action.said(item))


@json_door(may_change, "GET", "POST")
def group(request: HttpRequest) -> HttpResponse:
    """Show an order that saves changes of sheet (GET), or accept the one that was shown."""
    if _opened_alone(request):
        return _to_board()
    if request.method == "GET":
        proposed = Comparison.of_queue(WorkingTime.of(Shop.current()))
        return render(request, "queue_app/board_proposal.html", {"proposed": proposed})
    said = checked(OrderForm(request.POST))
    outcome = reorder_queue(said["order"], said["seen"], **_call(request, said))
    return _done(outcome, _("The queue has its new order."))


def _opened_alone(request: HttpRequest) -> bool:
    """Tell whether a dialog's address was opened as a page: the board's script takes anything."""
    return request.method == "GET" and "text/html" in request.headers.get("Accept", "")


def _to_board(**shown: str) -> HttpResponse:
    query = f"?{urlencode(shown)}" if shown else ""
    return HttpResponseRedirect(reverse(f"admin:{PREFIX}board") + query)


def _call(request: HttpRequest, said: dict[str, Any]) -> Call:
    call = verb_call(request)
    call["op_id"] = said["op_id"]
    return call


def _done(outcome: Outcome, message: str, **more: Any) -> HttpResponse:
    told = {
        "success": True, "message": message, "seq": outcome.seq,
        "warnings": outcome.data.get("warnings", []), **more,
    }  # fmt: skip
    return answer(to_json(told))


def board_urls() -> list[URLPattern]:
    """Return the board's addresses."""
    return [
        path("board/", admin.site.admin_view(board), name=f"{PREFIX}board"),
        path("board/state/", state, name=f"{PREFIX}board_state"),
        path("board/group/", group, name=f"{PREFIX}board_group"),
        path("board/<int:pk>/place/", place, name=f"{PREFIX}board_place"),
        path("board/<int:pk>/change/", change, name=f"{PREFIX}board_change"),
        path("board/<int:pk>/<slug:name>/", act, name=f"{PREFIX}board_act"),
    ]
