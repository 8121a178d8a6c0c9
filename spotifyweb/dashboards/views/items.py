"""`/tracks/<id>/`, `/artist/?name=`, `/album/?artist=&name=`: one thing and its history."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from spotifyweb.dashboards import pending_erasure
from spotifyweb.dashboards.corrections import changes
from spotifyweb.dashboards.coverage import gaps
from spotifyweb.dashboards.household import members
from spotifyweb.dashboards.request import Asked, listening_page
from spotifyweb.dashboards.stats import items, overview, search, top
from spotifyweb.dashboards.stats.items import Item
from spotifyweb.dashboards.views.trends import cut, listening_chart
from spotifyweb.warehouse import Row

KEY_PARAMS = ("artist", "name")


@listening_page
def track_page(request: HttpRequest, asked: Asked, track_id: str) -> HttpResponse:
    return item_page(request, asked, Item(kind="tracks", key=(track_id,)))


@listening_page
def artist_page(request: HttpRequest, asked: Asked) -> HttpResponse:
    return item_page(request, asked, Item(kind="artists", key=(request.GET.get("name", ""),)))


@listening_page
def album_page(request: HttpRequest, asked: Asked) -> HttpResponse:
    key = (request.GET.get("artist", ""), request.GET.get("name", ""))
    return item_page(request, asked, Item(kind="albums", key=key))


def item_page(request: HttpRequest, asked: Asked, item: Item) -> HttpResponse:
    """Raises Http404 for what this listener never heard, even if somebody else here did."""
    view = asked.view
    item = items.found(view, item)
    about = items.about(view, item)
    if about is None:
        raise Http404
    steps = cut(request.GET, asked)
    story = items.story(view, item, steps)
    context = asked.context() | {
        "item": item,
        "about": about,
        "spotify_url": spotify_url(item, about),
        "kept_params": {name: value for name, value in request.GET.items() if name in KEY_PARAMS},
        "summary": story.summary,
        "place": top.place_of(view, item.kind, item.key),
        "history": listening_chart(story.history, steps, by="plays", bands=gaps.bands(asked)),
        "tracks": story.tracks if item.kind != "tracks" else [],
        "albums": story.albums if item.kind == "artists" else [],
        "releases": story.releases if len(story.releases) > 1 else [],
        "together": items.together(view, item),
        "plays": newest_plays(asked, item),
        "house": in_the_house(asked, item),
        "as_of": overview.newest_at(view.warehouse),
        **correctable(asked, item, about, len(story.releases)),
    }
    return render(request, "dashboards/item.html", context)


def correctable(asked: Asked, item: Item, about: Row, releases: int) -> dict[str, object]:
    """What its own listener may join it with; of an artist, the spellings that may be split off."""
    if asked.is_shared or item.kind == "albums":
        return {}
    if item.kind == "artists":
        name, view = item.key[0], asked.view
        return {
            "can_join": True,
            "spellings": changes.spellings(view.warehouse, view.user_id, name),
        }
    same_as = items.same_artist(asked.view, about)
    return {"can_join": bool(same_as) or releases > 1, "same_as": same_as}


def newest_plays(asked: Asked, item: Item) -> list[Row]:
    """Of a track, each with the way to forget it."""
    if item.kind != "tracks":
        return []
    plays = search.plays_of(asked.view, [*item.key])
    return pending_erasure.kept(asked.listener, plays)


def in_the_house(asked: Asked, item: Item) -> list[Row]:
    """Who else of the house plays it, for those who are of the house themselves."""
    seen = members.seen_by(asked.view, of_all_time=True)
    if asked.listener.user_id not in seen.mates:
        return []
    return seen.who_plays(item)


def spotify_url(item: Item, about: dict[str, str | None]) -> str | None:
    """Spotify's own page of it, where its id is known."""
    if item.kind == "tracks":
        return about["url"]
    kind = item.kind.removesuffix("s")
    found = about[f"{kind}_id"]
    return f"https://open.spotify.com/{kind}/{found}" if found else None
