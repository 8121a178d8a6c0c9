"""Every endpoint of the API: its handler, the scopes it needs, and the bucket of its quota."""

import re
from collections.abc import Callable
from functools import partial

from starlette.responses import Response

from spotifyweb.sandbox import faults, responses
from spotifyweb.sandbox.api import base, catalogue, library, player, playlists, shows, top_items
from spotifyweb.sandbox.api.base import ApiCall
from spotifyweb.sandbox.endpoints import Endpoint, SandboxRequest
from spotifyweb.sandbox.state import SandboxState

PLAYING = ("user-read-currently-playing",)
STATE = ("user-read-playback-state",)
CONTROL = ("user-modify-playback-state",)
RECENT = ("user-read-recently-played",)
LIBRARY = ("user-library-read",)
TOP = ("user-top-read",)
FOLLOW = ("user-follow-read",)
PLAYLISTS = ("playlist-read-private",)

Handler = Callable[[ApiCall], Response]


class ApiEndpoint(Endpoint):
    """An endpoint that answers an access token with all of its scopes.

    `devmode` is whether a development-mode app of 2026 may still call it.
    """

    endpoint: Handler

    def __init__(
        self,
        path: str,
        name: str,
        bucket: str,
        handler: Handler,
        scopes: tuple[str, ...] = (),
        *,
        devmode: bool = True,
        method: str = "GET",
    ) -> None:
        super().__init__(f"/v1{path}", name, bucket, handler, method=method)
        self.scopes, self.devmode = scopes, devmode


ENDPOINTS: tuple[ApiEndpoint, ...] = (
    ApiEndpoint("/me", "me", "me", player.current_user),
    ApiEndpoint("/me/player", "player", "player", player.playback, STATE),
    ApiEndpoint(
        "/me/player/currently-playing",
        "currently-playing",
        "player",
        player.currently_playing,
        PLAYING,
    ),
    ApiEndpoint(
        "/me/player/recently-played", "recently-played", "player", player.recently_played, RECENT
    ),
    ApiEndpoint("/me/player/queue", "queue", "player", player.queue, PLAYING + STATE),
    ApiEndpoint(
        "/me/player/queue", "add-to-queue", "player", player.add_to_queue, CONTROL, method="POST"
    ),
    ApiEndpoint("/me/player/devices", "devices", "player", player.devices, STATE),
    ApiEndpoint("/me/tracks", "saved-tracks", "library", library.saved_tracks, LIBRARY),
    ApiEndpoint("/me/library/contains", "contains", "library", library.contains),
    *(
        ApiEndpoint(f"/me/{kind}", "saved-others", "library", library.empty_library, LIBRARY)
        for kind in ("albums", "shows", "episodes", "audiobooks")
    ),
    ApiEndpoint("/me/following", "following", "library", top_items.followed_artists, FOLLOW),
    ApiEndpoint("/me/top/tracks", "top-tracks", "top", top_items.top_tracks, TOP),
    ApiEndpoint("/me/top/artists", "top-artists", "top", top_items.top_artists, TOP),
    ApiEndpoint("/me/playlists", "my-playlists", "playlists", playlists.my_playlists, PLAYLISTS),
    ApiEndpoint("/me/playlists", "create-playlist", "playlists", playlists.create, method="POST"),
    ApiEndpoint(
        "/playlists/{id}/items", "add-items", "playlists", playlists.add_items, method="POST"
    ),
    ApiEndpoint(
        "/playlists/{id}/items", "replace-items", "playlists", playlists.replace_items, method="PUT"
    ),
    ApiEndpoint("/playlists/{id}", "playlist", "playlists", playlists.playlist),
    ApiEndpoint(
        "/playlists/{id}/items", "playlist-items", "playlists", playlists.playlist_items, PLAYLISTS
    ),
    ApiEndpoint(
        "/playlists/{id}/tracks",
        "playlist-tracks",
        "playlists",
        playlists.playlist_items,
        PLAYLISTS,
        devmode=False,
    ),
    ApiEndpoint("/tracks/{id}", "track", "tracks", catalogue.track),
    ApiEndpoint("/albums/{id}", "album", "albums", catalogue.album),
    ApiEndpoint("/albums/{id}/tracks", "album-tracks", "albums", catalogue.album_tracks),
    ApiEndpoint("/artists/{id}", "artist", "artists", catalogue.artist),
    ApiEndpoint("/artists/{id}/albums", "artist-albums", "artist-albums", catalogue.artist_albums),
    ApiEndpoint("/shows/{id}", "show", "shows", shows.show),
    ApiEndpoint("/shows/{id}/episodes", "show-episodes", "shows", shows.show_episodes),
    ApiEndpoint("/episodes/{id}", "episode", "episodes", shows.episode),
    ApiEndpoint("/audiobooks/{id}", "audiobook", "audiobooks", shows.audiobook),
    ApiEndpoint(
        "/audiobooks/{id}/chapters", "audiobook-chapters", "audiobooks", shows.audiobook_chapters
    ),
    ApiEndpoint("/chapters/{id}", "chapter", "audiobooks", shows.chapter),
    ApiEndpoint("/search", "search", "search", catalogue.search),
    *(
        ApiEndpoint(
            f"/{kind}", "several", "several", partial(catalogue.several, kind=kind), devmode=False
        )
        for kind in ("tracks", "albums", "artists")
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

BUCKETS = frozenset(endpoint.bucket for endpoint in ENDPOINTS)
SUBJECTS = frozenset(  # what a fault may be for
    {"*", "unknown", faults.ACCOUNTS, *faults.ACCOUNTS_ENDPOINTS, *BUCKETS}
) | {endpoint.name for endpoint in ENDPOINTS}


def respond(state: SandboxState, request: SandboxRequest, endpoint: ApiEndpoint | None) -> Response:
    """Answer a call of the API; None is a path that has no endpoint.

    Raises ApiError without a good token, off the allow-list and without the scopes.
    """
    grant = base.authenticate(state, request)
    now_ms = state.clock.now_ms()
    if refusal := state.quotas.throttle(grant.client_id, state.rate_limit, now_ms):
        return refusal
    person = base.check_access(state, grant, endpoint.scopes if endpoint else ())
    if refusal := state.quotas.refusal(endpoint.bucket if endpoint else "", now_ms):
        return refusal
    call = ApiCall(
        state=state,
        request=request,
        person=person,
        params=request.path_params,
        scopes=frozenset(grant.scope.split()),
    )
    answer = _answer(call, endpoint)
    return responses.with_floats(answer) if call.player.float_numbers else answer


def _answer(call: ApiCall, endpoint: ApiEndpoint | None) -> Response:
    """Answer 403 for what development mode may no longer call, 404 for what never was."""
    removed = endpoint is None and REMOVED.fullmatch(call.request.path.rstrip("/"))
    if removed or (endpoint and call.state.is_devmode and not endpoint.devmode):
        return faults.error(403, "Forbidden")
    return endpoint.endpoint(call) if endpoint else faults.error(404, "Resource not found")
