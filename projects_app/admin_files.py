"""The admin of drawings and documents: uploaded in a project's form, shown, archived."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.template.defaultfilters import filesizeformat
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget

from operators_app.admin_actions import verb_action, verb_call
from operators_app.admin_base import ReadOnlyAdmin, VerbTabularInline
from projects_app.models import DesignFile, Document, ReadState
from projects_app.verbs.files import (
    Shelved,
    add_design_file,
    add_document,
    archive_design_file,
    archive_document,
    shelve_document,
    shelve_drawing,
)


def download_link(row: DesignFile | Document) -> SafeString | str:
    """Return a link to the file under its own name."""
    if row._state.adding:
        return "–"
    address = reverse(f"admin:projects_app_{row._meta.model_name}_download", args=(row.pk,))
    return format_html(
        '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>',
        address,
        row.original_filename,
    )


class UploadForm(forms.ModelForm):  # type: ignore[type-arg]
    """A file to add; what is stored of it, the verb decides."""

    upload = forms.FileField(label="file", widget=UnfoldAdminFileFieldWidget)
    shelved: Shelved[Any]


class FileInline(VerbTabularInline):
    """Files of a project: new ones are added, those there are shown."""

    form = UploadForm
    shelve: Callable[[Any], Shelved[Any]]
    show_change_link = True
    tab = True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No: a file is kept as it came."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No: it is archived instead, on its own page."""
        return False

    def get_queryset(self, request: HttpRequest) -> Any:
        """Show what is not archived."""
        return super().get_queryset(request).filter(is_archived=False)

    def prepare(self, request: HttpRequest, form: Any) -> Callable[[], None]:
        """Check and store the upload; it is deleted again if the form is refused."""
        verb_call(request)["by"].require_manager()
        form.shelved = type(self).shelve(form.cleaned_data["upload"])
        return form.shelved.discard  # type: ignore[no-any-return]

    @display(description="file")
    def upload(self, row: Any) -> SafeString | str:
        """The file of a row that is there."""
        return download_link(row)

    @display(description="size")
    def size(self, row: Any) -> str:
        """Its size."""
        return filesizeformat(row.file_size) if row.pk else "–"


class DesignFileInline(FileInline):
    """Drawings."""

    model = DesignFile
    shelve = staticmethod(shelve_drawing)
    fields = ("upload", "part", "size", "read_state")
    readonly_fields = ("size", "read_state")
    autocomplete_fields = ("part",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Fetch the parts along."""
        return super().get_queryset(request).select_related("part")

    def perform_save(
        self, request: HttpRequest, obj: Any, form: Any, change: bool, parent: Any
    ) -> int:
        """Add the drawing."""
        part = form.cleaned_data.get("part")
        outcome = add_design_file(
            parent.pk,
            form.shelved,
            part_id=part.pk if part else None,
            **verb_call(request),
        )
        return int(outcome.data["design_file"]["id"])


class DocumentInline(FileInline):
    """Papers."""

    model = Document
    shelve = staticmethod(shelve_document)
    fields = ("upload", "kind", "size")
    readonly_fields = ("size",)

    def perform_save(
        self, request: HttpRequest, obj: Any, form: Any, change: bool, parent: Any
    ) -> int:
        """Add the document."""
        kind = form.cleaned_data["kind"]
        outcome = add_document(parent.pk, kind, form.shelved, **verb_call(request))
        return int(outcome.data["document"]["id"])


class FileAdmin(ReadOnlyAdmin):
    """Files on their own: found, downloaded, archived."""

    list_select_related = ("project", "uploaded_by")
    date_hierarchy = None

    def has_archive_permission(self, request: HttpRequest) -> bool:
        """Whoever may change them by the table of rights."""
        name = self.opts.model_name
        return bool(request.user.has_perm(f"projects_app.change_{name}"))

    def get_urls(self) -> list[Any]:
        """Add the download."""
        name = f"projects_app_{self.opts.model_name}_download"
        view = self.admin_site.admin_view(self.download)
        return [path("<int:pk>/download/", view, name=name), *super().get_urls()]

    def download(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Send the file under its own name, to be saved, never to be shown by the browser."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.model.objects.filter(pk=pk).first()
        try:
            file = row.file.open("rb") if row else None
        except FileNotFoundError:
            file = None
        if file is None:
            raise Http404
        response = FileResponse(
            file, as_attachment=True, filename=row.original_filename,
            content_type="application/octet-stream",
        )  # fmt: skip
        response["X-Content-Type-Options"] = "nosniff"
        return response

    @display(description="file", ordering="original_filename")
    def link(self, row: Any) -> SafeString | str:
        """The file, to download."""
        return download_link(row)

    @display(description="size", ordering="file_size")
    def size(self, row: Any) -> str:
        """Its size."""
        return filesizeformat(row.file_size)


def _archiving(verb: Callable[..., Any]) -> tuple[Any, Any]:
    return (
        verb_action("archive", "Archive", lambda row, call: verb(row.pk, **call),
                    permission="archive"),
        verb_action("bring_back", "Bring back from the archive",
                    lambda row, call: verb(row.pk, False, **call), permission="archive"),
    )  # fmt: skip


@admin.register(DesignFile)
class DesignFileAdmin(FileAdmin):
    """Drawings."""

    list_display = (
        "original_filename", "project", "part", "state", "width_mm", "height_mm", "size",
        "is_archived",
    )  # fmt: skip
    list_filter = ("read_state", "is_archived", "created_at")
    list_select_related = ("project", "part")
    search_fields = ("original_filename", "project__project_code", "project__name", "sha256")
    actions = _archiving(archive_design_file)
    fields = (
        "link", "project", "part", "size", "read_state", "read_problem", "units", "width_mm",
        "height_mm", "layers", "entity_counts", "sha256", "uploaded_by", "is_archived",
        "created_at", "updated_at", "seq",
    )  # fmt: skip

    @display(
        description="reading",
        ordering="read_state",
        label={
            ReadState.PENDING: "info",
            ReadState.READY: "success",
            ReadState.UNREADABLE: "danger",
        },
    )
    def state(self, row: DesignFile) -> tuple[str, str]:
        """How far its reading has come."""
        return row.read_state, row.get_read_state_display()


@admin.register(Document)
class DocumentAdmin(FileAdmin):
    """Documents."""

    list_display = (
        "original_filename", "kind", "project", "size", "uploaded_by", "created_at", "is_archived",
    )  # fmt: skip
    list_filter = ("kind", "is_archived", "created_at")
    search_fields = ("original_filename", "project__project_code", "project__name", "sha256")
    actions = _archiving(archive_document)
    fields = (
        "link", "kind", "project", "size", "content_type", "sha256", "uploaded_by", "is_archived",
        "created_at", "updated_at", "seq",
    )  # fmt: skip
