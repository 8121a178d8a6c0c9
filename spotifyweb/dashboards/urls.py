"""The dashboards' addresses."""

from django.urls import path

from spotifyweb.dashboards.views import (
    compare,
    exporting,
    house,
    items,
    overview,
    pages,
    reasons,
    rules,
    sharing,
    top,
    trends,
    year,
)

app_name = "dashboards"
urlpatterns = [
    path("", overview.index, name="overview"),
    path("trends/", trends.trends_page, name="trends"),
    path("top/", top.top_page, name="top"),
    path("tracks/<str:track_id>/", items.track_page, name="track"),
    path("artist/", items.artist_page, name="artist"),
    path("album/", items.album_page, name="album"),
    path("search/", pages.search_page, name="search"),
    path("year/", year.newest_page, name="years"),
    path("year/<int:number>/", year.year_page, name="year"),
    path("year/<int:number>/card.svg", year.picture, name="year-card"),
    path("devices/", reasons.devices_page, name="devices"),
    path("podcasts/", reasons.podcasts_page, name="podcasts"),
    path("compare/", compare.compare_page, name="compare"),
    path("house/", house.house_page, name="house"),
    path("house/membership/", house.membership, name="membership"),
    path("coverage/", pages.coverage_page, name="coverage"),
    path("merged/", pages.merged_page, name="merged"),
    path("rules/", rules.rules_page, name="rules"),
    path("rules/<int:rule_id>/", rules.change, name="rule"),
    path("shares/", sharing.shares_page, name="shares"),
    path("shares/<int:share_id>/revoke/", sharing.revoke, name="revoke"),
    path("share/<str:token>/", sharing.shared_page, name="share"),
    path("share/<str:token>/year.svg", sharing.shared_picture, name="shared-picture"),
    path("share/<str:token>/<str:page>/", sharing.shared_page, name="shared-page"),
    path("export/", exporting.export_page, name="exports"),
    path("export/listening.<str:kind>", exporting.export, name="export"),
    path("about/", pages.about_page, name="about"),
    path("favicon.ico", pages.icon, name="icon"),
    path("robots.txt", pages.robots, name="robots"),
]
