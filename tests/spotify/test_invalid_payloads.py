"""Values that are not what Spotify documents: what is certain is read, the rest is counted."""

from typing import Any

import pytest

from spotifyweb.spotify import payloads
from tests.spotify.test_payloads import ALBUM, EPISODE, IMAGES, LOCAL, TRACK, played

FLOATS: dict[str, Any] = {  # as all numbers came from January to March 2024
    **TRACK,
    "duration_ms": 204_053.0,
    "disc_number": 1.0,
    "album": {**ALBUM, "images": [{**one, "width": float(str(one["width"]))} for one in IMAGES]},
}


def test_numbers_that_come_as_floats_are_read_as_what_they_are() -> None:
    page = payloads.recent_plays(played(FLOATS), user_id="alice")
    state = payloads.player(
        {"currently_playing_type": "track", "item": FLOATS, "progress_ms": 1.2e4}
    )

    assert (page.events[0].duration_ms, page.partial) == (204_053, {})
    assert page.tracks[0].image_url == "https://i.scdn.co/image/300"
    assert state is not None and state.progress_ms == 12_000
    assert state.image_url == "https://i.scdn.co/image/300"


def test_the_length_of_a_local_file_in_an_object_of_its_own() -> None:
    local = {**LOCAL, "duration_ms": {"totalMilliseconds": 188_000}}

    page = payloads.recent_plays(played(local), user_id="alice")

    assert (page.events[0].duration_ms, page.partial) == (188_000, {})


@pytest.mark.parametrize(
    "length",
    [204_053.4, float("nan"), -1, True, "long", [1], {}, {"totalMilliseconds": "x"}, 10**12],
)
def test_a_length_that_is_not_certain_costs_neither_the_play_nor_the_count(length: Any) -> None:
    page = payloads.recent_plays(played({**TRACK, "duration_ms": length}), user_id="alice")

    [play] = page.events
    assert play.duration_ms is None
    [reason] = page.partial[play.event_id]
    assert reason.startswith("duration_ms cannot be read: ")


def test_nested_values_of_another_kind_are_counted_too() -> None:
    album = {**ALBUM, "name": 7, "images": [{"url": "u", "width": "wide"}]}
    item = {**TRACK, "artists": [{"id": "A", "name": ["B"]}], "album": album}

    page = payloads.recent_plays(played(item), user_id="alice")

    [reasons] = page.partial.values()
    assert reasons == [
        "name cannot be read: 7",
        "width cannot be read: 'wide'",
        "name cannot be read: ['B']",
    ]


@pytest.mark.parametrize("value", [None, 0])
def test_an_unknown_length_is_nothing_odd(value: Any) -> None:
    page = payloads.recent_plays(played({**TRACK, "duration_ms": value}), user_id="alice")

    assert page.events[0].duration_ms is None and page.partial == {}


@pytest.mark.parametrize(
    ("item", "kind"), [(TRACK, "track"), (EPISODE, "episode"), (LOCAL, "track"), (None, "unknown")]
)
@pytest.mark.parametrize("named", [{}, {"currently_playing_type": None}])
def test_a_player_that_does_not_say_what_kind_it_plays(
    item: Any, kind: str, named: dict[str, Any]
) -> None:
    state = payloads.player({"item": item, "is_playing": True, "progress_ms": 1, **named})

    assert state is not None
    assert (state.kind, state.invalid) == (kind, [])


def test_several_album_artists_and_discs_leave_a_track_as_it_is() -> None:
    artists = [{"id": "V", "name": "Various"}, {"id": "W", "name": "Others"}]
    track = {**TRACK, "album": {**ALBUM, "artists": artists}, "disc_number": 3, "track_number": 41}

    rich = payloads.recent_plays(played(track), user_id="alice")
    plain = payloads.recent_plays(played(TRACK), user_id="alice")

    assert (rich.events, rich.tracks, rich.partial) == (plain.events, plain.tracks, {})
