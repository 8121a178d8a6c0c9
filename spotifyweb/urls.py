"""Which app answers which address."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("spotifyweb.accounts.urls")),  # before the admin, whose login is ours
    path("", include("ingestion.status_page")),  # before the admin, below which it stands
    path("admin/", admin.site.urls),
    path("", include("spotifyweb.health")),
    path("api/", include("spotifyweb.dashboards.api.urls")),
    path("", include("spotifyweb.dashboards.urls")),
    path("", include("recommendations.urls")),
    path("", include("nowplaying.urls")),
    path("", include("ingestion.urls")),
]
