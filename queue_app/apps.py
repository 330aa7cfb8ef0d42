"""App configuration."""

from django.apps import AppConfig


class QueueConfig(AppConfig):
    """The cutting queue, the laser runs, the verbs of cutting."""

    name = "queue_app"
    verbose_name = "Cutting queue"

    def ready(self) -> None:
        """Let the queue hear of projects."""
        from queue_app import signals  # noqa: F401
