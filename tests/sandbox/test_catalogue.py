"""Look-ups, search, tops and playlists, in development mode and as they were before."""

from collections import defaultdict

import pytest

from bench.harness.sandbox_client import MIRA, THEO, Sandbox
from spotifyweb.sandbox.catalogue.music import catalogue

MUSIC = catalogue(1)
TRACK = next(one for one in MUSIC.tracks.values() if one.album.album_type == "album")
GONE = {"available_markets", "linked_from", "popularity", "label", "album_group", "followers"}


@pytest.fixture
def access(sandbox: Sandbox) -> str:
    token: str = sandbox.log_in(MIRA)["access_token"]
    return token


def test_a_track_keeps_its_isrc_and_its_links_lead_here(sandbox: Sandbox, access: str) -> None:
    found = sandbox.get(f"tracks/{TRACK.track_id}", access).json()

    assert found["external_ids"] == {"isrc": TRACK.isrc}
    assert found["href"] == f"{sandbox.api_url}tracks/{TRACK.track_id}"
    assert found["preview_url"] is None
    assert [image["width"] for image in found["album"]["images"]] == [640, 300, 64]
    assert not GONE & (found.keys() | found["album"].keys())


def test_an_album_lists_tracks_without_isrc(sandbox: Sandbox, access: str) -> None:
    album_id = TRACK.album.album_id
    album = sandbox.get(f"albums/{album_id}", access).json()
    tracks = sandbox.get(f"albums/{album_id}/tracks/", access, limit=3).json()

    assert album["genres"] == []
    assert album["tracks"]["total"] == tracks["total"] == album["total_tracks"]
    assert len(tracks["items"]) == 3
    assert "external_ids" not in tracks["items"][0]
    following = sandbox.get(tracks["next"].removeprefix(sandbox.api_url), access).json()
    assert following["offset"] == 3


def test_an_artist_has_neither_genres_nor_followers_now(sandbox: Sandbox, access: str) -> None:
    artist = sandbox.get(f"artists/{TRACK.album.artist.artist_id}", access).json()
    assert set(artist) == {"external_urls", "href", "id", "images", "name", "type", "uri"}
    assert [image["width"] for image in artist["images"]] == [640, 320, 160]
    assert len({image["url"] for image in artist["images"]}) == 3


def test_ten_is_the_most_where_development_mode_says_so(sandbox: Sandbox, access: str) -> None:
    path = f"artists/{TRACK.album.artist.artist_id}/albums"

    assert sandbox.get(path, access, limit=20).json()["error"]["message"] == "Invalid limit"
    assert sandbox.get(path, access).json()["limit"] == 5
    assert sandbox.get("search", access, q="the", type="track", limit=11).status_code == 400


def test_the_legacy_profile_has_the_old_fields_and_limits(sandbox: Sandbox, access: str) -> None:
    sandbox.control("configure", profile="legacy")

    track = sandbox.get(f"tracks/{TRACK.track_id}", access).json()
    artist = sandbox.get(f"artists/{TRACK.album.artist.artist_id}", access).json()
    me = sandbox.get("me", access).json()

    assert {"popularity", "available_markets"} <= track.keys()
    assert {"followers", "genres", "popularity"} <= artist.keys()
    assert {"country", "email", "product", "followers", "explicit_content"} <= me.keys()
    path = f"artists/{TRACK.album.artist.artist_id}/albums"
    assert sandbox.get(path, access, limit=50).json()["items"][0]["album_group"] == "album"
    batch = sandbox.get("tracks/", access, ids=f"{TRACK.track_id},{'x' * 22}").json()
    assert [one and one["id"] for one in batch["tracks"]] == [TRACK.track_id, None]


