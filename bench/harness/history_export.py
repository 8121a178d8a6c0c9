"""Invented exports in the exact shape of Spotify's.

A generated row knows its outcome, because the case is chosen first and the row is made to fit:
expectations do not come from the code that they test.
"""

import random
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

FOLDER = "Spotify Extended Streaming History"
ROWS_PER_FILE = 15_900
COARSE_PLATFORMS_FROM = "2023-10-19"
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
OLD_PLATFORMS = (
    "Android OS 4.2.2 API 17 (samsung, GT-I9195)",
    "iOS 13.4 (iPhone11,8)",
    "Windows 10 (10.0.17763; x64)",
    "OS X 10.13.3 [x86 8]",
    "web_player windows 10; chrome 79.0.3945.130;desktop",
)
NEW_PLATFORMS = ("android", "ios", "windows", "linux", "cast", "tizen", "not_applicable")
CASES = {  # case -> (weight, outcome)
    "heard": (740, "plays"),
    "heard to its end, short": (10, "plays"),
    "left": (170, "skips"),
    "silent": (6, "skips"),
    "podcast": (40, "podcasts"),
    "audiobook": (10, "audiobooks"),
    "no metadata": (8, "unattributed"),
    "local file": (4, "plays"),
    "repeated": (6, "duplicates"),
    "negative": (1, "rejected"),
    "no time": (1, "rejected"),
}


def row(**changes: Any) -> dict[str, Any]:
    """Return a row with the 23 keys of today's export."""
    return {
        "ts": "2025-05-30T14:14:00Z",
        "platform": "android",
        "ms_played": 200_000,
        "conn_country": "DE",
        "ip_addr": "192.0.2.1",
        "master_metadata_track_name": "Paper Lanterns",
        "master_metadata_album_artist_name": "The Invented",
        "master_metadata_album_album_name": "First Light",
        "spotify_track_uri": "spotify:track:0000000000000000000001",
        "episode_name": None,
        "episode_show_name": None,
        "spotify_episode_uri": None,
        "audiobook_title": None,
        "audiobook_uri": None,
        "audiobook_chapter_uri": None,
        "audiobook_chapter_title": None,
        "reason_start": "trackdone",
        "reason_end": "trackdone",
        "shuffle": False,
        "skipped": False,
        "offline": False,
        "offline_timestamp": None,
        "incognito_mode": False,
    } | changes


NO_TRACK = {
    "master_metadata_track_name": None,
    "master_metadata_album_artist_name": None,
    "master_metadata_album_album_name": None,
    "spotify_track_uri": None,
}


@dataclass(slots=True)
class Export:
    """A listener's invented history; `expected` fills as `rows` are drawn."""

    count: int
    seed: int = 1
    starts_at: datetime = datetime(2016, 1, 1, tzinfo=UTC)
    ends_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    tracks: int = 12_000
    expected: Counter[str] = field(default_factory=Counter)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Chronological; the same for the same seed."""
        chance = random.Random(self.seed)
        weights = [weight for weight, _ in CASES.values()]
        step = (self.ends_at - self.starts_at) / self.count
        last: dict[str, Any] = {}
        for number in range(self.count):
            [case] = chance.choices(list(CASES), weights) if last else ["heard"]
            ended_at = self.starts_at + number * step
            made = last if case == "repeated" else self._row(case, ended_at, chance)
            self.expected[CASES[case][1]] += 1
            yield made
            if CASES[case][1] in {"plays", "skips"}:
                last = made

    def _row(self, case: str, ended_at: datetime, chance: random.Random) -> dict[str, Any]:
        ts = f"{ended_at:%Y-%m-%dT%H:%M:%SZ}"
        ms_played = chance.randint(30_000, 400_000)
        track = min(int(chance.paretovariate(0.35)) % self.tracks, self.tracks)
        platforms = NEW_PLATFORMS if ts >= COARSE_PLATFORMS_FROM else OLD_PLATFORMS
        artist = track % 1_700
        made = row(
            ts=ts,
            platform=chance.choice(platforms),
            ms_played=ms_played,
            conn_country=chance.choice(("DE", "DE", "FR", "ZZ", "")),
            ip_addr=f"198.51.100.{chance.randint(1, 254)}",
            master_metadata_track_name=f"Invented Song {track}",
            master_metadata_album_artist_name=f"Björk-ish Band {artist}",
            master_metadata_album_album_name=f"Album {track // 11}",
            spotify_track_uri=f"spotify:track:{spotify_id('t', track)}",
            reason_start=chance.choice(("trackdone", "clickrow", "fwdbtn", "appload", None)),
            reason_end=chance.choice(("trackdone", "trackdone", "logout", "endplay", None)),
            shuffle=chance.choice((True, False, None)),
            skipped=chance.choice((False, False, None)),
            offline_timestamp=_offline_timestamp(ended_at, ms_played, chance),
            incognito_mode=chance.random() < 0.01,
        )
        return made | _changes(case, track, chance)


def _changes(case: str, track: int, chance: random.Random) -> dict[str, Any]:
    show = {"episode_name": f"Episode {track}", "episode_show_name": f"Show {track % 40}"}
    changes: dict[str, dict[str, Any]] = {
        "heard": {},
        "heard to its end, short": {"ms_played": 21_000, "reason_end": "trackdone"},
        "left": {"ms_played": chance.randint(1, 29_999), "reason_end": "fwdbtn", "skipped": True},
        "silent": {"ms_played": 0, "reason_end": "unknown"},
        "podcast": {
            **NO_TRACK,
            **show,
            "spotify_episode_uri": f"spotify:episode:{spotify_id('e', track)}",
        },
        "audiobook": {
            **NO_TRACK,
            "audiobook_title": f"Book {track % 30}",
            "audiobook_uri": f"spotify:show:{spotify_id('b', track % 30)}",
            "audiobook_chapter_uri": f"spotify:episode:{spotify_id('c', track)}",
            "audiobook_chapter_title": f"Chapter {track}",
        },
        "no metadata": NO_TRACK,
        "local file": {"spotify_track_uri": None, "master_metadata_track_name": "From my disk"},
        "negative": {"ms_played": -1},
        "no time": {"ts": "yesterday"},
    }
    return changes[case]


def spotify_id(kind: str, number: int) -> str:
    """22 characters of base 62."""
    chance = random.Random(f"{kind}{number}")
    return "".join(chance.choices(LETTERS, k=22))


def _offline_timestamp(ended_at: datetime, ms_played: int, chance: random.Random) -> int | None:
    """Return the start by the device's clock, in seconds or milliseconds, or absent."""
    began = int(ended_at.timestamp()) - ms_played // 1000 - chance.choice((0, 1, 2, 900))
    return chance.choice((began, began, began * 1000, None, 0, 1))


def write(path: Path, rows: Iterable[dict[str, Any]], *, per_file: int = ROWS_PER_FILE) -> Path:
    """Write a zip as Spotify sends it: numbered files, two-space JSON, and a PDF."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        rest, number = iter(rows), 0
        while part := list(islice(rest, per_file)):
            year = part[0]["ts"][:4] if part[0]["ts"][:2] == "20" else "2020"
            name = f"{FOLDER}/Streaming_History_Audio_{year}_{number}.json"
            archive.writestr(name, orjson.dumps(part, option=orjson.OPT_INDENT_2))
            number += 1
        archive.writestr(f"{FOLDER}/ReadMeFirst_ExtendedStreamingHistory.pdf", b"%PDF-1.4")
    return path
