"""The page of an import: progress, preview, the choice, and undoing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.decorators import display

from laseros.errors import InvalidInput, LaserOSError
from laseros.languages import Text
from laseros.workbooks import Unreadable
from operators_app.admin_actions import confirmed_action
from operators_app.admin_base import ReadOnlyAdmin, may_manage
from operators_app.admin_headings import kind_choices
from operators_app.admin_import_page import (
    Answers,
    may_import,
    page_of,
    undone_in_words,
)
from operators_app.admin_lists import labelled
from operators_app.admin_sheets import as_file
from operators_app.gate import sign_in_id
from operators_app.models import ImportStatus, SheetImport, Source
from operators_app.sheets import uploads
from operators_app.sheets.headings import ABOUT_BAD_ROWS
from operators_app.sheets.kinds import kind_of
from operators_app.sheets.models import BUSY
from operators_app.sheets.undo import what_can_be_undone
from operators_app.verbs import Actor, Call, Outcome
from operators_app.verbs.imports import NOT_TO_UNDO, undo_import

MOST_LEFT = 100


def import_call(request: HttpRequest) -> Call:
    """Return what a verb needs to know of whoever imports."""
    by = Actor.of_user(request.user, Source.IMPORT, sign_in_id(request))  # type: ignore[arg-type]
    return Call(by=by)


class ImportsFilter(admin.SimpleListFilter):
    """Which uploads are listed: not the discarded and the forgotten, unless somebody asks."""

    title = gettext_lazy("state")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Text]]:
        """Offer the states, those that were forgotten, and all."""
        forgotten = gettext_lazy("Not imported for more than a week")
        return [*ImportStatus.choices, ("forgotten", forgotten), ("all", gettext_lazy("All"))]

    def choices(self, changelist: Any) -> Any:
        """Say what is listed unless a state is asked for."""
        first, *others = super().choices(changelist)
        yield {**first, "display": _("Imported, or uploaded within a week")}
        yield from others

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[SheetImport]
    ) -> QuerySet[SheetImport]:
        """Keep the uploads of the state."""
        if self.value() in ImportStatus.values:
            return queryset.filter(status=self.value())
        if self.value() == "forgotten":
            return queryset.filter(uploads.is_forgotten())
        if self.value() == "all":
            return queryset
        return queryset.exclude(uploads.is_forgotten()).exclude(status=ImportStatus.DISCARDED)


def discard_row(upload: SheetImport, _said: dict[str, Any], call: Call) -> Outcome:
    """Discard an upload of the list; the log calls it what it calls it from the upload's page."""
    return uploads.discard(upload, Call(by=replace(call["by"], source=Source.IMPORT)))


def described(upload: SheetImport) -> str:
    """Return an upload in one line, for a list of those that are discarded together."""
    when = date_format(localtime(upload.uploaded_at), "DATETIME_FORMAT")
    return f"{upload.file_name} · {when} · {upload.get_status_display()}"


