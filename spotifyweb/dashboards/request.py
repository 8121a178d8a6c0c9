"""From a request to a view of gold: who asks, which day it is there, what can be filtered."""

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
from spotifyweb.dashboards.filters import MINIMUMS, PODCASTS, RANGES, Filters, Period
from spotifyweb.dashboards.models import Rule
from spotifyweb.dashboards.query import Naming, View
from spotifyweb.dashboards.query_cache import Remembering
from spotifyweb.warehouse import NothingPublished, Warehouse, WarehouseError

SCOPE = """
    select device_type, source, min(local_date) as first, max(local_date) as last
    from gold.daily_listening_by_device where user_id = ? group by device_type, source
"""
P = ParamSpec("P")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a listener's plays span: the choices that filters offer."""

    devices: tuple[str, ...]
    sources: tuple[str, ...]
    first: date
    last: date

    @property
    def years(self) -> list[int]:
        return list(range(self.last.year, self.first.year - 1, -1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question of one listener."""

    listener: Listener
    view: View
    scope: Scope
    today: date  # where the listener lives
    is_shared: bool = False  # whoever looks was only sent a link

    @property
    def filters(self) -> Filters:
        return self.view.filters

    @property
    def is_frozen(self) -> bool:
        """Whether whoever looks may learn of these days only, and nothing that others tell."""
        return self.is_shared and self.filters.period != Period()

    def context(self) -> dict[str, object]:
        """What the filter bar of every page shows."""
        return {
            "asked": self,
            "filters": self.filters,
            "scope": self.scope,
            "ranges": RANGES,
            "podcast_choices": PODCASTS,
            "minimums": MINIMUMS,
        }


class NothingYet(Exception):
    """This listener has no plays in the published build, or nothing was published."""


def scope_of(warehouse: Warehouse, user_id: str) -> Scope:
    """Raises NothingYet."""
    try:
        rows = warehouse.rows(SCOPE, [user_id])
    except NothingPublished:
        rows = []
    if not rows:
        raise NothingYet(user_id)
    return Scope(
        devices=tuple(sorted({row["device_type"] for row in rows if row["device_type"]})),
        sources=tuple(sorted({row["source"] for row in rows if row["source"]})),
        first=min(row["first"] for row in rows),
        last=max(row["last"] for row in rows),
    )


def read_request(listener: Listener, query: Mapping[str, str], *, now: datetime) -> Asked:
    """Raises NothingYet; WarehouseError when the warehouse does not answer."""
    today = now.astimezone(timezones.zone_of(listener)).date()
    warehouse = Remembering(warehouse=clients.warehouse(), user_id=listener.user_id)
    filters = Filters.read(query, today=today)
    return Asked(
        listener=listener,
        view=View(
            warehouse=warehouse,
            user_id=listener.user_id,
            filters=filters,
            exclusions=exclusions_of(listener),
            naming=own_naming(listener),
        ),
        scope=scope_of(warehouse, listener.user_id),
        today=today,
    )


def own_naming(listener: Listener) -> Naming:
    return Naming.OWN if listener.corrections.filter(kind="artist").exists() else Naming.BUILT


def exclusions_of(listener: Listener) -> tuple[Exclusion, ...]:
    """The rules that are on."""
    return tuple(rule.exclusion for rule in Rule.objects.filter(listener=listener, is_on=True))


def published_id() -> str:
    """Of the build that pages read; "" while there is none or the warehouse does not answer."""
    try:
        build = clients.warehouse().published()
    except WarehouseError:
        return ""
    return build.build_id if build else ""


Page = Callable[Concatenate[HttpRequest, Asked, P], HttpResponse]


def listening_page(page: Page[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A page over the plays of whoever is logged in; says so when there is nothing to show yet."""

    @wraps(page)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        # before the numbers are read: a newer build than the page's own must never go unseen
        request.build_id = published_id()  # type: ignore[attr-defined]
        try:
            question = read_request(listener_of(request), request.GET.dict(), now=timezone.now())
            return page(request, question, *args, **kwargs)
        except NothingYet:
            return render(request, "dashboards/nothing_yet.html")

    return login_required(answer)
