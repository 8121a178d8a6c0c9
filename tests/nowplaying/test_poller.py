"""Whatever the player does ends up in the log as it was, and no trouble stops the poller."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bench.harness.polled_listener import PolledListener
from bench.harness.sandbox_client import CAFE, MIRA
from nowplaying.models import Playback, StaleUpdate
from spotifyweb import clients
from spotifyweb.accounts import tokens
from tests.nowplaying.conftest import EVENING, logged


@pytest.mark.slow
def test_the_listens_of_an_evening_are_those_of_the_sandboxs_own_record(watch: Any) -> None:
    cafe = watch(CAFE)  # music nearly all the time
    cafe.poll_when_due(EVENING + timedelta(hours=1), watched=True)
    record = cafe.sandbox.record(CAFE, from_ms=int(EVENING.timestamp() * 1000))
    truth = [row for row in record["plays"] if row["kind"] == "track"]
    plays = logged("user_plays")
    assert [row["track_id"] for row in plays] == [row["id"] for row in truth]
    for mine, true in zip(plays, truth, strict=True):
        assert abs(mine["ms_played"] - true["ms_played"]) < 6_000
        assert mine["device_type"] == true["device_type"]


def test_a_skip_is_a_skip_and_the_next_track_a_change(mira: PolledListener) -> None:
    ids = [row["id"] for row in mira.sandbox.control("tracks", limit=2)["tracks"]]
    mira.sandbox.player(MIRA, "play", track_id=ids[0], queue=[ids[1]])
    mira.poll(watched=True)
    mira.sandbox.clock(advance=5)
    mira.sandbox.player(MIRA, "skip")
    mira.sandbox.clock(advance=1)
    mira.poll(watched=True)
    [skip] = logged("user_skips")
    assert (skip["track_id"], skip["ms_played"], skip["source"]) == (ids[0], 5_000, "player")
    changes = logged("user_playback")
    assert [change["track_id"] for change in changes] == ids
    assert changes[1]["detected_at"] > changes[1]["played_at"]


def test_a_passing_silence_in_mid_track_is_one_play_and_one_change(mira: PolledListener) -> None:
    ids = [row["id"] for row in mira.sandbox.control("tracks", limit=2)["tracks"]]
    mira.sandbox.player(MIRA, "play", track_id=ids[0], queue=[ids[1]])
    mira.poll()
    mira.sandbox.clock(advance=40)
    mira.poll()
    mira.sandbox.fault("no_content", endpoint="player", count=2)
    for _ in range(2):
        mira.sandbox.clock(advance=5)
        assert mira.poll().kind == "nothing"
    mira.sandbox.clock(advance=5)
    assert mira.poll().item_key == ids[0]
    mira.sandbox.player(MIRA, "skip")
    mira.sandbox.clock(advance=1)
    assert mira.poll().held is None
    [play] = logged("user_plays")
    assert (play["track_id"], play["ms_played"]) == (ids[0], 55_000)
    assert [change["track_id"] for change in logged("user_playback")] == ids


def test_an_item_paused_through_a_silence_is_reported_as_it_was(mira: PolledListener) -> None:
    mira.sandbox.player(MIRA, "play")
    device = mira.poll().device_name
    mira.sandbox.clock(advance=40)
    mira.poll()
    mira.sandbox.player(MIRA, "stop")
    mira.poll()
    assert logged("user_plays") == []
    mira.sandbox.clock(advance=15 * 60)
    mira.poll()
    [play] = logged("user_plays")
    assert (play["ms_played"], play["device_name"]) == (40_000, device)
    assert play["track_name"]


def test_a_stale_poll_changes_nothing(mira: PolledListener) -> None:
    """Its call to Spotify hung for longer than its lock."""
    ids = [row["id"] for row in mira.sandbox.control("tracks", limit=2)["tracks"]]
    mira.sandbox.player(MIRA, "play", track_id=ids[0], queue=[ids[1]])
    mira.poll()

    def hung() -> dict[str, Any] | None:
        answer = tokens.call_spotify(mira.listener, lambda one: one.player(), now=mira.now())
        mira.sandbox.player(MIRA, "skip")
        mira.sandbox.clock(advance=1)
        mira.poll()
        return answer

    with pytest.raises(StaleUpdate):
        mira.poll(ask=hung)
    assert Playback.objects.get().item_key == ids[1]
    assert [change["track_id"] for change in logged("user_playback")] == ids


@pytest.mark.parametrize("do", ["ad", "episode", "local", "pause", "stop"])
def test_odd_states_are_states_and_not_errors(mira: PolledListener, do: str) -> None:
    mira.sandbox.player(MIRA, "play")
    mira.poll()
    mira.sandbox.clock(advance=10)
    mira.sandbox.player(MIRA, do)
    playback = mira.poll()
    assert playback.trouble == ""
    kinds = {
        "ad": "ad",
        "episode": "episode",
        "local": "track",
        "pause": "track",
        "stop": "nothing",
    }
    assert playback.kind == kinds[do]
    assert playback.is_playing == (do not in {"pause", "stop"})


def test_a_private_session_leaves_no_trace_but_its_name(mira: PolledListener) -> None:
    mira.sandbox.player(MIRA, "play")
    mira.sandbox.player(MIRA, "private", on=True)
    playback = mira.poll()
    assert playback.kind in {"private", "nothing"}
    assert playback.item is None
    assert logged("user_playback") == []


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        ("rate_limited", "blocked"),
        ("quota_exceeded", "blocked"),
        ("server_error", "unreachable"),
        ("reset", "unreachable"),
        ("premium_required", "refused"),
    ],
)
def test_a_problem_is_shown_with_its_time_and_passes(
    mira: PolledListener, fault: str, trouble: str
) -> None:
    mira.sandbox.player(MIRA, "play")
    seen_at = mira.poll().observed_at
    mira.sandbox.clock(advance=30)
    mira.sandbox.fault(fault, endpoint="player", count=1)
    playback = mira.poll()
    assert (playback.trouble, playback.trouble_since) == (trouble, seen_at)
    assert playback.due_at > mira.now()


def test_no_call_is_made_while_spotify_asked_us_to_wait(mira: PolledListener) -> None:
    mira.sandbox.fault("quota_exceeded", endpoint="player", count=1, retry_after=3600)
    mira.poll()
    before = mira.sandbox.control("calls")
    assert mira.poll().trouble == "blocked"
    assert mira.sandbox.control("calls") == before


def test_a_revoked_consent_is_shown_and_the_data_stays(mira: PolledListener) -> None:
    mira.sandbox.player(MIRA, "play")
    mira.poll()
    mira.sandbox.control("consent", account_id=MIRA, how="revoked")
    assert mira.poll().trouble == "needs_login"
    assert Playback.objects.get().item is not None


@pytest.mark.slow
def test_a_typical_day_costs_less_than_an_eighth_of_the_flat_poll(mira: PolledListener) -> None:
    """A quarter of it: of 22 hours of silence, 90 minutes of music and 30 with an open page."""
    mira.sandbox.player(MIRA, "stop")
    looks = mira.poll_when_due(EVENING + timedelta(hours=22) / 4)
    mira.sandbox.player(MIRA, "play")
    looks += mira.poll_when_due(mira.now() + timedelta(minutes=90) / 4)
    looks += mira.poll_when_due(mira.now() + timedelta(minutes=30) / 4, watched=True)
    assert looks < 17_280 / 8 / 4


def player(progress_ms: Any, **more: Any) -> dict[str, Any]:
    """An answer of /me/player about one track of two minutes."""
    track = {"id": "T", "name": "Harbour", "type": "track", "duration_ms": 120_000.0}
    return {"is_playing": True, "progress_ms": progress_ms, "item": {**track, **more}}


def test_a_track_heard_to_its_end_is_a_play_when_all_numbers_are_floats(
    mira: PolledListener,
) -> None:
    for progress_ms in (0.0, 60_000.0, 1.15e5):
        mira.poll(ask=lambda at=progress_ms: player(at))
        mira.sandbox.clock(advance=60 if progress_ms < 1e5 else 6)
    mira.poll(ask=lambda: None)
    mira.sandbox.clock(advance=600)
    mira.poll(ask=lambda: None)

    [play] = logged("user_plays")
    assert (play["duration_ms"], play["reason_end"]) == (120_000, "trackdone")
    assert logged("user_skips") == []


def test_a_value_that_cannot_be_read_is_counted_once_for_an_item(
    mira: PolledListener, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        mira.poll(ask=lambda: player(1, duration_ms={"seconds": 120}))
        mira.sandbox.clock(advance=5)

    assert clients.spotify_quota().invalid_counts(now=timezone.now()) == {"player": 1}
    assert "duration_ms cannot be read: {'seconds': 120}" in caplog.text
