"""Actions of the admin that call a verb: per chosen row, or for one row through a dialog."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected as ask_before_deleting
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.html import format_html
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm

from laseros.errors import LaserOSError
from operators_app.models import Source
from operators_app.verbs import Actor, Call, Outcome

MOST_SENTENCES = 10

RowVerb = Callable[[Any, Call], Any]
DialogVerb = Callable[[Any, dict[str, Any], Call], Any]


def verb_call(request: HttpRequest) -> Call:
    """Return what a verb needs to know of whoever is signed in to the admin."""
    return Call(by=Actor.of_user(request.user, Source.ADMIN))  # type: ignore[arg-type]


def warn(request: HttpRequest, outcome: Any, name: str = "") -> None:
    """Show what a verb did not refuse but remarked on, as the phone is told it."""
    if isinstance(outcome, Outcome):
        for sentence in outcome.data.get("warnings", ()):
            messages.warning(request, format_html("{}: {}", name, sentence) if name else sentence)


def per_row(
    request: HttpRequest, rows: Iterable[Any], verb: RowVerb, description: str
) -> tuple[int, int]:
    """Call `verb(row, call)` for each row, in a transaction each; report n of m and each refusal.

    Returns (done, chosen). The first ten refusals are told with their rows, the rest counted.
    """
    call = verb_call(request)
    refused: list[tuple[str, str]] = []
    chosen = 0
    for row in list(rows):
        chosen += 1
        name = str(row)
        try:
            warn(request, verb(row, Call(**call)), name)
        except LaserOSError as error:
            refused.append((name, error.message))
    done = chosen - len(refused)
    level = messages.SUCCESS if not refused else messages.WARNING if done else messages.ERROR
    messages.add_message(request, level, f"{description}: {done} of {chosen} done.")
    for name, sentence in refused[:MOST_SENTENCES]:
        messages.error(request, format_html("{}: {}", name, sentence))
    if len(refused) > MOST_SENTENCES:
        messages.error(request, f"… and {len(refused) - MOST_SENTENCES} more were refused.")
    return done, chosen


def verb_action(
    name: str,
    description: str,
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
    name: str, description: str, question: str, verb: DialogVerb, *, permission: str = "change"
) -> Callable[..., Any]:
    """Return a changelist action that first asks, with a reason, then calls the verb per row.

    `verb(row, {"reason": …}, call)` is carried out for each chosen row.
    """

    @admin.action(description=description, permissions=[permission])
    def run(modeladmin: Any, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        if not request.POST.get("confirmed"):
            context = {
                **modeladmin.admin_site.each_context(request), "title": description,
                "question": question, "rows": list(queryset), "action": name,
                "opts": modeladmin.opts,
            }  # fmt: skip
            return render(request, "admin/confirm_action.html", context)
        said = {"reason": request.POST.get("reason", "")[:500].replace("\0", "")}
        per_row(request, queryset, lambda row, call: verb(row, said, call), description)
        return None

    run.__name__ = name
    return run


@admin.action(description="Delete selected", permissions=["delete"])
def delete_selected(modeladmin: Any, request: HttpRequest, queryset: Any) -> HttpResponse | None:
    """Ask, then delete each chosen row through the verb."""
    if not modeladmin.has_delete_permission(request):
        raise PermissionDenied
    if not request.POST.get("post"):
        return ask_before_deleting(modeladmin, request, queryset)
    per_row(request, queryset, lambda row, call: modeladmin.delete_model(request, row), "Delete")
    return None


class ConfirmForm(BaseDialogForm):
    """A dialog that only asks; the base of those that ask for more."""

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
    description: str,
    verb: DialogVerb,
    *,
    form_class: type[BaseDialogForm] = ConfirmForm,
    question: str = "",
    permission: str = "change",
    icon: str | None = None,
    variant: ActionVariant = ActionVariant.DEFAULT,
) -> Any:
    """Return an action of a row's form: a dialog, sent by POST, that calls one verb.

    `verb(row, what the form said, call)` is carried out; a refusal stays in the dialog.
    """
    dialog = {
        "title": description,
        "description": question,
        "form_class": form_class,
        "form_submit_text": description,
    }

    def run(modeladmin: Any, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        row = modeladmin.get_object(request, object_id)
        if row is None:
            raise Http404
        try:
            outcome = verb(row, form.cleaned_data, verb_call(request))
        except LaserOSError as error:
            form.add_error(None, error.message)
            context = {"dialog": dialog, "form": form, "form_submit_text": description}
            return render(request, "unfold/helpers/dialog.html", context)
        messages.success(request, f"{description}: done.")
        warn(request, outcome)
        return lead_to(request, modeladmin.change_url(row.pk))

    run.__name__ = name
    decorate = action(
        description=description, permissions=[permission], url_path=name.replace("_", "-"),
        icon=icon, variant=variant, dialog=dialog,
    )  # fmt: skip
    return decorate(run)


def lead_to(request: HttpRequest, address: str) -> HttpResponse:
    """Redirect the whole page, also where only a dialog asked."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)
