"""`/search/`, `/coverage/`, `/merged/`, `/about/`, `/favicon.ico`, `/robots.txt`."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static

from spotifyweb import clients
from spotifyweb.accounts.auth import listener_of
from spotifyweb.dashboards import coverage, leaving_out, search
from spotifyweb.dashboards.asking import Asked, listening_page


@listening_page
def search_page(request: HttpRequest, asked: Asked) -> HttpResponse:
    words = request.GET.get("q", "")[:100]
    found = None
    if words.strip():
        found = search.search(asked.view, words)
        found = leaving_out.found(asked.listener, found)
    context = asked.context() | {"search_words": words, "found": found}
    return render(request, "dashboards/search.html", context)


@login_required
def coverage_page(request: HttpRequest) -> HttpResponse:
    listener = listener_of(request)
    context = {
        "gaps": coverage.gaps(listener),
        "counts": coverage.counts(listener),
        "bars": coverage.sources(listener, clients.warehouse()),
        "zone": listener.timezone,
    }
    return render(request, "dashboards/coverage.html", context)


@login_required
def about_page(request: HttpRequest) -> HttpResponse:
    """How the numbers are made."""
    return render(request, "dashboards/about.html", {"build": clients.warehouse().published()})


def icon(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """For whatever asks for it by the old name; pages name their icon themselves."""
    response = redirect(static("img/favicon.ico"))
    response["Cache-Control"] = "public, max-age=86400"
    return response


def robots(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")
