"""The admin of drawings and documents: shown, downloaded, archived."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.template.defaultfilters import filesizeformat
from django.urls import path, reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget

from operators_app.admin_actions import ConfirmForm, row_dialog, verb_action
from operators_app.admin_base import ReadOnlyAdmin
from projects_app.models import DesignFile, Document, DocumentKind, Part, ReadState
from projects_app.shown_files import SHOWABLE, shown
from projects_app.verbs.files import archive_design_file, archive_document, assign_design_file


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


def measured(length_mm: float | None) -> str:
    """Return a length read from a drawing, to a hundredth of a millimetre."""
    return "–" if length_mm is None else number_format(f"{round(length_mm, 2):.12g}")


class FileAdmin(ReadOnlyAdmin):
    """Files on their own: found, downloaded, archived."""

    list_select_related = ("project", "uploaded_by")
    date_hierarchy = None

    def has_archive_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may change them by the table of rights."""
        name = self.opts.model_name
        return bool(request.user.has_perm(f"projects_app.change_{name}"))

    def is_legal(self, action: str, row: Any) -> bool:
        """What is archived can only be brought back."""
        return bool(row.is_archived) == (action == "bring_back_now")

    def get_urls(self) -> list[Any]:
        """Add the download, and what is shown in the browser."""
        name = f"projects_app_{self.opts.model_name}"
        views = [
            path(f"<int:pk>/{what}/", self.admin_site.admin_view(view), name=f"{name}_{what}")
            for what, view in (("download", self.download), ("open", self.open_shown))
        ]
        return [*views, *super().get_urls()]

    def open_shown(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Show a row's picture or paper in the browser, which can do nothing there."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.model.objects.filter(pk=pk).first()
        file, content_type, name = self.to_show(row) if row else (None, "", "")
        try:
            opened = file.open("rb") if file and content_type in SHOWABLE else None
        except FileNotFoundError:
            opened = None
        if opened is None:
            raise Http404
        return shown(opened, content_type, name)

    def to_show(self, row: Any) -> tuple[Any, str, str]:
        """Return the file to show of a row, its type, and what it is called."""
        return row.file, row.content_type, row.original_filename

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

    @display(description=_("file"), ordering="original_filename")
    def link(self, row: Any) -> SafeString | str:
        """The file, to download."""
        return download_link(row)

    @display(description=_("size"), ordering="file_size")
    def size(self, row: Any) -> str:
        """Its size."""
        return filesizeformat(row.file_size)


def _bringing_back(verb: Callable[..., Any]) -> Any:
    """Return the dialog that brings an archived file back."""
    return row_dialog(
        "bring_back_now", _("Bring back from the archive"),
        lambda row, said, call: verb(row.pk, False, **call),
        permission="archive", icon="unarchive", done=_("%(row)s was brought back."),
    )  # fmt: skip


def _archiving(verb: Callable[..., Any]) -> tuple[Any, Any]:
    return (
        verb_action("archive", _("Archive"), lambda row, call: verb(row.pk, **call),
                    permission="archive"),
        verb_action("bring_back", _("Bring back from the archive"),
                    lambda row, call: verb(row.pk, False, **call), permission="archive"),
    )  # fmt: skip


class PartForm(ConfirmForm):
    """Which part of its project's list a drawing shows."""

    part = forms.TypedChoiceField(
        label=_("Part"), required=False, coerce=int, empty_value=None,
        widget=UnfoldAdminSelectWidget,
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = str(self.object_id).isdecimal()
        drawing = DesignFile.objects.filter(pk=self.object_id).first() if known else None
        parts = _parts_to_show(drawing) if drawing else []
        field: Any = self.fields["part"]
        field.choices = [
            ("", _("No part in particular")), *((part.pk, str(part)) for part in parts)
        ]  # fmt: skip
        self.initial["part"] = drawing.part_id if drawing else None
        if not parts:
            field.help_text = _("The project lists no parts yet; enter them on its page first.")


def _parts_to_show(drawing: DesignFile) -> list[Part]:
    """Return the parts of a drawing's project, and the one it has now."""
    lines = drawing.project.project_parts.select_related("part").order_by("id")
    parts = [line.part for line in lines]
    if drawing.part is not None and drawing.part not in parts:
        parts.append(drawing.part)
    return parts


@admin.register(DesignFile)
class DesignFileAdmin(FileAdmin):
    """Drawings."""

    list_display = (
        "original_filename", "project", "part", "state", "width", "height", "size",
        "is_archived",
    )  # fmt: skip
    list_filter = ("read_state", "is_archived", "created_at")
    list_select_related = ("project", "part")
    search_fields = ("original_filename", "project__project_code", "project__name", "sha256")
    actions = _archiving(archive_design_file)
    actions_detail = ("assign_part", "archive_now", "bring_back_now")
    assign_part = row_dialog(
        "assign_part", _("Assign part"),
        lambda row, said, call: assign_design_file(row.pk, said["part"], **call),
        form_class=PartForm, permission="archive", icon="category",
        done=_("The part of %(row)s was noted."),
    )  # fmt: skip
    archive_now = row_dialog(
        "archive_now", _("Archive"), lambda row, said, call: archive_design_file(row.pk, **call),
        permission="archive", icon="archive", variant=ActionVariant.DANGER,
        done=_("%(row)s was archived."),
        question=_("An archived drawing is kept, but no longer belongs to what is cut. It can be "
                   "brought back from the list of drawings."),
    )  # fmt: skip
    bring_back_now = _bringing_back(archive_design_file)
    fields = (
        "link", "project", "part", "size", "read_state", "problem", "units", "width",
        "height", "layers_told", "entities_told", "sha256", "uploaded_by", "is_archived",
        "created_at", "updated_at", "last_entry",
    )  # fmt: skip

    def to_show(self, row: DesignFile) -> tuple[Any, str, str]:
        """Return the picture that was drawn of it."""
        return row.preview, "image/svg+xml", f"{row.original_filename}.svg"

    @display(
        description=_("reading"),
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

    @display(description=_("width (mm)"), ordering="width_mm")
    def width(self, row: DesignFile) -> str:
        """The width, as exact as anybody cuts."""
        return measured(row.width_mm)

    @display(description=_("height (mm)"), ordering="height_mm")
    def height(self, row: DesignFile) -> str:
        """The height, as exact as anybody cuts."""
        return measured(row.height_mm)

    @display(description=_("layers"))
    def layers_told(self, row: DesignFile) -> str:
        """The names of its layers."""
        return ", ".join(map(str, row.layers)) or "–"

    @display(description=_("entity counts"))
    def entities_told(self, row: DesignFile) -> str:
        """What it is made of, and how many of each."""
        counts = sorted(row.entity_counts.items())
        return ", ".join(f"{number_format(count)} × {name}" for name, count in counts) or "–"

    @display(description=_("problem"))
    def problem(self, row: DesignFile) -> str:
        """Why it cannot be read: kept as it stands in the source, told in the reader's language."""
        return gettext(row.read_problem) if row.read_problem else "–"


class ArchiveDocumentForm(ConfirmForm):
    """Asks; of a delivery note that was made here it tells what becomes of its parts."""

    def render_before_template(self) -> str:
        """Say, above what the verb refused, that the parts go back."""
        made_here = ~Q(number="") & Q(kind=DocumentKind.DELIVERY_NOTE)
        known = str(self.object_id).isdecimal()
        if not (known and Document.objects.filter(made_here, pk=self.object_id).exists()):
            return super().render_before_template()
        told = gettext("Its parts then no longer count as delivered.")
        return format_html("<p><b>{}</b></p>{}", told, super().render_before_template())


@admin.register(Document)
class DocumentAdmin(FileAdmin):
    """Documents."""

    list_display = (
        "original_filename", "kind", "project", "size", "uploaded_by", "created_at", "is_archived",
    )  # fmt: skip
    list_filter = ("kind", "is_archived", "created_at")
    search_fields = ("original_filename", "project__project_code", "project__name", "sha256")
    actions = _archiving(archive_document)
    actions_detail = ("archive_now", "bring_back_now")
    archive_now = row_dialog(
        "archive_now", _("Archive"), lambda row, said, call: archive_document(row.pk, **call),
        form_class=ArchiveDocumentForm, permission="archive", icon="archive",
        variant=ActionVariant.DANGER, done=_("%(row)s was archived."),
        question=_("An archived document is kept, but is no longer among its project's papers. It "
                   "can be brought back from the list of documents."),
    )  # fmt: skip
    bring_back_now = _bringing_back(archive_document)
    fields = (
        "link", "kind", "project", "size", "content_type", "sha256", "uploaded_by", "is_archived",
        "created_at", "updated_at", "last_entry",
    )  # fmt: skip
