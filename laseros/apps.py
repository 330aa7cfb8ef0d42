"""App configurations of the project itself."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class LaserOSConfig(AppConfig):
    """Carries the management commands of the project."""

    name = "laseros"
    verbose_name = "Laser OS"

    def ready(self) -> None:
        """Let the log and the metrics hear of jobs, and each connection begin as it should."""
        from laseros import database, jobs  # noqa: F401


class LaserOSAdminConfig(AdminConfig):
    """The admin, with the site class that knows the shop's roles."""

    default_site = "laseros.admin_base.LaserOSAdminSite"
