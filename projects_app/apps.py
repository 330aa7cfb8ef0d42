"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProjectsConfig(AppConfig):
    """Clients, projects and their life cycle, parts, files, documents."""

    name = "projects_app"
    verbose_name = _("Projects")

    def ready(self) -> None:
        """Let the search hear of what verbs write."""
        from projects_app import search_texts  # noqa: F401
