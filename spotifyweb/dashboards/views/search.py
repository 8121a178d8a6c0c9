"""`/search/`: a track, an artist, an album or a play by a few letters."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from spotifyweb.dashboards import pending_erasure
from spotifyweb.dashboards.request import Asked, listening_page
from spotifyweb.dashboards.stats import search


@listening_page
def search_page(request: HttpRequest, asked: Asked) -> HttpResponse:
    words = request.GET.get("q", "")[:100]
    found = None
    if words.strip():
        found = search.search(asked.view, words)
        found = pending_erasure.found(asked.listener, found)
    context = asked.context() | {"search_words": words, "found": found}
    return render(request, "dashboards/search.html", context)
