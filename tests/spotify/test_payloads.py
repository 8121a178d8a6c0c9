"""Every odd shape that Spotify is known to send."""

from datetime import UTC, datetime
from typing import Any

import pytest

from spotifyweb.spotify import payloads

IMAGES = [
    {"url": "https://i.scdn.co/image/640", "width": 640, "height": 640},
    {"url": "https://i.scdn.co/image/300", "width": 300, "height": 300},
    {"url": "https://i.scdn.co/image/64", "width": 64, "height": 64},
]
ALBUM = {"id": "AL", "name": "Salt Maps", "images": IMAGES, "release_date": "2025-01-02"}
TRACK: dict[str, Any] = {
    "id": "T1",
    "name": "Harbour",
    "type": "track",
    "duration_ms": 211_333,
    "artists": [{"id": "AR", "name": "Pale Coast"}, {"id": "B", "name": "Guest"}],
    "album": ALBUM,
    "external_ids": {"isrc": "GXF972482646"},
    "is_local": False,
}
LOCAL: dict[str, Any] = {
    "id": None,
    "name": "Demo tape",
    "type": "track",
    "is_local": True,
    "duration_ms": 180_000,
    "artists": [{"id": None, "name": "Us", "uri": None}],
    "album": {"id": None, "name": "", "images": [], "release_date": None},
    "external_ids": {},
    "uri": "spotify:local:Us::Demo+tape:180",
}
EPISODE = {
    "id": "E1",
    "name": "Part one",
    "type": "episode",
    "duration_ms": 3_600_000,
    "release_date": "2026-02-01",
    "images": IMAGES,
    "show": {"id": "S1", "name": "Night Radio"},
}
CHAPTER = {**EPISODE, "id": "C1", "release_date": "0000"}


def played(item: Any, **more: Any) -> dict[str, Any]:
    row = {"track": item, "played_at": "2026-02-25T20:15:20.497Z", "context": None, **more}
    return {"items": [row], "next": None, "cursors": None}


def test_a_play() -> None:
    context = {"type": "album", "uri": "spotify:album:AL"}

    page = payloads.recent_plays(played(TRACK, context=context), user_id="alice")

    play = page.events[0]
    assert play.played_at == datetime(2026, 2, 25, 20, 15, 20, 497_000, tzinfo=UTC)
    assert (play.track_id, play.artist_name, play.album_id) == ("T1", "Pale Coast", "AL")
    assert (play.context, play.isrc) == ("spotify:album:AL", "GXF972482646")
    assert (play.source, play.content_type) == ("recently_played", "track")
    assert play.ms_played is None


def test_a_play_without_a_fraction_of_a_second() -> None:
    page = payloads.recent_plays(played(TRACK, played_at="2026-02-25T20:15:20Z"), user_id="alice")

    assert page.events[0].played_at.microsecond == 0


def test_the_catalogue_learns_from_it_for_free() -> None:
    page = payloads.recent_plays(played(TRACK), user_id="alice")

    assert page.tracks == [
        payloads.TrackDetails(
            track_id="T1",
            track_name="Harbour",
            artist_id="AR",
            artist_name="Pale Coast",
            album_id="AL",
            album_name="Salt Maps",
            duration_ms=211_333,
            isrc="GXF972482646",
            image_url="https://i.scdn.co/image/300",
            release_date="2025-01-02",
        )
    ]


def test_legacy_extras_and_upper_case_types_change_nothing() -> None:
    album = {**ALBUM, "album_type": "SINGLE", "available_markets": ["SE"], "label": "x"}
    legacy = {**TRACK, "album": album, "type": "TRACK", "popularity": 3, "linked_from": {"id": "X"}}

    old = payloads.recent_plays(played(legacy), user_id="alice")
    new = payloads.recent_plays(played(TRACK), user_id="alice")

    assert (old.events, old.tracks) == (new.events, new.tracks)


def test_a_local_file_is_a_play_by_its_names_and_no_catalogue_entry() -> None:
    page = payloads.recent_plays(played(LOCAL), user_id="alice")

    assert page.events[0].track_id is None
    assert page.events[0].track_name == "Demo tape"
    assert page.tracks == []


def test_a_bare_track_of_a_taken_down_album() -> None:
    bare: dict[str, Any] = {"id": "T2", "name": "", "album": None, "artists": [], "duration_ms": 0}

    page = payloads.recent_plays(played(bare), user_id="alice")

    assert page.events[0].duration_ms is None
    assert page.events[0].artist_name is None
    assert page.tracks[0].image_url == ""


@pytest.mark.parametrize(
    "broken",
    [
        {"track": None, "played_at": "2026-02-25T20:15:20Z"},
        {"track": {}, "played_at": "2026-02-25T20:15:20Z"},
        {"track": TRACK},
        {"track": TRACK, "played_at": "yesterday"},
        {"track": TRACK, "played_at": None},
        None,
        "text",
    ],
)
def test_what_is_no_play_is_set_aside_with_its_reason(broken: Any) -> None:
    body = played(TRACK)
    body["items"].append(broken)

    page = payloads.recent_plays(body, user_id="alice")

    assert len(page.events) == 1
    assert len(page.invalid) == 1
    assert page.invalid[0][0]


