"""Random listening of a small house, as several sources tell of it, with what goes wrong."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

FIRST_LANDING = datetime(2026, 11, 20, 12, tzinfo=UTC)
FIRST_BUILD = datetime(2026, 11, 20, 13, tzinfo=UTC)
SECOND_LANDING = datetime(2026, 11, 20, 14, tzinfo=UTC)
SECOND_BUILD = datetime(2026, 11, 20, 15, tzinfo=UTC)

ZONES = [
    ("kavya", "Asia/Kolkata", datetime(2025, 1, 1, tzinfo=UTC)),
    ("howard", "Australia/Lord_Howe", datetime(2025, 1, 1, tzinfo=UTC)),
    ("john", "America/St_Johns", datetime(2025, 1, 1, tzinfo=UTC)),
    ("theo", "Europe/Berlin", datetime(2025, 1, 1, tzinfo=UTC)),
    ("theo", "Asia/Tokyo", datetime(2026, 4, 5, 3, tzinfo=UTC)),
]
RULES: list[dict[str, Any]] = [
    {"user_id": "kavya", "kind": "artist", "value": "artist 3"},
    {"user_id": "howard", "kind": "artist", "value": "Artist 4"},
    {"user_id": "theo", "kind": "hours", "value": "20-1", "from_hour": 20, "until_hour": 1},
    {"user_id": "john", "kind": "device", "value": "computer"},
    {"user_id": "kavya", "kind": "track", "value": f"{5:021}X"},  # the other id of Song 5
]
LISTENERS = ["kavya", "howard", "john", "theo", "nozone"]
NIGHTS = [  # in which clocks change in Lord Howe and St. John's, and midnight in Kolkata
    datetime(2026, 4, 4, 12, tzinfo=UTC),
    datetime(2025, 10, 4, 12, tzinfo=UTC),
    datetime(2026, 3, 8, 2, tzinfo=UTC),
    datetime(2025, 11, 2, 1, tzinfo=UTC),
    datetime(2026, 6, 30, 15, tzinfo=UTC),
]
PRECISE = ["extended_history", "player", "recently_played"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Song:
    number: int
    duration_ms: int
    ids: tuple[str, ...]  # one recording may have two
    isrc: str | None

    @property
    def name(self) -> str:
        return f"Song {self.number}"

    @property
    def artist(self) -> str:
        return f"Artist {self.number % 7}"


def songs(dice: random.Random) -> list[Song]:
    made = []
    for number in range(40):
        ids = [f"{number:022}"] + ([f"{number:021}X"] if number % 5 == 0 else [])
        made.append(
            Song(
                number=number,
                duration_ms=dice.randrange(40_000, 700_000),
                ids=tuple(ids),
                isrc=f"XX{number:010}" if number % 10 == 0 else None,
            )
        )
    return made


def catalogue(known: list[Song]) -> list[dict[str, Any]]:
    return [
        {
            "track_id": track_id,
            "track_name": song.name,
            "artist_name": song.artist,
            "album_name": f"Album {song.number % 11}",
            "duration_ms": song.duration_ms + 900 * place,
            "isrc": song.isrc,
            "fetched_at": FIRST_LANDING,
        }
        for song in known
        for place, track_id in enumerate(song.ids)
    ]


def events(dice: random.Random, everything: list[Song]) -> Iterator[dict[str, Any]]:
    """Nights of listening; each listen told by one to three sources, some of it twice."""
    for user_id in LISTENERS:
        for night in NIGHTS:
            clock = night + timedelta(
                seconds=dice.randrange(3600), milliseconds=dice.randrange(999)
            )
            for _ in range(dice.randrange(25, 40)):
                clock += timedelta(seconds=dice.choice([1, 2, 40, 2400]))
                song = dice.choice(everything)
                for _ in range(dice.choice([1, 1, 1, 1, 3])):  # a loop is a loop
                    whole = dice.random() < 0.8
                    heard_ms = song.duration_ms if whole else dice.randrange(0, 29_000)
                    clock += timedelta(milliseconds=heard_ms)
                    yield from tellings(dice, user_id, song, clock, heard_ms, whole=whole)


def tellings(
    dice: random.Random,
    user_id: str,
    song: Song,
    ended_at: datetime,
    heard_ms: int,
    *,
    whole: bool,
) -> Iterator[dict[str, Any]]:
    sources = dice.sample(PRECISE, dice.choice([1, 1, 2, 3]))
    if not whole:
        sources = [source for source in sources if source != "recently_played"] or ["player"]
    for source in sources:
        drift = timedelta(milliseconds=dice.randrange(-4000, 4000))
        told = {
            "event_id": str(UUID(int=dice.getrandbits(128))),
            "user_id": user_id,
            "event_type": "play" if whole else "skip",
            "schema_version": 1,
            "played_at": ended_at + drift,
            "track_id": dice.choice(song.ids),
            "track_name": song.name,
            "artist_name": song.artist,
            "duration_ms": song.duration_ms if source == "player" else None,
            "device_type": dice.choice(["Computer", "Smartphone"]) if source == "player" else None,
            **history_says(source, whole=whole, number=song.number),
            "context": f"spotify:playlist:{song.number % 3}" if source == "player" else None,
            "content_type": "track",
            "isrc": song.isrc if source == "recently_played" else None,
            "source": source,
            "ms_played": None if source == "recently_played" else heard_ms,
            "skipped": not whole,
        }
        if source == "extended_history":
            yield from handed_in_again(told)
        yield told
    if "recently_played" in sources and dice.random() < 0.1:  # the app was opened anew
        yield {
            "event_id": str(UUID(int=dice.getrandbits(128))),
            "user_id": user_id,
            "event_type": "play",
            "schema_version": 1,
            "played_at": ended_at - timedelta(milliseconds=dice.randrange(5_000, heard_ms)),
            "track_id": song.ids[0],
            "track_name": song.name,
            "artist_name": song.artist,
            "content_type": "track",
            "source": "recently_played",
        }
    if dice.random() < 0.3 and "extended_history" in sources:
        yield {
            "event_id": str(UUID(int=dice.getrandbits(128))),
            "user_id": user_id,
            "event_type": "play" if whole else "skip",
            "schema_version": 1,
            "played_at": ended_at.replace(second=0, microsecond=0),
            "track_id": None,
            "track_name": song.name,
            "artist_name": song.artist,
            "content_type": "track",
            "source": "account_data",
            "ms_played": heard_ms,
        }


def handed_in_again(told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Gives most rows of the export a device start; some come again, days later, in seconds."""
    dice = random.Random(told["event_id"])
    if dice.random() < 0.8:
        began = told["played_at"] - timedelta(milliseconds=told["ms_played"])
        told["device_started_at"] = began
        if dice.random() < 0.1:
            yield told | {
                "event_id": str(UUID(int=dice.getrandbits(128))),
                "played_at": told["played_at"] + timedelta(hours=dice.randrange(1, 90)),
                "device_started_at": began.replace(microsecond=0),
            }


