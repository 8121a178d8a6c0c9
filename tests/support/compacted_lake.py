"""A lake whose days are compacted, read as a reader does that looks at keys and clock."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

import pyarrow as pa

from spotifyweb import lake as lakes
from spotifyweb.lake import Lake, compaction, parts
from spotifyweb.lake.compaction import CompactionReport

DATASET, TOPIC = "likes", "user_likes"


def land(store: Lake, names: Collection[str], *, at: datetime, offset: int, key: str = "") -> None:
    """Write a part with one like for each name, as the sink does; the offset is its first."""
    rows = [
        {
            "event_id": name,
            "event_type": "like",
            "user_id": name[0],
            "played_at": at,
            "source": "saved_tracks",
            "track_id": "t",
            "landed_at": at,
            "log_partition": 0,
            "log_offset": f"{offset + number:06}",
        }
        for number, name in enumerate(names)
    ]
    table = pa.Table.from_pylist(rows, schema=lakes.BRONZE_SCHEMAS[TOPIC])
    name = lakes.bronze_key(DATASET, landed_at=at, partition=0, first_offset=f"{offset:06}")
    lakes.write_table(store, key or name, table)


def event_ids(store: Lake, *, at: datetime) -> list[str]:
    """List the event ids that a reader counts at that moment, repetitions included."""
    found = parts.parse_all(store.keys(f"bronze/{DATASET}/"))
    return sorted(
        name
        for part in parts.valid(found, at=at)
        for name in lakes.read_table(store, part.key)["event_id"].to_pylist()
    )


def compact(
    store: Lake, *, at: datetime, uncommitted: Collection[compaction.Position] = ()
) -> CompactionReport:
    """Compact at that moment, without anybody to exclude."""
    return compaction.compact(
        store, DATASET, now=lambda: at, uncommitted=lambda: uncommitted, guard=no_guard
    )


@contextmanager
def no_guard() -> Iterator[Callable[[], None]]:
    """Yield a fence that lets everything pass."""
    yield lambda: None
