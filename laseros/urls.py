"""Every address of the program."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from laseros import views
from laseros.languages import in_english

handler400 = views.bad_request
handler500 = views.server_error

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", views.health, name="health"),
    path("health/db", views.health_db, name="health-db"),
    path("metrics", views.metrics, name="metrics"),
    path("admin/statistics/", include("queue_app.admin_statistics")),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/mobile/", include("operators_app.urls")),
    path("api/mobile/", include("presets_app.urls")),
    path("api/mobile/", include("projects_app.urls")),
    path("api/mobile/", include("queue_app.urls")),
    path(
        "api/schema",
        in_english(SpectacularAPIView.as_view(authentication_classes=[], permission_classes=[])),
        name="schema",
    ),
    path(
        "api/docs",
        in_english(
            SpectacularSwaggerView.as_view(
                url_name="schema", authentication_classes=[], permission_classes=[]
            )
        ),
        name="docs",
    ),
    path("queue/", include("queue_app.board.urls")),
    re_path(r"^api(/.*)?$", views.unknown_path, name="unknown-api-path"),
    path("", views.front_door),
]
