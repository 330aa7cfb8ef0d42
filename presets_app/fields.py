"""The field type of a material's name."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.fields import empty

from presets_app.models import Material
from presets_app.queries import find_material


class MaterialField(serializers.CharField):
    """A material by its name or an alias; validated to the Material."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 60, **kwargs})

    def run_validation(self, data: Any = empty) -> Any:
        """Return the Material (None for null); raise ValidationError for a name nobody knows."""
        name = super().run_validation(data)
        if name is None:
            return None
        material = find_material(name)
        if material is None:
            known = ", ".join(Material.objects.values_list("name", flat=True)[:20])
            raise serializers.ValidationError(
                _("There is no material “%(name)s”; known are %(known)s.")
                % {"name": name, "known": known},
                "unknown_material",
            )
        return material
