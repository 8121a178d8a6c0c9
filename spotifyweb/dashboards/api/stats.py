"""`/api/v1/stats/…`: each number that a page shows, under the same filters."""

from typing import Any

from django.utils.translation import gettext
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions

from spotifyweb.dashboards import pending_erasure
from spotifyweb.dashboards.api import parameters, serializers
from spotifyweb.dashboards.api.base import StatsView, describe
from spotifyweb.dashboards.api.parameters import BY, PAGE, STEP, use_one_of
from spotifyweb.dashboards.filters import choose
from spotifyweb.dashboards.household.members import name_of
from spotifyweb.dashboards.pagination import Page
from spotifyweb.dashboards.request import StatsRequest
from spotifyweb.dashboards.stats import (
    breakdowns,
    comparison,
    overview,
    podcasts,
    search,
    top,
    trends,
    year,
)
from spotifyweb.dashboards.stats.trends import requested_buckets

KIND = OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=list(top.KINDS))
ASPECT = OpenApiParameter("aspect", str, OpenApiParameter.PATH, enum=list(breakdowns.ASPECTS))
RECENT, MAX_RECENT = 50, 500
SIDES = {
    **{f"{side}_{end}": parameters.day() for side in "ab" for end in ("from", "to")},
    "with": parameters.text("the handle of a household member"),
}


@describe(serializers.Overview, "Totals, changes and streaks")
class OverviewView(StatsView):
    def read(self, stats_request: StatsRequest) -> Any:
        days = overview.read_days(stats_request.listens)
        drawn = overview.chart_period(stats_request, days)
        last = overview.Totals.of(overview.select_days(days, drawn))
        return {
            "totals": overview.Totals.of(days),
            "last_days": {
                "first": drawn.first,
                "last": drawn.last,
                "plays": last.plays,
                "heard_ms": last.heard_ms,
            },
            "unique": overview.count_unique(stats_request.listens),
            "streaks": overview.all_time_streaks(stats_request, days),
            "changes": overview.changes(stats_request, days),
            "as_of": overview.build_as_of(stats_request.listens.warehouse),
        }


@describe(serializers.TimeSeries, "Plays and listening time per day, week or month", step=STEP)
class OverTimeView(StatsView):
    def read(self, stats_request: StatsRequest) -> Any:
        steps = requested_buckets(self.query, stats_request)
        rows = trends.listening_over_time(stats_request.listens, steps)
        return {"step": steps.step, "note": steps.note, "rows": rows}


@describe(serializers.Discovery, "New and repeat tracks per day, week or month", step=STEP)
class DiscoveryView(StatsView):
    def read(self, stats_request: StatsRequest) -> Any:
        steps = requested_buckets(self.query, stats_request)
        return {"step": steps.step, "rows": trends.discovery(stats_request.listens, steps)}


@describe(serializers.Devices, "Listening time by device type per day, week or month", step=STEP)
class DevicesView(StatsView):
    def read(self, stats_request: StatsRequest) -> Any:
        steps = requested_buckets(self.query, stats_request)
        lines = trends.devices(stats_request.listens, steps)
        return {
            "step": steps.step,
            "buckets": steps.dates,
            "devices": [{"device_type": name, "heard_ms": line} for name, line in lines.items()],
        }


@describe(serializers.ListeningClock, "Listening by weekday and hour")
class ClockView(StatsView):
    def read(self, stats_request: StatsRequest) -> Any:
        cells = [cell for row in trends.clock(stats_request.listens) for cell in row]
        return {"hours": cells, "overlap": trends.overlap(stats_request.listens)}


@describe(serializers.Ranking, "Top tracks, artists or albums", KIND, by=BY, page=PAGE)
class TopView(StatsView):
    def read(self, stats_request: StatsRequest) -> Any:
        kind = self.kwargs["kind"]
        if kind not in top.KINDS:
            raise exceptions.NotFound(use_one_of(top.KINDS))
        by = choose(self.query.get("by", ""), top.ORDERS, "plays")
        page = Page.read(self.query, size=50)
        ranking = top.top_list(
            stats_request.listens, kind, by=by, limit=page.size, offset=page.offset
        )
        page = page.with_total(ranking.total)
        return {
            "count": ranking.total,
            "page": page.number,
            "pages": page.last,
            "results": ranking.rows,
        }


@describe(
    serializers.RecentPlays,
    "Recently played",
    limit=parameters.integer(1, MAX_RECENT, f"default {RECENT}, maximum {MAX_RECENT}"),
)
class RecentView(StatsView):
    def read(self, stats_request: StatsRequest) -> Any:
        limit = int(self.query.get("limit") or RECENT)
        recent = overview.recent_plays(stats_request.listens, limit=limit)
        return {"results": pending_erasure.without_pending_erasure(stats_request.listener, recent)}


@describe(serializers.YearInReview, "A year in review")
class YearView(StatsView):
    def read(self, stats_request: StatsRequest) -> Any:
        number = int(self.kwargs["number"])
        if not stats_request.scope.first.year <= number <= stats_request.scope.last.year:
            raise exceptions.NotFound(gettext("You have no plays in that year."))
        return year.year_in_review(
            stats_request.listens,
            number,
            today=stats_request.today,
            history_from=stats_request.scope.first,
        )


@describe(
    serializers.Breakdown, "Plays by device, platform or reason for starting and ending", ASPECT
)
class BreakdownView(StatsView):
    def read(self, stats_request: StatsRequest) -> Any:
        aspect = self.kwargs["aspect"]
        if aspect not in breakdowns.ASPECTS:
            raise exceptions.NotFound(use_one_of(breakdowns.ASPECTS))
        return {"rows": breakdowns.play_breakdowns(stats_request.listens)[aspect]}


@describe(
    serializers.SearchResults,
    "Search tracks, artists, albums and plays",
    q=parameters.text(required=True),
)
class SearchView(StatsView):
    def read(self, stats_request: StatsRequest) -> Any:
        words = self.query.get("q", "")[:100].strip()
        if not words:
            return search.SearchResults(tracks=[], artists=[], albums=[], plays=[])
        results = search.search_names(stats_request.listens, words)
        return pending_erasure.filter_search(stats_request.listener, results)


@describe(
    serializers.Comparison, "Compare two periods, or one period of two household members", **SIDES
)
class CompareView(StatsView):
    def read(self, stats_request: StatsRequest) -> Any:
        try:
            sides = comparison.compare(stats_request, self.query)
        except comparison.NotAMember:
            raise exceptions.NotFound(gettext("Both must be members of the household.")) from None
        others = comparison.comparable_members(stats_request.listener)
        names = [{"handle": handle, "name": name_of(member)} for handle, member in others.items()]
        return {"sides": sides, "common": comparison.common(sides), "mates": names}


@describe(serializers.Podcasts, "Podcasts and audiobooks", step=STEP)
class PodcastsView(StatsView):
    def read(self, stats_request: StatsRequest) -> Any:
        steps = requested_buckets(self.query, stats_request)
        return podcasts.podcast_stats(stats_request.listens, steps)


@describe(serializers.FilterOptions, "Values available for filters")
class ScopeView(StatsView):
    def read(self, stats_request: StatsRequest) -> Any:
        return stats_request.scope
