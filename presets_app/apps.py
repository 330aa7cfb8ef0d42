"""App configuration."""

from django.apps import AppConfig


class PresetsConfig(AppConfig):
    """Materials and machine presets."""

    name = "presets_app"
    verbose_name = "Materials and presets"
