"""Every address of the API: who answers, with which scope, out of which quota bucket."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from spotifyweb.sandbox import faults, library, listening
from spotifyweb.sandbox.api import Call
from spotifyweb.sandbox.web import Request, Response
from spotifyweb.sandbox.world import World

PLAYING = ("user-read-currently-playing", "user-read-playback-state")
STATE = ("user-read-playback-state",)
RECENT = ("user-read-recently-played",)
LIBRARY = ("user-library-read",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    name: str
    bucket: str
    pattern: re.Pattern[str]
    scopes: tuple[str, ...]  # any one of them opens it
    answer: Callable[[Call], Response]


def _endpoint(
    path: str,
    name: str,
    bucket: str,
    answer: Callable[[Call], Response],
    scopes: tuple[str, ...] = (),
) -> Endpoint:
    pattern = re.compile("/v1" + path.replace("{id}", "(?P<id>[^/]+)"))
    return Endpoint(name=name, bucket=bucket, pattern=pattern, scopes=scopes, answer=answer)


ENDPOINTS: tuple[Endpoint, ...] = (
    _endpoint("/me", "me", "me", listening.me),
    _endpoint("/me/player", "player", "player", listening.playback, STATE),
    _endpoint(
        "/me/player/currently-playing",
        "currently-playing",
        "player",
        listening.currently_playing,
        PLAYING,
    ),
    _endpoint(
        "/me/player/recently-played", "recently-played", "player", listening.recently_played, RECENT
    ),
    _endpoint("/me/player/queue", "queue", "player", listening.queue, PLAYING),
    _endpoint("/me/player/devices", "devices", "player", listening.devices, STATE),
    _endpoint("/me/tracks", "saved-tracks", "library", library.saved_tracks, LIBRARY),
)


REMOVED = re.compile(
    "/v1/("
    "(tracks|artists|albums|episodes|shows|audiobooks|chapters)"
    "|artists/[^/]+/(top-tracks|related-artists)"
    "|(audio-features|audio-analysis|recommendations|browse)(/.*)?"
    "|markets|users/[^/]+(/playlists)?|playlists/[^/]+/(tracks|followers.*)|me/[a-z]+/contains"
    ")"
)


def find(request: Request) -> tuple[Endpoint, dict[str, str]] | None:
    """The endpoint of that path and what the path carries; None for an unknown path."""
    path = request.path.rstrip("/")
    for endpoint in ENDPOINTS if request.method == "GET" else ():
        if match := endpoint.pattern.fullmatch(path):
            return endpoint, match.groupdict()
    return None


def unknown(world: World, request: Request) -> Response:
    """Removed endpoints answer 403 to a development-mode app; what never was, 404."""
    if world.is_devmode and REMOVED.fullmatch(request.path.rstrip("/")):
        return faults.error(403, "Forbidden")
    return faults.error(404, "Resource not found")