@pytest.mark.parametrize("body", [{}, {"items": None}, {"error": "x"}])
def test_a_body_that_is_no_page_is_an_error(body: dict[str, Any]) -> None:
    with pytest.raises(payloads.PayloadError):
        payloads.recent_plays(body, user_id="alice")


def test_an_empty_page() -> None:
    body: dict[str, Any] = {"items": [], "next": None, "cursors": None, "limit": 50}

    assert payloads.recent_plays(body, user_id="alice").events == []


@pytest.mark.parametrize("name", ["track", "item"])
def test_a_like_under_the_old_name_and_the_new(name: str) -> None:
    body = {"items": [{"added_at": "2026-02-23T13:28:26Z", name: TRACK}]}

    like = payloads.saved_tracks(body, user_id="alice").events[0]

    assert like.played_at == datetime(2026, 2, 23, 13, 28, 26, tzinfo=UTC)
    assert like.source == "saved_tracks"


def test_a_track_plays_on_a_device() -> None:
    state = payloads.player(
        {
            "currently_playing_type": "track",
            "item": TRACK,
            "is_playing": True,
            "progress_ms": 5000,
            "device": {"id": None, "type": "Speaker", "name": "Kitchen", "is_restricted": True},
            "context": {"uri": "spotify:user:ann:collection", "type": "collection"},
        }
    )

    assert state is not None and state.item is not None
    assert (state.key, state.device_type, state.device_name) == ("T1", "Speaker", "Kitchen")
    assert (state.progress_ms, state.is_playing, state.is_private) == (5000, True, False)
    assert state.track is not None


def test_currently_playing_has_no_device_and_may_lack_progress() -> None:
    state = payloads.player(
        {"currently_playing_type": "track", "item": TRACK, "is_playing": True, "progress_ms": None}
    )

    assert state is not None
    assert (state.device_type, state.progress_ms) == (None, None)


@pytest.mark.parametrize("kind", ["ad", "unknown", "episode"])
def test_a_player_without_an_item(kind: str) -> None:
    state = payloads.player({"currently_playing_type": kind, "item": None, "is_playing": True})

    assert state is not None
    assert (state.kind, state.item, state.key) == (kind, None, None)


def test_nothing_plays() -> None:
    assert payloads.player(None) is None


@pytest.mark.parametrize(("item", "kind"), [(EPISODE, "episode"), (CHAPTER, "chapter")])
def test_episodes_and_chapters(item: dict[str, Any], kind: str) -> None:
    state = payloads.player({"currently_playing_type": "episode", "item": item})

    assert state is not None and state.item is not None
    assert state.item["content_type"] == kind
    assert (state.item["artist_name"], state.item["album_id"]) == ("Night Radio", "S1")
    assert state.track is None
    assert state.image_url.endswith("300")


def test_a_local_file_is_told_apart_by_its_names() -> None:
    state = payloads.player({"currently_playing_type": "track", "item": LOCAL})

    assert state is not None
    assert state.key == "Us\x1fDemo tape"


def test_a_private_session_says_so() -> None:
    state = payloads.player({"item": TRACK, "device": {"is_private_session": True}})

    assert state is not None and state.is_private


def test_a_profile_of_development_mode() -> None:
    me: dict[str, Any] = {"account_id": "aB3", "id": "ann", "display_name": None, "images": []}

    assert payloads.profile(me) == payloads.Profile(
        user_id="aB3", spotify_id="ann", display_name="ann", image_url=""
    )


def test_an_older_profile_is_known_by_its_id() -> None:
    me = {"id": "ann", "display_name": "Ann", "images": [{"url": "u", "width": None}], "email": "x"}

    assert payloads.profile(me).user_id == "ann"
    assert payloads.profile(me).image_url == "u"


def test_nobody_is_logged_in_by_a_profile_without_an_id() -> None:
    with pytest.raises(payloads.PayloadError):
        payloads.profile({"display_name": "Ann"})


def test_an_unknown_release_date_is_unknown() -> None:
    details = payloads.track({**TRACK, "album": {**ALBUM, "release_date": "0000"}})

    assert details is not None and details.release_date == ""


def test_no_text_and_no_number_is_one_that_a_database_refuses() -> None:
    odd = {**TRACK, "name": "Har\0bour \ud800", "duration_ms": 10**12}

    [play] = payloads.recent_plays(played(odd), user_id="alice").events

    assert play.track_name == "Harbour ?"
    assert play.duration_ms is None


def test_a_profile_fits_its_columns() -> None:
    long = {"id": "m", "display_name": "M" * 999, "images": [{"url": "https://i/" + "x" * 999}]}

    profile = payloads.profile(long)

    assert (len(profile.display_name), profile.image_url) == (200, "")
    with pytest.raises(payloads.PayloadError, match="longer than 100"):
        payloads.profile({"id": "m" * 101})
