"""`/top/`: what was heard most."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from spotifyweb.dashboards import overview, top
from spotifyweb.dashboards.asking import Asked, listening_page
from spotifyweb.dashboards.filters import one_of
from spotifyweb.dashboards.paging import Page

MEASURES = {"plays": "Plays", "time": "Time"}
FIRST_PAGE, MORE = 10, 50


@listening_page
def top_page(request: HttpRequest, asked: Asked) -> HttpResponse:
    """All three kinds ten each, or one kind in pages of fifty."""
    kind = one_of(request.GET.get("kind", ""), top.KINDS, "")
    by = one_of(request.GET.get("by", ""), MEASURES, "plays")
    page = Page.read(request.GET, size=MORE if kind else FIRST_PAGE)
    lists = [
        (
            name,
            label,
            top.ranking(asked.view, name, by=by, limit=page.size, offset=page.offset),
        )
        for name, label in top.KINDS.items()
        if not kind or name == kind
    ]
    context = asked.context() | {
        "kinds": top.KINDS,
        "kind": kind,
        "measures": MEASURES,
        "by": by,
        "lists": lists,
        "page": page.of(lists[0][2].found if kind else 0),
        "as_of": overview.newest_at(asked.view.warehouse),
    }
    return render(request, "dashboards/top.html", context)
