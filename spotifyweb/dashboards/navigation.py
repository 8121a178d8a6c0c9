"""What every page shows around its content: where one can go, and whether all this is invented."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import urlencode

from spotifyweb.dashboards import filters

SITE_NAME = "Liner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    label: str
    path: str
    keeps_filters: bool = False

    def href(self, query: str) -> str:
        return f"{self.path}?{query}" if self.keeps_filters and query else self.path

    def holds(self, path: str) -> bool:
        return path == self.path or (self.path != "/" and path.startswith(self.path))


PLACES = (
    Place(label="Overview", path="/", keeps_filters=True),
    Place(label="Trends", path="/trends/", keeps_filters=True),
    Place(label="Top", path="/top/", keeps_filters=True),
    Place(label="Recommendations", path="/recommendations/"),
    Place(label="Now", path="/now/"),
    Place(label="Import", path="/import/"),
    Place(label="Settings", path="/settings/"),
)
MORE_PLACES = (
    Place(label="Year in review", path="/year/", keeps_filters=True),
    Place(label="Devices and reasons", path="/devices/", keeps_filters=True),
    Place(label="Podcasts", path="/podcasts/", keeps_filters=True),
    Place(label="Compare", path="/compare/", keeps_filters=True),
    Place(label="House", path="/house/", keeps_filters=True),
    Place(label="Coverage", path="/coverage/"),
    Place(label="Rules", path="/rules/"),
    Place(label="Corrections", path="/corrections/"),
    Place(label="Share", path="/shares/", keeps_filters=True),
    Place(label="Export", path="/export/"),
)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `site_name`, `sandbox`, for listeners `places` and `more_places`, and the
    filters that the address says, to take along; `build_id`, what the numbers come from at least.
    """
    said = {name: request.GET[name] for name in filters.NAMES if request.GET.get(name)}
    query = urlencode(said)
    return {
        "site_name": SITE_NAME,
        "sandbox": settings.SANDBOX,
        "places": places(request, PLACES, query) if _is_listener(request) else [],
        "more_places": places(request, MORE_PLACES, query) if _is_listener(request) else [],
        "said_filters": said,
        "build_id": getattr(request, "build_id", None),
    }


def places(request: HttpRequest, shown: tuple[Place, ...], query: str) -> list[dict[str, Any]]:
    return [
        {
            "label": place.label,
            "href": place.href(query),
            "is_current": place.holds(request.path),
        }
        for place in shown
    ]


def _is_listener(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)  # an error page may come before authentication
    return bool(user and user.is_authenticated)
