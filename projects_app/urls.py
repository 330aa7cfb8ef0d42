"""Addresses of projects under /api/mobile/."""

from django.urls import path

from projects_app import views
from projects_app.file_views import DownloadView

urlpatterns = [
    path("projects", views.ProjectListView.as_view(), name="projects"),
    path("projects/<int:pk>", views.ProjectView.as_view(), name="project"),
    path("files/<int:pk>/download", DownloadView.as_view(), name="file-download"),
]
