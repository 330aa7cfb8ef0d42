"""Lists that come from spreadsheets and go to them: the buttons above a list, and what they do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminFileFieldWidget

from laseros import clock
from laseros.spreadsheets import CONTENT_TYPES, ENDINGS, max_bytes, write_sheet
from operators_app.models import SheetImport
from operators_app.sheets import uploads
from operators_app.sheets.kinds import SheetKind

MOST_EXPORTED = 50_000  # as many as a sheet may have that comes back
FORMAT = "_format"  # among the list's own filters in the address


class UploadForm(forms.Form):
    """Takes a spreadsheet of a bearable size."""

    file = forms.FileField(label=gettext_lazy("File"), widget=UnfoldAdminFileFieldWidget,
                           allow_empty_file=True)  # fmt: skip

    def __init__(self, *args: Any, endings: Iterable[str] = ENDINGS, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs["accept"] = ",".join(endings)
        self.fields["file"].help_text = _("%(endings)s, at most %(size)s MB.") % {
            "endings": ", ".join(endings), "size": max_bytes() // (1024 * 1024),
        }  # fmt: skip

    def clean_file(self) -> Any:
        """Refuse what is too large, and what is nothing."""
        file = self.cleaned_data["file"]
        if file.size > max_bytes():
            limit = max_bytes() // (1024 * 1024)
            raise forms.ValidationError(_("The file is larger than %(size)s MB.") % {"size": limit})
        if not file.size:
            raise forms.ValidationError(_("The file is empty."))
        return file


class SheetAdminMixin:
    """Adds “Import” and “Export” to a list; `sheet` tells what its rows are in a spreadsheet."""

    sheet: ClassVar[type[SheetKind]]
    model: Any
    opts: Any
    admin_site: Any

    # --- Rights ----------------------------------------------------------------------------------

    def has_import_permission(self: Any, request: HttpRequest) -> bool:
        """Whoever may both add and change rows."""
        return bool(self.has_add_permission(request) and self.has_change_permission(request))

    def has_export_permission(self: Any, request: HttpRequest) -> bool:
        """Whoever may see them."""
        return bool(self.has_view_permission(request))

    # --- Addresses -------------------------------------------------------------------------------

    def get_urls(self: Any) -> Any:
        """Add the pages of import and export."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        return [
            path("import/", view(self.import_view), name=f"{name}_import"),
            path("export/", view(self.export_view), name=f"{name}_export"),
            path("import/empty.xlsx", view(self.empty_sheet_view), name=f"{name}_empty_sheet"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def changelist_view(
        self: Any, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Show the list with its buttons; the export takes the list's filters and search along."""
        response = super().changelist_view(request, extra_context)  # type: ignore[misc]
        context = getattr(response, "context_data", None)
        if context and "cl" in context and not context["cl"].is_popup:
            context["actions_list"] = [*context.get("actions_list", ()), *self._buttons(request)]
        return response

    def _buttons(self: Any, request: HttpRequest) -> list[dict[str, Any]]:
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}"
        looks: dict[str, Any] = {"variant": ActionVariant.DEFAULT, "attrs": {}, "dialog": None}
        found: list[dict[str, Any]] = []
        if self.has_export_permission(request):
            filters = request.GET.copy()
            exports = []
            others = [(ending, one.title) for ending, one in self.sheet.writers.items()]
            sheets = [("xlsx", _("Excel workbook (.xlsx)")), ("csv", _("Text (.csv)"))]
            for kind, title in (*sheets, *others):
                filters[FORMAT] = kind
                address = f"{reverse(f'{name}_export')}?{filters.urlencode()}"
                exports.append({**looks, "title": title, "icon": "download", "path": address})
            found.append({**looks, "title": _("Export"), "icon": "download", "items": exports,
                          "method_name": "Export"})  # fmt: skip
        if self.has_import_permission(request):
            found.append({**looks, "title": _("Import"), "icon": "upload_file",
                          "path": reverse(f"{name}_import")})  # fmt: skip
        return found

    # --- Export ----------------------------------------------------------------------------------

    def export_view(self: Any, request: HttpRequest) -> HttpResponse:
        """Return the rows of the list, filtered, searched and sorted as it was, as a sheet."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        filters = request.GET.copy()
        kind = (filters.pop(FORMAT, None) or ["xlsx"])[-1]
        request.GET = filters  # type: ignore[assignment]
        try:
            rows = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            messages.error(request, _("The list cannot be filtered in this way."))
            return HttpResponseRedirect(self._list_url())
        if rows.count() > MOST_EXPORTED:
            said = _("These are more than %(count)s rows; filter the list first.")
            messages.error(request, said % {"count": MOST_EXPORTED})
            return HttpResponseRedirect(f"{self._list_url()}?{filters.urlencode()}")
        sheet = self.sheet()
        if kind in sheet.writers:
            writer = sheet.writers[kind]
            return saved(sheet.title, kind, writer.write(rows), writer.content_type)
        return as_file(sheet.title, kind, [str(one.label) for one in sheet.columns],
                       sheet.exported(rows))  # fmt: skip

    def empty_sheet_view(self: Any, request: HttpRequest) -> HttpResponse:
        """Return a workbook with the headings alone, to be filled in."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        sheet = self.sheet()
        return as_file(sheet.title, "xlsx", [str(one.label) for one in sheet.columns], ())

    def _list_url(self: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    # --- Import ----------------------------------------------------------------------------------

    def import_view(self: Any, request: HttpRequest) -> HttpResponse:
        """Take a file; what is in it, the upload's own page shows."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        sheet = self.sheet()
        endings = (*ENDINGS, *sheet.readers)
        form = UploadForm(request.POST or None, request.FILES or None, endings=endings)
        if request.method == "POST":
            form = UploadForm(request.POST, request.FILES, endings=endings)
            if form.is_valid():
                file = form.cleaned_data["file"]
                upload = uploads.begin(sheet, file.name, file.read(), request.user)  # type: ignore[arg-type]
                return HttpResponseRedirect(
                    reverse("admin:operators_app_sheetimport_change", args=(upload.pk,))
                )
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        recent = SheetImport.objects.filter(kind=sheet.slug, entry_seq__isnull=False)
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "form": form,
            "title": _("Import %(rows)s") % {"rows": sheet.title}, "sheet": sheet,
            "recent": recent.select_related("uploaded_by")[:5],
            "empty_sheet": reverse(f"{name}_empty_sheet"),
            "list_url": self._list_url(),
        }  # fmt: skip
        return render(request, "admin/sheets/upload.html", context)


def as_file(title: str, kind: str, headings: list[str], rows: Iterable[list[Any]]) -> HttpResponse:
    """Return a spreadsheet to be saved, with its name and today's date."""
    kind = kind if kind in CONTENT_TYPES else "xlsx"
    return saved(title, kind, write_sheet(kind, headings, rows), CONTENT_TYPES[kind])


def saved(title: str, kind: str, data: bytes, content_type: str) -> HttpResponse:
    """Return a file to be saved, with its name and today's date."""
    answer = HttpResponse(data, content_type=content_type)
    name = f"{slugify(title) or 'rows'}-{clock.shop_today():%Y-%m-%d}.{kind}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
