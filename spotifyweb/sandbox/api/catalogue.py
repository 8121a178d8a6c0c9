"""The catalogue group of the API: tracks, albums, artists, search."""

from collections.abc import Callable
from datetime import UTC, date, datetime

from starlette.responses import Response

from spotifyweb.sandbox import faults, responses, seeds
from spotifyweb.sandbox.api import base, playlists, shows
from spotifyweb.sandbox.api.base import ApiCall, ApiError
from spotifyweb.sandbox.api.serializers import Json
from spotifyweb.sandbox.catalogue import discographies, podcasts
from spotifyweb.sandbox.catalogue.music import Album, Artist, Track


def track(call: ApiCall) -> Response:
    found = call.item(lambda item_id: find_track(call, item_id))
    requested_id = call.params["id"]
    other = requested_id if requested_id != found.track_id else None
    return responses.as_json(call.serializer.track(found, other_id=other))


def album(call: ApiCall) -> Response:
    found = call.item(lambda item_id: find_album(call, item_id))
    return responses.as_json(_album(call, found))


def album_tracks(call: ApiCall) -> Response:
    limit, offset = call.paging(default=20, most=50)
    tracks = call.item(lambda item_id: find_album(call, item_id)).tracks
    items = [call.serializer.track_link(track) for track in tracks[offset : offset + limit]]
    return responses.as_json(call.page(items, total=len(tracks), limit=limit, offset=offset))


def artist(call: ApiCall) -> Response:
    return responses.as_json(call.serializer.artist(call.item(call.state.catalogue.artist)))


def artist_albums(call: ApiCall) -> Response:
    """List the albums of an artist: in development mode ten at most, five by default.

    Group by group, the newest first in each: github.com/spotify/web-api/issues/1002.
    """
    limit, offset = _few(call)
    groups = _groups(call)
    artist = call.item(call.state.catalogue.artist)
    albums = [
        pair
        for pair in discographies.discography(call.state.seed, artist, _today(call))
        if pair[0] in groups
    ]
    items = [
        {**call.serializer.album_link(album), **call.serializer.old(album_group=group)}
        for group, album in albums[offset : offset + limit]
    ]
    return responses.as_json(call.page(items, total=len(albums), limit=limit, offset=offset))


def _groups(call: ApiCall) -> set[str]:
    """Parse the groups that are asked for, by default all. Raises ApiError with 400 for another."""
    asked = call.request.query.get("include_groups")
    groups = set(discographies.GROUPS if asked is None else asked.split(","))
    if not groups <= set(discographies.GROUPS):
        raise ApiError(faults.error(400, "Invalid include_groups"))
    return groups


def _today(call: ApiCall) -> date:
    return datetime.fromtimestamp(call.now_ms / 1000, UTC).date()


def search(call: ApiCall) -> Response:
    """Search names, ignoring case; an artist's name finds their tracks too."""
    limit, offset = _few(call)
    text = call.request.query.get("q", "").casefold().strip()
    if not text:
        raise ApiError(faults.error(400, "No search query"))
    answer: Json = {}
    for kind in call.request.query.get("type", "").split(","):
        if kind not in SEARCHES:
            raise ApiError(faults.error(400, f"Bad search type field {kind}"))
        found = SEARCHES[kind](call, text)
        page = found[offset : offset + limit]
        answer[f"{kind}s"] = call.page(page, total=len(found), limit=limit, offset=offset)
    return responses.as_json(answer)


def several(call: ApiCall, *, kind: str) -> Response:
    """Look up several ids at once, in the legacy profile only; unknown ids become null."""
    ids = call.request.query.get("ids", "").split(",")
    finders: dict[str, Callable[[str], Json | None]] = {
        "tracks": lambda i: call.serializer.track(t) if (t := find_track(call, i)) else None,
        "albums": lambda i: _album(call, a) if (a := find_album(call, i)) else None,
        "artists": lambda i: (
            call.serializer.artist(a) if (a := call.state.catalogue.artist(i)) else None
        ),
    }
    return responses.as_json({kind: [finders[kind](item_id) for item_id in ids]})


def find_track(call: ApiCall, item_id: str) -> Track | None:
    track_id = call.state.relinked.get(item_id, item_id)
    later = discographies.later_tracks(call.state.seed).get(track_id)
    is_out = later is None or discographies.is_out(later.album, _today(call))
    return call.state.catalogue.tracks.get(track_id, later) if is_out else None


def find_album(call: ApiCall, item_id: str) -> Album | None:
    later = discographies.later_albums(call.state.seed).get(item_id)
    is_out = later is None or discographies.is_out(later, _today(call))
    return call.state.catalogue.albums.get(item_id, later) if is_out else None


def _album(call: ApiCall, found: Album) -> Json:
    items = [call.serializer.track_link(track) for track in found.tracks]
    return {
        **call.serializer.album_link(found),
        "copyrights": [{"text": "Invented", "type": "C"}],
        "external_ids": {"upc": f"{seeds.number('upc', found.album_id) % 10**12:012}"},
        "genres": [],
        "tracks": {
            "href": f"{call.request.base}/v1/albums/{found.album_id}/tracks?offset=0&limit=50",
            "items": items,
            "limit": 50,
            "next": None,
            "offset": 0,
            "previous": None,
            "total": len(items),
        },
        **call.serializer.old(label="Sandbox Recordings", popularity=found.artist.popularity),
    }


def _few(call: ApiCall) -> tuple[int, int]:
    if call.state.is_devmode:
        return call.paging(default=5, most=10)
    return call.paging(default=20, most=50)


def _tracks(call: ApiCall, text: str) -> list[Json]:
    known = call.state.catalogue.tracks.values()
    matches = [track for track in known if text in _names(track)][: base.MAX_OFFSET]
    return [call.serializer.track(track) for track in matches]


def _names(track: Track) -> str:
    return f"{track.name} {track.album.artist.name}".casefold()


def _artists(call: ApiCall, text: str) -> list[Json]:
    known: list[Artist] = call.state.catalogue.artists
    return [call.serializer.artist(artist) for artist in known if text in artist.name.casefold()]


def _albums(call: ApiCall, text: str) -> list[Json]:
    known = call.state.catalogue.albums.values()
    return [call.serializer.album_link(album) for album in known if text in album.name.casefold()]


def _shows(call: ApiCall, text: str) -> list[Json]:
    known = podcasts.of_kind(books=False)
    return [
        shows.show_link(call.serializer, show) for show in known if text in show.name.casefold()
    ]


def _audiobooks(call: ApiCall, text: str) -> list[Json]:
    known = podcasts.of_kind(books=True)
    return [
        shows.audiobook_link(call.serializer, show)
        for show in known
        if text in show.name.casefold()
    ]


def _episodes(call: ApiCall, text: str) -> list[Json]:
    known = [episode for show in podcasts.of_kind(books=False) for episode in show.episodes]
    return [
        shows.episode_link(call.serializer, episode)
        for episode in known
        if text in episode.name.casefold()
    ]


SEARCHES: dict[str, Callable[[ApiCall, str], list[Json]]] = {
    "track": _tracks,
    "artist": _artists,
    "album": _albums,
    "show": _shows,
    "episode": _episodes,
    "audiobook": _audiobooks,
    "playlist": playlists.search,
}
