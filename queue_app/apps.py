"""App configuration."""

from django.apps import AppConfig


class QueueConfig(AppConfig):
    """The cutting queue, the laser runs, the verbs of cutting."""

    name = "queue_app"
    verbose_name = "Cutting queue"
