"""The admin of materials and presets."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeNumericFilter
from unfold.decorators import display

from laseros.languages import Text
from laseros.numbers import plain_number
from operators_app.admin_base import VerbModelAdmin, one_line
from operators_app.admin_inlines import VerbTabularInline
from operators_app.admin_sheets import SheetAdminMixin
from presets_app.models import MachineSettingsPreset, Material, MaterialAlias
from presets_app.resources import MaterialSheet, PresetSheet

STAMPS = ("created_at", "updated_at", "last_entry")


class GasFilter(admin.AllValuesFieldListFilter):
    """The gases of the presets; those without one have a name as well."""

    def choices(self, changelist: Any) -> Any:
        """Name the choice of none; how many there are may stand behind it."""
        for choice in super().choices(changelist):
            said = str(choice["display"])
            is_none = not said or said.startswith(" (")
            yield {**choice, "display": f"{_('no gas')}{said}" if is_none else said}


class AliasInline(VerbTabularInline):
    """Other names of the material."""

    model = MaterialAlias
    fields = ("name",)


@admin.register(Material)
class MaterialAdmin(SheetAdminMixin, VerbModelAdmin):
    """Sheet materials."""

    sheet = MaterialSheet
    list_display = ("name", "other_names", "density", "swatch", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "aliases__name")
    readonly_fields = STAMPS
    fieldsets = (
        (None, {"fields": ("name", "density", "colour", "is_active")}),
        (_("Record"), {"fields": STAMPS}),
    )
    inlines = (AliasInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Material]:
        """Fetch the other names along."""
        return super().get_queryset(request).prefetch_related("aliases")  # type: ignore[no-any-return]

    @display(description=_("also called"))
    def other_names(self, material: Material) -> str:
        """The aliases."""
        return ", ".join(alias.name for alias in material.aliases.all()) or "–"

    @display(description=_("colour"), ordering="colour")
    def swatch(self, material: Material) -> SafeString:
        """The colour, shown."""
        return format_html(
            '<span class="inline-block w-4 h-4 rounded-default align-middle mr-2" '
            'style="background: {0}"></span>{0}',
            material.colour,
        )


@admin.register(MachineSettingsPreset)
class PresetAdmin(SheetAdminMixin, VerbModelAdmin):
    """Machine settings, one by one or as a spreadsheet."""

    sheet = PresetSheet
    list_display = (
        "name", "material", "mm", "percent", "speed_shown", "hertz", "gas", "focus", "is_active",
    )  # fmt: skip
    list_display_links = ("name",)
    list_filter = ("material", ("thickness", RangeNumericFilter), ("gas_type", GasFilter),
                   "is_active")  # fmt: skip
    list_filter_submit = True
    list_select_related = ("material",)
    list_only = (
        "preset_name", "material__name", "thickness", "power", "speed", "frequency", "gas_type",
        "gas_pressure", "focus_offset", "is_active",
    )  # fmt: skip
    search_fields = ("preset_name", "material__name", "material__aliases__name", "gas_type")
    autocomplete_fields = ("material",)
    readonly_fields = STAMPS
    fieldsets = (
        (None, {"fields": ("preset_name", "material", "thickness", "is_active")}),
        (_("Laser"), {"fields": ("power", "speed", "frequency", "focus_offset")}),
        (_("Gas"), {"fields": ("gas_type", "gas_pressure")}),
        (_("Record"), {"fields": STAMPS}),
    )

    @display(description=_("name"), ordering="preset_name")
    def name(self, preset: MachineSettingsPreset) -> str:
        """The name."""
        return preset.preset_name

    @display(description=_("thickness"), ordering="thickness")
    def mm(self, preset: MachineSettingsPreset) -> Text:
        """The thickness; none fits any sheet."""
        thickness = preset.thickness
        return _("any") if thickness is None else f"{plain_number(thickness)} mm"

    @display(description=_("power"), ordering="power")
    def percent(self, preset: MachineSettingsPreset) -> str:
        """The power."""
        return f"{preset.power} %"

    @display(description=_("speed (mm/min)"), ordering="speed")
    def speed_shown(self, preset: MachineSettingsPreset) -> int:
        """The speed."""
        return preset.speed

    @display(description=_("frequency (Hz)"), ordering="frequency")
    def hertz(self, preset: MachineSettingsPreset) -> int | None:
        """The frequency."""
        return preset.frequency

    @display(description=_("gas"), ordering="gas_type")
    def gas(self, preset: MachineSettingsPreset) -> SafeString:
        """The gas with its pressure."""
        pressure = preset.gas_pressure
        bar = f" {plain_number(pressure)} bar" if pressure is not None else ""
        return one_line(f"{preset.gas_type}{bar}" or "–")

    @display(description=_("focus (mm)"), ordering="focus_offset")
    def focus(self, preset: MachineSettingsPreset) -> str:
        """The focus offset, in mm."""
        offset = preset.focus_offset
        return "–" if offset is None else plain_number(offset)
