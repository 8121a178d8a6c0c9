"""Playlists: five a listener, made of what they like."""

from datetime import UTC, datetime

from spotifyweb.events import to_ms
from spotifyweb.sandbox import faults, seeds, shapes, web
from spotifyweb.sandbox.api import Call, Refused
from spotifyweb.sandbox.catalogue import Track
from spotifyweb.sandbox.people import CAST, Person
from spotifyweb.sandbox.shapes import Json
from spotifyweb.sandbox.taste import taste
from spotifyweb.sandbox.web import Response

NAMES = ("Morning", "Getting things done", "Old friends", "Late", "Found this spring")
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
    return web.as_json(call.page(items, total=len(found), limit=limit, offset=offset))


def one(call: Call) -> Response:
    person, number = _find(call)
    return web.as_json(_playlist(call, person, number))


def contents(call: Call) -> Response:
    """Development mode shows what is in a playlist to its owner only."""
    person, number = _find(call)
    if call.world.is_devmode and person is not call.person:
        raise Refused(faults.error(403, "Forbidden"))
    limit, offset = call.whole("limit", 20, least=1, most=50), call.whole("offset", 0, most=100_000)
    tracks = tracks_of(call.world.seed, person, number)
    added = to_ms(MADE_AT)
    items: list[Json] = [
        {
            "added_at": shapes.moment(added + place * 86_400_000, seconds=True),
            "added_by": call.shapes.links("user", person.spotify_id),
            "is_local": False,
            _word(call, "item", "track"): call.shapes.track(track),
        }
        for place, track in enumerate(tracks)
    ][offset : offset + limit]
    return web.as_json(call.page(items, total=len(tracks), limit=limit, offset=offset))


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
