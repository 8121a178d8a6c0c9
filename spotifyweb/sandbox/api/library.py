"""The library group of the API: saved tracks, and whether something is saved."""

import re

from starlette.responses import Response

from spotifyweb.sandbox import faults, responses
from spotifyweb.sandbox.api import serializers
from spotifyweb.sandbox.api.base import ApiCall, ApiError

MAX_URIS = 40
URI = re.compile("spotify:(track|album|episode|show|audiobook|artist|user|playlist):[^:,]+")
SCOPES = {  # all other kinds are of the library
    "artist": "user-follow-read",
    "user": "user-follow-read",
    "playlist": "playlist-read-private",
}


def saved_tracks(call: ApiCall) -> Response:
    """List saved tracks, newest first; a like between two pages shifts the next, as at Spotify."""
    limit = call.int_param("limit", 20, least=1, most=50)
    offset = call.int_param("offset", 0, most=1 << 31)
    saved = call.player.library(call.state.clock.now())
    items = [
        {
            "added_at": serializers.moment(like.added_ms, seconds=True),
            "track": call.serializer.track(like.track),
        }
        for like in saved[offset : offset + limit]
    ]
    return responses.as_json(call.page(items, total=len(saved), limit=limit, offset=offset))


def empty_library(call: ApiCall) -> Response:
    """List no albums, shows or episodes: the invented listeners save tracks only."""
    limit = call.int_param("limit", 20, least=1, most=50)
    return responses.as_json(call.page([], total=0, limit=limit, offset=0))


def contains(call: ApiCall) -> Response:
    """List whether each of the uris is saved. Each kind of uri needs its scope."""
    uris = call.request.query.get("uris", "").split(",")
    if len(uris) > MAX_URIS:
        raise ApiError(faults.error(400, "Too many uris"))
    if not all(URI.fullmatch(uri) for uri in uris):
        raise ApiError(faults.error(400, "Invalid uri"))
    if not {SCOPES.get(uri.split(":")[1], "user-library-read") for uri in uris} <= call.scopes:
        raise ApiError(faults.error(403, "Insufficient client scope"))
    saved = {
        f"spotify:track:{like.track.track_id}"
        for like in call.player.library(call.state.clock.now())
    }
    return responses.as_json([uri in saved for uri in uris])
