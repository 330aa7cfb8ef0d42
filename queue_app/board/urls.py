"""Addresses for the desktop that stand outside of the admin, under /queue/."""

from django.urls import path

from queue_app.board import presets

urlpatterns = [path("api/presets", presets.presets, name="desktop-presets")]
