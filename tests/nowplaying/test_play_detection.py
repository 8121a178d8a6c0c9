"""What a series of looks at the player says of what was heard."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nowplaying.play_detection import (
    FinishedListen,
    PlayerSnapshot,
    TrackedItem,
    Transition,
    transition,
)
from nowplaying.poll_interval import DEFAULTS

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = 60_000


def look(
    at_ms: int, key: str | None = "song", progress_ms: int | None = 0, **changes: object
) -> PlayerSnapshot:
    fields: dict[str, object] = {
        "observed_at": NOON + timedelta(milliseconds=at_ms),
        "kind": "track" if key else "nothing",
        "key": key,
        "is_playing": key is not None,
        "progress_ms": progress_ms if key else None,
        "duration_ms": 3 * MINUTE if key else None,
    }
    return PlayerSnapshot(**(fields | changes))  # type: ignore[arg-type]


def taken_by(*looks: PlayerSnapshot) -> list[Transition]:
    steps: list[Transition] = []
    for seen in looks:
        before = steps[-1].item if steps else None
        steps.append(transition(before, seen, end_margin=DEFAULTS.end_margin))
    return steps


def heard(*looks: PlayerSnapshot) -> tuple[list[FinishedListen], TrackedItem]:
    steps = taken_by(*looks)
    return [taken.finished for taken in steps if taken.finished], steps[-1].item


def test_a_track_heard_to_its_end_is_complete_and_ends_when_the_next_one_starts() -> None:
    [listen], now = heard(
        look(0), look(2 * MINUTE, progress_ms=2 * MINUTE), look(3 * MINUTE, "next")
    )
    assert listen.reason_end == "trackdone"
    assert listen.heard_ms == 3 * MINUTE
    assert listen.ended_at == NOON + timedelta(minutes=3)
    assert now.started_at == NOON + timedelta(minutes=3)


def test_a_track_left_early_is_heard_for_as_long_as_it_played() -> None:
    [listen], _ = heard(look(0), look(5_000, progress_ms=5_000), look(12_000, "next", 2_000))
    assert (listen.reason_end, listen.heard_ms) == ("fwdbtn", 10_000)
    assert listen.ended_at == NOON + timedelta(seconds=10)


def test_pauses_are_not_heard() -> None:
    looks = [
        look(0),
        look(60_000, progress_ms=20_000, is_playing=False),
        look(600_000, progress_ms=20_000, is_playing=False),
        look(610_000, progress_ms=30_000),
        look(615_000, "next", 0),
    ]
    [listen], _ = heard(*looks)
    assert listen.heard_ms == 35_000


def test_the_same_track_from_its_start_again_is_a_second_listen() -> None:
    [first], now = heard(
        look(0), look(175_000, progress_ms=175_000), look(183_000, progress_ms=3_000)
    )
    assert first.reason_end == "trackdone"
    assert first.heard_ms == 180_000
    assert now.started_at == NOON + timedelta(seconds=180)


def test_a_seek_moves_the_position_and_not_the_time_heard() -> None:
    _, forwards = heard(
        look(0), look(20_000, progress_ms=20_000), look(30_000, progress_ms=120_000)
    )
    _, backwards = heard(
        look(0), look(60_000, progress_ms=60_000), look(65_000, progress_ms=40_000)
    )
    assert (forwards.heard_ms, backwards.heard_ms) == (30_000, 65_000)


def test_back_to_the_start_in_the_middle_is_a_listen_left_early() -> None:
    [left], now = heard(look(0), look(20_000, progress_ms=20_000), look(30_000, progress_ms=5_000))
    assert (left.reason_end, left.heard_ms) == ("fwdbtn", 25_000)
    assert now.heard_ms == 5_000


def test_silence_after_a_pause_ends_the_listen_where_it_paused() -> None:
    looks = [look(0), look(40_000, progress_ms=40_000, is_playing=False), look(900_000, None)]
    [listen], now = heard(*looks)
    assert (listen.reason_end, listen.heard_ms) == ("logout", 40_000)
    assert listen.ended_at == NOON + timedelta(seconds=40)
    assert (now.snapshot.key, now.paused_item) == (None, None)


def test_a_poller_that_was_away_for_an_hour_lets_the_track_end_by_itself() -> None:
    [listen], _ = heard(look(0), look(60 * MINUTE, "other", 30_000))
    assert (listen.reason_end, listen.heard_ms) == ("trackdone", 3 * MINUTE)
    assert listen.ended_at == NOON + timedelta(minutes=3)


def test_an_episode_that_goes_on_where_it_was_left_was_not_heard_before() -> None:
    """Yesterday's forty minutes are not today's."""
    hour = {"kind": "episode", "duration_ms": 60 * MINUTE}
    [_, listen], _ = heard(
        look(0),
        look(20_000, "episode", 40 * MINUTE + 5_000, **hour),
        look(50_000, "episode", 40 * MINUTE + 35_000, **hour),
        look(60_000, "next", 0),
    )
    assert listen.heard_ms <= 60_000 + 2_500
    assert listen.started_at >= NOON - timedelta(seconds=2.5)


SILENT = (
    {"key": None},
    {"key": None, "kind": "unknown", "is_playing": True},  # an answer without an item
    {"is_playing": False, "progress_ms": 100_000},  # a pause that was none
)


@pytest.mark.parametrize("blip", SILENT)
def test_a_track_that_goes_on_after_a_blip_is_one_listen(blip: dict[str, Any]) -> None:
    """Spotify sometimes says that nothing plays while it does."""
    looks = [
        look(0),
        look(90_000, progress_ms=90_000),
        look(100_000, **blip),
        look(110_000, **blip),
        look(150_000, progress_ms=150_000),
        look(180_000, "next", 0),
    ]
    steps = [taken.is_new_item for taken in taken_by(*looks)]
    [listen], _ = heard(*looks)
    assert steps == [True, False, False, False, False, True]
    assert (listen.reason_end, listen.started_at) == ("trackdone", NOON)
    assert 3 * MINUTE - 20_000 <= listen.heard_ms <= 3 * MINUTE


def test_a_track_that_ends_unseen_in_a_silence_was_heard_to_its_end() -> None:
    [listen], _ = heard(
        look(0),
        look(90_000, progress_ms=90_000),
        look(120_000, None),
        look(190_000, "next", 10_000),
    )
    assert (listen.reason_end, listen.heard_ms) == ("trackdone", 3 * MINUTE)
    assert listen.ended_at == NOON + timedelta(minutes=3)


def test_a_silence_that_something_else_ends_early_has_ended_the_listen() -> None:
    [listen], now = heard(
        look(0), look(60_000, progress_ms=60_000), look(70_000, None), look(100_000, "next", 5_000)
    )
    assert (listen.reason_end, listen.heard_ms) == ("logout", 70_000)
    assert listen.ended_at == NOON + timedelta(seconds=70)
    assert now.heard_ms == 5_000


def test_a_silence_that_outlasts_the_track_has_ended_it() -> None:
    looks = [look(0), look(60_000, progress_ms=60_000), look(70_000, None), look(100_000, None)]
    assert heard(*looks)[0] == []
    [listen], now = heard(*looks, look(180_000, None))
    assert (listen.reason_end, listen.heard_ms) == ("logout", 70_000)
    assert now.paused_item is None


def test_from_its_start_again_after_a_silence_is_a_second_listen() -> None:
    [listen], now = heard(
        look(0),
        look(60_000, progress_ms=60_000),
        look(70_000, None),
        look(90_000, progress_ms=4_000),
    )
    assert (listen.heard_ms, now.heard_ms) == (70_000, 4_000)


def test_a_private_session_ends_what_was_held_at_once() -> None:
    listens, now = heard(
        look(0),
        look(60_000, progress_ms=60_000),
        look(70_000, None),
        look(80_000, None, kind="private"),
    )
    assert len(listens) == 1
    assert now.paused_item is None


def test_a_paused_track_ends_when_another_one_begins() -> None:
    looks = [look(0), look(40_000, progress_ms=40_000, is_playing=False), look(140_000, "next", 0)]
    [listen], _ = heard(*looks)
    assert (listen.reason_end, listen.heard_ms) == ("fwdbtn", 40_000)
    assert listen.ended_at == NOON + timedelta(milliseconds=140_000)


def test_a_missing_progress_is_taken_from_the_clock() -> None:
    _, now = heard(look(0), look(30_000, progress_ms=None), look(40_000, progress_ms=40_000))
    assert now.heard_ms == 40_000


def speaker(at_s: int, key: str = "song", **changes: object) -> PlayerSnapshot:
    """Return what Spotify answers of a speaker that reports no position: zero, at any time."""
    return look(at_s * 1000, key, 0, **changes)


def test_a_speaker_that_reports_no_position_is_heard_by_the_clock() -> None:
    evening = [speaker(at, f"song {at // 180}") for at in range(0, 541, 10)]
    listens, _ = heard(*evening)
    assert [(one.reason_end, one.heard_ms) for one in listens] == [("trackdone", 3 * MINUTE)] * 3
    assert listens[-1].ended_at == NOON + timedelta(minutes=9)


def test_a_track_left_early_on_such_a_speaker_is_left_early_and_its_pause_not_heard() -> None:
    [listen], _ = heard(
        *(speaker(at) for at in (0, 10, 20)),
        *(speaker(at, is_playing=False) for at in (30, 600)),
        *(speaker(at) for at in (601, 611)),
        speaker(616, "next"),
    )
    assert (listen.reason_end, listen.heard_ms) == ("fwdbtn", 45_000)


def test_a_position_that_comes_late_corrects_the_clock_and_is_no_restart() -> None:
    waiting = [look(at, progress_ms=progress) for at, progress in ((0, 0), (5_000, 0), (10_000, 0))]
    without = [replace(seen, progress_ms=None) for seen in waiting]
    for loading in (waiting, without):
        listens, now = heard(*loading, look(15_000, progress_ms=3_000), look(20_000, None, 8_000))
        assert listens == []
        assert now.paused_item is not None
        assert now.paused_item.heard_ms == 3_000


@pytest.mark.parametrize("first_s", [0, 5 * 60 * 60])
def test_a_player_that_was_closed_and_is_said_to_go_on_is_not_heard_beyond_the_end(
    first_s: int,
) -> None:
    hours = range(first_s, 6 * 60 * 60, 60)
    [listen], _ = heard(
        *(look(at * 1000, progress_ms=at * 1000) for at in hours), look(6 * 60 * MINUTE, "next")
    )
    assert (listen.reason_end, listen.heard_ms) == ("trackdone", 3 * MINUTE)
    assert listen.started_at == NOON
    assert listen.ended_at == NOON + timedelta(minutes=3)


def test_an_item_that_reappears_beyond_its_end_ends_no_earlier_than_it_was_heard() -> None:
    [listen], _ = heard(
        look(0, None),
        look(10_000, progress_ms=60 * MINUTE),
        look(20_000, progress_ms=60 * MINUTE + 10_000),
        look(30_000, "next"),
    )
    assert listen.started_at + timedelta(milliseconds=listen.heard_ms) <= listen.ended_at


def test_a_clock_set_back_adds_nothing() -> None:
    _, now = heard(look(60_000, progress_ms=60_000), look(0, progress_ms=61_000))
    assert now.heard_ms == 60_000


def test_nothing_after_nothing_is_nothing() -> None:
    listens, now = heard(look(0, None), look(30_000, None))
    assert listens == []
    assert now.heard_ms == 0