@admin.register(SheetImport)
class SheetImportAdmin(ReadOnlyAdmin):
    """The spreadsheets that were uploaded, what became of them, and undoing them."""

    list_display = ("file_shown", "kind_shown", "uploaded_by", "uploaded_at", "rows_told",
                    "status_shown")  # fmt: skip
    list_filter = (ImportsFilter, "uploaded_at")
    list_select_related = ("uploaded_by",)
    list_only = ("file_name", "kind", "uploaded_by__username", "uploaded_at", "rows_new",
                 "rows_changed", "rows_unchanged", "rows_refused", "status")  # fmt: skip
    search_fields = ("file_name", "uploaded_by__username")
    actions = (
        confirmed_action(
            "discard_imports", gettext_lazy("Discard"),
            gettext_lazy(
                "Nothing of these is imported, and the uploaded files are thrown away; the list "
                "and the log keep that they were there. What was imported already stays."
            ),
            discard_row, permission="discard", describe=described,
        ),
    )  # fmt: skip

    @display(description=gettext_lazy("file"), ordering="file_name")
    def file_shown(self, upload: SheetImport) -> SafeString:
        """Its name, broken where it is long."""
        return format_html('<span class="file-name">{}</span>', upload.file_name)

    @display(description=gettext_lazy("rows"))
    def rows_told(self, upload: SheetImport) -> str:
        """How many rows it has, and what became of them: “3 new, 12 unchanged”."""
        opts: Any = upload._meta
        told = (
            f"{count} {opts.get_field(f'rows_{what}').verbose_name}"
            for what, count in upload.counts.items() if count and what != "read"
        )  # fmt: skip
        return ", ".join(told) or "–"

    @display(description=gettext_lazy("into"), ordering="kind")
    def kind_shown(self, upload: SheetImport) -> str:
        """What its rows are."""
        return dict(kind_choices()).get(upload.kind, upload.kind)

    @labelled(
        {
            ImportStatus.IMPORTED: "success", ImportStatus.UNDONE: "warning",
            ImportStatus.FAILED: "danger", ImportStatus.CHECKED: "info",
        },
        description=gettext_lazy("state"), ordering="status",
    )  # fmt: skip
    def status_shown(self, upload: SheetImport) -> tuple[str, str]:
        """How far it came, coloured."""
        return upload.status, upload.get_status_display()

    def get_urls(self) -> Any:
        """Add what can be done with an upload."""
        view = self.admin_site.admin_view
        steps = {
            "state": self.state_view, "answers": self.answers_view,
            "confirm": require_POST(self.confirm_view), "here": require_POST(self.here_view),
            "undo": self.undo_view, "refused": self.refused_view,
        }  # fmt: skip
        own = [
            path(f"<path:object_id>/{step}/", view(call), name=f"operators_app_sheetimport_{step}")
            for step, call in steps.items()
        ]
        return [*own, *super().get_urls()]

    # --- Who may ---------------------------------------------------------------------------------

    def _find(
        self, request: HttpRequest, object_id: str, *, to_act: bool = True, with_report: bool = True
    ) -> SheetImport:
        """Return an upload; raises Unreadable where it is gone, PermissionDenied for others."""
        upload = uploads.find_upload(unquote(object_id), with_report=with_report)
        if not self.has_view_permission(request) or (to_act and not may_import(request, upload)):
            raise PermissionDenied
        return upload

    def _gone(self, request: HttpRequest, error: Unreadable) -> HttpResponse:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("admin:operators_app_sheetimport_changelist"))

    # --- The page --------------------------------------------------------------------------------

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:  # fmt: skip
        """Show an upload: how far it is, what it would change, or what it changed."""
        if object_id is None or request.method == "POST":
            raise PermissionDenied
        try:
            upload = self._find(request, object_id, to_act=False)
        except Unreadable as error:
            return self._gone(request, error)
        return self._page(request, upload)

    def _page(
        self, request: HttpRequest, upload: SheetImport, *, said: Mapping[str, str] | None = None,
        refusal: str = "",
    ) -> HttpResponse:  # fmt: skip
        """Show the page; `said` are answers that had to be refused."""
        context = {
            **self.admin_site.each_context(request), "opts": self.opts,
            **page_of(upload, may_import(request, upload), said), "questions_refused": refusal,
        }  # fmt: skip
        return render(request, "admin/sheets/import.html", context)

    def state_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Tell the page how far the upload is."""
        try:
            upload = self._find(request, object_id, to_act=False, with_report=False)
        except Unreadable:
            return JsonResponse({"busy": False})
        done, total = upload.rows_done, upload.rows_total
        told = _("%(done)s of %(total)s rows") if total else ""
        if total and done == total and upload.status == ImportStatus.WRITING:
            told = _("All %(total)s rows are checked and being saved…")
        return JsonResponse({
            "busy": upload.status in BUSY, "done": done, "total": total,
            "text": told % {"done": done, "total": total},
            "unattended": uploads.is_unattended(upload),
        })  # fmt: skip

    # --- What can be done ------------------------------------------------------------------------

    def answers_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Remember what unknown headings and names mean, then read the file again."""
        try:
            upload = self._find(request, object_id)
        except Unreadable as error:
            return self._gone(request, error)
        if request.method != "POST":  # the page of a refused answer was asked for once more
            return HttpResponseRedirect(self.change_url(upload.pk))
        answers = Answers(upload, request.POST)
        try:
            uploads.require_read(upload)
        except LaserOSError as refusal:
            return self._refused(request, upload, refusal.message)
        try:
            if told := answers.remember(import_call(request)):
                uploads.read_again(upload)
                messages.success(request, told)
        except LaserOSError as refusal:
            return self._page(request, upload, said=request.POST, refusal=refusal.message)
        if told := answers.late():
            messages.warning(request, told)
        return HttpResponseRedirect(self.change_url(upload.pk))

    def confirm_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Import all, import the good rows, or nothing."""
        try:
            upload = self._find(request, object_id)
        except Unreadable as error:
            return self._gone(request, error)
        list_url = reverse("admin:{0.app_label}_{0.model_name}_changelist".format(
            kind_of(upload.kind).model._meta))  # fmt: skip
        choice = request.POST.get("choice")
        if choice == "nothing":
            return self._discard(request, upload, list_url)
        try:
            if choice not in {"all", "good"}:
                raise InvalidInput(_("Choose what is to be imported with the buttons."), {})
            shown = request.POST.get("plan", "")
            uploads.confirm(upload, choice == "good", import_call(request), shown)
        except LaserOSError as refusal:
            return self._refused(request, upload, refusal.message)
        except Unreadable as error:
            return self._refused(request, upload, str(error))
        return HttpResponseRedirect(self.change_url(upload.pk))

    def _refused(self, request: HttpRequest, upload: SheetImport, why: str) -> HttpResponseRedirect:
        """Lead to the upload's page, which tells why."""
        messages.error(request, why)
        return HttpResponseRedirect(self.change_url(upload.pk))

    def _discard(
        self, request: HttpRequest, upload: SheetImport, list_url: str
    ) -> HttpResponseRedirect:
        """Discard an upload; a refusal is told on its page."""
        try:
            uploads.discard(upload, import_call(request))
        except LaserOSError as refusal:
            return self._refused(request, upload, refusal.message)
        told = _("%(file)s was discarded: nothing was imported.") % {"file": upload.file_name}
        messages.info(request, told)
        return HttpResponseRedirect(list_url)

    def has_discard_permission(self, request: HttpRequest) -> bool:
        """Managers and admins."""
        return may_manage(request)

    def here_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Do here and now what the job process has not taken up."""
        try:
            upload = self._find(request, object_id)
            if upload.status == ImportStatus.WRITING:
                uploads.import_upload(upload, import_call(request))
            elif upload.status in {ImportStatus.WAITING, ImportStatus.CHECKING}:
                uploads.read_upload(upload)
        except LaserOSError as refusal:
            messages.error(request, refusal.message)
        except Unreadable as error:
            return self._gone(request, error)
        return HttpResponseRedirect(self.change_url(upload.pk))

    def refused_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Return the bad rows as a workbook, with what is wrong with each."""
        try:
            upload = self._find(request, object_id)
        except Unreadable as error:
            return self._gone(request, error)
        report = upload.report
        headings = [title or name for name, title in report.get("columns", ())]
        rows = [
            [*cells, number, " ".join(f"{column}: {said}" for column, said in problems)]
            for number, problems, cells in uploads.refused_in(report)
        ]
        name = f"{upload.file_name.rpartition('.')[0]}-{_('bad rows')}"
        return as_file(name, "xlsx", [*headings, *map(str, ABOUT_BAD_ROWS)], rows)

    def undo_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what undoing would do; on POST, do it."""
        try:
            upload = self._find(request, object_id)
        except Unreadable as error:
            return self._gone(request, error)
        if upload.status != ImportStatus.IMPORTED:
            messages.error(request, NOT_TO_UNDO)
            return HttpResponseRedirect(self.change_url(upload.pk))
        if request.method == "POST":
            left = [name for name, _why in what_can_be_undone(upload).left]
            try:
                told = undo_import(upload.pk, **import_call(request)).data
                messages.success(request, undone_in_words(told, left))
            except LaserOSError as refusal:
                messages.error(request, refusal.message)
            return HttpResponseRedirect(self.change_url(upload.pk))
        found = what_can_be_undone(upload)
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "upload": upload,
            "title": _("Undo the import of %(file)s") % {"file": upload.file_name},
            "found": found, "left": found.left[:MOST_LEFT], "back": self.change_url(upload.pk),
        }  # fmt: skip
        return render(request, "admin/sheets/undo.html", context)
