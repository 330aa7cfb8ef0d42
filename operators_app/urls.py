"""Addresses under /api/mobile/."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