@pytest.mark.parametrize(
    "path",
    [
        "tracks?ids=a",
        "tracks/?ids=a",
        "artists?ids=a",
        "albums/?ids=a",
        "episodes",
        "audio-features/x",
        "audio-features",
        "recommendations",
        "artists/x/top-tracks",
        "artists/x/related-artists",
        "browse/new-releases",
        "markets",
        "users/somebody",
        "users/somebody/playlists",
        "playlists/x/tracks",
        "me/tracks/contains",
    ],
)
def test_what_was_removed_answers_forbidden(sandbox: Sandbox, access: str, path: str) -> None:
    answer = sandbox.get(path, access)
    assert answer.status_code == 403
    assert answer.json() == {"error": {"status": 403, "message": "Forbidden"}}


def test_wrong_ids_and_wrong_paths(sandbox: Sandbox, access: str) -> None:
    assert sandbox.get("tracks/short", access).json()["error"]["message"] == "Invalid base62 id"
    assert sandbox.get(f"tracks/{'x' * 22}", access).status_code == 404
    assert sandbox.get("me/nonsense/at-all", access).status_code == 404


def test_search_finds_by_name(sandbox: Sandbox, access: str) -> None:
    name = TRACK.album.artist.name
    found = sandbox.get("search", access, q=name, type="artist,track,album").json()

    assert [one["name"] for one in found["artists"]["items"]] == [name]
    assert found["tracks"]["total"] >= len(TRACK.album.tracks)
    assert sandbox.get("search", access, type="track").status_code == 400
    assert sandbox.get("search", access, q="x", type="mood").status_code == 400


def test_saved_tracks_come_in_pages_newest_first(sandbox: Sandbox, access: str) -> None:
    sandbox.clock(now="2026-05-01T12:00:00+00:00", speed=0)
    access = sandbox.log_in()["access_token"]
    first = sandbox.get("me/tracks", access, limit=50).json()
    second = sandbox.get("me/tracks", access, limit=50, offset=50).json()

    added = [item["added_at"] for item in first["items"] + second["items"]]
    assert added == sorted(added, reverse=True)
    assert len(added) == len(set(added)) > 60
    assert first["previous"] is None
    assert second["previous"]
    assert all(len(one) == len("2026-02-23T13:28:26Z") for one in added)

    sandbox.control("like", account_id=MIRA, track_id=TRACK.track_id)
    newest = sandbox.get("me/tracks", access, limit=1).json()
    assert newest["items"][0]["track"]["id"] == TRACK.track_id
    saved = sandbox.get("me/library/contains", access, uris=f"spotify:track:{TRACK.track_id}")
    assert saved.json() == [True]
    sandbox.control("like", account_id=MIRA, track_id=TRACK.track_id, liked=False)
    again = sandbox.get("me/tracks", access, limit=50).json()
    assert again["items"] == first["items"]


def test_tops_and_follows_are_what_was_heard_most(sandbox: Sandbox) -> None:
    sandbox.clock(now="2026-05-01T12:00:00+00:00", speed=0)
    access = sandbox.log_in(scope="user-top-read user-follow-read")["access_token"]

    tracks = sandbox.get("me/top/tracks", access, limit=50, time_range="short_term").json()
    artists = sandbox.get("me/top/artists", access).json()
    followed = sandbox.get("me/following", access, type="artist", limit=4).json()["artists"]

    assert len(tracks["items"]) == 50
    assert len(artists["items"]) == 20
    assert len(followed["items"]) == 4
    assert followed["cursors"]["after"] == followed["items"][-1]["id"]
    assert sandbox.get("me/top/tracks", access, time_range="ever").status_code == 400


def test_playlists_say_items_now_and_open_to_their_owner_only(sandbox: Sandbox) -> None:
    mira, theo = (sandbox.log_in(who)["access_token"] for who in (MIRA, THEO))
    mine = sandbox.get("me/playlists", mira).json()["items"]
    path = f"playlists/{mine[0]['id']}"

    assert "items" in mine[0]
    assert "tracks" not in mine[0]
    assert sandbox.get(f"{path}/items", mira, limit=2).json()["items"][0]["item"]["id"]
    assert sandbox.get(path, theo).status_code == 200
    assert sandbox.get(f"{path}/items", theo).status_code == 403
    sandbox.control("configure", profile="legacy")
    assert sandbox.get(f"{path}/tracks", mira).json()["items"][0]["track"]["id"]


