"""The admin site. The base of every model's admin, which calls verbs, is in operators_app."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.module_loading import import_string
from unfold.sites import UnfoldAdminSite

from laseros.back_office import PLACES


class LaserOSAdminSite(UnfoldAdminSite):
    """The back office: shows each role what it may see."""

    site_title = site_header = "Laser OS"
    index_title = "Back office"
    enable_nav_sidebar = True
    own_password = "operators_app.admin_forms.OwnPasswordForm"  # noqa: S105

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        """Return the sidebar's groups without what this role may not see."""
        groups = super().get_sidebar_list(request)
        for group in groups:
            group["items"] = [item for item in group["items"] if item["has_permission"]]
        return [group for group in groups if group["items"]]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return the models in the sidebar's groups and under its titles."""
        listed: list[Any] = super().get_app_list(request, app_label)
        if app_label is not None:
            return listed
        known = {
            model["model"]._meta.label_lower: model for app in listed for model in app["models"]
        }
        groups = [
            {
                "name": group, "app_label": group.lower(), "has_module_perms": True, "app_url": "",
                "models": [{**known[label], "name": title} for title, _, label in items
                           if label in known],
            }
            for group, items in PLACES
        ]  # fmt: skip
        return [group for group in groups if group["models"]]

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Let whoever is signed in change their own password, through the verb that logs it."""
        from django.contrib.auth.views import PasswordChangeView
        from django.urls import reverse

        request.current_app = self.name
        return PasswordChangeView.as_view(
            form_class=import_string(self.own_password),
            success_url=reverse("admin:password_change_done", current_app=self.name),
            template_name=self.password_change_template or "registration/password_change_form.html",
            extra_context={**self.each_context(request), **(extra_context or {})},
        )(request)
