"""What the roles may do in the admin: given once by each app's migration, editable since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.management import create_permissions

LOOK = ("view",)
WORK = ("view", "add", "change", "delete")


def grant(apps: Any, app_label: str, rights: Mapping[str, Mapping[str, Iterable[str]]]) -> None:
    """Give rights on an app's models to roles: {role: {model or "*": actions}}.

    For use in migrations. Permissions are otherwise made only after the last migration, so they
    are made here first. Adds; takes nothing away that somebody gave by hand.
    """
    config = apps.get_app_config(app_label)
    config.models_module = True  # create_permissions passes over apps without this
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    group_model = apps.get_model("auth", "Group")
    permission_model = apps.get_model("auth", "Permission")
    models = [model._meta.model_name for model in config.get_models()]
    for role, by_model in rights.items():
        group, _ = group_model.objects.get_or_create(name=role)
        wanted = {
            f"{action}_{model}"
            for name, actions in by_model.items()
            for model in (models if name == "*" else [name])
            for action in actions
        }
        group.permissions.add(
            *permission_model.objects.filter(content_type__app_label=app_label, codename__in=wanted)
        )
