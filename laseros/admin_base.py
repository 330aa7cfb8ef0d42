"""The admin site. The base of every model's admin, which calls verbs, is in operators_app."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.module_loading import import_string
from unfold.sites import UnfoldAdminSite


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
