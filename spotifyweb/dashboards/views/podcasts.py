"""`/podcasts/`: podcasts and audiobooks."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from spotifyweb.dashboards.coverage.bands import chart_bands
from spotifyweb.dashboards.request import StatsRequest, stats_page
from spotifyweb.dashboards.stats import overview, podcasts
from spotifyweb.dashboards.stats.trends import drawn_buckets
from spotifyweb.dashboards.views.trends import listening_chart


@stats_page
def podcasts_page(request: HttpRequest, stats_request: StatsRequest) -> HttpResponse:
    steps = drawn_buckets(request.GET, stats_request)
    spoken = podcasts.podcast_stats(stats_request.listens, steps)
    context = stats_request.context() | {
        "spoken": spoken,
        "over_time": listening_chart(
            spoken.over_time.rows, steps, bands=chart_bands(stats_request)
        ),
        "as_of": overview.build_as_of(stats_request.listens.warehouse),
    }
    return render(request, "dashboards/podcasts.html", context)
