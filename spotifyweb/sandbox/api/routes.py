"""Every address of the API: who answers, with which scope, out of which quota bucket."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from spotifyweb.sandbox import faults
from spotifyweb.sandbox.api import catalogue, library, player, playlists, shows, top_items
from spotifyweb.sandbox.api.base import ApiCall
from spotifyweb.sandbox.responses import Request, Response
from spotifyweb.sandbox.state import SandboxState

PLAYING = ("user-read-currently-playing",)
STATE = ("user-read-playback-state",)
RECENT = ("user-read-recently-played",)
LIBRARY = ("user-library-read",)
TOP = ("user-top-read",)
FOLLOW = ("user-follow-read",)
PLAYLISTS = ("playlist-read-private",)

Answer = Callable[[ApiCall], Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    name: str
    bucket: str
    pattern: re.Pattern[str]
    scopes: tuple[str, ...]  # all of them are needed
    answer: Answer
    devmode: bool = True  # whether a development-mode app of 2026 may still call it


def _endpoint(
    path: str,
    name: str,
    bucket: str,
    answer: Answer,
    scopes: tuple[str, ...] = (),
    *,
    devmode: bool = True,
) -> Endpoint:
    pattern = re.compile("/v1" + path.replace("{id}", "(?P<id>[^/]+)"))
    return Endpoint(
        name=name, bucket=bucket, pattern=pattern, scopes=scopes, answer=answer, devmode=devmode
    )


ENDPOINTS: tuple[Endpoint, ...] = (
    _endpoint("/me", "me", "me", player.current_user),
    _endpoint("/me/player", "player", "player", player.playback, STATE),
    _endpoint(
        "/me/player/currently-playing",
        "currently-playing",
        "player",
        player.currently_playing,
        PLAYING,
    ),
    _endpoint(
        "/me/player/recently-played", "recently-played", "player", player.recently_played, RECENT
    ),
    _endpoint("/me/player/queue", "queue", "player", player.queue, PLAYING + STATE),
    _endpoint("/me/player/devices", "devices", "player", player.devices, STATE),
    _endpoint("/me/tracks", "saved-tracks", "library", library.saved_tracks, LIBRARY),
    _endpoint("/me/library/contains", "contains", "library", library.contains),
    _endpoint(
        "/me/(albums|shows|episodes|audiobooks)",
        "saved-others",
        "library",
        library.empty_library,
        LIBRARY,
    ),
    _endpoint("/me/following", "following", "library", top_items.followed_artists, FOLLOW),
    _endpoint("/me/top/tracks", "top-tracks", "top", top_items.top_tracks, TOP),
    _endpoint("/me/top/artists", "top-artists", "top", top_items.top_artists, TOP),
    _endpoint("/me/playlists", "my-playlists", "playlists", playlists.my_playlists, PLAYLISTS),
    _endpoint("/playlists/{id}", "playlist", "playlists", playlists.playlist),
    _endpoint(
        "/playlists/{id}/items", "playlist-items", "playlists", playlists.playlist_items, PLAYLISTS
    ),
    _endpoint(
        "/playlists/{id}/tracks",
        "playlist-tracks",
        "playlists",
        playlists.playlist_items,
        PLAYLISTS,
        devmode=False,
    ),
    _endpoint("/tracks/{id}", "track", "tracks", catalogue.track),
    _endpoint("/albums/{id}", "album", "albums", catalogue.album),
    _endpoint("/albums/{id}/tracks", "album-tracks", "albums", catalogue.album_tracks),
    _endpoint("/artists/{id}", "artist", "artists", catalogue.artist),
    _endpoint("/artists/{id}/albums", "artist-albums", "artist-albums", catalogue.artist_albums),
    _endpoint("/shows/{id}", "show", "shows", shows.show),
    _endpoint("/shows/{id}/episodes", "show-episodes", "shows", shows.show_episodes),
    _endpoint("/episodes/{id}", "episode", "episodes", shows.episode),
    _endpoint("/audiobooks/{id}", "audiobook", "audiobooks", shows.audiobook),
    _endpoint(
        "/audiobooks/{id}/chapters", "audiobook-chapters", "audiobooks", shows.audiobook_chapters
    ),
    _endpoint("/chapters/{id}", "chapter", "audiobooks", shows.chapter),
    _endpoint("/search", "search", "search", catalogue.search),
    _endpoint(
        "/(?P<kind>tracks|albums|artists)", "several", "several", catalogue.several, devmode=False
    ),
)
REMOVED = re.compile(  # by November 2024 or February 2026; see the migration guide
    "/v1/("
    "(episodes|shows|audiobooks|chapters|markets)"
    "|artists/[^/]+/(top-tracks|related-artists)"
    "|(audio-features|audio-analysis|recommendations|browse)(/.*)?"
    "|users/[^/]+(/playlists)?|playlists/[^/]+/followers.*|me/[a-z]+/contains"
    ")"
)

BUCKETS = frozenset(one.bucket for one in ENDPOINTS)
SUBJECTS = frozenset(  # what a fault may be for
    {"*", "unknown", faults.ACCOUNTS, *faults.ACCOUNTS_ENDPOINTS, *BUCKETS}
) | {one.name for one in ENDPOINTS}


def find(request: Request) -> tuple[Endpoint, dict[str, str]] | None:
    """The endpoint of that path and what the path carries; None for an unknown path."""
    path = request.path.rstrip("/")
    for endpoint in ENDPOINTS if request.method == "GET" else ():
        if match := endpoint.pattern.fullmatch(path):
            return endpoint, match.groupdict()
    return None


def answer(state: SandboxState, call: ApiCall, endpoint: Endpoint | None) -> Response:
    """Removed endpoints answer 403 to a development-mode app; what never was, 404."""
    removed = endpoint is None and REMOVED.fullmatch(call.request.path.rstrip("/"))
    if removed or (endpoint and state.is_devmode and not endpoint.devmode):
        return faults.error(403, "Forbidden")
    return endpoint.answer(call) if endpoint else faults.error(404, "Resource not found")
