"""App configuration."""

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    """Clients, projects and their life cycle, parts, files, documents."""

    name = "projects_app"
    verbose_name = "Projects"
