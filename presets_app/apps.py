"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PresetsConfig(AppConfig):
    """Materials and machine presets."""

    name = "presets_app"
    verbose_name = _("Materials and presets")
