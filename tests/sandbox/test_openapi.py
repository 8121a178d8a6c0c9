"""What the sandbox answers is what Spotify describes, field for field, in both profiles."""

from typing import Any, NamedTuple

import pytest

from bench.harness.sandbox_client import MIRA, Sandbox
from spotifyweb.sandbox import faults
from spotifyweb.sandbox.api import routes
from spotifyweb.sandbox.catalogue import podcasts
from spotifyweb.sandbox.catalogue.music import catalogue
from spotifyweb.sandbox.oauth import SCOPES
from tests.sandbox.description import FILE, Description

pytestmark = pytest.mark.skipif(
    not FILE.exists(), reason=f"Spotify's OpenAPI description is not at {FILE}"
)
NOON = "2026-05-01T12:00:00+00:00"
EVERY_SCOPE = " ".join(SCOPES)
ALBUM = next(one for one in catalogue(1).albums.values() if one.album_type == "album")
SHOW, BOOK = (podcasts.of_kind(books=books)[0] for books in (False, True))
NOW, STATE, RECENT = "me/player/currently-playing", "me/player", "me/player/recently-played"
TYPES = {"additional_types": "track,episode"}
IDS = {
    "tracks": ALBUM.tracks[0].track_id,
    "albums": ALBUM.album_id,
    "artists": ALBUM.artist.artist_id,
    "shows": SHOW.show_id,
    "episodes": SHOW.episodes[0].episode_id,
    "audiobooks": BOOK.show_id,
    "chapters": BOOK.episodes[0].episode_id,
}
SCOPES_DIFFER = {  # endpoint: why the sandbox asks for other scopes than the description
    "me": "they unlock the e-mail address, the country and the product, which are gone",
    "contains": "each kind of uri needs its own, not all of them",
    "show": "user-read-playback-position only unlocks resume_point",
    "show-episodes": "user-read-playback-position only unlocks resume_point",
    "episode": "user-read-playback-position only unlocks resume_point",
    "saved-others": "user-read-playback-position only unlocks resume_point",
    "create-playlist": "the scope for private or for public ones, not both",
    "add-items": "the scope for private or for public ones, not both",
    "replace-items": "the scope for private or for public ones, not both",
}
NO_ERROR_OBJECTS = {  # recorded from the edge, from the gateway and from the accounts host
    "rate_limited_text",
    "unavailable_text",
    "premium_required",
    "not_listed",
    "error_string",
    "custom",
}


class Ask(NamedTuple):
    """A path as described, and what stands for its braces."""

    path: str
    query: dict[str, object] = {}
    filled: str = ""

    @property
    def address(self) -> str:
        _, kind, *_ = self.path.split("/")
        wanted = self.filled or IDS.get(kind, "")
        return self.path.lstrip("/").replace("{id}", wanted).replace("{playlist_id}", wanted)


ASKED = (
    Ask("/me"),
    Ask("/me/player/devices"),
    Ask("/me/player/queue"),
    Ask("/me/player/recently-played", {"limit": 50}),
    Ask("/me/player/recently-played", {"before": 1}),
    Ask("/me/tracks", {"limit": 50}),
    Ask("/me/albums"),
    Ask("/me/shows"),
    Ask("/me/episodes"),
    Ask("/me/audiobooks"),
    Ask("/me/library/contains", {"uris": f"spotify:track:{IDS['tracks']},spotify:show:x"}),
    Ask("/me/following", {"type": "artist", "limit": 4}),
    Ask("/me/following", {"type": "artist", "limit": 50}),
    Ask("/me/top/{type}", {"limit": 50}, "tracks"),
    Ask("/me/top/{type}", {}, "artists"),
    Ask("/me/playlists"),
    Ask("/tracks/{id}"),
    Ask("/tracks/{id}", {"market": "DE"}),
    Ask("/albums/{id}"),
    Ask("/albums/{id}", {"market": "DE"}),
    Ask("/albums/{id}/tracks", {"limit": 3, "offset": 2}),
    Ask("/artists/{id}"),
    Ask("/artists/{id}/albums"),
    Ask("/shows/{id}"),
    Ask("/shows/{id}", {}, BOOK.show_id),
    Ask("/shows/{id}/episodes"),
    Ask("/episodes/{id}"),
    Ask("/episodes/{id}", {}, IDS["chapters"]),
    Ask("/audiobooks/{id}"),
    Ask("/audiobooks/{id}/chapters"),
    Ask("/chapters/{id}"),
    Ask("/search", {"q": "the", "type": "track,artist,album,show,episode,audiobook,playlist"}),
    Ask("/search", {"q": "late", "type": "playlist"}),
)
LEGACY = (
    Ask("/tracks", {"ids": IDS["tracks"]}),
    Ask("/albums", {"ids": IDS["albums"]}),
    Ask("/artists", {"ids": IDS["artists"]}),
)


@pytest.fixture(scope="module")
def descriptions() -> dict[str, Description]:
    return {name: Description(old=name == "legacy") for name in ("devmode2026", "legacy")}


@pytest.fixture(params=["devmode2026", "legacy"])
def profile(request: pytest.FixtureRequest, sandbox: Sandbox) -> str:
    sandbox.control("configure", profile=request.param)
    sandbox.clock(now=NOON, speed=0)
    return str(request.param)


@pytest.fixture
def described(descriptions: dict[str, Description], profile: str) -> Description:
    return descriptions[profile]


@pytest.fixture
def access(sandbox: Sandbox, profile: str) -> str:
    token: str = sandbox.log_in(MIRA, scope=EVERY_SCOPE)["access_token"]
    return token


