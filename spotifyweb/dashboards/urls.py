"""The dashboards' addresses."""

from django.urls import path

from spotifyweb.dashboards.corrections import views as corrections
from spotifyweb.dashboards.coverage import views as coverage
from spotifyweb.dashboards.duplicates import views as duplicates
from spotifyweb.dashboards.exclusions import views as exclusions
from spotifyweb.dashboards.export import views as export
from spotifyweb.dashboards.history import views as history
from spotifyweb.dashboards.household import views as household
from spotifyweb.dashboards.sharing import views as sharing
from spotifyweb.dashboards.views import (
    breakdowns,
    compare,
    habits,
    installation,
    items,
    overview,
    podcasts,
    search,
    site,
    top,
    trends,
    year,
)

app_name = "dashboards"
urlpatterns = [
    path("", overview.index, name="overview"),
    path("history/", history.history_page, name="history"),
    path("recent/", overview.recent_plays, name="recent"),
    path("trends/", trends.trends_page, name="trends"),
    path("top/", top.top_page, name="top"),
    path("tracks/<str:track_id>/", items.track_page, name="track"),
    path("artist/", items.artist_page, name="artist"),
    path("album/", items.album_page, name="album"),
    path("search/", search.search_page, name="search"),
    path("search/suggestions/", search.suggestions, name="suggestions"),
    path("year/", year.newest_year_page, name="years"),
    path("year/<int:number>/", year.year_page, name="year"),
    path("year/<int:number>/card.svg", year.year_card, name="year-card"),
    path("devices/", breakdowns.devices_page, name="devices"),
    path("habits/", habits.habits_page, name="habits"),
    path("podcasts/", podcasts.podcasts_page, name="podcasts"),
    path("compare/", compare.compare_page, name="compare"),
    path("house/", household.household_page, name="house"),
    path("house/membership/", household.membership, name="membership"),
    path("coverage/", coverage.coverage_page, name="coverage"),
    path("merged/", duplicates.merged_page, name="merged"),
    path("merged/separate/", duplicates.separate, name="separate"),
    path("merged/<int:separation_id>/rejoin/", duplicates.undo, name="rejoin"),
    path("corrections/", corrections.corrections_page, name="corrections"),
    path("corrections/new/", corrections.create_correction, name="correct"),
    path(
        "corrections/<int:correction_id>/undo/", corrections.undo_correction, name="undo-correction"
    ),
    path("rules/", exclusions.exclusions_page, name="rules"),
    path("rules/suggestions/", exclusions.suggestions, name="rule-suggestions"),
    path("rules/<int:rule_id>/", exclusions.change_rule, name="rule"),
    path("shares/", sharing.shares_page, name="shares"),
    path("shares/<int:share_id>/revoke/", sharing.revoke, name="revoke"),
    path("share/<str:token>/", sharing.shared_page, name="share"),
    path("share/<str:token>/year.svg", sharing.shared_picture, name="shared-picture"),
    path("share/<str:token>/<str:page>/", sharing.shared_page, name="shared-page"),
    path("export/", export.export_page, name="exports"),
    path("export/listening.<str:kind>", export.export, name="export"),
    path("export/decisions.json", export.decisions, name="export-decisions"),
    path("about/", site.about_page, name="about"),
    path("favicon.ico", site.icon, name="icon"),
    path("robots.txt", site.robots, name="robots"),
    path("manifest.webmanifest", installation.manifest, name="manifest"),
    path("service-worker.js", installation.service_worker, name="service-worker"),
    path("offline/", installation.offline, name="offline"),
]
