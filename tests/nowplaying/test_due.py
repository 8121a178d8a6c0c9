"""Often while somebody watches, seldom while nobody would notice, and far from the flat poll."""

from datetime import UTC, datetime, timedelta

from nowplaying import due
from nowplaying.listening import Listening, Look

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def listening(*, is_playing: bool = True, progress_ms: int | None = 0) -> Listening:
    look = Look(
        observed_at=NOON,
        kind="track",
        key="song",
        is_playing=is_playing,
        progress_ms=progress_ms,
        duration_ms=180_000,
    )
    return Listening(look=look, started_at=NOON, heard_ms=0)


def wait(now: Listening, *, watched: bool, quiet_looks: int = 0) -> float:
    moment = due.next_due(now, watched=watched, quiet_looks=quiet_looks)
    return (moment - NOON).total_seconds()


def test_watched_music_is_looked_at_every_five_seconds_and_unwatched_every_thirty() -> None:
    assert wait(listening(), watched=True) == 5
    assert wait(listening(), watched=False) == 30


def test_a_look_is_due_when_the_track_should_end() -> None:
    assert 2 < wait(listening(progress_ms=178_000), watched=False) < 3


def test_a_track_that_stands_at_its_end_is_looked_at_ever_less_often() -> None:
    waits = [wait(listening(progress_ms=180_000), watched=True, quiet_looks=n) for n in range(5)]
    assert waits == sorted(waits)
    assert waits[0] < 1
    assert waits[-1] == 5


def test_silence_is_looked_at_ever_less_often_unless_somebody_waits() -> None:
    silent = listening(is_playing=False)
    assert [wait(silent, watched=False, quiet_looks=n) for n in (0, 10, 100)] == [30, 60, 120]
    assert wait(silent, watched=True, quiet_looks=100) == 10


def test_trouble_waits_longer_each_time_and_as_long_as_spotify_says() -> None:
    waits = [(due.after_trouble(NOON, times=n) - NOON).total_seconds() for n in range(8)]
    assert waits == [5, 10, 20, 40, 80, 120, 120, 120]
    assert due.after_trouble(NOON, times=0, wait_seconds=3600) == NOON + timedelta(hours=1)
