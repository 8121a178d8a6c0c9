"""From an HTTP request to a query of gold: the listener, their local day, their filter choices."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from spotifyweb import clients
from spotifyweb.accounts import timezones
from spotifyweb.accounts.auth import listener_of
from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.exclusions.conditions import Exclusion
from spotifyweb.dashboards.exclusions.tracks import with_track_ids
from spotifyweb.dashboards.filters import MINIMUMS, PODCASTS, RANGES, Filters, Period
from spotifyweb.dashboards.query import ListenQuery, Naming
from spotifyweb.dashboards.query_cache import CachedWarehouse
from spotifyweb.warehouse import NothingPublished, Warehouse, WarehouseError

SCOPE = """
    select device_type, source, min(local_date) as first, max(local_date) as last
    from gold.daily_listening_by_device where user_id = ? group by device_type, source
"""
P = ParamSpec("P")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a listener's plays span: the choices that the filters offer."""

    devices: tuple[str, ...]
    sources: tuple[str, ...]
    first: date
    last: date

    @property
    def years(self) -> list[int]:
        return list(range(self.last.year, self.first.year - 1, -1))


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsRequest:
    """A listener's query with the choices of its filters and the local day."""

    listener: Listener
    listens: ListenQuery
    scope: Scope
    today: date  # in the listener's time zone
    is_shared: bool = False  # opened through a share link

    @property
    def first_weekday(self) -> int:
        """The day on which the listener's weeks begin, 0 for Monday."""
        return self.listener.first_weekday

    @property
    def filters(self) -> Filters:
        return self.listens.filters

    @property
    def is_frozen(self) -> bool:
        """Whether a share link limits it to some days, so that nothing may be said of others."""
        return self.is_shared and self.filters.period != Period()

    def context(self) -> dict[str, object]:
        """Return the template context of the filter bar."""
        return {
            "stats_request": self,
            "filters": self.filters,
            "scope": self.scope,
            "ranges": RANGES,
            "podcast_choices": PODCASTS,
            "minimums": MINIMUMS,
        }


class NoPlays(Exception):
    """The listener has no plays in the published build, or nothing was published yet."""


def read_scope(warehouse: Warehouse, user_id: str) -> Scope:
    """Read what a listener's plays span. Raises NoPlays."""
    try:
        rows = warehouse.rows(SCOPE, [user_id])
    except NothingPublished:
        rows = []
    if not rows:
        raise NoPlays(user_id)
    return Scope(
        devices=tuple(sorted({row["device_type"] for row in rows if row["device_type"]})),
        sources=tuple(sorted({row["source"] for row in rows if row["source"]})),
        first=min(row["first"] for row in rows),
        last=max(row["last"] for row in rows),
    )


def read_request(listener: Listener, query: Mapping[str, str], *, now: datetime) -> StatsRequest:
    """Build the request of a listener from its query string and the time.

    Raises NoPlays, and WarehouseError when the warehouse does not answer.
    """
    today = now.astimezone(timezones.zone_of(listener)).date()
    warehouse = CachedWarehouse(warehouse=clients.warehouse(), user_id=listener.user_id)
    filters = Filters.read(query, today=today, first_weekday=listener.first_weekday)
    return StatsRequest(
        listener=listener,
        listens=ListenQuery(
            warehouse=warehouse,
            user_id=listener.user_id,
            filters=filters,
            exclusions=active_exclusions(listener, warehouse),
            naming=naming_of(listener),
        ),
        scope=read_scope(warehouse, listener.user_id),
        today=today,
    )


def naming_of(listener: Listener) -> Naming:
    """Return whether queries must apply artist corrections of this listener."""
    return Naming.CORRECTED if listener.corrections.filter(kind="artist").exists() else Naming.BUILT


def active_exclusions(listener: Listener, warehouse: Warehouse) -> tuple[Exclusion, ...]:
    """Return the exclusion rules of a listener that are on, with the ids of their tracks."""
    rules = [rule.exclusion for rule in listener.rules.all() if rule.is_on]
    return with_track_ids(warehouse, listener.user_id, rules)


def published_build_id() -> str:
    """Return the id of the published build, "" without one or when the warehouse is down."""
    try:
        build = clients.warehouse().published()
    except WarehouseError:
        return ""
    return build.build_id if build else ""


Page = Callable[Concatenate[HttpRequest, StatsRequest, P], HttpResponse]


def stats_page(page: Page[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Decorate a page over the plays of the logged-in listener; explain it when there are none."""
    return _with_plays(page, lambda request: render(request, "dashboards/nothing_yet.html"))


def stats_fragment(part: Page[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Decorate a part that scripts put into a page: it is empty when there are no plays."""
    return _with_plays(part, lambda _: HttpResponse())


def _with_plays(
    page: Page[P], without_plays: Callable[[HttpRequest], HttpResponse]
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    @wraps(page)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        # Read before the numbers, so that a build published meanwhile makes the page reload.
        request.build_id = published_build_id()  # type: ignore[attr-defined]
        try:
            stats_request = read_request(
                listener_of(request), request.GET.dict(), now=timezone.now()
            )
            return page(request, stats_request, *args, **kwargs)
        except NoPlays:
            return without_plays(request)

    return login_required(answer)
