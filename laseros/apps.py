"""App configurations of the project itself."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class LaserOSConfig(AppConfig):
    """Carries the management commands of the project."""

    name = "laseros"
    verbose_name = "Laser OS"


class LaserOSAdminConfig(AdminConfig):
    """The admin, with the site class that knows the shop's roles."""

    default_site = "laseros.admin_base.LaserOSAdminSite"
