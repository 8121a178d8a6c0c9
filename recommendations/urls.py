"""The recommendations' addresses."""

from django.urls import path

from recommendations import api
from recommendations.discover import views

app_name = "recommendations"
urlpatterns = [
    path("recommendations/", views.page, name="page"),
    path("recommendations/playlists/", views.save_playlist, name="save-playlist"),
    path("recommendations/<str:track_id>", api.NextView.as_view(schema=None), name="next-short"),
    path("recommendations/<str:track_id>/", api.NextView.as_view(schema=None), name="next-short"),
    path("recommendations/<str:track_id>/feedback/", views.submit_feedback, name="press"),
    path("recommendations/<str:track_id>/queue/", views.add_to_queue, name="queue"),
    path("api/v1/recommendations", api.ListsView.as_view(), name="lists"),
    path("api/v1/recommendations/<str:track_id>", api.NextView.as_view(), name="next"),
    path(
        "api/v1/recommendations/<str:track_id>/feedback",
        api.FeedbackView.as_view(),
        name="feedback",
    ),
]
