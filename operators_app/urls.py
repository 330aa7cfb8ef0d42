"""Addresses of signing in and of the own profile, under /api/mobile/."""

from django.urls import path

from operators_app import own_views, views

urlpatterns = [
    path("auth/login", views.LoginView.as_view(), name="login"),
    path("auth/refresh", views.RefreshView.as_view(), name="refresh"),
    path("auth/logout", views.LogoutView.as_view(), name="logout"),
    path("operators/me", views.MeView.as_view(), name="me"),
    path("operators/me/password", own_views.PasswordView.as_view(), name="my-password"),
    path(
        "operators/me/second-factor", own_views.SecondFactorView.as_view(), name="my-second-factor"
    ),
    path(
        "operators/me/second-factor/confirm",
        own_views.ConfirmSecondFactorView.as_view(),
        name="confirm-second-factor",
    ),
]
