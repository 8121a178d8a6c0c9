"""Often enough to see a skip, and far from the flat poll."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from nowplaying import poll_interval
from nowplaying.play_detection import PlayerSnapshot, TrackedItem
from nowplaying.poll_interval import DEFAULTS, PollIntervals

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TRACK_SECONDS = 210
DAY_SECONDS, MUSIC_SECONDS = 24 * 3600, 3 * 3600
FLAT = DAY_SECONDS // 5


def listening(
    *, is_playing: bool = True, progress_ms: int | None = 0, held: TrackedItem | None = None
) -> TrackedItem:
    look = PlayerSnapshot(
        observed_at=NOON,
        kind="track",
        key="song",
        is_playing=is_playing,
        progress_ms=progress_ms,
        duration_ms=TRACK_SECONDS * 1000,
    )
    return TrackedItem(snapshot=look, started_at=NOON, heard_ms=0, paused_item=held)


def wait(
    now: TrackedItem,
    *,
    watched: bool = False,
    quiet_looks: int = 0,
    seen_for: float = 3600,
    intervals: PollIntervals = DEFAULTS,
) -> float:
    seen_at = NOON - timedelta(seconds=seen_for)
    moment = poll_interval.next_due(
        now, watched=watched, quiet_looks=quiet_looks, seen_at=seen_at, intervals=intervals
    )
    return (moment - NOON).total_seconds()


def test_a_new_track_is_polled_every_five_seconds_and_then_every_ten() -> None:
    assert [wait(listening(), seen_for=n) for n in (0, 5, 15, 19.9)] == [5, 5, 5, 5]
    assert [wait(listening(), seen_for=n) for n in (20, 60, 3600)] == [10, 10, 10]


def test_watched_music_is_polled_every_five_seconds() -> None:
    assert wait(listening(), watched=True) == 5


def test_a_poll_is_due_when_the_track_should_end() -> None:
    assert 2 < wait(listening(progress_ms=208_000)) < 3


def test_a_track_that_stands_at_its_end_is_polled_ever_less_often() -> None:
    ended = listening(progress_ms=TRACK_SECONDS * 1000)
    waits = [wait(ended, watched=True, quiet_looks=n) for n in range(5)]
    assert waits == sorted(waits)
    assert waits[0] < 1
    assert waits[-1] == 5


def test_silence_is_polled_every_ninety_seconds_unless_somebody_waits() -> None:
    silent = listening(is_playing=False)
    assert [wait(silent, quiet_looks=n) for n in (1, 10, 100)] == [90, 90, 90]
    assert wait(silent, watched=True, quiet_looks=100) == 10


def test_a_silence_in_mid_track_is_polled_once_more_first() -> None:
    silent = listening(is_playing=False, held=listening(progress_ms=60_000))
    assert [wait(silent, quiet_looks=n) for n in (1, 2, 3)] == [10, 90, 90]


def test_a_share_that_runs_low_stretches_every_wait_while_music_plays() -> None:
    sparing = DEFAULTS.sparing()
    assert wait(listening(), seen_for=0, intervals=sparing) == 30
    assert wait(listening(), watched=True, intervals=sparing) == 30
    # The end is seen all the same.
    assert wait(listening(progress_ms=200_000), intervals=sparing) < 11, (
        "the end is seen all the same"
    )
    assert wait(listening(is_playing=False), intervals=sparing) == 90


def looks_on(day_seconds: float, music_seconds: float) -> Iterator[float]:
    """When a player is looked at that plays tracks of 210 s and then stands still."""
    at, seen, track = 0.0, 0.0, -1
    while at < day_seconds:
        yield at
        plays = at < music_seconds
        if plays and int(at // TRACK_SECONDS) != track:
            track, seen = int(at // TRACK_SECONDS), at
        now = listening(is_playing=plays, progress_ms=int(at % TRACK_SECONDS * 1000))
        at += wait(now, seen_for=at - seen)


def test_three_hours_of_music_a_day_cost_an_eighth_of_a_flat_poll() -> None:
    calls = len(list(looks_on(DAY_SECONDS, MUSIC_SECONDS)))
    assert 1_950 < calls < FLAT // 8 == 2_160


def test_trouble_waits_longer_each_time_and_as_long_as_spotify_says() -> None:
    waits = [(poll_interval.retry_at(NOON, times=n) - NOON).total_seconds() for n in range(8)]
    assert waits == [5, 10, 20, 40, 80, 120, 120, 120]
    assert poll_interval.retry_at(NOON, times=0, wait_seconds=3600) == NOON + timedelta(hours=1)
