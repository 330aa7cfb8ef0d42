"""The choice of a preset for a project: those that fit its sheet first, in a group of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.forms import Script
from django.forms.models import ModelChoiceIterator
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from presets_app.models import MachineSettingsPreset
from projects_app.models import Project
from projects_app.verbs import preset_fits

PRESET_SEARCH = "projects_app_project_presets"


class FittingFirst(ModelChoiceIterator):  # type: ignore[type-arg]
    """The presets in two groups where the field knows the project's sheet; else as they are."""

    field: PresetField

    def __iter__(self) -> Iterator[Any]:
        """Yield the choices, the fitting ones first."""
        project = self.field.project
        sheet = project.sheet if project else ""
        if project is None or not sheet:
            yield from super().__iter__()
            return
        if self.field.empty_label is not None:
            yield ("", self.field.empty_label)
        groups: dict[bool, list[Any]] = {True: [], False: []}
        for preset in self.queryset:
            groups[preset_fits(preset, project)].append(self.choice(preset))
        if groups[True]:
            yield (_("Fits %(sheet)s") % {"sheet": sheet}, groups[True])
        if groups[False]:
            yield (_("Other presets"), groups[False])


class PresetField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A preset that is in use."""

    iterator = FittingFirst
    project: Project | None = None

    def __init__(self, queryset: Any = None, **kwargs: Any) -> None:
        super().__init__(_presets(Q(is_active=True)), **kwargs)

    def label_from_instance(self, preset: MachineSettingsPreset) -> str:
        """Return what a preset is called in the list."""
        return _label(preset)

    def choose_for(self, project: Project, *own: int) -> None:
        """Put first what fits this project's sheet; its preset and `own` stay choices."""
        self.project = project
        self.queryset = _presets(Q(is_active=True) | Q(pk__in=[project.preset_id, *own]))


class PresetSearch(AutocompleteSelect):
    """Looks for a project's preset by name, where there are too many for a list."""

    project_id: int | None = None

    def get_url(self) -> str:
        """Return the address of the search, which knows the project's sheet."""
        if self.project_id is None:
            return str(super().get_url())
        return reverse(f"admin:{PRESET_SEARCH}", args=(self.project_id,))


class PresetSearchView(AutocompleteJsonView):
    """Finds what a list would offer, and in the same order: what fits the project's sheet first."""

    def get_queryset(self) -> QuerySet[MachineSettingsPreset]:
        """Return the presets that may be chosen, of those that were found."""
        project = Project.objects.filter(pk=self.kwargs["project"]).first()
        if project is None:
            raise Http404
        found = super().get_queryset().order_by().values("pk")
        offered = _presets(Q(is_active=True) | Q(pk=project.preset_id)).filter(pk__in=found)
        return offered.order_by(_fit(project), *offered.query.order_by)

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        """Return what select2 shows of a preset."""
        return {**super().serialize_result(obj, to_field_name), "text": _label(obj)}


class PresetForm(forms.ModelForm):  # type: ignore[type-arg]
    """Lets a project's form offer the presets that fit it first."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("preset")
        if isinstance(field, PresetField):
            field.choose_for(self.instance)
            wrapped: Any = getattr(field.widget, "widget", field.widget)
            if isinstance(wrapped, PresetSearch):
                wrapped.project_id = self.instance.pk
            else:
                wrapped.attrs |= _told_to_script(field.queryset)

    class Media:
        js = (Script("laseros/presets.js", defer=True),)


def _told_to_script(presets: Any) -> dict[str, str]:
    """Return what presets.js needs in order to group the choices while the sheet is told."""
    rows = [
        [pk, material_id, None if thickness is None else f"{thickness.normalize():f}"]
        for pk, material_id, thickness in presets.values_list("pk", "material_id", "thickness")
    ]
    return {
        "data-presets": json.dumps(rows),
        "data-fits": _("Fits %(sheet)s"),
        "data-others": _("Other presets"),
    }


def _label(preset: MachineSettingsPreset) -> str:
    """Return a preset's name; of one that is switched off, which may be kept, that too."""
    name = str(preset)
    return name if preset.is_active else _("%(preset)s (switched off)") % {"preset": name}


def _fit(project: Project) -> Case:
    """Return what presets are ordered by: 0 where `preset_fits`, else 1."""
    material = Q(material=project.material_id) if project.material_id else Q(pk__gt=0)
    thickness = Q(pk__gt=0)
    if project.material_thickness:
        thickness = Q(thickness=None) | Q(thickness=project.material_thickness)
    return Case(When(material & thickness, then=Value(0)), default=Value(1))


def _presets(wanted: Q) -> QuerySet[MachineSettingsPreset]:
    order = ("material__name", F("thickness").asc(nulls_first=True), "preset_name")
    return MachineSettingsPreset.objects.filter(wanted).order_by(*order)
