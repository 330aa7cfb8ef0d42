"""Shapes of presets as the API tells them (contract, section 5.4)."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from laseros.schema import SuccessAnswer
from operators_app.fields import IdField, ThicknessField
from operators_app.serializers import PageQuery
from presets_app.fields import MaterialField


class PresetQuery(PageQuery):
    """Which presets."""

    material_type = MaterialField(required=False)
    thickness = ThicknessField(required=False)


class PresetShape(serializers.Serializer[Any]):
    """A preset."""

    id = IdField()
    preset_name = serializers.CharField()
    material_type = serializers.CharField()
    thickness = serializers.FloatField(
        allow_null=True, help_text="mm; null for settings that fit any sheet, as for engraving."
    )
    power = serializers.IntegerField(help_text="Per cent.")
    speed = serializers.IntegerField(help_text="mm/min")
    frequency = serializers.IntegerField(allow_null=True, help_text="Hz")
    gas_type = serializers.CharField()
    gas_pressure = serializers.FloatField(allow_null=True, help_text="bar")
    focus_offset = serializers.FloatField(allow_null=True, help_text="mm")
    is_active = serializers.BooleanField()
    updated_at = serializers.DateTimeField()
    seq = serializers.IntegerField()


class PresetListAnswer(SuccessAnswer):
    """A page of presets."""

    presets = PresetShape(many=True)
