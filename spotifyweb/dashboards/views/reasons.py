"""`/devices/` and `/podcasts/`."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from spotifyweb.dashboards import overview, reasons, top
from spotifyweb.dashboards.asking import Asked, listening_page
from spotifyweb.dashboards.overview import Totals


@listening_page
def devices_page(request: HttpRequest, asked: Asked) -> HttpResponse:
    told = reasons.told(asked.view)
    aspects = [(name, label, told[name]) for name, (label, _) in reasons.ASPECTS.items()]
    context = asked.context() | {
        "aspects": aspects,
        "as_of": overview.newest_at(asked.view.warehouse),
    }
    return render(request, "dashboards/devices.html", context)


@listening_page
def podcasts_page(request: HttpRequest, asked: Asked) -> HttpResponse:
    """The same filters, but only what is spoken."""
    view = replace(asked.view, filters=replace(asked.filters, podcasts="only"))
    days = overview.days(view)
    context = asked.context() | {
        "totals": Totals.of(days),
        "unique": overview.unique(view),
        "shows": top.ranking(view, "artists", by="time", limit=20),
        "episodes": top.ranking(view, "tracks", by="time", limit=20),
        "as_of": overview.newest_at(view.warehouse),
    }
    return render(request, "dashboards/podcasts.html", context)
