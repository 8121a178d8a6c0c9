"""What a browser needs to install the site as an app, and to say that it is away.

`/manifest.webmanifest`, `/service-worker.js`, `/offline/`: the same for everyone, so nothing here
reads who asks. The service worker keeps the offline page and its files, and no page of a listener.
"""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext

from spotifyweb.dashboards.navigation import SITE_NAME, version

PAPER_LIGHT = "#f3f4f7"  # as --paper in static/css/tokens.css
ICONS = (("icon-192.png", 192, "any"), ("icon-512.png", 512, "any"))
MASKABLE_ICON = ("icon-maskable-512.png", 512, "maskable")
OFFLINE_FILES = (
    *(f"css/{name}.css" for name in ("tokens", "layout", "components", "charts", "pages")),
    *("js/theme.js", "js/site.js", "img/mark.svg"),
    "vendor/schibsted-grotesk/schibsted-grotesk-latin.woff2",
)


def manifest(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Describe the app to a browser that installs it."""
    icons = [
        {"src": static(f"img/{name}"), "sizes": f"{size}x{size}", "type": "image/png"}
        | {"purpose": purpose}
        for name, size, purpose in (*ICONS, MASKABLE_ICON)
    ]
    answer = {
        "id": "/",
        "name": SITE_NAME,
        "short_name": SITE_NAME,
        "description": gettext("Your Spotify listening history, on your own machine."),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": PAPER_LIGHT,
        "theme_color": PAPER_LIGHT,
        "icons": icons,
    }
    return _public(JsonResponse(answer, content_type="application/manifest+json"))


def service_worker(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Serve the script from the root, so that it may answer for every page."""
    files = [reverse("dashboards:offline"), *(static(name) for name in OFFLINE_FILES)]
    context = {"files": files, "version": version()}
    script = render_to_string("service_worker.js", context)
    response = HttpResponse(script, content_type="text/javascript")
    response["Cache-Control"] = "public, no-cache"  # each visit asks whether it is the newest
    return response


def offline(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Say that the site cannot be reached. Rendered without the request: it is kept in browsers."""
    return _public(HttpResponse(render_to_string("offline.html", {"site_name": SITE_NAME})))


def _public(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "public, max-age=3600"
    return response
