"""What surrounds the content of every page: menus, filters to pass on, version, sandbox notice."""

import tomllib
from dataclasses import dataclass
from functools import cache
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
    """A link of a menu; `param` tells apart pages of one path, such as `kind=tracks`."""

    label: str | Promise
    path: str
    param: tuple[str, str] | None = None
    keeps_filters: bool = False
    icon: str = ""  # for the bar of phones, which shows only items with one
    staff: bool = False

    def href(self, query: str) -> str:
        own = urlencode([self.param]) if self.param and self.param[1] else ""
        params = "&".join(part for part in (own, query if self.keeps_filters else "") if part)
        return f"{self.path}?{params}" if params else self.path

    def is_current(self, request: HttpRequest) -> bool:
        is_below = self.path != "/" and request.path.startswith(self.path)
        if not is_below and request.path != self.path:
            return False
        return self.param is None or request.GET.get(self.param[0], "") == self.param[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class NavGroup:
    """Links that open below one word."""

    label: str | Promise
    items: tuple[NavItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuEntry:
    """A link of a menu on one page, or a word with the links that it opens."""

    label: str | Promise
    href: str = ""
    icon: str = ""
    is_current: bool = False
    links: tuple["MenuEntry", ...] = ()


MAIN_MENU = (
    NavItem(label=_("Overview"), path="/", keeps_filters=True, icon="home"),
    NavItem(label=_("History"), path="/history/", keeps_filters=True, icon="history"),
    NavGroup(
        label=_("Charts"),
        items=(
            NavItem(
                label=_("All charts"),
                path="/top/",
                param=("kind", ""),
                keeps_filters=True,
                icon="charts",
            ),
            NavItem(
                label=_("Top tracks"), path="/top/", param=("kind", "tracks"), keeps_filters=True
            ),
            NavItem(
                label=_("Top artists"), path="/top/", param=("kind", "artists"), keeps_filters=True
            ),
            NavItem(
                label=_("Top albums"), path="/top/", param=("kind", "albums"), keeps_filters=True
            ),
        ),
    ),
    NavGroup(
        label=_("Trends"),
        items=(
            NavItem(label=_("Over time"), path="/trends/", keeps_filters=True),
            NavItem(label=_("Habits"), path="/habits/", keeps_filters=True),
            NavItem(label=_("Devices & playback"), path="/devices/", keeps_filters=True),
            NavItem(label=_("Podcasts"), path="/podcasts/", keeps_filters=True),
            NavItem(label=_("Compare"), path="/compare/", keeps_filters=True),
        ),
    ),
    NavItem(label=_("Discover"), path="/recommendations/"),
    NavItem(label=_("Now playing"), path="/now/", icon="now"),
    NavItem(label=_("Year in review"), path="/year/", keeps_filters=True),
)
PERSONAL_MENU = (
    NavItem(label=_("Import"), path="/import/"),
    NavGroup(
        label=_("Your data"),
        items=(
            NavItem(label=_("Your data"), path="/data/"),
            NavItem(label=_("Export"), path="/export/"),
            NavItem(label=_("Data gaps"), path="/coverage/"),
            NavItem(label=_("Duplicates"), path="/merged/"),
            NavItem(label=_("Corrections"), path="/corrections/"),
        ),
    ),
    NavItem(label=_("Exclusions"), path="/rules/"),
    NavItem(label=_("Household"), path="/house/", keeps_filters=True),
    NavItem(label=_("Sharing"), path="/shares/", keeps_filters=True),
    NavItem(label=_("Settings"), path="/settings/"),
    NavItem(label=_("Admin"), path="/admin/", staff=True),
)


def site_context(request: HttpRequest) -> dict[str, Any]:
    """Return the context of every page (a context processor).

    `active_filters` are the filter parameters to pass on, `build_id` is the oldest build that the
    numbers can come from.
    """
    params = {name: request.GET[name] for name in filters.PARAMETERS if request.GET.get(name)}
    query = urlencode(params)
    is_listener = _is_listener(request)
    return {
        "site_name": SITE_NAME,
        "site_version": version(),
        "sandbox": settings.SANDBOX,
        "main_menu": menu(request, MAIN_MENU, query) if is_listener else [],
        "personal_menu": menu(request, PERSONAL_MENU, query) if is_listener else [],
        "active_filters": params,
        "build_id": getattr(request, "build_id", None),
        "share": None,  # pages of a share link set it
    }


def menu(
    request: HttpRequest, entries: tuple[NavItem | NavGroup, ...], query: str
) -> tuple[MenuEntry, ...]:
    """Return label, address and whether it is the current page, of each entry and its items."""
    is_staff = getattr(request.user, "is_staff", False)
    shown = []
    for entry in entries:
        if isinstance(entry, NavGroup):
            links = menu(request, entry.items, query)
            is_current = any(link.is_current for link in links)
            shown.append(MenuEntry(label=entry.label, links=links, is_current=is_current))
        elif is_staff or not entry.staff:
            shown.append(
                MenuEntry(
                    label=entry.label,
                    href=entry.href(query),
                    icon=entry.icon,
                    is_current=entry.is_current(request),
                )
            )
    return tuple(shown)


@cache
def version() -> str:
    """Return the version that pyproject.toml names, "" where the file is not deployed."""
    try:
        project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    except OSError:
        return ""
    return str(project["project"]["version"])


def _is_listener(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)  # an error page may come before authentication
    return bool(user and user.is_authenticated)
