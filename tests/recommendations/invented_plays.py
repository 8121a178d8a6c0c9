"""Invented listening for the tests of this app: seeded, with sessions, habits and ties."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from recommendations.evaluation import history, sql_models
from recommendations.parameters import Parameters
from spotifyweb.warehouse.scratch import Scratch
from tests.recommendations.reference import Heard

AS_OF = datetime(2026, 3, 1, 12, 0)  # noqa: DTZ001 the scratch tables hold naive UTC
REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "plays_real_2.parquet"


def track_id(number: int) -> str:
    """As Spotify's: 22 letters and digits."""
    return f"{number:022}"


def plays(user_id: str, *, sessions: int, tracks: int = 60) -> list[Heard]:
    """A listener with albums in order, a taste that wanders, and pauses of every length."""
    chance = random.Random(user_id)
    at = datetime(2025, 1, 1)  # noqa: DTZ001 shifted below
    found: list[Heard] = []
    for number in range(sessions):
        at += timedelta(minutes=chance.choice([31, 45, 600, 4000]))
        wandered = number * tracks // sessions
        track = wandered
        for _ in range(chance.randrange(1, 28)):
            drawn = (wandered + chance.randrange(tracks // 3)) % tracks
            track = (track + 1) % tracks if chance.random() < 0.6 else drawn
            started, at = at, at + timedelta(seconds=chance.choice([40, 180, 180, 240]))
            heard, paused = at - started, chance.choice([0] * 30 + [60, 1500, 1800, 20000])
            at += timedelta(seconds=paused)
            artist = f"artist {track // 7}"
            found.append(Heard(user_id, track_id(track), artist, started, at, heard))
            at += timedelta(seconds=chance.choice([0, 1, 1, 600, 1799, 1800]))
    shift = AS_OF - timedelta(minutes=7) - found[-1].played_at
    return [
        replace(play, started_at=play.started_at + shift, played_at=play.played_at + shift)
        for play in found
    ]


def load(scratch: Scratch, heard: list[Heard], skips: list[Heard] | None = None) -> None:
    """Into the table `history`, as the evaluation has it."""
    rows = [(play, True) for play in heard] + [(play, False) for play in skips or []]
    scratch.table(
        "history",
        [
            {
                "user_id": play.user_id,
                "track_id": play.track_id,
                "track_name": f"Song {int(play.track_id)}",
                "artist_name": play.artist_name,
                "album_name": None,
                "started_at": play.started_at,
                "played_at": play.played_at,
                "local_date": play.played_at.date(),
                "ms_played": (play.heard or play.played_at - play.started_at)
                // timedelta(milliseconds=1),
                "is_play": is_play,
                "is_like": False,
            }
            for play, is_play in rows
        ],
    )


def fitted(
    scratch: Scratch,
    heard: list[Heard],
    skips: list[Heard] | None = None,
    members: set[str] | None = None,
) -> None:
    """The recommendation models of all that was heard before AS_OF."""
    load(scratch, heard, skips)
    history.load_sessions(scratch, sorted({play.user_id for play in heard}), members=members)
    history.cut_at(scratch, AS_OF)
    sql_models.build(scratch, as_of=AS_OF, parameters=Parameters())
