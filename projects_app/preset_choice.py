"""The choice of a preset for a project: those that fit its sheet first, in a group of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import F, Q, QuerySet
from django.forms import Script
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext as _

from presets_app.models import MachineSettingsPreset
from projects_app.models import Project
from projects_app.verbs import preset_fits


def sheet_of(project: Project) -> str:
    """Return material and thickness as people say them: Mild Steel 3 mm; nothing without either."""
    thick = project.material_thickness
    material = project.material.name if project.material else ""
    return " ".join(filter(None, (material, f"{thick.normalize():f}\u00a0mm" if thick else "")))


class FittingFirst(ModelChoiceIterator):  # type: ignore[type-arg]
    """The presets in two groups where the field knows the project's sheet; else as they are."""

    field: PresetField

    def __iter__(self) -> Iterator[Any]:
        """Yield the choices, the fitting ones first."""
        project = self.field.project
        sheet = sheet_of(project) if project else ""
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
        """Return a preset's name; of one that is switched off, which may be kept, that too."""
        name = str(preset)
        return name if preset.is_active else _("%(preset)s (switched off)") % {"preset": name}

    def choose_for(self, project: Project, *own: int) -> None:
        """Put first what fits this project's sheet; its preset and `own` stay choices."""
        self.project = project
        self.queryset = _presets(Q(is_active=True) | Q(pk__in=[project.preset_id, *own]))


class PresetForm(forms.ModelForm):  # type: ignore[type-arg]
    """Lets a project's form offer the presets that fit it first."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("preset")
        if isinstance(field, PresetField):
            field.choose_for(self.instance)
            wrapped: Any = getattr(field.widget, "widget", field.widget)
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


def _presets(wanted: Q) -> QuerySet[MachineSettingsPreset]:
    order = ("material__name", F("thickness").asc(nulls_first=True), "preset_name")
    return MachineSettingsPreset.objects.filter(wanted).order_by(*order)
