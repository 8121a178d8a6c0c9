"""Playlists: five a listener, made of what they like."""

from datetime import UTC, datetime

from spotifyweb.events import to_ms
from spotifyweb.sandbox import faults, responses, seeds
from spotifyweb.sandbox.api import serializers
from spotifyweb.sandbox.api.base import Call, Refused
from spotifyweb.sandbox.api.serializers import Json
from spotifyweb.sandbox.catalogue.music import Track
from spotifyweb.sandbox.listeners.people import CAST, Person
from spotifyweb.sandbox.listeners.taste import taste
from spotifyweb.sandbox.responses import Response

NAMES = ("Morning", "Getting things done", "Old friends", "Late", "Found this spring")
FIRST_PAGE = 100  # more than the longest playlist: there is no next
MADE_AT = datetime(2025, 3, 1, tzinfo=UTC)


def playlist_id(person: Person, number: int) -> str:
    return seeds.base62("playlist", person.account_id, number)


def tracks_of(seed: int, person: Person, number: int) -> list[Track]:
    rng, mood = seeds.rng(seed, "playlist", person.account_id, number), taste(seed, person, 2025, 3)
    drawn = [mood.draw(rng) for _ in range(30 + 20 * number)]
    return list({one.track_id: one for one in drawn}.values())


def mine(call: Call) -> Response:
    limit, offset = call.whole("limit", 20, least=1, most=50), call.whole("offset", 0, most=100_000)
    found = [_playlist(call, call.person, number) for number in range(len(NAMES))]
    items = found[offset : offset + limit]
    return responses.as_json(call.page(items, total=len(found), limit=limit, offset=offset))


def one(call: Call) -> Response:
    """A playlist with its first hundred items; development mode shows those to the owner only."""
    person, number = _find(call)
    playlist = _playlist(call, person, number)
    if _is_open(call, person):
        word = _word(call, "items", "tracks")
        items, link = _entries(call, person, number), playlist[word]
        href = f"{link['href']}?offset=0&limit={FIRST_PAGE}"
        page = call.page(items[:FIRST_PAGE], total=len(items), limit=FIRST_PAGE, offset=0)
        playlist[word] = {**page, "href": href}
    return responses.as_json(playlist)


def contents(call: Call) -> Response:
    person, number = _find(call)
    if not _is_open(call, person):
        raise Refused(faults.error(403, "Forbidden"))
    limit, offset = call.whole("limit", 20, least=1, most=50), call.whole("offset", 0, most=100_000)
    items = _entries(call, person, number)
    page = call.page(items[offset : offset + limit], total=len(items), limit=limit, offset=offset)
    return responses.as_json(page)


def _is_open(call: Call, owner: Person) -> bool:
    return owner is call.person or not call.world.is_devmode


def _entries(call: Call, person: Person, number: int) -> list[Json]:
    added = to_ms(MADE_AT)
    return [
        {
            "added_at": serializers.moment(added + place * 86_400_000, seconds=True),
            "added_by": call.shapes.links("user", person.spotify_id),
            "is_local": False,
            _word(call, "item", "track"): call.shapes.track(track),
        }
        for place, track in enumerate(tracks_of(call.world.seed, person, number))
    ]


def found(call: Call, text: str) -> list[Json]:
    """The playlists with that in their name, whoever made them."""
    numbers = [number for number, name in enumerate(NAMES) if text in name.casefold()]
    return [_playlist(call, person, number) for person in CAST.values() for number in numbers]


def _word(call: Call, new: str, old: str) -> str:
    return new if call.world.is_devmode else old


def _find(call: Call) -> tuple[Person, int]:
    for person in CAST.values():
        for number in range(len(NAMES)):
            if playlist_id(person, number) == call.params["id"]:
                return person, number
    raise Refused(faults.error(404, "Resource not found"))


def _playlist(call: Call, person: Person, number: int) -> Json:
    item_id = playlist_id(person, number)
    links = call.shapes.links("playlist", item_id)
    word = _word(call, "items", "tracks")
    total = len(tracks_of(call.world.seed, person, number))
    owner = call.shapes.links("user", person.spotify_id)
    return {
        **links,
        "collaborative": False,
        "description": "",
        "images": call.shapes.images(item_id),
        "name": NAMES[number],
        "owner": {**owner, "display_name": person.display_name},
        "public": False,
        "snapshot_id": seeds.base62("snapshot", item_id),
        word: {"href": f"{links['href']}/{word}", "total": total},
    }
