"""`/search/`, `/search/suggestions/`: a track, an artist, an album or a play by a few letters."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from spotifyweb.dashboards import pending_erasure
from spotifyweb.dashboards.request import StatsRequest, stats_fragment, stats_page
from spotifyweb.dashboards.stats import search
from spotifyweb.dashboards.stats.suggestions import MIN_LETTERS, suggest


@stats_page
def search_page(request: HttpRequest, stats_request: StatsRequest) -> HttpResponse:
    words = request.GET.get("q", "")[:100]
    results = None
    if words.strip():
        results = search.search_names(stats_request.listens, words)
        results = pending_erasure.filter_search(stats_request.listener, results)
    context = stats_request.context() | {"search_words": words, "results": results}
    return render(request, "dashboards/search.html", context)


@stats_fragment
def suggestions(request: HttpRequest, stats_request: StatsRequest) -> HttpResponse:
    """Return what a search field shows while one types, empty for too few letters."""
    words = request.GET.get("q", "")[:100].strip()
    if len(words) < MIN_LETTERS:
        return HttpResponse("")
    found = suggest(stats_request.listens, words)
    context = {"filters": stats_request.filters, "words": words, **found}
    context["count"] = sum(len(rows) for rows in found.values())
    return render(request, "fragments/suggestions.html", context)
