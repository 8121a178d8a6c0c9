"""What surrounds the content of every page: navigation, filters to pass on, the sandbox notice."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from spotifyweb.dashboards import filters

SITE_NAME = "Liner"


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    label: str | Promise
    path: str
    keeps_filters: bool = False

    def href(self, query: str) -> str:
        return f"{self.path}?{query}" if self.keeps_filters and query else self.path

    def contains(self, path: str) -> bool:
        return path == self.path or (self.path != "/" and path.startswith(self.path))


MAIN_ITEMS = (
    NavItem(label=_("Overview"), path="/", keeps_filters=True),
    NavItem(label=_("Trends"), path="/trends/", keeps_filters=True),
    NavItem(label=_("Charts"), path="/top/", keeps_filters=True),
    NavItem(label=_("Recommendations"), path="/recommendations/"),
    NavItem(label=_("Now playing"), path="/now/"),
    NavItem(label=_("Import"), path="/import/"),
    NavItem(label=_("Settings"), path="/settings/"),
)
MORE_ITEMS = (
    NavItem(label=_("Year in review"), path="/year/", keeps_filters=True),
    NavItem(label=_("Devices & playback"), path="/devices/", keeps_filters=True),
    NavItem(label=_("Podcasts"), path="/podcasts/", keeps_filters=True),
    NavItem(label=_("Compare"), path="/compare/", keeps_filters=True),
    NavItem(label=_("Household"), path="/house/", keeps_filters=True),
    NavItem(label=_("Data gaps"), path="/coverage/"),
    NavItem(label=_("Exclusions"), path="/rules/"),
    NavItem(label=_("Corrections"), path="/corrections/"),
    NavItem(label=_("Share"), path="/shares/", keeps_filters=True),
    NavItem(label=_("Export"), path="/export/"),
)


def site_context(request: HttpRequest) -> dict[str, Any]:
    """Return the context of every page (a context processor).

    `active_filters` are the filter parameters to pass on, `build_id` is the oldest build that the
    numbers can come from.
    """
    params = {name: request.GET[name] for name in filters.PARAMETERS if request.GET.get(name)}
    query = urlencode(params)
    return {
        "site_name": SITE_NAME,
        "sandbox": settings.SANDBOX,
        "nav_items": nav_items(request, MAIN_ITEMS, query) if _is_listener(request) else [],
        "more_nav_items": nav_items(request, MORE_ITEMS, query) if _is_listener(request) else [],
        "active_filters": params,
        "build_id": getattr(request, "build_id", None),
    }


def nav_items(request: HttpRequest, items: tuple[NavItem, ...], query: str) -> list[dict[str, Any]]:
    """Return label, address and whether it is the current page, of each item."""
    return [
        {
            "label": item.label,
            "href": item.href(query),
            "is_current": item.contains(request.path),
        }
        for item in items
    ]


def _is_listener(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)  # an error page may come before authentication
    return bool(user and user.is_authenticated)
