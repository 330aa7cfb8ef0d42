"""The look of the admin: its title, colours, and what stands in the sidebar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy

# (group, [(title, icon, model)]); a role sees of it what it may open.
PLACES: list[tuple[str, list[tuple[str, str, str]]]] = [
    (
        "Queue",
        [
            ("Cutting queue", "view_list", "queue_app.queueitem"),
            ("Laser runs", "bolt", "queue_app.laserrun"),
            ("Flagged facts", "flag", "operators_app.flag"),
        ],
    ),
    (
        "Projects",
        [
            ("Projects", "assignment", "projects_app.project"),
            ("Clients", "storefront", "projects_app.client"),
            ("Parts", "category", "projects_app.part"),
            ("Drawings", "architecture", "projects_app.designfile"),
            ("Documents", "description", "projects_app.document"),
        ],
    ),
    (
        "Presets",
        [
            ("Presets", "tune", "presets_app.machinesettingspreset"),
            ("Materials", "layers", "presets_app.material"),
        ],
    ),
    (
        "People",
        [
            ("Operators", "engineering", "operators_app.operator"),
            ("Accounts", "person", "operators_app.user"),
            ("Phone sessions", "phone_iphone", "operators_app.session"),
            ("Login history", "login", "operators_app.loginrecord"),
            ("Locked sign-ins", "lock", "axes.accessattempt"),
        ],
    ),
    (
        "Log",
        [
            ("Activity log", "history", "operators_app.activitylog"),
        ],
    ),
    (
        "Background work",
        [
            ("Waiting", "hourglass_empty", "django_q.ormq"),
            ("Done", "task_alt", "django_q.success"),
            ("Failed", "error", "django_q.failure"),
            ("Schedules", "schedule", "django_q.schedule"),
        ],
    ),
]


def _visible(label: str) -> Callable[[HttpRequest], bool]:
    """Return the question whether a request's role may see this model in the admin."""

    def ask(request: HttpRequest) -> bool:
        from django.apps import apps
        from django.contrib import admin

        return bool(admin.site.get_model_admin(apps.get_model(label)).has_view_permission(request))

    return ask


def _item(title: str, icon: str, label: str) -> dict[str, Any]:
    app, model = label.split(".")
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{model}_changelist"),
        "permission": _visible(label),
    }


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Laser OS",
    "SITE_HEADER": "Laser OS",
    "SITE_SUBHEADER": "Back office",
    "SITE_SYMBOL": "bolt",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("favicon.svg")}
    ],
    "SITE_URL": None,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "6px",
    "LOGIN": {"form": "operators_app.admin_forms.LoginForm"},
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {"title": group, "separator": bool(number), "items": [_item(*one) for one in items]}
            for number, (group, items) in enumerate(PLACES)
        ],
    },
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.604)",
            "100": "oklch(93.2% .032 255.585)",
            "200": "oklch(88.2% .059 254.128)",
            "300": "oklch(80.9% .105 251.813)",
            "400": "oklch(70.7% .165 254.624)",
            "500": "oklch(62.3% .214 259.815)",
            "600": "oklch(54.6% .245 262.881)",
            "700": "oklch(48.8% .243 264.376)",
            "800": "oklch(42.4% .199 265.638)",
            "900": "oklch(37.9% .146 265.522)",
            "950": "oklch(28.2% .091 267.935)",
        },
    },
}
