"""Addresses of the queue and of the own statistics, under /api/mobile/."""

from django.urls import path

from queue_app import views

urlpatterns = [
    path("queue", views.QueueView.as_view(), name="queue"),
    path("queue/<int:pk>", views.QueueItemView.as_view(), name="queue-item"),
    path("queue/<int:pk>/start", views.StartView.as_view(), name="start"),
    path("queue/<int:pk>/pause", views.PauseView.as_view(), name="pause"),
    path("queue/<int:pk>/complete", views.CompleteView.as_view(), name="complete"),
    path("projects/<int:pk>/add-to-queue", views.AddToQueueView.as_view(), name="add-to-queue"),
    path("operators/me/stats", views.MyStatsView.as_view(), name="my-stats"),
]
