"""Actions of the admin that call a verb: per chosen row, or for one row through a dialog."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected as ask_before_deleting
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm

from laseros.errors import LaserOSError
from laseros.languages import Text
from operators_app.admin_versions import (
    VERSIONS_FIELD,
    as_seen,
    version_of,
    versions_carried,
    versions_to_carry,
)
from operators_app.gate import sign_in_id
from operators_app.models import Source
from operators_app.verbs import Actor, Call, Outcome, was_done

BACK = "back"  # the parameter of an address: the page that saving leads to
MOST_SENTENCES = 10
MOST_NAMES = 5

RowVerb = Callable[[Any, Call], Any]
DialogVerb = Callable[[Any, dict[str, Any], Call], Any]


def verb_call(request: HttpRequest) -> Call:
    """Return what a verb needs to know of whoever is signed in to the admin."""
    return Call(by=Actor.of_user(request.user, Source.ADMIN, sign_in_id(request)))  # type: ignore[arg-type]


def name_of(row: Any) -> str:
    """Return what a row is called where something is done with it: its `told_as`, else itself."""
    return str(getattr(row, "told_as", row))


def warn(request: HttpRequest, outcome: Any, name: str = "") -> None:
    """Show what a verb did not refuse but remarked on, as the phone is told it."""
    if isinstance(outcome, Outcome):
        for sentence in outcome.data.get("warnings", ()):
            messages.warning(request, format_html("{}: {}", name, sentence) if name else sentence)


def per_row(
    request: HttpRequest, rows: Iterable[Any], verb: RowVerb, description: Text
) -> tuple[int, int]:
    """Call `verb(row, call)` for each row, in a transaction each; report n of m and each refusal.

    Returns (done, chosen). The first ten refusals are told with their rows, the rest counted.
    """
    call = verb_call(request)
    refused: list[tuple[str, str]] = []
    carried_out: list[str] = []
    chosen = 0
    for row in list(rows):
        chosen += 1
        name = name_of(row)
        try:
            warn(request, verb(row, Call(**call)), name)
        except LaserOSError as error:
            refused.append((name, error.message))
        else:
            carried_out.append(name)
    done = len(carried_out)
    level = messages.SUCCESS if not refused else messages.WARNING if done else messages.ERROR
    messages.add_message(request, level, _summary(description, carried_out, chosen))
    for name, sentence in refused[:MOST_SENTENCES]:
        messages.error(request, format_html("{}: {}", name, sentence))
    if len(refused) > MOST_SENTENCES:
        messages.error(
            request,
            _("… and %(count)s more were refused.") % {"count": len(refused) - MOST_SENTENCES},
        )
    return done, chosen


def _summary(description: Text, done: list[str], chosen: int) -> str:
    """Say how many of the chosen rows were done, and name them, or the first of them."""
    told = {"action": description, "done": len(done), "chosen": chosen}
    if not done:
        return str(_("%(action)s: %(done)s of %(chosen)s done.") % told)
    rest = len(done) - MOST_NAMES
    names = done if rest <= 0 else [*done[:MOST_NAMES], _("and %(count)s more") % {"count": rest}]
    told["names"] = ", ".join(str(name) for name in names)
    return str(_("%(action)s: %(done)s of %(chosen)s done: %(names)s.") % told)


def verb_action(
    name: str,
    description: Text,
    verb: RowVerb,
    *,
    permission: str = "change",
    backwards: bool = False,
) -> Callable[..., Any]:
    """Return a changelist action that calls `verb(row, call)` for each chosen row.

    `backwards` begins with the last: rows that move one by one to the top keep their order.
    """

    @admin.action(description=description, permissions=[permission])
    def run(modeladmin: Any, request: HttpRequest, queryset: Any) -> None:
        rows = list(queryset)
        per_row(request, rows[::-1] if backwards else rows, verb, description)

    run.__name__ = name
    return run


def confirmed_action(
    name: str,
    description: Text,
    question: Text,
    verb: DialogVerb,
    *,
    permission: str = "change",
    describe: Callable[[Any], Text] = str,
    version: Callable[[Any], dt.datetime | None] = version_of,
    needs_reason: bool = False,
    doubts: Callable[[HttpRequest, list[Any]], list[Text]] | None = None,
) -> Callable[..., Any]:
    """Return a changelist action that first asks, with a reason, then calls the verb per row.

    `describe(row)` says what each chosen row is; `verb(row, {"reason": …}, call)` is carried out
    for it; with `needs_reason` it asks again where none was told. With `doubts(request, rows)` it
    asks only where that returns sentences, which are shown instead, and for no reason. The page
    that asks carries the `version` of each row along: one that changed since is refused.
    """

    @admin.action(description=description, permissions=[permission])
    def run(modeladmin: Any, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        rows = list(queryset)
        told = doubts(request, rows) if doubts else [describe(row) for row in rows]
        said = {"reason": request.POST.get("reason", "")[:500].replace("\0", "")}
        confirmed = bool(request.POST.get("confirmed"))
        lacks_reason = confirmed and needs_reason and not said["reason"].strip()
        if lacks_reason or (not confirmed and (told or not doubts)):
            seen = request.POST.get(VERSIONS_FIELD) or versions_to_carry(rows, version)
            context = {
                **modeladmin.admin_site.each_context(request), "title": description,
                "question": question, "action": name, "rows": rows,
                "versions_field": VERSIONS_FIELD, "versions": seen,
                "told": told, "asks_why": not doubts,
                "needs_reason": needs_reason, "lacks_reason": lacks_reason,
                "opts": modeladmin.opts,
            }  # fmt: skip
            return render(request, "admin/confirm_action.html", context)

        per_row(request, rows, _as_shown(request, verb, said), description)
        return None

    run.__name__ = name
    return run


def _as_shown(request: HttpRequest, verb: DialogVerb, said: dict[str, Any]) -> RowVerb:
    """Return what carries out the verb for a row that is still as the page that asked showed it."""

    @functools.cache
    def carried() -> dict[str, str]:
        return versions_carried(request.POST.get(VERSIONS_FIELD, ""))

    def carry_out(row: Any, call: Call) -> Any:
        seen = carried().get(str(row.pk), "")
        return verb(row, said, as_seen(seen, call) if seen else call)

    return carry_out


@admin.action(description=_("Delete selected"), permissions=["delete"])
def delete_selected(modeladmin: Any, request: HttpRequest, queryset: Any) -> HttpResponse | None:
    """Ask, then delete each chosen row through the verb."""
    if not modeladmin.has_delete_permission(request):
        raise PermissionDenied
    if not request.POST.get("post"):
        return ask_before_deleting(modeladmin, request, queryset)
    per_row(request, queryset, lambda row, call: modeladmin.delete_model(request, row), _("Delete"))
    return None


class KeyForm(forms.Form):
    """What every dialog brings: a key of its own, so that a repeated request does nothing twice."""

    op_id = forms.UUIDField()


class ConfirmForm(BaseDialogForm):
    """A dialog that only asks; the base of those that ask for more."""

    asks = True  # not where the same request was carried out before: it is only answered again

    def render_before_template(self) -> str:
        """Show why the verb refused, above the fields."""
        said = self.non_field_errors() if self.is_bound else []
        return (
            format_html(
                '<div class="errornote mb-3 px-3 py-2.5 rounded-default bg-red-100 text-red-700 '
                'dark:bg-red-500/20 dark:text-red-400">{}</div>',
                " ".join(said),
            )
            if said
            else ""
        )


def row_dialog(
    name: str,
    description: Text,
    verb: DialogVerb,
    *,
    form_class: type[BaseDialogForm] = ConfirmForm,
    question: Text = "",
    permission: str = "change",
    icon: str | None = None,
    variant: ActionVariant = ActionVariant.DEFAULT,
    caption: Callable[[Any], Text] | None = None,
    told_as: Callable[[Any], str] = name_of,
    done: Text = "",
    say: Callable[[Outcome], str] | None = None,
) -> Any:
    """Return an action of a row's form: a dialog, sent by POST, that calls one verb.

    `verb(row, what the form said, call)` is carried out, once for each dialog that was opened: a
    double click is answered as the first of them. A refusal stays in the dialog. Dialog and message
    name the row, as `told_as` has it. `caption` is for what is called otherwise of some
    rows, as resuming is a start. `done` is what is said afterwards, with %(row)s; `say` tells what
    was made instead.
    """
    dialog = {"title": description, "form_class": form_class}

    def run(modeladmin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        row = modeladmin.get_object(request, object_id)
        if row is None:
            raise Http404
        form: Any = form_class(data=request.POST or None, request=request, object_id=object_id)
        call = verb_call(request)
        key = call["op_id"] = _key_of(request)
        form.asks = not was_done(call["by"].user_id, key)
        named = told_as(row)  # before the verb: it may be another row's name afterwards
        called = caption(row) if caption else description
        if form.is_valid():
            try:
                outcome = verb(row, form.cleaned_data, call)
            except LaserOSError as error:
                form.add_error(None, error.message)
            else:
                sentence = str(done or _("%(action)s: done for %(row)s."))
                told = say(outcome) if say else sentence % {"action": called, "row": named}
                messages.success(request, told)
                warn(request, outcome)
                return lead_to(request, opened_on(request) or modeladmin.change_url(row.pk))
        shown = {"title": f"{called}: {named}", "description": question}
        context = {"dialog": shown, "form": form, "form_submit_text": called, "op_id": key}
        return show_dialog(modeladmin, request, row, context)

    run.__name__ = name
    decorated: Any = action(
        description=description, permissions=[permission], url_path=name.replace("_", "-"),
        icon=icon, variant=variant,
    )(run)  # fmt: skip
    # Not given to the decorator, which would show one title for all rows: it only marks what opens
    # as a dialog.
    decorated.dialog = dialog
    decorated.caption = caption
    return decorated


def _key_of(request: HttpRequest) -> uuid.UUID:
    """Return the key that a dialog brought; a new one for a dialog that is only opened."""
    key = KeyForm(request.POST)
    return key.cleaned_data["op_id"] if key.is_valid() else uuid.uuid4()


def show_dialog(
    modeladmin: Any, request: HttpRequest, row: Any, context: dict[str, Any]
) -> HttpResponse:
    """Show a dialog to the page that asked for it; opened by its address it has a page around."""
    if request.headers.get("HX-Request"):
        return render(request, "admin/dialog.html", context)
    page = {
        **modeladmin.admin_site.each_context(request), "title": context["form_submit_text"],
        "opts": modeladmin.opts, "original": row, "alone": modeladmin.change_url(row.pk),
    }  # fmt: skip
    return render(request, "admin/dialog_page.html", page | context)


def more(*names: str) -> dict[str, Any]:
    """Return the menu at the end of a row's actions: what is rare, and what is dangerous."""
    return {"title": _("More"), "icon": "more_horiz", "items": list(names)}


def opened_on(request: HttpRequest) -> str:
    """Return the page of the back office on which a dialog was opened; empty: it stands alone."""
    return own_page(request, request.headers.get("HX-Current-URL", ""))


def own_page(request: HttpRequest, page: str) -> str:
    """Return an address if it is a page of this back office, else nothing; without its host."""
    known = {request.get_host()}
    if not url_has_allowed_host_and_scheme(page, known, require_https=request.is_secure()):
        return ""
    parts = urlsplit(page)
    if not parts.path.startswith(reverse("admin:index")):
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def lead_to(request: HttpRequest, address: str) -> HttpResponse:
    """Redirect the whole page, also where only a dialog asked."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)
