"""The look of the admin: its title, colours, and what stands in the sidebar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse, reverse_lazy
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from laseros.languages import Text

# (group, its title, [(title, icon, model)]); a role sees of it what it may open.
PLACES: list[tuple[str, Text, list[tuple[Text, str, str]]]] = [
    (
        "queue",
        _("Queue"),
        [
            (_("Cutting queue"), "view_list", "queue_app.queueitem"),
            (_("Laser runs"), "bolt", "queue_app.laserrun"),
            (_("Flagged facts"), "flag", "operators_app.flag"),
        ],
    ),
    (
        "projects",
        _("Projects"),
        [
            (_("Projects"), "assignment", "projects_app.project"),
            (_("Clients"), "storefront", "projects_app.client"),
            (_("Parts"), "category", "projects_app.part"),
            (_("Drawings"), "architecture", "projects_app.designfile"),
            (_("Documents"), "description", "projects_app.document"),
        ],
    ),
    (
        "presets",
        _("Presets"),
        [
            (_("Presets"), "tune", "presets_app.machinesettingspreset"),
            (_("Materials"), "layers", "presets_app.material"),
        ],
    ),
    (
        "spreadsheets",
        _("Spreadsheets"),
        [
            (_("Imports"), "upload_file", "operators_app.sheetimport"),
            (_("Headings"), "title", "operators_app.headingsynonym"),
        ],
    ),
    (
        "people",
        _("People"),
        [
            (_("Operators"), "engineering", "operators_app.operator"),
            (_("Accounts"), "person", "operators_app.user"),
            (_("Sessions and devices"), "devices", "operators_app.session"),
            (_("Login history"), "login", "operators_app.loginrecord"),
            (_("Failed sign-ins"), "lock", "axes.accessattempt"),
            (_("Roles"), "verified_user", "operators_app.rolepolicy"),
        ],
    ),
    (
        "reports",
        _("Reports"),
        [
            (_("Production reports"), "summarize", "queue_app.productionreport"),
            (_("Report times"), "alarm", "queue_app.reporttimes"),
        ],
    ),
    (
        "log",
        _("Log"),
        [
            (_("Activity log"), "history", "operators_app.activitylog"),
        ],
    ),
    (
        "settings",
        _("Settings"),
        [
            (_("Shop"), "store", "projects_app.shop"),
        ],
    ),
    (
        "background_work",
        _("Background work"),
        [
            (_("Waiting"), "hourglass_empty", "django_q.ormq"),
            (_("Done"), "task_alt", "django_q.success"),
            (_("Failed"), "error", "django_q.failure"),
            (_("Schedules"), "schedule", "django_q.schedule"),
        ],
    ),
]

# Pages that are no model's list, at the head of their group: (title, icon, address, who may see).
PAGES: dict[str, list[tuple[Text, str, str, str]]] = {
    "queue": [
        (_("Queue board"), "view_kanban", "admin:queue_app_queueitem_board",
         "queue_app.board.views.may_look"),
    ],
    "reports": [
        (_("Statistics"), "monitoring", "statistics",
         "queue_app.admin_statistics.may_see_statistics"),
    ],
}  # fmt: skip


def _visible(label: str) -> Callable[[HttpRequest], bool]:
    """Return the question whether a request's role may see this model in the admin."""

    def ask(request: HttpRequest) -> bool:
        from django.apps import apps
        from django.contrib import admin

        return bool(admin.site.get_model_admin(apps.get_model(label)).has_view_permission(request))

    return ask


def _is_open(link: Any) -> Callable[[HttpRequest], bool]:
    """Return the question whether a request is for this list or a row of it, and for no page."""

    def ask(request: HttpRequest) -> bool:
        if not request.path.startswith(str(link)):
            return False
        pages = tuple(reverse(page[2]) for group in PAGES.values() for page in group)
        return not request.path.startswith(pages)

    return ask


def _item(title: Text, icon: str, label: str) -> dict[str, Any]:
    app, model = label.split(".")
    link = reverse_lazy(f"admin:{app}_{model}_changelist")
    return {
        "title": title,
        "icon": icon,
        "link": link,
        "active": _is_open(link),
        "permission": _visible(label),
    }


def _page(title: Text, icon: str, address: str, may_see: str) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(address),
        "permission": lambda request: import_string(may_see)(request),
    }


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Laser OS",
    "SITE_HEADER": "Laser OS",
    "SITE_SUBHEADER": _("Back office"),
    "SITE_SYMBOL": "bolt",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("favicon.svg")}
    ],
    "SITE_URL": None,
    "STYLES": [lambda request: static("laseros/back_office.css")],
    "SCRIPTS": [lambda request: static("laseros/forms.js")],
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "SHOW_LANGUAGES": True,
    "BORDER_RADIUS": "6px",
    "ACCOUNT": {
        "navigation": [
            {"title": _("My sign-in"), "link": reverse_lazy("admin:own_sign_in")},
            {"title": _("Change password"), "link": reverse_lazy("admin:password_change")},
        ]
    },
    "LOGIN": {"form": "operators_app.admin_forms.LoginForm"},
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {"items": [{"title": _("Home"), "icon": "home", "link": reverse_lazy("admin:index")}]},
            *(
                {
                    "title": title,
                    "separator": True,
                    "items": [
                        *(_page(*one) for one in PAGES.get(group, ())),
                        *(_item(*one) for one in items),
                    ],
                }
                for group, title, items in PLACES
            ),
        ],
    },
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.604)",
            "100": "oklch(93.2% .032 255.585)",
            "200": "oklch(88.2% .059 254.128)",
            "300": "oklch(80.9% .105 251.813)",
            "400": "oklch(70.7% .165 254.624)",
            "500": "oklch(66% .19 259)",
            "600": "oklch(54.6% .245 262.881)",
            "700": "oklch(48.8% .243 264.376)",
            "800": "oklch(42.4% .199 265.638)",
            "900": "oklch(37.9% .146 265.522)",
            "950": "oklch(28.2% .091 267.935)",
        },
    },
}
