"""What a listener plays most: top tracks, top artists, followed artists."""

from collections import Counter
from datetime import date, timedelta
from functools import lru_cache
from operator import itemgetter

from starlette.responses import Response

from spotifyweb.sandbox import faults, responses
from spotifyweb.sandbox.api.base import ApiCall, ApiError
from spotifyweb.sandbox.catalogue.music import Artist, Track
from spotifyweb.sandbox.listeners import habits
from spotifyweb.sandbox.listeners.people import Person

RANGES = {"short_term": 28, "medium_term": 183, "long_term": 365}  # days
MAX_ITEMS = 200


@lru_cache(maxsize=64)
def _play_counts(seed: int, person: Person, until: date, days: int) -> Counter[str]:
    counts: Counter[str] = Counter()
    for back in range(days):
        plays = habits.listens_on(seed, person, until - timedelta(days=back + 1))
        counts.update(play.track.track_id for play in plays if play.is_play)
    return counts


def top_tracks(call: ApiCall) -> Response:
    return _page(call, [call.serializer.track(track) for track in _top_tracks(call)])


def top_artists(call: ApiCall) -> Response:
    return _page(call, [call.serializer.artist(artist) for artist in _top_artists(call)])


def followed_artists(call: ApiCall) -> Response:
    """List the ten most played artists, by cursor: `after` is the last id of the page before."""
    limit = call.int_param("limit", 20, least=1, most=50)
    followed = sorted(_top_artists(call)[:10], key=lambda artist: artist.artist_id)
    after = call.request.query.get("after", "")
    rest = [artist for artist in followed if artist.artist_id > after]
    items = [call.serializer.artist(artist) for artist in rest[:limit]]
    more = len(rest) > limit
    cursor = items[-1]["id"] if more else None
    page = {
        "cursors": {"after": cursor},
        "href": call.url(),
        "items": items,
        "limit": limit,
        "next": call.url(after=cursor, limit=limit) if more else None,
        "total": len(followed),
    }
    return responses.as_json({"artists": page})


def _page(call: ApiCall, found: list[dict[str, object]]) -> Response:
    limit, offset = (
        call.int_param("limit", 20, least=1, most=50),
        call.int_param("offset", 0, most=MAX_ITEMS),
    )
    items = found[offset : offset + limit]
    return responses.as_json(call.page(items, total=len(found), limit=limit, offset=offset))


def _counts(call: ApiCall) -> Counter[str]:
    days = RANGES.get(call.request.query.get("time_range", "medium_term"))
    if days is None:
        raise ApiError(faults.error(400, "Invalid time_range"))
    today = call.state.clock.now().astimezone(call.person.zone).date()
    return _play_counts(call.state.seed, call.person, today, days)


def _top_tracks(call: ApiCall) -> list[Track]:
    known = call.state.catalogue.tracks
    return [known[track_id] for track_id, _ in _counts(call).most_common(MAX_ITEMS)]


def _top_artists(call: ApiCall) -> list[Artist]:
    known, sums = call.state.catalogue.tracks, Counter[str]()
    artists: dict[str, Artist] = {}
    for track_id, plays in _counts(call).items():
        artist = known[track_id].album.artist
        artists[artist.artist_id] = artist
        sums[artist.artist_id] += plays
    ranked = sorted(sums.items(), key=itemgetter(1), reverse=True)
    return [artists[artist_id] for artist_id, _ in ranked[:MAX_ITEMS]]