def history_says(source: str, *, whole: bool, number: int) -> dict[str, Any]:
    """What only the extended history tells of a listen."""
    if source != "extended_history":
        return {}
    return {
        "platform": "linux" if number % 2 else "not_applicable",
        "device_type": "Computer" if number % 2 else None,
        "reason_start": "clickrow" if number % 2 else "trackdone",
        "reason_end": "trackdone" if whole else "fwdbtn",
        "shuffle": number % 3 == 0,
        "offline": number % 5 == 0,
    }


def spoken(dice: random.Random) -> Iterator[dict[str, Any]]:
    """Episodes and chapters, some left at once, hours before the music of each night."""
    for user_id in LISTENERS[:4]:
        for night in NIGHTS:
            clock = night - timedelta(hours=11)
            for _ in range(dice.randrange(3, 7)):
                number, whole = dice.randrange(12), dice.random() < 0.8
                heard_ms = dice.randrange(60_000, 1_800_000) if whole else dice.randrange(0, 29_000)
                clock += timedelta(milliseconds=heard_ms, minutes=dice.randrange(1, 50))
                source = dice.choice(["extended_history", "player"])
                yield {
                    "event_id": str(UUID(int=dice.getrandbits(128))),
                    "user_id": user_id,
                    "event_type": "play" if whole else "skip",
                    "schema_version": 1,
                    "played_at": clock,
                    "track_id": f"E{number:021}",
                    "track_name": f"Episode {number}",
                    "artist_name": f"Show {number % 3}",
                    "duration_ms": 1_800_000,
                    "device_type": "Speaker" if source == "player" else None,
                    **history_says(source, whole=whole, number=number),
                    "content_type": "chapter" if number % 4 == 0 else "episode",
                    "source": source,
                    "ms_played": heard_ms,
                    "skipped": not whole,
                }


def invalid(dice: random.Random) -> Iterator[dict[str, Any]]:
    """Rows that must not count: no listener, no length, from the future."""
    for wrong in (
        {"user_id": ""},
        {"duration_ms": 0},
        {"duration_ms": -5},
        {"played_at": SECOND_BUILD + timedelta(days=3)},
        {"ms_played": -1},
    ):
        yield {
            "event_id": str(UUID(int=dice.getrandbits(128))),
            "user_id": "kavya",
            "event_type": "play",
            "played_at": FIRST_LANDING - timedelta(days=1),
            "track_id": f"{1:022}",
            "track_name": "Song 1",
            "artist_name": "Artist 1",
            "content_type": "track",
            "source": "player",
            **wrong,
        }


def not_yet(dice: random.Random) -> dict[str, Any]:
    """In the future for the first build, in the past for the second."""
    return {
        "event_id": str(UUID(int=dice.getrandbits(128))),
        "user_id": "john",
        "event_type": "play",
        "played_at": FIRST_BUILD + timedelta(minutes=30),
        "track_id": f"{1:022}",
        "track_name": "Song 1",
        "artist_name": "Artist 1",
        "content_type": "track",
        "source": "player",
        "ms_played": 100_000,
    }
