"""`/devices/` and `/podcasts/`."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from spotifyweb.dashboards import breakdowns, coverage, overview, podcasts, trends
from spotifyweb.dashboards.asking import Asked, listening_page
from spotifyweb.dashboards.views.trends import cut, device_chart, listening_chart


@listening_page
def devices_page(request: HttpRequest, asked: Asked) -> HttpResponse:
    told, steps = breakdowns.told(asked.view), cut(request.GET, asked)
    aspects = [(name, label, told[name]) for name, (label, _) in breakdowns.ASPECTS.items()]
    context = asked.context() | {
        "aspects": aspects,
        "over_time": device_chart(trends.devices(asked.view, steps), steps, coverage.bands(asked)),
        "as_of": overview.newest_at(asked.view.warehouse),
    }
    return render(request, "dashboards/devices.html", context)


@listening_page
def podcasts_page(request: HttpRequest, asked: Asked) -> HttpResponse:
    steps = cut(request.GET, asked)
    found = podcasts.heard(asked.view, steps)
    context = asked.context() | {
        "spoken": found,
        "over_time": listening_chart(found.over_time.rows, steps, bands=coverage.bands(asked)),
        "as_of": overview.newest_at(asked.view.warehouse),
    }
    return render(request, "dashboards/podcasts.html", context)
