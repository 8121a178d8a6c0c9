"""Playlists: five a listener, made of what they like, and those that apps create."""

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
from spotifyweb.sandbox.state import Playlist, SandboxState

NAMES = ("Morning", "Getting things done", "Old friends", "Late", "Found this spring")
FIRST_PAGE = 100  # more than the longest playlist: there is no next
MAX_ADDED = 100  # in a call
MODIFY = {True: "playlist-modify-public", False: "playlist-modify-private"}
CREATED_AT = datetime(2025, 3, 1, tzinfo=UTC)


def playlist_id(person: Person, number: int) -> str:
    return seeds.base62("playlist", person.account_id, number)


def tracks_of(seed: int, person: Person, number: int) -> list[Track]:
    rng, mood = seeds.rng(seed, "playlist", person.account_id, number), taste(seed, person, 2025, 3)
    drawn = [mood.draw(rng) for _ in range(30 + 20 * number)]
    return list({track.track_id: track for track in drawn}.values())


def habitual_playlists(seed: int, person: Person) -> list[Playlist]:
    """Return the playlists that a listener has without any app."""
    added = to_ms(CREATED_AT)
    return [
        Playlist(
            playlist_id=playlist_id(person, number),
            account_id=person.account_id,
            name=name,
            tracks=[
                (track, added + place * 86_400_000)
                for place, track in enumerate(tracks_of(seed, person, number))
            ],
        )
        for number, name in enumerate(NAMES)
    ]


def playlists_of(state: SandboxState, person: Person) -> list[Playlist]:
    """Return a listener's playlists, those that apps created first: newest on top."""
    created = [each for each in state.created if each.account_id == person.account_id]
    return [*reversed(created), *habitual_playlists(state.seed, person)]


def my_playlists(call: ApiCall) -> Response:
    limit, offset = (
        call.int_param("limit", 20, least=1, most=50),
        call.int_param("offset", 0, most=100_000),
    )
    found = [_playlist_json(call, each) for each in playlists_of(call.state, call.person)]
    items = found[offset : offset + limit]
    return responses.as_json(call.page(items, total=len(found), limit=limit, offset=offset))


def create(call: ApiCall) -> Response:
    """Create an empty playlist; a public one, which is the default, needs the public scope."""
    body = _json_body(call)
    name, is_public = body.get("name"), body.get("public", True) is not False
    if not isinstance(name, str) or not name:
        raise ApiError(faults.error(400, "Missing required field: name"))
    _require_scope(call, is_public=is_public)
    created = Playlist(
        playlist_id=seeds.base62("created", call.person.account_id, len(call.state.created)),
        account_id=call.person.account_id,
        name=name,
        description=str(body.get("description") or ""),
        is_public=is_public,
    )
    call.state.created.append(created)
    return responses.as_json(_opened_json(call, created), status=201)


def add_items(call: ApiCall) -> Response:
    """Add tracks at a position, by default at the end."""
    found = _changeable(call)
    added = _sent_tracks(call)
    position = call.int_param("position", len(found.tracks), most=len(found.tracks))
    found.tracks[position:position] = added
    return responses.as_json({"snapshot_id": _snapshot_id(found)}, status=201)


def replace_items(call: ApiCall) -> Response:
    """Make the tracks of a playlist those that are sent; it does not reorder."""
    found = _changeable(call)
    found.tracks[:] = _sent_tracks(call)
    return responses.as_json({"snapshot_id": _snapshot_id(found)})


def _changeable(call: ApiCall) -> Playlist:
    """Return the playlist of the path. Raises ApiError unless an app of its owner created it."""
    found = _find(call)
    if found.account_id != call.person.account_id or found not in call.state.created:
        raise ApiError(faults.error(403, "You cannot add tracks to a playlist you don't own."))
    _require_scope(call, is_public=found.is_public)
    return found


def _sent_tracks(call: ApiCall) -> list[tuple[Track, int]]:
    """Return the tracks of a call, added now; uris in the query hide those in the body."""
    query, body = call.request.query, _json_body(call)
    uris = query["uris"].split(",") if "uris" in query else body.get("uris")
    if not isinstance(uris, list) or not uris:
        raise ApiError(faults.error(400, "No uris provided"))
    if len(uris) > MAX_ADDED:
        raise ApiError(faults.error(400, "You can add a maximum of 100 tracks per request."))
    now_ms = call.state.clock.now_ms()
    return [(_track(call, uri), now_ms) for uri in uris]


