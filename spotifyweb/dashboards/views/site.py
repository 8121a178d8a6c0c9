"""`/about/`, `/favicon.ico`, `/robots.txt`."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static

from spotifyweb import clients


@login_required
def about_page(request: HttpRequest) -> HttpResponse:
    """Explain how the numbers are made."""
    return render(request, "dashboards/about.html", {"build": clients.warehouse().published()})


def icon(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Redirect the conventional address of the icon; pages name theirs themselves."""
    response = redirect(static("img/favicon.ico"))
    response["Cache-Control"] = "public, max-age=86400"
    return response


def robots(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")
