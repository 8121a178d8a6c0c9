"""The player: it moves by itself, it obeys, and it shows every odd state there is."""

import json

import pytest

from bench.harness.sandbox_client import CAFE, MIRA, Sandbox

NOON = "2026-05-01T12:00:00+00:00"
NOW, STATE = "me/player/currently-playing", "me/player"


@pytest.fixture
def access(sandbox: Sandbox) -> str:
    """Mira's token, the clock standing still while she has nothing on."""
    sandbox.clock(now=NOON, speed=0)
    sandbox.player(MIRA, "stop")
    token: str = sandbox.log_in(MIRA)["access_token"]
    return token


def test_silence_is_204_without_a_body(sandbox: Sandbox, access: str) -> None:
    for path in (NOW, STATE):
        answer = sandbox.get(path, access)
        assert (answer.status_code, answer.content) == (204, b"")


def test_a_track_moves_with_the_clock_and_gives_way_to_the_next(
    sandbox: Sandbox, access: str
) -> None:
    first, second = sandbox.control("tracks", limit=2)["tracks"]
    sandbox.player(MIRA, "play", track_id=first["id"], queue=[second["id"]])
    started = sandbox.get(NOW, access).json()
    sandbox.clock(advance=10)
    later = sandbox.get(NOW, access).json()

    assert set(started) == {
        "timestamp",
        "context",
        "progress_ms",
        "item",
        "currently_playing_type",
        "actions",
        "is_playing",
    }
    assert later["progress_ms"] == started["progress_ms"] + 10_000
    assert later["timestamp"] == started["timestamp"], "it is of the last change, not of the answer"
    assert sandbox.get("me/player/queue", access).json()["queue"][0]["id"] == second["id"]

    sandbox.clock(advance=first["duration_ms"] / 1000)
    assert sandbox.get(NOW, access).json()["item"]["id"] == second["id"]
    assert sandbox.record(MIRA)["plays"][-1]["id"] == first["id"]


def test_a_pause_keeps_the_place(sandbox: Sandbox, access: str) -> None:
    sandbox.player(MIRA, "play")
    sandbox.clock(advance=40)
    sandbox.player(MIRA, "pause")
    sandbox.clock(advance=3000)

    paused = sandbox.get(NOW, access).json()
    sandbox.player(MIRA, "resume")
    sandbox.clock(advance=5)
    resumed = sandbox.get(NOW, access).json()

    assert (paused["is_playing"], paused["progress_ms"]) == (False, 40_000)
    assert (resumed["is_playing"], resumed["progress_ms"]) == (True, 45_000)
    assert paused["actions"]["disallows"] == {"pausing": True}


def test_repeat_one_starts_the_same_track_again(sandbox: Sandbox, access: str) -> None:
    track = sandbox.control("tracks", limit=1)["tracks"][0]
    sandbox.player(MIRA, "play", track_id=track["id"])
    sandbox.player(MIRA, "repeat", mode="track")
    sandbox.clock(advance=2.5 * track["duration_ms"] / 1000)

    state = sandbox.get(STATE, access).json()

    assert state["repeat_state"] == "track"
    assert state["item"]["id"] == track["id"]
    assert [one["id"] for one in sandbox.record(MIRA)["plays"][-2:]] == [track["id"]] * 2


def test_a_skip_is_recorded_with_what_was_heard(sandbox: Sandbox, access: str) -> None:
    sandbox.player(MIRA, "play")
    sandbox.clock(advance=7)
    sandbox.player(MIRA, "skip")
    sandbox.clock(advance=60)
    sandbox.player(MIRA, "skip")

    record = sandbox.record(MIRA)

    assert (record["skips"][-1]["ms_played"], record["skips"][-1]["reason_end"]) == (7000, "fwdbtn")
    assert (record["plays"][-1]["ms_played"], record["plays"][-1]["reason_end"]) == (
        60_000,
        "fwdbtn",
    )
    assert record["now"]["progress_ms"] == 0


def test_a_device_is_shown_and_a_restricted_one_has_no_id(sandbox: Sandbox, access: str) -> None:
    sandbox.player(MIRA, "play")
    usual = sandbox.get(STATE, access).json()["device"]
    sandbox.player(MIRA, "device", type="Restricted", name="Bookshelf")
    odd = sandbox.get(STATE, access).json()["device"]

    assert usual["id"]
    assert usual["type"] == "Smartphone"
    assert (odd["id"], odd["is_restricted"], odd["volume_percent"]) == (None, True, None)
    names = [one["name"] for one in sandbox.get("me/player/devices", access).json()["devices"]]
    assert names == ["Pocket phone", "Desk laptop", "Kitchen speaker", "Bookshelf"]


def test_an_ad_has_no_item_and_its_progress_runs(sandbox: Sandbox, access: str) -> None:
    sandbox.player(MIRA, "ad")
    sandbox.clock(advance=3)

    state = sandbox.get(NOW, access).json()

    assert (state["currently_playing_type"], state["item"], state["progress_ms"]) == (
        "ad",
        None,
        3000,
    )
    sandbox.clock(advance=30)
    assert sandbox.get(NOW, access).json()["currently_playing_type"] == "track"