def _track(call: ApiCall, uri: object) -> Track:
    kind, _, item_id = str(uri).rpartition(":")
    try:
        if kind == "spotify:track":
            return call.state.track(item_id)
    except KeyError:
        pass
    raise ApiError(faults.error(400, f"Invalid track uri: {uri}"))


def _json_body(call: ApiCall) -> Json:
    try:
        return call.request.json_object()
    except ValueError:
        raise ApiError(faults.error(400, "Error parsing JSON.")) from None


def _require_scope(call: ApiCall, *, is_public: bool) -> None:
    """Raise ApiError with 403 without the scope for playlists of this kind."""
    if MODIFY[is_public] not in call.scopes:
        raise ApiError(faults.error(403, "Insufficient client scope"))


def playlist(call: ApiCall) -> Response:
    """Return a playlist with its first 100 items; in development mode only its owner gets these."""
    found = _find(call)
    shown = _opened_json(call, found) if _is_open(call, found) else _playlist_json(call, found)
    return responses.as_json(shown)


def _opened_json(call: ApiCall, found: Playlist) -> Json:
    """Return a playlist with the first page of its items."""
    shown, word = _playlist_json(call, found), _field_name(call, "items", "tracks")
    items = _tracks_json(call, found)
    href = f"{shown[word]['href']}?offset=0&limit={FIRST_PAGE}"
    page = call.page(items[:FIRST_PAGE], total=len(items), limit=FIRST_PAGE, offset=0)
    return {**shown, word: {**page, "href": href}}


def playlist_items(call: ApiCall) -> Response:
    found = _find(call)
    if not _is_open(call, found):
        raise ApiError(faults.error(403, "Forbidden"))
    limit, offset = (
        call.int_param("limit", 20, least=1, most=50),
        call.int_param("offset", 0, most=100_000),
    )
    items = _tracks_json(call, found)
    page = call.page(items[offset : offset + limit], total=len(items), limit=limit, offset=offset)
    return responses.as_json(page)


def _is_open(call: ApiCall, found: Playlist) -> bool:
    return found.account_id == call.person.account_id or not call.state.is_devmode


def _tracks_json(call: ApiCall, found: Playlist) -> list[Json]:
    owner = ACCOUNTS[found.account_id]
    return [
        {
            "added_at": serializers.moment(added_ms, seconds=True),
            "added_by": call.serializer.links("user", owner.spotify_id),
            "is_local": False,
            _field_name(call, "item", "track"): call.serializer.track(track),
        }
        for track, added_ms in found.tracks
    ]


def search(call: ApiCall, text: str) -> list[Json]:
    """Return the invented playlists of all listeners whose names contain the text."""
    return [
        _playlist_json(call, each)
        for person in ACCOUNTS.values()
        for each in habitual_playlists(call.state.seed, person)
        if text in each.name.casefold()
    ]


def _field_name(call: ApiCall, new: str, old: str) -> str:
    return new if call.state.is_devmode else old


def _find(call: ApiCall) -> Playlist:
    """Return the playlist of the path; private ones that an app created exist for their owner."""
    for person in ACCOUNTS.values():
        for each in playlists_of(call.state, person):
            is_hidden = each in call.state.created and not each.is_public
            if each.playlist_id == call.params["id"] and (person is call.person or not is_hidden):
                return each
    raise ApiError(faults.error(404, "Resource not found"))


def _snapshot_id(found: Playlist) -> str:
    return seeds.base62("snapshot", found.playlist_id, len(found.tracks))


def _playlist_json(call: ApiCall, found: Playlist) -> Json:
    links = call.serializer.links("playlist", found.playlist_id)
    word = _field_name(call, "items", "tracks")
    person = ACCOUNTS[found.account_id]
    owner = call.serializer.links("user", person.spotify_id)
    return {
        **links,
        "collaborative": False,
        "description": found.description,
        "images": call.serializer.images("album", found.playlist_id) if found.tracks else [],
        "name": found.name,
        "owner": {**owner, "display_name": person.display_name},
        "public": found.is_public,
        "snapshot_id": _snapshot_id(found),
        word: {"href": f"{links['href']}/{word}", "total": len(found.tracks)},
    }
