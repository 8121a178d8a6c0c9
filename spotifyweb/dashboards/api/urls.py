"""The API's addresses of the dashboards, and its documentation."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from spotifyweb.dashboards.api import docs, habits, items, stats
from spotifyweb.dashboards.corrections import api as corrections
from spotifyweb.dashboards.coverage import api as coverage
from spotifyweb.dashboards.duplicates import api as duplicates
from spotifyweb.dashboards.exclusions import api as exclusions
from spotifyweb.dashboards.history import api as history
from spotifyweb.dashboards.household import api as household
from spotifyweb.dashboards.sharing import api as sharing

urlpatterns = [
    path("v1/history", history.HistoryView.as_view()),
    path("v1/stats/overview", stats.OverviewView.as_view()),
    path("v1/stats/over-time", stats.OverTimeView.as_view()),
    path("v1/stats/discovery", stats.DiscoveryView.as_view()),
    path("v1/stats/devices", stats.DevicesView.as_view()),
    path("v1/stats/clock", stats.ClockView.as_view()),
    path("v1/stats/habits", habits.HabitsView.as_view()),
    path("v1/stats/recent", stats.RecentView.as_view()),
    path("v1/stats/top/<str:kind>", stats.TopView.as_view()),
    path("v1/stats/tracks/<str:track_id>", items.TrackView.as_view()),
    path("v1/stats/artist", items.ArtistView.as_view()),
    path("v1/stats/artist/ranks", habits.ArtistRanksView.as_view()),
    path("v1/stats/album", items.AlbumView.as_view()),
    path("v1/stats/year/<int:number>", stats.YearView.as_view()),
    path("v1/stats/reasons/<str:aspect>", stats.BreakdownView.as_view()),
    path("v1/stats/search", stats.SearchView.as_view()),
    path("v1/stats/house", household.HouseholdView.as_view()),
    path("v1/stats/compare", stats.CompareView.as_view()),
    path("v1/stats/podcasts", stats.PodcastsView.as_view()),
    path("v1/stats/coverage", coverage.CoverageView.as_view()),
    path("v1/stats/rules", exclusions.ExclusionRulesView.as_view()),
    path("v1/stats/links", sharing.ShareLinksView.as_view()),
    path("v1/stats/scope", stats.ScopeView.as_view()),
    path("v1/merged", duplicates.MergedView.as_view()),
    path("v1/separations", duplicates.SeparationsView.as_view()),
    path("v1/separations/<int:separation_id>", duplicates.SeparationView.as_view()),
    path("v1/corrections", corrections.CorrectionsView.as_view()),
    path("v1/corrections/<int:correction_id>", corrections.CorrectionView.as_view()),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", docs.docs, name="api-docs"),
]
