"""`/search/`, `/coverage/`, `/about/`, `/robots.txt`."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from spotifyweb import clients
from spotifyweb.dashboards import asking, coverage, searching
from spotifyweb.dashboards.asking import Asked, listening_page


@listening_page
def search_page(request: HttpRequest, asked: Asked) -> HttpResponse:
    words = request.GET.get("q", "")[:100]
    warehouse = asked.view.warehouse
    found = searching.search(warehouse, asked.view.user_id, words) if words.strip() else None
    context = {"asked": asked, "search_words": words, "found": found}
    return render(request, "dashboards/search.html", context)


@login_required
def coverage_page(request: HttpRequest) -> HttpResponse:
    listener = asking.listener_of(request)
    gaps = coverage.gaps(listener)
    context = {
        "gaps": gaps,
        "open_gaps": sum(1 for gap in gaps if not gap.is_filled),
        "zone": listener.timezone,
    }
    return render(request, "dashboards/coverage.html", context)


@login_required
def about_page(request: HttpRequest) -> HttpResponse:
    """How the numbers are made."""
    return render(request, "dashboards/about.html", {"build": clients.warehouse().published()})


def robots(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")
