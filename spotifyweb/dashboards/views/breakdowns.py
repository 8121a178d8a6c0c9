"""`/devices/`: plays by device, platform, and why they began and ended."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from spotifyweb.dashboards.coverage import gaps
from spotifyweb.dashboards.request import Asked, listening_page
from spotifyweb.dashboards.stats import breakdowns, overview, trends
from spotifyweb.dashboards.views.trends import cut, device_chart


@listening_page
def devices_page(request: HttpRequest, asked: Asked) -> HttpResponse:
    told, steps = breakdowns.told(asked.view), cut(request.GET, asked)
    aspects = [(name, label, told[name]) for name, (label, _) in breakdowns.ASPECTS.items()]
    context = asked.context() | {
        "aspects": aspects,
        "over_time": device_chart(trends.devices(asked.view, steps), steps, gaps.bands(asked)),
        "as_of": overview.newest_at(asked.view.warehouse),
    }
    return render(request, "dashboards/devices.html", context)
