"""Addresses of presets under /api/mobile/."""

from django.urls import path

from presets_app import views

urlpatterns = [path("presets", views.PresetListView.as_view(), name="presets")]
