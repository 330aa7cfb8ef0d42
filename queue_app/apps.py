"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QueueConfig(AppConfig):
    """The cutting queue, the laser runs, the verbs of cutting."""

    name = "queue_app"
    verbose_name = _("Cutting queue")

    def ready(self) -> None:
        """Let the queue hear of projects, and tell its part of their story."""
        from queue_app import signals, story  # noqa: F401
