"""Append events to the log, and read or delete rows of the lake."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from spotifyweb import clients, lake
from spotifyweb.eventlog import EventLog
from spotifyweb.events import Event
from spotifyweb.lake import deletion


def append_events(events: Iterable[Event], log: EventLog | None = None) -> int:
    """Append each event to its topic, as a producer does."""
    by_topic: dict[str, list[tuple[str, bytes]]] = {}
    for event in events:
        record = (event.user_id, orjson.dumps(event.to_json()))
        by_topic.setdefault(event.topic, []).append(record)
    event_log = log or clients.event_log()
    return sum(event_log.append(topic, records) for topic, records in by_topic.items())


def rows(store: lake.Lake, dataset: str) -> list[dict[str, Any]]:
    """List every row of the dataset in the lake."""
    return [
        row
        for key in store.keys(f"bronze/{dataset}/")
        for row in lake.read_table(store, key).to_pylist()
    ]


def event_ids(store: lake.Lake, dataset: str) -> list[str]:
    """List the event_id of every row, repetitions included."""
    return sorted(row["event_id"] for row in rows(store, dataset))


def delete_rows(
    store: lake.Lake, erased: Sequence[lake.Suppression]
) -> list[deletion.RewrittenObject]:
    """Rewrite every object that holds such rows, as the passes of an erasure do."""
    keys = [found.key for found in deletion.find_objects(store, erased)]
    rewritten = [deletion.delete_rows_of_object(store, key, erased) for key in keys]
    return [done for done in rewritten if done is not None]
