"""Addresses of signing in and of the own profile, under /api/mobile/."""

from django.urls import path

from operators_app import views

urlpatterns = [
    path("auth/login", views.LoginView.as_view(), name="login"),
    path("auth/refresh", views.RefreshView.as_view(), name="refresh"),
    path("auth/logout", views.LogoutView.as_view(), name="logout"),
    path("operators/me", views.MeView.as_view(), name="me"),
]