def playlists(sandbox: Sandbox, access: str, profile: str) -> list[Ask]:
    own = sandbox.get("me/playlists", access).json()["items"][0]["id"]
    old = [Ask("/playlists/{playlist_id}/tracks", {}, own)] if profile == "legacy" else []
    paths = ("/playlists/{playlist_id}", "/playlists/{playlist_id}/items")
    return [Ask(path, {}, own) for path in paths] + old


def ask(sandbox: Sandbox, access: str, asked: Ask) -> Any:
    address = asked.address.replace("{type}", asked.filled)
    answer = sandbox.get(address, access, **asked.query)
    assert answer.status_code == 200, f"{address}: {answer.text}"
    return answer.json()


def test_every_answer_is_as_described(
    sandbox: Sandbox, access: str, profile: str, described: Description
) -> None:
    """All endpoints are asked; nothing is missing, nothing on top, nothing of another type."""
    sandbox.player(MIRA, "play")
    asked = [*ASKED, *playlists(sandbox, access, profile)]
    asked += LEGACY if profile == "legacy" else ()
    wrong = {str(one): described.faults(one.path, 200, ask(sandbox, access, one)) for one in asked}
    old = {one.name for one in routes.ENDPOINTS if not one.devmode and profile != "legacy"}

    wrong |= changed_playlists(sandbox, access, described)

    assert {one: found for one, found in wrong.items() if found} == {}
    names = {one.name for one in routes.ENDPOINTS}
    players = {"player", "currently-playing"}  # in the next test
    players |= {"add-to-queue"}  # described as without content, and answered with a text
    assert names - sandbox.control("calls").keys() == players | old


def changed_playlists(
    sandbox: Sandbox, access: str, described: Description
) -> dict[str, list[str]]:
    """What is wrong with the answers to a new playlist and to its tracks."""
    created = sandbox.post("me/playlists", access, {"name": "New", "public": False})
    path, uri = f"playlists/{created.json()['id']}/items", f"spotify:track:{IDS['tracks']}"
    added = sandbox.post(path, access, {"uris": [uri]})
    replaced = sandbox.put(path, access, {"uris": [uri]})
    items = "/playlists/{playlist_id}/items"
    return {
        "created": described.faults("/me/playlists", 201, created.json(), method="post"),
        "added": described.faults(items, 201, added.json(), method="post"),
        "replaced": described.faults(items, 200, replaced.json(), method="put"),
    }


STATES: dict[str, list[dict[str, Any]]] = {
    "track": [],
    "episode": [{"do": "episode"}],
    "chapter": [{"do": "chapter"}],
    "ad": [{"do": "ad"}],
    "unknown": [{"do": "unknown"}],
    "paused": [{"do": "pause"}],
    "private": [{"do": "private"}],
    "on a restricted device": [{"do": "device", "type": "Restricted"}],
    "without progress": [{"do": "set", "hide_progress": True}],
    "with odd albums": [{"do": "set", "odd_metadata": True}],
    "relinked": [{"do": "set", "relink": True}],
    "from a collection": [{"do": "play", "context": "spotify:user:mira.solberg:collection"}],
}


def test_every_state_of_the_player_is_as_described(
    sandbox: Sandbox, access: str, described: Description
) -> None:
    wrong: dict[str, object] = {}
    for name, orders in STATES.items():
        sandbox.control("reset")
        sandbox.clock(now=NOON, speed=0)
        sandbox.player(MIRA, "play")
        for order in orders:
            sandbox.control("player", account_id=MIRA, **order)
        for path in (STATE, NOW, RECENT, "me/player/queue"):
            for query in ({}, TYPES) if path != RECENT else ({},):
                answer = sandbox.get(path, access, **query)
                if answer.status_code == 200:
                    found = described.faults(f"/{path}", 200, answer.json())
                    wrong |= {(name, path): found} if found else {}

    assert wrong == {}


def test_a_local_file_breaks_the_description_where_it_has_no_ids(
    sandbox: Sandbox, access: str, described: Description
) -> None:
    """As recorded: null for what only Spotify could know. The description has no local files."""
    sandbox.player(MIRA, "local")
    body = sandbox.get(NOW, access).json()
    track = sandbox.get(f"tracks/{IDS['tracks']}", access).json()

    assert described.faults(f"/{NOW}", 200, body)
    assert body["item"].keys() == track.keys()
    assert body["item"]["album"].keys() == track["album"].keys() - {"total_tracks"}


def test_every_error_object_is_as_described(
    sandbox: Sandbox, access: str, described: Description
) -> None:
    for kind in faults.KINDS.keys() - NO_ERROR_OBJECTS:
        sandbox.fault(kind, endpoint="audiobook", count=1)
        answer = sandbox.get(f"audiobooks/{BOOK.show_id}", access)
        if answer.status_code < 400:
            continue
        status = answer.status_code if answer.status_code in (401, 403, 404, 429) else 400
        assert described.faults("/audiobooks/{id}", status, answer.json()) == [], kind


def test_each_endpoint_asks_for_the_scopes_that_are_described(described: Description) -> None:
    for endpoint in routes.ENDPOINTS:
        if endpoint.name in SCOPES_DIFFER:
            continue
        paths = [
            path
            for path in described.document["paths"]
            if endpoint.path_regex.fullmatch(
                "/v1" + path.replace("{type}", endpoint.name.removeprefix("top-"))
            )
        ]
        assert paths, f"{endpoint.name} is not described"
        for path in paths:
            method = "post" if "POST" in (endpoint.methods or ()) else "get"
            needed = described.document["paths"][path][method]["security"][0]["oauth_2_0"]
            assert set(endpoint.scopes) == set(needed), path


def test_the_consent_page_knows_every_scope(described: Description) -> None:
    flow = described.document["components"]["securitySchemes"]["oauth_2_0"]["flows"]
    assert SCOPES.keys() == flow["authorizationCode"]["scopes"].keys()