def test_the_unknown_is_called_so(sandbox: Sandbox, access: str) -> None:
    sandbox.player(MIRA, "unknown")
    state = sandbox.get(NOW, access).json()
    assert (state["currently_playing_type"], state["item"]) == ("unknown", None)


@pytest.mark.parametrize(("what", "released"), [("episode", "2025-09-09"), ("chapter", "0000")])
def test_an_episode_is_null_unless_it_is_asked_for(
    sandbox: Sandbox, access: str, what: str, released: str
) -> None:
    sandbox.player(MIRA, what)

    unasked = sandbox.get(NOW, access).json()
    asked = sandbox.get(NOW, access, additional_types="track,episode").json()

    assert (unasked["currently_playing_type"], unasked["item"]) == ("episode", None)
    assert asked["context"]["type"] == "show"
    assert asked["item"]["show"]["name"]
    assert asked["item"]["release_date"] == released
    assert "artists" not in asked["item"]


def test_a_local_file_has_names_and_no_ids(sandbox: Sandbox, access: str) -> None:
    sandbox.player(MIRA, "local")

    item = sandbox.get(NOW, access).json()["item"]

    assert item["is_local"] is True
    assert item["id"] is item["href"] is item["album"]["id"] is item["artists"][0]["id"] is None
    assert item["external_ids"] == {}
    assert item["uri"] == "spotify:local:Vandermolen::Rehearsal+tape:180"


def test_progress_may_be_unknown_while_music_plays(sandbox: Sandbox, access: str) -> None:
    sandbox.player(MIRA, "play")
    sandbox.player(MIRA, "set", hide_progress=True)
    state = sandbox.get(NOW, access).json()
    assert (state["progress_ms"], state["is_playing"]) == (None, True)


def test_whole_numbers_may_come_as_floats(sandbox: Sandbox, access: str) -> None:
    """As they did from January to March 2024: 204053.0, everywhere."""
    sandbox.player(MIRA, "play")
    sandbox.player(MIRA, "set", float_numbers=True)
    text = sandbox.get(NOW, access).text
    state = json.loads(text)

    numbers = [state["progress_ms"], state["timestamp"], state["item"]["duration_ms"]]
    numbers += [image["width"] for image in state["item"]["album"]["images"]]
    assert all(isinstance(one, float) and one.is_integer() for one in numbers)
    assert f'"duration_ms": {int(state["item"]["duration_ms"])}.0' in text
    assert state["is_playing"] is True
    recent = sandbox.get("me/player/recently-played", access).json()
    assert isinstance(recent["items"][0]["track"]["duration_ms"], float)


def test_a_local_file_may_have_its_length_one_level_deeper(sandbox: Sandbox, access: str) -> None:
    sandbox.player(MIRA, "local")
    sandbox.player(MIRA, "set", nested_duration=True)
    item = sandbox.get(NOW, access).json()["item"]
    assert item["duration_ms"] == {"totalMilliseconds": 180_000}


def test_the_type_of_what_plays_may_be_missing(sandbox: Sandbox, access: str) -> None:
    sandbox.player(MIRA, "play")
    sandbox.player(MIRA, "set", untyped=True)
    for path in (NOW, STATE):
        state = sandbox.get(path, access).json()
        assert "currently_playing_type" not in state
        assert state["item"]["name"]


def test_a_private_session_hides_the_track_and_leaves_no_trace(
    sandbox: Sandbox, access: str
) -> None:
    track = sandbox.control("tracks", limit=1)["tracks"][0]
    sandbox.player(MIRA, "private")
    sandbox.player(MIRA, "play", track_id=track["id"])

    assert sandbox.get(NOW, access).status_code == 204
    assert sandbox.get(STATE, access).json()["device"]["is_private_session"] is True

    sandbox.clock(advance=track["duration_ms"] / 1000 + 1)
    listed = sandbox.get("me/player/recently-played", access, limit=1).json()["items"]
    assert listed[0]["track"]["id"] != track["id"]
    assert sandbox.record(MIRA)["plays"][-1]["private"] is True


def test_the_cafe_never_falls_silent_and_listens_to_the_hand(sandbox: Sandbox) -> None:
    sandbox.clock(now=NOON, speed=0)
    seen = set()
    for _ in range(20):
        sandbox.clock(advance=194)
        seen.add(sandbox.record(CAFE)["now"]["item"]["id"])
    assert len(seen) > 10

    before = sandbox.record(CAFE)["now"]["item"]["id"]
    sandbox.player(CAFE, "skip")
    record = sandbox.record(CAFE)
    assert record["now"]["item"]["id"] != before
    assert before in [one["id"] for one in record["plays"][-1:] + record["skips"][-1:]]

    sandbox.player(CAFE, "auto")
    sandbox.clock(advance=900)
    assert sandbox.record(CAFE)["now"]["is_playing"]


def test_the_clock_runs_as_fast_as_it_is_told(sandbox: Sandbox) -> None:
    sandbox.clock(now=NOON, speed=3600)
    assert sandbox.clock()["now"] >= NOON
    assert sandbox.clock(now=NOON, speed=0)["now"] == sandbox.clock()["now"] == NOON
    with pytest.raises(AssertionError, match="time zone"):
        sandbox.clock(now="2026-05-01T12:00:00")
