"""`small_build`: processor time of a build with a dozen new plays over 112,000, as most builds are.

The baseline is a build of the bronze views alone: dbt's own start, the same for any SQL.
"""

import resource
import tempfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.harness.lakehouse import Lakehouse
from bench.transform import NOW, fill

PLAYS, NEW_PLAYS, REPEATS = 112_000, 12, 3
GOAL_SECONDS = 12


def measure() -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="bench-small-build-") as name:
        lakehouse = Lakehouse(folder=Path(name))
        fill(lakehouse, plays=PLAYS)
        _processor_seconds(lakehouse, 0, full_refresh=True)
        start = _processor_seconds(lakehouse, 1, select=["bronze"])
        small = min(_small_build(lakehouse, 2 + number) for number in range(REPEATS))
    yield {
        "bench": "small_build",
        "value": round(small, 2),
        "unit": f"processor seconds, the least of {REPEATS}, {NEW_PLAYS} new plays over {PLAYS:,}",
        "baseline": f"bronze views alone: {start:.2f} s",
        "ratio": round(small / start, 2),
        "goal": GOAL_SECONDS,
        "holds": small <= GOAL_SECONDS,
    }


def _small_build(lakehouse: Lakehouse, number: int) -> float:
    at = NOW + timedelta(minutes=10 * number)
    lakehouse.land("plays", [_play(number, i) for i in range(NEW_PLAYS)], at=at)
    return _processor_seconds(lakehouse, number)


def _play(number: int, position: int) -> dict[str, Any]:
    """Return one of a dozen plays of tracks that the listener has played often."""
    ended_at = NOW + timedelta(minutes=10 * number, seconds=45 * position - 600)
    return {
        "event_id": f"new-{number}-{position}",
        "user_id": "listener-0",
        "event_type": "play",
        "played_at": ended_at,
        "track_id": f"{position:022}",
        "track_name": f"Song {position:022}",
        "artist_name": "Artist 1",
        "album_name": "Album 1",
        "ms_played": 40_000,
        "source": "player",
        "content_type": "track",
    }


def _processor_seconds(
    lakehouse: Lakehouse, number: int, *, full_refresh: bool = False, select: Sequence[str] = ()
) -> float:
    """Return what the process of dbt used, in user and in system mode."""
    before = _of_children()
    lakehouse.build(
        f"build-{number}",
        now=NOW + timedelta(minutes=10 * number + 1),
        full_refresh=full_refresh,
        select=select,
        counts_bronze=full_refresh,  # once a day
    )
    return _of_children() - before


def _of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
