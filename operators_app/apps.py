"""App configuration."""

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class OperatorsConfig(AppConfig):
    """People, sessions, and the log that every change of the shop goes through."""

    name = "operators_app"
    verbose_name = _("People and log")

    def ready(self) -> None:
        """Let the login history listen, and register the checks."""
        from operators_app import checks, signals  # noqa: F401

        apps.get_app_config("axes").verbose_name = _("People")  # where its page stands in the menu
