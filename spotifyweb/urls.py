"""URLs of the whole site."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.utils.translation import gettext_lazy as _

admin.site.site_header = admin.site.site_title = _("Liner admin")
admin.site.index_title = _("Pipeline and listeners")

handler400 = "spotifyweb.dashboards.api.errors.bad_request"
handler403 = "spotifyweb.dashboards.api.errors.permission_denied"
handler404 = "spotifyweb.dashboards.api.errors.not_found"
handler500 = "spotifyweb.dashboards.api.errors.server_error"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("spotifyweb.accounts.urls")),  # before the admin, whose login it replaces
    path("", include("spotifyweb.privacy.urls")),
    path("", include("ingestion.admin_status")),  # before the admin: a page below it
    path("admin/", admin.site.urls),
    path("", include("spotifyweb.monitoring.health")),
    path("api/", include("spotifyweb.dashboards.api.urls")),
    path("", include("spotifyweb.dashboards.urls")),
    path("", include("recommendations.urls")),
    path("", include("nowplaying.urls")),
    path("", include("ingestion.urls")),
]
