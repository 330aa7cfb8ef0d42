"""The admin of materials and presets, with the presets' spreadsheet."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from import_export.admin import ImportExportMixin
from unfold.contrib.filters.admin import RangeNumericFilter
from unfold.contrib.import_export.forms import ExportForm, ImportForm
from unfold.decorators import display

from laseros.errors import LaserOSError
from laseros.spreadsheets import CSV, XLSX, Unreadable, UploadShelf, max_bytes
from operators_app.admin_base import VerbModelAdmin, VerbTabularInline, one_line
from operators_app.models import Source
from operators_app.verbs import Actor
from presets_app.models import MachineSettingsPreset, Material, MaterialAlias
from presets_app.resources import PresetResource
from presets_app.verbs import import_presets

STAMPS = ("created_at", "updated_at", "seq")


class AliasInline(VerbTabularInline):
    """Other names of the material."""

    model = MaterialAlias
    fields = ("name",)


@admin.register(Material)
class MaterialAdmin(VerbModelAdmin):
    """Sheet materials."""

    list_display = ("name", "other_names", "density", "swatch", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "aliases__name")
    readonly_fields = STAMPS
    fieldsets = (
        (None, {"fields": ("name", "density", "colour", "is_active")}),
        ("Record", {"fields": STAMPS}),
    )
    inlines = (AliasInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Material]:
        """Fetch the other names along."""
        return super().get_queryset(request).prefetch_related("aliases")  # type: ignore[no-any-return]

    @display(description="also called")
    def other_names(self, material: Material) -> str:
        """The aliases."""
        return ", ".join(alias.name for alias in material.aliases.all()) or "–"

    @display(description="colour", ordering="colour")
    def swatch(self, material: Material) -> SafeString:
        """The colour, shown."""
        return format_html(
            '<span class="inline-block w-4 h-4 rounded-default align-middle mr-2" '
            'style="background: {0}"></span>{0}',
            material.colour,
        )


class SheetImportForm(ImportForm):
    """Takes a spreadsheet of a bearable size; the format follows from the file's name."""

    def __init__(self, formats: Any, resources: Any, **kwargs: Any) -> None:
        super().__init__(formats, resources, **kwargs)
        self.fields["format"].required = False

    def clean_import_file(self) -> Any:
        """Refuse what is too large."""
        file = self.cleaned_data["import_file"]
        if file.size > max_bytes():
            limit = max_bytes() // (1024 * 1024)
            raise forms.ValidationError(f"The file is larger than {limit} MB.")
        return file

    def clean(self) -> dict[str, Any]:
        """Choose the format by the file's name where none was chosen."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not data.get("format") and "import_file" in data:
            name = data["import_file"].name.lower()
            data["format"] = "1" if name.endswith((".csv", ".txt")) else "0"
        return data


@admin.register(MachineSettingsPreset)
class PresetAdmin(ImportExportMixin, VerbModelAdmin):
    """Machine settings, one by one or as a spreadsheet."""

    list_display = (
        "name", "material", "mm", "percent", "speed_shown", "hertz", "gas", "focus", "is_active",
    )  # fmt: skip
    list_display_links = ("name",)
    list_filter = ("material", ("thickness", RangeNumericFilter), "gas_type", "is_active")
    list_filter_submit = True
    list_select_related = ("material",)
    search_fields = ("preset_name", "material__name", "material__aliases__name", "gas_type")
    autocomplete_fields = ("material",)
    readonly_fields = STAMPS
    fieldsets = (
        (None, {"fields": ("preset_name", "material", "thickness", "is_active")}),
        ("Laser", {"fields": ("power", "speed", "frequency", "focus_offset")}),
        ("Gas", {"fields": ("gas_type", "gas_pressure")}),
        ("Record", {"fields": STAMPS}),
    )

    resource_classes = (PresetResource,)
    import_form_class = SheetImportForm
    export_form_class = ExportForm
    import_formats = export_formats = (XLSX, CSV)
    tmp_storage_class = UploadShelf
    skip_admin_log = True  # the import is one entry of the activity log

    @display(description="name", ordering="preset_name")
    def name(self, preset: MachineSettingsPreset) -> SafeString:
        """The name, on one line."""
        return one_line(preset.preset_name)

    @display(description="thickness", ordering="thickness")
    def mm(self, preset: MachineSettingsPreset) -> str:
        """The thickness."""
        return f"{preset.thickness.normalize():f} mm"

    @display(description="power", ordering="power")
    def percent(self, preset: MachineSettingsPreset) -> str:
        """The power."""
        return f"{preset.power} %"

    @display(description="mm/min", ordering="speed")
    def speed_shown(self, preset: MachineSettingsPreset) -> int:
        """The speed."""
        return preset.speed

    @display(description="Hz", ordering="frequency")
    def hertz(self, preset: MachineSettingsPreset) -> int | None:
        """The frequency."""
        return preset.frequency

    @display(description="gas", ordering="gas_type")
    def gas(self, preset: MachineSettingsPreset) -> SafeString:
        """The gas with its pressure."""
        pressure = preset.gas_pressure
        bar = f" {pressure.normalize():f} bar" if pressure is not None else ""
        return one_line(f"{preset.gas_type}{bar}" or "–")

    @display(description="focus", ordering="focus_offset")
    def focus(self, preset: MachineSettingsPreset) -> str:
        """The focus offset, in mm."""
        offset = preset.focus_offset
        return "–" if offset is None else f"{offset.normalize():f}"

    def get_import_formats(self) -> list[Any]:
        """XLSX and CSV."""
        return [XLSX, CSV]

    get_export_formats = get_import_formats

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Whoever may both add and change presets."""
        return bool(self.has_add_permission(request) and self.has_change_permission(request))

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Whoever may see presets."""
        return bool(self.has_view_permission(request))

    def add_data_read_fail_error_to_form(self, form: Any, error: Exception) -> None:
        """Say why the file cannot be read."""
        said = str(error) if isinstance(error, Unreadable) else "This file cannot be read."
        form.add_error("import_file", said)

    def import_action(self, request: HttpRequest, **kwargs: Any) -> Any:
        """Show what the sheet would change; where it changes nothing, say so and be done."""
        response = super().import_action(request, **kwargs)
        context = getattr(response, "context_data", None) or {}
        result: Any = context.get("result")
        confirm = context.get("confirm_form")
        if not confirm:
            self._throw_away(request)
            if result and result.base_errors:
                # The library's page would show these with their tracebacks.
                del context["result"]
                messages.error(request, " ".join(result.sentences()))
            return response
        if result.counts["new"] or result.counts["changed"]:
            messages.info(request, in_words(result.counts) + in_part(result))
            return response
        UploadShelf(confirm.initial["import_file_name"]).remove()
        messages.info(request, in_words(result.counts))
        return HttpResponseRedirect(self._list_url())

    def _throw_away(self, request: HttpRequest) -> None:
        """Keep no file of an upload that was refused; it is not to be confirmed any more."""
        name = getattr(request.FILES.get("import_file"), "tmp_storage_name", "")
        if name:
            UploadShelf(name).remove()

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Take in the sheet that was confirmed; a refusal leads back to the upload."""
        try:
            return super().process_import(request, **kwargs)  # type: ignore[no-any-return]
        except (LaserOSError, Unreadable) as error:
            messages.error(request, getattr(error, "message", str(error)))
            info = self.get_model_info()
            return HttpResponseRedirect(reverse("admin:{}_{}_import".format(*info)))

    def process_dataset(self, dataset: Any, form: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Call the verb."""
        by = Actor.of_user(request.user, Source.IMPORT)  # type: ignore[arg-type]
        return import_presets(dataset, form.cleaned_data["original_file_name"], by=by)

    def process_result(self, result: Any, request: HttpRequest) -> HttpResponse:
        """Tell what the verb did."""
        messages.success(request, in_words(result.data))
        return HttpResponseRedirect(self._list_url())

    def get_data_for_export(self, request: HttpRequest, queryset: Any, **kwargs: Any) -> Any:
        """Export numbers as numbers, in every format."""
        rows = queryset.select_related("material")
        return super().get_data_for_export(request, rows, **{**kwargs, "force_native_type": True})

    def _list_url(self) -> str:
        return reverse("admin:{}_{}_changelist".format(*self.get_model_info()))


def in_part(result: Any) -> str:
    """Return a sentence where the preview shows only the first rows."""
    shown, all_rows = len(result.valid_rows()), result.counts["new"] + result.counts["changed"]
    return f" The first {shown} are shown here." if shown < all_rows else ""


def in_words(counts: dict[str, int]) -> str:
    """Return what an import found, in one sentence."""
    if not counts["new"] and not counts["changed"]:
        return f"{counts['read']} rows read: nothing new, nothing changed."
    return (
        f"{counts['read']} rows read: {counts['new']} new, {counts['changed']} changed, "
        f"{counts['unchanged']} unchanged."
    )
