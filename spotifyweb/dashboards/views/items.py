"""`/tracks/<id>/`, `/artist/?name=`, `/album/?artist=&name=`: one item and its history."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from spotifyweb.dashboards import pending_erasure
from spotifyweb.dashboards.charts import Chart, Series
from spotifyweb.dashboards.corrections import changes
from spotifyweb.dashboards.coverage.bands import chart_bands
from spotifyweb.dashboards.exclusions import conditions
from spotifyweb.dashboards.history import queries
from spotifyweb.dashboards.history.cursor import Position
from spotifyweb.dashboards.history.selection import select_item
from spotifyweb.dashboards.household.leaderboard import plays_by_member
from spotifyweb.dashboards.request import StatsRequest, stats_page
from spotifyweb.dashboards.stats import items, overview, top
from spotifyweb.dashboards.stats.items import Item
from spotifyweb.dashboards.stats.trends import drawn_buckets
from spotifyweb.dashboards.time_buckets import Buckets
from spotifyweb.dashboards.views.trends import listening_chart
from spotifyweb.warehouse import Row

KEY_PARAMS = ("artist", "name")
RECENT_PLAYS = 15
KINDS_ABOVE = {  # kinds of rules that hide all plays of an item
    "tracks": ("track", "artist", "album"),
    "albums": ("album", "artist"),
    "artists": ("artist",),
}


@stats_page
def track_page(request: HttpRequest, stats_request: StatsRequest, track_id: str) -> HttpResponse:
    return item_page(request, stats_request, Item(kind="tracks", key=(track_id,)))


@stats_page
def artist_page(request: HttpRequest, stats_request: StatsRequest) -> HttpResponse:
    return item_page(
        request, stats_request, Item(kind="artists", key=(request.GET.get("name", ""),))
    )


@stats_page
def album_page(request: HttpRequest, stats_request: StatsRequest) -> HttpResponse:
    key = (request.GET.get("artist", ""), request.GET.get("name", ""))
    return item_page(request, stats_request, Item(kind="albums", key=key))


def item_page(request: HttpRequest, stats_request: StatsRequest, item: Item) -> HttpResponse:
    """Render an item. Raises Http404 for one that this listener never played, though others did."""
    listens = stats_request.listens
    item = items.resolve(listens, item)
    about = items.details(listens, item)
    if about is None:
        raise Http404
    steps = drawn_buckets(request.GET, stats_request)
    story = items.item_stats(listens, item, steps)
    context = stats_request.context() | {
        "item": item,
        "about": about,
        "spotify_url": spotify_url(item, about),
        "kept_params": {name: value for name, value in request.GET.items() if name in KEY_PARAMS},
        "summary": story.summary,
        "share_of_listening": items.share_of_listening(listens, story.summary),
        "all_plays_url": reverse(
            "dashboards:history", query=item.params() | stats_request.filters.params()
        ),
        "place": top.rank_of(listens, item.kind, item.key),
        "history": listening_chart(
            story.history, steps, by="plays", bands=chart_bands(stats_request)
        ),
        "ranks": rank_chart(stats_request, item, steps) if item.kind == "artists" else None,
        "tracks": story.tracks if item.kind != "tracks" else [],
        "albums": story.albums if item.kind == "artists" else [],
        "releases": story.releases if len(story.releases) > 1 else [],
        "together": items.played_together(listens, item),
        "plays": newest_plays(stats_request, item),
        "house": plays_by_member(listens, item),
        "as_of": overview.build_as_of(listens.warehouse),
        **exclusion_choices(stats_request, item, about),
        **correction_choices(stats_request, item, about, len(story.releases)),
    }
    return render(request, "dashboards/item.html", context)


def rank_chart(stats_request: StatsRequest, item: Item, steps: Buckets) -> Chart:
    """Return the artist's rank of each month, or of each week of a short period."""
    buckets = top.rank_buckets(stats_request.listens, steps)
    ranks = top.artist_ranks(stats_request.listens, item.key[0], buckets)
    return Chart(
        name="ranks",
        title=gettext("Rank per month") if buckets.step == "month" else gettext("Rank per week"),
        dates=buckets.dates,
        series=[Series(label=gettext("Rank"), values=[*ranks], unit="rank", ink=1)],
        kind="line",
        step=buckets.step,
    )


def correction_choices(
    stats_request: StatsRequest, item: Item, about: Row, releases: int
) -> dict[str, object]:
    """Return the context of the correction forms: what to join with, what to split off."""
    if stats_request.is_shared or item.kind == "albums":
        return {}
    if item.kind == "artists":
        name, listens = item.key[0], stats_request.listens
        return {
            "can_join": True,
            "spellings": changes.spellings(listens.warehouse, listens.user_id, name),
        }
    same_as = items.tracks_of_same_artist(stats_request.listens, about)
    return {"can_join": bool(same_as) or releases > 1, "same_as": same_as}


def exclusion_choices(stats_request: StatsRequest, item: Item, about: Row) -> dict[str, object]:
    """Return the context of an exclusion: the rule that hides this item, or the form for one."""
    listens = stats_request.listens
    rules_url = reverse("dashboards:rules")
    matched = [
        rule
        for rule in listens.exclusions
        if rule.kind in KINDS_ABOVE[item.kind] and conditions.is_named(rule, about)
    ]
    if matched:
        anyway = item_url(item, listens.filters.params() | {"rules": "0"})
        return {"exclusion": matched[0], "rules_url": rules_url, "anyway_url": anyway}
    if item.kind == "tracks":
        return {"can_exclude": not stats_request.is_shared, "rules_url": rules_url}
    kind = item.kind.removesuffix("s")
    query = {"kind": kind, "value": item.key[-1]}
    return {"exclude_url": reverse("dashboards:rules", query=query)}


def item_url(item: Item, params: dict[str, str]) -> str:
    """Return the address of the page of an item with these parameters."""
    if item.kind == "tracks":
        return reverse("dashboards:track", args=[*item.key], query=params)
    names = dict(zip(KEY_PARAMS[-len(item.key) :], item.key, strict=True))
    return reverse(f"dashboards:{item.kind.removesuffix('s')}", query=names | params)


def newest_plays(stats_request: StatsRequest, item: Item) -> list[Row]:
    """Return the newest plays of an item under the filters, each of which can be erased."""
    selection = select_item(stats_request, item)
    plays = queries.read_page(selection, Position(), size=RECENT_PLAYS).plays
    return pending_erasure.without_pending_erasure(stats_request.listener, plays)


def spotify_url(item: Item, about: dict[str, str | None]) -> str | None:
    """Return the item's page at Spotify, where its id is known."""
    if item.kind == "tracks":
        return about["url"]
    kind = item.kind.removesuffix("s")
    item_id = about[f"{kind}_id"]
    return f"https://open.spotify.com/{kind}/{item_id}" if item_id else None
