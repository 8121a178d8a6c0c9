"""`/podcasts/`: podcasts and audiobooks."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from spotifyweb.dashboards.coverage import gaps
from spotifyweb.dashboards.request import Asked, listening_page
from spotifyweb.dashboards.stats import overview, podcasts
from spotifyweb.dashboards.views.trends import cut, listening_chart


@listening_page
def podcasts_page(request: HttpRequest, asked: Asked) -> HttpResponse:
    steps = cut(request.GET, asked)
    found = podcasts.heard(asked.view, steps)
    context = asked.context() | {
        "spoken": found,
        "over_time": listening_chart(found.over_time.rows, steps, bands=gaps.bands(asked)),
        "as_of": overview.newest_at(asked.view.warehouse),
    }
    return render(request, "dashboards/podcasts.html", context)
