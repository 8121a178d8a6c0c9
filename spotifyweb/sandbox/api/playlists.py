"""Playlists: five a listener, made of what they like."""

from datetime import UTC, datetime

from starlette.responses import Response

from spotifyweb.events import to_ms
from spotifyweb.sandbox import faults, responses, seeds
from spotifyweb.sandbox.api import serializers
from spotifyweb.sandbox.api.base import ApiCall, ApiError
from spotifyweb.sandbox.api.serializers import Json
from spotifyweb.sandbox.catalogue.music import Track
from spotifyweb.sandbox.listeners.people import ACCOUNTS, Person
from spotifyweb.sandbox.listeners.taste import taste

NAMES = ("Morning", "Getting things done", "Old friends", "Late", "Found this spring")
FIRST_PAGE = 100  # more than the longest playlist: there is no next
CREATED_AT = datetime(2025, 3, 1, tzinfo=UTC)


def playlist_id(person: Person, number: int) -> str:
    return seeds.base62("playlist", person.account_id, number)


def tracks_of(seed: int, person: Person, number: int) -> list[Track]:
    rng, mood = seeds.rng(seed, "playlist", person.account_id, number), taste(seed, person, 2025, 3)
    drawn = [mood.draw(rng) for _ in range(30 + 20 * number)]
    return list({track.track_id: track for track in drawn}.values())


def my_playlists(call: ApiCall) -> Response:
    limit, offset = (
        call.int_param("limit", 20, least=1, most=50),
        call.int_param("offset", 0, most=100_000),
    )
    found = [_playlist_json(call, call.person, number) for number in range(len(NAMES))]
    items = found[offset : offset + limit]
    return responses.as_json(call.page(items, total=len(found), limit=limit, offset=offset))


def playlist(call: ApiCall) -> Response:
    """Return a playlist with its first 100 items; in development mode only its owner gets these."""
    person, number = _find(call)
    playlist = _playlist_json(call, person, number)
    if _is_open(call, person):
        word = _field_name(call, "items", "tracks")
        items, link = _tracks_json(call, person, number), playlist[word]
        href = f"{link['href']}?offset=0&limit={FIRST_PAGE}"
        page = call.page(items[:FIRST_PAGE], total=len(items), limit=FIRST_PAGE, offset=0)
        playlist[word] = {**page, "href": href}
    return responses.as_json(playlist)


def playlist_items(call: ApiCall) -> Response:
    person, number = _find(call)
    if not _is_open(call, person):
        raise ApiError(faults.error(403, "Forbidden"))
    limit, offset = (
        call.int_param("limit", 20, least=1, most=50),
        call.int_param("offset", 0, most=100_000),
    )
    items = _tracks_json(call, person, number)
    page = call.page(items[offset : offset + limit], total=len(items), limit=limit, offset=offset)
    return responses.as_json(page)


def _is_open(call: ApiCall, owner: Person) -> bool:
    return owner is call.person or not call.state.is_devmode


def _tracks_json(call: ApiCall, person: Person, number: int) -> list[Json]:
    added = to_ms(CREATED_AT)
    return [
        {
            "added_at": serializers.moment(added + place * 86_400_000, seconds=True),
            "added_by": call.serializer.links("user", person.spotify_id),
            "is_local": False,
            _field_name(call, "item", "track"): call.serializer.track(track),
        }
        for place, track in enumerate(tracks_of(call.state.seed, person, number))
    ]


def search(call: ApiCall, text: str) -> list[Json]:
    """Return the playlists of all listeners whose names contain the text."""
    numbers = [number for number, name in enumerate(NAMES) if text in name.casefold()]
    return [
        _playlist_json(call, person, number) for person in ACCOUNTS.values() for number in numbers
    ]


def _field_name(call: ApiCall, new: str, old: str) -> str:
    return new if call.state.is_devmode else old


def _find(call: ApiCall) -> tuple[Person, int]:
    for person in ACCOUNTS.values():
        for number in range(len(NAMES)):
            if playlist_id(person, number) == call.params["id"]:
                return person, number
    raise ApiError(faults.error(404, "Resource not found"))


def _playlist_json(call: ApiCall, person: Person, number: int) -> Json:
    item_id = playlist_id(person, number)
    links = call.serializer.links("playlist", item_id)
    word = _field_name(call, "items", "tracks")
    total = len(tracks_of(call.state.seed, person, number))
    owner = call.serializer.links("user", person.spotify_id)
    return {
        **links,
        "collaborative": False,
        "description": "",
        "images": call.serializer.images("album", item_id),
        "name": NAMES[number],
        "owner": {**owner, "display_name": person.display_name},
        "public": False,
        "snapshot_id": seeds.base62("snapshot", item_id),
        word: {"href": f"{links['href']}/{word}", "total": total},
    }
