"""`/devices/`: plays by device, platform, and why they began and ended."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from spotifyweb.dashboards.coverage.bands import chart_bands
from spotifyweb.dashboards.request import StatsRequest, stats_page
from spotifyweb.dashboards.stats import breakdowns, overview, trends
from spotifyweb.dashboards.stats.trends import drawn_buckets
from spotifyweb.dashboards.views.trends import device_chart


@stats_page
def devices_page(request: HttpRequest, stats_request: StatsRequest) -> HttpResponse:
    rows, steps = (
        breakdowns.play_breakdowns(stats_request.listens),
        drawn_buckets(request.GET, stats_request),
    )
    aspects = [
        (name, label, rows[name])
        for name, (label, _) in breakdowns.ASPECTS.items()
        if breakdowns.is_known(rows[name])
    ]
    context = stats_request.context() | {
        "aspects": aspects,
        "over_time": device_chart(
            trends.devices(stats_request.listens, steps), steps, chart_bands(stats_request)
        ),
        "as_of": overview.build_as_of(stats_request.listens.warehouse),
    }
    return render(request, "dashboards/devices.html", context)
