"""`/top/`: rankings of tracks, artists and albums."""

from collections.abc import Mapping
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from spotifyweb.dashboards.filters import choose
from spotifyweb.dashboards.pagination import Page
from spotifyweb.dashboards.request import StatsRequest, stats_page
from spotifyweb.dashboards.stats import overview, top

HEADINGS = {
    "": _("Charts"),
    "tracks": _("Top tracks"),
    "artists": _("Top artists"),
    "albums": _("Top albums"),
}
MEASURES = {"plays": _("By plays"), "time": _("By time")}
ROWS_PER_KIND, PAGE_SIZE = 10, 50


@stats_page
def top_page(request: HttpRequest, stats_request: StatsRequest) -> HttpResponse:
    return render(request, "dashboards/top.html", top_context(stats_request, request.GET))


def top_context(stats_request: StatsRequest, query: Mapping[str, str]) -> dict[str, object]:
    """Return the context: ten rows of each kind, or one kind in pages of fifty."""
    kind = choose(query.get("kind", ""), top.KINDS, "")
    by = choose(query.get("by", ""), MEASURES, "plays")
    page = Page.read(query, size=PAGE_SIZE) if kind else Page(size=ROWS_PER_KIND)
    ranked = partial(
        top.top_list, by=by, limit=page.size, offset=page.offset, moves=not stats_request.is_frozen
    )
    lists = [
        (name, label, ranked(stats_request.listens, name))
        for name, label in top.KINDS.items()
        if not kind or name == kind
    ]
    return stats_request.context() | {
        "kinds": top.KINDS,
        "kind": kind,
        "heading": HEADINGS[kind],
        "measures": MEASURES,
        "by": by,
        "kept_params": {name: query[name] for name in ("kind", "by") if query.get(name)},
        "lists": lists,
        "page": page.with_total(lists[0][2].total if kind else 0),
        "as_of": overview.build_as_of(stats_request.listens.warehouse),
    }
