"""Plays for a sink, one drain of them, and what it set aside."""

from datetime import UTC, datetime, timedelta
from typing import Any

from ingestion.pipeline.sink import drain_topic
from ingestion.pipeline.sink_writer import Limits, SinkResult
from spotifyweb import lake
from spotifyweb.eventlog import EventLog
from spotifyweb.events import Play
from spotifyweb.lake import LocalLake

NOW = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
LIMITS = Limits(max_records=500, max_bytes=1 << 25)


def plays(count: int, *, first: int = 0) -> list[Play]:
    return [
        Play(
            user_id=f"listener-{number % 7}",
            played_at=NOW - timedelta(minutes=number),
            track_id=f"track-{number % 91}",
            track_name="Song",
            artist_name="Band",
            source="simulation",
        )
        for number in range(first, first + count)
    ]


def ids(events: list[Play]) -> list[str]:
    return sorted(event.event_id for event in events)


def sink(store: lake.Lake, log: EventLog, **more: Any) -> SinkResult:
    return drain_topic("user_plays", log=log, store=store, limits=LIMITS, now=NOW, **more)


def rejected(store: LocalLake) -> list[bytes]:
    keys = list(store.keys("rejects/"))
    return sorted(row["raw"] for key in keys for row in lake.read_table(store, key).to_pylist())
