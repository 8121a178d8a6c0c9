"""`/history/`: every play, newest first, by day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from spotifyweb.dashboards import filters, live_plays, pending_erasure
from spotifyweb.dashboards.history import queries
from spotifyweb.dashboards.history.cursor import BEGINNING, Cursor, Position
from spotifyweb.dashboards.history.queries import HistoryPage
from spotifyweb.dashboards.history.selection import Selection, read_selection, selection_params
from spotifyweb.dashboards.request import StatsRequest, stats_page
from spotifyweb.dashboards.stats import overview
from spotifyweb.warehouse import Row

POSITION_PARAMS = ("before", "after", "on", "at")
FRAGMENT_HEADER = "X-Fragment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Consecutive plays of one local day, with the totals of the whole day."""

    local_date: date
    plays: list[Row]
    play_count: int
    heard_ms: int


@stats_page
def history_page(request: HttpRequest, stats_request: StatsRequest) -> HttpResponse:
    """Show a page of the history, or only its rows where the script asks for the next ones."""
    selection = read_selection(stats_request, request.GET)
    position = Position.read(request.GET)
    page, days = read_days(stats_request, selection, position)
    context = stats_request.context() | {
        "day_groups": days,
        "page": page,
        "address": page_address(request.GET, position=position, page=page),
        "newer_url": cursor_url(request.GET, after=page.newer) if page.newer else "",
        "older_url": cursor_url(request.GET, before=page.older) if page.older else "",
        "newest_url": cursor_url(request.GET),
        "exclusions_url": reverse("dashboards:rules"),
        "erase_url": reverse("erase"),
        "back": request.get_full_path(),
        "unknown_track": gettext("Unknown track"),
        "way_out": {} if days else clear_links(request.GET),
        "oldest_url": cursor_url(request.GET, after=BEGINNING) if page.older else "",
    }
    if request.headers.get(FRAGMENT_HEADER):
        return render(request, "fragments/history_page.html", context)
    context |= {
        "selection": selection,
        "position": position,
        "kept_params": selection_params(request.GET),
        "filter_params": stats_request.filters.params(),
        "jump": {name: request.GET.get(name, "") for name in ("on", "at")},
        "moment": position.minute,
        "playing": playing_at(page.plays, position.minute) if position.minute else None,
        "as_of": overview.build_as_of(stats_request.listens.warehouse),
    }
    return render(request, "dashboards/history.html", context)


def read_days(
    stats_request: StatsRequest, selection: Selection, position: Position
) -> tuple[HistoryPage, list[Day]]:
    """Read a page and its days, again where a build was published between the queries.

    Plays of one build beside totals of the next would count a live play twice.
    """
    published = stats_request.listens.warehouse.published
    for _ in range(2):
        build = published()
        live = live_plays.read_live(stats_request)
        page = queries.read_page(selection, position)
        plays = with_live_plays(stats_request, selection, page, live) if page.is_top else page.plays
        days = group_by_day(stats_request, selection, plays)
        if published() == build:
            break
    return page, days


def with_live_plays(
    stats_request: StatsRequest, selection: Selection, page: HistoryPage, live: Sequence[Row]
) -> list[Row]:
    """Return the plays of the first page with those that no build knows yet."""
    oldest = page.plays[-1]["ended_at"] if page.older else None
    plays = live_plays.merge(stats_request, live, page.plays)
    return [
        play
        for play in plays
        if not play.get("is_live")
        or (selection.has(play) and (oldest is None or play["ended_at"] >= oldest))
    ]


def group_by_day(
    stats_request: StatsRequest, selection: Selection, plays: Iterable[Row]
) -> list[Day]:
    """Group plays by the local day on which they began, without those under erasure.

    The totals of a day are those of the build and of the plays that it does not know.
    """
    shown = pending_erasure.without_pending_erasure(stats_request.listener, list(plays))
    totals = queries.day_totals(selection, [play["local_date"] for play in shown])
    nothing = {"plays": 0, "heard_ms": 0}
    return [
        _day(day, list(rows), totals.get(day, nothing))
        for day, rows in groupby(shown, key=lambda play: play["local_date"])
    ]


def _day(local_date: date, plays: list[Row], totals: Row) -> Day:
    live = [play for play in plays if play.get("is_live")]
    return Day(
        local_date=local_date,
        plays=plays,
        play_count=totals["plays"] + len(live),
        heard_ms=totals["heard_ms"] + sum(play["heard_ms"] or 0 for play in live),
    )


def playing_at(plays: Sequence[Row], minute: datetime) -> Row | None:
    """Return the newest of the plays if it was still heard in that minute of the local clock."""
    newest = plays[0] if plays else None
    if newest is None:
        return None
    heard = timedelta(milliseconds=newest["heard_ms"] or 0)
    return newest if newest["local_at"] + heard >= minute else None


def page_address(query: QueryDict, *, position: Position, page: HistoryPage) -> str:
    """Return the address that shows this page again, whatever was played meanwhile."""
    if page.is_top:
        return cursor_url(query)
    if position.moment:
        return cursor_url(query, on=query.get("on"), at=query.get("at"))
    return cursor_url(query, before=position.before, after=position.after)


def clear_links(query: QueryDict) -> dict[str, str]:
    """Return addresses without the filters and without the words, where there are such."""
    dropped = {"filters": filters.PARAMETERS, "words": ("q",)}
    return {
        name: address_without(query, *params)
        for name, params in dropped.items()
        if any(query.get(param) for param in params)
    }


def address_without(query: QueryDict, *names: str) -> str:
    params = query.copy()
    for name in names:
        params.pop(name, None)
    return f"?{params.urlencode()}" if params else "."


def cursor_url(query: QueryDict, **position: Cursor | str | None) -> str:
    """Return the address of this history at another position."""
    params = query.copy()
    for name in POSITION_PARAMS:
        params.pop(name, None)
    for name, value in position.items():
        if value:
            params[name] = str(value)
    return f"?{params.urlencode()}" if params else "."
