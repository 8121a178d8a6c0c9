"""`/top/`: what was heard most."""

from collections.abc import Mapping
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from spotifyweb.dashboards.filters import one_of
from spotifyweb.dashboards.pagination import Page
from spotifyweb.dashboards.request import Asked, listening_page
from spotifyweb.dashboards.stats import overview, top

MEASURES = {"plays": "Plays", "time": "Time"}
FIRST_PAGE, MORE = 10, 50


@listening_page
def top_page(request: HttpRequest, asked: Asked) -> HttpResponse:
    return render(request, "dashboards/top.html", shown(asked, request.GET))


def shown(asked: Asked, query: Mapping[str, str]) -> dict[str, object]:
    """All three kinds ten each, or one kind in pages of fifty."""
    kind = one_of(query.get("kind", ""), top.KINDS, "")
    by = one_of(query.get("by", ""), MEASURES, "plays")
    page = Page.read(query, size=MORE) if kind else Page(size=FIRST_PAGE)
    ranked = partial(
        top.ranking, by=by, limit=page.size, offset=page.offset, moves=not asked.is_frozen
    )
    lists = [
        (name, label, ranked(asked.view, name))
        for name, label in top.KINDS.items()
        if not kind or name == kind
    ]
    return asked.context() | {
        "kinds": top.KINDS,
        "kind": kind,
        "measures": MEASURES,
        "by": by,
        "lists": lists,
        "page": page.of(lists[0][2].found if kind else 0),
        "as_of": overview.newest_at(asked.view.warehouse),
    }