def test_one_recording_comes_under_several_ids() -> None:
    releases = defaultdict(list)
    for one in MUSIC.tracks.values():
        releases[one.isrc].append(one)
    shared = [group for group in releases.values() if len(group) > 1]

    assert len(shared) > 30
    for group in shared:
        assert len({(one.name, one.duration_ms, one.album.artist) for one in group}) == 1
        assert len({one.album for one in group}) == len(group)


def test_albums_are_by_one_artist_by_two_or_by_nobody_on_it(sandbox: Sandbox, access: str) -> None:
    """Whose album it is and who plays on it differ: a compilation, a work of two."""
    shown = {}
    for count, kind in ((1, "compilation"), (2, "album")):
        album = next(
            one
            for one in MUSIC.albums.values()
            if (len(one.credits), one.album_type) == (count, kind)
        )
        shown[kind] = sandbox.get(f"albums/{album.album_id}", access).json()
    various, pair = shown["compilation"], shown["album"]

    assert [one["name"] for one in various["artists"]] == ["Various Artists"]
    assert "Various Artists" not in {
        artist["name"] for track in various["tracks"]["items"] for artist in track["artists"]
    }
    assert len(pair["artists"]) == 2
    assert pair["tracks"]["items"][0]["artists"][:2] == pair["artists"]
    path = various["artists"][0]["href"].removeprefix(sandbox.api_url)
    assert sandbox.get(path, access).json()["name"] == "Various Artists"
    assert sandbox.get(f"{path}/albums", access).json()["total"] > 5


def test_long_albums_come_on_two_discs(sandbox: Sandbox, access: str) -> None:
    album = next(one for one in MUSIC.albums.values() if len(one.tracks) == 13)
    tracks = sandbox.get(f"albums/{album.album_id}/tracks", access).json()["items"]
    places = [(one["disc_number"], one["track_number"]) for one in tracks]
    assert places == [(1, number) for number in range(1, 12)] + [(2, 1), (2, 2)]


def test_where_a_market_applies_tracks_say_whether_they_are_playable(
    sandbox: Sandbox, access: str
) -> None:
    over = next(one for one in MUSIC.tracks.values() if one.restriction)
    plain = sandbox.get(f"tracks/{over.track_id}", access).json()
    there = sandbox.get(f"tracks/{over.track_id}", access, market="DE").json()
    usual = sandbox.get(f"tracks/{TRACK.track_id}", access, market="from_token").json()

    assert not {"is_playable", "restrictions"} & plain.keys()
    assert there["is_playable"] is False
    assert there["restrictions"] == {"reason": over.restriction}
    assert usual["is_playable"] is True
    assert "restrictions" not in usual
    assert "is_playable" in sandbox.get("me/tracks", access).json()["items"][0]["track"]
    refused = sandbox.get(f"tracks/{TRACK.track_id}", access, market="germany")
    assert refused.json()["error"]["message"] == "Invalid market code"


def test_the_catalogue_is_big_varied_and_the_same_for_the_same_seed() -> None:
    assert 2000 < len(MUSIC.tracks) < 10_000
    assert len({one.name for one in MUSIC.artists}) == 300
    assert all(len(one) == 22 for one in MUSIC.tracks)
    assert {one.disc_number for one in MUSIC.tracks.values()} == {1, 2}
    assert all(60_000 < one.duration_ms < 700_000 for one in MUSIC.tracks.values())
    assert catalogue.__wrapped__(1).tracks.keys() == MUSIC.tracks.keys()
    assert not catalogue(2).tracks.keys() & MUSIC.tracks.keys()
