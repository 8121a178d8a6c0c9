"""Rows that are no plays, and one of which only the id is left."""

from typing import Any

from bench.harness.history_export import NO_TRACK, row


def nameless(ts: str) -> dict[str, Any]:
    """A play of which Spotify lost the names."""
    return row(ts=ts) | NO_TRACK | {"spotify_track_uri": "spotify:track:NamesOfThisAreLost"}


def broken(year: int, number: int) -> list[Any]:
    """One fault a row, more of them in later files."""
    ts = f"{year}-05-{number + 1:02}T10:00:00Z"
    return [
        row(ts="yesterday"),
        row(ts=None),
        row(ts="0001-01-01T00:00:00+14:00"),
        row(ts="9999-12-31T23:59:59-14:00"),
        row(ts="1999-05-05T10:00:00Z"),
        row(ts=ts, ms_played=-1),
        row(ts=ts, ms_played=None),
        row(ts=ts, ms_played=1.5),
        row(ts=ts, ms_played=True),
        row(ts=ts, ms_played=8 * 86_400_000),
        row(ts=ts, **NO_TRACK),
        "a word",
        None,
        [row(ts=ts)],
        {"ts": {"of": [ts]}, "ms_played": 1},
    ][: 3 + 2 * number]
