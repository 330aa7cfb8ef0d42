"""App configuration."""

from django.apps import AppConfig


class OperatorsConfig(AppConfig):
    """People, sessions, and the log that every change of the shop goes through."""

    name = "operators_app"
    verbose_name = "People and log"

    def ready(self) -> None:
        """Let the login history listen, and register the checks."""
        from operators_app import checks, signals  # noqa: F401
