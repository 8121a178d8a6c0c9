"""The dashboards' addresses."""

from django.urls import path

from spotifyweb.dashboards.views import items, overview, top, trends

app_name = "dashboards"
urlpatterns = [
    path("", overview.index, name="overview"),
    path("trends/", trends.trends_page, name="trends"),
    path("top/", top.top_page, name="top"),
    path("tracks/<str:track_id>/", items.track_page, name="track"),
    path("artist/", items.artist_page, name="artist"),
    path("album/", items.album_page, name="album"),
]
