"""The admin site. The base of every model's admin, which calls verbs, is in operators_app."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils.module_loading import import_string
from unfold.sites import UnfoldAdminSite

from laseros.back_office import PLACES


class LaserOSAdminSite(UnfoldAdminSite):
    """The back office: shows each role what it may see."""

    site_title = site_header = "Laser OS"
    home = "queue_app.home.views"
    enable_nav_sidebar = True
    search_view = "projects_app.admin_search.search"

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show what needs somebody now, and how the shop is doing."""
        told = import_string(f"{self.home}.context")(request)
        context = {**self.each_context(request), **told, **(extra_context or {})}
        request.current_app = self.name
        return TemplateResponse(request, "admin/index.html", context)

    def home_view(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the home page's question whether anything has changed."""
        answer: HttpResponseBase = import_string(f"{self.home}.fragment")(request)
        return answer

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
                "name": name, "app_label": group, "has_module_perms": True, "app_url": "",
                "models": [{**known[label], "name": title} for title, _icon, label in items
                           if label in known],
            }
            for group, name, items in PLACES
        ]  # fmt: skip
        return [group for group in groups if group["models"]]

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer the search box; unfold's own would show what it found five minutes ago."""
        answer: HttpResponse = import_string(self.search_view)(request)
        return answer

    def extra_urls(self) -> list[URLPattern]:
        """Return the addresses of the home page's freshness and of signing in."""
        from operators_app import sign_in_pages

        fresh = path("home/", self.admin_view(self.home_view), name="home")
        known = path("signed-in/", self.admin_view(self.signed_in_view), name="signed_in")
        return [fresh, known, *sign_in_pages.urlpatterns]

    def signed_in_view(self, request: HttpRequest) -> HttpResponse:
        """Answer nothing: a page asks before it sends a form whether somebody would take it."""
        return HttpResponse(status=204)

    def has_permission(self, request: HttpRequest) -> bool:
        """Admit whoever is in the back office's roles and has done with signing in."""
        from operators_app.gate import pending_step

        return bool(super().has_permission(request)) and not pending_step(request)

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Let whoever is signed in change their own password, through the verb that logs it."""
        from operators_app.sign_in_pages import own_password

        request.current_app = self.name
        return own_password(request)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Return all addresses; the own password may be changed before all else is open."""
        own = path("password_change/", self.password_change, name="password_change")
        return [own, *super().get_urls()]
